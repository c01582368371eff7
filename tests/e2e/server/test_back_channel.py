"""Back-channel logout: an app is told of each session that ends, by a token that it can check, and over a restart of the server too."""

import base64
import http.server
import json
import threading
import urllib.parse

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from browser import App, Browser
from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, free_port, wait_until

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Listener:
    """The app's end: what it is told."""

    def __init__(self, port):
        self.told = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), strict_parsing=True)
                assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
                listener.told.append(form["logout_token"][0])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def sessions(self):
        return {json.loads(decode(token.split(".")[1]))["sid"] for token in self.told}


def check(server, pool, token):
    """The claims of a logout token, whose signature the pool's JWK set proves."""
    head, payload, signature = token.split(".")
    keys = json.loads(server.request("GET", f"/{pool}/.well-known/jwks.json")[2])["keys"]
    key = next(key for key in keys if key["kid"] == json.loads(decode(head))["kid"])
    public = RSAPublicNumbers(int.from_bytes(decode(key["e"]), "big"), int.from_bytes(decode(key["n"]), "big")).public_key()
    public.verify(decode(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), SHA256())
    return json.loads(decode(payload))


def claims(token):
    return json.loads(decode(token.split(".")[1]))


@pytest.fixture
def port():
    return free_port()


def app_told_at(server, api, pool, port):
    return App(server, api, pool.id, f"/{pool.id}", LogoutURLs=[App.GOODBYE, f"sallyport:back-channel:http://127.0.0.1:{port}/out"])


def sign_in(app, browser, name):
    status, body = app.redeem(app.sign_in(browser, name, PASSWORD)["code"])
    assert status == 200, body
    return json.loads(body)


def test_each_app_of_a_browser_is_told_when_somebody_signs_out_and_no_other_session(start, port):
    server, listener = start.server(*WEAK_HASHES), Listener(port)
    api = server.client()
    pool = Pool(api)
    pool.make_user("alice")
    app, second = app_told_at(server, api, pool, port), app_told_at(server, api, pool, port)
    document = json.loads(server.request("GET", f"/{pool.id}/.well-known/openid-configuration")[2])
    assert document["backchannel_logout_supported"] and document["backchannel_logout_session_supported"]
    browser, elsewhere = Browser(server), Browser(server)
    tokens, others = sign_in(app, browser, "alice"), sign_in(app, elsewhere, "alice")
    status, body = second.redeem(second.authorize(browser).answer()["code"])
    assert status == 200
    sessions = {claims(tokens["id_token"])["sid"], claims(json.loads(body)["id_token"])["sid"]}
    assert len(sessions) == 2

    browser.get(f"/{pool.id}/logout", client_id=app.id, logout_uri=app.GOODBYE)
    wait_until(lambda: len(listener.told) == 2, what="both apps are told")
    assert listener.sessions() == sessions
    told = check(server, pool.id, listener.told[0])
    assert told["events"] == {EVENT: {}} and "nonce" not in told
    assert (told["iss"], told["sub"]) == (f"{server.url}/{pool.id}", claims(tokens["id_token"])["sub"])
    assert told["aud"] in (app.id, second.id)
    # The browser elsewhere is told of when it is signed out, by whatever.
    api.admin_disable_user(UserPoolId=pool.id, Username="alice")
    wait_until(lambda: len(listener.told) == 3, what="the third session is told of")
    assert claims(others["id_token"])["sid"] in listener.sessions()
    listener.close()


def test_an_app_that_was_down_is_told_later_and_after_the_server_was_killed(start, port):
    server = start.server(*WEAK_HASHES)
    api = server.client()
    pool = Pool(api)
    pool.make_user("alice")
    app, browser = app_told_at(server, api, pool, port), Browser(server)
    tokens = sign_in(app, browser, "alice")
    # Nobody listens. The sign-out is answered all the same, and true at once.
    out = browser.get(f"/{pool.id}/logout", client_id=app.id)
    assert out.status == 200
    server.kill()
    server = start.server(*WEAK_HASHES, data=server.data, port=server.port, feed_port=server.feed_port)
    listener = Listener(port)
    wait_until(lambda: listener.told, what="the app is told after both are back")
    assert listener.sessions() == {claims(tokens["id_token"])["sid"]}
    check(server, pool.id, listener.told[0])
    listener.close()
