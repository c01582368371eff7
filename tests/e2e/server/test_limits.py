"""The default limits on calls, and which client a call behind proxies belongs to; tests/domain and tests/http1 have the rest."""

import collections
import concurrent.futures
import contextlib
import http.client
import json
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, run, wait_until

SIGN_IN_BURST = 900
SIGN_UP_BURST = 300
SIGN_OUTS = 1000


class Caller:
    """One connection, from 127.0.0.1 or from another address of this host's."""

    def __init__(self, port, source="127.0.0.1"):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=180, source_address=(source, 0))

    def call(self, operation, headers=None, **members):
        """(error or "", status)."""
        self._connection.request("POST", "/", json.dumps(members), {
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}", "Content-Type": "application/x-amz-json-1.1", **(headers or {})})
        answer = self._connection.getresponse()
        body = answer.read()
        return json.loads(body)["__type"] if answer.status != 200 else "", answer.status


@pytest.fixture(name="limited")
def limited_server(start):
    """A server with its limits, and a pool with alice."""
    server = start.server(*WEAK_HASHES, limits=True)
    pool = Pool(server.client())
    pool.make_user("alice")
    return server, pool


def sign_in(caller, pool, name, headers=None):
    return caller.call("InitiateAuth", headers, ClientId=pool.client_id, AuthFlow="USER_PASSWORD_AUTH",
                       AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD})[0]


def metric(server, name):
    text = server.request("GET", "/metrics")[2].decode()
    return sum(float(value) for value in re.findall(rf"^{re.escape(name)} (\S+)$", text, re.M))


def commits(server):
    return metric(server, "sallyport_store_commits_total")


def use_up(server, operation, most, **members):
    """Calls from 127.0.0.1, over eight connections, until one is refused because of its address; returns how many were not."""
    taken = collections.Counter()

    def some():
        caller = Caller(server.port)
        for _ in range(most):
            error, _ = caller.call(operation, **members)
            taken[error] += 1
            if error == "TooManyRequestsException":
                return

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(some) for _ in range(8)]:
            done.result()
    assert taken.pop("TooManyRequestsException") == 8
    return sum(taken.values())


def test_a_thousand_sign_outs_in_a_second_are_all_answered_in_a_flood_of_sign_ins(start):
    server = start.server(*WEAK_HASHES, "--quota", "aws", limits=True)
    pool = Pool(server.client())
    for name in ("alice", "bob"):
        pool.make_user(name)
    over = threading.Event()
    seen = collections.Counter()

    def flood(number):
        # Each from an address of its own, so that the flood is not only one of refusals.
        caller = Caller(server.port, f"127.0.1.{number + 1}")
        while not over.is_set():
            seen[sign_in(caller, pool, f"{number}-{sum(seen.values())}")] += 1

    def sign_out(number):
        caller = Caller(server.port)
        return [caller.call("AdminUserGlobalSignOut", UserPoolId=pool.id, Username="alice")
                for _ in range(SIGN_OUTS // 20)]

    with concurrent.futures.ThreadPoolExecutor(44) as threads:
        flooding = [threads.submit(flood, number) for number in range(24)]
        wait_until(lambda: seen["TooManyRequestsException"] > 0, seconds=60, what="the flood meets its limit")
        begin = time.monotonic()
        signed_out = [threads.submit(sign_out, number) for number in range(20)]
        answers = collections.Counter(answer for done in signed_out for answer in done.result())
        seconds = time.monotonic() - begin
        over.set()
        for done in flooding:
            done.result()
    print(f"{SIGN_OUTS} sign-outs in {seconds:.2f} s beside {dict(seen)}")
    assert answers == {("", 200): SIGN_OUTS}
    assert metric(server, 'sallyport_rate_limited_total{limit="quota/UserToken"}') == 0


def test_a_flood_of_sign_ins_neither_refuses_nor_delays_what_revokes_and_computes_a_hash(start):
    server = start.server("--hash-threads", "1")
    pool = Pool(server.client())
    pool.make_user("ada")
    access = pool.sign_in("ada")["AccessToken"]
    body = json.dumps({"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": pool.client_id, "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD}})
    head = (f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\n"
            f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n")
    with contextlib.ExitStack() as stack:
        flood = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20)) for _ in range(300)]
        for connection in flood:
            connection.sendall((head + body).encode())
        waiting = lambda: metric(server, "sallyport_hash_waiting")
        wait_until(lambda: waiting() > 60, what="sign-ins wait")
        pool.api.change_password(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword=PASSWORD + "2")
        pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password=PASSWORD + "3", Permanent=True)
        assert waiting() > 20, "they waited for the sign-ins that had come before"


def test_an_office_behind_one_address_meets_no_limit_and_a_flood_does(limited):
    server, pool = limited
    # With a client that does not exist: the call counts because the server had to look.
    begin = time.monotonic()
    taken = use_up(server, "InitiateAuth", SIGN_IN_BURST, ClientId="nosuchclient", AuthFlow="USER_PASSWORD_AUTH",
                   AuthParameters={"USERNAME": "x", "PASSWORD": "y"})
    most = SIGN_IN_BURST + 30 * (time.monotonic() - begin) + 1
    assert SIGN_IN_BURST <= taken <= most
    assert sign_in(Caller(server.port), pool, "alice") in ("", "TooManyRequestsException")
    # Other addresses, and signed calls of the same one, go on.
    assert sign_in(Caller(server.port, "127.0.0.2"), pool, "alice") == ""
    pool.api.admin_get_user(UserPoolId=pool.id, Username="alice")


def test_a_refused_call_costs_no_commit_and_hardly_a_line_in_the_log(limited):
    server, pool = limited
    use_up(server, "SignUp", SIGN_UP_BURST, ClientId=pool.client_id, Username="not valid at all \n", Password="x")
    before, lines = commits(server), len(server.log.read_text().splitlines())
    caller, refused = Caller(server.port), 0
    begin = time.monotonic()
    for number in range(1000):
        error, status = caller.call("SignUp", ClientId=pool.client_id, Username=f"user{number}", Password=PASSWORD)
        refused += error == "TooManyRequestsException"
        assert (error, status) in (("", 200), ("TooManyRequestsException", 400))
    seconds = time.monotonic() - begin
    assert refused >= 1000 - 10 * seconds - 2
    assert commits(server) - before <= 2 * (1000 - refused) + 2
    text = server.log.read_text().splitlines()[lines:]
    assert len(text) <= 2 * (1000 - refused) + 2, "each refusal is logged"
    assert len([line for line in server.log.read_text().splitlines() if "too many calls: refused" in line]) == 1
    assert metric(server, 'sallyport_rate_limited_total{limit="address/sign-up"}') >= refused


def test_one_user_is_tried_ten_times_a_second_and_others_go_on(limited):
    server, pool = limited
    pool.make_user("bob")
    answers = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(30) as threads:
        for error in threads.map(lambda _: sign_in(Caller(server.port), pool, "alice"), range(60)):
            answers[error] += 1
    assert answers["TooManyRequestsException"] > 0 and answers[""] >= 10
    assert sign_in(Caller(server.port), pool, "bob") == ""


def test_endpoints_of_oauth_answer_429_and_revoke_goes_on(limited):
    server, pool = limited
    refresh = pool.sign_in("alice")["RefreshToken"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    wrong = f"grant_type=client_credentials&client_id={pool.client_id}&client_secret=wrong"
    statuses = collections.Counter()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    begin = time.monotonic()
    while statuses[429] == 0 and time.monotonic() < begin + 60:
        connection.request("POST", f"/{pool.id}/oauth2/token", wrong, form)
        answer = connection.getresponse()
        statuses[answer.status] += 1
        body = json.loads(answer.read())
    assert body["error"] == "temporarily_unavailable" and statuses[429] == 1
    assert statuses[400] >= 300
    connection.request("POST", f"/{pool.id}/oauth2/revoke", f"token={refresh}&client_id={pool.client_id}", form)
    assert connection.getresponse().status == 200


def test_a_back_end_with_the_right_secret_counts_for_nothing_whatever_refresh_tokens_it_passes_on(limited):
    server, pool = limited
    client = pool.api.create_user_pool_client(UserPoolId=pool.id, ClientName="back end", GenerateSecret=True,
                                              ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"grant_type=refresh_token&refresh_token=wrong&client_id={client['ClientId']}&client_secret={client['ClientSecret']}"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    statuses = collections.Counter()
    for _ in range(600):
        connection.request("POST", f"/{pool.id}/oauth2/token", body, form)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    assert statuses == {400: 600}
    assert metric(server, 'sallyport_rate_limited_total{limit="address/refused"}') == 0


def test_whoever_asks_about_tokens_that_were_revoked_is_not_refused_because_of_them(limited):
    """A gate calls GetUser for each request, from one address: a few users who go on after a sign-out must not lock out all others."""
    server, pool = limited
    pool.make_user("leaver")
    ended, going_on = pool.sign_in("leaver"), pool.sign_in("leaver")["AccessToken"]
    pool.api.revoke_token(Token=ended["RefreshToken"], ClientId=pool.client_id)
    caller = Caller(server.port)
    assert collections.Counter(caller.call("GetUser", AccessToken=ended["AccessToken"])[0] for _ in range(600)) == {"NotAuthorizedException": 600}
    userinfo = {"Authorization": f"Bearer {ended['AccessToken']}"}
    assert collections.Counter(server.request("GET", f"/{pool.id}/oauth2/userInfo", headers=userinfo)[0] for _ in range(400)) == {401: 400}
    assert caller.call("GetUser", AccessToken=going_on)[1] == 200
    assert metric(server, 'sallyport_rate_limited_total{limit="address/refused"}') == 0


def test_what_strangers_cause_beyond_a_limit_has_no_lines_of_its_own_in_the_log_and_is_counted(limited):
    server, pool = limited
    caller = Caller(server.port)
    before = len(server.log.read_text().splitlines())
    # Calls that revoke are never refused because there are too many.
    for _ in range(3000):
        assert caller.call("RevokeToken", Token="x", ClientId="nosuchclient")[1] == 400
    lines = server.log.read_text().splitlines()[before:]
    assert 900 <= len(lines) < 2500
    told = [line for line in lines if "too many calls without credentials to log each" in line]
    assert len(told) == 1 and '"source":"127.0.0.1"' in told[0].replace(": ", ":")
    # Administrators' calls still have their lines.
    before = len(server.log.read_text().splitlines())
    for _ in range(100):
        assert pool.api.admin_get_user(UserPoolId=pool.id, Username="alice")
    assert len([line for line in server.log.read_text().splitlines()[before:] if "AdminGetUser" in line]) == 100


def test_a_user_has_one_count_by_whatever_name_and_strangers_leave_him_his_own(start):
    server = start.server(*WEAK_HASHES, "--quota-per-user", "20", limits=True)
    pool = Pool(server.client())
    pool.make_user("alice")
    attributes = pool.api.admin_get_user(UserPoolId=pool.id, Username="alice")["UserAttributes"]
    access = pool.sign_in("alice")["AccessToken"]
    names = ["alice", next(attribute["Value"] for attribute in attributes if attribute["Name"] == "sub")]
    time.sleep(1.2)
    answers = collections.Counter()
    begin = time.monotonic()
    callers = [Caller(server.port, f"127.0.0.{n + 2}") for n in range(6)]

    def try_each(caller):
        return [sign_in(caller, pool, names[number % 2]) for number in range(30)]
    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        for errors in threads.map(try_each, callers):
            answers.update(errors)
    seconds = time.monotonic() - begin
    assert answers["TooManyRequestsException"] > 0
    assert answers[""] <= 20 + 20 * seconds + 2, "each name has a count of its own"
    assert pool.api.admin_initiate_auth(UserPoolId=pool.id, ClientId=pool.client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                                        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD})
    pool.api.change_password(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword=PASSWORD + "2")


@contextlib.contextmanager
def waiting_calls(server, source, operation, count, **members):
    """This many connections from `source` that have sent the call and not read the answer."""
    body = json.dumps(members)
    head = (f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n"
            f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n")
    with contextlib.ExitStack() as stack:
        sent = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 30, source_address=(source, 0))) for _ in range(count)]
        for connection in sent:
            connection.sendall((head + body).encode())
        yield sent


def test_one_address_leaves_others_a_place_among_the_sign_ins_that_wait(start):
    server = start.server("--hash-threads", "1", limits=True)  # 128 may wait
    pool = Pool(server.client())
    pool.make_user("alice")
    members = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": pool.client_id, "AuthParameters": {"USERNAME": "nobody", "PASSWORD": PASSWORD}}
    with waiting_calls(server, "127.0.0.2", "InitiateAuth", 300, **members):
        wait_until(lambda: metric(server, "sallyport_hash_waiting") > 40, what="sign-ins wait")
        assert sign_in(Caller(server.port, "127.0.0.3"), pool, "alice") == ""


def test_who_may_not_call_takes_no_place_among_those_that_wait(start):
    server = start.server("--hash-threads", "1", limits=True)
    pool = Pool(server.client())
    pool.make_user("alice")
    members = {"AccessToken": "a.b.c", "PreviousPassword": PASSWORD, "ProposedPassword": PASSWORD + "2"}
    with waiting_calls(server, "127.0.0.2", "ChangePassword", 300, **members) as sent:
        for connection in sent:
            assert b"NotAuthorizedException" in connection.recv(4096)
        assert metric(server, "sallyport_hash_waiting") == 0


def test_one_flag_turns_all_limits_off(start):
    server = start.server(*WEAK_HASHES, "--no-rate-limits", limits=True)
    pool = Pool(server.client())
    caller = Caller(server.port)
    for _ in range(SIGN_UP_BURST + 50):
        assert caller.call("SignUp", ClientId=pool.client_id, Username="x", Password="xx")[0] == "InvalidPasswordException"
    refused = run("serve", "--no-rate-limits", "--quota", "aws")
    assert refused.returncode != 0 and "no-rate-limits: refused together with" in refused.stderr


# Behind proxies.

def tracked(server):
    pool = Pool(server.client())
    pool.api.set_user_pool_session_configuration(UserPoolId=pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 9})
    pool.make_user("alice")
    return pool


def addresses(pool):
    return [session["LastIPAddress"] for session in pool.api.admin_list_user_sessions(UserPoolId=pool.id, Username="alice")["Sessions"]]


def logged(server, operation="InitiateAuth"):
    return [line["source"] for line in map(json.loads, server.log.read_text().splitlines()) if line.get("operation") == operation]


def test_x_forwarded_for_of_a_trusted_proxy_names_the_client_in_sessions_log_and_limits(start):
    server = start.server(*WEAK_HASHES, "--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8", "--rate-limit", "sign-in=1", limits=True)
    pool = tracked(server)
    caller = Caller(server.port)
    assert sign_in(caller, pool, "alice", {"X-Forwarded-For": "192.0.2.66, 203.0.113.7, 10.1.2.3"}) == ""
    assert addresses(pool) == ["203.0.113.7"]
    wait_until(lambda: logged(server) == ["203.0.113.7"], what="the log has it")
    # What the client itself claims, at the left, gives it no other bucket.
    taken = collections.Counter(sign_in(caller, pool, f"n{number}", {"X-Forwarded-For": f"192.0.2.{number}, 203.0.113.7"}) for number in range(60))
    assert taken["TooManyRequestsException"] >= 20
    assert sign_in(caller, pool, "n", {"X-Forwarded-For": "203.0.113.8"}) == "UserNotFoundException"


def test_x_forwarded_for_of_others_is_ignored_and_the_log_says_so_once(start):
    server = start.server(*WEAK_HASHES, "--trusted-proxy", "10.0.0.1", limits=True)
    pool = tracked(server)
    caller = Caller(server.port)
    for _ in range(3):
        assert sign_in(caller, pool, "alice", {"X-Forwarded-For": "203.0.113.7"}) == ""
    assert addresses(pool) == ["127.0.0.1"] * 3
    assert server.log.read_text().count("X-Forwarded-For is ignored") == 1


def test_what_a_proxy_forwards_is_not_of_this_host(start):
    server = start.server(*WEAK_HASHES, "--trusted-proxy", "127.0.0.1")
    assert server.request("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.7"})[0] == 403
    assert server.request("GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"})[0] == 403


def exchange(port, data, source="127.0.0.1", tls=False):
    """What comes back for `data`, a list whose first piece is sent before TLS."""
    with socket.create_connection(("127.0.0.1", port), 10, source_address=(source, 0)) as connection:
        connection.sendall(data[0])
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = context.wrap_socket(connection)
        with contextlib.suppress(ConnectionError):
            for piece in data[1:]:
                connection.sendall(piece)
        received = b""
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
        return received


def request(pool):
    body = json.dumps({"ClientId": pool.client_id, "AuthFlow": "USER_PASSWORD_AUTH",
                       "AuthParameters": {"USERNAME": "alice", "PASSWORD": PASSWORD}}).encode()
    return (b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\n"
            b"Content-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n" % len(body)) + body


def version2(source, command=0x21):
    addresses_and_ports = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + (1234).to_bytes(2, "big") + (443).to_bytes(2, "big")
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, 0x11]) + len(addresses_and_ports).to_bytes(2, "big") + addresses_and_ports


@pytest.fixture(name="proxied", scope="module")
def proxied_server(tmp_path_factory):
    import sallyport_processes
    started = sallyport_processes.Started()
    directory = tmp_path_factory.mktemp("certificate")
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=localhost"], check=True, capture_output=True)
    # boto3 comes from 127.0.0.1; the proxy is another address of this host's.
    plain = started.server(*WEAK_HASHES, "--trusted-proxy", "127.0.0.9", "--proxy-protocol")
    secure = started.server(*WEAK_HASHES, "--trusted-proxy", "127.0.0.9", "--proxy-protocol",
                            "--tls-cert", certificate, "--tls-key", key, tls=True)
    pools = {}
    for server in (plain, secure):
        pools[server] = Pool(server.client(verify=False))
        pools[server].api.set_user_pool_session_configuration(
            UserPoolId=pools[server].id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 50})
        pools[server].make_user("alice")
    yield {"plain": (plain, pools[plain]), "tls": (secure, pools[secure])}
    started.close()


@pytest.mark.parametrize("kind", ["plain", "tls"])
def test_a_proxy_header_names_the_client_in_sessions_and_log(proxied, kind):
    server, pool = proxied[kind]
    for header, client in ((b"PROXY TCP4 203.0.113.7 127.0.0.1 1234 443\r\n", "203.0.113.7"), (version2("203.0.113.8"), "203.0.113.8"),
                           (version2("203.0.113.9", command=0x20), "127.0.0.9")):
        answer = exchange(server.port, [header, request(pool)], "127.0.0.9", kind == "tls")
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert client in addresses(pool)
        wait_until(lambda: logged(server)[-1:] == [client], what="the log has it")
    # Header and request in one piece, and byte by byte.
    if kind == "plain":
        whole = version2("203.0.113.10") + request(pool)
        assert exchange(server.port, [whole], "127.0.0.9").startswith(b"HTTP/1.1 200 ")
        assert exchange(server.port, [bytes([byte]) for byte in whole], "127.0.0.9").startswith(b"HTTP/1.1 200 ")
        assert addresses(pool).count("203.0.113.10") == 2


@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("header", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"PROXY TCP4 203.0.113.7 127.0.0.1 1234 99999\r\n",
                                    b"PROXY TCP4 203.0.113.7\r\n" + b" " * 100, version2("203.0.113.7", command=0x23), b"\x16\x03\x01" + b"x" * 40])
def test_a_malformed_header_closes_the_connection_with_no_word(proxied, kind, header):
    server, _ = proxied[kind]
    assert exchange(server.port, [header], "127.0.0.9") == b""


def test_a_header_of_nobodys_proxy_is_no_http_and_names_nobody(proxied):
    server, pool = proxied["plain"]
    answer = exchange(server.port, [b"PROXY TCP4 203.0.113.99 127.0.0.1 1234 443\r\n" + request(pool)])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "203.0.113.99" not in addresses(pool)
    # Without a PROXY header they are served as before.
    assert exchange(server.port, [request(pool)]).startswith(b"HTTP/1.1 200 ")


def test_the_proxy_protocol_needs_a_trusted_proxy():
    refused = run("serve", "--proxy-protocol")
    assert refused.returncode != 0 and "proxy-protocol: needs trusted-proxy" in refused.stderr
    refused = run("serve", "--trusted-proxy", "0.0.0.0/0")
    assert refused.returncode != 0 and 'trusted-proxy "0.0.0.0/0"' in refused.stderr
