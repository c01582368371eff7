"""The lock-out with real processes: over kill -9 and an orderly restart, by password and by SRP, and the commands that show and end it."""

import concurrent.futures
import json
import time

import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool
from test_cli import FAST_HASHES, Shell

EXCEEDED = "Password attempts exceeded"
INCORRECT = "Incorrect username or password."


class Site:
    def __init__(self, server):
        self.server = server
        self.api = server.client()
        self.pool = Pool(self.api, PreventUserExistenceErrors="ENABLED")
        self.api.update_user_pool_client(
            UserPoolId=self.pool.id, ClientId=self.pool.client_id, PreventUserExistenceErrors="ENABLED",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH",
                               "ALLOW_REFRESH_TOKEN_AUTH"])

    def by_password(self, name, password):
        return why(lambda: self.pool.sign_in(name, password))

    def by_admin(self, name, password):
        return why(lambda: self.api.admin_initiate_auth(
            UserPoolId=self.pool.id, ClientId=self.pool.client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password}))

    def by_srp(self, name, password):
        return why(lambda: AWSSRP(username=name, password=password, pool_id=self.pool.id, client_id=self.pool.client_id,
                                  client=self.api).authenticate_user())

    def be_wrong(self, name, times):
        """Tries this many wrong passwords, each after its wait. The user is locked out when this returns; returns the time of the last one."""
        for n in range(1, times + 1):
            while (answer := self.by_password(name, "Wr0ngword!")) == EXCEEDED:
                time.sleep(0.1)
            assert answer == INCORRECT, n
        return time.monotonic()


def why(call):
    """None if the sign-in succeeded."""
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NotAuthorizedException"
        return error.response["Error"]["Message"]
    return None


@pytest.fixture
def site(start):
    return Site(start.server(*WEAK_HASHES))


@pytest.mark.parametrize("how", ["kill -9", "in order"])
def test_a_lock_out_outlives_the_server(start, site, how):
    site.pool.make_user("ada")
    last = {name: site.be_wrong(name, 8) for name in ("ada", "nobody")}
    server = site.server
    server.process.kill() if how == "kill -9" else server.process.terminate()
    server.process.wait(15)
    start.server(*WEAK_HASHES, data=server.data, port=server.port)
    for name, since in last.items():
        if time.monotonic() < since + 7:
            assert site.by_password(name, PASSWORD) == EXCEEDED, name
    deadline = time.monotonic() + 90  # after kill -9 what was seen to pass since the last note counts again
    while (answer := site.by_password("ada", PASSWORD)) == EXCEEDED:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert answer is None and time.monotonic() >= last["ada"] + 7


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_every_way_in_is_locked_out(site, name):
    site.pool.make_user("ada")
    for guess in (site.by_password, site.by_admin, site.by_srp, site.by_srp, site.by_srp):
        assert guess(name, "Wr0ngword!") == INCORRECT
    for way in (site.by_password, site.by_admin, site.by_srp):
        assert way(name, PASSWORD) == EXCEEDED
    time.sleep(1.1)
    assert site.by_srp(name, PASSWORD) == (None if name == "ada" else INCORRECT)


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_of_sixty_guesses_at_once_five_are_looked_at(site, name):
    site.pool.make_user("ada")
    with concurrent.futures.ThreadPoolExecutor(60) as threads:
        began = time.monotonic()
        answers = list(threads.map(lambda n: site.by_password(name, f"Wr0ngword!{n}"), range(60)))
    assert set(answers) == {INCORRECT, EXCEEDED}
    # One more for each wait that has passed meanwhile.
    assert 5 <= answers.count(INCORRECT) <= 5 + int(time.monotonic() - began)


def test_many_right_sign_ins_at_once_are_let_in(site):
    site.pool.make_user("ada")
    with concurrent.futures.ThreadPoolExecutor(30) as threads:
        answers = list(threads.map(lambda n: (site.by_srp if n % 3 == 0 else site.by_password)("ada", PASSWORD), range(60)))
    assert answers == [None] * 60


def test_an_administrator_sees_a_lock_out_and_ends_it(start, tmp_path):
    server = start.server(*FAST_HASHES)
    site = Site(server)
    site.pool.make_user("ada")
    shell = Shell(tmp_path, server, SALLYPORT_POOL_ID=site.pool.id)
    assert shell.run("user", "lock-out", "ada").stdout == "ada is not locked out: 0 wrong passwords\n"
    site.be_wrong("ada", 9)
    shown = shell.json("user", "lock-out", "ada")
    assert shown["LockedOut"] and shown["WrongPasswords"] == 9 and 10 < shown["SecondsLeft"] <= 16
    assert "after 9 wrong passwords" in shell.run("user", "lock-out", "ada").stdout
    assert site.by_password("ada", PASSWORD) == EXCEEDED
    assert shell.run("user", "unlock", "ada").stdout == "ada may sign in again\n"
    assert site.by_password("ada", PASSWORD) is None
    assert shell.json("user", "lock-out", "ada") == {"Username": "ada", "WrongPasswords": 0, "LockedOut": False, "SecondsLeft": 0}
    assert "UserNotFoundException" in shell.run("user", "unlock", "bob", code=1).stderr
    assert "ResourceNotFoundException" in shell.run("user", "unlock", "ada", "--pool", "us-east-1_Nosuchone", code=1).stderr


def test_the_endpoint_is_for_administrators(start):
    server = start.server(*FAST_HASHES)
    asked = json.dumps({"UserPoolId": "us-east-1_Abcdef123", "Username": "ada", "Action": "LIFT"})
    assert server.request("POST", "/_sallyport/lock-outs", asked, {"Content-Type": "application/json"})[0] == 403
    assert server.request("GET", "/_sallyport/lock-outs")[0] == 405


def test_change_password_has_five_attempts_an_hour(start, site):
    site.pool.make_user("ada")
    token = site.pool.sign_in("ada")["AccessToken"]

    def change(previous, proposed):
        try:
            site.api.change_password(AccessToken=token, PreviousPassword=previous, ProposedPassword=proposed)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return None

    assert [change("Wr0ngword!", "Other0ne!x") for _ in range(3)] == [("NotAuthorizedException", INCORRECT)] * 3
    assert change(PASSWORD, "Other0ne!x") is None and change("Other0ne!x", PASSWORD) is None
    limited = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    assert change(PASSWORD, "Other0ne!x") == limited
    site.server.kill()
    start.server(*WEAK_HASHES, data=site.server.data, port=site.server.port)
    assert change(PASSWORD, "Other0ne!x") == limited
    assert site.by_password("ada", PASSWORD) is None
