"""The OAuth 2.0 endpoints over HTTP: how the pool is found, what the answers' headers say, and revocation."""

import base64
import json
import signal
import time
import urllib.parse

import pytest
from botocore.exceptions import ClientError

from sallyport_processes import WEAK_HASHES, Pool, wait_until

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Machine:
    """A pool with a domain, a resource server and a client for client_credentials."""

    def __init__(self, server, api, prefix):
        self.server, self.api, self.prefix = server, api, prefix
        self.pool = api.create_user_pool(PoolName="m2m")["UserPool"]["Id"]
        api.create_user_pool_domain(UserPoolId=self.pool, Domain=prefix)
        api.create_resource_server(UserPoolId=self.pool, Identifier="api", Name="API",
                                   Scopes=[{"ScopeName": "read", "ScopeDescription": "reads"}])
        client = api.create_user_pool_client(
            UserPoolId=self.pool, ClientName="machine", GenerateSecret=True, AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["api/read"])["UserPoolClient"]
        self.id, self.secret = client["ClientId"], client["ClientSecret"]

    def token(self, path="/oauth2/token", host=None):
        basic = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        headers = {**FORM, "Authorization": f"Basic {basic}", **({"Host": host} if host else {})}
        status, headers, body = self.server.request("POST", path, "grant_type=client_credentials", headers)
        return status, headers, json.loads(body)


@pytest.fixture(scope="module")
def machines(server):
    api = server.client()
    return Machine(server, api, "first"), Machine(server, api, "second")


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def post(server, path, **parameters):
    return server.request("POST", path, urllib.parse.urlencode(parameters), FORM)


def test_the_pool_is_found_by_path_by_domain_and_by_client(server, machines):
    first, second = machines
    port = f":{server.port}"
    for path, host in [(f"/{first.pool}/oauth2/token", None), ("/oauth2/token", None),
                       ("/oauth2/token", "first.auth.us-east-1.amazoncognito.com"),
                       ("/oauth2/token", "first.127.0.0.1" + port)]:
        status, headers, body = first.token(path, host)
        assert status == 200, (path, host, body)
        assert claims(body["access_token"])["iss"].endswith("/" + first.pool)
        assert headers["Cache-Control"] == "no-store" and headers["Pragma"] == "no-cache"
        assert headers["Access-Control-Allow-Origin"] == "*"
    for path, host in [(f"/{second.pool}/oauth2/token", None), ("/us-east-1_nobody/oauth2/token", None),
                       ("/oauth2/token", "second.auth.us-east-1.amazoncognito.com")]:
        status, _, body = first.token(path, host)
        assert (status, body) == (400, {"error": "invalid_client"})


def test_a_browser_may_ask_and_call(server):
    for path in ("/oauth2/token", "/us-east-1_x/oauth2/userInfo"):
        status, headers, _ = server.request("OPTIONS", path, headers={"Origin": "https://app.example"})
        assert status == 200 and headers["Access-Control-Allow-Origin"] == "*"
        assert {"authorization", "content-type"} <= set(headers["Access-Control-Allow-Headers"].split(","))
        assert "POST" in headers["Access-Control-Allow-Methods"]
    status, headers, _ = server.request("GET", "/oauth2/token")
    assert status == 405 and headers["Allow"] == "POST, OPTIONS"
    assert server.request("POST", "/a/b/oauth2/token", "", FORM)[0] in (404, 405)


def test_discovery_names_the_endpoints(server, machines):
    pool = machines[0].pool
    document = json.loads(server.request("GET", f"/{pool}/.well-known/openid-configuration")[2])
    base = document["jwks_uri"].removesuffix("/.well-known/jwks.json")
    assert document["token_endpoint"] == base + "/oauth2/token"
    assert document["revocation_endpoint"] == base + "/oauth2/revoke"
    assert document["userinfo_endpoint"] == base + "/oauth2/userInfo"
    assert document["authorization_endpoint"] == base + "/oauth2/authorize"


def test_refresh_then_revoke(server, pool):
    pool.make_user("olga")
    tokens = pool.sign_in("olga")
    status, _, body = post(server, "/oauth2/token", grant_type="refresh_token", client_id=pool.client_id,
                           refresh_token=tokens["RefreshToken"])
    fresh = json.loads(body)
    assert status == 200 and fresh["token_type"] == "Bearer"
    assert claims(fresh["access_token"])["origin_jti"] == claims(tokens["AccessToken"])["origin_jti"]
    assert pool.api.get_user(AccessToken=fresh["access_token"])["Username"] == "olga"
    status, headers, body = server.request("GET", "/oauth2/userInfo",
                                           headers={"Authorization": "Bearer " + fresh["access_token"]})
    assert status == 401 and 'error="invalid_token"' in headers["WWW-Authenticate"]

    status, _, body = post(server, f"/{pool.id}/oauth2/revoke", token=tokens["RefreshToken"], client_id=pool.client_id)
    assert (status, body) == (200, b"")
    for token in (tokens["AccessToken"], fresh["access_token"]):
        with pytest.raises(ClientError, match="Access Token has been revoked"):
            pool.api.get_user(AccessToken=token)
    status, _, body = post(server, "/oauth2/token", grant_type="refresh_token", client_id=pool.client_id,
                           refresh_token=tokens["RefreshToken"])
    assert status == 400 and json.loads(body)["error"] == "invalid_grant"


def test_a_revocation_waits_for_every_gate(start):
    server = start.server(*WEAK_HASHES)
    pool = Pool(server.client())
    tokens = pool.sign_in(pool.make_user("olga"))
    agent = start.agent(server)
    wait_until(lambda: b"sallyport_agents_leased 1" in server.request("GET", "/metrics")[2], what="the Agent has a lease")
    # It can apply nothing now, but its lease goes on.
    agent.signal(signal.SIGSTOP)
    began = time.monotonic()
    status, _, _ = post(server, "/oauth2/revoke", token=tokens["RefreshToken"], client_id=pool.client_id)
    waited = time.monotonic() - began
    agent.signal(signal.SIGCONT)
    assert status == 200 and waited > 0.5
