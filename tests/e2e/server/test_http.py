"""The listener: routes, CORS, bounds, TLS, health."""

import json
import socket
import ssl
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from sallyport_processes import WEAK_HASHES, answers

TARGET = "AWSCognitoIdentityProviderService."


def exchange(server, data, seconds=10.0):
    """What the server sends until it closes, for raw bytes."""
    with socket.create_connection(("127.0.0.1", server.port), seconds) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def test_browser_may_ask_and_call(server):
    status, headers, _ = server.request("OPTIONS", "/", headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "cache-control,content-type,x-amz-target,x-amz-user-agent"})
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Allow-Methods"] == "POST"
    allowed = headers["Access-Control-Allow-Headers"].split(",")
    assert {"cache-control", "content-type", "x-amz-target", "x-amz-user-agent"} <= set(allowed)
    status, headers, body = server.request("POST", "/", b"{}", {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET + "GetUser", "Origin": "https://app.example"})
    assert status == 400 and json.loads(body)["__type"] == headers["x-amzn-errortype"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "x-amzn-RequestId" in headers["Access-Control-Expose-Headers"]
    assert headers["Content-Type"] == "application/x-amz-json-1.1"


def test_each_answer_has_a_request_id_of_its_own(server):
    ids = {server.request(method, path)[1]["x-amzn-RequestId"]
           for method in ("GET", "POST", "DELETE") for path in ("/", "/healthz", "/nothing")}
    assert len(ids) == 9


def test_health_and_metrics(server):
    assert server.request("GET", "/healthz")[0] == 200
    assert server.request("GET", "/readyz")[0] == 200
    assert server.request("HEAD", "/healthz")[2] == b""
    server.request("POST", "/", b"{}", {"X-Amz-Target": TARGET + "GetUser"})
    status, headers, body = server.request("GET", "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = body.decode()
    for name in ('sallyport_requests_total{code="', "sallyport_log_head", "sallyport_log_released", "sallyport_store_commits_total",
                 "sallyport_agents_connected", "sallyport_request_seconds_bucket", "process_resident_memory_bytes"):
        assert name in text
    assert 'operation="GetUser"' in text


def test_unknown_operation_and_body_that_is_no_json(server):
    status, headers, _ = server.request("POST", "/", b"{}", {"X-Amz-Target": TARGET + "FlyToTheMoon"})
    assert status == 400 and headers["x-amzn-errortype"] == "UnknownOperationException"
    status, headers, _ = server.request("POST", "/", b"{", {"X-Amz-Target": TARGET + "GetUser"})
    assert status == 400 and headers["x-amzn-errortype"] == "SerializationException"
    status, headers, _ = server.request("POST", "/", b"{}")
    assert status == 400


def test_paths_and_methods_that_are_not_served(server):
    assert server.request("GET", "/nothing")[0] == 404
    assert server.request("GET", "/a/b/.well-known/jwks.json")[0] == 404
    assert server.request("GET", "/x/.well-known/nothing")[0] == 404
    status, headers, _ = server.request("GET", "/")
    assert status == 405 and headers["Allow"] == "POST, OPTIONS"
    assert server.request("POST", "/healthz")[0] == 405


def test_connection_serves_many_requests_also_pipelined(server):
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert exchange(server, one * 20 + last).count(b"HTTP/1.1 200 OK") == 21


def test_http_1_0_closes(server):
    assert exchange(server, b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


def test_bounds_of_a_request(server):
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    assert exchange(server, head + b"X-Long: " + b"a" * 40000 + b"\r\n\r\n").startswith(b"HTTP/1.1 431 ")
    assert exchange(server, head + b"Content-Length: 2097153\r\n\r\n").startswith(b"HTTP/1.1 413 ")
    assert exchange(server, head + b"Content-Length: 3000000\r\n\r\n" + b"a" * 3000000).startswith(b"HTTP/1.1 413 ")
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    assert exchange(server, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3).startswith(b"HTTP/1.1 413 ")
    assert exchange(server, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert exchange(server, head + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab").startswith(b"HTTP/1.1 400 ")


def test_expect_continue(server):
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"{}")
        assert connection.recv(1024).startswith(b"HTTP/1.1 400 ")


def test_client_that_drips_its_header_is_cut(server):
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        begin = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() < begin + 20:
                connection.sendall(b"X: y\r\n")
                time.sleep(0.5)
        assert 8 < time.monotonic() - begin < 15


def test_the_feed_of_old_agents_is_off_and_says_what_to_do(server):
    status, _, body = server.request("GET", "/_sallyport/feed/v1", headers={"Authorization": "Bearer token"})
    assert status == 426 and b"sallyport agents add" in body and b"--old-agents" in body
    assert not (server.data / "agent-token").exists()
    assert "an agent of the feed's version 1 is refused" in server.log.read_text()


def test_the_feed_of_old_agents_needs_a_token(start):
    server = start.server(*WEAK_HASHES, "--old-agents")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    path = "/_sallyport/feed/v1"
    assert server.request("GET", path, headers=upgrade)[0] == 401
    assert server.request("GET", path, headers={**upgrade, "Authorization": "Bearer wrong"})[0] == 401
    token = (server.data / "agent-token").read_text().strip()
    assert server.request("GET", path, headers={"Authorization": f"Bearer {token}"})[0] == 426
    head = "".join(f"{k}: {v}\r\n" for k, v in {**upgrade, "Authorization": f"Bearer {token}"}.items())
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 101 ")


@pytest.fixture
def certificate(tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, capture_output=True)
    return cert, key


def test_tls(start, certificate):
    cert, key = certificate
    server = start.server("--tls-cert", cert, "--tls-key", key, tls=True)
    client = server.client(verify=str(cert))
    assert client.list_user_pools(MaxResults=1)["UserPools"] == []
    context = ssl.create_default_context(cafile=cert)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
            assert wrapped.selected_alpn_protocol() == "http/1.1"
            assert wrapped.version() in ("TLSv1.2", "TLSv1.3")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain, pytest.raises((ssl.SSLError, OSError)):
        old.wrap_socket(plain)


def test_stop_ends_in_order(start):
    server = start.server(*WEAK_HASHES)
    with socket.create_connection(("127.0.0.1", server.port), 5) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200 OK")
        server.process.terminate()
        assert idle.recv(1) == b""
    assert server.process.wait(5) == 0
    assert not answers(server.port)


def test_answers_that_are_not_confirmed_say_so(start):
    server = start.server(*WEAK_HASHES, "--confirm", "none")
    client = server.client()
    pool = client.create_user_pool(PoolName="x")["UserPool"]["Id"]
    with pytest.raises(ClientError) as caught:
        client.admin_user_global_sign_out(UserPoolId=pool, Username="nobody")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-sallyport-confirm"] == "none"
