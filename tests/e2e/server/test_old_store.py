"""A data directory of format 1 (tests/fixtures/store-v1) opens and is upgraded, and its contents keep their meaning; a newer one is refused."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import tarfile
import time

import pytest
import sallyport_processes as processes
from botocore.exceptions import ClientError

FIXTURE = processes.ROOT / "tests/fixtures/store-v1"
WRITTEN = 1795631400  # 2026-11-25T18:30:00Z
EXPECTED = json.loads((FIXTURE / "expected.json").read_text())


def unpack(name, directory):
    with tarfile.open(FIXTURE / f"{name}.tar.xz") as archive:
        archive.extractall(directory)
    data = pathlib.Path(directory) / "data"
    data.chmod(0o700)
    return data


def serve(start, data):
    """Starts on the day after the store was written, so that none of its tokens has expired, with the issuer under which they were signed."""
    clock = processes.Clock(start.directory())
    clock.set(wall=WRITTEN + 86400 - time.time())
    return start.server(*processes.WEAK_HASHES, "--public-url", EXPECTED["public_url"], data=data, environment=clock.environment)


def refresh(api, token):
    return api.initiate_auth(ClientId=EXPECTED["client"], AuthFlow="REFRESH_TOKEN_AUTH",
                             AuthParameters={"REFRESH_TOKEN": token})["AuthenticationResult"]


def sign_in(api, name):
    return api.initiate_auth(ClientId=EXPECTED["client"], AuthFlow="USER_PASSWORD_AUTH",
                             AuthParameters={"USERNAME": name, "PASSWORD": EXPECTED["password"]})["AuthenticationResult"]


@pytest.mark.parametrize("name", ["stopped", "killed"])
def test_a_store_of_format_1_is_upgraded_and_keeps_users_families_and_revocations(start, name):
    data = unpack(name, start.directory())
    server = serve(start, data)
    api = server.client()
    assert refresh(api, EXPECTED["alice_refresh_token"])["AccessToken"]
    with pytest.raises(ClientError, match="revoked"):
        refresh(api, EXPECTED["bob_refresh_token"])
    assert sign_in(api, "alice")["RefreshToken"]
    if name == "killed":
        assert sign_in(api, "carol")["RefreshToken"]
    api.admin_user_global_sign_out(UserPoolId=EXPECTED["pool"], Username="alice")
    with pytest.raises(ClientError, match="revoked"):
        refresh(api, EXPECTED["alice_refresh_token"])
    assert server.log.read_text().count("the store is upgraded") == 1
    assert server.request("GET", "/readyz")[0] == 200
    assert server.close() == 0
    # The second start has nothing to upgrade, and nothing to suspect.
    again = serve(start, data)
    assert again.log.read_text().count("the store is upgraded") == 1
    assert again.request("GET", "/readyz")[0] == 200
    with pytest.raises(ClientError, match="revoked"):
        refresh(again.client(), EXPECTED["alice_refresh_token"])


def test_a_copy_of_format_1_that_comes_back_after_the_upgrade_is_noticed(start):
    data = unpack("stopped", start.directory())
    assert serve(start, data).close() == 0
    for name in ("sallyport.db", "sallyport.db-wal", "sallyport.db-shm"):
        (data / name).unlink(missing_ok=True)
    copy = unpack("stopped", start.directory())
    (copy / "sallyport.db").rename(data / "sallyport.db")
    server = serve(start, data)
    status, _, words = server.request("GET", "/readyz")
    assert status == 503 and b"sallyport recover" in words
    with pytest.raises(ClientError):
        sign_in(server.client(), "alice")


def test_a_pool_that_requires_mfa_since_an_earlier_version_is_warned_of_and_lets_nobody_in_by_a_password_alone(start):
    data = unpack("stopped", start.directory())
    key = f"pool/{EXPECTED['pool']}".encode()
    with contextlib.closing(sqlite3.connect(data / "sallyport.db")) as database, database:
        (record,) = database.execute("SELECT value FROM records WHERE key = ?", (key,)).fetchone()
        assert b'"MfaConfiguration":"OFF"' in record
        database.execute("UPDATE records SET value = ? WHERE key = ?",
                         (record.replace(b'"MfaConfiguration":"OFF"', b'"MfaConfiguration":"ON"'), key))
    server = serve(start, data)
    api = server.client()
    with pytest.raises(ClientError, match="InvalidUserPoolConfigurationException.*cannot ask for a second factor"):
        sign_in(api, "alice")
    warned = [line for line in server.log.read_text().splitlines() if "MfaConfiguration ON is not supported" in line]
    assert len(warned) == 1 and EXPECTED["pool"] in warned[0]
    assert refresh(api, EXPECTED["alice_refresh_token"])["AccessToken"]
    api.set_user_pool_mfa_config(UserPoolId=EXPECTED["pool"], MfaConfiguration="OFF")
    assert sign_in(api, "alice")["RefreshToken"]


def test_a_store_of_a_newer_format_is_refused_in_words(start):
    data = unpack("stopped", start.directory())
    database = sqlite3.connect(data / "sallyport.db")
    database.execute("PRAGMA user_version=99")
    database.close()
    ended = subprocess.run([processes.BIN / "sallyport", "serve", "--data", data, "--listen", "127.0.0.1:0", "--feed-listen", "127.0.0.1:0"],
                           capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert "written by a newer Sallyport (format 99" in ended.stderr


@pytest.mark.parametrize("left", ["emptied", "removed"])
def test_a_store_of_format_1_without_its_database_is_no_fresh_one(start, left):
    data = unpack("stopped", start.directory())
    if left == "emptied":
        (data / "sallyport.db").write_bytes(b"")
    else:
        (data / "sallyport.db").unlink()
    for _ in range(2):
        ended = subprocess.run([processes.BIN / "sallyport", "serve", "--data", data, "--listen", "127.0.0.1:0", "--feed-listen", "127.0.0.1:0"],
                               capture_output=True, text=True, timeout=30)
        assert ended.returncode == 1 and "there was a store in this directory" in ended.stderr
