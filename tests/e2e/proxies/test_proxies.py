"""Each property of the gate beside a proxy, against each real proxy, with the configuration of its guide."""

import contextlib
import http.client
import json
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest
from proxies import PROXIES, Backend

import sallyport_processes as processes
from sallyport_processes import WEAK_HASHES, Pool, Started, free_port, wait_until

RULES = """
[{name}]
issuer = "{issuer}"
scope = "{scope}"
scope_status = 403
[{name}.headers]
X-User = "sub"
X-Groups = "cognito:groups"
"""
# The characters that a header's name may have and that many servers take for a hyphen (RFC 9110, section 5.6.2).
ALIASES = "!#$%&'*+.^_`|~"


class Place:
    """A server, an agent that answers proxies, and what is behind them; all proxies beside it share it."""

    def __init__(self):
        self._started = Started()
        self.server = self._started.server(*WEAK_HASHES)
        self.pool = Pool(self.server.client())
        directory = self._started.directory()
        self.port, self.socket = free_port(), directory / "authorize.socket"
        self._rules = directory / "rules.toml"
        self.write_rules()
        self.agent_arguments = (directory / "replica", "--authorize", f"127.0.0.1:{self.port}", "--authorize", f"unix:{self.socket}",
                                "--authorize-rules", self._rules)
        self.agent = self._started.agent(self.server, *self.agent_arguments)
        self.backend = self._started.keep(Backend())
        self.pool.make_user("ada")
        self.pool.make_user("eve")
        self.pool.api.create_group(UserPoolId=self.pool.id, GroupName="staff")
        self.pool.api.admin_add_user_to_group(UserPoolId=self.pool.id, Username="ada", GroupName="staff")
        wait_until(lambda: self.agent.status() and self.agent.status()["healthy"], what="the agent holds a lease")

    def write_rules(self, name="orders", scope="aws.cognito.signin.user.admin"):
        self._rules.write_text(RULES.format(name=name, scope=scope, issuer=f"{self.server.url}/{self.pool.id}"))

    @contextlib.contextmanager
    def rules(self, status, token, **changes):
        """The agent has other rules meanwhile, by which it answers the token with that status."""
        self._use_rules(status, token, **changes)
        try:
            yield
        finally:
            self._use_rules(200, token)

    def _use_rules(self, status, token, **changes):
        self.write_rules(**changes)
        self.agent.signal(signal.SIGHUP)
        wait_until(lambda: self.ask_agent(token) == status, what=f"the agent answers {status}")

    def stop_agent(self):
        """Returns when none of its threads runs any more."""
        self.agent.signal(signal.SIGSTOP)
        tasks = pathlib.Path(f"/proc/{self.agent.process.pid}/task")
        wait_until(lambda: all((task / "stat").read_text().rsplit(")", 1)[1].split()[0] == "T" for task in tasks.iterdir()), what="it stops")

    def ask_agent(self, token):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/authorize/orders", headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status

    def start_proxy(self, name):
        return self._started.keep(PROXIES[name](self._started.directory(), self.port, self.socket, self.backend.port))

    def start_agent(self):
        self.agent = self._started.agent(self.server, *self.agent_arguments, enrolment=self.agent.enrolment)

    def close(self):
        self._started.close()


@pytest.fixture(scope="module")
def place():
    place = Place()
    yield place
    place.close()


@pytest.fixture(scope="module", params=list(PROXIES))
def proxy(place, request):
    proxy = place.start_proxy(request.param)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def tokens(place):
    """Of somebody in a group, and of somebody in none."""
    return {name: place.pool.sign_in(name)["AccessToken"] for name in ("ada", "eve")}


def ask(proxy, token=None, path="/orders/1", method="GET", headers=(), body=None, timeout=10):
    return processes.ask(proxy.port, path, token, method, body, headers, timeout)


def variable(name):
    """The name of a header as CGI, WSGI, PHP and many other servers see it."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def reached(place, before=0):
    """The headers of the newest request at the backend, as such servers see them."""
    assert len(place.backend.requests) > before, "nothing reached the backend"
    seen = {}
    for name, value in place.backend.requests[-1]["headers"]:
        seen.setdefault(variable(name), []).append(value)
    return seen


def test_a_good_token_passes_and_its_claims_go_upstream(place, proxy, tokens):
    before = len(place.backend.requests)
    assert ask(proxy, tokens["ada"])[::2] == (200, b"backend"), proxy.log()
    seen = reached(place, before)
    sub = place.pool.api.admin_get_user(UserPoolId=place.pool.id, Username="ada")["UserAttributes"]
    assert seen["X_USER"] == [next(a["Value"] for a in sub if a["Name"] == "sub")]
    assert json.loads(seen["X_GROUPS"][0]) == ["staff"] and len(seen["X_GROUPS"]) == 1


def test_without_a_good_token_nothing_reaches_the_backend(place, proxy, tokens):
    before = len(place.backend.requests)
    for token in (None, "x", tokens["ada"][:-8] + "AAAAAAAA", place.pool.sign_in("ada")["IdToken"]):
        status, headers, body = ask(proxy, token)
        assert status == 401, (token, proxy.log())
        assert headers["www-authenticate"].startswith("Bearer")
        assert ("invalid_token" in headers["www-authenticate"]) == (token is not None)
        if proxy.shows_body:
            assert body == b'{"message":"Unauthorized"}'
    assert len(place.backend.requests) == before


def forged(proxy):
    yield [("X-User", "mallory"), ("X-Groups", "admins")]
    yield [("x-uSER", "mallory"), ("X-GROUPS", "admins")]
    yield [("X-User", "mallory"), ("X-User", "mallory"), ("X-Groups", "admins"), ("X-Groups", "admins")]
    yield [("X-User", ""), ("X-Groups", "")]
    # What is named there is removed by the next hop. Proxies differ in what separates two names.
    for options in ("x-user, x-groups, close", "close;x-user", "close, X-Groups;", '"x-user"', "close\tx-user", "close x-user", "(x-user)", "close,\x0cx-user",
                    "x-user=1", "close/x-user"):
        yield [("Connection", options)]
    for character in ALIASES:
        yield [(f"X{character}User", "mallory"), (f"x{character}gROUPS", "admins")]


def test_no_client_can_forge_a_claim(place, proxy, tokens):
    good = {"X_USER": None}
    ask(proxy, tokens["eve"])
    good["X_USER"] = reached(place)["X_USER"]
    for headers in forged(proxy):
        before = len(place.backend.requests)
        status = ask(proxy, tokens["eve"], headers=headers)[0]
        if len(place.backend.requests) == before:
            assert status == 400, (headers, status, proxy.log())  # the proxy does not take such names at all
            continue
        seen = reached(place, before)
        assert seen["X_USER"] == good["X_USER"], (headers, seen)
        assert "x-user" not in ", ".join(seen.get("CONNECTION", [])).lower(), (headers, seen)
        # She is in no group: the claim is cleared.
        assert seen.get("X_GROUPS", [""]) == [""], (headers, seen)


def test_what_a_client_says_about_its_request_changes_nothing(place, proxy, tokens):
    lies = [("X-Forwarded-Uri", "/public"), ("X-Forwarded-Method", "OPTIONS"), ("X-Forwarded-Host", "localhost"), ("X-Original-URI", "/public"),
            ("X-Original-URL", "/public"), ("X-Original-Method", "OPTIONS"), ("X-Rewrite-URL", "/public"), ("X-Forwarded-For", "127.0.0.1"),
            ("X-HTTP-Method-Override", "OPTIONS"), ("X-Envoy-Original-Path", "/public"), ("X-Forwarded-Access-Token", tokens["ada"]),
            ("Proxy-Authorization", f"Bearer {tokens['ada']}")]
    for lie in lies:
        before = len(place.backend.requests)
        assert ask(proxy, headers=[lie])[0] in (400, 401), lie
        assert len(place.backend.requests) == before
    assert ask(proxy, tokens["ada"], headers=lies)[0] == 200


# Of these, a proxy may send its own.
SAID_BY_PROXIES = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-IP"]
SAID_BY_NOBODY = ["X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Forwarded-Method", "X-Forwarded-User", "X-Forwarded-Client-Cert",
                  "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info", "X-Forwarded-Ssl", "X-Forwarded-Scheme", "X-Original-URL", "X-Original-URI",
                  "X-Original-Method", "X-Original-Host", "X-Rewrite-URL", "Forwarded"]


def test_an_upstream_never_gets_a_clients_word_for_what_only_a_proxy_may_say(place, proxy, tokens):
    before = len(place.backend.requests)
    assert ask(proxy, tokens["ada"], headers=[(name, "lie") for name in SAID_BY_PROXIES + SAID_BY_NOBODY])[0] == 200, proxy.log()
    seen = reached(place, before)
    for name in SAID_BY_NOBODY:
        assert variable(name) not in seen, (name, seen)
    for name in SAID_BY_PROXIES:
        assert not any("lie" in value for value in seen.get(variable(name), [])), (name, seen)


def test_two_tokens_are_none(place, proxy, tokens):
    before = len(place.backend.requests)
    doubled = [("Authorization", f"Bearer {tokens['ada']}")]
    assert ask(proxy, tokens["ada"], headers=doubled)[0] == proxy.doubled
    assert ask(proxy, "x", headers=doubled)[0] == proxy.doubled
    assert len(place.backend.requests) == before


def test_every_method_is_decided_and_passes_as_it_is(place, proxy, tokens):
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        before = len(place.backend.requests)
        assert ask(proxy, method=method)[0] == 401, method
        assert len(place.backend.requests) == before
        status, _, body = ask(proxy, tokens["ada"], method=method)
        assert status == 200 and body == (b"" if method == "HEAD" else b"backend"), method
        assert place.backend.requests[-1]["line"].startswith(f"{method} /orders/1 "), method


def test_the_proxy_answers_preflights_and_they_are_no_way_in(place, proxy):
    before = len(place.backend.requests)

    def preflight(origin, method="OPTIONS", asked="POST"):
        return ask(proxy, method=method, headers=[("Origin", origin), ("Access-Control-Request-Method", asked),
                                                  ("Access-Control-Request-Headers", "authorization")])
    status, headers, _ = preflight("https://app.example.com")
    assert status in (200, 204) and headers["access-control-allow-origin"] == "https://app.example.com", (status, headers, proxy.log())
    assert "POST" in headers["access-control-allow-methods"] and "authorization" in headers["access-control-allow-headers"].lower()
    for origin in ("https://evil.example", "https://app.example.com.evil.example", "null"):
        status, headers, _ = preflight(origin)
        assert "access-control-allow-origin" not in headers and status in (200, 204, 401), (origin, status, headers)
    assert preflight("https://app.example.com", method="GET")[0] == 401
    assert ask(proxy, method="OPTIONS", headers=[("Origin", "https://app.example.com")])[0] == 401
    assert len(place.backend.requests) == before


def test_a_body_passes_whole_and_is_not_sent_to_the_agent(place, proxy, tokens):
    for size in (1, 100_000, 3_000_000 if proxy.takes_large_bodies else 500_000):
        body = b"x" * size
        before = len(place.backend.requests)
        assert ask(proxy, tokens["ada"], method="POST", body=body)[0] == 200, (size, proxy.log())
        assert place.backend.requests[-1]["body"] == body and len(place.backend.requests) == before + 1
    before = len(place.backend.requests)
    assert ask(proxy, "x", method="POST", body=b"x" * 1000)[0] == 401
    assert len(place.backend.requests) == before


def test_a_body_that_does_not_come_is_not_waited_for_or_it_is_and_the_upstream_gets_nothing(place, proxy):
    before = len(place.backend.requests)
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as connection:
        connection.sendall(b"POST /orders/1 HTTP/1.1\r\nHost: gate\r\nContent-Length: 50\r\n\r\nabc")
        connection.settimeout(1)
        if proxy.refuses_late:
            with pytest.raises(TimeoutError):
                connection.recv(4096)
            connection.settimeout(10)
            connection.sendall(b"x" * 47)
        assert b" 401 " in connection.recv(4096).splitlines()[0]
    assert len(place.backend.requests) == before


def raw(proxy, target, token=None, seconds=10):
    """The status of a request whose target is sent as it is; 0: none."""
    with socket.create_connection(("127.0.0.1", proxy.port), seconds) as connection:
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: gate\r\n{authorization}Connection: close\r\n\r\n".encode())
        answer = connection.makefile("rb").readline().split()
        return int(answer[1]) if len(answer) > 1 else 0


def test_no_spelling_of_a_path_passes_without_a_token(place, proxy, tokens):
    before = len(place.backend.requests)
    for target in ("/orders/1", "/orders//1", "//orders/1", "/orders/./1", "/x/../orders/1", "/orders/%2e/1", "/%6frders/1", "/orders%2f1",
                   "/orders/%2e%2e/orders/1", "/orders;x/1", "/orders/1;x", "/ORDERS/1", "/orders/1?x", "/orders/..;/orders/1",
                   "/orders/1%00", "/orders\\1", "http://gate/orders/1", "/authorize/orders", "*"):
        status = raw(proxy, target)
        assert 400 <= status < 500 or status == 301 or status == 307, (target, status)
    assert len(place.backend.requests) == before
    assert raw(proxy, "/orders/1", tokens["ada"]) == 200


def test_a_connection_is_upgraded_only_with_a_token_and_then_goes_on(place, proxy, tokens):
    handshake = ("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
    before = len(place.backend.requests)
    for token, status in (("x", b"401"), (tokens["ada"], b"101")):
        with socket.create_connection(("127.0.0.1", proxy.port), 10) as connection:
            connection.sendall(f"GET /orders/1 HTTP/1.1\r\nHost: gate\r\n{handshake}Authorization: Bearer {token}\r\n\r\n".encode())
            stream = connection.makefile("rb")
            assert stream.readline().split()[1] == status, proxy.log()
            if status == b"401":
                assert len(place.backend.requests) == before
                continue
            while stream.readline().strip():
                pass
            connection.sendall(b"\x82\x04echo")
            assert stream.read(6) == b"\x82\x04echo"


@pytest.mark.parametrize("upgrade", ["h2c", "anything", "websocket, h2c", "h2c\r\nUpgrade: websocket", "websocket\r\nUpgrade: h2c"])
def test_no_connection_becomes_anything_but_a_websocket(place, proxy, tokens, upgrade):
    """Whoever has one valid token could otherwise speak with the upstream unseen, and send it any header."""
    before = len(place.backend.requests)
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as connection:
        connection.sendall(f"GET /orders/1 HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {tokens['ada']}\r\nUpgrade: {upgrade}\r\n"
                           "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
                           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        status = int(connection.makefile("rb").readline().split()[1])
    asked = reached(place, before).get("UPGRADE") if len(place.backend.requests) > before else None
    assert asked in (None, ["websocket"]), asked
    assert (status == 101) == (asked is not None), (status, asked)


def http2_request(*headers):
    """The bytes with which a client begins HTTP/2 and sends one request that does not end (RFC 9113; RFC 7541, section 6.2.2)."""
    def text(value):
        size = len(value) - 127
        assert size < 16384
        return bytes([len(value)] if size < 0 else [127, size] if size < 128 else [127, size % 128 + 128, size // 128]) + value.encode()

    def frame(kind, flags, stream, payload):
        return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
    block = b"".join(b"\0" + text(name) + text(value) for name, value in headers)
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, block) + frame(0, 0, 1, SMUGGLED)


# What whoever has got a tunnel to the upstream would send through it.
SMUGGLED = b"GET /orders/1 HTTP/1.1\r\nHost: gate\r\nX-User: mallory\r\n\r\n"


@pytest.mark.parametrize("target", ["gate:80", "/orders/1", "http://gate/orders/1", "http2"])
def test_connect_opens_no_tunnel_to_whoever_has_a_token(place, proxy, tokens, target):
    bearer = f"Bearer {tokens['eve']}"
    if target == "http2":
        request = http2_request((":method", "CONNECT"), (":authority", "gate:80"), ("authorization", bearer))
    else:
        request = f"CONNECT {target} HTTP/1.1\r\nHost: gate:80\r\nAuthorization: {bearer}\r\n\r\n".encode() + SMUGGLED
    before = len(place.backend.requests)
    place.backend.keeps_open = True  # as servers do that answer 200 whatever the method is
    try:
        with socket.create_connection(("127.0.0.1", proxy.port), 10) as connection, contextlib.suppress(ConnectionResetError, TimeoutError):
            connection.sendall(request)
            connection.settimeout(1)
            while connection.recv(4096):
                pass
    finally:
        place.backend.keeps_open = False
    reached_it = place.backend.requests[before:]
    assert not any(value == "mallory" for request in reached_it for _, value in request["headers"]), reached_it
    assert ask(proxy, tokens["eve"])[0] == 200, proxy.log()


def over_http2(proxy, *arguments):
    """The status of a request with curl's arguments, on a connection that speaks HTTP/2 from its first byte."""
    done = subprocess.run(["curl", "-s", "-m", "10", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_code} %{http_version}", *arguments,
                           f"http://127.0.0.1:{proxy.port}/orders/1"], capture_output=True, text=True)
    status, version = done.stdout.split()
    assert version in ("0", "2")
    return int(status)


def test_over_http_2_claims_cannot_be_forged_either(place, proxy, tokens):
    if not proxy.speaks_http2:
        assert over_http2(proxy) == 0
        return
    good = ("-H", f"Authorization: Bearer {tokens['eve']}")
    before = len(place.backend.requests)
    assert over_http2(proxy) == 401
    assert over_http2(proxy, *good, "-H", "authorization: Bearer x") in (400, 401)
    assert over_http2(proxy, "-H", "authorization: Bearer x", *good) in (400, 401)
    assert len(place.backend.requests) == before
    for name in ["X-Groups", *(f"x{character}groups" for character in ALIASES)]:
        before = len(place.backend.requests)
        status = over_http2(proxy, *good, "-H", f"{name}: admins", "-H", "X-Original-URL: /lie")
        if len(place.backend.requests) == before:
            assert status in (0, 400), (name, status)
            continue
        seen = reached(place, before)
        assert seen.get("X_GROUPS", [""]) == [""] and "X_ORIGINAL_URL" not in seen, (name, seen)


def test_when_revoke_returns_the_next_request_is_refused(place, proxy):
    for _ in range(5):
        tokens = place.pool.sign_in("ada")
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
        for expected in (200, 401):
            connection.request("GET", "/orders/1", headers={"Authorization": f"Bearer {tokens['AccessToken']}"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == expected
            place.pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=place.pool.client_id)
        connection.close()


def test_a_token_of_a_user_in_many_groups_passes(place, proxy):
    if not hasattr(place, "member"):
        place.member = place.pool.make_user("member")
        for i in range(20):
            name = f"group-{i:02d}-{'x' * 100}"
            place.pool.api.create_group(UserPoolId=place.pool.id, GroupName=name)
            place.pool.api.admin_add_user_to_group(UserPoolId=place.pool.id, Username="member", GroupName=name)
    assert ask(proxy, place.pool.sign_in("member")["AccessToken"])[0] == 200, proxy.log()
    assert len(json.loads(reached(place)["X_GROUPS"][0])) == 20


def test_a_rule_that_answers_403_and_one_that_does_not_exist(place, proxy, tokens):
    before = len(place.backend.requests)
    with place.rules(403, tokens["ada"], scope="orders/nobody-has-it"):
        status, headers, body = ask(proxy, tokens["ada"])
        assert status == 403 and "insufficient_scope" in headers["www-authenticate"], (status, headers)
        assert not proxy.shows_body or body == b'{"message":"Forbidden"}'
    with place.rules(500, tokens["ada"], name="other"):
        assert ask(proxy, tokens["ada"])[0] == proxy.unknown
    assert len(place.backend.requests) == before
    assert ask(proxy, tokens["ada"])[0] == 200


def test_a_stopped_agent_and_one_that_is_down_deny(place, proxy, tokens):
    before = len(place.backend.requests)
    place.stop_agent()
    try:
        began = time.monotonic()
        assert ask(proxy, tokens["ada"])[0] == proxy.stopped, proxy.log()
        assert time.monotonic() - began < proxy.patience
    finally:
        place.agent.signal(signal.SIGCONT)
    place.agent.kill()
    status = ask(proxy, tokens["ada"])[0]
    assert status == proxy.down, (status, proxy.log())
    assert len(place.backend.requests) == before
    place.start_agent()
    wait_until(lambda: ask(proxy, tokens["ada"])[0] == 200, what="the proxy serves again")
