"""Starting what is measured, and reading what it cost."""
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release" / "bin"


# For `sallyport serve`: any free port for the feed, so that several run side by side.
FEED = ["--feed-listen", "127.0.0.1:0"]
# All load comes from one address, much of it from one user. Builds of before there were limits do not know it, and pass it over.
os.environ["SALLYPORT_NO_RATE_LIMITS"] = "true"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, process=None, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode} before it listened")
        with socket.socket() as s:
            s.settimeout(0.2)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    raise RuntimeError(f"nothing listens on port {port}")


@contextlib.contextmanager
def running(*command, **options):
    process = subprocess.Popen([str(word) for word in command], **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def enrol(directory, port, binaries=BIN):
    """The file of a new agent of the server on `port`, whose data is in `directory`."""
    name = f"agent-{time.monotonic_ns()}"
    path = directory / f"{name}.enrolment"
    subprocess.run([binaries / "sallyport", "agents", "add", name, "--data", directory / "data", "--endpoint", f"http://127.0.0.1:{port}",
                    "--out", path], check=True, capture_output=True)
    return path


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid):
    """User and system time of all threads of a process: schedstat's nanoseconds."""
    total = 0
    # A thread may end meanwhile, and so may a process of PostgreSQL's.
    try:
        tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for task in tasks:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_mib(pid, peak=False):
    field = "VmHWM" if peak else "VmRSS"
    return int(re.search(rf"{field}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def openssl_rsa2048(seconds=2):
    """(signatures/s, verifications/s) of one core, as openssl measures them."""
    out = subprocess.run(["openssl", "speed", "-seconds", str(seconds), "rsa2048"], capture_output=True, text=True, check=True).stdout
    words = out.strip().splitlines()[-1].split()
    return float(words[-2]), float(words[-1])
