"""The authorization server with real processes: the code flow to an API behind nginx, single sign-on, and a sign-out that is true at the gate."""

import base64
import json
import signal
import time
import urllib.parse

import pytest

from browser import App, Browser
from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, wait_until

LEASED = b"sallyport_agents_leased 1"


@pytest.fixture
def place(start):
    """A server, its pool, and a gate under a lease."""

    class Place:
        def __init__(self):
            self.server = start.server(*WEAK_HASHES)
            self.api = self.server.client()
            self.pool = Pool(self.api)
            replica = start.directory() / "replica"
            self.agent = start.agent(self.server, replica)
            wait_until(lambda: LEASED in self.server.request("GET", "/metrics")[2], what="the agent has a lease")
            self.gate = start.gate(replica, f"{self.server.url}/{self.pool.id}")
            self.pool.make_user("alice")

        def app(self, **options):
            return App(self.server, self.api, self.pool.id, f"/{self.pool.id}", **options)

        def tokens(self, app, browser, name="alice"):
            answer = app.sign_in(browser, name, PASSWORD)
            status, body = app.redeem(answer["code"])
            assert status == 200, body
            return json.loads(body)

        def silently(self, app, browser):
            answer = app.authorize(browser, prompt="none").answer()
            return answer.get("error", "code")

        def admits(self, tokens):
            return self.gate.get("/access", tokens["access_token"])[0] == 200

    return Place()


def test_a_code_opens_the_api_and_a_sign_out_closes_it_before_it_is_answered(place):
    app, other = place.app(), place.app()
    browser, elsewhere = Browser(place.server), Browser(place.server)
    first = place.tokens(app, browser)
    assert place.admits(first)
    assert place.gate.get("/id", first["id_token"])[0] == 200
    # A second app of the same browser asks nobody.
    answer = other.authorize(browser).answer()
    status, body = other.redeem(answer["code"])
    second = json.loads(body)
    assert status == 200 and place.admits(second)
    third = place.tokens(app, elsewhere)

    out = browser.get(f"/{place.pool.id}/logout", client_id=app.id, logout_uri=app.GOODBYE)
    assert (out.status, out.location) == (302, app.GOODBYE)
    assert not place.admits(first) and not place.admits(second)
    assert place.gate.get("/id", first["id_token"])[0] == 401
    assert place.admits(third)
    assert place.silently(app, browser) == "login_required"
    assert place.silently(app, elsewhere) == "code"


def test_a_sign_out_waits_for_a_gate_that_cannot_hear_of_it(place):
    app, browser = place.app(), Browser(place.server)
    tokens = place.tokens(app, browser)
    place.agent.signal(signal.SIGSTOP)
    began = time.monotonic()
    out = browser.get(f"/{place.pool.id}/logout", client_id=app.id)
    waited = time.monotonic() - began
    refused = not place.admits(tokens)
    place.agent.signal(signal.SIGCONT)
    assert out.status == 200 and waited > 0.5 and refused


def test_a_second_use_of_a_code_closes_the_api_before_it_is_answered(place):
    app, browser = place.app(), Browser(place.server)
    code = app.sign_in(browser, "alice", PASSWORD)["code"]
    status, body = app.redeem(code)
    tokens = json.loads(body)
    assert status == 200 and place.admits(tokens)
    place.agent.signal(signal.SIGSTOP)
    began = time.monotonic()
    status, body = app.redeem(code)
    waited = time.monotonic() - began
    refused = not place.admits(tokens)
    place.agent.signal(signal.SIGCONT)
    assert status == 400 and json.loads(body)["error"] == "invalid_grant"
    assert waited > 0.5 and refused


@pytest.mark.parametrize("how", ["sign-out", "disable", "delete", "password", "global"])
def test_what_ends_every_session_of_a_user_ends_the_browsers(place, how):
    app, browser = place.app(), Browser(place.server)
    tokens = place.tokens(app, browser)
    named = {"UserPoolId": place.pool.id, "Username": "alice"}
    {"sign-out": lambda: place.api.admin_user_global_sign_out(**named),
     "disable": lambda: place.api.admin_disable_user(**named),
     "delete": lambda: place.api.admin_delete_user(**named),
     "password": lambda: place.api.admin_set_user_password(**named, Password="An0ther-" + PASSWORD, Permanent=True),
     "global": lambda: place.api.global_sign_out(AccessToken=tokens["access_token"])}[how]()
    assert not place.admits(tokens)
    assert place.silently(app, browser) == "login_required"


def test_one_active_session_means_one_cookies_included(place):
    place.api.set_user_pool_session_configuration(UserPoolId=place.pool.id, UserSessionTracking="ENABLED",
                                                  TokenSession={"MaxPerUser": 1})
    app, first, second = place.app(), Browser(place.server), Browser(place.server)
    of_first = place.tokens(app, first)
    of_second = place.tokens(app, second)
    assert not place.admits(of_first) and place.admits(of_second)
    assert place.silently(app, first) == "login_required"
    assert place.silently(app, second) == "code"


@pytest.mark.parametrize("how", ["limit", "alone"])
def test_a_browser_signs_out_what_was_born_in_it_after_its_session_has_ended(place, how):
    place.api.set_user_pool_session_configuration(UserPoolId=place.pool.id, UserSessionTracking="ENABLED",
                                                  TokenSession={"MaxPerUser": 2})
    app, other, browser, elsewhere = place.app(), place.app(), Browser(place.server), Browser(place.server)
    place.tokens(app, browser)
    status, body = other.redeem(other.authorize(browser).answer()["code"])
    tokens = json.loads(body)
    assert status == 200
    if how == "limit":
        place.tokens(app, elsewhere)
    else:
        sessions = place.api.list_user_sessions(AccessToken=tokens["access_token"])["Sessions"]
        place.api.revoke_user_session(AccessToken=tokens["access_token"], SessionId=next(
            session["SessionId"] for session in sessions if session["SessionType"] == "SSO"))
    assert place.silently(app, browser) == "login_required" and place.admits(tokens)
    assert browser.get(f"/{place.pool.id}/logout", client_id=app.id).status == 200
    assert not place.admits(tokens)


def test_a_session_is_revoked_with_what_is_linked(place):
    place.api.set_user_pool_session_configuration(UserPoolId=place.pool.id, UserSessionTracking="ENABLED",
                                                  TokenSession={"MaxPerUser": 20})
    app, browser, elsewhere = place.app(), Browser(place.server), Browser(place.server)
    tokens, caller = place.tokens(app, browser), place.tokens(app, elsewhere)
    sessions = place.api.list_user_sessions(AccessToken=tokens["access_token"])["Sessions"]
    current = next(session for session in sessions if session.get("IsCurrentSession"))
    sso = current["OriginSessionId"]
    assert {session["SessionId"] for session in sessions if session["SessionType"] == "SSO"} >= {sso}
    # NONE, the default: the browser's session alone.
    place.api.revoke_user_session(AccessToken=caller["access_token"], SessionId=sso)
    assert place.admits(tokens) and place.silently(app, browser) == "login_required"
    tokens = place.tokens(app, browser)
    current = next(session for session in place.api.list_user_sessions(AccessToken=tokens["access_token"])["Sessions"]
                   if session.get("IsCurrentSession"))
    place.api.revoke_user_session(AccessToken=caller["access_token"], SessionId=current["OriginSessionId"],
                                  RevokeAssociatedSessions="LINKED")
    assert not place.admits(tokens) and place.silently(app, browser) == "login_required"
    assert place.admits(caller)


def test_what_was_answered_survives_a_kill(start, tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    server = start.server(*WEAK_HASHES, data=data)
    pool = Pool(server.client())
    pool.make_user("alice")
    app, browser = App(server, server.client(), pool.id), Browser(server)
    code = app.sign_in(browser, "alice", PASSWORD)["code"]
    server.kill()
    again = start.server(*WEAK_HASHES, data=data, port=server.port)
    app.server = browser.server = again
    status, body = app.redeem(code)
    assert status == 200, body
    assert app.authorize(browser, prompt="none").answer().get("code")
    assert browser.get("/logout", client_id=app.id).status == 200
    again.kill()
    last = start.server(*WEAK_HASHES, data=data, port=server.port)
    app.server = browser.server = last
    status, body = app.redeem("x", grant_type="refresh_token", refresh_token=json.loads(body)["refresh_token"])
    assert status == 400 and json.loads(body)["error"] == "invalid_grant"


def test_pages_are_found_by_path_by_domain_and_by_client(server):
    api = server.client()
    pool = Pool(api)
    pool.make_user("alice")
    api.create_user_pool_domain(UserPoolId=pool.id, Domain="signin")
    app = App(server, api, pool.id)
    for prefix, host in [("", None), (f"/{pool.id}", None), ("", "signin.auth.us-east-1.amazoncognito.com")]:
        browser = Browser(server)
        path = prefix + "/oauth2/authorize"
        headers = {"Host": host} if host else {}
        page = browser.send("GET", path + "?" + urllib.parse.urlencode(app.request()), headers=headers)
        assert page.status == 302 and page.location.startswith("../login?"), page.text
        page = browser.send("GET", page.location, headers=headers)
        assert page.status == 200 and browser.path.startswith(prefix + "/login?")
        answer = browser.sign_in(page, "alice", PASSWORD)
        assert answer.answer()["iss"] == f"{server.url}/{pool.id}"


def test_what_browsers_are_told_of_a_page(server):
    api = server.client()
    pool = Pool(api)
    app = App(server, api, pool.id)
    page = Browser(server).get("/login", **app.request())
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    cookie = page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert len(page.text) < 30_000
    # HEAD says the same without the page.
    head = Browser(server).send("HEAD", "/login?" + urllib.parse.urlencode(app.request()))
    assert head.status == 200 and head.text == "" and head.headers["Content-Length"] == page.headers["Content-Length"]
    assert head.headers["Content-Security-Policy"] == policy


def test_cookies_have_the_host_prefix_under_https(start):
    server = start.server(*WEAK_HASHES, "--public-url", "https://login.example.com")
    pool = Pool(server.client())
    pool.make_user("alice")
    app, browser = App(server, server.client(), pool.id), Browser(server)
    page = browser.follow(app.authorize(browser))
    answer = browser.sign_in(page, "alice", PASSWORD)
    for line in page.headers.get_all("Set-Cookie") + answer.headers.get_all("Set-Cookie"):
        assert line.startswith("__Host-sallyport") and "; Secure" in line and "; Path=/" in line


def test_a_script_may_post_the_form_of_an_emulator_alone(start):
    form = {"username": "alice", "password": PASSWORD}
    emulator = start.server(*WEAK_HASHES)
    pool = Pool(emulator.client())
    pool.make_user("alice")
    app = App(emulator, emulator.client(), pool.id)
    query = urllib.parse.urlencode(app.request())
    assert Browser(emulator).send("POST", "/login?" + query, form).answer().get("code")
    server = start.server()
    pool = Pool(server.client())
    pool.make_user("alice")
    app = App(server, server.client(), pool.id)
    page = Browser(server).send("POST", "/login?" + urllib.parse.urlencode(app.request()), form)
    assert page.status == 400 and not page.location


def test_user_info_by_get_and_post(server):
    api = server.client()
    pool = Pool(api)
    pool.make_user("alice")
    api.admin_update_user_attributes(UserPoolId=pool.id, Username="alice", UserAttributes=[
        {"Name": "email", "Value": "alice@example.com"}, {"Name": "email_verified", "Value": "true"}])
    app, browser = App(server, api, pool.id), Browser(server)
    tokens = json.loads(app.redeem(app.sign_in(browser, "alice", PASSWORD)["code"])[1])
    by_header = {"Authorization": "Bearer " + tokens["access_token"]}
    for method in ("GET", "POST"):
        status, _, body = server.request(method, "/oauth2/userInfo", "" if method == "POST" else None, by_header)
        assert status == 200, body
        info = json.loads(body)
        assert (info["username"], info["email"], info["email_verified"]) == ("alice", "alice@example.com", "true")


def test_discovery_tells_the_truth(server):
    pool = Pool(server.client())
    documents = [json.loads(server.request("GET", path)[2]) for path in (
        f"/{pool.id}/.well-known/openid-configuration", f"/{pool.id}/.well-known/oauth-authorization-server",
        f"/.well-known/oauth-authorization-server/{pool.id}")]
    assert documents[0] == documents[1] == documents[2]
    document = documents[0]
    base = f"{server.url}/{pool.id}"
    assert document["authorization_endpoint"] == base + "/oauth2/authorize"
    assert document["end_session_endpoint"] == base + "/logout"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert {"sub", "email", "cognito:username"} <= set(document["claims_supported"])
    for name, url in document.items():
        if not name.endswith("_endpoint"):
            continue
        status, _, _ = server.request("GET", url.removeprefix(server.url))
        assert status != 404, name


def test_discovery_lists_every_claim_that_somebody_with_everything_gets(server):
    api = server.client()
    pool = Pool(api)
    named = {"UserPoolId": pool.id, "Username": pool.make_user("alice")}
    api.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[{"Name": "floor", "AttributeDataType": "String", "Mutable": True}])
    api.admin_update_user_attributes(**named, UserAttributes=[
        {"Name": name, "Value": value} for name, value in
        {"email": "a@example.com", "email_verified": "true", "phone_number": "+4912345678", "name": "A", "address": "Here 1", "custom:floor": "3"}.items()])
    api.create_group(UserPoolId=pool.id, GroupName="staff", RoleArn="arn:aws:iam::000000000000:role/staff", Precedence=1)
    api.admin_add_user_to_group(**named, GroupName="staff")
    app, browser = App(server, api, pool.id, LogoutURLs=["sallyport:back-channel:http://127.0.0.1:9/"]), Browser(server)
    tokens = json.loads(app.redeem(app.sign_in(browser, "alice", PASSWORD, scope="openid")["code"])[1])
    payload = tokens["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    _, _, told = server.request("GET", "/oauth2/userInfo", headers={"Authorization": "Bearer " + tokens["access_token"]})
    listed = json.loads(server.request("GET", f"/{pool.id}/.well-known/openid-configuration")[2])["claims_supported"]
    assert {"sid", "nonce", "cognito:roles", "custom:floor", "address"} <= set(claims), claims
    assert {*claims, *json.loads(told)} <= set(listed), {*claims, *json.loads(told)} - set(listed)
    assert len(listed) == len(set(listed))


def test_the_host_header_gets_into_no_url(server):
    pool = Pool(server.client())
    pool.make_user("alice")
    app, browser = App(server, server.client(), pool.id), Browser(server)
    evil = {"Host": "evil.example"}
    page = browser.send("GET", "/oauth2/authorize?" + urllib.parse.urlencode(app.request()), headers=evil)
    assert page.location.startswith("../login?")
    page = browser.send("GET", page.location, headers=evil)
    answer = browser.send("POST", page.action(), {"_csrf": page.field("_csrf"), "username": "alice", "password": PASSWORD}, headers=evil)
    assert answer.answer()["iss"] == f"{server.url}/{pool.id}"
    tokens = json.loads(app.redeem(answer.answer()["code"])[1])
    part = tokens["access_token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["iss"] == f"{server.url}/{pool.id}"
    for text in (page.text, answer.location, str(page.headers)):
        assert "evil" not in text
