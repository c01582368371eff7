"""Real processes for tests: server, agent, nginx. Each ends with the object that started it."""

import configparser
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What ./test has built, or else what ./run has.
BIN = pathlib.Path(
    os.environ.get("SALLYPORT_BIN")
    or next((d for d in (ROOT / "build/test/bin", ROOT / "build/release/bin") if (d / "sallyport").exists()), ROOT / "build/test/bin")
)
PASSWORD = "Passw0rd!" + "x1"
# A weak hash, because these tests are not about Argon2id; another test checks its minimum.
WEAK_HASHES = ("--insecure-any-credentials", "--argon2-memory", "64", "--argon2-iterations", "1")


def wait_until(condition, seconds=15.0, what="condition"):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return value


def _own_ports():
    """Those of this pytest worker, one after the other, so that none is given out twice within a test: none of the ports that the
    system gives to programs which ask for any port, nor of those that the history checker takes (10,000 to 20,999)."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
    count = 1_100
    start = random.randrange(count)
    return itertools.cycle(21_000 + worker * count + (start + i) % count for i in range(count))


_ports = _own_ports()


def free_port():
    for port in itertools.islice(_ports, 100):
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def serves(port):
    """Does the port answer what is sent to it, or refuse it? A server that is still starting only lets it wait."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
        connection.settimeout(20)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            connection.recv(1)
            return True
        except ConnectionResetError:
            time.sleep(0.2)  # of one that is ending: then nobody listens any more
            return answers(port)
    return False


def run(*arguments, **environment):
    """Runs `sallyport ARGUMENTS` until it ends."""
    return subprocess.run([str(BIN / "sallyport"), *map(str, arguments)], capture_output=True, text=True, timeout=30,
                          env={**os.environ, **environment})


def ask(port, path, token=None, method="GET", body=None, headers=(), timeout=15):
    """One request on a connection of its own: (status, headers in lower case, body). A header may be given several times."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_accept_encoding=True)
        if token is not None:
            connection.putheader("Authorization", f"Bearer {token}")
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


class Clock:
    """The clocks of one process, for example the server; agents and gates have the host's."""

    def __init__(self, directory):
        shim = directory / "clock_shim.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", shim,
                        pathlib.Path(__file__).parent / "clock_shim.c"], check=True)
        self._offsets = directory / "offsets"
        self.set()
        self.environment = {"LD_PRELOAD": str(shim), "CLOCK_OFFSETS": str(self._offsets),
                            "SALLYPORT_HOUSEKEEPING_SECONDS": "1"}

    def set(self, wall=0, monotonic=0):
        with open(self._offsets, "r+b" if self._offsets.exists() else "w+b") as file:
            file.write(struct.pack("=qq", int(wall), int(monotonic)))


def stop(pid):
    """The process stands still: each of its threads has stopped, which SIGSTOP does not wait for. On a busy machine some answer meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: all(task.read_text().rsplit(")", 1)[1].split()[0] == "T" for task in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")),
               what="the process has stopped")


@contextlib.contextmanager
def stopped(pid):
    try:
        stop(pid)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Process:
    def __init__(self, command, log, environment=None):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=output,
                                            env={**os.environ, **(environment or {})})

    def signal(self, number):
        if number == signal.SIGSTOP:
            stop(self.process.pid)
        else:
            self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        return self.process.wait(10)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode


class Server(Process):
    """`sallyport serve` on a data directory of its own, or on the one given. Without limits on calls unless they are what is tested: tests
    come from one address, and often as one user."""

    def __init__(self, *arguments, data=None, port=None, feed_port=None, tls=False, log=None, environment=None, limits=False, binaries=BIN):
        self._own = None if data else tempfile.mkdtemp(prefix="sallyport-e2e-")
        self.data = pathlib.Path(data or self._own)
        self.port = port or free_port()
        self.feed_port = feed_port or free_port()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        super().__init__([binaries / "sallyport", "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}",
                          "--feed-listen", f"127.0.0.1:{self.feed_port}", *([] if limits else ["--no-rate-limits"]), *arguments],
                         log or self.data / "server.log", environment)
        wait_until(lambda: serves(self.port) or self.process.poll() is not None, what="the server listens")
        assert self.process.poll() is None, self.log.read_text()

    def agents(self, *arguments):
        """Runs `sallyport agents ARGUMENTS` on this server until it ends."""
        return run("agents", *arguments, "--data", self.data, "--endpoint", self.url)

    def enrol(self, name, path, *arguments):
        """The file with which an agent is started."""
        done = self.agents("add", name, "--out", path, *arguments)
        assert done.returncode == 0, done.stderr
        return path

    def credentials(self):
        profile = configparser.ConfigParser()
        profile.read(self.data / "credentials")
        return {name: profile["default"][name] for name in ("aws_access_key_id", "aws_secret_access_key")}

    def client(self, region="us-east-1", **options):
        return boto3.client("cognito-idp", endpoint_url=self.url, region_name=region,
                            config=Config(retries={"total_max_attempts": 1}), **{**self.credentials(), **options})

    def request(self, method, path, body=None, headers=None):
        """A plain HTTP request: (status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def close(self):
        code = super().close()
        if self._own:
            shutil.rmtree(self._own, ignore_errors=True)
        return code


class Pool:
    """A pool with a client for USER_PASSWORD_AUTH."""

    def __init__(self, client, **client_options):
        self.api = client
        self.id = client.create_user_pool(PoolName="e2e")["UserPool"]["Id"]
        self.client_id = client.create_user_pool_client(
            UserPoolId=self.id, ClientName="e2e",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            **client_options)["UserPoolClient"]["ClientId"]

    def make_user(self, name, password=PASSWORD):
        self.api.admin_create_user(UserPoolId=self.id, Username=name, MessageAction="SUPPRESS")
        self.api.admin_set_user_password(UserPoolId=self.id, Username=name, Password=password, Permanent=True)
        return name

    def sign_in(self, name, password=PASSWORD):
        return self.api.initiate_auth(ClientId=self.client_id, AuthFlow="USER_PASSWORD_AUTH",
                                      AuthParameters={"USERNAME": name, "PASSWORD": password})["AuthenticationResult"]


class Agent(Process):
    """`sallyport agent`, enrolled with the server unless an enrolment file is given."""

    def __init__(self, server, replica, *arguments, enrolment=None):
        self.replica = pathlib.Path(replica)
        self.enrolment = enrolment or server.enrol(f"agent-{uuid.uuid4().hex[:8]}", self.replica.with_suffix(".enrolment"))
        super().__init__([BIN / "sallyport", "agent", "--enrolment", self.enrolment, "--replica", self.replica, *arguments],
                         self.replica.with_suffix(".log"))

    def status(self):
        """What --status says; None if nobody answers."""
        text = run("agent", "--status", "--replica", self.replica).stdout
        return json.loads(text) if text else None


class Gate(Process):
    """nginx with the module: /id and /access in front of an API that shows the claim `sub`."""

    CONFIGURATION = """
load_module {bin}/ngx_http_sallyport_module.so;
{user} daemon off; worker_processes 2; pid nginx.pid; error_log nginx.log info;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path tmp_body; proxy_temp_path tmp_proxy; fastcgi_temp_path tmp_fastcgi;
  uwsgi_temp_path tmp_uwsgi; scgi_temp_path tmp_scgi;
  sallyport_replica {replica};
  server {{
    listen 127.0.0.1:{port};
    sallyport on;
    sallyport_issuer {issuers};
    proxy_set_header X-Claim-Sub $sallyport_claim_sub;
    location = /id {{ proxy_pass http://unix:{directory}/api.socket; }}
    location = /access {{ sallyport_scope aws.cognito.signin.user.admin; proxy_pass http://unix:{directory}/api.socket; }}
  }}
  server {{ listen unix:{directory}/api.socket; location / {{ return 200 "$http_x_claim_sub"; }} }}
}}
"""

    def __init__(self, directory, replica, *issuers):
        self.port = free_port()
        directory = pathlib.Path(directory)
        configuration = directory / "nginx.conf"
        configuration.write_text(self.CONFIGURATION.format(
            bin=BIN, user="user root;" if os.geteuid() == 0 else "", replica=replica, port=self.port,
            issuers=" ".join(issuers), directory=directory))
        super().__init__(["nginx", "-p", directory, "-c", configuration, "-e", "nginx.log"], directory / "nginx.out")
        wait_until(lambda: answers(self.port), what="nginx listens")

    def get(self, path, token):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


class Started:
    """Starts processes; what it started ends with the test, the last first."""

    def __init__(self):
        self._all = []

    def server(self, *arguments, **options):
        return self.keep(Server(*arguments, **options))

    def agent(self, server, replica=None, *arguments, **options):
        return self.keep(Agent(server, replica or self.directory() / "replica", *arguments, **options))

    def gate(self, replica, *issuers):
        return self.keep(Gate(self.directory(), replica, *issuers))

    def directory(self):
        path = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-e2e-"))
        path.chmod(0o755)
        self._all.append(path)
        return path

    def keep(self, process):
        """Ends it with the test."""
        self._all.append(process)
        return process

    def close(self):
        for item in reversed(self._all):
            shutil.rmtree(item, ignore_errors=True) if isinstance(item, pathlib.Path) else item.close()
