import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import sallyport_processes as processes  # noqa: E402


class Started:
    """Starts processes; what it started ends with the test, the last first."""

    def __init__(self):
        self._all = []

    def server(self, *arguments, **options):
        return self.keep(processes.Server(*arguments, **options))

    def agent(self, server, replica=None, *arguments):
        return self.keep(processes.Agent(server, replica or self.directory() / "replica", *arguments))

    def gate(self, replica, *issuers):
        return self.keep(processes.Gate(self.directory(), replica, *issuers))

    def directory(self):
        path = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-e2e-"))
        path.chmod(0o755)
        self._all.append(path)
        return path

    def keep(self, process):
        """Ends it with the test."""
        self._all.append(process)
        return process

    def close(self):
        for item in reversed(self._all):
            shutil.rmtree(item, ignore_errors=True) if isinstance(item, pathlib.Path) else item.close()


@pytest.fixture
def start():
    started = Started()
    yield started
    started.close()


@pytest.fixture(scope="module")
def server():
    """One server for the tests of a module, with weak hashes and no signatures asked for."""
    server = processes.Server(*processes.WEAK_HASHES)
    yield server
    assert server.close() == 0


@pytest.fixture(scope="module")
def pool(server):
    return processes.Pool(server.client())
