"""Decisions after the first: bodies, upstream attempts, requests held open."""

import socket
import threading
import time

import pytest
from gate_harness import ISSUER, UNAUTHORIZED, Upstream, head, read_all, wait_until

RECHECK = 0.4
DECIDED_AFTER = 0.2  # nginx has surely read the headers
CLOSED_WITHIN = RECHECK + 0.6


class Stage:
    """What the upstreams do, and what they saw of it."""

    def __init__(self, gate):
        self.closed = threading.Event()     # the held connection was closed by nginx
        self.arrived = threading.Event()    # the slow upstream has a request
        self.release = threading.Event()    # it may drop it
        self.upstream = gate.upstream(self.serve)
        self.second = gate.upstream()
        self.replica = gate.replica()
        up, second = self.upstream.port, self.second.port
        self.nginx = gate(f"""
sallyport_replica $REPLICA;
sallyport_issuer {ISSUER};
sallyport_stream_recheck {int(RECHECK * 1000)}ms;
resolver 127.0.0.1;
upstream pair {{ server 127.0.0.1:{up}; server 127.0.0.1:{second} backup; }}
upstream kept {{ server 127.0.0.1:{second}; keepalive 4; }}
map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
server {{
  listen 127.0.0.1:$PORT;
  sallyport on;
  proxy_http_version 1.1;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header Upgrade $http_upgrade;
  location / {{ proxy_pass http://127.0.0.1:{up}; proxy_buffering off; }}
  location /buffered {{ proxy_pass http://127.0.0.1:{second}; }}
  location /unbuffered {{ proxy_request_buffering off; proxy_pass http://127.0.0.1:{second}; }}
  location /pair {{ proxy_pass http://pair; }}
  location /pair-with-page {{ proxy_pass http://pair; error_page 401 500 502 504 =200 @page; }}
  location @page {{ sallyport off; return 200 "page"; }}
  location /variable {{ set $up 127.0.0.1:{up}; proxy_pass http://$up; }}
  location /kept {{ proxy_pass http://kept; proxy_set_header Connection ""; }}
  location /read {{ mirror /gone; empty_gif; }}
  location = /gone {{ sallyport off; internal; return 204; }}
  location /asked {{ auth_request /auth; empty_gif; }}
  location = /auth {{ sallyport off; internal; proxy_pass http://127.0.0.1:{up}/slow; }}
  location /file {{ limit_rate 20k; alias $DIR/file; }}
}}
""", self.replica, start=False)
        (self.nginx.directory / "file").write_bytes(b"x" * 400_000)
        self.nginx.start()

    def serve(self, connection, request):
        path = request["path"]
        if "websocket" in path:
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            while (data := connection.recv(1024)):
                connection.sendall(data)
            self.closed.set()
        elif "events" in path:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            try:
                while True:
                    connection.sendall(b"data: tick\n\n")
                    time.sleep(0.05)
            except OSError:
                self.closed.set()
        else:
            self.arrived.set()
            if self.release.wait(20):
                return  # hangs up without an answer
            Upstream.answer(connection, request)

    def revoke_when_it_arrived(self, token):
        def revoke():
            assert self.arrived.wait(10)
            self.replica.revoke(token)
            self.release.set()
        thread = threading.Thread(target=revoke)
        thread.start()
        return thread


@pytest.fixture
def stage(gate):
    return Stage(gate)


def upgrade(stage, token):
    connection = stage.nginx.connect()
    connection.sendall(head("/websocket", token, more="Connection: Upgrade\r\nUpgrade: websocket\r\n"))
    assert connection.recv(4096).startswith(b"HTTP/1.1 101")
    connection.sendall(b"ping")
    assert connection.recv(4) == b"ping"
    return connection


def seconds_until_closed(connection):
    began = time.monotonic()
    read_all(connection, 5)
    return time.monotonic() - began


def test_an_open_websocket_is_closed_on_both_sides_within_recheck(stage):
    token, other = stage.replica.id_token(), stage.replica.id_token()
    connection, kept = upgrade(stage, token), upgrade(stage, other)
    time.sleep(2 * RECHECK)
    connection.sendall(b"still")
    assert connection.recv(5) == b"still", "an allowed one stays open"
    stage.replica.revoke(token)
    assert seconds_until_closed(connection) < CLOSED_WITHIN
    assert stage.closed.wait(1)
    kept.sendall(b"kept")
    assert kept.recv(4) == b"kept", "one of another token stays open"
    assert "denied after it was allowed: revoked" in stage.nginx.errors()


def test_an_event_stream_is_closed_within_recheck(stage):
    token = stage.replica.id_token()
    connection = stage.nginx.connect()
    connection.sendall(head("/events", token))
    assert b"200 OK" in connection.recv(4096)
    stage.replica.revoke(token)
    assert seconds_until_closed(connection) < CLOSED_WITHIN
    assert stage.closed.wait(1)


def test_a_stream_ends_when_its_token_expires(stage):
    connection = upgrade(stage, stage.replica.id_token(exp=int(time.time()) + 2))
    assert seconds_until_closed(connection) < 2.1 + CLOSED_WITHIN


def test_a_stream_ends_when_the_lease_lapses(stage):
    connection = upgrade(stage, stage.replica.id_token())
    stage.replica.do("lease 300")
    stage.replica.do("let-go")
    assert seconds_until_closed(connection) < 0.3 + CLOSED_WITHIN


def test_a_slow_download_ends_after_a_revocation(stage):
    token = stage.replica.id_token()
    connection = stage.nginx.connect()
    connection.sendall(head("/file", token))
    assert connection.recv(1024).startswith(b"HTTP/1.1 200")
    stage.replica.revoke(token)
    assert seconds_until_closed(connection) < CLOSED_WITHIN


@pytest.mark.parametrize("path", ["/buffered", "/unbuffered", "/read"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_ends_after_the_revocation_is_refused(stage, path, chunked):
    token = stage.replica.id_token()
    connection = stage.nginx.connect()
    more = "Transfer-Encoding: chunked\r\n" if chunked else "Content-Length: 10\r\n"
    connection.sendall(head(path, token, "POST", more) + (b"5\r\nhello\r\n" if chunked else b"hello"))
    time.sleep(DECIDED_AFTER)
    stage.replica.revoke(token)
    connection.sendall(b"5\r\nworld\r\n0\r\n\r\n" if chunked else b"world")
    answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 401"), answer
    assert answer.endswith(UNAUTHORIZED)
    assert not any(request["body"] == b"helloworld" for request in stage.second.requests)
    if path == "/buffered":
        assert not stage.second.requests, "nothing of it reaches the upstream"


@pytest.mark.parametrize("path", ["/buffered", "/unbuffered"])
def test_a_body_that_never_ends_is_refused_within_recheck(stage, path):
    token = stage.replica.id_token()
    connection = stage.nginx.connect()
    connection.sendall(head(path, token, "POST", "Content-Length: 10\r\n") + b"hello")
    time.sleep(DECIDED_AFTER)
    stage.replica.revoke(token)
    began = time.monotonic()
    first = connection.recv(65536)
    assert time.monotonic() - began < CLOSED_WITHIN
    assert first.startswith(b"HTTP/1.1 401")
    assert b"Connection: close" in first


def test_the_rest_of_a_refused_body_is_not_taken_for_a_request(stage):
    token = stage.replica.id_token()
    smuggled = head("/buffered/smuggled", stage.replica.id_token())
    connection = stage.nginx.connect()
    connection.sendall(head("/buffered", token, "POST", f"Content-Length: {5 + len(smuggled)}\r\n") + b"hello")
    time.sleep(DECIDED_AFTER)
    stage.replica.revoke(token)
    time.sleep(CLOSED_WITHIN)
    connection.sendall(smuggled)
    assert read_all(connection).count(b"HTTP/1.1") == 1
    assert not stage.second.requests


def test_a_body_with_an_allowed_token_passes_whole(stage):
    token = stage.replica.id_token()
    for path in ("/buffered", "/unbuffered"):
        connection = stage.nginx.connect()
        connection.sendall(head(path, token, "POST", "Content-Length: 200000\r\nConnection: close\r\n"))
        for _ in range(20):
            connection.sendall(b"y" * 10000)
            time.sleep(RECHECK / 10)
        assert b"200 OK" in read_all(connection)
        assert stage.second.requests[-1]["body"] == b"y" * 200000


@pytest.mark.parametrize("path", ["/pair", "/pair?body"])
def test_a_retry_is_decided_before_the_second_upstream_sees_anything(stage, path):
    token = stage.replica.id_token()
    thread = stage.revoke_when_it_arrived(token)
    body = b"a body" if "body" in path else None
    status, headers, answer = stage.nginx.get(path, token, method="PUT" if body else "GET", body=body)
    thread.join()
    assert (status, answer) == (401, UNAUTHORIZED)
    assert headers["content-type"] == "application/json"
    assert not stage.second.requests


def test_a_retry_with_an_allowed_token_goes_to_the_second_upstream(stage):
    threading.Timer(0.2, stage.release.set).start()
    assert stage.nginx.get("/pair", stage.replica.id_token())[::2] == (200, b"upstream")
    assert len(stage.second.requests) == 1


def test_a_refused_retry_blames_no_upstream_and_keeps_error_pages(stage):
    token = stage.replica.id_token()
    thread = stage.revoke_when_it_arrived(token)
    assert stage.nginx.get("/pair-with-page", token)[::2] == (200, b"page")
    thread.join()
    assert not stage.second.requests


@pytest.mark.parametrize("path", ["/slow", "/variable"])
def test_a_request_that_waits_for_its_upstream_is_answered_401_within_recheck(stage, path):
    token = stage.replica.id_token()
    revoker = threading.Thread(target=lambda: (stage.arrived.wait(10), stage.replica.revoke(token)))
    revoker.start()
    began = time.monotonic()
    status, _, body = stage.nginx.get(path, token)
    assert (status, body) == (401, UNAUTHORIZED)
    assert time.monotonic() - began < CLOSED_WITHIN + 0.2
    revoker.join()


def test_a_wait_in_another_access_check_does_not_let_a_revoked_token_pass(stage):
    token = stage.replica.id_token()
    thread = stage.revoke_when_it_arrived(token)
    began = time.monotonic()
    with stage.nginx.connect() as connection:
        connection.sendall(head("/asked", token, more="Connection: close\r\n"))
        answer = read_all(connection)
    assert b"GIF89a" not in answer
    assert time.monotonic() - began < 5
    thread.join()


def test_keepalive_upstreams_work_and_are_decided(stage):
    token = stage.replica.id_token()
    for _ in range(5):
        assert stage.nginx.status("/kept", token) == 200
    stage.replica.revoke(token)
    assert stage.nginx.status("/kept", token) == 401
    assert len(stage.second.requests) == 5


def test_many_held_connections_end_together_and_the_worker_lives(stage):
    token = stage.replica.id_token()
    connections = [upgrade(stage, token) for _ in range(60)]
    workers = stage.nginx.workers()
    stage.replica.revoke(token)
    began = time.monotonic()
    for connection in connections:
        read_all(connection, 5)
    assert time.monotonic() - began < CLOSED_WITHIN + 0.3
    assert stage.nginx.workers() == workers
    assert stage.nginx.status("/buffered", stage.replica.id_token()) == 200


def test_clients_that_leave_are_forgotten(stage):
    for _ in range(30):
        connection = upgrade(stage, stage.replica.id_token())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    time.sleep(2 * RECHECK)
    assert stage.nginx.status("/buffered", stage.replica.id_token()) == 200
    assert "[alert]" not in stage.nginx.errors()
    wait_until(stage.closed.is_set, what="the upstream connections are closed")
