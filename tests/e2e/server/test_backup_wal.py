"""Servers that are killed, and WALs put beside a database to which they do not belong: which of these is noticed as a restore."""

import random
import sqlite3
import subprocess
import threading
import time

import pytest
import sallyport_processes as processes
from backup_site import NOTICED, Site, by_copying_the_database
from botocore.exceptions import ClientError


@pytest.mark.parametrize("between", [0, 150], ids=["little-written", "much-written"])
def test_a_copy_put_over_the_wal_of_a_killed_server_is_noticed(start, between):
    """SQLite applies the WAL to the copy. The newest generation and head come out of it, and what lies between is lost."""
    site = Site(start)
    revoked = site.pool.sign_in("alice")
    others = [site.pool.sign_in("alice")["RefreshToken"] for _ in range(between + 3)]
    restore = by_copying_the_database(site)
    site.revoke(revoked["RefreshToken"])
    for token in others[:between]:
        site.revoke(token)
    site.stop()
    site.serve()
    for token in others[between:]:
        site.revoke(token)
    time.sleep(1.2)  # within a second it is in the file `lineage`
    site.server.kill()
    wal = site.data / "sallyport.db-wal"
    kept = wal.read_bytes()
    restore()
    wal.write_bytes(kept)
    # The result of the two may be damaged; then the server does not start on it.
    try:
        site.serve()
    except AssertionError as refused:
        assert "the database is damaged" in str(refused)
    else:
        assert NOTICED in site.ready()[1] and b"in the database file" in site.ready()[1]
        assert site.is_refused(revoked["RefreshToken"])
        site.stop()
        recovered = site.sallyport("recover", *site.settings)
        assert recovered.returncode == 0 or "damaged" in recovered.stderr
    restored = site.sallyport("restore", "--unmarked", site.directory / "backup")
    assert restored.returncode == 0, restored.stderr
    site.recover()
    site.serve()
    assert site.ready()[0], site.ready()[1]
    assert site.is_refused(revoked["RefreshToken"])


def test_a_server_that_was_killed_is_not_taken_for_a_restored_one(start):
    """Killed again and again in the middle of copying its WAL into the database."""
    site = Site(start)
    for times in range(6):
        ended = threading.Event()

        def write():
            while not ended.is_set():
                try:
                    site.pool.api.admin_update_user_attributes(
                        UserPoolId=site.pool.id, Username="alice",
                        UserAttributes=[{"Name": "address", "Value": "a" * 2000}])
                except Exception:  # noqa: BLE001: the server is killed meanwhile
                    return
        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        time.sleep(0.7 + 0.13 * times)
        site.server.kill()
        ended.set()
        for writer in writers:
            writer.join()
        site.serve()
        assert site.ready()[0], site.ready()[1]
        site.api()


def checkpoint(site, mode):
    """As when an operator uses `sqlite3` while the server runs."""
    database = sqlite3.connect(site.data / "sallyport.db")
    busy, _, _ = database.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    database.close()
    assert busy == 0


def rename(site, name):
    site.pool.api.admin_update_user_attributes(UserPoolId=site.pool.id, Username="alice",
                                               UserAttributes=[{"Name": "name", "Value": name}])


class OlderWal:
    """A copy of the file `sallyport.db-wal` alone. It has a few pages, and none with the generation or the log."""

    def __init__(self, site):
        self.site = site
        self.path = site.data / "sallyport.db-wal"
        rename(site, "before")
        checkpoint(site, "RESTART")
        rename(site, "copied")
        self.bytes = self.path.read_bytes()
        rename(site, "newest")

    def put_back(self):
        self.path.write_bytes(self.bytes)
        (self.site.data / "sallyport.db-shm").unlink(missing_ok=True)


def ends_in_order(site):
    site.stop()
    assert not (site.data / "sallyport.db-wal").exists()


def is_killed_with_a_longer_wal(site):
    time.sleep(1.2)  # within a second it is in the file `lineage`
    checkpoint(site, "PASSIVE")
    site.server.kill()


def is_killed_with_a_later_wal(site):
    checkpoint(site, "RESTART")
    site.revoke(site.api().sign_in("alice")["RefreshToken"])
    is_killed_with_a_longer_wal(site)


@pytest.mark.parametrize("end", [ends_in_order, is_killed_with_a_longer_wal, is_killed_with_a_later_wal])
def test_an_older_wal_put_beside_a_newer_database_is_noticed(start, end):
    """SQLite applies it to the newer pages, whose contents are then the old ones."""
    site = Site(start)
    token = site.pool.sign_in("alice")["RefreshToken"]
    backup = site.directory / "backup"
    assert site.sallyport("backup", backup).returncode == 0
    wal = OlderWal(site)
    site.revoke(token)
    end(site)
    wal.put_back()
    site.serve()
    for _ in range(2):
        assert NOTICED in site.ready()[1] and b"beside the database a sallyport.db-wal" in site.ready()[1]
        assert b"sallyport recover" in site.ready()[1]
        with pytest.raises(ClientError):
            site.api().sign_in("alice")
        # Another start changes nothing.
        site.stop()
        site.serve()
    site.stop()
    recovered = site.sallyport("recover", *site.settings)
    if recovered.returncode != 0:
        # The result of the two is not consistent.
        assert "the database is damaged" in recovered.stderr
        assert site.sallyport("restore", backup).returncode == 0
        site.recover()
    site.serve()
    assert site.ready()[0], site.ready()[1]
    assert site.is_refused(token)


def test_a_killed_store_that_sqlite3_opened_before_the_start_is_not_taken_for_a_restored_one(start):
    site = Site(start)

    def read(*also):
        database = sqlite3.connect(site.data / "sallyport.db")
        assert database.execute("SELECT count(*) FROM records").fetchone()[0] > 0
        for statement in also:
            database.execute(statement)
        return database
    for end in (lambda: site.server.kill(), lambda: site.stop()):
        site.revoke(site.api().sign_in("alice")["RefreshToken"])
        time.sleep(1.2)
        end()
        read().close()
        assert not (site.data / "sallyport.db-wal").exists()
        site.serve()
        assert site.ready()[0], site.ready()[1]
    # A connection that stays open during several runs, and empties the WAL of a running server.
    shell = read()
    for end in (lambda: site.server.kill(), lambda: site.stop(), lambda: site.server.kill()):
        site.revoke(site.api().sign_in("alice")["RefreshToken"])
        shell.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        rename(site, "after it was emptied")
        end()
        site.serve()
        assert site.ready()[0], site.ready()[1]
    backup = sqlite3.connect(site.directory / "copy")
    shell.backup(backup)
    backup.close()
    shell.close()
    site.server.kill()
    assert site.sallyport("backup", site.directory / "backup").returncode == 0
    site.serve()
    assert site.ready()[0], site.ready()[1]


def test_a_server_killed_at_any_moment_knows_its_wal(start):
    """Under load, in its start, and at its end."""
    site = Site(start)
    chance = random.Random(17)
    command = [processes.BIN / "sallyport", "serve", "--data", site.data, "--listen", "127.0.0.1:0", *processes.WEAK_HASHES]
    for times in range(15):
        ended = threading.Event()

        def write(number):
            while not ended.is_set():
                try:
                    if number == 0:
                        site.revoke(site.pool.sign_in("alice")["RefreshToken"])
                    else:
                        rename(site, "a" * 2000)
                except Exception:  # noqa: BLE001: the server is killed meanwhile
                    return
        writers = [threading.Thread(target=write, args=[number]) for number in range(3)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.1, 1.2))
        if times % 3 == 0:
            site.server.process.terminate()
            time.sleep(chance.uniform(0.0, 0.1))
        site.server.kill()
        ended.set()
        for writer in writers:
            writer.join()
        for _ in range(times % 3):
            starting = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.0, 0.15))
            starting.kill()
            starting.wait()
        site.serve()
        assert site.ready()[0], site.ready()[1]
        site.api()
