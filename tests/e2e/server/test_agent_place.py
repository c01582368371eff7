"""An agent whose Replica is taken away makes a new one and says so; it never says that it is healthy while gates deny."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from sallyport_processes import BIN, WEAK_HASHES, Agent, Pool, free_port, wait_until


class Line:
    def __init__(self, start):
        self.server = start.server(*WEAK_HASHES)
        self.pool = Pool(self.server.client())
        self.port = free_port()
        self.revoked = []
        above = start.directory()
        above.chmod(0o755)
        self.directory = above / "run"
        # Not beside the Replica, which will be removed together with its directory.
        enrolment = self.server.enrol("gate", start.directory() / "enrolment")
        self.agent = start.keep(Agent(self.server, self.make_directory() / "replica", "--metrics-listen",
                                      f"127.0.0.1:{self.port}", enrolment=enrolment))
        self.gate = start.gate(self.agent.replica, f"{self.server.url}/{self.pool.id}")
        self.token = self.pool.sign_in(self.pool.make_user("first"))["AccessToken"]
        wait_until(self.serves, what="the gate serves")

    def make_directory(self):
        self.directory.mkdir(mode=0o755)
        return self.directory

    def serves(self):
        try:
            return all(self.gate.get("/access", self.token)[0] == 200 for _ in range(20))
        except (http.client.RemoteDisconnected, ConnectionError):
            return False  # a worker that touched a file which was cut short: nginx starts another

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def status(self):
        done = subprocess.run([BIN / "sallyport", "agent", "--status", "--replica", self.agent.replica],
                              capture_output=True, text=True, timeout=10)
        return done.returncode, json.loads(done.stdout) if done.stdout else None

    def is_healthy(self):
        """By all three ways to ask, which must agree."""
        code, status = self.status()
        health, metric = self.get("/healthz")[0], "\nsallyport_agent_healthy 1\n" in self.get("/metrics")[1]
        return code == 0 and status["healthy"] and health == 200 and metric

    def signed_in(self, name):
        """Revokes that user's token and checks that it is refused from the answer on."""
        token = self.pool.sign_in(self.pool.make_user(name))["AccessToken"]
        assert self.gate.get("/access", token)[0] == 200

        def refused():
            self.pool.api.admin_user_global_sign_out(UserPoolId=self.pool.id, Username=name)
            until = time.monotonic() + 1.5
            while time.monotonic() < until:
                with contextlib.suppress(http.client.RemoteDisconnected, ConnectionError):
                    assert self.gate.get("/access", token)[0] == 401
        return refused

    def revoked_is_refused(self, name):
        token = self.pool.sign_in(self.pool.make_user(name))["AccessToken"]
        assert self.gate.get("/access", token)[0] == 200
        self.pool.api.admin_user_global_sign_out(UserPoolId=self.pool.id, Username=name)
        assert self.gate.get("/access", token)[0] == 401
        self.revoked.append(token)


@pytest.fixture
def line(start):
    return Line(start)


def remove_file(line):
    line.agent.replica.unlink()


def replace_file(line):
    copy = line.agent.replica.with_suffix(".copy")
    shutil.copyfile(line.agent.replica, copy)
    os.rename(copy, line.agent.replica)


def remove_directory(line):
    shutil.rmtree(line.directory)


def write_over(line):
    """As `cp` does it: the file is first shortened to nothing and then written."""
    copy = line.agent.replica.with_suffix(".copy")
    shutil.copyfile(line.agent.replica, copy)
    line.revoked_is_refused("between")
    shutil.copyfile(copy, line.agent.replica)


def cut_short(line):
    os.truncate(line.agent.replica, 0)


def cut_by_a_page(line):
    """What is left has a lease with which gates would continue."""
    refused = line.signed_in("cut")
    os.truncate(line.agent.replica, line.agent.replica.stat().st_size - 4096)
    refused()


def behind_the_header(line, part):
    """The table, or what is between it and the header: the public keys and their index."""
    with open(line.agent.replica, "rb") as file:
        words = int.from_bytes(file.read(96)[88:], "little")
    size = line.agent.replica.stat().st_size
    table = size - (8 * words + 4095) // 4096 * 4096
    return (table, size - table) if part == "table" else (4096, table - 4096)


def empty_the_table(line):
    """What a hole or a broken file system leaves, with the header unchanged."""
    line.revoked_is_refused("emptied")
    start, size = behind_the_header(line, "table")
    with open(line.agent.replica, "r+b") as file:
        file.seek(start)
        file.write(bytes(size))


def empty_the_keys(line):
    start, size = behind_the_header(line, "keys")
    with open(line.agent.replica, "r+b") as file:
        file.seek(start)
        file.write(bytes(size))


def make_longer(line):
    os.truncate(line.agent.replica, line.agent.replica.stat().st_size + 4096)


def move_a_copy_there(line):
    refused = line.signed_in("moved")
    copy = line.agent.replica.with_suffix(".copy")
    shutil.copy2(line.agent.replica, copy)
    os.rename(copy, line.agent.replica)
    line.gate.signal(signal.SIGHUP)  # new workers map what has the name now
    refused()


def replace_directory(line):
    os.rename(line.directory, line.directory.with_name("aside"))
    line.make_directory()


@pytest.mark.parametrize("take_away", [remove_file, replace_file, write_over, cut_short, cut_by_a_page, make_longer,
                                       empty_the_table, empty_the_keys, move_a_copy_there, remove_directory, replace_directory])
def test_what_is_taken_away_is_made_anew_and_said(line, take_away):
    assert line.is_healthy()
    take_away(line)

    def is_mended():
        code, status = line.status()
        return code == 0 and status["replica_losses"] == 1
    wait_until(is_mended, what="it is noticed, and a new Replica is there")
    assert "\nsallyport_agent_replica_losses_total 1\n" in line.get("/metrics")[1]
    wait_until(line.serves, what="the gate serves")
    for token in line.revoked:
        assert line.gate.get("/access", token)[0] == 401
    line.revoked_is_refused("after")


@pytest.mark.parametrize("above", [False, True])
def test_a_directory_that_gates_cannot_enter_is_no_health(line, above):
    directory = line.directory.parent if above else line.directory
    directory.chmod(0o700)
    wait_until(lambda: not line.is_healthy(), what="the agent notices")
    assert "cannot open it" in line.status()[1]["problems"][0]
    directory.chmod(0o755)
    wait_until(line.is_healthy, what="the agent notices")


def test_a_directory_that_was_never_for_gates_of_other_users_is_a_warning(start):
    server = start.server(*WEAK_HASHES)
    directory = start.directory()
    directory.chmod(0o700)
    agent = start.agent(server, directory / "replica")
    wait_until(agent.status, what="the agent answers")
    assert agent.status()["warnings"] == [
        f"only the agent's own user may enter the directory of {agent.replica}, or one above it: "
        "gates of other users find no Replica and deny"]


def test_a_directory_that_others_may_write_is_no_health(line):
    line.directory.chmod(0o777)
    wait_until(lambda: not line.is_healthy(), what="the agent notices")
    code, status = line.status()
    assert code == 1 and str(line.directory) in status["problems"][0]
    assert line.get("/healthz") == (503, status["problems"][0] + "\n")
    line.directory.chmod(0o755)
    wait_until(line.is_healthy, what="the agent notices")


def test_a_lease_under_which_every_token_is_denied_is_no_health(line):
    line.pool.api.delete_user_pool(UserPoolId=line.pool.id)
    assert line.gate.get("/access", line.token)[0] == 401
    wait_until(lambda: not line.is_healthy(), what="the agent notices")
    code, status = line.status()
    assert code == 1 and status["holds_lease"] and "every key is withdrawn" in status["problems"][0]


def test_without_a_server_it_is_not_healthy_and_says_why(line):
    line.server.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: line.status()[0] == 1, what="the lease lapses")
        assert line.get("/healthz")[0] == 503
        assert "no lease" in line.status()[1]["problems"][0]
        assert line.gate.get("/access", line.token)[0] == 401
    finally:
        line.server.signal(signal.SIGCONT)
    wait_until(line.is_healthy, what="all goes on")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_snapshot_that_does_not_fit_leaves_nothing_and_is_told(start):
    server = start.server(*WEAK_HASHES)
    pool = Pool(server.client())
    directory = start.directory()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=755", "none", directory], check=True)
    try:
        agent = start.agent(server, directory / "replica")

        def status():
            done = subprocess.run([BIN / "sallyport", "agent", "--status", "--replica", agent.replica],
                                  capture_output=True, text=True, timeout=10)
            return done.returncode, json.loads(done.stdout) if done.stdout else {}
        wait_until(lambda: "no space" in " ".join(status()[1].get("problems", [])), what="the agent says so")
        assert status()[0] == 1
        time.sleep(1)
        assert sorted(path.name for path in directory.iterdir() if path.suffix in (".lock", ".status", ".new", "")) == ["replica.lock", "replica.status"]
        space = os.statvfs(directory)
        assert space.f_bavail > space.f_blocks / 2, "nothing without a name is left either"
        subprocess.run(["mount", "-o", "remount,size=64m", directory], check=True)
        pool.make_user("first")
        wait_until(lambda: status()[0] == 0, what="with space it goes on by itself")
        agent.close()
    finally:
        subprocess.run(["umount", "-l", directory], check=True)
