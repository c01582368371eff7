"""Cutting off a pool of abusers at once: users/s from `sallyport revoke` to the gate's Replica, and sign-ins meanwhile."""
import contextlib
import json
import pathlib
import re
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.request
import uuid

import seed
from processes import BIN, FEED, cpu_seconds, enrol, running, wait_for_port
from server import CHEAP_HASH, Cognito, Deployment
from statistics_of_pairs import median, percentile


def give_everybody_a_session(database, pool, own):
    """Each user of the pool gets a token family like the one that `own`, a sub, has: signing in 200,000 times would take RSA minutes."""
    store = sqlite3.connect(database)
    records = store.execute("SELECT key, rows, value FROM records WHERE key >= ? AND key < ?", (b"family/", b"family0"))
    key, rows, value = next(record for record in records if own.encode() in record[2])
    index = store.execute("SELECT name, sort FROM index_rows WHERE key = ?", (key,)).fetchall()
    family = json.loads(value)
    prefix = f"user/{pool}/".encode()
    users = store.execute("SELECT key, value FROM records WHERE key >= ? AND key < ?", (prefix, prefix[:-1] + b"0")).fetchall()
    count = 0
    for user_key, user in users:
        sub, generation = user_key[len(prefix):], json.loads(user)["Generation"]
        if sub.decode() == own:
            continue
        new = str(uuid.uuid4())

        def mine(text):
            text = text.replace(f"{own}/{family['Generation']:016x}".encode(), sub + f"/{generation:016x}".encode())
            return text.replace(own.encode(), sub).replace(family["Id"].encode(), new.encode())

        changed = json.loads(mine(value)) | {"Generation": generation}
        store.execute("INSERT INTO records(key, rows, value) VALUES(?, ?, ?)", (mine(key), mine(rows), json.dumps(changed).encode()))
        store.executemany("INSERT INTO index_rows VALUES(?, ?, ?)", [(name, mine(sort), mine(key)) for name, sort in index])
        count += 1
    store.commit()
    store.close()
    return count


def sub_of(token):
    import base64
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sub"]


class SignIns:
    """A few users sign in, at a steady rate on each connection, and what each took is kept."""

    def __init__(self, deployment, a_second, connections=2):
        self.took, self._stop, self._pause = [], False, connections / a_second
        self._threads = [threading.Thread(target=self._run, args=(deployment, number)) for number in range(connections)]
        for thread in self._threads:
            thread.start()

    def _run(self, deployment, number):
        call = Cognito(deployment.port)
        due = time.perf_counter()
        while not self._stop:
            deployment.sign_in(call, number)
            # From when it was due: one that is kept waiting delays none but itself in the figures.
            self.took.append((time.perf_counter() - due) * 1e3)
            due += self._pause
            time.sleep(max(0, due - time.perf_counter()))

    def result(self):
        self._stop = True
        for thread in self._threads:
            thread.join()
        return self.took


def metric(port, name):
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    return float(re.search(rf"^{name}\S* (\S+)$", text, re.M).group(1))


def serve_again(stack, deployment, directory, flags):
    """Server and agent of a deployment that has ended."""
    server = stack.enter_context(running(
        BIN / "sallyport", "serve", "--data", directory / "data", "--listen", f"127.0.0.1:{deployment.port}", *FEED,
        "--insecure-any-credentials", "--log-level", "error", *flags, stderr=subprocess.DEVNULL))
    wait_for_port(deployment.port, server)
    agent = stack.enter_context(running(
        BIN / "sallyport", "agent", "--enrolment", enrol(directory, deployment.port),
        "--replica", directory / "gate" / "replica", stderr=subprocess.DEVNULL))
    return server, agent


def measure_bulk(rows, directory, users, flags, hash_name, sign_ins_a_second):
    with contextlib.ExitStack() as stack:
        deployment = Deployment(stack, directory, flags, users=4)
        call = Cognito(deployment.port)
        call("UpdateUserPool", UserPoolId=deployment.pool, AutoVerifiedAttributes=["email"])
        seed.load(call, deployment.pool, directory, users)
        own = sub_of(deployment.sign_in(call)["AccessToken"])
    count = give_everybody_a_session(directory / "data" / "sallyport.db", deployment.pool, own)
    with contextlib.ExitStack() as stack:
        server, agent = serve_again(stack, deployment, directory, flags)
        time.sleep(5)
        sign_ins = SignIns(deployment, sign_ins_a_second)
        time.sleep(5)
        before = sign_ins.result()
        head = metric(deployment.port, "sallyport_log_head")
        sign_ins = SignIns(deployment, sign_ins_a_second)
        cost = -cpu_seconds(server.pid) - cpu_seconds(agent.pid)
        begin = time.perf_counter()
        done = subprocess.run([BIN / "sallyport", "revoke", "--pool", deployment.pool, "--filter", 'phone_number ^= "+1"', "--yes", "--json",
                               "--endpoint", f"http://127.0.0.1:{deployment.port}", "--data", directory / "data"],
                              capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begin
        cost += cpu_seconds(server.pid) + cpu_seconds(agent.pid)
        during = sign_ins.result()
        assert done.returncode == 0, done.stderr
        cut_off = json.loads(done.stdout)["Users"]
        reached = metric(deployment.port, "sallyport_log_released") - head
        assert metric(deployment.port, "sallyport_agents_leased") == 1 and reached >= users, (reached, users, count)
    rows.add(f"revoke: {users:,} users with a session each, from the command to the Replica", cut_off / seconds, "users/s", 20_000,
             "higher", note=f"{seconds:.1f} s, {cost * 1e6 / cut_off:.0f} us CPU each of server and agent, sign-ins included; {hash_name}")
    rows.add(f"sign-ins meanwhile, p99, {hash_name}", percentile(during, 0.99), "ms",
             note=f"p50 {median(during):.1f}, {len(during) / seconds:.0f}/s; before: p50 {median(before):.1f}, p99 {percentile(before, 0.99):.1f}, "
                  f"{len(before) / 5:.0f}/s")


def measure(rows, quick):
    # 40 hashes at OWASP's minimum would be most of both cores.
    for flags, name, rate in ((CHEAP_HASH, "cheap hash", 40), ([], "Argon2id at OWASP's minimum", 10)):
        with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as path:
            directory = pathlib.Path(path)
            directory.chmod(0o755)
            measure_bulk(rows, directory, 50_000 if quick else 200_000, flags, name, rate)
