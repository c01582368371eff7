import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import gate_harness  # noqa: E402


@pytest.fixture
def gate():
    """gate(http, ...): an nginx; gate.replica(): its Replica; gate.upstream(...). All end with the test."""
    yield from _gate()


@pytest.fixture(scope="module")
def module_gate():
    yield from _gate()


class Directory:
    def __init__(self, path):
        self._path = path

    def close(self):
        shutil.rmtree(self._path, ignore_errors=True)


class Gate:
    def __init__(self):
        self._open = []

    def replica(self, path=None, **options):
        directory = None if path else gate_harness.make_directory()
        replica = gate_harness.Replica(path or directory / "replica", **options)
        if directory:
            self._open.append(Directory(directory))
        self._open.append(replica)
        return replica

    def upstream(self, serve=None):
        upstream = gate_harness.Upstream(serve)
        self._open.append(upstream)
        return upstream

    def __call__(self, http, replica=None, **options):
        path = replica.path if isinstance(replica, gate_harness.Replica) else replica
        nginx = gate_harness.Nginx(http, replica=path, **options)
        self._open.append(nginx)
        return nginx

    def close(self):
        for resource in reversed(self._open):
            resource.close()


def _gate():
    gate = Gate()
    try:
        yield gate
    finally:
        gate.close()
