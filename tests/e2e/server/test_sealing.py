"""A store whose private keys and client secrets an earlier version wrote in clear is sealed, and no file of it holds them any more."""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from sallyport_processes import BIN, PASSWORD, ROOT, WEAK_HASHES, Process, answers, free_port, run, wait_until

FIXTURE = ROOT / "tests/fixtures/store-v1-clear"
FACTS = json.loads((FIXTURE / "facts.json").read_text())
SETTINGS = (*WEAK_HASHES, "--public-url", FACTS["issuer_base"])
WINDOW = 24  # bytes: a secret may be cut by the end of a page, but not everywhere


def secret_numbers(secret):
    """The bytes that only the secret has. Of a private key these are all but the modulus and the exponent, which are public."""
    text = base64.b64decode(secret)
    try:
        numbers = load_der_private_key(text, None).private_numbers()
    except ValueError:
        return [text]
    return [value.to_bytes((value.bit_length() + 7) // 8, "big")
            for value in (numbers.p, numbers.q, numbers.d, numbers.dmp1, numbers.dmq1, numbers.iqmp)]


def forms(window):
    """The secret as it is, in hex, and in Base64 for each position at which it may begin within a longer text."""
    yield window
    yield window.hex().encode()
    yield window.hex().upper().encode()
    for skipped in range(3):
        whole = window[skipped:skipped + (len(window) - skipped) // 3 * 3]
        yield base64.b64encode(whole)
        yield base64.urlsafe_b64encode(whole)


def patterns(step):
    for name, secret in FACTS["secrets"].items():
        for number in secret_numbers(secret):
            for at in range(0, len(number) - WINDOW + 1, step):
                for form in forms(number[at:at + WINDOW]):
                    yield name, form


PATTERNS = list(patterns(WINDOW))
FEW_PATTERNS = list(patterns(4 * WINDOW))  # for large files


def found(directory, patterns=PATTERNS):
    """The names of the secrets of which any part is in any file below the directory."""
    # The zeros of the reserve would take most of the time.
    files = [path.read_bytes().strip(b"\0") for path in directory.rglob("*") if path.is_file()]
    return {name for name, form in patterns if any(form in content for content in files)}


class Upgraded(Process):
    """A server on a copy of the store."""

    def __init__(self, data, *arguments):
        self.data, self.port = data, free_port()
        log = pathlib.Path(tempfile.mkstemp(prefix="sallyport-e2e-", suffix=".log")[1])
        super().__init__([BIN / "sallyport", "serve", "--data", data, "--listen", f"127.0.0.1:{self.port}", "--feed-listen", "127.0.0.1:0",
                          *SETTINGS, *arguments],
                         log)

    def close(self):
        self.log.unlink(missing_ok=True)
        return super().close()

    def wait(self):
        wait_until(lambda: "\"listening\"" in self.log.read_text() or self.process.poll() is not None, 60, "the server listens")
        assert self.process.poll() is None, self.log.read_text()
        assert answers(self.port)
        return self

    def client(self):
        import boto3
        return boto3.client("cognito-idp", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
                            aws_access_key_id="any", aws_secret_access_key="thing")

    def keys(self, pool):
        import urllib.request
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{pool}/.well-known/jwks.json") as answer:
            return json.load(answer)["keys"]


@pytest.fixture
def store(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(FIXTURE, data, ignore=shutil.ignore_patterns("facts.json", "README.md"))
    data.chmod(0o700)
    for file in data.iterdir():
        file.chmod(0o600)
    return data


@pytest.fixture
def serve(start):
    return lambda data, *arguments: start.keep(Upgraded(data, *arguments))


def check(serve, data):
    """Serves the store as it was: every pool has its old key, except the one whose key was withdrawn."""
    server = serve(data).wait()
    access = FACTS["tokens"]["AccessToken"]
    key, = server.keys(FACTS["pools"][0])
    assert key["kid"] == jwt.get_unverified_header(access)["kid"]
    jwt.decode(access, jwt.PyJWK(key).key, ["RS256"], options={"verify_exp": False})
    for pool in FACTS["pools"]:
        kid = server.keys(pool)[0]["kid"]
        assert f"key/{kid}" in FACTS["secrets"]
        tokens = server.client().initiate_auth(ClientId=FACTS["clients"][pool], AuthFlow="USER_PASSWORD_AUTH",
                                               AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD})["AuthenticationResult"]
        assert jwt.get_unverified_header(tokens["AccessToken"])["kid"] == kid
    moved, = server.keys(FACTS["moved_pool"])
    assert f"key/{moved['kid']}" not in FACTS["secrets"]
    return server


def test_the_search_finds_what_is_there(store):
    assert found(store) == set(FACTS["secrets"])


def test_no_file_holds_a_secret_after_the_upgrade(store, serve):
    server = check(serve, store)
    assert not found(store)
    log = server.log.read_text()
    assert log.count("the store's files are being rewritten") == 1
    assert "no gate would have accepted what this pool's key signs" in log and FACTS["moved_pool"] in log
    assert server.close() == 0
    assert not found(store)
    again = check(serve, store)
    assert "the store's files are being rewritten" not in again.log.read_text(), "once is enough"
    assert again.close() == 0
    with contextlib.closing(sqlite3.connect(store / "sallyport.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_client_secret_is_what_it_was(store, serve):
    described = serve(store).wait().client().describe_user_pool_client(
        UserPoolId=FACTS["pools"][0], ClientId=FACTS["secret_client"]["ClientId"])["UserPoolClient"]
    assert described["ClientSecret"] == FACTS["secret_client"]["ClientSecret"]


def pad(data, mebibytes):
    """Makes the upgrade take long enough to be killed within it."""
    with contextlib.closing(sqlite3.connect(data / "sallyport.db")) as database:
        for number in range(mebibytes * 16):
            database.execute("INSERT INTO records(key, rows, value) VALUES(?, x'', ?)", (f"junk/{number}".encode(), os.urandom(64 * 1024)))
        database.commit()


def test_an_upgrade_that_is_killed_anywhere_goes_on_at_the_next_start(store, serve):
    pad(store, 16)
    assert len(found(store, FEW_PATTERNS)) > 3
    for delay in (0.01, 0.03, 0.06, 0.1, 0.2):
        server = serve(store)
        time.sleep(delay)
        server.kill()
    for delay in (0.0, 0.02, 0.05, 0.1, 0.2):
        server = serve(store)
        wait_until(lambda: "the store's files are being rewritten" in server.log.read_text()
                   or "\"listening\"" in server.log.read_text(), 60, "the upgrade begins")
        time.sleep(delay)
        server.kill()
    server = check(serve, store)
    assert not found(store, FEW_PATTERNS)
    assert server.close() == 0
    assert not found(store, FEW_PATTERNS)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_too_little_space_is_said_and_the_next_start_tries_again(store, serve, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("no mount here")
    try:
        data = small / "data"
        shutil.copytree(store, data)
        data.chmod(0o700)
        server = serve(data)
        assert server.process.wait(30) == 1 and "free some and start again" in server.log.read_text(), "no room for the reserve"
        server = serve(data, "--reserve-mib", "0").wait()
        assert "could not be rewritten; the next start tries again" in server.log.read_text()
        assert "MiB of free disk space are needed" in server.log.read_text()
        assert server.keys(FACTS["pools"][0])
        with contextlib.closing(sqlite3.connect(f"file:{data}/sallyport.db?mode=ro", uri=True)) as database:
            keys = [bytes(value).decode() for key, value in database.execute("SELECT key, value FROM records") if bytes(key).startswith(b"key/")]
        assert keys and all("Sealed" in json.loads(value) and "Pkcs8" not in json.loads(value) for value in keys)
        assert server.close() == 0
        subprocess.run(["mount", "-o", "remount,size=256m", small], check=True)
        server = check(serve, data)
        assert not found(data)
        assert server.close() == 0
    finally:
        subprocess.run(["umount", "-l", small])


def test_the_key_file_may_stand_elsewhere_and_is_never_made_anew(store, start, tmp_path):
    key = tmp_path / "elsewhere"
    (store / "encryption-key").rename(key)
    listen = ("--listen", f"127.0.0.1:{free_port()}")
    refused = run("serve", "--data", store, *SETTINGS, *listen)
    assert refused.returncode == 1 and "encryption-key: the key file is missing" in refused.stderr
    assert not (store / "encryption-key").exists()
    refused = run("serve", "--data", store, *SETTINGS, *listen, "--key-file", key, "--encryption-key-file", store / "encryption-key")
    assert refused.returncode == 1 and "two names of one setting" in refused.stderr
    key.chmod(0o644)
    refused = run("serve", "--data", store, *SETTINGS, *listen, "--key-file", key)
    assert refused.returncode == 1 and "other users may read the key file" in refused.stderr
    key.chmod(0o600)
    for name in ("--key-file", "--encryption-key-file"):
        server = start.keep(Upgraded(store, name, key)).wait()
        assert server.keys(FACTS["pools"][0])
        assert server.close() == 0
