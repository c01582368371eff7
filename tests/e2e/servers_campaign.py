#!/usr/bin/env python3
"""Several servers on one PostgreSQL, which are killed, stopped, and ended in order at random moments, one at a time, while gates decide.

    .venv/bin/python tests/e2e/servers_campaign.py [--seconds 120] [--seed 1] [--servers 3] [--agents 4] [--binaries build/release/bin]

Two things must never be seen: a request that is allowed after the answer that revoked its token (a wrong allow), and one that is refused although nobody has
revoked its token (a wrong denial). The exit code is 0 if neither was, and no revocation took longer than is stated. docs/several-servers.md has what came of it.
"""

import argparse
import contextlib
import http.client
import pathlib
import random
import shutil
import signal
import sys
import threading
import time

import boto3
import sallyport_processes as processes
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from postgres_process import Postgres

URL = "http://127.0.0.1:9229"
STATED_SECONDS = 6.5
# Shorter than a lease, and longer than all of them.
PAUSES = (0.7, 1.5, 3, 6, 9)
REVOKERS = 4


class Campaign:
    def __init__(self, options, started):
        self.options, self.start = options, started
        self.random = random.Random(options.seed)
        self.database = started.keep(Postgres())
        self.data = [started.directory() / "data" for _ in range(options.servers)]
        self.ports = [processes.free_port() for _ in self.data]
        self.feeds = [processes.free_port() for _ in self.data]
        self.servers = [None for _ in self.data]
        for number, data in enumerate(self.data):
            data.mkdir(mode=0o700)
            if number > 0:
                for name in ("encryption-key", "credentials"):
                    shutil.copy2(self.data[0] / name, data / name)
            self.serve(number)
        self.pool = processes.Pool(self.servers[0].client())
        for number in range(REVOKERS + 1):
            self.pool.make_user(f"user{number}")
        self.gates = [self.gate() for _ in range(options.agents)]
        self.over = threading.Event()
        self.begun = time.monotonic()
        self.decisions = self.revocations = self.failed = 0
        self.wrong_allows, self.wrong_denials, self.times = [], [], []

    def serve(self, number):
        self.servers[number] = self.start.server(*processes.WEAK_HASHES, "--public-url", URL, "--store", self.database.url, data=self.data[number],
                                                 port=self.ports[number], feed_port=self.feeds[number], binaries=self.options.binaries)

    def gate(self):
        replica = self.start.directory() / "replica"
        agent = self.start.agent(self.servers[0], replica, *[word for feed in self.feeds for word in ("--server", f"127.0.0.1:{feed}")])
        processes.wait_until(lambda: (agent.status() or {}).get("second_server"), what="an agent has two servers")
        return self.start.gate(replica, f"{URL}/{self.pool.id}")

    def client(self, number):
        return boto3.client("cognito-idp", endpoint_url=f"http://127.0.0.1:{self.ports[number]}", region_name="us-east-1",
                            config=Config(retries={"total_max_attempts": 1}, read_timeout=20, connect_timeout=2), **self.servers[0].credentials())

    def seconds(self):
        return round(time.monotonic() - self.begun, 3)

    def ask(self, gate, token):
        connection = http.client.HTTPConnection("127.0.0.1", gate.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/access", headers={"Authorization": f"Bearer {token}"})
            self.decisions += 1
            return connection.getresponse().status

    def must_allow(self, gate, token):
        while not self.over.is_set():
            if (status := self.ask(gate, token)) != 200:
                self.wrong_denials.append((self.seconds(), gate.port, status))
            time.sleep(0.004)

    def sign_in(self, client, user):
        return client.initiate_auth(ClientId=self.pool.client_id, AuthFlow="USER_PASSWORD_AUTH",
                                    AuthParameters={"USERNAME": user, "PASSWORD": processes.PASSWORD})["AuthenticationResult"]

    def must_deny(self, number):
        chance = random.Random(self.options.seed * 100 + number)
        clients = [self.client(server) for server in range(len(self.servers))]
        while not self.over.is_set():
            try:
                tokens = self.sign_in(chance.choice(clients), f"user{number}")
                sent = time.monotonic()
                chance.choice(clients).revoke_token(ClientId=self.pool.client_id, Token=tokens["RefreshToken"])
            except (ClientError, BotoCoreError):
                # Of a server that is down, or went down meanwhile: nothing was promised.
                self.failed += 1
                time.sleep(0.2)
                continue
            self.times.append(time.monotonic() - sent)
            self.revocations += 1
            for gate in self.gates:
                if (status := self.ask(gate, tokens["AccessToken"])) != 401:
                    self.wrong_allows.append((self.seconds(), gate.port, status))

    def disturb(self):
        number = self.random.randrange(len(self.servers))
        server, what = self.servers[number], self.random.choice(["killed", "stopped", "stopped", "ended in order"])
        if what == "stopped":
            pause = self.random.choice(PAUSES)
            server.signal(signal.SIGSTOP)
            time.sleep(pause)
            server.signal(signal.SIGCONT)
            what += f" for {pause} s"
        else:
            server.kill() if what == "killed" else server.close()
            time.sleep(self.random.uniform(0.2, 7))
            self.serve(number)
        print(f"{self.seconds()} s: server {number} was {what}; {self.revocations} revocations, {self.decisions} decisions", flush=True)

    def run(self):
        live = self.sign_in(self.client(0), f"user{REVOKERS}")["AccessToken"]
        threads = [threading.Thread(target=self.must_allow, args=(gate, live)) for gate in self.gates]
        threads += [threading.Thread(target=self.must_deny, args=(number,)) for number in range(REVOKERS)]
        for thread in threads:
            thread.start()
        while self.seconds() < self.options.seconds:
            time.sleep(self.random.uniform(2, 6))
            self.disturb()
        self.over.set()
        for thread in threads:
            thread.join()
        for server in self.servers:
            server.kill()

    def judge(self):
        times = sorted(self.times)
        print(f"{self.decisions} decisions, {self.revocations} revocations, {self.failed} calls that failed with their server; "
              f"{len(self.wrong_allows)} wrong allows, {len(self.wrong_denials)} wrong denials; "
              f"revoked in: median {times[len(times) // 2] * 1000:.0f} ms, longest {times[-1]:.2f} s")
        for name, seen in (("wrong allow", self.wrong_allows), ("wrong denial", self.wrong_denials)):
            for at in seen[:10]:
                print(f"  {name}: {at}")
        return not self.wrong_allows and not self.wrong_denials and times[-1] < STATED_SECONDS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--agents", type=int, default=4)
    parser.add_argument("--binaries", type=pathlib.Path, default=processes.BIN)
    with contextlib.closing(processes.Started()) as started:
        campaign = Campaign(parser.parse_args(), started)
        campaign.run()
        return 0 if campaign.judge() else 1


if __name__ == "__main__":
    sys.exit(main())
