"""sallyport serve and an agent: how long a revoke takes to be answered, what a refresh costs, start and memory."""
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import signal
import subprocess
import tempfile
import time

from processes import BIN, FEED, cpu_seconds, enrol, free_port, openssl_rsa2048, resident_mib, running, wait_for_port
from statistics_of_pairs import median, percentile
from wrk import Failed, Wrk

PASSWORD = "Bench-" + "Passw0rd!"
CHEAP_HASH = ["--argon2-memory", "8", "--argon2-iterations", "1"]


class Cognito:
    """One keep-alive connection. The server is started so that it takes any credentials."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self, operation, **members):
        self._connection.request("POST", "/", json.dumps(members), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"})
        answer = self._connection.getresponse()
        body = json.loads(answer.read() or "{}")
        if answer.status != 200:
            raise Failed(f"{operation}: {answer.status} {body}")
        return body


class Deployment:
    """A server, an agent, a pool, a client and users."""

    def __init__(self, stack, directory, flags=(), users=1):
        self.port = free_port()
        self.server = stack.enter_context(running(
            BIN / "sallyport", "serve", "--data", directory / "data", "--listen", f"127.0.0.1:{self.port}", *FEED,
            "--insecure-any-credentials", "--log-level", "error", *flags, stderr=subprocess.DEVNULL))
        wait_for_port(self.port, self.server)
        (directory / "gate").mkdir(mode=0o755)
        self.agent = stack.enter_context(running(
            BIN / "sallyport", "agent", "--enrolment", enrol(directory, self.port),
            "--replica", directory / "gate" / "replica", stderr=subprocess.DEVNULL))
        call = Cognito(self.port)
        self.pool = call("CreateUserPool", PoolName="bench")["UserPool"]["Id"]
        self.client = call("CreateUserPoolClient", UserPoolId=self.pool, ClientName="bench", ExplicitAuthFlows=[
            "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
        self.names = [f"user-{number}" for number in range(users)]
        for name in self.names:
            call("AdminCreateUser", UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS")
            call("AdminSetUserPassword", UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)
        # The agent has its lease when its Replica has an expiry: a moment.
        time.sleep(1)

    def sign_in_body(self, name):
        return {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": self.client,
                "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD}}

    def sign_in(self, call, number=0):
        body = self.sign_in_body(self.names[number % len(self.names)])
        return call("InitiateAuth", **body)["AuthenticationResult"]

    def refresh_tokens(self, count):
        call = Cognito(self.port)
        return [self.sign_in(call, number)["RefreshToken"] for number in range(count)]


class Load(Wrk):
    """wrk posts one operation's bodies until it is left."""

    def __init__(self, directory, port, operation, bodies, connections, seconds):
        path = directory / f"{operation}.bodies"
        path.write_text("".join(json.dumps(body) + "\n" for body in bodies))
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
        super().__init__(port, "/", path, headers, connections, seconds)


def revoke_all(deployment, tokens):
    """Milliseconds until each RevokeToken was answered, one after another."""
    call = Cognito(deployment.port)
    took = []
    for token in tokens:
        begin = time.perf_counter()
        call("RevokeToken", Token=token, ClientId=deployment.client)
        took.append((time.perf_counter() - begin) * 1e3)
    return took


def add_latency(rows, name, took, limit, note=""):
    rows.add(f"{name}, p99", percentile(took, 0.99), "ms", limit,
             note=f"p50 {median(took):.2f}, greatest {max(took):.2f}, {len(took)} calls{'; ' + note if note else ''}")


def measure_start(rows, directory, quick):
    took = []
    for number in range(5 if quick else 15):
        port = free_port()
        begin = time.perf_counter()
        with running(BIN / "sallyport", "serve", "--data", directory / f"start-{number}", "--listen", f"127.0.0.1:{port}", *FEED,
                     "--log-level", "error", stderr=subprocess.DEVNULL) as server:
            while True:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
                    connection.request("GET", "/healthz")
                    connection.getresponse().read()
                    break
                except ConnectionError:
                    time.sleep(0.001)
            took.append((time.perf_counter() - begin) * 1e3)
            time.sleep(0.3)
            memory = resident_mib(server.pid)
    rows.add("server: first start, on an empty directory, to the first answer", median(took), "ms", 100,
             note=f"greatest of {len(took)}: {max(took):.0f}")
    rows.add("server: idle memory after the start", memory, "MiB", 40)


def measure_refresh(rows, stack, directory, quick):
    sign_rate, _ = openssl_rsa2048()
    deployment = Deployment(stack, directory, CHEAP_HASH, users=50)
    bodies = [{"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": deployment.client, "AuthParameters": {"REFRESH_TOKEN": token}}
              for token in deployment.refresh_tokens(50)]
    costs, rates = [], []
    for _ in range(3 if quick else 7):
        before = cpu_seconds(deployment.server.pid)
        rate, requests = Load(directory, deployment.port, "InitiateAuth", bodies, 8, 2).result()
        costs.append((cpu_seconds(deployment.server.pid) - before) * 1e6 / requests)
        rates.append(rate)
    rows.add("refresh (two signatures): server CPU, against two of openssl speed", median(costs), "us CPU", 1.25 * 2e6 / sign_rate,
             note=f"two bare signatures {2e6 / sign_rate:.0f} us; {median(rates):,.0f} refreshes/s")
    rows.add("server: memory after 1,000s of refreshes", resident_mib(deployment.server.pid), "MiB")


def measure_revoke(rows, stack, directory, quick):
    count = 200 if quick else 1000
    deployment = Deployment(stack, directory, CHEAP_HASH, users=200)
    idle, busy, behind = (deployment.refresh_tokens(count) for _ in range(3))
    add_latency(rows, "revoke answered, idle", revoke_all(deployment, idle), 5)
    load = Load(directory, deployment.port, "InitiateAuth", [deployment.sign_in_body(name) for name in deployment.names], 16,
                8 if quick else 20)
    time.sleep(0.5)
    took = revoke_all(deployment, busy)
    rate, _ = load.result()
    add_latency(rows, "revoke answered, under sign-ins as fast as they go and across checkpoints", took, 20,
                f"{rate:,.0f} sign-ins/s, cheap hash: a commit each")
    measure_dead_agent(rows, deployment, behind[:100])


def measure_revoke_under_hashing(rows, stack, directory, quick):
    deployment = Deployment(stack, directory, users=4)
    tokens = deployment.refresh_tokens(100 if quick else 400)
    load = Load(directory, deployment.port, "InitiateAuth", [deployment.sign_in_body(name) for name in deployment.names], 16,
                8 if quick else 20)
    time.sleep(0.5)
    took = revoke_all(deployment, tokens)
    rate, _ = load.result()
    add_latency(rows, "revoke answered, under full sign-in load", took, 20, f"{rate:,.0f} sign-ins/s, Argon2id at OWASP's minimum")


def measure_dead_agent(rows, deployment, tokens):
    """A stopped agent holds a lease: 100 revokes wait for it, and nobody else does."""
    access = deployment.sign_in(Cognito(deployment.port))["AccessToken"]

    def get_user(seconds):
        call, took, end = Cognito(deployment.port), [], time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.perf_counter()
            call("GetUser", AccessToken=access)
            took.append((time.perf_counter() - begin) * 1e3)
        return took

    before = get_user(1.5)
    deployment.agent.send_signal(signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(len(tokens)) as pool:
            waits = [pool.submit(revoke_all, deployment, [token]) for token in tokens]
            time.sleep(0.3)
            waiting = sum(not wait.done() for wait in waits)
            during = get_user(1.2)
            took = [wait.result()[0] for wait in waits]
    finally:
        deployment.agent.send_signal(signal.SIGCONT)
    rows.add(f"GetUser while {waiting} revokes wait on a dead agent, p99", percentile(during, 0.99), "ms", 5,
             note=f"before: p99 {percentile(before, 0.99):.2f}; p50 {median(before):.2f}, then {median(during):.2f}")
    # 1.5 TTL + margin, where TTL is 2 s and margin TTL/4 + 50 ms.
    rows.add("revoke answered though an agent is dead, longest", max(took), "ms", 1.5 * 2000 + 550)


def measure(rows, quick):
    parts = [measure_refresh, measure_revoke, measure_revoke_under_hashing]
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name:
        measure_start(rows, pathlib.Path(name), quick)
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name, contextlib.ExitStack() as stack:
            directory = pathlib.Path(name)
            directory.chmod(0o755)
            part(rows, stack, directory, quick)
