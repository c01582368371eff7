"""On every listener, what could be understood in two ways is refused and the connection closed, and every answer has a Date."""

import datetime
import email.utils
import http.client
import re
import socket

import pytest

from sallyport_processes import WEAK_HASHES, Clock, answers, free_port, wait_until


class Listener:
    def __init__(self, port, path):
        self.port, self.path = port, path

    def exchange(self, data, seconds=5.0):
        """What is sent until the connection is closed, for raw bytes."""
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            connection.sendall(data)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received


@pytest.fixture(scope="module")
def listeners():
    import sallyport_processes
    started = sallyport_processes.Started()
    runtime, metrics = free_port(), free_port()
    server = started.server(*WEAK_HASHES, "--hook", f"pre-sign-up=runtime:127.0.0.1:{runtime}")
    started.agent(server, None, "--metrics-listen", f"127.0.0.1:{metrics}")
    wait_until(lambda: answers(metrics) and answers(runtime), what="all listen")
    yield {"server": Listener(server.port, "/healthz"), "runtime": Listener(runtime, "/2018-06-01/runtime/invocation/x"),
           "agent": Listener(metrics, "/metrics")}
    started.close()


def heads_in(answer):
    return len(re.findall(rb"HTTP/1\.1 \d\d\d ", answer))


# One of each kind; tests/http1 has the others. "GET /hidden" would be a second request.
REFUSED = {
    "unknown coding": "Host: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    "a coding before chunked": "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two codings": "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an obscured coding": "Host: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "coding and length": "Host: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no host": "\r\n",
    "two hosts": "Host: x\r\nHost: y\r\n\r\n",
    "a host that is none": "Host: x/y\r\n\r\n",
    "two lengths": "Host: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a list of lengths": "Host: x\r\nContent-Length: 0, 0\r\n\r\n",
    "a signed length": "Host: x\r\nContent-Length: +0\r\n\r\n",
    "bare LF": "Host: x\nA: b\r\n\r\n",
    "bare CR": "Host: x\rA: b\r\n\r\n",
    "a folded field": "Host: x\r\nA: b\r\n c\r\n\r\n",
    "a blank before the colon": "Host: x\r\nContent-Length : 0\r\n\r\n",
    "a name that is no token": "Host: x\r\nA(: b\r\n\r\n",
    "NUL in a value": "Host: x\r\nA: b\0c\r\n\r\n",
    "two authorizations": "Host: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
}


@pytest.mark.parametrize("name", ["server", "runtime", "agent"])
def test_a_header_of_two_meanings_is_refused_and_the_connection_closed(listeners, name):
    listener = listeners[name]
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    for what, fields in REFUSED.items():
        head = f"GET {listener.path} HTTP/1.1\r\n{fields}".encode()
        answer = listener.exchange(head + hidden)
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\nDate: "), (what, answer)
        assert heads_in(answer) == 1 and b"\r\nConnection: close\r\n" in answer, (what, answer)
        assert re.search(rb"\r\n\r\nBad Request: .+\n$", answer), (what, answer)
    for line in ("GET /a\x01 HTTP/1.1", "GET /a#b HTTP/1.1", "GET http://x/ HTTP/1.1", "GET  / HTTP/1.1", "G(T / HTTP/1.1"):
        assert listener.exchange(f"{line}\r\nHost: x\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 "), line


@pytest.mark.parametrize("name", ["server", "runtime"])
def test_a_body_of_two_meanings_is_refused_and_the_connection_closed(listeners, name):
    listener = listeners[name]
    head = f"POST {listener.path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    for body in (b"0\r\nHost: y\r\n\r\n", b"2\n{}\r\n0\r\n\r\n", b"2\r\n{}\n0\r\n\r\n", b"2;a=\"\n\"\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n",
                 b"2 \r\n{}\r\n0\r\n\r\n", b"ffffffffffffffff2\r\n{}\r\n0\r\n\r\n"):
        answer = listener.exchange(head + body + hidden)
        assert answer.startswith(b"HTTP/1.1 400 ") and heads_in(answer) == 1, (body, answer)


def dates_of(answer):
    return re.findall(rb"^Date: (.*)\r$", answer, re.MULTILINE)


def assert_dated(answer, ahead=0):
    dates = dates_of(answer)
    assert len(dates) == heads_in(answer) == 1, answer
    moment = email.utils.parsedate_to_datetime(dates[0].decode())
    assert dates[0].decode() == email.utils.format_datetime(moment.astimezone(datetime.timezone.utc), usegmt=True)
    offset = moment.timestamp() - datetime.datetime.now().timestamp() - ahead
    assert -3 < offset <= 1, dates


def test_each_answer_of_each_listener_has_a_date(listeners):
    close = "Host: x\r\nConnection: close\r\n"
    cases = [("server", f"{method} {path} HTTP/1.1\r\n{close}{more}\r\n")
             for method in ("GET", "POST", "OPTIONS", "HEAD", "DELETE")
             for path in ("/", "/healthz", "/metrics", "/nothing", "/oauth2/token", "/oauth2/userInfo", "/_sallyport/feed/v1",
                          "/_sallyport/outbox", "/_sallyport/agents", "/x/.well-known/jwks.json", "/_sallyport/import/x")
             for more in ("", "X-Amz-Target: AWSCognitoIdentityProviderService.ListUserPools\r\n")]
    cases += [("server", f"POST / HTTP/1.1\r\n{close}{more}\r\n")
              for more in ("Content-Length: 9999999\r\n", "X: " + "a" * 70000 + "\r\n", "Transfer-Encoding: gzip\r\n")]
    cases += [("server", f"PUT /_sallyport/import/x HTTP/1.1\r\n{close}\r\n"), ("server", f"GET / HTTP/2.0\r\n{close}\r\n")]
    cases += [("runtime", f"{method} {path} HTTP/1.1\r\n{close}{more}\r\n")
              for method in ("GET", "POST") for path in ("/", "/2018-06-01/runtime/invocation/x/response")
              for more in ("", "Origin: https://evil.example\r\n", "Content-Length: 99999999\r\n")]
    cases += [("agent", f"{method} {path} HTTP/1.1\r\n{close}\r\n") for method in ("GET", "POST", "HEAD")
              for path in ("/metrics", "/healthz", "/nothing")]
    for name, request in cases:
        assert_dated(listeners[name].exchange(request.encode()))


def test_an_event_for_a_function_and_an_upgrade_have_a_date(start):
    runtime = free_port()
    server = start.server(*WEAK_HASHES, "--old-agents", "--hook", f"pre-sign-up=runtime:127.0.0.1:{runtime}")
    token = (server.data / "agent-token").read_text().strip()
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(f"GET /_sallyport/feed/v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                           f"Authorization: Bearer {token}\r\n\r\n".encode())
        answer = connection.recv(1024)
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert_dated(answer)
    client = server.client()
    pool = client.create_user_pool(
        PoolName="x", LambdaConfig={"PreSignUp": "arn:aws:lambda:us-east-1:000000000000:function:pre-sign-up"})["UserPool"]["Id"]
    app = client.create_user_pool_client(UserPoolId=pool, ClientName="x")["UserPoolClient"]["ClientId"]
    poller = http.client.HTTPConnection("127.0.0.1", runtime, timeout=10)
    with socket.create_connection(("127.0.0.1", server.port), 5) as caller:
        body = f'{{"ClientId":"{app}","Username":"alice","Password":"Passw0rd!x1"}}'
        caller.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSCognitoIdentityProviderService.SignUp\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        poller.request("GET", "/2018-06-01/runtime/invocation/next")
        event = poller.getresponse()
        assert event.status == 200 and event.headers["Date"] and event.headers["Lambda-Runtime-Aws-Request-Id"]
        event.read()
        poller.request("POST", f"/2018-06-01/runtime/invocation/{event.headers['Lambda-Runtime-Aws-Request-Id']}/error", b"{}")
        accepted = poller.getresponse()
        assert accepted.status == 202 and accepted.headers["Date"]
    poller.close()


def test_the_date_is_of_the_clock_that_judges_signatures(start, tmp_path):
    clock = Clock(tmp_path)
    clock.set(wall=20 * 60)
    server = start.server(environment=clock.environment)
    wait_until(lambda: server.request("GET", "/healthz")[0] == 200, what="healthy")
    assert_dated(Listener(server.port, "/").exchange(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), ahead=20 * 60)
