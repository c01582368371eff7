"""What callers without credentials can make the server store: floods of each kind, without rate limits, and with kill -9 in the middle.

In ./test each flood takes some seconds under ceilings that are lowered by flags, until they are reached. SALLYPORT_FLOOD_SECONDS=600
is the whole proof, with the ceilings as they are by default: pytest -s shows what is left of each flood."""

import base64
import collections
import concurrent.futures
import http.client
import itertools
import json
import os
import secrets
import threading
import time
import urllib.parse
import urllib.request

import pytest

from sallyport_processes import PASSWORD, WEAK_HASHES, Server, free_port, wait_until

SECONDS = float(os.environ.get("SALLYPORT_FLOOD_SECONDS", 0))
KINDS = ("sign-ups", "codes", "unknown-names", "challenges", "used-sessions", "messages-waiting", "messages-held",
         "wrong-passwords", "unknown-wrong-passwords")
LOW_KIB = 48
LOW = [argument for kind in KINDS for argument in ("--ceiling", f"{kind}={LOW_KIB}")]
CODE = "424242"
THREADS = 8
MOST_LEFT = 50_000_000
ARN = "arn:aws:lambda:us-east-1:000000000000:function:asks"


def define(event):
    event["response"] = {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}


def create(event):
    event["response"] = {"publicChallengeParameters": {"hint": "x" * 400}, "privateChallengeParameters": {"answer": "y"}}


class Asking:
    """A runtime of the Lambda Runtime API, for a CUSTOM_AUTH that gives everybody a challenge."""

    def __init__(self, port):
        self._base = f"http://127.0.0.1:{port}/2018-06-01/runtime/invocation"
        for _ in range(THREADS):
            threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                with urllib.request.urlopen(f"{self._base}/next", timeout=60) as answer:
                    request_id, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)
                (create if event["triggerSource"].startswith("Create") else define)(event)
                urllib.request.urlopen(urllib.request.Request(
                    f"{self._base}/{request_id}/response", json.dumps(event).encode(), method="POST"), timeout=60).close()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)  # the server is being started again


class Caller:
    """A connection without credentials, which is opened again when the server has been started again."""

    def __init__(self, site):
        self._site = site
        self._connection = None

    def raw(self, method, path, body, headers):
        while True:
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=30)
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                self._connection = None
                if self._site.over:
                    return 0, b""
                time.sleep(0.02)

    def call(self, operation, **members):
        """What is wrong, or "": (error, body)."""
        status, body = self.raw("POST", "/", json.dumps({"ClientId": self._site.client_id, **members}),
                                {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
                                 "Content-Type": "application/x-amz-json-1.1"})
        answer = json.loads(body) if body.startswith(b"{") else {}
        return ("" if status == 200 else answer.get("__type", f"{status}"), answer)


class Site:
    """A server with users whom a ceiling could hurt, in each possible way."""

    def __init__(self, start, ceilings):
        hook = free_port()
        self.port = free_port()
        self.over = False
        self._flags = [*WEAK_HASHES, "--fixed-code", CODE, "--log-level", "warning", "--hook", f"asks=runtime:127.0.0.1:{hook}", *ceilings]
        self._start = start
        self.data = start.directory() / "data"
        self.data.mkdir(mode=0o700)
        self.serve()
        api = self.api
        self.pool = api.create_user_pool(PoolName="flood", AutoVerifiedAttributes=["email"], LambdaConfig={
            "DefineAuthChallenge": ARN, "CreateAuthChallenge": ARN, "VerifyAuthChallengeResponse": ARN})["UserPool"]["Id"]
        self.client_id = api.create_user_pool_client(
            UserPoolId=self.pool, ClientName="anybody", PreventUserExistenceErrors="ENABLED",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
        self.secret_id = api.create_user_pool_client(UserPoolId=self.pool, ClientName="machine", GenerateSecret=True)["UserPoolClient"]["ClientId"]
        Asking(hook)
        self.known = [self.make_user(f"known{i}") for i in range(20 if SECONDS == 0 else 1000)]
        self.protect()

    def serve(self):
        self.server = self._start.keep(Server(*self._flags, data=self.data, port=self.port))
        self.api = self.server.client()

    def make_user(self, name):
        self.api.admin_create_user(UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS", UserAttributes=[
            {"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}])
        self.api.admin_set_user_password(UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)
        return name

    def protect(self):
        caller = Caller(self)
        for name in ("recovers", "locked"):
            self.make_user(name)
            assert caller.call("ForgotPassword", Username=name)[0] == ""
        for _ in range(5):
            assert guess(caller, "locked", "000000") == "CodeMismatchException"
        assert caller.call("SignUp", Username="signs-up", Password=PASSWORD,
                           UserAttributes=[{"Name": "email", "Value": "s@example.com"}])[0] == ""
        self.used_block = begin_srp(caller, "known0")
        assert answer_srp(caller, self.used_block) == ("NotAuthorizedException", "Incorrect username or password.")

    def expect_protected(self):
        caller = Caller(self)
        for name in ("signs-up", "recovers"):
            shown = self.server.request("GET", f"/_sallyport/outbox?to={name}", None, {"Accept": "application/json"})[2]
            assert [message["code"] for message in json.loads(shown)["messages"]] == [CODE], "a code that serves cannot be read any more"
        assert answer_srp(caller, self.used_block)[1] != "Incorrect username or password.", "a block that was answered is answered again"
        assert guess(caller, "locked", CODE) == "LimitExceededException", "a lock-out was forgotten"
        assert guess(caller, "recovers", CODE) == "", "a recovery code was lost"
        assert caller.call("ConfirmSignUp", Username="signs-up", ConfirmationCode=CODE)[0] == "", "a sign-up's code was lost"

    def left(self):
        """The size of the data directory, without the log and without what is set aside for revocations."""
        return sum(path.stat().st_blocks * 512 for path in self.data.rglob("*")
                   if path.is_file() and path.name not in ("server.log", "reserve"))

    def metrics(self):
        lines = self.server.request("GET", "/metrics")[2].decode().splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith("sallyport_")}

    def use(self, kind):
        """What a kind takes, and its ceiling, in bytes."""
        metrics = self.metrics()
        return tuple(metrics[f'sallyport_leftover_{name}{{kind="{kind}"}}'] for name in ("bytes", "ceiling_bytes"))

    def flood(self, attack, kinds, refused):
        """Everybody at once; the errors, counted."""
        over = threading.Event()
        seen = set()

        def run(number):
            caller = Caller(self)
            outcomes = collections.Counter()
            for turn in itertools.count(number, THREADS):
                if over.is_set():
                    return outcomes
                outcome = attack(self, caller, turn) or "OK"
                outcomes[outcome] += 1
                seen.add(outcome)

        def reached():
            full = all(bytes_ > ceiling / 2 for bytes_, ceiling in map(self.use, kinds))
            return full and (not refused or "TooManyRequestsException" in seen)

        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            running = [pool.submit(run, number) for number in range(THREADS)]
            time.sleep(SECONDS / 2 or 1)
            self.server.kill()
            self.serve()
            time.sleep(SECONDS / 2 or 1)
            try:
                if SECONDS == 0:
                    wait_until(reached, 60, f"the ceilings of {kinds} are reached")
            finally:
                over.set()
            return sum((thread.result() for thread in running), collections.Counter())


def guess(caller, name, code):
    return caller.call("ConfirmForgotPassword", Username=name, ConfirmationCode=code, Password=PASSWORD)[0]


def begin_srp(caller, name):
    error, answer = caller.call("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": name, "SRP_A": "0" + secrets.token_hex(383)})
    return None if error else answer["ChallengeParameters"]


def answer_srp(caller, challenge):
    now = time.strftime("%a %b %-d %H:%M:%S UTC %Y", time.gmtime())
    error, answer = caller.call("RespondToAuthChallenge", ChallengeName="PASSWORD_VERIFIER", ChallengeResponses={
        "USERNAME": challenge["USERNAME"], "TIMESTAMP": now, "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(b"x" * 32).decode()})
    return error, answer.get("message")


def forgot_unknown(site, caller, turn):
    return caller.call("ForgotPassword", Username=secrets.token_hex(16))[0]


def resend_unknown(site, caller, turn):
    return caller.call("ResendConfirmationCode", Username=secrets.token_hex(16))[0]


def guess_unknown(site, caller, turn):
    name = secrets.token_hex(16)
    caller.call("ForgotPassword", Username=name)
    for _ in range(3):
        outcome = guess(caller, name, "000000")
    return outcome


def forgot_known(site, caller, turn):
    return caller.call("ForgotPassword", Username=site.known[turn % len(site.known)])[0]


def sign_up(site, caller, turn):
    name = secrets.token_hex(16)
    # As large as it may be, and as many attributes with an index.
    attributes = {"email": f"{name}@example.com", "name": "n" * 2000, "given_name": "g" * 2000, "family_name": "f" * 2000, "profile": "p" * 2000,
                  "address": "a" * 2000} if turn % 2 else {"email": f"{name}@example.com"}
    return caller.call("SignUp", Username=name, Password=PASSWORD,
                       UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()])[0]


def custom_auth(site, caller, turn):
    name = site.known[turn % len(site.known)] if turn % 2 else secrets.token_hex(16)
    return caller.call("InitiateAuth", AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": name})[0]


def srp(site, caller, turn):
    challenge = begin_srp(caller, site.known[turn % len(site.known)] if turn % 2 else secrets.token_hex(16))
    return answer_srp(caller, challenge)[0] if challenge else ""


def nothing_left(site, caller, turn):
    """Calls whose only credential is an invented one."""
    made_up = secrets.token_urlsafe(40)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    basic = {**form, "Authorization": "Basic " + base64.b64encode(f"{site.secret_id}:{made_up}".encode()).decode()}
    ways = (
        lambda: caller.raw("POST", f"/{site.pool}/oauth2/token", "grant_type=client_credentials", basic),
        lambda: caller.raw("POST", f"/{site.pool}/oauth2/revoke", urllib.parse.urlencode({"token": made_up, "client_id": site.client_id}), form),
        lambda: caller.raw("GET", f"/confirmUser?client_id={site.client_id}&user_name={made_up}&confirmation_code=1", None, {}),
        lambda: caller.raw("PUT", "/_sallyport/import/import-0123456789?expires=1&signature=00", b"x" * 1000, {}),
        lambda: caller.raw("GET", f"/{made_up}", None, {}),
        lambda: caller.call("RevokeToken", Token=made_up)[0],
        lambda: caller.call("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": made_up})[0],
        lambda: caller.call("GetUser", AccessToken=made_up)[0],
        lambda: caller.call("ConfirmSignUp", Username=made_up, ConfirmationCode="000000")[0],
        lambda: caller.call("RespondToAuthChallenge", ChallengeName="CUSTOM_CHALLENGE", Session=made_up,
                            ChallengeResponses={"USERNAME": made_up, "ANSWER": "x"})[0],
    )
    outcome = ways[turn % len(ways)]()
    return outcome if isinstance(outcome, str) else str(outcome[0])


def everything(site, caller, turn):
    return FLOODS[turn // THREADS % (len(FLOODS) - 1)][0](site, caller, turn)


# The flood; the kinds that it fills; whether it is refused at their ceiling (None: messages may come in faster than they are handled).
FLOODS = [
    (forgot_unknown, ["unknown-names"], False),
    (resend_unknown, ["unknown-names"], False),
    (guess_unknown, ["unknown-names"], False),
    (forgot_known, ["messages-held"], None),
    (sign_up, ["sign-ups"], True),
    (custom_auth, ["challenges"], True),
    (srp, ["unknown-wrong-passwords"], False),
    (nothing_left, [], False),
    (everything, ["unknown-names", "sign-ups", "challenges"], True),
]


@pytest.mark.parametrize("attack, kinds, refused", FLOODS, ids=[flood[0].__name__ for flood in FLOODS])
def test_a_flood_without_credentials_leaves_little_and_hurts_nobody(start, attack, kinds, refused):
    site = Site(start, LOW if SECONDS == 0 else [])
    before = site.left()
    outcomes = site.flood(attack, kinds, refused)
    for kind in KINDS:
        took, ceiling = site.use(kind)
        # One record may exceed the ceiling, by the size of the largest sign-up; and messages that wait are held in any case.
        beyond = site.use("messages-waiting")[1] if kind == "messages-held" else 0
        assert took < ceiling + beyond + 64 * 1024, kind
    if refused is False:
        assert "TooManyRequestsException" not in outcomes, outcomes
    assert not {"InternalErrorException", "500"} & outcomes.keys(), outcomes
    site.expect_protected()
    left = site.left()
    print(f"\n{attack.__name__}: {sum(outcomes.values())} calls in {SECONDS:.0f} s, {dict(outcomes)}: {left / 1e6:.1f} MB left"
          f" ({before / 1e6:.1f} MB before)")
    assert left < MOST_LEFT
    if SECONDS == 0:
        # The WAL, and as much again of a database whose pages are half empty.
        assert left - before < 24_000_000
    site.over = True
    assert site.server.close() == 0
