"""Reload and crash: no request is lost, no revoked token passes."""

import http.client
import os
import signal
import threading
import time

from gate_harness import ISSUER, head, read_all, wait_until

HTTP = f"""
sallyport_replica $REPLICA;
sallyport_issuer {ISSUER};
sallyport_stream_recheck 300ms;
server {{
  listen 127.0.0.1:$PORT;
  keepalive_requests 100000;
  location / {{ sallyport on; empty_gif; }}
  location /up {{ sallyport on; proxy_pass http://127.0.0.1:%d; proxy_http_version 1.1;
    proxy_set_header Connection upgrade; proxy_set_header Upgrade $http_upgrade; }}
}}
"""


class Load:
    """Threads that send one request after the other, each on a kept connection."""

    def __init__(self, nginx, tokens):
        self.failures = []
        self.done = 0
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(nginx.port, token)) for token in tokens]
        for thread in self._threads:
            thread.start()

    def _run(self, port, token):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        fresh = True
        while not self._end.is_set():
            try:
                connection.request("GET", "/", headers={"Authorization": "Bearer " + token})
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    self.failures.append(response.status)
                self.done += 1
                fresh = False
            except OSError as error:
                # a kept connection may be closed by a worker that goes: HTTP lets the client repeat. A new one may not.
                if fresh:
                    self.failures.append(repr(error))
                connection.close()
                fresh = True

    def end(self):
        self._end.set()
        for thread in self._threads:
            thread.join()


def test_reload_under_load_loses_no_request_and_allows_no_revoked_token(gate):
    upstream, replica = gate.upstream(), gate.replica()
    nginx = gate(HTTP % upstream.port, replica, workers=2)
    load = Load(nginx, [replica.id_token() for _ in range(4)])
    deadline = time.monotonic() + 4
    rounds = 0
    while time.monotonic() < deadline:
        token = replica.id_token()
        assert nginx.status("/", token) == 200
        nginx.reload()
        replica.revoke(token)
        assert nginx.status("/", token) == 401
        rounds += 1
    load.end()
    assert load.failures == []
    assert load.done > 100 and rounds > 3
    assert "[alert]" not in nginx.errors()


def test_an_old_worker_sees_revocations(gate):
    held = threading.Event()

    def serve(connection, request):
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        held.set()
        while connection.recv(1024):
            pass

    upstream, replica = gate.upstream(serve), gate.replica()
    nginx = gate(HTTP % upstream.port, replica)
    token = replica.id_token()
    connection = nginx.connect()
    connection.sendall(head("/up", token, more="Connection: Upgrade\r\nUpgrade: websocket\r\n"))
    assert connection.recv(4096).startswith(b"HTTP/1.1 101") and held.wait(5)
    old = nginx.reload()
    time.sleep(0.7)
    assert old & set(nginx.workers()), "the old worker waits for its WebSocket"
    replica.revoke(token)
    began = time.monotonic()
    read_all(connection, 5)
    assert time.monotonic() - began < 0.6
    wait_until(lambda: not old & set(nginx.workers()), what="the old worker ends")


def test_a_killed_worker_is_replaced_and_the_new_one_decides_alike(gate):
    upstream, replica = gate.upstream(), gate.replica()
    nginx = gate(HTTP % upstream.port, replica)
    token, revoked = replica.id_token(), replica.id_token()
    assert nginx.status("/", token) == 200
    replica.revoke(revoked)
    (worker,) = nginx.workers()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: nginx.workers() and nginx.workers() != [worker], what="a new worker")
    assert nginx.status("/", token) == 200
    assert nginx.status("/", revoked) == 401


def test_a_stopped_worker_answers_nothing_it_may_not_know(gate):
    upstream, replica = gate.upstream(), gate.replica(hold=500)
    nginx = gate(HTTP % upstream.port, replica)
    token = replica.id_token()
    assert nginx.status("/", token) == 200
    (worker,) = nginx.workers()
    os.kill(worker, signal.SIGSTOP)
    try:
        connection = nginx.connect()
        connection.sendall(head("/", token, more="Connection: close\r\n"))
        replica.revoke(token)
        time.sleep(0.1)
    finally:
        os.kill(worker, signal.SIGCONT)
    assert read_all(connection).startswith(b"HTTP/1.1 401")
