"""A Replica that cannot be trusted denies, and the error log says why."""

import os
import shutil
import time

import pytest
from gate_harness import ISSUER, UNAUTHORIZED, make_directory, wait_until

HTTP = f"""
sallyport_replica $REPLICA %s;
sallyport_issuer {ISSUER};
server {{
  listen 127.0.0.1:$PORT;
  location /id {{ sallyport on; empty_gif; add_header X-Reason $sallyport_reason always; }}
  location /stateless {{ sallyport stateless; empty_gif; }}
}}
"""


@pytest.fixture
def directory():
    path = make_directory()
    yield path
    shutil.rmtree(path, ignore_errors=True)


def refuses(nginx, token, problem, reason=None):
    status, headers, body = nginx.get("/id", token)
    assert (status, body) == (401, UNAUTHORIZED)
    if reason:
        assert headers["x-reason"] == reason
    trouble = [line for line in nginx.errors().splitlines() if "[error]" in line and "requests are denied: " in line]
    assert any(problem in line for line in trouble), nginx.errors()


def test_missing_then_there(gate, directory):
    other = gate.replica()
    path = directory / "replica"
    nginx = gate(HTTP % "", path)
    refuses(nginx, other.id_token(), "No such file")
    replica = gate.replica(path)
    wait_until(lambda: nginx.status("/id", replica.id_token()) == 200, what="served once the Replica is there")
    nginx.wait_for_log("requests are served again")


def damaged(offset, replacement):
    def damage(content):
        content[offset:offset + len(replacement)] = replacement
    return damage


def cut(size):
    def damage(content):
        del content[size:]
    return damage


@pytest.mark.parametrize("damage, problem", [
    pytest.param(cut(0), "empty", id="empty"),
    pytest.param(cut(100), "shorter than a header", id="short"),
    pytest.param(cut(5000), "its size is 5000 bytes", id="shorter than its header says"),
    pytest.param(damaged(0, b"SQLite f"), "wrong magic", id="foreign"),
    pytest.param(damaged(8, b"\xff\0\0\0"), "its format is 255", id="other format"),
    pytest.param(damaged(12, b"\x39\x30\0\0"), "written by uid 12345", id="other owner in the header"),
    pytest.param(damaged(16, b"\xff" * 8), "its header claims", id="other size"),
    pytest.param(damaged(24, b"\x11" * 16), "before the host's last boot", id="other boot"),
    pytest.param(damaged(40, b"\x77" * 8), "another time namespace", id="other time namespace"),
    pytest.param(damaged(80, b"\xff" * 16), "capacities are out of range", id="capacities beyond the file"),
    pytest.param(damaged(0, bytes(range(251)) * 16), "wrong magic", id="garbage"),
    pytest.param(damaged(0, b"\0" * 4096), "wrong magic", id="zeroes"),
])
def test_a_file_that_is_no_replica_of_this_host(gate, directory, damage, problem):
    replica = gate.replica()
    token = replica.id_token()
    content = bytearray(replica.path.read_bytes())
    damage(content)
    path = directory / "replica"
    path.write_bytes(content)
    path.chmod(0o644)
    refuses(gate(HTTP % "", path), token, problem)


def test_a_directory_instead(gate, directory):
    token = gate.replica().id_token()
    path = directory / "replica"
    path.mkdir()
    refuses(gate(HTTP % "", path), token, "not a regular file")


def test_a_link_instead(gate, directory):
    replica = gate.replica()
    path = directory / "replica"
    path.symlink_to(replica.path)
    refuses(gate(HTTP % "", path), replica.id_token(), "symbolic link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_owner(gate):
    replica = gate.replica()
    token = replica.id_token()
    nginx = gate(HTTP % "", replica)
    assert nginx.status("/id", token) == 200
    os.chown(replica.path, 12345, 0)
    refuses(gate(HTTP % "", replica), token, "12345")


def test_another_owner_than_configured(gate):
    replica = gate.replica()
    refuses(gate(HTTP % "owner=12345", replica), replica.id_token(), "12345")


def test_the_configured_owner_by_name(gate):
    replica = gate.replica()
    owner = "root" if os.geteuid() == 0 else str(os.geteuid())
    assert gate(HTTP % f"owner={owner}", replica).status("/id", replica.id_token()) == 200


@pytest.mark.parametrize("who", ["file", "directory"])
def test_a_replica_that_others_may_write(gate, who):
    replica = gate.replica()
    (replica.path if who == "file" else replica.path.parent).chmod(0o777)
    refuses(gate(HTTP % "", replica), replica.id_token(), "other users may write to")


def test_no_lease_yet(gate):
    replica = gate.replica(hold=0)
    nginx = gate(HTTP % "", replica)
    token = replica.id_token()
    assert nginx.get("/id", token)[::2] == (401, UNAUTHORIZED)
    replica.do("hold 2000")
    assert nginx.status("/id", token) == 200


def test_a_lease_lapses_by_itself_and_a_new_one_serves_again(gate):
    replica = gate.replica(hold=0)
    nginx = gate(HTTP % "", replica)
    token = replica.id_token()
    replica.do("lease 500")
    assert nginx.status("/id", token) == 200
    time.sleep(0.55)
    assert nginx.get("/id", token)[::2] == (401, UNAUTHORIZED)
    nginx.wait_for_log("requests are denied")
    replica.do("epoch")
    replica.do("hold 2000")
    assert nginx.status("/id", token) == 200


def test_a_killed_agent_denies_within_its_lease(gate):
    replica = gate.replica(hold=400)
    nginx = gate(HTTP % "", replica)
    token = replica.id_token()
    assert nginx.status("/id", token) == 200
    replica._process.kill()
    time.sleep(0.45)
    assert nginx.status("/id", token) == 401


def test_the_agent_takes_its_lease_out_at_once(gate):
    replica = gate.replica()
    nginx = gate(HTTP % "", replica)
    token = replica.id_token()
    assert nginx.status("/id", token) == 200
    replica.do("end-lease")
    assert nginx.status("/id", token) == 401


def test_a_superseded_file_is_followed_to_the_new_one(gate):
    replica = gate.replica()
    nginx = gate(HTTP % "", replica)
    token, revoked = replica.id_token(), replica.id_token()
    assert nginx.status("/id", token) == nginx.status("/id", revoked) == 200
    for _ in range(3):
        replica.do("renew-file")
        assert nginx.status("/id", token) == 200
    replica.revoke(revoked)
    replica.do("renew-file")
    assert nginx.status("/id", revoked) == 401


def test_the_gate_s_trouble_is_logged_once_a_second_not_per_request(gate, directory):
    token = gate.replica().id_token()
    nginx = gate(HTTP % "", directory / "replica")
    for _ in range(50):
        assert nginx.status("/id", token) == 401
    assert 1 <= nginx.errors().count("[error]") <= 4


def test_a_directory_above_that_others_may_write_denies_and_is_named(gate, directory):
    below = directory / "open" / "below"
    below.mkdir(parents=True)
    replica = gate.replica(below / "replica")
    nginx = gate(HTTP % "", below / "replica")
    assert nginx.status("/id", replica.id_token()) == 200
    (directory / "open").chmod(0o777)
    other = gate(HTTP % "", below / "replica")
    refuses(other, replica.id_token(), f"{directory}/open: other users may write to the directory", "replica_unusable")
    accepted, words = other.check()
    assert accepted and f"{directory}/open: other users may write to the directory" in words
    assert nginx.status("/id", replica.id_token()) == 200, "it is looked at when the file is mapped, not for each request"
    # As /tmp: others may add to it, but not take away what is ours.
    (directory / "open").chmod(0o1777)
    wait_until(lambda: other.status("/id", replica.id_token()) == 200, what="served once the directory is safe")
    other.wait_for_log("requests are served again")
    assert other.check() == (True, other.check()[1]) and "other users may write to" not in other.check()[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="changes owners")
def test_a_directory_above_that_is_another_users_denies_and_is_named(gate, directory):
    below = directory / "foreign" / "below"
    below.mkdir(parents=True)
    replica = gate.replica(below / "replica")
    os.chown(directory / "foreign", 12345, -1)
    nginx = gate(HTTP % "", below / "replica")
    refuses(nginx, replica.id_token(), f"{directory}/foreign: the directory belongs to uid 12345", "replica_unusable")
    assert f"{directory}/foreign: the directory belongs to uid 12345" in nginx.check()[1]


def test_a_directory_that_is_not_there_yet_is_no_warning(gate, directory):
    nginx = gate(HTTP % "", directory / "later" / "replica", start=False)
    accepted, words = nginx.check()
    assert accepted and "warn" not in words
