"""A server's wall clock runs ahead and is corrected, or is set back: what was revoked stays refused, and lock-outs, codes and sign-ups are kept.

On a version that prunes by the wall clock, whose interval is five minutes, AHEAD_SECONDS=320 shows what goes wrong.
"""

import os
import time

import pytest

from botocore.exceptions import ClientError

from sallyport_processes import PASSWORD, WEAK_HASHES, Clock, Pool, wait_until

AHEAD_SECONDS = float(os.environ.get("AHEAD_SECONDS", 5))
DAY = 86400


class Line:
    """A server whose clock the test sets, and as many agents with a gate as the test asks for."""

    def __init__(self, start):
        self._start = start
        self.clock = Clock(start.directory())
        self.server = start.server(*WEAK_HASHES, environment=self.clock.environment)
        self.pool = Pool(self.server.client())
        self.witness = self.sign_in("witness")

    def gate(self):
        """A new host: an agent without a Replica takes a snapshot. Its gate serves when this returns."""
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
        # The next grant corrects a gate's time.
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


CODE = "424242"


class Strangers:
    """A server of the same kind, and what callers leave there who are not signed in."""

    def __init__(self, start):
        self.clock = Clock(start.directory())
        self.server = start.server(*WEAK_HASHES, "--fixed-code", CODE, environment=self.clock.environment)
        self.api = self.server.client()
        self.pool = self.api.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        self.client = self.api.create_user_pool_client(UserPoolId=self.pool, ClientName="c")["UserPoolClient"]["ClientId"]
        for name in ("locked", "recovers"):
            self.api.admin_create_user(UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS", UserAttributes=[
                {"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}])
            self.api.admin_set_user_password(UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)
            self.api.forgot_password(ClientId=self.client, Username=name)
        self.api.sign_up(ClientId=self.client, Username="newcomer", Password=PASSWORD,
                         UserAttributes=[{"Name": "email", "Value": "newcomer@example.com"}])

    def guess(self, name, code):
        try:
            self.api.confirm_forgot_password(ClientId=self.client, Username=name, ConfirmationCode=code, Password=PASSWORD + "z")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return ""

    def outbox(self):
        return self.server.request("GET", "/_sallyport/outbox", None, {"Accept": "application/json"})[2].decode()


@pytest.mark.parametrize("wrong", [40 * DAY, -2 * DAY], ids=["ahead", "behind"])
def test_a_clock_that_is_wrong_for_a_while_loses_no_lock_out_no_code_and_no_sign_up(start, wrong):
    site = Strangers(start)
    assert {site.guess("locked", "000000") for _ in range(5)} == {"CodeMismatchException"}
    wait_until(lambda: all(name in site.outbox() for name in ("locked", "recovers", "newcomer")), what="the outbox has the messages")
    site.clock.set(wall=wrong)
    time.sleep(AHEAD_SECONDS)
    assert site.guess("locked", CODE) == "LimitExceededException"
    site.clock.set()
    assert site.guess("locked", CODE) == "LimitExceededException"
    assert "recovers" in site.outbox() and "newcomer" in site.outbox()
    assert site.guess("recovers", CODE) == ""
    site.api.confirm_sign_up(ClientId=site.client, Username="newcomer", ConfirmationCode=CODE)


@pytest.mark.parametrize("wrong", [40 * DAY, -2 * DAY], ids=["ahead", "behind"])
def test_a_lock_out_of_a_wrong_clock_lasts_no_longer_and_no_shorter(start, wrong):
    site = Strangers(start)
    site.clock.set(wall=wrong)
    site.api.forgot_password(ClientId=site.client, Username="locked")
    assert {site.guess("locked", "000000") for _ in range(5)} == {"CodeMismatchException"}
    site.clock.set()
    assert site.guess("locked", CODE) == "LimitExceededException"
    site.clock.set(wall=16 * 60, monotonic=16 * 60)  # a quarter of an hour passes
    site.api.forgot_password(ClientId=site.client, Username="locked")
    assert site.guess("locked", CODE) == ""
