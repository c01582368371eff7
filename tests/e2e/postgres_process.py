"""A PostgreSQL of the test's own, in a temporary directory, on a Unix socket; and a pgbouncer in front of it."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class Postgres:
    def __init__(self):
        assert PROGRAMS, "no PostgreSQL is installed (postgresql-15)"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-pg-"))
        self.directory.chmod(0o755)
        # It refuses to be root.
        self.runs_as = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self.runs_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", self.directory / "data", "-U", "sallyport", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.process = None
        self.start()
        self.url = f"postgresql://sallyport@/sallyport?host={self.directory}"
        self._run("createdb", "-h", self.directory, "-U", "sallyport", "sallyport")

    def _run(self, program, *arguments):
        subprocess.run([str(PROGRAMS / program), *map(str, arguments)], check=True, capture_output=True, cwd=self.directory, **self.runs_as)

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAMS / "postgres"), "-D", str(self.directory / "data"), "-k", str(self.directory), "-c", "listen_addresses="],
                stdout=log, stderr=log, cwd=self.directory, **self.runs_as)
        end = time.monotonic() + 60
        while subprocess.run([str(PROGRAMS / "pg_isready"), "-q", "-h", str(self.directory)]).returncode != 0:
            assert time.monotonic() < end, "PostgreSQL does not answer"
            time.sleep(0.02)

    def query(self, sql):
        """As its administrator: the first column of the first row, as text."""
        done = subprocess.run([str(PROGRAMS / "psql"), "-h", str(self.directory), "-U", "sallyport", "-d", "sallyport", "-Atc", sql],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        self.process.wait(30)

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class Pgbouncer:
    """`mode`: session or transaction."""

    CONFIGURATION = """
[databases]
sallyport = host={database} dbname=sallyport user=sallyport
[pgbouncer]
listen_port = 6432
unix_socket_dir = {directory}
auth_type = any
pool_mode = {mode}
default_pool_size = 40
"""

    def __init__(self, database, mode):
        self.directory = database.directory / f"pgbouncer-{mode}"
        self.directory.mkdir(mode=0o755)
        configuration = self.directory / "pgbouncer.ini"
        configuration.write_text(self.CONFIGURATION.format(database=database.directory, directory=self.directory, mode=mode))
        if "user" in database.runs_as:
            os.chown(self.directory, database.runs_as["user"], database.runs_as["group"])
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(["/usr/sbin/pgbouncer", str(configuration)], stdout=log, stderr=log, cwd=self.directory,
                                            **database.runs_as)
        self.url = f"postgresql://sallyport@/sallyport?host={self.directory}&port=6432"
        end = time.monotonic() + 30
        while not (self.directory / ".s.PGSQL.6432").exists():
            assert self.process.poll() is None and time.monotonic() < end, (self.directory / "log").read_text()
            time.sleep(0.02)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
