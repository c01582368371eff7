"""Another --listen, --public-url or --issuer-style means another issuer: the start is refused, or every pool gets a new key."""

import pytest

from sallyport_processes import BIN, WEAK_HASHES, Pool, Process, answers, free_port, run, wait_until


class Line:
    """A server whose issuer is its own address, with an agent and a gate for two issuers."""

    def __init__(self, start):
        self.start, self.data = start, start.directory()
        self.data.chmod(0o700)
        self.port, self.other_port = free_port(), free_port()
        self.serve(self.port)
        self.pool = Pool(self.server.client())
        self.pool.make_user("ada")
        self.issuers = [f"http://127.0.0.1:{port}/{self.pool.id}" for port in (self.port, self.other_port)]

    def serve(self, port, *arguments):
        self.server = self.start.server(*WEAK_HASHES, *arguments, data=self.data, port=port)

    def restart(self, port, *arguments):
        assert self.server.close() == 0
        self.serve(port, *arguments)
        self.pool.api = self.server.client()

    def refused(self, *arguments):
        """What an operator reads if the server does not start with these arguments."""
        assert self.server.close() == 0
        result = run("serve", "--data", self.data, "--feed-listen", "127.0.0.1:0", *WEAK_HASHES, *arguments)
        assert result.returncode == 1, result.stderr
        lines = [line for line in result.stderr.splitlines() if not line.startswith("{")]
        assert len(lines) == 1, result.stderr
        return lines[0]

    def watch(self):
        """An agent and a gate of the server that runs; a new one each time, as after a move."""
        agent = self.start.agent(self.server)
        return self.start.gate(agent.replica, *self.issuers)


@pytest.fixture
def line(start):
    return Line(start)


def allowed(gate, token):
    return gate.get("/access", token)[0] == 200


def test_one_start_with_another_address_locks_nobody_out(line):
    assert line.server.close() == 0
    other = line.start.keep(Process(
        [BIN / "sallyport", "serve", "--data", line.data, "--listen", f"127.0.0.1:{line.other_port}", "--feed-listen", "127.0.0.1:0",
         *WEAK_HASHES], line.data / "other.log"))
    wait_until(lambda: other.process.poll() is not None or "\"listening\"" in other.log.read_text(), what="it has started, or not")
    other.close()
    line.serve(line.port)
    line.pool.api = line.server.client()
    gate = line.watch()
    tokens = line.pool.sign_in("ada")
    wait_until(lambda: allowed(gate, tokens["AccessToken"]), what="the gate takes what was signed just now")


def test_another_address_is_refused_in_words_and_changes_nothing(line):
    gate = line.watch()
    tokens = line.pool.sign_in("ada")
    wait_until(lambda: allowed(gate, tokens["AccessToken"]), what="the gate serves")
    words = line.refused("--listen", f"127.0.0.1:{line.other_port}")
    assert "1 user pool would get another issuer" in words
    for named in (*line.issuers, f"--public-url http://127.0.0.1:{line.port}", "--listen", "--new-issuer"):
        assert named in words
    assert not answers(line.other_port)
    line.serve(line.port)
    line.pool.api = line.server.client()
    gate = line.watch()
    again = line.pool.sign_in("ada")
    wait_until(lambda: allowed(gate, again["AccessToken"]), what="the gate serves")
    assert allowed(gate, tokens["AccessToken"]), "the key is the one it was"


@pytest.mark.parametrize("arguments", [("--public-url", "https://id.example.org"), ("--issuer-style", "aws"), ("--listen", "127.0.0.1:0")])
def test_whatever_makes_another_issuer_is_refused(line, arguments):
    listen = ("--listen", f"127.0.0.1:{line.port}")
    assert "--new-issuer" in line.refused(*(arguments if "--listen" in arguments else (*listen, *arguments)))


def test_a_store_without_pools_takes_any_address(start):
    data = start.directory()
    data.chmod(0o700)
    for _ in range(2):
        assert start.server(*WEAK_HASHES, data=data).close() == 0


def test_a_new_issuer_that_is_asked_for_gets_a_new_key_and_so_does_the_way_back(line):
    kids = set()

    def kid():
        status, _, body = line.server.request("GET", f"/{line.pool.id}/.well-known/jwks.json")
        assert status == 200
        kids.add(body)
        return body

    kid()
    gate = line.watch()
    first = line.pool.sign_in("ada")
    wait_until(lambda: allowed(gate, first["AccessToken"]), what="the gate serves")

    line.restart(line.other_port, "--new-issuer")
    kid()
    gate = line.watch()
    second = line.pool.sign_in("ada")
    wait_until(lambda: allowed(gate, second["AccessToken"]), what="the gate serves under the new issuer")
    assert not allowed(gate, first["AccessToken"])

    assert "--new-issuer" in line.refused("--listen", f"127.0.0.1:{line.port}")
    line.serve(line.port, "--new-issuer")
    line.pool.api = line.server.client()
    kid()
    gate = line.watch()
    third = line.pool.sign_in("ada")
    wait_until(lambda: allowed(gate, third["AccessToken"]), what="the gate serves under the old issuer")
    assert not allowed(gate, first["AccessToken"]) and not allowed(gate, second["AccessToken"])
    assert len(kids) == 3

    line.restart(line.port, "--new-issuer")
    kid()
    assert len(kids) == 3 and "leave it out" in line.server.log.read_text()


def test_recover_keeps_the_issuer(line):
    first = line.pool.sign_in("ada")
    assert line.server.close() == 0
    refused = run("recover", "--data", line.data, "--listen", f"127.0.0.1:{line.other_port}")
    assert refused.returncode == 1 and "--new-issuer" in refused.stderr
    assert "from which the issuer is made" in run("recover", "--data", line.data, "--new-issuer").stderr
    recovered = run("recover", "--data", line.data)
    assert recovered.returncode == 0, recovered.stderr
    line.serve(line.port)
    line.pool.api = line.server.client()
    gate = line.watch()
    tokens = line.pool.sign_in("ada")
    wait_until(lambda: allowed(gate, tokens["AccessToken"]), what="the gate serves")
    assert not allowed(gate, first["AccessToken"])
    assert line.server.request("GET", "/readyz")[0] == 200
