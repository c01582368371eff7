"""The recipe from the field: Pre Token Generation calls AdminUserGlobalSignOut for the user who signs in, in an unmodified Python
runtime with an unmodified SDK. SALLYPORT_SIGN_INS and SALLYPORT_ROUNDS give the full form: 200 and 10."""

import base64
import collections
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import sys
import threading
import time

import pytest

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, Process, Started, free_port, wait_until

SIGN_INS = int(os.environ.get("SALLYPORT_SIGN_INS", 60))
ROUNDS = int(os.environ.get("SALLYPORT_ROUNDS", 1))
RUNTIMES = 4
ARN = "arn:aws:lambda:us-east-1:000000000000:function:one-session"
HERE = pathlib.Path(__file__).parent


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Runtime(Process):
    """One aws-lambda-ric for the handler. It handles one event at a time, as in AWS."""

    def __init__(self, directory, server, address):
        environment = {"AWS_LAMBDA_RUNTIME_API": address, "AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": "us-east-1",
                       "AWS_ACCESS_KEY_ID": server.credentials()["aws_access_key_id"],
                       "AWS_SECRET_ACCESS_KEY": server.credentials()["aws_secret_access_key"], "CALLS": str(directory / "calls")}
        super().__init__(["env", "-C", HERE, *(f"{name}={value}" for name, value in environment.items()),
                          sys.executable, "-m", "awslambdaric", "one_session_handler.handler"], directory / "runtime.log")


class Line:
    """Server with the function, agent and gate."""

    def __init__(self, start):
        address = f"127.0.0.1:{free_port()}"
        self.server = start.server(*WEAK_HASHES, "--hook", f"one-session=runtime:{address}")
        self.pool = Pool(self.server.client())
        self.pool.api.update_user_pool(UserPoolId=self.pool.id, LambdaConfig={"PreTokenGeneration": ARN})
        self.directory = start.directory()
        self._calls = self.directory / "calls"
        self._calls.touch()
        for _ in range(RUNTIMES):
            start.keep(Runtime(self.directory, self.server, address))
        agent = start.agent(self.server)
        self.gate = start.gate(agent.replica, f"{self.server.url}/{self.pool.id}")

    def calls(self):
        return [json.loads(line) for line in self._calls.read_text().splitlines()]

    def call(self, operation, **members):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)) as connection:
            connection.request("POST", "/", json.dumps(members), {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or "{}")

    def sign_in(self, user):
        """(user, call of the hook, tokens, when it was answered)"""
        status, body = self.call("InitiateAuth", ClientId=self.pool.client_id, AuthFlow="USER_PASSWORD_AUTH",
                                 AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD})
        answered = time.monotonic()
        assert status == 200, body
        tokens = body["AuthenticationResult"]
        return user, claims_of(tokens["IdToken"])["call"], tokens, answered

    def sign_in_at_once(self, users):
        barrier = threading.Barrier(len(users))

        def one(user):
            barrier.wait()
            return self.sign_in(user)
        with concurrent.futures.ThreadPoolExecutor(len(users)) as threads:
            return list(threads.map(one, users))

    def lives(self, tokens):
        """Are the tokens alive? The API and the gate must agree."""
        status, body = self.call("GetUser", AccessToken=tokens["AccessToken"])
        if status != 200:
            assert (status, body["__type"], body["message"]) == (400, "NotAuthorizedException", "Access Token has been revoked")
        gate = [self.gate.get(path, tokens[name])[0] for path, name in (("/access", "AccessToken"), ("/id", "IdToken"))]
        assert gate == [200 if status == 200 else 401] * 2, (status, gate)
        return status == 200

    def check(self, sign_ins, calls):
        """Checks what must be true of sign-ins of one user when all have been answered; returns how many of them are alive."""
        assert len(calls) == len(sign_ins), "the function was not called once for each sign-in"
        calls = {call["call"]: call for call in calls}
        assert {call for _, call, _, _ in sign_ins} == set(calls)
        by_user = collections.defaultdict(list)
        for sign_in in sign_ins:
            by_user[sign_in[0]].append(sign_in)
        alive = 0
        for user, own in by_user.items():
            living = {call for _, call, tokens, _ in own if self.lives(tokens)}
            alive += len(living)
            assert living, "nobody is left, though a sign-in ends others only"
            for _, call, _, answered in own:
                others = [other for _, other, _, _ in own if other != call]
                # The family was made between its own function's sign-out and the answer.
                may_end = [other for other in others if calls[other]["ended"] > calls[call]["ended"]]
                must_end = [other for other in others if calls[other]["begun"] > answered]
                assert call in living or may_end, "a sign-in was ended by its own sign-out, or by one before it"
                assert call not in living or not must_end, "a sign-out ended not all that was there"
        return alive


@pytest.fixture(scope="module")
def line():
    """One deployment for all tests, because runtimes take long to start."""
    with contextlib.closing(Started()) as started:
        yield ready(Line(started))


def ready(line):
    user = line.pool.make_user("first")
    _, _, tokens, _ = line.sign_in(user)
    wait_until(lambda: all(line.gate.get("/access", tokens["AccessToken"])[0] == 200 for _ in range(20)), what="the gate serves")
    return line


def test_the_recipe_ends_the_older_sessions_and_not_the_new_one(line):
    line.pool.make_user("ada")
    _, _, new, _ = line.sign_in("ada")
    # Within one second, so that a comparison of seconds would take the new session for an older one.
    for _ in range(10):
        old = new
        _, _, new, _ = line.sign_in("ada")
        assert not line.lives(old)
        assert line.lives(new)
    before = len(line.calls())
    status, refreshed = line.call("InitiateAuth", ClientId=line.pool.client_id, AuthFlow="REFRESH_TOKEN_AUTH",
                                  AuthParameters={"REFRESH_TOKEN": new["RefreshToken"]})
    assert status == 200 and line.lives(refreshed["AuthenticationResult"]) and line.lives(new)
    assert len(line.calls()) == before, "the recipe signs out at a refresh"


def test_sign_ins_of_one_user_at_once(line):
    line.pool.make_user("grace")
    for number in range(ROUNDS):
        _, _, old, _ = line.sign_in("grace")
        before = len(line.calls())
        begun = time.monotonic()
        sign_ins = line.sign_in_at_once(["grace"] * SIGN_INS)
        seconds = time.monotonic() - begun
        alive = line.check(sign_ins, line.calls()[before:])
        assert not line.lives(old)
        print(f"round {number}: {len(sign_ins)} sign-ins in {seconds:.2f} s, {alive} alive")


def test_sign_ins_of_many_users_at_once(line):
    users = [line.pool.make_user(f"user{number}") for number in range(SIGN_INS)]
    old = {user: tokens for user, _, tokens, _ in line.sign_in_at_once(users)}
    for number in range(ROUNDS):
        before = len(line.calls())
        begun = time.monotonic()
        sign_ins = line.sign_in_at_once(users)
        seconds = time.monotonic() - begun
        assert line.check(sign_ins, line.calls()[before:]) == len(users)
        assert not any(line.lives(tokens) for tokens in old.values())
        old = {user: tokens for user, _, tokens, _ in sign_ins}
        print(f"round {number}: {len(sign_ins)} sign-ins in {seconds:.2f} s, all alive")
