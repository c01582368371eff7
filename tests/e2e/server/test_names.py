"""Names beyond ASCII with real processes: one name in all its spellings, and the names of an older version's store that are the same by today's rules."""

import contextlib
import sqlite3

import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, wait_until

CAPITAL, SMALL, DECOMPOSED = "École", "école", "e\u0301cole"
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def make_pool(server):
    api = server.client()
    pool = Pool(api)
    pool.id = api.create_user_pool(PoolName="names", UsernameConfiguration={"CaseSensitive": False})["UserPool"]["Id"]
    pool.client_id = api.create_user_pool_client(UserPoolId=pool.id, ClientName="app", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    return pool


def by_srp(pool, name):
    return AWSSRP(username=name, password=PASSWORD, pool_id=pool.id, client_id=pool.client_id,
                  client=pool.api).authenticate_user()["AuthenticationResult"]


def username_of(pool, token):
    return pool.api.get_user(AccessToken=token["AccessToken"])["Username"]


def test_one_name_in_all_its_spellings(start):
    pool = make_pool(start.server(*WEAK_HASHES))
    pool.make_user(CAPITAL)
    for name in (CAPITAL, SMALL, DECOMPOSED, "ÉCOLE", "E\u0301COLE"):
        assert username_of(pool, pool.sign_in(name)) == CAPITAL
        assert username_of(pool, by_srp(pool, name)) == CAPITAL
        with pytest.raises(ClientError, match="UsernameExistsException"):
            pool.make_user(name)


def test_names_that_newly_collide_keep_working_and_are_listed(start):
    server = start.server(*WEAK_HASHES)
    pool = make_pool(server)
    pool.make_user("one")
    pool.make_user("two")
    with contextlib.suppress(ProcessLookupError):
        server.process.terminate()
    server.process.wait(15)
    # As written by a version that compared names byte by byte.
    with contextlib.closing(sqlite3.connect(server.data / "sallyport.db")) as database, database:
        for name, old in (("one", SMALL), ("two", CAPITAL)):
            key = f"username/{pool.id}/"
            (sub,) = database.execute("SELECT value FROM records WHERE key = ?", [(key + name).encode()]).fetchone()
            anchor = f"user/{pool.id}/".encode() + sub
            (text,) = database.execute("SELECT value FROM records WHERE key = ?", [anchor]).fetchone()
            database.execute("UPDATE records SET key = ? WHERE key = ?", [(key + old).encode(), (key + name).encode()])
            database.execute("UPDATE records SET value = ? WHERE key = ?", [text.replace(f'"{name}"'.encode(), f'"{old}"'.encode()), anchor])
            database.execute("DELETE FROM records WHERE key = ?", [f"password/{pool.id}/".encode() + sub])
        database.execute("DELETE FROM records WHERE key = ?", [b"meta/names-renewed"])
    server = start.server(*WEAK_HASHES, data=server.data, port=server.port)
    wait_until(lambda: f'"name":"{CAPITAL}"' in server.log.read_text(), what="the start lists the name")
    for name in (SMALL, CAPITAL):
        assert username_of(pool, pool.sign_in(name)) == name
        assert username_of(pool, by_srp(pool, name)) == name, "the sign-in by password has made a verifier"
        with pytest.raises(ClientError, match="UsernameExistsException"):
            pool.make_user(name)
    pool.api.admin_delete_user(UserPoolId=pool.id, Username=SMALL)
    assert username_of(pool, pool.sign_in(CAPITAL)) == CAPITAL
    server.kill()
    server = start.server(*WEAK_HASHES, data=server.data, port=server.port)
    assert username_of(pool, pool.sign_in(SMALL)) == CAPITAL, "the form has become free"
