"""A PostgreSQL of the test's own, in a temporary directory, on a Unix socket."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import sallyport_processes as processes

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class Postgres:
    def __init__(self):
        assert PROGRAMS, "no PostgreSQL is installed (postgresql-15)"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-pg-"))
        self.directory.chmod(0o755)
        # It refuses to be root.
        self._as = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", self.directory / "data", "-U", "sallyport", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.process = None
        self.start()
        self.url = f"postgresql://sallyport@/sallyport?host={self.directory}"
        self._run("createdb", "-h", self.directory, "-U", "sallyport", "sallyport")

    def _run(self, program, *arguments):
        subprocess.run([str(PROGRAMS / program), *map(str, arguments)], check=True, capture_output=True, cwd=self.directory, **self._as)

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAMS / "postgres"), "-D", str(self.directory / "data"), "-k", str(self.directory), "-c", "listen_addresses="],
                stdout=log, stderr=log, cwd=self.directory, **self._as)
        processes.wait_until(lambda: subprocess.run([str(PROGRAMS / "pg_isready"), "-q", "-h", str(self.directory)]).returncode == 0,
                             seconds=60, what="PostgreSQL answers")

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
