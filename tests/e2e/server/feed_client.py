"""A client of the feed for tests: TLS 1.3 with an agent's key by `openssl s_client`, and frames made by hand."""

import os
import select
import struct
import subprocess
import time


class Enrolment:
    """An enrolment file, taken apart."""

    def __init__(self, path):
        self.lines = [line.split(" ", 1) for line in path.read_text().splitlines()[1:]]
        fields = dict(self.lines)
        self.server, self.name, self.key_id, self.key = (fields[name] for name in ("server", "name", "key-id", "key"))
        self.identity = f"{self.name}.{self.key_id}"


class FeedClient:
    def __init__(self, address, identity, key, *arguments):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-connect", address, "-tls1_3", "-psk_identity", identity, "-psk", key, "-quiet",
             "-ciphersuites", "TLS_AES_128_GCM_SHA256", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.received = b""

    def send(self, frame):
        self.process.stdin.write(struct.pack("<I", len(frame)) + frame)
        self.process.stdin.flush()

    def hello(self, *, version=2, instance=None, log=bytes(16), sequence=0, digest=bytes(32), mark=bytes(32), lease=0, name=b"client"):
        self.send(struct.pack("<BH", 1, version) + (instance or os.urandom(16)) + log + struct.pack("<Q", sequence) + digest + mark +
                  struct.pack("<BH", lease, len(name)) + name)

    def _take(self, size, until):
        while len(self.received) < size:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            data = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not data:
                return None
            self.received += data
        taken, self.received = self.received[:size], self.received[size:]
        return taken

    def receive(self, seconds=5.0):
        """The next frame; None: none came, or the connection has ended."""
        until = time.monotonic() + seconds
        size = self._take(4, until)
        return size and self._take(struct.unpack("<I", size)[0], until)

    def expect(self, kind, seconds=5.0):
        """The next frame of a type, whatever comes before it."""
        until = time.monotonic() + seconds
        while frame := self.receive(max(0, until - time.monotonic())):
            if frame[0] == kind:
                return frame
        raise AssertionError(f"no frame of type {kind}")

    def close(self):
        self.process.kill()
        self.process.wait()


WELCOME, SNAPSHOT_END, GRANT, NO_GRANT, GOODBYE = 16, 19, 21, 22, 23
