"""Real nginx with the module, a real upstream, and a Replica that a test writes (replica_tool)."""

import base64
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid

from sallyport_processes import BIN, ask, free_port

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODULE = BIN / "ngx_http_sallyport_module.so"
ISSUER = "https://pools.example/eu-west-1_Gate00001"
OTHER_ISSUER = "https://pools.example/eu-west-1_Other0001"
CLIENT = "3n4b5urk1ft4fl3mg5e62d9ado"
ACCESS_SCOPE = "aws.cognito.signin.user.admin"

UNAUTHORIZED = b'{"message":"Unauthorized"}'
EXPIRED = b'{"message":"The incoming token has expired"}'
FORBIDDEN = b'{"message":"Forbidden"}'


def wait_until(condition, seconds=5.0, what="condition"):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)
    return value




def make_directory():
    """A directory that nginx's workers may enter and only we may write."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-gate-"))
    path.chmod(0o755)
    return path


class Replica:
    """replica_tool: the server and the agent of these tests."""

    def __init__(self, path, hold=2000, words=None):
        self.path = pathlib.Path(path)
        command = [str(BIN / "replica_tool"), str(path)] + ([str(words)] if words else [])
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.do("key good")
        self.do("key other")
        self.do(f"publish good {ISSUER} kid-1")
        self.do(f"publish other {OTHER_ISSUER} kid-2")
        if hold:
            self.do(f"hold {hold}")

    def do(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().rstrip("\n")
        assert answer.startswith("ok"), f"{command}: {answer!r}"
        return answer[3:]

    def sign(self, claims, key="good", kid="kid-1"):
        return self.do(f"sign {key} {kid} {json.dumps(claims)}")

    def revoke(self, token, kind="family"):
        claim = {"family": "origin_jti", "event": "event_id"}.get(kind, kind)
        self.do(f"revoke {kind} {payload_of(token)[claim]}")

    def id_token(self, key="good", kid="kid-1", **changes):
        return self.sign(id_claims(**changes), key, kid)

    def access_token(self, key="good", kid="kid-1", **changes):
        return self.sign(access_claims(**changes), key, kid)

    def close(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.wait(10)


def _claims(token_use, own, changes):
    now = int(time.time())
    claims = {
        "sub": str(uuid.uuid4()), "iss": ISSUER, "origin_jti": str(uuid.uuid4()), "event_id": str(uuid.uuid4()),
        "token_use": token_use, "auth_time": now, "exp": now + 3600, "iat": now, "jti": str(uuid.uuid4()),
    }
    claims.update(own)
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not None}


def id_claims(**changes):
    return _claims("id", {"aud": CLIENT, "cognito:username": "alice"}, changes)


def access_claims(**changes):
    return _claims("access", {"client_id": CLIENT, "username": "alice", "scope": ACCESS_SCOPE}, changes)


def payload_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Upstream:
    """An HTTP server whose behaviour is a function of the test's: serve(connection, request)."""

    def __init__(self, serve=None):
        self.requests = []
        self._serve = serve or Upstream.answer
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                threading.Thread(target=self._connection, args=(connection,), daemon=True).start()

    def _connection(self, connection):
        with contextlib.suppress(OSError, ValueError), connection:
            request = read_request(connection)
            if request:
                self.requests.append(request)
                self._serve(connection, request)
        self._open.discard(connection)

    @staticmethod
    def answer(connection, request, body=b"upstream", status="200 OK", headers=""):
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n".encode() + body)

    def close(self):
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def read_chunks(stream):
    body = b""
    while (size := int(stream.readline(), 16)):  # ValueError: the peer left before the end
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body


def read_request(connection):
    """{"line", "path", "headers" (lower case, joined), "body"}; None if the peer sent nothing."""
    stream = connection.makefile("rb")
    line = stream.readline().decode()
    if not line:
        return None
    headers = {}
    while (header := stream.readline().decode().rstrip("\r\n")):
        name, value = header.split(":", 1)
        headers[name.lower()] = value.strip()
    body = read_chunks(stream) if "transfer-encoding" in headers else stream.read(int(headers.get("content-length", 0)))
    return {"line": line.strip(), "path": line.split()[1], "headers": headers, "body": body}


class Nginx:
    def __init__(self, http, directory=None, replica=None, workers=1, main="", start=True, level="info"):
        """`http`: the http block, where $PORT, $REPLICA and $DIR stand for this nginx's own."""
        self.directory = pathlib.Path(directory) if directory else make_directory()
        self.port = free_port()
        self.replica = replica or self.directory / "replica"
        self._workers = workers
        self._main = main
        self._level = level
        self._process = None
        self.log = self.directory / "error.log"
        self.log.touch()
        self.write(http)
        if start:
            self.start()

    def write(self, http):
        user = "user www-data;" if os.geteuid() == 0 else ""
        temporary = " ".join(f"{kind}_temp_path {self.directory}/{kind};" for kind in
                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        http = http.replace("$PORT", str(self.port)).replace("$REPLICA", str(self.replica)).replace("$DIR", str(self.directory))
        (self.directory / "nginx.conf").write_text(
            f"load_module {MODULE};\n{user}\nworker_processes {self._workers};\ndaemon off;\n"
            f"pid {self.directory}/nginx.pid;\nerror_log {self.log} {self._level};\n{self._main}\n"
            f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{temporary}\n{http}\n}}\n")

    def _command(self, *arguments):
        return ["nginx", "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"),
                "-e", str(self.log), *arguments]

    def check(self):
        """`nginx -t`: (accepted, what it says)."""
        done = subprocess.run(self._command("-t"), capture_output=True, text=True, timeout=30)
        return done.returncode == 0, done.stderr

    def start(self):
        self._process = subprocess.Popen(self._command(), stderr=subprocess.PIPE, text=True)

        def listening():
            assert self._process.poll() is None, self._process.stderr.read()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        wait_until(listening, what="nginx listens")

    def reload(self):
        before = set(self.workers())
        self._process.send_signal(signal.SIGHUP)
        wait_until(lambda: set(self.workers()) - before, what="new workers")
        return before

    def workers(self):
        children = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def errors(self):
        return self.log.read_text(errors="replace")

    def wait_for_log(self, text, seconds=5.0):
        wait_until(lambda: text in self.errors(), seconds, f"{text!r} in the error log:\n{self.errors()[-2000:]}")

    def connect(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def get(self, path, token=None, method="GET", body=None, headers=()):
        return ask(self.port, path, token, method, body, headers)

    def status(self, path, token=None, **more):
        return self.get(path, token, **more)[0]

    def close(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def read_all(connection, seconds=10):
    """What the peer sends until it closes."""
    connection.settimeout(seconds)
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while (chunk := connection.recv(65536)):
            received += chunk
    return received


def head(path, token, method="GET", more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {token}\r\n{more}\r\n".encode()


def worker_uid():
    return pwd.getpwnam("www-data").pw_uid if os.geteuid() == 0 else os.geteuid()
