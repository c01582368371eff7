"""A server's wall clock runs ahead and is put right, or is set back: what was revoked stays refused.

On a version that prunes by the wall clock, whose interval is five minutes, AHEAD_SECONDS=320 shows what goes wrong.
"""

import os
import time

import pytest

from sallyport_processes import WEAK_HASHES, Clock, Pool, wait_until

AHEAD_SECONDS = float(os.environ.get("AHEAD_SECONDS", 5))
DAY = 86400


class Line:
    """A server whose clock we own, and as many agents with a gate as are asked for."""

    def __init__(self, start):
        self._start = start
        self.clock = Clock(start.directory())
        self.server = start.server(*WEAK_HASHES, environment=self.clock.environment)
        self.pool = Pool(self.server.client())
        self.witness = self.sign_in("witness")

    def gate(self):
        """Of a new host: an agent without a Replica takes a snapshot. Serves when this returns."""
        agent = self._start.agent(self.server)
        gate = self._start.gate(agent.replica, f"{self.server.url}/{self.pool.id}")
        fresh = self.sign_in(f"fresh-{time.monotonic_ns()}")
        wait_until(lambda: all(gate.get("/access", fresh)[0] == 200 for _ in range(20)), what="the gate serves")
        return gate

    def sign_in(self, name):
        return self.pool.sign_in(self.pool.make_user(name))["AccessToken"]

    def sign_out(self, name):
        self.pool.api.admin_user_global_sign_out(UserPoolId=self.pool.id, Username=name)


@pytest.fixture
def line(start):
    return Line(start)


def test_a_clock_two_days_ahead_for_a_while_forgets_no_revocation(line):
    gate = line.gate()
    before, unrevoked = line.sign_in("before"), line.sign_in("unrevoked")
    line.sign_out("before")
    assert gate.get("/access", before)[0] == 401
    line.clock.set(wall=2 * DAY)
    meanwhile = line.sign_in("meanwhile")
    line.sign_out("meanwhile")
    late = line.sign_in("late")
    time.sleep(AHEAD_SECONDS)  # it looks for what may be forgotten
    line.clock.set()
    line.sign_out("late")
    for each in (gate, line.gate()):
        # The next grant puts a gate's time right.
        wait_until(lambda: each.get("/access", unrevoked)[0] == 200, what="the gate serves")
        for name, token in (("before", before), ("meanwhile", meanwhile), ("late", late)):
            assert each.get("/access", token)[0] == 401, name


def test_a_sign_out_after_it_finds_the_sessions_of_before(line):
    gate = line.gate()
    token = line.sign_in("long")
    line.clock.set(wall=40 * DAY)  # the refresh token has expired, and its family with it
    time.sleep(AHEAD_SECONDS)
    line.clock.set()
    wait_until(lambda: gate.get("/access", token)[0] == 200, what="the gate serves")
    line.sign_out("long")
    assert gate.get("/access", token)[0] == 401
    assert line.gate().get("/access", token)[0] == 401


def test_a_clock_set_back_after_honest_forgetting_brings_no_token_back(line):
    token = line.sign_in("before")
    line.sign_out("before")
    line.sign_out("witness")  # the log's head is kept in any case
    line.clock.set(wall=2 * DAY, monotonic=2 * DAY)  # two days pass
    time.sleep(AHEAD_SECONDS)
    line.clock.set(wall=0, monotonic=2 * DAY)
    assert line.gate().get("/access", token)[0] == 401
