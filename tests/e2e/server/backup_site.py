"""A data directory with servers one after another, and the ways to copy it and to put the copy back."""

import pathlib
import re
import shutil
import sqlite3

import sallyport_processes as processes
from botocore.exceptions import ClientError

# One issuer for all starts, wherever the server listens.
URL = "http://127.0.0.1:9229"
SETTINGS = (*processes.WEAK_HASHES, "--public-url", URL)
NOTICED = b"the store was restored from a backup"


class Site:
    """A data directory that outlives its servers, with a pool, a user signed in, and perhaps an agent."""

    def __init__(self, start, with_agent=False, ttl="200ms"):
        self.start = start
        self.settings = (*SETTINGS, "--feed-ttl", ttl)
        self.directory = start.directory()
        self.data = self.directory / "data"
        self.data.mkdir(mode=0o700)
        self.port, self.feed_port = processes.free_port(), processes.free_port()
        self.serve()
        self.pool = processes.Pool(self.server.client())
        self.pool.make_user("alice")
        self.agent = start.agent(self.server, self.directory / "replica") if with_agent else None

    def serve(self):
        self.server = self.start.server(*self.settings, data=self.data, port=self.port, feed_port=self.feed_port)
        return self.server

    def stop(self):
        assert self.server.close() == 0

    def sallyport(self, command, *arguments):
        return processes.run(command, "--data", self.data, *arguments)

    def recover(self):
        ended = self.sallyport("recover", *self.settings)
        assert ended.returncode == 0, ended.stderr

    def api(self):
        self.pool.api = self.server.client()
        return self.pool

    def ready(self):
        status, _, words = self.server.request("GET", "/readyz")
        return status == 200, words

    def refresh(self, token):
        return self.api().api.initiate_auth(ClientId=self.pool.client_id, AuthFlow="REFRESH_TOKEN_AUTH",
                                            AuthParameters={"REFRESH_TOKEN": token})["AuthenticationResult"]

    def is_refused(self, token):
        try:
            self.refresh(token)
        except ClientError:
            return True
        return False

    def revoke(self, token):
        self.api().api.revoke_token(ClientId=self.pool.client_id, Token=token)

    def agent_has_the_head(self):
        """The agent has applied all that the server has, as the server says."""
        def applied():
            text = self.server.request("GET", "/metrics")[2].decode()
            leased = re.search(r"^sallyport_agents_leased (\d+)", text, re.M)
            return leased and int(leased[1]) == 1
        processes.wait_until(applied, what="the agent has a lease")

    def put_back(self, copy):
        for part in ("", "-wal", "-shm"):
            pathlib.Path(f"{self.data}/sallyport.db{part}").unlink(missing_ok=True)
        shutil.copyfile(copy, self.data / "sallyport.db")


def by_command(site):
    file = site.directory / "backup"
    ended = site.sallyport("backup", file)
    assert ended.returncode == 0, ended.stderr
    assert file.stat().st_mode & 0o777 == 0o600

    def restore():
        restored = site.sallyport("restore", file)
        assert restored.returncode == 0, restored.stderr
    return restore


def by_sqlite(site):
    file = site.directory / "backup"
    source, copy = sqlite3.connect(site.data / "sallyport.db"), sqlite3.connect(file)
    source.backup(copy)
    source.close()
    copy.close()
    return lambda: site.put_back(file)


def by_copying_the_database(site):
    file = site.directory / "backup"
    site.stop()
    shutil.copyfile(site.data / "sallyport.db", file)
    site.serve()
    return lambda: site.put_back(file)


def by_copying_all(site):
    copy = site.directory / "backup"
    site.stop()
    shutil.copytree(site.data, copy)
    site.serve()

    def restore():
        shutil.rmtree(site.data)
        shutil.copytree(copy, site.data)
    return restore
