"""SIGHUP: files are read again, connections stay, and if a file is bad, its earlier contents stay in use."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from sallyport_processes import WEAK_HASHES, run, wait_until


def make_certificate(directory, name, *arguments):
    """Replaces the certificate in the directory; its subject's name."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", directory / "key.pem", "-out",
                    directory / "cert.pem", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                    *(arguments or ("-days", "2"))], check=True, capture_output=True)
    return name


def shown(server):
    """The name in the certificate that a new connection is shown."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}"], input=b"", capture_output=True, timeout=10)
    return re.search(rb"subject=.*CN ?= ?(\S+)", done.stdout).group(1).decode()


def reload(process, log=None):
    """Sends SIGHUP; returns what is logged about it: [(event, what, cause)]."""
    log = log or process.log
    before = len(log.read_text()) if log.exists() else 0
    process.signal(signal.SIGHUP)

    def lines():
        text = log.read_text() if log.exists() else ""  # one that was moved away is yet to be opened again
        found = [json.loads(line) for line in text[before:].splitlines() if line.startswith("{")]
        found = [(line["event"], line["what"], line.get("cause", "")) for line in found if line["event"].startswith(("reloaded", "not reloaded"))]
        return found if found else None
    wait_until(lines, what="reloaded")
    time.sleep(0.2)
    assert process.process.poll() is None
    return lines()


@pytest.fixture
def over_tls(start):
    directory = start.directory()
    make_certificate(directory, "first")
    return directory, start.server(*WEAK_HASHES, "--tls-cert", directory / "cert.pem", "--tls-key", directory / "key.pem", tls=True)


def test_a_certificate_is_replaced_while_connections_stay(over_tls):
    directory, server = over_tls
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain, context.wrap_socket(plain) as open_before:
        ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        open_before.sendall(ask)
        assert open_before.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert shown(server) == "first"
        make_certificate(directory, "second")
        assert ("reloaded", "certificate", "") in reload(server)
        assert shown(server) == "second"
        open_before.sendall(ask)
        assert open_before.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_bad_certificate_leaves_the_old_one_and_says_so(over_tls):
    directory, server = over_tls
    other = directory / "other"
    other.mkdir()

    def garbage():
        (directory / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n")

    def another_key():
        make_certificate(directory, "third")
        make_certificate(other, "fourth")
        shutil.copy(other / "key.pem", directory / "key.pem")

    def expired():
        subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", directory / "key.pem", "-out",
                        directory / "request", "-subj", "/CN=late"], check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", directory / "request", "-signkey", directory / "key.pem", "-days", "-1", "-out",
                        directory / "cert.pem"], check=True, capture_output=True)

    def missing():
        (directory / "key.pem").unlink()

    for spoil, word in ((garbage, "certificate"), (another_key, "key"), (expired, "expired"), (missing, "No such file")):
        spoil()
        event, _, cause = next(line for line in reload(server) if line[1] == "certificate")
        assert event == "not reloaded: the old one stays" and word in cause, (spoil, cause)
        assert shown(server) == "first"
    make_certificate(directory, "good")
    assert ("reloaded", "certificate", "") in reload(server)
    assert shown(server) == "good"


def test_credentials_are_replaced_and_the_old_ones_end(start):
    server = start.server()
    old = server.client()
    old.list_user_pools(MaxResults=1)
    path = server.data / "credentials"
    path.write_text("[default]\naws_access_key_id = AKIANEWNEWNEWNEW\naws_secret_access_key = other\n")
    assert ("reloaded", "credentials", "") in reload(server)
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        old.list_user_pools(MaxResults=1)
    server.client().list_user_pools(MaxResults=1)
    # The same id with another secret: nothing of the old one is remembered.
    path.write_text("[default]\naws_access_key_id = AKIANEWNEWNEWNEW\naws_secret_access_key = another\n")
    used = server.client(aws_secret_access_key="other")
    used.list_user_pools(MaxResults=1)
    reload(server)
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        used.list_user_pools(MaxResults=1)
    kept = server.client(aws_secret_access_key="another")
    path.unlink()
    assert any(event.startswith("not reloaded") and what == "credentials" for event, what, _ in reload(server))
    assert not path.exists()
    kept.list_user_pools(MaxResults=1)


def test_pipes_and_half_written_files_are_refused_and_hold_nothing_up(over_tls):
    directory, server = over_tls
    path, client = server.data / "credentials", server.client(verify=False)
    good = path.read_text()
    for spoilt, why in ((good.rstrip("\n")[:-5], "half written"), (good[:good.index("aws_secret")], "has no aws_secret_access_key")):
        path.write_text(spoilt)
        assert any(line[:2] == ("not reloaded: the old one stays", "credentials") and why in line[2] for line in reload(server))
        client.list_user_pools(MaxResults=1)
    path.write_text(good)
    for file, what in ((path, "credentials"), (directory / "key.pem", "certificate"), (directory / "cert.pem", "certificate")):
        kept = file.read_bytes()
        file.unlink()
        os.mkfifo(file)  # nobody writes to it
        event, _, cause = next(line for line in reload(server) if line[1] == what)
        assert event == "not reloaded: the old one stays" and f"{file}: this is not a regular file" in cause
        file.unlink()
        file.write_bytes(kept)
    assert all(event == "reloaded" for event, _, _ in reload(server))


def test_log_files_are_opened_again(start):
    directory = start.directory()
    server = start.server(*WEAK_HASHES, "--log-file", directory / "server.log")
    log = directory / "server.log"
    server.request("GET", "/healthz")
    assert '"listening"' in log.read_text() and server.log.read_text().count("\n") == 0
    log.rename(directory / "server.log.1")
    server.client().list_user_pools(MaxResults=1)
    reload(server, log)
    size = (directory / "server.log.1").stat().st_size
    server.client().list_user_pools(MaxResults=1)
    wait_until(lambda: '"operation":"ListUserPools"' in log.read_text(), what="logged in the new file")
    assert (directory / "server.log.1").stat().st_size == size
    refused = run("serve", "--log-file", directory / "no/such/directory", "--data", directory / "data")
    assert refused.returncode == 1 and "log-file" in refused.stderr


def test_an_agent_takes_a_new_key_without_losing_its_lease_and_keeps_the_old_with_a_bad_file(start):
    server = start.server(*WEAK_HASHES)
    directory = start.directory()
    agent = start.agent(server, directory / "replica", "--log-file", directory / "agent.log")
    log = directory / "agent.log"
    wait_until(lambda: (agent.status() or {}).get("lease_millis_left", 0) > 0, what="a lease")
    name, connects = agent.status()["name"], agent.status()["connects"]

    good = agent.enrolment.read_text()
    agent.enrolment.write_text("nonsense\n")
    (event, what, cause), = reload(agent, log)
    assert event == "not reloaded: the old one stays" and what == "enrolment" and "enrolment" in cause
    assert agent.status()["connected"] and agent.status()["connects"] == connects

    agent.enrolment.write_text(good)
    assert reload(agent, log) == [("reloaded", "enrolment", "")]
    assert agent.status()["connects"] == connects

    agent.enrolment.unlink()
    server.enrol("renewed", agent.enrolment)
    log.rename(directory / "agent.log.1")
    reload(agent, log)
    seen, until = [], time.monotonic() + 4  # twice as long as a lease
    while time.monotonic() < until:
        seen.append(agent.status())
        time.sleep(0.02)
    assert name != "renewed" and seen[-1]["name"] == "renewed" and seen[-1]["connected"]
    assert min(status["lease_millis_left"] for status in seen) > 0
