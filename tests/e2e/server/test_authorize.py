"""`sallyport agent --authorize`: how it is configured, what it answers, and that no load on it reaches the lease. tests/e2e/proxies has proxies."""

import contextlib
import http.client
import re
import signal
import socket
import stat
import sys
import time

import pytest

from sallyport_processes import Pool, Process, Started, free_port, run, wait_until

RULE = '[{name}]\nissuer = "{issuer}"\nscope = "aws.cognito.signin.user.admin"\n[{name}.headers]\nX-User = "sub"\n'


class Place:
    def __init__(self, start, server, *arguments):
        self.pool = Pool(server.client())
        self.issuer = f"{server.url}/{self.pool.id}"
        self.directory = start.directory()
        self.rules = self.directory / "rules.toml"
        self.write("orders")
        self.port, self.metrics_port, self.socket = free_port(), free_port(), self.directory / "authorize.socket"
        self.agent = start.agent(server, self.directory / "replica", "--authorize", f"127.0.0.1:{self.port}", "--authorize", f"unix:{self.socket}",
                                 "--authorize-rules", self.rules, "--metrics-listen", f"127.0.0.1:{self.metrics_port}", *arguments)
        self.pool.make_user("ada")
        self.tokens = self.pool.sign_in("ada")
        wait_until(lambda: self.ask(self.tokens["AccessToken"])[0] == 200, what="the agent allows")

    def write(self, *names, more=""):
        self.rules.write_text("".join(RULE.format(name=name, issuer=self.issuer) for name in names) + more)

    def ask(self, token, rule="orders", address=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            if address:
                connection.sock = socket.socket(socket.AF_UNIX)
                connection.sock.connect(str(address))
            connection.request("GET", f"/authorize/{rule}", headers={"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        return 0, {}, b""

    def metrics(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()


@pytest.fixture
def place(start, server):
    return Place(start, server)


def test_it_answers_on_both_sockets_and_counts(place):
    for address in (None, place.socket):
        status, headers, body = place.ask(place.tokens["AccessToken"], address=address)
        assert (status, body) == (200, b"") and re.fullmatch(r"[0-9a-f-]{36}", headers["x-user"])
        status, headers, body = place.ask(None, address=address)
        assert (status, headers["www-authenticate"], body) == (401, "Bearer", b'{"message":"Unauthorized"}')
        assert headers["x-amzn-errortype"] == "UnauthorizedException" and "x-user" not in headers
    assert place.ask(place.tokens["AccessToken"], "other")[::2] == (500, b'{"message":null}')
    place.pool.api.revoke_token(Token=place.tokens["RefreshToken"], ClientId=place.pool.client_id)
    assert place.ask(place.tokens["AccessToken"])[0] == 401
    metrics = place.metrics()
    assert 'sallyport_agent_authorize_decisions_total{rule="orders",decision="deny",reason="no_token"} 2' in metrics
    assert 'decision="deny",reason="revoked"} 1' in metrics
    assert "sallyport_agent_authorize_unknown_rules_total 1" in metrics and "sallyport_agent_healthy 1" in metrics


def test_only_the_user_and_the_group_may_use_the_unix_socket(place):
    mode = place.socket.stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660
    assert place.agent.close() == 0
    assert not place.socket.exists()


def test_rules_are_read_again_and_a_mistake_changes_nothing(place):
    token = place.tokens["AccessToken"]
    place.write("orders", more="[x]\nisuer = 3\n")
    place.agent.signal(signal.SIGHUP)
    wait_until(lambda: "unknown key isuer (did you mean issuer?)" in place.agent.log.read_text(), what="the log says what is wrong")
    assert place.ask(token)[0] == 200
    place.write("me")
    place.agent.signal(signal.SIGHUP)
    wait_until(lambda: place.ask(token, "me")[0] == 200, what="the new rule is used")
    assert place.ask(token, "orders")[0] == 500


@pytest.mark.parametrize("arguments, words", [
    (["--authorize", "127.0.0.1:9"], "--authorize needs --authorize-rules"),
    (["--authorize-rules", "RULES"], "have no effect without --authorize"),
    (["--authorize-threads", "2"], "have no effect without --authorize"),
    (["--authorize", "0.0.0.0:PORT", "--authorize-rules", "RULES"], "must be a loopback address"),
    (["--authorize", "localhost:PORT", "--authorize-rules", "RULES"], "must be a numeric address"),
    (["--authorize", "127.0.0.1", "--authorize-rules", "RULES"], "must be HOST:PORT, or unix:PATH"),
    (["--authorize", "127.0.0.1:USED", "--authorize-rules", "RULES"], "Address already in use"),
    (["--authorize", "unix:SOCKET", "--authorize-rules", "RULES"], "another program listens there"),
    (["--authorize", "unix:RULES", "--authorize-rules", "RULES"], "something that is not a socket has this name"),
    (["--authorize", "unix:NEW", "--authorize-group", "nobody-has-it", "--authorize-rules", "RULES"], 'there is no group "nobody-has-it"'),
    (["--authorize", "127.0.0.1:PORT", "--authorize-rules", "/nonexistent"], "/nonexistent: No such file"),
    (["--authorize", "127.0.0.1:PORT", "--authorize-rules", "RULES", "--authorize-connections", "0"], "not a number from 1"),
])
def test_settings_that_cannot_take_effect_are_refused_in_words(start, server, module_place, arguments, words):
    place = module_place
    values = {"RULES": place.rules, "PORT": free_port(), "USED": place.port, "SOCKET": place.socket, "NEW": place.directory / "new"}
    for name, value in values.items():
        arguments = [re.sub(rf"\b{name}$", str(value), argument) for argument in arguments]
    done = run("agent", "--enrolment", place.agent.enrolment, "--replica", start.directory() / "replica", *arguments)
    assert done.returncode == 1 and words in done.stderr, done.stderr
    assert place.ask(place.tokens["AccessToken"], address=place.socket)[0] == 200


@pytest.fixture(scope="module")
def module_place(server):
    started = Started()
    yield Place(started, server)
    started.close()


FLOOD = """
import socket, sys, threading
def ask(token):  # as fast as one connection allows, 100 requests at a time
    request = f"GET /authorize/orders HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer {token}\\r\\n\\r\\n".encode() * 100
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    while True:
        connection.sendall(request)
        answers = 0
        while answers < 100:
            answers += connection.recv(1 << 20).count(b"Content-Length: ")
for token in sys.argv[2:]:
    threading.Thread(target=ask, args=(token,)).start()
"""


def test_no_load_reaches_the_lease_or_delays_a_revocation(start, server):
    place = Place(start, server, "--authorize-connections", "64")
    flood = start.keep(Process([sys.executable, "-c", FLOOD, place.port, *[place.tokens["AccessToken"], "x.y.z"] * 2], place.directory / "flood.log"))
    slow = []
    for _ in range(200):  # connections that send half a request and nothing more
        slow.append(socket.create_connection(("127.0.0.1", place.port), 10))
        slow[-1].sendall(b"GET /authorize/orders HTTP/1.1\r\nX: ")
    for _ in range(5):
        tokens = place.pool.sign_in("ada")
        assert place.ask(tokens["AccessToken"])[0] == 200
        began = time.monotonic()
        place.pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=place.pool.client_id)
        assert time.monotonic() - began < 1.5  # a lease that ran out instead would take two seconds
        assert place.ask(tokens["AccessToken"])[0] == 401
        assert place.agent.status()["healthy"]
    assert place.ask(place.tokens["AccessToken"])[0] == 200
    assert flood.process.poll() is None, flood.log.read_text()
    flood.kill()
    for connection in slow:
        connection.close()
    status = place.agent.status()
    assert status["refusals"] == 0 and status["connects"] == 1
    assert "sallyport_agent_authorize_evicted_total 0" not in place.metrics()
