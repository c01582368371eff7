"""The same over HTTP/2, and gRPC (whose upstream here is nginx itself)."""

import subprocess
import threading
import time

import pytest
from gate_harness import ISSUER, Upstream, wait_until

RECHECK = 0.4
CLOSED_WITHIN = RECHECK + 0.5


@pytest.fixture
def stage(gate):
    upstream, replica = gate.upstream(), gate.replica()
    nginx = gate(f"""
sallyport_replica $REPLICA;
sallyport_issuer {ISSUER};
sallyport_stream_recheck {int(RECHECK * 1000)}ms;
server {{
  listen 127.0.0.1:$PORT http2;
  sallyport on;
  location / {{ proxy_pass http://127.0.0.1:{upstream.port}; }}
  location /gif {{ empty_gif; }}
  location /unbuffered {{ proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://127.0.0.1:{upstream.port}; }}
  location /file {{ limit_rate 20k; alias $DIR/file; }}
  location /grpc {{ grpc_pass grpc://127.0.0.1:$PORT; rewrite ^ /slow break; }}
  location /slow {{ sallyport off; limit_rate 20k; alias $DIR/file; }}
}}
""", replica, start=False)
    (nginx.directory / "file").write_bytes(b"x" * 400_000)
    nginx.start()
    return nginx, replica, upstream


def curl(nginx, path, token, *more, **popen):
    return subprocess.Popen(
        ["curl", "-sS", "--http2-prior-knowledge", "--max-time", "15", "-w", "\n%{http_code} %{http_version} %{size_download}",
         "-H", f"Authorization: Bearer {token}", *more, f"http://127.0.0.1:{nginx.port}{path}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", **popen)


def finished(process):
    out, error = process.communicate(timeout=20)
    *body, last = out.split("\n")
    return {"body": "\n".join(body), "status": last.split()[0], "version": last.split()[1], "exit": process.returncode, "error": error}


def test_allowed_and_denied(stage):
    nginx, replica, _ = stage
    token = replica.id_token()
    assert finished(curl(nginx, "/gif", token))["status"] == "200"
    replica.revoke(token)
    answer = finished(curl(nginx, "/gif", token, "-D", "-"))
    assert (answer["status"], answer["version"]) == ("401", "2")
    assert answer["body"].endswith('{"message":"Unauthorized"}')
    assert "x-amzn-errortype: UnauthorizedException" in answer["body"]


@pytest.mark.parametrize("path", ["/file", "/grpc"])
def test_a_stream_is_reset_within_recheck(stage, path):
    nginx, replica, _ = stage
    token = replica.id_token()
    process = curl(nginx, path, token, "-N")
    assert process.stdout.read(1) == "x"
    replica.revoke(token)
    began = time.monotonic()
    process.communicate(timeout=20)
    assert time.monotonic() - began < CLOSED_WITHIN
    assert process.returncode != 0, "the stream was reset"
    assert finished(curl(nginx, "/gif", replica.id_token()))["status"] == "200"


@pytest.mark.parametrize("path", ["/", "/unbuffered"])
def test_a_body_that_ends_after_the_revocation_is_refused(stage, path):
    nginx, replica, upstream = stage
    token = replica.id_token()
    process = curl(nginx, path, token, "-T", "-", "-X", "POST", stdin=subprocess.PIPE)
    process.stdin.write("hello")
    process.stdin.flush()
    time.sleep(0.1)
    replica.revoke(token)
    answer = finished(process)
    assert answer["status"] == "401", answer
    assert not any(request["body"] == b"hello" for request in upstream.requests)


def test_a_body_with_an_allowed_token_passes(stage):
    nginx, replica, upstream = stage
    for path in ("/", "/unbuffered"):
        answer = finished(curl(nginx, path, replica.id_token(), "-d", "y" * 100_000))
        assert answer["status"] == "200", answer
        assert upstream.requests[-1]["body"] == b"y" * 100_000


def test_a_wait_for_the_upstream_is_answered_401(gate):
    arrived = threading.Event()

    def serve(connection, request):
        arrived.set()
        time.sleep(5)
        Upstream.answer(connection, request)

    upstream, replica = gate.upstream(serve), gate.replica()
    nginx = gate(f"""
sallyport_replica $REPLICA; sallyport_issuer {ISSUER}; sallyport_stream_recheck {int(RECHECK * 1000)}ms;
server {{ listen 127.0.0.1:$PORT http2; sallyport on; location / {{ proxy_pass http://127.0.0.1:{upstream.port}; }} }}""", replica)
    token = replica.id_token()
    process = curl(nginx, "/", token)
    wait_until(arrived.is_set)
    replica.revoke(token)
    began = time.monotonic()
    answer = finished(process)
    assert answer["status"] == "401", answer
    assert answer["body"] == '{"message":"Unauthorized"}'
    assert time.monotonic() - began < CLOSED_WITHIN
