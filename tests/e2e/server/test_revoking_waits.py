"""Whatever revokes, sent twice while the agent is stopped: the second call finds nothing left to do, and must not be answered while the
gate still allows what the first revoked. Each kind of revoking call, with success and with an error as its second answer."""

import concurrent.futures
import contextlib
import http.client
import json
import signal
import time
import urllib.parse

import botocore.exceptions
from sallyport_processes import PASSWORD, WEAK_HASHES, wait_until

CODE = "424242"
NEW = "N3w!" + PASSWORD
EVICTS = "a sign-in that evicts"
BETWEEN = 0.15  # seconds from the first call to the second, as the first waits
SETTINGS = (*WEAK_HASHES, "--fixed-code", CODE, "--quick-threads", "64")
# Long enough that all second calls come while the gate still allows.
TTL = "8s"
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


class Side:
    """A signed-in user of a pool and client. `revoke` is the call that is sent twice; it may be answered with an error."""

    def __init__(self, world, name, pool=None, client=None):
        self.world, self.name, self.api = world, name, world.api
        self.pool, self.client = pool or world.pool, client or world.client
        self.api.admin_create_user(UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS", UserAttributes=[
            {"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}])
        self.api.admin_set_user_password(UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)
        self.tokens = self.sign_in()

    def sign_in(self, password=PASSWORD):
        return self.api.initiate_auth(ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={
            "USERNAME": self.name, "PASSWORD": password})["AuthenticationResult"]

    @property
    def named(self):
        return {"UserPoolId": self.pool, "Username": self.name}

    @property
    def access(self):
        return self.tokens["AccessToken"]

    @property
    def session(self):
        return self.api.admin_list_user_sessions(**self.named)["Sessions"][0]["SessionId"]


class World:
    """A server with a pool and a client for all kinds of calls, and with others that will be deleted, one in each round."""

    def __init__(self, server, rounds=1):
        self.server = server
        self.api = self.server.client()
        self.pool = self.make_pool()
        self.api.set_user_pool_session_configuration(UserPoolId=self.pool, UserSessionTracking="ENABLED",
                                                     TokenSession={"MaxPerUser": 3})
        self.client = self.make_client(self.pool)
        self.rotating = self.make_client(self.pool, flows=["ALLOW_USER_PASSWORD_AUTH"],
                                         RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0})
        self.doomed = [self.make_pool() for _ in range(rounds)]
        self.issuers = [f"{server.url}/{pool}" for pool in (self.pool, *self.doomed)]

    def make_pool(self):
        return self.api.create_user_pool(PoolName="waits", AutoVerifiedAttributes=["email"], UserPoolTags={
            "sallyport:revoke-on-refresh-token-reuse": "true"})["UserPool"]["Id"]

    def make_client(self, pool, **more):
        return self.api.create_user_pool_client(UserPoolId=pool, ClientName="waits", ExplicitAuthFlows=more.pop("flows", FLOWS),
                                                **more)["UserPoolClient"]["ClientId"]

    def post(self, path, body, content_type):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", path, body, {"Content-Type": content_type})
            return connection.getresponse().read()

    def bulk(self, action, by, value):
        return self.post("/_sallyport/revoke", json.dumps({
            "UserPoolId": self.pool, "Action": action, "Filter": f'{by} = "{value}"'}), "application/json")


def kinds(world, round=0):
    """(the call, the user whose token it revokes) for each kind."""
    api = world.api
    made = {}

    def kind(name, make, **where):
        user = Side(world, f"{name.lower().replace(' ', '-').replace('/', '-')}-{round}", **where)
        made[name] = (make(user), user)

    kind("RevokeToken", lambda u: lambda: api.revoke_token(ClientId=u.client, Token=u.tokens["RefreshToken"]))
    kind("oauth2/revoke", lambda u: lambda: world.post("/oauth2/revoke", urllib.parse.urlencode(
        {"client_id": u.client, "token": u.tokens["RefreshToken"]}), "application/x-www-form-urlencoded"))
    kind("GlobalSignOut", lambda u: lambda: api.global_sign_out(AccessToken=u.access))
    kind("AdminUserGlobalSignOut", lambda u: lambda: api.admin_user_global_sign_out(**u.named))
    kind("AdminDisableUser", lambda u: lambda: api.admin_disable_user(**u.named))
    kind("AdminDeleteUser", lambda u: lambda: api.admin_delete_user(**u.named))
    kind("DeleteUser", lambda u: lambda: api.delete_user(AccessToken=u.access))
    kind("AdminSetUserPassword", lambda u: lambda: api.admin_set_user_password(**u.named, Password=NEW, Permanent=True))
    kind("AdminResetUserPassword", lambda u: lambda: api.admin_reset_user_password(**u.named))

    def change_password(u):
        other = u.sign_in()["AccessToken"]  # the caller's own family is spared
        return lambda: api.change_password(AccessToken=other, PreviousPassword=PASSWORD, ProposedPassword=NEW)
    kind("ChangePassword", change_password)

    def confirm_forgot_password(u):
        api.forgot_password(ClientId=u.client, Username=u.name)
        return lambda: api.confirm_forgot_password(ClientId=u.client, Username=u.name, ConfirmationCode=CODE, Password=NEW)
    kind("ConfirmForgotPassword", confirm_forgot_password)

    def admin_revoke_session(u):
        session = u.session
        return lambda: api.admin_revoke_user_session(**u.named, SessionId=session)
    kind("AdminRevokeUserSession", admin_revoke_session)

    def revoke_session(u):
        session, other = u.session, u.sign_in()["AccessToken"]
        return lambda: api.revoke_user_session(AccessToken=other, SessionId=session)
    kind("RevokeUserSession", revoke_session)

    def evict(u):
        u.sign_in(), u.sign_in()
        return lambda: u.sign_in()
    kind(EVICTS, evict)
    for action in ("SIGN_OUT", "DISABLE", "DELETE"):
        kind(f"bulk {action}", lambda u, action=action: lambda: world.bulk(action, "email", f"{u.name}@example.com"))

    def reuse(u):
        api.get_tokens_from_refresh_token(ClientId=u.client, RefreshToken=u.tokens["RefreshToken"])
        return lambda: api.get_tokens_from_refresh_token(ClientId=u.client, RefreshToken=u.tokens["RefreshToken"])
    kind("refresh token reuse", reuse, client=world.rotating)

    def reuse_by_oauth(u):
        api.get_tokens_from_refresh_token(ClientId=u.client, RefreshToken=u.tokens["RefreshToken"])
        return lambda: world.post("/oauth2/token", urllib.parse.urlencode({
            "grant_type": "refresh_token", "client_id": u.client, "refresh_token": u.tokens["RefreshToken"]}),
            "application/x-www-form-urlencoded")
    kind("refresh token reuse by oauth2/token", reuse_by_oauth, client=world.rotating)

    client = world.make_client(world.pool)
    kind("DeleteUserPoolClient", lambda u: lambda: api.delete_user_pool_client(UserPoolId=u.pool, ClientId=u.client), client=client)
    doomed = world.doomed[round]
    kind("DeleteUserPool", lambda u: lambda: api.delete_user_pool(UserPoolId=u.pool), pool=doomed, client=world.make_client(doomed))
    return made


def quietly(call):
    with contextlib.suppress(botocore.exceptions.ClientError):
        call()


def sent_twice(gate, call, user):
    """(allowed before the second call, its answer, seconds that it took, allowed after it)."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(quietly, call)
        time.sleep(BETWEEN)
        before = gate.get("/access", user.access)[0] == 200
        begin = time.monotonic()
        try:
            answer = str(call())[:100]
        except botocore.exceptions.ClientError as error:
            answer = str(error)
        after = gate.get("/access", user.access)[0] == 200
        took = time.monotonic() - begin
        first.result()
    return before, answer, took, after


def test_a_repeated_revoking_call_waits_as_its_first_does(start):
    world = World(start.server(*SETTINGS, "--feed-ttl", TTL))
    agent = start.agent(world.server)
    gate = start.gate(agent.replica, *world.issuers)
    made = kinds(world)
    for name, (_, user) in made.items():
        wait_until(lambda: gate.get("/access", user.access)[0] == 200, what=f"the gate serves {name}")
    agent.signal(signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(len(made)) as pool:
            outcomes = dict(zip(made, pool.map(lambda kind: sent_twice(gate, *kind), made.values())))
    finally:
        agent.signal(signal.SIGCONT)
    early = {name: outcome for name, outcome in outcomes.items() if outcome[3]}
    assert not early, f"answered while the gate still allowed: {early}"
    vacuous = {name: outcome for name, outcome in outcomes.items() if not outcome[0]}
    assert not vacuous, f"the gate had stopped allowing before the second call: {vacuous}"
    # 1.5 TTL and a margin of TTL/4 + 50 ms.
    late = {name: outcome for name, outcome in outcomes.items() if outcome[2] > 1.75 * 8 + 3}
    assert not late, f"beyond the bound: {late}"


def test_the_dry_run_of_a_bulk_cut_off_waits_for_nothing(start):
    world = World(start.server(*SETTINGS, "--feed-ttl", TTL))
    agent = start.agent(world.server)
    user = Side(world, "counted")
    wait_until(lambda: b'sallyport_agents_leased 1' in world.server.request("GET", "/metrics")[2], what="a lease")
    agent.signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        assert json.loads(world.bulk("COUNT", "username", user.name))["Users"] == 1
        assert time.monotonic() - begin < 3
    finally:
        agent.signal(signal.SIGCONT)
