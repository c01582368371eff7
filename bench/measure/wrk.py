"""wrk, driven by the lines of a file."""
import os
import pathlib
import re
import subprocess


class Failed(RuntimeError):
    """An answer was not 2xx, or there was none."""


class Script:
    """wrk runs a script of this folder from now on, for `seconds`. Each thing that the script counts is a request, or several that belong together."""

    def __init__(self, script, port, path, connections, seconds, **environment):
        self._process = subprocess.Popen(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", pathlib.Path(__file__).with_name(script),
             f"http://127.0.0.1:{port}{path}"], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)

    def result(self):
        """(things/s, things), once it is done."""
        out, _ = self._process.communicate()
        things, micros, errors = map(int, re.search(r"BENCH (\d+) (\d+) (\d+)", out).groups())
        if errors or not things:
            raise Failed(f"{errors} requests failed; {things} were counted\n{out}")
        return things * 1e6 / micros, things


class Wrk(Script):
    """Each request takes the next line of `lines`, as its body or where a header has "{line}"."""

    def __init__(self, port, path, lines, headers, connections, seconds, method="POST"):
        super().__init__("lines.lua", port, path, connections, seconds, BENCH_METHOD=method, BENCH_PATH=path, BENCH_LINES=str(lines),
                         BENCH_HEADERS="\n".join(f"{name}: {value}" for name, value in headers.items()))
