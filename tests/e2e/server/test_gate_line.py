"""The whole deployment: an AWS client signs in, nginx guards an API, and a revoked token is refused on the next request."""

import pytest

from sallyport_processes import WEAK_HASHES, Pool, wait_until


@pytest.fixture
def line(start):
    server = start.server(*WEAK_HASHES)
    pool = Pool(server.client())
    agent = start.agent(server)
    gate = start.gate(agent.replica, f"{server.url}/{pool.id}")
    tokens = pool.sign_in(pool.make_user("first"))
    # Each worker finds the Replica by itself: several in a row reach them all.
    wait_until(lambda: all(gate.get("/access", tokens["AccessToken"])[0] == 200 for _ in range(20)), what="the gate serves")
    return pool, gate


REVOKING = {
    "RevokeToken": lambda pool, name, tokens: pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=pool.client_id),
    "GlobalSignOut": lambda pool, name, tokens: pool.api.global_sign_out(AccessToken=tokens["AccessToken"]),
    "AdminUserGlobalSignOut": lambda pool, name, tokens: pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username=name),
    "AdminDisableUser": lambda pool, name, tokens: pool.api.admin_disable_user(UserPoolId=pool.id, Username=name),
    "AdminDeleteUser": lambda pool, name, tokens: pool.api.admin_delete_user(UserPoolId=pool.id, Username=name),
    "DeleteUser": lambda pool, name, tokens: pool.api.delete_user(AccessToken=tokens["AccessToken"]),
    "AdminSetUserPassword": lambda pool, name, tokens: pool.api.admin_set_user_password(
        UserPoolId=pool.id, Username=name, Password="An0ther-password", Permanent=True),
    "DeleteUserPoolClient": lambda pool, name, tokens: pool.api.delete_user_pool_client(
        UserPoolId=pool.id, ClientId=pool.client_id),
}


def test_refused_on_the_next_request(line):
    pool, gate = line
    for cause, revoke in REVOKING.items():
        name = f"user-{cause}"
        tokens = pool.sign_in(pool.make_user(name))
        other = pool.sign_in(pool.make_user(f"other-{cause}"))
        assert gate.get("/id", tokens["IdToken"])[0] == 200, cause
        assert gate.get("/access", tokens["AccessToken"])[0] == 200, cause
        revoke(pool, name, tokens)
        assert gate.get("/id", tokens["IdToken"]) == (401, '{"message":"Unauthorized"}'), cause
        assert gate.get("/access", tokens["AccessToken"])[0] == 401, cause
        if cause != "DeleteUserPoolClient":
            assert gate.get("/access", other["AccessToken"])[0] == 200, f"{cause} revoked somebody else"


def test_one_kind_of_token_is_no_other(line):
    pool, gate = line
    tokens = pool.sign_in(pool.make_user("kinds"))
    status, sub = gate.get("/id", tokens["IdToken"])
    assert status == 200 and len(sub) == 36
    assert gate.get("/id", tokens["AccessToken"])[0] == 401
    assert gate.get("/access", tokens["IdToken"])[0] == 401
    assert gate.get("/access", tokens["RefreshToken"])[0] == 401
