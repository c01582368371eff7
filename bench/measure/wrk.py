"""wrk, driven by the lines of a file."""
import os
import pathlib
import re
import subprocess


class Failed(RuntimeError):
    """An answer was not 2xx, or there was none."""


class Wrk:
    """Sends requests from now on, for `seconds`; each takes the next line of `lines`, as its body or where a header has "{line}"."""

    def __init__(self, port, path, lines, headers, connections, seconds, method="POST"):
        environment = dict(os.environ, BENCH_METHOD=method, BENCH_PATH=path, BENCH_LINES=str(lines),
                           BENCH_HEADERS="\n".join(f"{name}: {value}" for name, value in headers.items()))
        self._process = subprocess.Popen(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", pathlib.Path(__file__).with_name("lines.lua"),
             f"http://127.0.0.1:{port}{path}"], env=environment, stdout=subprocess.PIPE, text=True)

    def result(self):
        """(requests/s, requests), once it is done."""
        out, _ = self._process.communicate()
        requests, micros, errors = map(int, re.search(r"BENCH (\d+) (\d+) (\d+)", out).groups())
        if errors or not requests:
            raise Failed(f"{errors} of {requests} requests failed\n{out}")
        return requests * 1e6 / micros, requests
