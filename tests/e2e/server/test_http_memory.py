"""Idle, slow and large requests: what they cost, and that they keep nobody out."""

import contextlib
import http.client
import json
import pathlib
import resource
import socket
import ssl
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from sallyport_processes import WEAK_HASHES, Pool, wait_until

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def certificate(tmp_path):
    """The server's flags for TLS."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=x",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return "--tls-cert", cert, "--tls-key", key


def connect_over_tls(stack, server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
    return stack.enter_context(context.wrap_socket(plain))


@pytest.fixture
def connect():
    """connect(server, data=b""): a connection that has sent this; it ends with the test."""
    with contextlib.ExitStack() as stack:
        def make(server, data=b""):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
            if data:
                connection.sendall(data)
            return connection
        yield make


def resident(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def metric(server, name):
    text = server.request("GET", "/metrics")[2].decode()
    return float(next(line for line in text.splitlines() if line.startswith(name + " ")).split()[1])


def call(server, body, headers=None):
    """(status, body) of a call without a signature."""
    status, _, answer = server.request("POST", "/", body, {
        "X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser", "Content-Type": "application/x-amz-json-1.1", **(headers or {})})
    return status, answer


def test_ten_thousand_idle_and_slow_connections_are_cheap_and_keep_neither_operator_nor_agent_out(start, connect):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 16_000:
        pytest.skip("the host allows too few files")
    server = start.server()  # with signatures, and the standard limit of 10,000
    agent = start.agent(server)
    pool = Pool(server.client())
    pool.make_user("alice")
    wait_until(lambda: (agent.status() or {}).get("holds_lease"), what="a lease")
    grants = agent.status()["grants"]
    before = resident(server)
    slow = b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 3900
    body = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000\r\n\r\n" + b"a" * 3900
    held = [connect(server, (b"", slow, body)[i % 3]) for i in range(10_100)]
    wait_until(lambda: metric(server, "sallyport_connections") >= 9_900, what="all are there")
    cost = resident(server) - before
    print(f"{len(held)} connections: {cost / MIB:.0f} MiB, {cost / len(held):.0f} bytes each")
    assert cost < 200 * MIB

    for _ in range(20):
        assert server.client().list_user_pools(MaxResults=1)["UserPools"]
    assert pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username="alice")
    assert server.agents("list").returncode == 0
    assert agent.status()["holds_lease"]
    wait_until(lambda: agent.status()["grants"] > grants + 2, what="the lease is renewed")
    fresh = start.agent(server)
    wait_until(lambda: (fresh.status() or {}).get("holds_lease"), what="a new agent's lease")


def test_ten_thousand_connections_over_tls_are_cheap(start, certificate):
    server = start.server(*WEAK_HASHES, *certificate, tls=True)
    with contextlib.ExitStack() as stack:
        def secured():
            return connect_over_tls(stack, server)

        def ask(connection):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")

        for _ in range(20):
            ask(secured())
        before = resident(server)
        count = 1000
        connections = [secured() for _ in range(count)]
        for connection in connections:
            ask(connection)
        each = (resident(server) - before) / count
        print(f"TLS: {each:.0f} bytes each")
        assert 10_000 * each < 200 * MIB
        before = resident(server)
        for _ in range(count):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
        time.sleep(0.5)
        each = (resident(server) - before) / count
        print(f"nothing sent: {each:.0f} bytes each")
        assert 10_000 * each < 100 * MIB
        # Handshakes that do not continue count like requests, and are closed in favour of others.
        before = resident(server)
        for _ in range(3000):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20)).sendall(b"\x16\x03\x01\x02\x00\x01")
        time.sleep(0.5)
        print(f"handshakes: {(resident(server) - before) / MIB:.0f} MiB")
        assert resident(server) - before < 100 * MIB
        time.sleep(1)

        def comes_in():
            with contextlib.suppress(OSError):
                ask(secured())
                return True
        wait_until(comes_in, what="a new one comes in")


def test_slow_requests_over_tls_cost_no_more_than_the_limits_say(start, certificate):
    # A seventh of the standard limits.
    server = start.server(*WEAK_HASHES, *certificate, "--connection-limit", "1430", "--request-memory-mib", "9", tls=True)
    with contextlib.ExitStack() as stack:
        def secured():
            return connect_over_tls(stack, server)

        def is_served():
            with contextlib.suppress(OSError):
                connection = secured()
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                return connection.recv(4096).startswith(b"HTTP/1.1 200 ")

        assert is_served()
        before = resident(server)
        for _ in range(1430):
            with contextlib.suppress(OSError):
                secured().sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 250000\r\n\r\n" + b"a" * 7800)
        cost = resident(server) - before
        print(f"slow requests over TLS: {cost / MIB:.0f} MiB")
        assert cost < 200 * MIB / 7
        wait_until(is_served, what="a new one is served")


def test_those_that_wait_the_longest_give_way_at_the_limit_and_calls_under_way_do_not(start, connect):
    server = start.server(*WEAK_HASHES, "--connection-limit", "40")
    busy = connect(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert busy.recv(4096).startswith(b"HTTP/1.1 200 ")
    time.sleep(0.5)  # the answer is here before its thread has noted since when this connection waits
    idle = [connect(server) for _ in range(39)]
    for _ in range(10):
        held = connect(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert held.recv(4096).startswith(b"HTTP/1.1 200 ")
    busy.settimeout(5)
    assert busy.recv(1) == b""  # it has waited the longest

    def is_closed(connection):
        connection.settimeout(0.05)
        try:
            return connection.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True
    assert 9 <= sum(is_closed(connection) for connection in idle) < 30


def test_a_body_is_bounded_before_its_sender_is_known(start):
    server = start.server()

    def status_of(length, headers=""):
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n".encode())
            connection.settimeout(0.5)
            try:
                return int(connection.recv(4096).split()[1])
            except TimeoutError:
                return None  # it waits for the body

    assert status_of(256 * 1024) is None
    assert status_of(256 * 1024 + 1) == 413
    key = server.credentials()["aws_access_key_id"]
    signed = f"Authorization: AWS4-HMAC-SHA256 Credential={{}}/20261126/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0\r\n"
    assert status_of(2 * MIB, signed.format(key)) is None
    assert status_of(2 * MIB + 1, signed.format(key)) == 413
    assert status_of(2 * MIB, signed.format("AKIANOBODY")) == 413
    # An administrator's large call is read, and the answer says what is wrong with it.
    with pytest.raises(ClientError) as caught:
        server.client().create_user_pool(PoolName="x", EmailVerificationMessage="{####}" + "a" * 1_000_000)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_large_requests_share_a_budget_and_are_refused_in_words_while_small_ones_go_on(start, connect):
    server = start.server(*WEAK_HASHES, "--request-memory-mib", "4")
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    large = json.dumps({"AccessToken": "a" * 150_000}).encode()
    assert call(server, large)[0] == 400
    # A moment after the answer has been sent.
    wait_until(lambda: metric(server, "sallyport_request_memory_bytes") == 0, what="the call's memory is given back")
    before = resident(server)
    held = [connect(server, head + b"a" * 190_000) for _ in range(40)]
    time.sleep(0.5)
    assert 3 * MIB < metric(server, "sallyport_request_memory_bytes") <= 4 * MIB
    assert resident(server) - before < 12 * MIB
    status, body = call(server, large)
    assert status == 503 and json.loads(body)["__type"] == "ServiceUnavailableException" and "memory" in json.loads(body)["message"]
    assert call(server, b'{"AccessToken":"x"}')[0] == 400
    # Connections that have waited for their clients for long are closed, so that they keep nobody out.
    time.sleep(1.0)
    wait_until(lambda: call(server, large)[0] == 400, what="there is room again")
    refused = sum(b"503" in _received(connection) for connection in held)
    assert 0 < refused < 40
    for connection in held:
        connection.close()
    wait_until(lambda: metric(server, "sallyport_request_memory_bytes") == 0, what="all is given back")


def call_text(operation, body):
    return (f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n"
            f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def test_what_is_parsed_of_bodies_with_many_values_is_counted_while_calls_wait(start, connect):
    server = start.server("--hash-threads", "1", "--request-memory-mib", "32")
    pool = Pool(server.client())
    parameters = {f"k{number}": "" for number in range(19_000)} | {"USERNAME": "u", "PASSWORD": "Abcdef12!"}
    maps = json.dumps({"ClientId": pool.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}, separators=(",", ":"))
    unknown = json.dumps({"ClientId": pool.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "u", "PASSWORD": "Abcdef12!"},
                          "Unknown": [[0]] * 50_000}, separators=(",", ":"))
    for body in (maps, unknown):
        before, most = resident(server), 0
        held = [connect(server, call_text("InitiateAuth", body.encode())) for _ in range(120)]
        for _ in range(30):
            time.sleep(0.05)
            most = max(most, resident(server))
        print(f"{len(held)} calls of {len(body)} bytes: {(most - before) / MIB:.0f} MiB")
        assert most - before < 100 * MIB
        assert any(b" 503 " in _received(connection) for connection in held)
        for connection in held:
            connection.close()
        wait_until(lambda: metric(server, "sallyport_request_memory_bytes") == 0, 120, what="all is given back")
    assert server.log.read_text().count("the memory of requests is used up") == 1


def test_answers_that_nobody_reads_are_counted_and_end_where_there_is_no_room(start):
    server = start.server(*WEAK_HASHES, "--request-memory-mib", "16")
    text = call_text("UpdateUserAttributes", json.dumps({"AccessToken": "x", "UserAttributes": [{"Name": "X" * 250_000}]}).encode())
    with contextlib.ExitStack() as stack:
        before = resident(server)
        for _ in range(1000):
            unread = stack.enter_context(socket.socket())
            unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            unread.connect(("127.0.0.1", server.port))
            with contextlib.suppress(OSError):
                unread.sendall(text)
        time.sleep(1.5)
        cost = resident(server) - before
        print(f"1000 unread answers of 250 kB: {cost / MIB:.0f} MiB")
        assert cost < 60 * MIB
        assert metric(server, "sallyport_request_memory_bytes") <= 16 * MIB
        # Those that read are answered, large answers too.
        wait_until(lambda: call(server, b'{"AccessToken":"' + b"a" * 100_000 + b'"}')[0] == 400, what="there is room for others")
    wait_until(lambda: metric(server, "sallyport_request_memory_bytes") == 0, what="all is given back")


def _received(connection):
    connection.settimeout(0.05)
    try:
        return connection.recv(4096)
    except OSError:
        return b""


def test_idle_connections_keep_nobody_from_the_metrics_of_an_agent(start):
    server = start.server(*WEAK_HASHES)
    agent = start.agent(server, None, "--metrics-listen", "127.0.0.1:0")
    port = wait_until(lambda: next((json.loads(line)["port"] for line in agent.log.read_text().splitlines() if '"metrics"' in line), None),
                      what="metrics are served")
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 200
        files = len(list(pathlib.Path(f"/proc/{agent.process.pid}/fd").iterdir()))
        assert files < 150
