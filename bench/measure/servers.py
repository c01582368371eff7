"""Several servers on PostgreSQL: what calls cost beside SQLite, how long a revoke takes with two servers, users cut off in bulk, a thousand agents."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import abuse
import seed
from processes import BIN, ROOT, children, cpu_seconds, free_port, resident_mib, running, wait_for_port
from server import CHEAP_HASH, PASSWORD, Cognito, Deployment, Load, add_latency
from statistics_of_pairs import median
from userpool import SIGNATURES, UserPool

sys.path.append(str(ROOT / "tests" / "e2e"))
from postgres_process import Postgres  # noqa: E402

URL = "http://127.0.0.1:9229"
AGENTS = 1000
REVOCATIONS_A_SECOND = 200


def postgres(stack):
    database = Postgres()
    stack.callback(database.close)
    return database


def directory_of(stack):
    directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sallyport-bench-")))
    directory.chmod(0o755)
    return directory


def database_cpu(database):
    return sum(cpu_seconds(pid) for pid in [database.process.pid, *children(database.process.pid)])


class Servers:
    """Two servers on one database, with one key, which know each other."""

    def __init__(self, stack, database, data=None, url=URL):
        self.stack, self.database, self.url = stack, database, url
        self.directory = directory_of(stack)
        self.ports = [free_port() for _ in range(2)]
        self.feeds = [free_port() for _ in range(2)]
        self.data = [data or self.directory / "data-0", self.directory / "data-1"]
        self.endpoint = f"http://127.0.0.1:{self.ports[0]}"
        self.servers = [self._serve(0)]
        share_key(*self.data)
        self.servers.append(self._serve(1))
        self.calls = [Cognito(port) for port in self.ports]

    def _serve(self, number):
        server = self.stack.enter_context(running(
            BIN / "sallyport", "serve", "--data", self.data[number], "--listen", f"127.0.0.1:{self.ports[number]}",
            "--feed-listen", f"127.0.0.1:{self.feeds[number]}", "--public-url", self.url, "--store", self.database.url,
            "--insecure-any-credentials", "--log-level", "error", *CHEAP_HASH, stderr=subprocess.DEVNULL))
        wait_for_port(self.ports[number], server, 60)
        return server

    def enrol(self, name):
        path = self.directory / f"{name}.enrolment"
        subprocess.run([BIN / "sallyport", "agents", "add", name, "--data", self.data[0], "--endpoint", self.endpoint,
                        "--server", ",".join(f"127.0.0.1:{port}" for port in self.feeds), "--out", path], check=True, capture_output=True)
        return path

    def start_agents(self, count):
        agents = []
        for number in range(count):
            gate = self.directory / f"gate-{number}"
            gate.mkdir(mode=0o755)
            agents.append(self.stack.enter_context(running(
                BIN / "sallyport", "agent", "--enrolment", self.enrol(f"agent-{number}"), "--replica", gate / "replica",
                stderr=subprocess.DEVNULL)))
        return agents

    def make_pool(self, users):
        self.pool = self.calls[0]("CreateUserPool", PoolName="bench")["UserPool"]["Id"]
        self.client = self.calls[0]("CreateUserPoolClient", UserPoolId=self.pool, ClientName="bench", ExplicitAuthFlows=[
            "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
        self.names = [f"user-{number}" for number in range(users)]
        for name in self.names:
            self.calls[0]("AdminCreateUser", UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS")
            self.calls[0]("AdminSetUserPassword", UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)

    def sign_in_body(self, number):
        return {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": self.client,
                "AuthParameters": {"USERNAME": self.names[number % len(self.names)], "PASSWORD": PASSWORD}}

    def refresh_tokens(self, count):
        """From both servers."""
        def some(which):
            call = Cognito(self.ports[which % 2])
            return [call("InitiateAuth", **self.sign_in_body(number))["AuthenticationResult"]["RefreshToken"]
                    for number in range(which, count, 4)]

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            return [token for tokens in threads.map(some, range(4)) for token in tokens]

    def revoke(self, call, token):
        """Milliseconds until it was answered."""
        begin = time.perf_counter()
        call("RevokeToken", Token=token, ClientId=self.client)
        return (time.perf_counter() - begin) * 1e3

    def revoke_all(self, tokens):
        calls = [Cognito(port) for port in self.ports]
        return [self.revoke(calls[number % 2], token) for number, token in enumerate(tokens)]


def fdatasync_millis(directory):
    """Of a small write, the median: a revoke waits for several, one after the other."""
    took = []
    with open(directory / "synced", "wb") as file:
        for _ in range(50):
            file.write(b"x" * 512)
            file.flush()
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begin) * 1e3)
    return median(took)


def share_key(of, to):
    to.mkdir(mode=0o700, exist_ok=True)
    for name in ("encryption-key", "credentials"):
        shutil.copy2(of / name, to / name)


# ---- What calls cost


class OnPostgres:
    """A UserPool on PostgreSQL, and a second server that is put beside its own."""

    def __init__(self, stack, count):
        self.stack, self.database = stack, postgres(stack)
        self.pool = UserPool(stack, count, "--store", self.database.url)
        # Otherwise the autovacuum of what was imported, minutes of processor and disk, would be measured with the calls.
        self.database.query("VACUUM (ANALYZE)")
        self.database.query("CHECKPOINT")

    def add_second_server(self):
        data = directory_of(self.stack) / "data"
        share_key(self.pool.directory / "data", data)
        port = free_port()
        server = self.stack.enter_context(running(
            BIN / "sallyport", "serve", "--data", data, "--listen", f"127.0.0.1:{port}", "--feed-listen", "127.0.0.1:0",
            "--public-url", f"http://127.0.0.1:{self.pool.port}", "--store", self.database.url, "--insecure-any-credentials",
            "--log-level", "error", *CHEAP_HASH, stderr=subprocess.DEVNULL))
        wait_for_port(port, server, 60)

    def load(self, kind, seconds):
        """As UserPool's, with the database's microseconds per call."""
        before = database_cpu(self.database)
        rate, cost = self.pool.load(kind, seconds)
        return rate, cost, (database_cpu(self.database) - before) * 1e6 / (rate * seconds)


def in_turns(pools, kind, quick):
    """The medians of each, by name."""
    at = {name: [] for name in pools}
    for _ in range(3 if quick else 7):
        for name, pool in pools.items():
            at[name].append(pool.load(kind, 1 if quick else 2))
    return {name: [median(column) for column in zip(*samples)] for name, samples in at.items()}


def measure_calls(rows, quick):
    count = 1_000
    with contextlib.ExitStack() as stack:
        embedded, other = UserPool(stack, count), OnPostgres(stack, count)
        for name, before in (("one server", lambda: None), ("two servers", other.add_second_server)):
            before()
            for kind in SIGNATURES:
                seen = in_turns({"SQLite": embedded, "PostgreSQL": other}, kind, quick)
                (rate, cost), (new_rate, new_cost, database) = seen["SQLite"], seen["PostgreSQL"]
                rows.add(f"{kind}: server CPU on PostgreSQL, {name}, against SQLite", new_cost, "us CPU", 1.5 * cost,
                         note=f"SQLite {cost:.0f} us; {new_rate:,.0f}/s, then {rate:,.0f}/s; PostgreSQL's own CPU {database:.0f} us")


def measure_sizes(rows, quick):
    few, many = 1_000, 100_000 if quick else 1_000_000
    with contextlib.ExitStack() as stack:
        small, large = OnPostgres(stack, few), OnPostgres(stack, many)
        rows.add(f"import into PostgreSQL: {many:,} users", large.pool.imported_seconds, "s",
                 note=f"{many / large.pool.imported_seconds:,.0f} rows/s, {large.pool.imported_cpu * 1e6 / many:.0f} us CPU a row")
        for kind in SIGNATURES:
            seen = in_turns({few: small, many: large}, kind, quick)
            (rate, cost, database), (new_rate, new_cost, new_database) = seen[few], seen[many]
            rows.add(f"{kind}: server CPU on PostgreSQL, {many:,} users, against {few:,}", new_cost, "us CPU", 1.3 * cost,
                     note=f"{few:,} users: {cost:.0f} us; PostgreSQL's own {database:.0f}, then {new_database:.0f} us")
            rows.add(f"{kind}: calls on PostgreSQL, {many:,} users, against {few:,}", new_rate, "calls/s", rate / 1.3, "higher",
                     note=f"{few:,} users: {rate:,.0f}/s")


# ---- Revocations


def measure_revoke(rows, quick):
    count = 200 if quick else 1000
    with contextlib.ExitStack() as stack:
        servers = Servers(stack, postgres(stack))
        servers.start_agents(2)
        servers.make_pool(200)
        idle, busy = servers.refresh_tokens(count), servers.refresh_tokens(count)
        # What the start held back is over, and each agent has both its servers.
        time.sleep(6)
        synced = fdatasync_millis(servers.directory)
        add_latency(rows, "revoke answered with two servers and two agents, idle", servers.revoke_all(idle), 15,
                    f"one fdatasync just before {synced:.2f} ms")
        seconds = 8 if quick else 20
        loads = [Load(directory_of(stack), port, "InitiateAuth", [servers.sign_in_body(number) for number in range(200)], 8, seconds)
                 for port in servers.ports]
        time.sleep(0.5)
        begin, took = time.monotonic(), []
        for number, token in enumerate(busy):
            if time.monotonic() - begin > seconds - 2:
                break
            took.append(servers.revoke(servers.calls[number % 2], token))
        rate = sum(load.result()[0] for load in loads)
        add_latency(rows, "revoke answered with two servers and two agents, under sign-ins as fast as they go", took, 50,
                    f"{rate:,.0f} sign-ins/s on both, cheap hash")


def cut_off(pool, endpoint, data, users):
    begin = time.perf_counter()
    done = subprocess.run([BIN / "sallyport", "revoke", "--pool", pool, "--filter", 'phone_number ^= "+1"', "--yes", "--json",
                           "--endpoint", endpoint, "--data", data], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Users"] == users, done.stdout
    return seconds


def measure_bulk(rows, quick):
    users = 5_000 if quick else 20_000
    with contextlib.ExitStack() as stack:
        directory = directory_of(stack)
        with contextlib.ExitStack() as inner:
            deployment = Deployment(inner, directory, CHEAP_HASH, users=4)
            call = Cognito(deployment.port)
            call("UpdateUserPool", UserPoolId=deployment.pool, AutoVerifiedAttributes=["email"])
            seed.load(call, deployment.pool, directory, users)
            own = abuse.sub_of(deployment.sign_in(call)["AccessToken"])
        abuse.give_everybody_a_session(directory / "data" / "sallyport.db", deployment.pool, own)
        moved = directory / "moved"
        shutil.copytree(directory / "data", moved)
        with contextlib.ExitStack() as inner:
            abuse.serve_again(inner, deployment, directory, CHEAP_HASH)
            time.sleep(5)
            embedded = cut_off(deployment.pool, f"http://127.0.0.1:{deployment.port}", directory / "data", users)
        database = postgres(stack)
        subprocess.run([BIN / "sallyport", "store", "copy", "--from", moved, "--to", database.url], check=True, capture_output=True)
        servers = Servers(stack, database, data=moved, url=f"http://127.0.0.1:{deployment.port}")
        servers.start_agents(2)
        time.sleep(6)
        took = cut_off(deployment.pool, servers.endpoint, moved, users)
        rows.add(f"revoke: {users:,} users with a session each, two servers and two agents on PostgreSQL, against SQLite", took, "s", 3 * embedded,
                 note=f"SQLite {embedded:.2f} s with one agent")


# ---- A thousand agents


class LightAgents:
    """bench/light_agents.cc, spoken to by its standard input."""

    def __init__(self, stack, directory):
        self._process = stack.enter_context(running(BIN / "light_agents", directory, stdin=subprocess.PIPE,
                                                    stdout=subprocess.PIPE, text=True))

    def ask(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def cpu(self):
        return cpu_seconds(self._process.pid)


def revoke_at_rate(servers, tokens, a_second):
    """Milliseconds from when each was due until it was answered: one that is kept waiting delays none but itself in the figures."""
    begin = time.perf_counter() + 0.1
    workers = 64

    def some(first):
        call, took = Cognito(servers.ports[first % 2]), []
        for number in range(first, len(tokens), workers):
            due = begin + number / a_second
            time.sleep(max(0, due - time.perf_counter()))
            call("RevokeToken", Token=tokens[number], ClientId=servers.client)
            took.append((time.perf_counter() - due) * 1e3)
        return took

    with concurrent.futures.ThreadPoolExecutor(workers) as threads:
        return [one for took in threads.map(some, range(workers)) for one in took]


def measure_many_agents(rows, quick):
    with contextlib.ExitStack() as stack:
        servers = Servers(stack, postgres(stack))
        servers.make_pool(50)
        enrolments = servers.directory / "enrolments"
        enrolments.mkdir()
        with concurrent.futures.ThreadPoolExecutor(3) as threads:
            for path in threads.map(servers.enrol, [f"light-{number}" for number in range(AGENTS)]):
                path.rename(enrolments / path.name)
        tokens = servers.refresh_tokens(REVOCATIONS_A_SECOND * (5 if quick else 20))
        servers.revoke_all(servers.refresh_tokens(100))
        before = [resident_mib(server.pid) for server in servers.servers]
        agents = LightAgents(stack, enrolments)
        end = time.monotonic() + 60
        while (seen := agents.ask("status"))["leased"] < AGENTS or seen["two"] < AGENTS:
            assert time.monotonic() < end, seen
            time.sleep(0.1)
        time.sleep(3)
        agents.ask("mark")
        cost = [-cpu_seconds(server.pid) for server in servers.servers] + [-agents.cpu(), -database_cpu(servers.database)]
        idle = 5
        time.sleep(idle)
        cost = [a + b for a, b in zip(cost, [cpu_seconds(server.pid) for server in servers.servers] + [agents.cpu(), database_cpu(servers.database)])]
        rows.add(f"{AGENTS:,} agents on two servers, nothing to tell them: CPU of one server", 100 * max(cost[:2]) / idle, "% of a core",
                 note=f"the agents' own {100 * cost[2] / idle:.0f}%, PostgreSQL {100 * cost[3] / idle:.0f}%")
        took = revoke_at_rate(servers, tokens, REVOCATIONS_A_SECOND)
        add_latency(rows, f"revoke answered with two servers and {AGENTS:,} agents, {REVOCATIONS_A_SECOND} a second", took, 60)
        after = [resident_mib(server.pid) for server in servers.servers]
        rows.add("memory per agent, of one server, each agent being connected to both", max(b - a for a, b in zip(before, after)) * 1024 / AGENTS,
                 "KiB", 100)
        without = agents.ask("moved")["without"]
        time.sleep(2)
        agents.ask("mark")
        servers.servers[0].kill()
        time.sleep(4)
        moved = agents.ask("moved")
        rows.add("a server is killed: all of its agents have a lease elsewhere", moved["last_ms"], "ms", 1000,
                 note=f"{moved['swapped']} moved, {moved['leased']} have a lease there; {moved['without']} were without one meanwhile, "
                      f"{without} while revocations came")
        assert moved["leased"] == moved["swapped"] > AGENTS / 4, moved


PARTS = {"calls": measure_calls, "sizes": measure_sizes, "revoke": measure_revoke, "bulk": measure_bulk, "agents": measure_many_agents}


def measure(rows, quick, only=()):
    for name, part in PARTS.items():
        if not only or name in only:
            part(rows, quick)
