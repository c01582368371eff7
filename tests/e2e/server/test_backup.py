"""Backups and restores with real processes: what is noticed, the first time and each time after, and what cannot be noticed.

The table in docs/guide/backup.md is this file's table; its commands are run as they are typed there.
"""

import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest
import sallyport_processes as processes
from backup_site import NOTICED, SETTINGS, URL, Site, by_command, by_copying_all, by_copying_the_database, by_sqlite
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP


def is_noticed(way, with_agent):
    """As the guide's table says: only an agent notices a copy of everything."""
    return way is not by_copying_all or with_agent


def test_recover_ends_when_the_leases_of_gates_are_over(start):
    """The server does not run, and the agent is stopped; its gate continues under its lease."""
    site = Site(start, with_agent=True, ttl="3s")
    gate = start.gate(site.agent.replica, f"{URL}/{site.pool.id}")
    token = site.pool.sign_in("alice")["AccessToken"]
    processes.wait_until(lambda: gate.get("/access", token)[0] == 200, what="the gate serves")
    site.agent.signal(signal.SIGSTOP)
    site.stop()
    site.recover()
    assert gate.get("/access", token)[0] == 401
    site.agent.signal(signal.SIGCONT)


WAYS = [by_command, by_sqlite, by_copying_the_database, by_copying_all]


@pytest.mark.parametrize("with_agent", [False, True], ids=["alone", "agent"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_noticed_of_a_backup_restored_three_times(start, way, with_agent):
    site = Site(start, with_agent)
    revoked = site.pool.sign_in("alice")["RefreshToken"]
    restore = way(site)
    for times in range(3):
        if with_agent:
            site.agent_has_the_head()
        # A token that is alive in the first backup. Later tokens are dead in it because of `recover`, or unknown.
        site.revoke(revoked)
        later = site.api().sign_in("alice")["RefreshToken"]
        site.revoke(later)
        site.stop()
        restore()
        site.serve()
        if not is_noticed(way, with_agent):
            # Nothing on this host is newer than the copy, so it is not noticed. Asserted, so that nobody believes otherwise.
            time.sleep(1)
            assert site.ready()[0]
            assert not site.is_refused(revoked)
        else:
            processes.wait_until(lambda: not site.ready()[0], what="the restore is noticed")
            assert NOTICED in site.ready()[1] and b"sallyport recover" in site.ready()[1]
            assert site.is_refused(revoked)
            with pytest.raises(ClientError):
                site.api().sign_in("alice")
            # Another start changes nothing.
            site.stop()
            site.serve()
            assert NOTICED in site.ready()[1]
        site.stop()
        site.recover()
        site.serve()
        assert site.ready()[0], site.ready()[1]
        assert site.is_refused(revoked)
        assert site.is_refused(later)
        assert site.api().sign_in("alice")["RefreshToken"]


def test_a_backup_of_a_running_server_is_one_state_and_restores_to_it(start):
    site = Site(start)
    made, stop = [], threading.Event()

    def make_users():
        api = processes.Pool.__new__(processes.Pool)
        api.api, api.id, api.client_id = site.server.client(), site.pool.id, site.pool.client_id
        while not stop.is_set():
            made.append(api.make_user(f"user{len(made)}"))
    maker = threading.Thread(target=make_users)
    maker.start()
    backups = []
    for number in range(5):
        time.sleep(0.2)
        file = site.directory / f"backup{number}"
        before = len(made)
        ended = site.sallyport("backup", file)
        assert ended.returncode == 0, ended.stderr
        backups.append((file, before, len(made)))
    stop.set()
    maker.join()
    site.stop()
    for file, least, most in backups[1::2]:
        assert site.sallyport("restore", file).returncode == 0
        site.recover()
        site.serve()
        api = site.api().api
        here = {user["Username"] for page in api.get_paginator("list_users").paginate(UserPoolId=site.pool.id)
                for user in page["Users"]}
        assert {"alice", *made[:least]} <= here
        # One more may have been made that is not recorded here yet.
        assert len(here) <= most + 2
        for name in sorted(here)[:3]:
            api.admin_get_user(UserPoolId=site.pool.id, Username=name)
        site.stop()


def test_a_backup_overwrites_nothing_and_names_its_key(start):
    site = Site(start)
    file = site.directory / "backup"
    said = site.sallyport("backup", file).stdout
    assert "encryption-key" in said and re.search(r"fingerprint [0-9a-f]{16}", said)
    before = file.read_bytes()
    again = site.sallyport("backup", file)
    assert again.returncode == 1 and "exists already" in again.stderr
    assert file.read_bytes() == before
    assert sorted(path.name for path in site.directory.glob("backup*")) == ["backup"]
    nothing = processes.run("backup", "--data", site.directory / "nowhere", site.directory / "other")
    assert nothing.returncode == 1 and "no store was found there" in nothing.stderr


def test_restore_refuses_what_would_not_open(start):
    site = Site(start)
    file = site.directory / "backup"
    assert site.sallyport("backup", file).returncode == 0
    running = site.sallyport("restore", file)
    assert running.returncode == 1 and "another server is using it" in running.stderr
    site.stop()
    before = (site.data / "sallyport.db").read_bytes()
    key = site.data / "encryption-key"
    own = key.read_text()
    key.write_text("00" * 32 + "\n")
    other = site.sallyport("restore", file)
    assert other.returncode == 1 and "opens only with the key file of fingerprint" in other.stderr
    key.unlink()
    without = site.sallyport("restore", file)
    assert without.returncode == 1 and "does not exist" in without.stderr
    assert not key.exists()
    key.write_text(own)
    key.chmod(0o600)
    foreign = site.directory / "foreign"
    foreign.write_bytes(b"x" * 8192)
    assert "not a store" in site.sallyport("restore", foreign).stderr
    damaged = site.directory / "damaged"
    content = bytearray(file.read_bytes())
    content[4096 * 2:4096 * 3] = b"x" * 4096
    damaged.write_bytes(content)
    assert site.sallyport("restore", damaged).returncode == 1
    assert (site.data / "sallyport.db").read_bytes() == before
    assert not list(site.data.glob("*.before-restore-*"))
    another = Site(start)
    another.stop()
    mixed = another.sallyport("restore", "--encryption-key-file", key, file)
    assert mixed.returncode == 1 and "of another store" in mixed.stderr


def test_a_damaged_backup_is_refused_and_nothing_is_lost(start):
    site = Site(start)
    file, damaged = site.directory / "backup", site.directory / "damaged"
    assert site.sallyport("backup", file).returncode == 0
    site.stop()
    chance = random.Random(19)
    content = file.read_bytes()
    before = {path.name: path.read_bytes() for path in site.data.iterdir()}
    for times in range(25):
        changed = bytearray(content)
        place = chance.randrange(len(content) - 64)
        changed[place:place + 64] = chance.randbytes(64)
        damaged.write_bytes(changed)
        refused = site.sallyport("restore", damaged)
        assert refused.returncode == 1 and "the backup is damaged" in refused.stderr, place
    for changed in (content[:-1], content[:len(content) // 2], content[:-48], content + b"x" * 5000):
        damaged.write_bytes(changed)
        refused = site.sallyport("restore", damaged)
        assert refused.returncode == 1 and "damaged" in refused.stderr, len(changed)
    assert {path.name: path.read_bytes() for path in site.data.iterdir()} == before
    # sqlite3 reads it like any database, and does not change it.
    database = sqlite3.connect(file)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy = sqlite3.connect(site.directory / "copy")
    database.backup(copy)
    copy.close()
    database.close()
    assert file.read_bytes() == content
    refused = site.sallyport("restore", site.directory / "copy")
    assert refused.returncode == 1 and "--unmarked" in refused.stderr
    assert site.sallyport("restore", "--unmarked", site.directory / "copy").returncode == 0
    assert site.sallyport("restore", file).returncode == 0
    site.recover()
    site.serve()
    assert site.ready()[0]
    assert site.api().sign_in("alice")["RefreshToken"]


def test_a_plain_copy_is_restored_only_when_asked_and_is_marked(start):
    site = Site(start)
    site.stop()
    copy = site.directory / "copy"
    shutil.copyfile(site.data / "sallyport.db", copy)
    refused = site.sallyport("restore", copy)
    assert refused.returncode == 1 and "--unmarked" in refused.stderr
    (site.data / "lineage").unlink()
    content = copy.read_bytes()
    for changed in (content[:-1], content + b"x" * 5000):
        copy.write_bytes(changed)
        damaged = site.sallyport("restore", "--unmarked", copy)
        assert damaged.returncode == 1 and "it was cut off, or something was appended" in damaged.stderr
    copy.write_bytes(content)
    taken = site.sallyport("restore", "--unmarked", copy)
    assert taken.returncode == 0, taken.stderr
    site.serve()
    assert b"a copy of unknown age" in site.ready()[1]
    site.stop()
    site.recover()
    site.serve()
    assert site.ready()[0]


def test_what_a_restore_replaces_is_kept(start):
    site = Site(start)
    file = site.directory / "backup"
    assert site.sallyport("backup", file).returncode == 0
    site.pool.make_user("carol")
    site.server.kill()  # carol is in the WAL
    assert site.sallyport("restore", file).returncode == 0
    [kept] = [path for path in site.data.glob("sallyport.db.before-restore-*") if path.name.endswith("Z")]
    database = sqlite3.connect(kept)
    rows = database.execute("SELECT count(*) FROM records WHERE instr(value, CAST('carol' AS BLOB)) > 0").fetchone()
    database.close()
    assert rows[0] > 0


def test_a_backup_of_a_store_that_is_not_recovered_is_refused(start):
    site = Site(start)
    file = site.directory / "backup"
    assert site.sallyport("backup", file).returncode == 0
    site.stop()
    assert site.sallyport("restore", file).returncode == 0
    refused = site.sallyport("backup", site.directory / "second")
    assert refused.returncode == 1 and "has not been recovered" in refused.stderr
    site.recover()
    assert site.sallyport("backup", site.directory / "second").returncode == 0


def test_an_srp_answer_that_was_used_after_the_backup_serves_no_second_time_after_recover(start):
    """The restore has lost the record of the answer; the answer itself is valid for three minutes."""
    site = Site(start)
    client_id = site.pool.api.create_user_pool_client(
        UserPoolId=site.pool.id, ClientName="srp",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
    file = site.directory / "backup"
    assert site.sallyport("backup", file).returncode == 0

    def prove():
        srp = AWSSRP(username="alice", password=processes.PASSWORD, pool_id=site.pool.id, client_id=client_id, client=site.api().api)
        parameters = srp.get_auth_params()
        asked = site.pool.api.initiate_auth(ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
        return srp.process_challenge(asked["ChallengeParameters"], parameters)

    def answer(responses):
        return site.api().api.respond_to_auth_challenge(ClientId=client_id, ChallengeName="PASSWORD_VERIFIER",
                                                        ChallengeResponses=responses)["AuthenticationResult"]
    used = prove()
    assert answer(used)["AccessToken"]
    with pytest.raises(ClientError, match="can only be used once"):
        answer(used)
    site.stop()
    assert site.sallyport("restore", file).returncode == 0
    site.recover()
    site.serve()
    assert site.ready()[0]
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        answer(used)
    assert answer(prove())["AccessToken"]


def test_recover_may_be_killed_at_any_moment_and_repeated(start):
    site = Site(start)
    for number in range(20):
        site.pool.make_user(f"user{number}")
        site.pool.sign_in(f"user{number}")
    token = site.pool.sign_in("alice")["RefreshToken"]
    file = site.directory / "backup"
    assert site.sallyport("backup", file).returncode == 0
    site.stop()
    assert site.sallyport("restore", file).returncode == 0
    for attempt in range(12):
        recovery = subprocess.Popen([processes.BIN / "sallyport", "recover", "--data", site.data, *SETTINGS],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.01 * 1.4 ** attempt)
        recovery.kill()
        recovery.wait()
        site.serve()
        ready, words = site.ready()
        # Either it was completed, or no tokens are issued yet.
        assert site.is_refused(token), "a token from before lives on"
        assert ready or NOTICED in words
        site.stop()
    site.recover()
    site.serve()
    assert site.ready()[0]
    assert site.is_refused(token)
    assert site.api().sign_in("alice")["RefreshToken"]


def test_an_emptied_or_deleted_store_is_no_fresh_one(start):
    site = Site(start)
    site.stop()
    database = site.data / "sallyport.db"
    database.write_bytes(b"")
    for _ in range(2):
        ended = site.sallyport("serve", "--listen", "127.0.0.1:0")
        assert ended.returncode == 1 and "there was a store in this directory" in ended.stderr
        database.unlink(missing_ok=True)


def test_a_store_that_never_had_a_witness_is_no_fresh_one_when_it_is_emptied(start):
    """As earlier versions left it: the database, and the secrets beside it."""
    site = Site(start)
    site.stop()
    database = site.data / "sallyport.db"
    database.write_bytes(b"")
    for name in ("lineage", "reserve"):
        (site.data / name).unlink()
    for _ in range(2):
        ended = site.sallyport("serve", "--listen", "127.0.0.1:0")
        assert ended.returncode == 1 and "there was a store in this directory" in ended.stderr
        database.unlink(missing_ok=True)
    # The message says how to begin with an empty store nevertheless.
    for name in ended.stderr.strip().rsplit(": ", 1)[1].split(", "):
        (site.data / name).unlink()
    site.serve()
    assert site.ready()[0]


def test_a_first_start_that_is_killed_or_prepared_for_is_no_emptied_store(start):
    chance = random.Random(18)
    key = None
    for times in range(12):
        data = start.directory() / "data"
        if times % 3 == 2:
            data.mkdir(mode=0o700)
            (data / "encryption-key").write_text(key)
            (data / "encryption-key").chmod(0o600)
        for _ in range(3):
            starting = subprocess.Popen([processes.BIN / "sallyport", "serve", "--data", data, "--listen", "127.0.0.1:0",
                                         "--feed-listen", "127.0.0.1:0", *SETTINGS],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.0, 0.12))
            starting.kill()
            starting.wait()
        server = start.server(*SETTINGS, data=data)
        assert server.request("GET", "/readyz")[0] == 200
        assert server.close() == 0
        assert not (data / "first-start").exists()
        key = (data / "encryption-key").read_text()


def test_the_guide_works_as_it_is_typed(start):
    guide = (processes.ROOT / "docs/guide/backup.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", guide, re.S)
    assert len(blocks) == 3
    site = Site(start)
    for name in ("backup", "backup-of-keys"):
        (site.directory / name).mkdir()

    def typed(block):
        script = (block.replace("/var/lib/sallyport", str(site.data)).replace("/backup-of-keys", f"{site.directory}/backup-of-keys")
                  .replace(" /backup/", f" {site.directory}/backup/").replace("systemctl", ":"))
        ended = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, timeout=60,
                               env={"PATH": f"{processes.BIN}:/usr/bin:/bin", "SALLYPORT_PUBLIC_URL": URL,
                                    "SALLYPORT_ARGON2_MEMORY": "64", "SALLYPORT_ARGON2_ITERATIONS": "1",
                                    "SALLYPORT_INSECURE_ANY_CREDENTIALS": "true"})
        assert ended.returncode == 0, ended.stderr
        return ended.stdout
    token = site.pool.sign_in("alice")["RefreshToken"]
    typed(blocks[0])
    site.stop()
    assert "kept as" in typed(blocks[1])
    site.serve()
    assert site.ready()[0] and site.is_refused(token)
    assert site.api().sign_in("alice")["RefreshToken"]
    site.stop()
    typed(blocks[2])
    site.data = pathlib.Path(f"{site.data}-new")
    site.serve()
    assert site.ready()[0]
    assert site.api().sign_in("alice")["RefreshToken"]
