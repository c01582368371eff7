"""Instructions that a request costs nginx, in two builds. See bench/instructions."""
import argparse
import contextlib
import http.client
import pathlib
import re
import signal
import subprocess
import time

from pairs import Build, write_nginx_configuration
from processes import wait_for_port

WARM_UP = 200
STARTS = 60
# Of callgrind's totals: instructions; misses of the data caches of the first level; misses of the last level.
INSTRUCTIONS, FIRST_LEVEL, LAST_LEVEL = (0,), (4, 5), (6, 7, 8)


class Counted(Build):
    """One build, whose nginx is started anew, under valgrind, for each count."""

    def _start_nginx(self, stack, issuer):
        self.configuration = write_nginx_configuration(self, issuer, "master_process off;")

    def _totals(self, path, requests):
        out = self.directory / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", "--cache-sim=yes", f"--callgrind-out-file={out}", "nginx", "-p", self.directory, "-e",
                   self.directory / "error.log", "-c", self.configuration]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
            try:
                wait_for_port(self.gate_port, nginx)
                self._ask(path, requests)
            finally:
                nginx.send_signal(signal.SIGTERM)
                nginx.wait(STARTS)
        return [int(count) for count in re.search(r"^(?:summary|totals): (.*)$", out.read_text(), re.MULTILINE)[1].split()]

    def _ask(self, path, requests):
        tokens = self.tokens.read_text().split()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.gate_port, timeout=STARTS)) as connection:
            for number in range(requests):
                connection.request("GET", path, headers={"Authorization": f"Bearer {tokens[number % len(tokens)]}"})
                with connection.getresponse() as answer:
                    answer.read()
                if answer.status != 200:
                    raise SystemExit(f"{path} answered {answer.status}")

    def of_a_request(self, path, requests):
        """What one request more costs."""
        few, many = self._totals(path, WARM_UP), self._totals(path, WARM_UP + requests)
        per_request = [(more - less) / requests for less, more in zip(few, many)]
        return [sum(per_request[column] for column in columns) for columns in (INSTRUCTIONS, FIRST_LEVEL, LAST_LEVEL)]


def main():
    options = argparse.ArgumentParser(prog="bench/instructions")
    options.add_argument("old", type=pathlib.Path)
    options.add_argument("new", type=pathlib.Path)
    options.add_argument("--requests", type=int, default=1000)
    chosen = options.parse_args()
    print(f"{'build':<6} {'':<16} {'instructions':>12} {'misses of L1d':>14} {'of the last level':>18}")
    for name, path in (("old", chosen.old), ("new", chosen.new)):
        with contextlib.ExitStack() as stack:
            build = Counted(stack, path, name)
            time.sleep(3)  # the agent has its lease
            for title, location in (("seen before", "/guarded"), ("without the gate", "/open")):
                instructions, first_level, last_level = build.of_a_request(location, chosen.requests)
                print(f"{name:<6} {title:<16} {instructions:>12.0f} {first_level:>14.1f} {last_level:>18.2f}", flush=True)


if __name__ == "__main__":
    main()
