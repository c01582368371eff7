"""The ways to decide beside one another, at one thread of the agent: requests a second, and how long after a revoking call is sent its token is refused."""
import contextlib
import http.client
import pathlib
import subprocess
import tempfile
import threading
import time

from ext_authz import rate, start_agent
from processes import BIN, enrol, free_port, running, wait_for_port
from server import CHEAP_HASH, Cognito, Deployment
from statistics_of_pairs import median, percentile
from wrk import Failed

USERS = 250
CACHE_SECONDS = 5  # ext_authz.MODES
MODES = ("stateless", "introspect", "cached", "blocklist", "live")


class Table:
    """tests/tools/table_tool: a table of DynamoDB in memory. A real one answers after some milliseconds."""

    def __init__(self):
        self._process = subprocess.Popen([BIN / "table_tool"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)


class Asking:
    """Asks with one token again and again, and knows when it was refused first."""

    def __init__(self, port, rule, token):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._path, self._headers = f"/authorize/{rule}", {"Authorization": f"Bearer {token}"}
        self.refused_at, self._stop = None, False
        if self.status() != 200:
            raise RuntimeError(f"{rule} does not allow a token that was just issued")
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def status(self):
        self._connection.request("GET", self._path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def _run(self):
        while not self._stop and not self.refused_at:
            if self.status() != 200:
                self.refused_at = time.monotonic()

    def wait(self, seconds):
        """When it was refused; None: it is still allowed."""
        self._thread.join(seconds)
        self._stop = True
        self._thread.join()
        return self.refused_at


def time_to_refusal(deployment, call, agent, mode, times, patience):
    """(milliseconds from the moment at which the call was sent to its answer, and to the first refusal), each a list; of the latter, what was allowed
    until `patience` had passed counts as that."""
    answered, refused = [], []
    for number in range(times):
        tokens = deployment.sign_in(call, number)
        asking = Asking(agent, "bench" if mode == "live" else mode, tokens["AccessToken"])
        time.sleep(0.02)
        sent = time.monotonic()
        call("RevokeToken", Token=tokens["RefreshToken"], ClientId=deployment.client)
        answered.append((time.monotonic() - sent) * 1e3)
        at = asking.wait(patience)
        refused.append(((at or sent + patience) - sent) * 1e3)
    return answered, refused


def start_sink(stack, directory, deployment, table):
    metrics = free_port()
    stack.enter_context(running(
        BIN / "sallyport", "sink", "dynamodb", "--enrolment", enrol(directory, deployment.port), "--url", f"http://127.0.0.1:{table.port}",
        "--region", "eu-west-1", "--table", "revoked", "--key", "id", "--ttl", "ttl", "--credentials-file", directory / "credentials",
        "--metrics-listen", f"127.0.0.1:{metrics}", stderr=subprocess.DEVNULL))
    wait_for_port(metrics)
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", metrics)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("the sink holds no lease")


def measure(rows, quick):
    turns, seconds, times = (1, 1, 10) if quick else (3, 3, 50)
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        table = Table()
        stack.callback(table.close)
        deployment = Deployment(stack, directory, CHEAP_HASH, users=USERS)
        call = Cognito(deployment.port)
        agent, _ = start_agent(stack, directory, deployment, table.port)
        tokens = directory / "tokens"
        tokens.write_text("".join(deployment.sign_in(call, number)["AccessToken"] + "\n" for number in range(USERS)))
        deadline = time.monotonic() + 10
        while True:  # the lease
            with contextlib.suppress(Failed):
                rate(agent, "/authorize/bench", tokens, 1)
                break
            if time.monotonic() > deadline:
                raise RuntimeError("the agent allows nothing")
        rates = {mode: [] for mode in MODES}
        for _ in range(turns):
            for mode in MODES:
                rates[mode].append(rate(agent, f"/authorize/{'bench' if mode == 'live' else mode}", tokens, seconds))
        for mode in MODES:
            rows.add(f"authorizers, {mode}: decisions", median(rates[mode]), "requests/s")
        for mode in ("live", "introspect", "cached", "blocklist", "stateless"):
            if mode == "blocklist":
                start_sink(stack, directory, deployment, table)
            count, patience = {"cached": (3, CACHE_SECONDS + 5), "stateless": (1, CACHE_SECONDS)}.get(mode, (times, 30))
            answered, refused = time_to_refusal(deployment, call, agent, mode, count, patience)
            if mode == "stateless":
                rows.add("authorizers, stateless: allowed after the revoke for at least", refused[0], "ms", note="until the token expires")
                continue
            rows.add(f"authorizers, {mode}: from the revoke to the first refusal", median(refused), "ms",
                     note=f"p95 {percentile(refused, 0.95):.1f} ms; the revoke was answered after {median(answered):.1f} ms")
