"""A pool's signing keys are rotated: under load, with an agent that is stopped and one that is absent, across kills of the server.

A gate denies no fresh token while keys change, and no token of a key that was in other hands once the command has returned.
"""

import base64
import contextlib
import http.client
import json
import signal
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sallyport_processes import WEAK_HASHES, Clock, Gate, Pool, run, wait_until

DAY = 86400
HOUR = 3600
# What a gate says when it has not heard from the server. Then it denies everything, whatever the key is.
SILENT = {"no_lease", "replica_unusable"}


class ReasonGate(Gate):
    """A gate that says in a header why it denies."""

    CONFIGURATION = Gate.CONFIGURATION.replace("sallyport on;", "sallyport on; add_header X-Reason $sallyport_reason always;")

    def ask(self, token):
        """"" if the token is allowed, otherwise the reason."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/access", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status in (200, 401), answer.status
            return "" if answer.status == 200 else answer.headers["X-Reason"]


def kid_of(token):
    header = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


def await_lease(agent):
    wait_until(lambda: (agent.status() or {}).get("holds_lease"), 20, "the agent holds a lease")


class Site:
    """A server, a pool with a user, and agents with a gate each."""

    def __init__(self, start, *arguments, environment=None):
        self._start, self._arguments, self._environment = start, arguments, environment
        self.server = start.server(*WEAK_HASHES, *arguments, data=start.directory(), environment=environment)
        self.pool = Pool(self.server.client())
        self.pool.make_user("ada")

    def gate(self, enrolment=None):
        agent = self._start.agent(self.server, enrolment=enrolment)
        gate = self._start.keep(ReasonGate(self._start.directory(), agent.replica, f"{self.server.url}/{self.pool.id}"))
        await_lease(agent)
        return agent, gate

    def keys(self, *arguments):
        """The command uses the server's clock, because its signature contains the time."""
        return run("keys", *arguments, "--data", self.server.data, "--endpoint", self.server.url, **(self._environment or {}))

    def rotate(self, *arguments):
        done = self.keys("rotate", self.pool.id, *arguments)
        assert done.returncode == 0, done.stderr

    def listed(self):
        """{state: kid}"""
        done = self.keys("list", self.pool.id, "--json")
        assert done.returncode == 0, done.stderr
        return {row["State"]: row["Kid"] for row in json.loads(done.stdout)["Keys"]}

    def served(self):
        """The kids of the JWK set, and what its answer says about caches."""
        status, headers, body = self.server.request("GET", f"/{self.pool.id}/.well-known/jwks.json")
        assert status == 200
        return {key["kid"] for key in json.loads(body)["keys"]}, headers["Cache-Control"]

    def kill_and_start(self):
        old = self.server
        old.kill()
        self.server = self._start.server(*WEAK_HASHES, *self._arguments, data=old.data, port=old.port, feed_port=old.feed_port,
                                         environment=self._environment)

    def sign_in(self):
        return self.pool.sign_in("ada")["AccessToken"]


class Load:
    """Signs in again and again, and at once asks the gates with the new token and with an older one."""

    def __init__(self, site, gates):
        self.site, self.gates = site, gates
        self.kept = site.sign_in()
        self.asked = []  # (when it was asked, gate, kid, reason)
        self.failures = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._done.is_set():
            tokens = [self.kept]
            try:
                tokens.append(self.site.sign_in())
            except ClientError as error:
                self.failures.append(error.response["Error"])
            except BotoCoreError:
                time.sleep(0.05)  # the server is away
            for number, gate in enumerate(self.gates):
                for token in tokens:
                    at = time.monotonic()
                    self.asked.append((at, number, kid_of(token), gate.ask(token)))

    def allowed(self, kid, gate=0, since=0.0):
        return [row for row in self.asked if row[1:] == (gate, kid, "") and row[0] >= since]

    def reasons(self, gate=0, since=0.0):
        return {reason for at, number, _, reason in list(self.asked) if number == gate and at >= since}

    def end(self):
        self._done.set()
        for thread in self._threads:
            thread.join()


def test_nobody_is_signed_out_by_a_rotation_with_an_agent_stopped_one_absent_and_the_server_killed_midway(start):
    site = Site(start, "--jwks-seconds", "4")
    agent, gate = site.gate()
    stopped, stopped_gate = site.gate()
    absent = site.server.enrol("absent", start.directory() / "absent")
    (old,) = site.served()[0]
    load = Load(site, [gate, stopped_gate])
    stopped.signal(signal.SIGSTOP)
    site.rotate()
    new = site.listed()["NEXT"]
    assert site.listed()["SIGNING"] == old and site.served() == ({old, new}, "public, max-age=4")
    twice = site.keys("rotate", site.pool.id)
    assert twice.returncode == 1 and "are being rotated" in twice.stderr
    time.sleep(1)
    site.kill_and_start()
    assert site.listed() == {"SIGNING": old, "NEXT": new}
    wait_until(lambda: site.listed() == {"SIGNING": new, "RETIRING": old}, 30, "the new key signs")
    site.kill_and_start()
    assert site.listed() == {"SIGNING": new, "RETIRING": old}
    await_lease(agent)
    since = time.monotonic()
    wait_until(lambda: load.allowed(new, since=since) and load.allowed(old, since=since), what="tokens of both keys are let in")
    # The gate whose agent was away denies everything, and then knows the key before it allows a request.
    assert set(load.reasons(1, since)) and "" not in load.reasons(1, since)
    stopped.signal(signal.SIGCONT)
    await_lease(stopped)
    since = time.monotonic()
    late, late_gate = site.gate(absent)
    wait_until(lambda: late_gate.ask(load.kept) == "", what="nginx has looked at the new agent's Replica")
    assert late_gate.ask(site.sign_in()) == "" and late_gate.ask(load.kept) == ""
    wait_until(lambda: len(load.allowed(new, 1, since)) > 5 and load.allowed(old, 1, since), what="the one that was away lets in")
    load.end()
    assert not load.failures
    assert load.reasons() <= {""} | SILENT, "the gate knows every key that signs"
    assert load.reasons(1, since) <= {""} | SILENT
    assert site.served()[0] == {old, new}


def test_after_a_compromise_no_gate_takes_the_old_key_once_the_command_has_returned(start):
    site = Site(start)
    agent, gate = site.gate()
    stopped, stopped_gate = site.gate()
    (old,) = site.served()[0]
    tokens = site.pool.sign_in("ada")
    site.rotate()
    waiting = site.listed()["NEXT"]
    load = Load(site, [gate, stopped_gate])
    wait_until(lambda: load.allowed(old) and load.allowed(old, 1), what="the old key is taken")
    refused = site.keys("rotate", site.pool.id, "--compromised")
    assert refused.returncode != 0 and "add --yes" in refused.stderr
    stopped.signal(signal.SIGSTOP)
    site.rotate("--compromised", "--yes")
    returned = time.monotonic()
    (new,) = site.listed().values()
    assert new not in (old, waiting) and site.served()[0] == {new}
    wait_until(lambda: len(load.allowed(new, since=returned)) > 20, what="tokens of the new key are let in")
    stopped.signal(signal.SIGCONT)
    await_lease(stopped)
    since = time.monotonic()
    wait_until(lambda: len(load.allowed(new, 1, since)) > 5, what="also by the one that was away")
    # Nobody has to sign in again: refresh tokens are not signed by that key.
    refreshed = site.pool.api.initiate_auth(ClientId=site.pool.client_id, AuthFlow="REFRESH_TOKEN_AUTH",
                                            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]})["AuthenticationResult"]
    assert kid_of(refreshed["AccessToken"]) == kid_of(refreshed["IdToken"]) == new
    assert gate.ask(refreshed["AccessToken"]) == ""
    with pytest.raises(ClientError, match="Invalid Access Token"):
        site.pool.api.get_user(AccessToken=tokens["AccessToken"])
    load.end()
    assert not load.failures
    for number in (0, 1):
        assert not load.allowed(old, number, returned), "a token of the old key was let in"
    assert load.reasons(0, returned) <= {"", "unknown_key"} | SILENT
    site.kill_and_start()
    await_lease(agent)
    assert gate.ask(tokens["AccessToken"]) and gate.ask(refreshed["AccessToken"]) == ""


def test_a_schedule_rotates_and_the_old_key_goes_with_its_last_token_whatever_is_killed_between(start):
    """Both clocks of the server are moved by days, as if time had passed."""
    clock = Clock(start.directory())
    site = Site(start, "--rotate-keys-every", "30", environment=clock.environment)
    agent, gate = site.gate()
    old = site.listed()["SIGNING"]

    def pass_time(seconds):
        pass_time.total += seconds
        clock.set(wall=pass_time.total, monotonic=pass_time.total)
    pass_time.total = 0

    pass_time(29 * DAY)
    time.sleep(3)
    assert site.listed() == {"SIGNING": old}
    pass_time(DAY + HOUR)
    new = wait_until(lambda: site.listed().get("NEXT"), what="the next key is published")
    time.sleep(3)  # a kill loses what passed since the server last wrote its time down
    site.kill_and_start()
    pass_time(23 * HOUR)
    time.sleep(3)
    assert site.listed() == {"SIGNING": old, "NEXT": new}
    pass_time(2 * HOUR)
    wait_until(lambda: site.listed() == {"SIGNING": new, "RETIRING": old}, 30, "the new key signs")
    time.sleep(3)
    site.kill_and_start()
    assert kid_of(site.sign_in()) == new
    pass_time(HOUR)
    time.sleep(3)
    assert site.served()[0] == {old, new}, "gates may forgive some minutes"
    pass_time(HOUR)
    wait_until(lambda: site.listed() == {"SIGNING": new}, 30, "the old key is withdrawn")
    assert site.served()[0] == {new}
    await_lease(agent)
    assert gate.ask(site.sign_in()) == ""
    shown = site.keys("list", "--pool", site.pool.id).stdout
    assert new in shown and "SIGNING" in shown and "signs since" in shown
    metrics = site.server.request("GET", "/metrics")[2].decode()
    assert 'sallyport_key_rotation_steps_total{step="withdrawn"} 1' in metrics
    assert 'sallyport_rotating_keys{stage="next"} 0' in metrics and "sallyport_key_rotation_failures_total 0" in metrics


def test_without_a_schedule_no_key_is_rotated(start):
    clock = Clock(start.directory())
    site = Site(start, environment=clock.environment)
    clock.set(wall=4000 * DAY, monotonic=4000 * DAY)
    time.sleep(3)
    assert list(site.listed()) == ["SIGNING"]


def test_what_cannot_be_done_is_said(start):
    site = Site(start)
    for action in ("list", "rotate"):
        done = site.keys(action, "us-east-1_Nowhere00")
        assert done.returncode == 1 and "User pool us-east-1_Nowhere00 does not exist." in done.stderr, done
    unsigned = start.server("--argon2-memory", "19456")
    status, _, _ = unsigned.request("POST", "/_sallyport/keys", json.dumps({"Action": "ROTATE", "UserPoolId": "x"}), {"Content-Type": "application/json"})
    assert status == 403
    for body in ({"Action": "DROP", "UserPoolId": site.pool.id}, {"Action": "ROTATE"}, {"UserPoolId": site.pool.id}):
        status, _, answer = site.server.request("POST", "/_sallyport/keys", json.dumps(body), {"Content-Type": "application/json"})
        assert status == 400 and json.loads(answer)["__type"] == "InvalidParameterException", answer
    assert list(site.listed()) == ["SIGNING"]
