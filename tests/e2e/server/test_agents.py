"""Both ends of the feed prove who they are: keys of agents, impostors on the port, false claims."""

import contextlib
import json
import os
import resource
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

from feed_client import GOODBYE, NO_GRANT, SNAPSHOT_END, WELCOME, Enrolment, FeedClient
from sallyport_processes import BIN, WEAK_HASHES, Pool, free_port, run, wait_until


@pytest.fixture
def deployment(start):
    """A server with a pool, a signed-in user and one agent under lease."""
    class Deployment:
        server = start.server(*WEAK_HASHES, data=start.directory())
        pool = Pool(server.client())
        enrolment = server.enrol("gate-1", start.directory() / "gate-1.enrolment")
        agent = start.agent(server, enrolment=enrolment)
    Deployment.pool.make_user("ada")
    await_lease(Deployment.agent)
    return Deployment


def await_lease(agent, seconds=20):
    wait_until(lambda: (agent.status() or {}).get("holds_lease"), seconds, "the agent holds a lease")


def await_error(agent, text):
    """The sentence is in --status, and in the log."""
    wait_until(lambda: text in (agent.status() or {}).get("last_error", ""), 20, f"--status says: {text}")
    assert text in agent.log.read_text()


def can_issue(deployment):
    ready = deployment.server.request("GET", "/readyz")[0] == 200
    return ready and bool(deployment.pool.sign_in("ada")["AccessToken"])


# ---- Keys

def test_keys_are_added_listed_and_withdrawn_while_the_server_runs(deployment, start):
    server = deployment.server
    listed = json.loads(server.agents("list", "--json").stdout)["Agents"]
    assert [(row["Name"], row["Leases"]) for row in listed] == [("gate-1", 1)]
    assert deployment.enrolment.stat().st_mode & 0o777 == 0o600
    again = server.agents("add", "gate-1", "--out", start.directory() / "x")
    assert again.returncode == 1 and "is enrolled already" in again.stderr
    other = start.agent(server, enrolment=server.enrol("gate-2", start.directory() / "e"))
    await_lease(other)
    removed = server.agents("remove", "gate-2", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert "holds a lease" in server.agents("list").stdout
    await_error(other, "was withdrawn")
    assert deployment.agent.status()["holds_lease"], "another agent's key is none of its business"
    unknown = server.agents("remove", "nobody", "--yes")
    assert unknown.returncode == 1 and "no agent called nobody" in unknown.stderr
    # The name may be enrolled again, with another key; the old file is of no use any more.
    anew = start.agent(server, enrolment=server.enrol("gate-2", start.directory() / "e"))
    await_lease(anew)
    assert not other.status()["holds_lease"]


def test_a_withdrawal_is_answered_when_the_gates_refuse_everything(deployment, start):
    token = deployment.pool.sign_in("ada")["AccessToken"]
    gate = start.gate(deployment.agent.replica, f"{deployment.server.url}/{deployment.pool.id}")
    wait_until(lambda: gate.get("/access", token)[0] == 200, what="the gate allows")
    statuses, done = [], threading.Event()

    def ask():
        while not done.is_set():
            statuses.append((time.monotonic(), gate.get("/access", token)[0]))

    asking = threading.Thread(target=ask)
    asking.start()
    # A stopped agent cannot remove its lease from the Replica, so the answer waits for the lease's end.
    deployment.agent.signal(signal.SIGSTOP)
    removed = deployment.server.agents("remove", "gate-1", "--yes")
    answered = time.monotonic()
    time.sleep(0.5)
    done.set()
    asking.join()
    deployment.agent.signal(signal.SIGCONT)
    assert removed.returncode == 0, removed.stderr
    late = [status for asked, status in statuses if asked > answered]
    assert late and set(late) == {401}
    assert any(status == 200 for asked, status in statuses if asked < answered)


def test_a_key_survives_a_restart_of_the_server(deployment, start):
    server = deployment.server
    server.close()
    start.server(*WEAK_HASHES, data=server.data, port=server.port, feed_port=server.feed_port)
    await_lease(deployment.agent)


# ---- Impostors

def impostor(port, handle):
    """Listens on the port as soon as it is free; calls `handle(connection)` for each connection, and records what was received."""
    listener = wait_until(lambda: _try_listen(port), what="the port is free")
    came = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError, ssl.SSLError), connection:
                    connection.settimeout(2)
                    came.append(handle(connection))
    threading.Thread(target=serve, daemon=True).start()
    return listener, came


def _try_listen(port):
    with contextlib.suppress(OSError):
        return socket.create_server(("127.0.0.1", port))


def certificate(directory):
    cert, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    return cert, key


def test_an_impostor_on_the_port_collects_nothing_and_is_not_believed(deployment, start):
    server = deployment.server
    secret = Enrolment(deployment.enrolment).key
    server.kill()
    listener, came = impostor(server.feed_port, lambda c: c.recv(65536))
    wait_until(lambda: len(came) >= 2, what="the agent comes by")
    listener.close()
    for said in came:
        assert said[:1] in (b"\x16", b""), "TLS, and nothing before it"
        assert bytes.fromhex(secret) not in said and secret.encode() not in said
    wait_until(lambda: not deployment.agent.status()["holds_lease"], what="the lease lapses")
    assert deployment.agent.status()["connected"] is False


def test_an_impostor_with_a_certificate_is_not_believed(deployment, start):
    server = deployment.server
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(start.directory()))
    server.kill()

    def handle(connection):
        with context.wrap_socket(connection, server_side=True) as wrapped:
            return wrapped.recv(65536)

    listener, came = impostor(server.feed_port, handle)
    await_error(deployment.agent, "shows a certificate instead of proving that it knows this agent's key")
    listener.close()
    assert not any(came), "not a byte for it"


def test_a_key_of_another_agent_makes_nobody_the_server(deployment, start):
    """One agent's key is stolen and used to pretend to another agent to be the server, by openssl s_server."""
    server = deployment.server
    stolen = Enrolment(server.enrol("stolen", start.directory() / "stolen"))
    victim = Enrolment(deployment.enrolment)
    server.kill()
    with subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{server.feed_port}", "-tls1_3", "-nocert", "-psk_identity", victim.identity,
             "-psk", stolen.key, "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-quiet"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        await_error(deployment.agent, "the server there does not have this agent's key")
        process.kill()
        assert process.stdout.read() == b""


def test_an_impostor_on_the_public_port_is_not_believed(deployment, start):
    """An enrolment file says whom an agent believes, a removal that was not made leaves an agent trusted, and users who were not cut off
    go on: all is taken only from who knows the caller's secret key."""
    server = deployment.server
    server.kill()
    forged = "sallyport-enrolment 1\nserver 127.0.0.1:1\nname gate-9\nkey-id 0123456789abcdef\nkey " + 64 * "a" + "\n"
    body = json.dumps({"Name": "gate-9", "KeyId": "0123456789abcdef", "Enrolment": forged, "Users": 3}).encode()

    def handle(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Sallyport-Proof: " + 64 * b"0" + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    listener, came = impostor(server.port, handle)
    path = start.directory() / "e"
    added = server.agents("add", "gate-9", "--out", path)
    removed = server.agents("remove", "gate-9", "--yes")
    cut_off = run("revoke", "--pool", deployment.pool.id, "--all", "--yes", "--data", server.data, "--endpoint", server.url,
                  XDG_STATE_HOME=str(start.directory()))
    nobody = run("revoke", "--pool", deployment.pool.id, "--all", "--yes", "--endpoint", server.url, HOME=str(start.directory()),
                 XDG_STATE_HOME=str(start.directory()))
    assert nobody.returncode != 0 and "needs the server's credentials" in nobody.stderr, nobody.stderr
    listener.close()
    assert cut_off.returncode == 1 and "does not prove that it is the server" in cut_off.stderr, cut_off.stderr
    assert "signed out" not in cut_off.stdout
    assert removed.returncode == 1 and "does not prove that it is the server" in removed.stderr, removed.stderr
    assert "is removed" not in removed.stdout
    assert added.returncode == 1 and "does not prove that it is the server" in added.stderr, added.stderr
    assert came and not path.exists()


def test_commands_for_one_user_tell_and_believe_an_impostor_nothing(deployment):
    """No password is sent to it, and it cannot claim that a user was signed out who was not."""
    server = deployment.server
    server.kill()
    listener, came = impostor(server.port, lambda connection: answer_every(connection, b"{}"))
    for command in (["user", "sign-out", "u"], ["user", "disable", "u"], ["user", "delete", "u", "--yes"], ["user", "reset-password", "u"],
                    ["user", "revoke-session", "u", "s"], ["pool", "delete", deployment.pool.id, "--yes"], ["client", "delete", "c", "--yes"], ["outbox"]):
        done = run(*command, "--pool", deployment.pool.id, "--data", server.data, "--endpoint", server.url)
        assert done.returncode == 1 and "does not prove that it is the server" in done.stderr, (command, done)
        assert done.stdout == "", command
    given = run("user", "set-password", "u", "--pool", deployment.pool.id, "--data", server.data, "--endpoint", server.url,
                SALLYPORT_PASSWORD="Hidden-secret1")
    assert given.returncode == 1, given
    believed = run("user", "sign-out", "u", "--pool", deployment.pool.id, "--data", server.data, "--endpoint", server.url, "--unproved")
    listener.close()
    assert believed.returncode == 0, "who asks for it gets it"
    assert came and not any(b"Hidden-secret1" in what for what in came if what)


def answer_every(connection, body):
    request = connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    return request


# ---- Claims

def test_a_claimed_position_stops_nobody(deployment, start):
    """Somebody with one agent's key sends a Hello that claims to be ahead: there is no alarm, and it gets a snapshot like every agent."""
    server = deployment.server
    enrolment = Enrolment(server.enrol("liar", start.directory() / "liar"))
    log = bytes.fromhex(deployment.agent.status()["log"])
    for claim in ({"log": log, "sequence": 10**9, "digest": os.urandom(32)},
                  {"log": log, "sequence": 10**9, "digest": os.urandom(32), "mark": os.urandom(32)},
                  {"log": log, "sequence": 1, "digest": os.urandom(32), "mark": os.urandom(32)},
                  {"log": os.urandom(16), "sequence": 7, "digest": os.urandom(32), "mark": os.urandom(32)}):
        with contextlib.closing(FeedClient(enrolment.server, enrolment.identity, enrolment.key)) as client:
            client.hello(**claim)
            assert client.expect(WELCOME)[1] == 2, "a snapshot"
            client.expect(SNAPSHOT_END)
    assert can_issue(deployment)
    await_lease(deployment.agent)


def test_a_mark_of_another_agent_proves_nothing(deployment, start):
    server = deployment.server
    status = deployment.agent.status()
    replica = deployment.agent.replica.read_bytes()
    index = struct.unpack_from("<Q", replica, 192)[0]
    sequence, digest = struct.unpack_from("<Q", replica, 200 + 40 * index)[0], replica[208 + 40 * index:240 + 40 * index]
    mark = replica[280 + 32 * index:312 + 32 * index]
    assert sequence == status["sequence"] and any(mark), "the file is as docs/replica-format.md says"
    log = bytes.fromhex(status["log"])
    place = {"log": log, "sequence": sequence, "digest": digest, "mark": mark}
    thief = Enrolment(server.enrol("thief", start.directory() / "thief"))
    owner = Enrolment(deployment.enrolment)
    for enrolment, resume in ((thief, 2), (owner, 1)):
        with contextlib.closing(FeedClient(enrolment.server, enrolment.identity, enrolment.key)) as client:
            client.hello(**place)
            assert client.expect(WELCOME)[1] == resume
    assert can_issue(deployment)


def test_an_agent_of_a_later_version_is_told_so(deployment, start):
    enrolment = Enrolment(deployment.enrolment)
    with contextlib.closing(FeedClient(enrolment.server, enrolment.identity, enrolment.key)) as client:
        client.hello(version=4)
        assert b"this server speaks version 2 of the feed, and the agent version 4" in client.expect(GOODBYE)


# ---- The transport

def test_no_tickets_no_early_data_no_older_tls(deployment, start):
    enrolment = Enrolment(deployment.enrolment)
    session = start.directory() / "session"
    with contextlib.closing(FeedClient(enrolment.server, enrolment.identity, enrolment.key, "-sess_out", session)) as client:
        client.hello()
        client.expect(SNAPSHOT_END)
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", enrolment.server, "-tls1_3", "-psk_identity", enrolment.identity, "-psk", enrolment.key,
         "-ciphersuites", "TLS_AES_128_GCM_SHA256"], input=b"", capture_output=True, timeout=20).stdout.decode()
    assert "Reused, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256" in shown
    assert "X25519" in shown and "no peer certificate available" in shown
    assert "Early data was not sent" in shown and "New Session Ticket" not in shown
    assert not session.exists() or session.stat().st_size == 0, "a ticket was given"
    old = subprocess.run(["openssl", "s_client", "-connect", enrolment.server, "-tls1_2"], input=b"", capture_output=True, timeout=20)
    assert old.returncode != 0
    bare = subprocess.run(["openssl", "s_client", "-connect", enrolment.server, "-tls1_3"], input=b"", capture_output=True, timeout=20)
    assert bare.returncode != 0, "without a key nobody comes in"


def test_idle_connections_keep_no_agent_out(start):
    """2,000 connections to the public port, more than it accepts, and 300 to the feed's port that prove nothing."""
    server = start.server(*WEAK_HASHES, "--connection-limit", "1500")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        enrolment = server.enrol("gate-1", start.directory() / "e")
        for port, count in ((server.port, 2000), (server.feed_port, 300)):
            for _ in range(count):
                connection = stack.enter_context(socket.socket())
                connection.setblocking(False)
                connection.connect_ex(("127.0.0.1", port))
        agent = start.agent(server, enrolment=enrolment)
        await_lease(agent)


def test_descriptors_are_kept_for_agents(start):
    """The process may open 600 files: even if callers use all that they may, the feed keeps its own."""
    directory = start.directory()
    port, feed_port = free_port(), free_port()

    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (600, 600))
    log = directory / "log"
    with open(log, "wb") as output, subprocess.Popen(
            [BIN / "sallyport", "serve", "--data", directory / "d", "--listen", f"127.0.0.1:{port}", "--feed-listen", f"127.0.0.1:{feed_port}",
             *WEAK_HASHES], stdout=output, stderr=output, preexec_fn=few) as process, contextlib.ExitStack() as stack:
        stack.callback(process.kill)
        wait_until(lambda: b"feeding agents" in log.read_bytes(), what="the server listens")
        assert b"fewer connections than connection-limit are possible" in log.read_bytes()
        added = run("agents", "add", "gate-1", "--data", directory / "d", "--endpoint", f"http://127.0.0.1:{port}", "--out", directory / "e")
        assert added.returncode == 0, added.stderr
        for _ in range(700):
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
        agent = start.agent(None, enrolment=directory / "e")
        await_lease(agent)


# ---- What does not fit says so

def test_a_port_that_is_no_feed_is_named_in_words(deployment, start):
    server = deployment.server
    at_http = start.agent(server, None, "--server", f"127.0.0.1:{server.port}", enrolment=deployment.enrolment)
    await_error(at_http, "does not speak TLS, so it is not the feed")
    closed = start.agent(server, None, "--server", f"127.0.0.1:{free_port()}", enrolment=deployment.enrolment)
    await_error(closed, "nothing listens there")
    another = start.server(*WEAK_HASHES)
    stranger = start.agent(server, None, "--server", f"127.0.0.1:{another.feed_port}", enrolment=deployment.enrolment)
    await_error(stranger, "the server there does not have this agent's key")


def test_an_agents_command_line_of_before_is_told_what_to_do(tmp_path):
    old = run("agent", "--server", "http://127.0.0.1:9229", "--token-file", tmp_path / "t", "--replica", tmp_path / "r")
    assert old.returncode == 1 and "sallyport agents add" in old.stderr and len(old.stderr.splitlines()) == 1
    bare = run("agent", "--replica", tmp_path / "r")
    assert bare.returncode == 1 and "--enrolment is missing" in bare.stderr
