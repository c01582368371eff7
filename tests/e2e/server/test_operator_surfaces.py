"""Outbox, hooks, metrics, the Runtime API and the agent's status are for the user as whom the server runs, and for signed calls."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import socket
import subprocess

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sallyport_processes import BIN, PASSWORD, WEAK_HASHES, Process, answers, free_port, wait_until

NOBODY = "65534"
PAGES = ("/_sallyport/outbox", "/_sallyport/hooks", "/metrics")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


AS_NOBODY = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "env", "--chdir=/"]


def nobody_can_run_the_program():
    return os.geteuid() == 0 and subprocess.run([*AS_NOBODY, "test", "-x", BIN / "sallyport"]).returncode == 0


needs_program = pytest.mark.skipif(not nobody_can_run_the_program(), reason="another user cannot run the program from where it lies")


def as_nobody(*command, **options):
    return subprocess.run([*AS_NOBODY, *map(str, command)],
                          capture_output=True, text=True, timeout=20, **options)


def nobody_gets(url, *arguments):
    """(status, body) of what curl gets as another user of this host."""
    done = as_nobody("curl", "-sS", "-m", "5", "-w", "\n%{http_code}", *arguments, url)
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def get(port, path, headers=None, method="GET", host="127.0.0.1"):
    connection = http.client.HTTPConnection(host, port, timeout=10)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def host_beyond_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]
    pytest.skip("this host has no other address")


class Shop:
    """A server with a user whose code is in the outbox, and a function that a runtime has to run."""

    def __init__(self, start, *flags, operators=None):
        self.runtime = free_port()
        self._operators = operators
        self.server = start.server(*WEAK_HASHES, "--hook", f"greet=runtime:127.0.0.1:{self.runtime}", "--hook-timeout", "15s", *flags)
        self.api = self.server.client()
        self.pool = self.api.create_user_pool(PoolName="shop", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        self.client = self.api.create_user_pool_client(UserPoolId=self.pool, ClientName="shop")["UserPoolClient"]["ClientId"]
        self.sign_up("ada")
        [message] = json.loads(self.at_own_user("/_sallyport/outbox")[1])["messages"]
        self.code = message["code"]

    def at_own_user(self, path):
        return get(self._operators or self.server.port, path)

    def sign_up(self, name):
        return self.api.sign_up(ClientId=self.client, Username=name, Password=PASSWORD,
                                UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}])

    def use_function(self):
        self.api.update_user_pool(UserPoolId=self.pool, AutoVerifiedAttributes=["email"],
                                  LambdaConfig={"PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:greet"})


class PlainProxy(Process):
    """nginx with a bare proxy_pass, as in a first attempt."""

    def __init__(self, directory, user, to, more=""):
        self.port = free_port()
        (directory / "nginx.conf").write_text(f"""
user {user}; daemon off; pid nginx.pid; error_log nginx.log info;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
  server {{ listen 127.0.0.1:{self.port}; location / {{ proxy_pass http://127.0.0.1:{to}; {more} }} }}
}}
""")
        super().__init__(["nginx", "-p", directory, "-c", directory / "nginx.conf", "-e", "nginx.log"], directory / "nginx.out")
        wait_until(lambda: answers(self.port), what="nginx listens")


def signed(server, path):
    request = AWSRequest("GET", server.url + path)
    keys = server.credentials()
    SigV4Auth(Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "cognito-idp", "us-east-1").add_auth(request)
    return dict(request.headers)


def test_the_servers_own_user_and_signed_calls_see_the_pages(start):
    shop = Shop(start)
    for path in PAGES:
        assert shop.at_own_user(path)[0] == 200, path
        assert get(shop.server.port, path, {**signed(shop.server, path), "X-Forwarded-For": "203.0.113.9"})[0] == 200, path
    for name in ("X-Forwarded-For", "X-Forwarded-Host", "x-forwarded-anything", "Forwarded", "Via", "X-Real-IP"):
        for path in PAGES:
            assert get(shop.server.port, path, {name: "x"})[0] == 403, (name, path)


@needs_root
@pytest.mark.parametrize("user", ["nobody nogroup", "root"])
def test_behind_a_plain_proxy_a_stranger_sees_no_page_whoever_runs_the_proxy(start, user):
    shop = Shop(start)
    proxy = start.keep(PlainProxy(start.directory(), user, shop.server.port))
    assert get(proxy.port, "/healthz")[0] == 200
    for path in PAGES:
        status, body = get(proxy.port, path)
        assert status == 403 and shop.code not in body and "sallyport_" not in body, (path, body)


@needs_root
def test_a_proxy_of_another_user_is_refused_also_where_it_shows_nothing(start):
    shop = Shop(start)
    proxy = start.keep(PlainProxy(start.directory(), "nobody nogroup", shop.server.port, "proxy_http_version 1.1; proxy_set_header Connection '';"))
    for path in PAGES:
        status, body = get(proxy.port, path)
        assert status == 403 and shop.code not in body and "sallyport_" not in body, (path, body)


def test_a_page_of_another_site_in_a_browser_of_this_host_reads_nothing(start):
    server = start.server(*WEAK_HASHES)
    for path in PAGES:
        for headers in ({"Host": "rebound.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert get(server.port, path, headers)[0] == 403, (path, headers)
        assert get(server.port, path, {"Host": f"localhost:{server.port}", "Sec-Fetch-Site": "none"})[0] == 200, path


def test_the_log_says_once_why_a_page_is_refused(start):
    server = start.server(*WEAK_HASHES)
    for _ in range(3):
        for path in PAGES:
            assert "signed" in get(server.port, path, {"Via": "1.1 x"})[1], "it says what to do"
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert [(line["page"], line["cause"]) for line in lines if line["event"] == "an operators' page is refused"] == [
        (path, "it was forwarded by a proxy") for path in PAGES]


@needs_program
def test_the_server_of_an_ordinary_user_shows_nothing_to_root(start):
    data, port = start.directory(), free_port()
    os.chown(data, int(NOBODY), int(NOBODY))
    start.keep(Process([*AS_NOBODY, BIN / "sallyport", "serve", "--data", data / "data", "--listen", f"127.0.0.1:{port}",
                        "--feed-listen", "127.0.0.1:0"], data / "server.log"))
    wait_until(lambda: answers(port), what="the server listens")
    for path in PAGES:
        assert get(port, path)[0] == 403, path
        assert nobody_gets(f"http://127.0.0.1:{port}{path}")[0] == 200, path


@needs_root
def test_with_a_listener_for_operators_no_other_shows_a_page_unsigned(start):
    port = free_port()
    server = start.server(*WEAK_HASHES, "--operator-listen", f"127.0.0.1:{port}")
    # This proxy looks like any process of the server's own user.
    proxy = start.keep(PlainProxy(start.directory(), "root", server.port, "proxy_http_version 1.1; proxy_set_header Connection '';"))
    for path in PAGES:
        assert get(port, path)[0] == 200, path
        assert get(proxy.port, path)[0] == 403 and get(server.port, path)[0] == 403, path
        assert get(server.port, path, signed(server, path))[0] == 200, path
        assert nobody_gets(f"http://127.0.0.1:{port}{path}")[0] == 403, path
    assert get(port, "/healthz") == (200, "ok\n") and get(port, "/readyz") == (200, "ready\n")
    for path in ("/", "/us-east-1_Abcdef123/.well-known/jwks.json", "/oauth2/userInfo", "/_sallyport/agents", "/_sallyport/feed/v1",
                 "/_sallyport/import/x", "/confirmUser"):
        assert get(port, path)[0] == 404, path
    call = {"X-Amz-Target": "AWSCognitoIdentityProviderService.ListUserPools"}
    for method, path in (("POST", "/"), ("OPTIONS", "/"), ("POST", "/oauth2/token"), ("PUT", "/_sallyport/import/x"), ("POST", "/_sallyport/agents")):
        status, body = get(port, path, call, method)
        assert status in (404, 405) and "UserPools" not in body, (method, path)


def test_callers_cannot_keep_operators_out(start):
    port = free_port()
    shop = Shop(start, "--operator-listen", f"127.0.0.1:{port}", "--connection-limit", "4", operators=port)
    shop.use_function()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        # Calls that are under way are never closed in favour of others.
        waiting = [pool.submit(shop.sign_up, f"user{number}") for number in range(4)]
        wait_until(lambda: "sallyport_hooks_waiting 4" in get(port, "/metrics")[1], what="all connections are taken")
        with contextlib.suppress(OSError):
            assert get(shop.server.port, "/healthz")[0] != 200
        assert get(port, "/_sallyport/outbox")[0] == 200
        for _ in waiting:
            assert answer(shop, next_event(shop)[0]) == 202
        assert all(call.result()["UserConfirmed"] for call in waiting)


def test_a_listener_for_operators_shows_metrics_to_all_where_that_is_said_and_nothing_else(start):
    host, port = host_beyond_loopback(), free_port()
    server = start.server(*WEAK_HASHES, "--operator-listen", f"0.0.0.0:{port}", "--metrics", "all")
    assert get(port, "/metrics", host=host)[0] == 200
    for path in PAGES[:2]:
        assert get(port, path, host=host)[0] == 403, path
        assert get(port, path, {**signed(server, path), "Host": f"127.0.0.1:{server.port}"}, host=host)[0] == 403, "it is not encrypted"
        assert get(port, path)[0] == 200, path
    for path in PAGES:
        assert get(server.port, path)[0] == 403, "there alone"


@needs_root
def test_another_user_of_the_host_sees_no_page(start):
    shop = Shop(start)
    for path in PAGES:
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]"):
            status, body = nobody_gets(f"http://{host}:{shop.server.port}{path}", "-H", "Host: localhost")
            assert status == 403 and shop.code not in body and "sallyport_" not in body, (host, path, body)
        assert get(shop.server.port, path)[0] == 200, path
    assert "belongs to user 65534" in shop.server.log.read_text()


@needs_root
def test_metrics_are_for_whom_the_setting_says(start):
    for readers, stranger, forwarded in (("own", 403, 403), ("local", 200, 403), ("all", 200, 200)):
        server = start.server(*WEAK_HASHES, "--metrics", readers)
        assert get(server.port, "/metrics")[0] == 200, readers
        assert nobody_gets(f"{server.url}/metrics")[0] == stranger, readers
        assert get(server.port, "/metrics", {"X-Forwarded-For": "203.0.113.9"})[0] == forwarded, readers
        assert nobody_gets(f"{server.url}/_sallyport/outbox")[0] == 403, readers


def answer(shop, invocation):
    connection = http.client.HTTPConnection("127.0.0.1", shop.runtime, timeout=10)
    connection.request("POST", f"/2018-06-01/runtime/invocation/{invocation}/response", json.dumps({"response": {"autoConfirmUser": True}}))
    return connection.getresponse().status


def next_event(shop):
    connection = http.client.HTTPConnection("127.0.0.1", shop.runtime, timeout=10)
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    reply = connection.getresponse()
    return reply.headers["Lambda-Runtime-Aws-Request-Id"], reply.read().decode()


@needs_root
def test_another_user_of_the_host_neither_fetches_nor_answers_an_event(start):
    shop = Shop(start)
    shop.use_function()
    base = f"http://127.0.0.1:{shop.runtime}/2018-06-01/runtime"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        signing_up = pool.submit(shop.sign_up, "bob")
        for _ in range(3):
            status, body = nobody_gets(f"{base}/invocation/next")
            assert status == 403 and "bob" not in body, body
        invocation, event = next_event(shop)
        assert "bob" in event
        evil = json.dumps({"response": {"autoConfirmUser": True, "autoVerifyEmail": True}})
        for what in ("response", "error"):
            assert nobody_gets(f"{base}/invocation/{invocation}/{what}", "-d", evil)[0] == 403, what
        assert nobody_gets(f"{base}/init/error", "-d", "{}")[0] == 403
        # A connection that is closed at once belongs to no user any more, and does not count as root's.
        request = (f"POST /2018-06-01/runtime/invocation/{invocation}/response HTTP/1.1\\r\\nHost: x\\r\\n"
                   f"Content-Length: {len(evil)}\\r\\n\\r\\n{evil}")
        for _ in range(30):
            as_nobody("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{shop.runtime}; printf '%b' '{request}' >&3; exec 3>&-")
        assert not signing_up.done()
        assert answer(shop, invocation) == 202
        assert signing_up.result()["UserConfirmed"]
    assert "a runtime is refused" in shop.server.log.read_text()


@needs_root
def test_idle_connections_of_another_user_keep_no_runtime_out(start):
    shop = Shop(start)
    shop.use_function()
    hold = ("import socket, time\n"
            f"held = [socket.create_connection(('127.0.0.1', {shop.runtime})) for _ in range(1500)]\n"
            "print('held', flush=True); time.sleep(30)\n")
    flood = start.keep(Process(["prlimit", "--nofile=4096", *AS_NOBODY, "/usr/bin/python3", "-c", hold], start.directory() / "flood.log"))
    wait_until(lambda: "held" in flood.log.read_text(), what="the connections are there")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        signing_up = pool.submit(shop.sign_up, "bob")
        assert answer(shop, next_event(shop)[0]) == 202
        assert signing_up.result()["UserConfirmed"]


def test_neither_a_proxy_of_the_servers_own_user_nor_a_web_page_is_a_runtime(start):
    runtime = free_port()
    start.server(*WEAK_HASHES, "--hook", f"greet=runtime:127.0.0.1:{runtime}")
    path = "/2018-06-01/runtime/invocation/next"
    for headers in ({"X-Forwarded-For": "203.0.113.9"}, {"Via": "1.1 x"}, {"Origin": "https://evil.example"}):
        status, body = get(runtime, path, headers)
        assert status == 403 and "--hook-runtime-user" in json.loads(body)["errorMessage"], headers
    if os.geteuid() == 0:
        assert get(start.keep(PlainProxy(start.directory(), "root", runtime)).port, path)[0] == 403


@needs_program
def test_a_function_of_another_user_is_told_why_it_gets_no_event(start):
    shop, folder = Shop(start), start.directory()
    (folder / "app.py").write_text("def handler(event, context): return event\n")
    (folder / "app.py").chmod(0o644)
    runner = start.keep(Process([*AS_NOBODY, BIN / "sallyport", "hook", "run", folder / "app.handler", "--runtime", f"127.0.0.1:{shop.runtime}"],
                                folder / "run.log", {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}))
    wait_until(lambda: "--hook-runtime-user" in runner.log.read_text(), what="it says so")


@needs_root
def test_the_runtimes_of_a_user_that_is_named_are_served(start):
    shop = Shop(start, "--hook-runtime-user", "nobody")
    shop.use_function()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        signing_up = pool.submit(shop.sign_up, "bob")
        done = as_nobody("curl", "-sS", "-m", "10", "-D", "-", f"http://127.0.0.1:{shop.runtime}/2018-06-01/runtime/invocation/next")
        headers = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        assert "bob" in done.stdout
        assert answer(shop, headers["Lambda-Runtime-Aws-Request-Id"]) == 202
        assert signing_up.result()["UserConfirmed"]


@needs_root
def test_another_user_of_the_host_does_not_read_the_agents_status(start):
    server = start.server(*WEAK_HASHES)
    directory = start.directory()
    agent = start.agent(server, directory / "replica")
    wait_until(agent.status, what="its status")
    [socket] = [path for path in directory.iterdir() if path.is_socket()]
    assert socket.stat().st_mode & 0o777 == 0o600
    done = as_nobody("curl", "-sS", "-m", "5", "--http0.9", "--unix-socket", socket, "http://x/")
    assert done.returncode != 0 and not done.stdout


@pytest.mark.parametrize("flags, words", [
    (["--operator-listen", "0.0.0.0:9231"], "must be a loopback address"),
    (["--operator-listen", "9231"], 'operator-listen "9231": must be a loopback address, of the form 127.0.0.1:9231'),
    (["--hook", "greet=runtime:127.0.0.1:0", "--hook-runtime-user", "no-such-user"], 'hook-runtime-user "no-such-user": this host has no such user'),
])
def test_a_setting_that_protects_nobody_is_refused_at_the_start(start, flags, words):
    done = subprocess.run([BIN / "sallyport", "serve", "--data", start.directory() / "data", "--listen", f"127.0.0.1:{free_port()}", *flags],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and words in done.stderr
