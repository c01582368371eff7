import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import sallyport_processes as processes  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def empty_directory(tmp_path_factory):
    """The tests' processes run in a directory of their own, because ./run leaves ./data in the checkout, and commands look for credentials there."""
    os.chdir(tmp_path_factory.mktemp("here"))


@pytest.fixture
def start():
    started = processes.Started()
    yield started
    started.close()


@pytest.fixture(scope="module")
def server():
    """One server for the tests of a module, with weak hashes and without signatures."""
    server = processes.Server(*processes.WEAK_HASHES)
    yield server
    assert server.close() == 0


@pytest.fixture(scope="module")
def pool(server):
    return processes.Pool(server.client())
