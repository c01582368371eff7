"""The upgrade that tests/upgrade/run makes: see there."""

import contextlib
import os
import pathlib
import shutil
import signal
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import sallyport_processes as processes  # noqa: E402
from sallyport_processes import BIN, WEAK_HASHES, Gate, Pool, Process, Server, Started, free_port, wait_until  # noqa: E402

# A restart has to be done within it; this machine may be busy.
TTL = ("--feed-ttl", "5s")


class OldServer(Server):
    """As it was before --feed-listen."""

    def __init__(self, old, data, port):
        self._own, self.data, self.port, self.feed_port = None, data, port, None
        self.url = f"http://127.0.0.1:{port}"
        Process.__init__(self, [old / "sallyport", "serve", "--data", data, "--listen", f"127.0.0.1:{port}", *WEAK_HASHES, *TTL],
                         data / "old-server.log")
        wait_until(lambda: processes.answers(port), what="the old server listens")


class OldAgent(Process):
    def __init__(self, old, server, replica):
        self.replica = replica
        super().__init__([old / "sallyport", "agent", "--server", server.url, "--token-file", server.data / "agent-token",
                          "--replica", replica], replica.with_suffix(".log"))


class DaemonGate(Gate):
    """In the background, as nginx's binary upgrade by signals needs it."""

    def __init__(self, directory, replica, module, *issuers):
        self.port = free_port()
        self.directory, self.module = directory, module
        text = self.CONFIGURATION.replace("daemon off", "daemon on").replace("{bin}/ngx_http_sallyport_module.so", str(module))
        self.configuration = directory / "nginx.conf"
        self.configuration.write_text(text.format(
            user="user root;" if os.geteuid() == 0 else "", replica=replica, port=self.port, issuers=" ".join(issuers), directory=directory))
        Process.__init__(self, [shutil.which("nginx"), "-p", directory, "-c", self.configuration, "-e", "nginx.log"], directory / "nginx.out")
        assert self.process.wait(20) == 0, self.log.read_text()
        wait_until(self.master, what="nginx runs")

    def master(self):
        with contextlib.suppress(OSError, ValueError):
            return int((self.directory / "nginx.pid").read_text())

    def read_from(self, replica, old):
        self.configuration.write_text(self.configuration.read_text().replace(str(old), str(replica)))
        os.kill(self.master(), signal.SIGHUP)
        wait_until(lambda: "gracefully shutting down" in (self.directory / "nginx.log").read_text(), what="old workers go")

    def load(self, module):
        """A new master with the module, and the old one's end once the new one serves."""
        self.module.unlink()
        self.module.symlink_to(module)
        old = self.master()
        os.kill(old, signal.SIGUSR2)
        wait_until(lambda: self.master() not in (None, old), what="the new nginx runs")
        time.sleep(1)
        os.kill(old, signal.SIGQUIT)
        wait_until(lambda: not pathlib.Path(f"/proc/{old}").exists(), what="the old nginx is gone")

    def close(self):
        with contextlib.suppress(TypeError, ProcessLookupError):
            os.kill(self.master(), signal.SIGTERM)


class Asking:
    """Asks the gate without a pause: with a good token, and with those that are revoked."""

    def __init__(self, gate, good):
        self.gate, self.good, self.revoked = gate, good, []
        self.asked = self.wrong = 0
        self.step = ""
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def _ask(self):
        while not self._done.is_set():
            for token, right in [(self.good, 200), *((token, 401) for token in list(self.revoked))]:
                try:
                    status = self.gate.get("/access", token)[0]
                except OSError as error:
                    status = error
                self.asked += 1
                if status != right:
                    self.wrong += 1
                    print(f"  WRONG: {status} in place of {right}, while {self.step}\n", end="", flush=True)
            time.sleep(0.002)

    def close(self):
        self._done.set()
        for thread in self._threads:
            thread.join()


def main(old):
    with contextlib.closing(Started()) as start, contextlib.ExitStack() as stack:
        data, first, second = start.directory(), start.directory(), start.directory()
        port = free_port()
        server = start.keep(OldServer(old, data, port))
        pool = Pool(server.client())
        pool.make_user("ada")
        pool.make_user("bob")
        agent = start.keep(OldAgent(old, server, first / "replica"))
        module = first / "module.so"
        module.symlink_to(old / "ngx_http_sallyport_module.so")
        gate = start.keep(DaemonGate(first, agent.replica, module, f"{server.url}/{pool.id}"))
        good = pool.sign_in("ada")["AccessToken"]
        wait_until(lambda: gate.get("/access", good)[0] == 200, what="the old gate allows")
        asking = Asking(gate, good)
        stack.callback(asking.close)  # before anything that it asks ends

        def step(what):
            asking.step = what
            print(f"- {what}", flush=True)

        def revoke():
            """A revoked token is denied from the answer on, at every step."""
            tokens = pool.sign_in("bob")
            wait_until(lambda: gate.get("/access", tokens["AccessToken"])[0] == 200, what="a new token is allowed")
            pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=pool.client_id)
            asking.revoked.append(tokens["AccessToken"])

        revoke()
        step("the new server takes the old one's place, with --old-agents")
        server.close()
        server = start.keep(Server(*WEAK_HASHES, *TTL, "--old-agents", "--public-url", server.url, data=data, port=port))
        pool.api = server.client()
        revoke()

        step("a new agent beside the old one")
        new_agent = start.agent(server, second / "replica")
        wait_until(lambda: (new_agent.status() or {}).get("holds_lease"), 30, "the new agent holds a lease")
        revoke()

        step("nginx is reloaded with the new agent's Replica")
        gate.read_from(new_agent.replica, agent.replica)
        time.sleep(1)
        revoke()

        step("the old agent is stopped")
        agent.close()
        time.sleep(6)
        revoke()

        step("nginx is replaced by one with the new module, by signals")
        gate.load(BIN / "ngx_http_sallyport_module.so")
        revoke()

        step("the server runs without --old-agents")
        server.close()
        server = start.keep(Server(*WEAK_HASHES, *TTL, "--public-url", server.url, data=data, port=port, feed_port=server.feed_port))
        pool.api = server.client()
        revoke()
        time.sleep(6)

        asking.close()
        print(f"{asking.asked} requests, {asking.wrong} wrong answers")
        return asking.wrong


if __name__ == "__main__":
    sys.exit(1 if main(pathlib.Path(sys.argv[1]).resolve()) else 0)
