"""Two builds side by side, started anew for each pair: what a call costs in the new one against the old one. See bench/pairs."""
import argparse
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from gate import NGINX
from processes import FEED, children, cpu_seconds, enrol, free_port, running, wait_for_port
from server import CHEAP_HASH, PASSWORD, Cognito, Load
from statistics_of_pairs import median, median_interval
from userpool import Form
from wrk import Wrk

USERS = 50
CONNECTIONS = 8
REVOKES = 150


def has_enrolment(binaries):
    """Builds from before the feed had a listener of its own give their agents a token."""
    text = subprocess.run([binaries / "sallyport", "agent", "--help"], capture_output=True, text=True, check=True).stdout
    return "--enrolment" in text


@contextlib.contextmanager
def apart(process):
    """The process on one processor, what this one starts meanwhile on the others: where the two met on one, by chance, a request costs
    several percent more."""
    mine = os.sched_getaffinity(0)
    first, *others = sorted(mine)
    if others:
        os.sched_setaffinity(process, {first})
        os.sched_setaffinity(0, others)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def write_nginx_configuration(build, issuer, further=""):
    configuration = build.directory / "nginx.conf"
    text = NGINX.format(bin=build.binaries, dir=build.directory, port=build.gate_port, issuer=issuer, cache=2 * USERS, authority=build.port,
                        user="user root;" if os.getuid() == 0 else "")
    configuration.write_text(further + text)
    return configuration


class Build:
    """One build's server, agent and nginx, with a pool and users who have signed in."""

    def __init__(self, stack, binaries, name):
        self.name, self.binaries = name, binaries.resolve()
        self.directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"sallyport-{name}-")))
        self.directory.chmod(0o755)
        (self.directory / "gate").mkdir(mode=0o755)
        self.port, self.gate_port = free_port(), free_port()
        url = f"http://127.0.0.1:{self.port}"
        data = self.directory / "data"
        sallyport = self.binaries / "sallyport"
        enrolled = has_enrolment(self.binaries)
        feed = FEED if enrolled else []
        self.server = stack.enter_context(running(
            sallyport, "serve", "--data", data, "--listen", f"127.0.0.1:{self.port}", "--insecure-any-credentials", "--log-level", "error",
            *feed, *CHEAP_HASH, stderr=subprocess.DEVNULL))
        wait_for_port(self.port, self.server)
        if enrolled:
            proof = ["--enrolment", enrol(self.directory, self.port, self.binaries)]
        else:
            proof = ["--server", url, "--token-file", data / "agent-token"]
        stack.enter_context(running(sallyport, "agent", *proof, "--replica", self.directory / "gate" / "replica", stderr=subprocess.DEVNULL))

        self.call = Cognito(self.port)
        self.pool = self.call("CreateUserPool", PoolName="bench")["UserPool"]["Id"]
        self.client = self.call("CreateUserPoolClient", UserPoolId=self.pool, ClientName="bench", ExplicitAuthFlows=[
            "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
        self.sign_ins = []
        for number in range(USERS):
            name = f"user-{number}"
            self.call("AdminCreateUser", UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS")
            self.call("AdminSetUserPassword", UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)
            self.sign_ins.append({"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": self.client,
                                  "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD}})
        self.call("CreateResourceServer", UserPoolId=self.pool, Identifier="bench", Name="bench", Scopes=[
            {"ScopeName": "read", "ScopeDescription": "read"}])
        machine = self.call("CreateUserPoolClient", UserPoolId=self.pool, ClientName="machine", GenerateSecret=True,
                            AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["client_credentials"],
                            AllowedOAuthScopes=["bench/read"])["UserPoolClient"]
        self.form = {"grant_type": "client_credentials", "client_id": machine["ClientId"], "client_secret": machine["ClientSecret"]}
        tokens = [self.sign_in(number) for number in range(USERS)]
        self.refreshes = [{"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": self.client,
                           "AuthParameters": {"REFRESH_TOKEN": token["RefreshToken"]}} for token in tokens]
        self.tokens = self.directory / "tokens"
        self.tokens.write_text("".join(token["AccessToken"] + "\n" for token in tokens))
        self._start_nginx(stack, f"{url}/{self.pool}")

    def _start_nginx(self, stack, issuer):
        configuration = write_nginx_configuration(self, issuer)
        master = stack.enter_context(running("nginx", "-p", self.directory, "-e", self.directory / "error.log", "-c", configuration))
        wait_for_port(self.gate_port, master)
        while not children(master.pid):
            time.sleep(0.01)  # it has the port, and no worker yet
        self.worker = children(master.pid)[0]
        self.nginx = master.pid

    def sign_in(self, number):
        return self.call("InitiateAuth", **self.sign_ins[number % USERS])["AuthenticationResult"]

    def _renew_worker(self):
        """Another worker in the place of this one: where its memory lies makes several percent, and of some the least disturbed counts."""
        os.kill(self.nginx, signal.SIGHUP)
        old = self.worker
        while not (fresh := [child for child in children(self.nginx) if child != old]) or old in children(self.nginx):
            time.sleep(0.01)
        self.worker = fresh[0]

    def _cpu_of_load(self, begin):
        """`begin` begins a load."""
        before = cpu_seconds(self.server.pid)
        _, requests = begin().result()
        return (cpu_seconds(self.server.pid) - before) * 1e6 / requests

    def _cpu_of_initiating(self, bodies, seconds):
        return self._cpu_of_load(lambda: Load(self.directory, self.port, "InitiateAuth", bodies, CONNECTIONS, seconds))

    def measure(self, part, seconds):
        """Microseconds: of the server's CPU per sign-in, refresh or client_credentials, of nginx's per request, of time until the median
        revoke is answered."""
        if part == "sign-in":
            return self._cpu_of_initiating(self.sign_ins, seconds)
        if part == "refresh":
            return self._cpu_of_initiating(self.refreshes, seconds)
        if part == "client-credentials":
            return self._cpu_of_load(lambda: Form(self.directory, self.port, "/oauth2/token", [self.form], CONNECTIONS, seconds))
        if part == "revoke":
            self.call = Cognito(self.port)  # the server has closed the one before if it stood idle for long
            tokens = [self.sign_in(number)["RefreshToken"] for number in range(REVOKES)]
            took = []
            for token in tokens:
                begin = time.perf_counter()
                self.call("RevokeToken", Token=token, ClientId=self.client)
                took.append((time.perf_counter() - begin) * 1e6)
            return median(took)
        self._renew_worker()
        with apart(self.worker):
            self._ask_gate(1)  # warms up
            before = cpu_seconds(self.worker)
            requests = self._ask_gate(seconds)
            return (cpu_seconds(self.worker) - before) * 1e6 / requests

    def _ask_gate(self, seconds):
        """How many requests were answered."""
        return Wrk(self.gate_port, "/guarded", self.tokens, {"Authorization": "Bearer {line}"}, CONNECTIONS, seconds, method="GET").result()[1]


PARTS = {"sign-in": "us of server CPU", "refresh": "us of server CPU", "client-credentials": "us of server CPU",
         "revoke": "us until answered, p50", "gate": "us of nginx CPU"}


def main():
    options = argparse.ArgumentParser(prog="bench/pairs")
    options.add_argument("old", type=pathlib.Path)
    options.add_argument("new", type=pathlib.Path)
    options.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; all, unless named")
    options.add_argument("--pairs", type=int, default=24)
    options.add_argument("--seconds", type=int, default=1, help="of each measurement")
    options.add_argument("--rounds", type=int, default=1, help="measurements of each build in a pair, in turns, of which the least disturbed counts")
    options.add_argument("--limit", type=float, default=3.0, help="percent that the interval may end at")
    chosen = options.parse_intermixed_args()
    if unknown := set(chosen.part) - set(PARTS):
        options.error(f"no part {', '.join(sorted(unknown))}")
    if chosen.rounds < 1:
        options.error("--rounds: at least 1")
    if chosen.pairs < 5:
        options.error("--pairs: at least 5")

    parts = chosen.part or list(PARTS)
    pairs = {part: [] for part in parts}
    for number in range(chosen.pairs):
        # Each pair has processes of its own: where their memory lies makes two runs of one program differ by several percent for
        # as long as they live, and an interval over pairs of the same two processes would not know of it.
        with contextlib.ExitStack() as stack:
            builds = [Build(stack, path, name) for name, path in (("old", chosen.old), ("new", chosen.new))]
            time.sleep(3)  # each agent has its lease, whatever the start held back
            for part in parts:
                for build in builds:
                    build.measure(part, chosen.seconds)  # warms up
                order = builds if number % 2 else builds[::-1]
                costs = {build.name: [] for build in order}
                for _ in range(chosen.rounds):
                    for build in order:
                        costs[build.name].append(build.measure(part, chosen.seconds))
                # What disturbs a measurement (another process, a virtual machine's neighbours) only ever adds to it.
                pairs[part].append((min(costs["old"]), min(costs["new"])))
    slower = []
    for part in parts:
        differences = [100 * (new - old) / old for old, new in pairs[part]]
        low, high = median_interval(differences)
        old, new = (median(column) for column in zip(*pairs[part]))
        holds = high < chosen.limit
        slower += [] if holds else [part]
        print(f"{part:<18} {PARTS[part]:<24} old {old:9.2f}  new {new:9.2f}  difference {median(differences):+.2f}%, 95% interval {low:+.2f}..{high:+.2f}%, "
              f"{len(pairs[part])} pairs  {'ok' if holds else f'NOT below {chosen.limit}%'}", flush=True)
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
