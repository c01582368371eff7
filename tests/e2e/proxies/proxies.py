"""Proxies of other makes, with the configurations of docs/guide/proxies, which are taken from there as they are."""

import base64
import contextlib
import hashlib
import http.client
import os
import pathlib
import re
import socket
import sys
import threading

from sallyport_processes import ROOT, Process, answers, free_port, wait_until

GUIDE = ROOT / "docs/guide/proxies"
# What the guides write, for which each test has values of its own.
PROXY, AGENT, BACKEND = 8080, 9233, 8081
SOCKET = "/run/sallyport/authorize.socket"


def blocks(name, language):
    """The blocks in that language of the guide for the proxy."""
    return re.findall(rf"^```{language}\n(.*?)^```", (GUIDE / f"{name}.md").read_text(), re.MULTILINE | re.DOTALL)


def insert(text, lines, before=None, after=None):
    """Puts lines of the guide where it says that they belong."""
    mark = before or after
    assert mark in text, f"the guide has no {mark!r}"
    return text.replace(mark, lines + mark if before else mark + lines, 1)


class Backend:
    """An HTTP server that keeps what reaches it, and agrees to every upgrade."""

    def __init__(self):
        self.requests, self.keeps_open = [], False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, ValueError), connection:
            stream = connection.makefile("rb")
            while self._serve_one(connection, stream):
                pass

    def _serve_one(self, connection, stream):
        """Whether the connection goes on."""
        line = stream.readline().decode()
        if not line:
            return False
        headers = []
        while (header := stream.readline().decode("latin-1").rstrip("\r\n")):
            name, value = header.split(":", 1)
            headers.append((name, value.strip()))
        small = {name.lower(): value for name, value in headers}
        if "upgrade" in small:
            self.requests.append({"line": line.strip(), "headers": headers, "body": b""})
            key = hashlib.sha1(small.get("sec-websocket-key", "").encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # RFC 6455
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + small["upgrade"].encode() +
                               b"\r\nSec-WebSocket-Accept: " + base64.b64encode(key) + b"\r\n\r\n")
            while (data := connection.recv(4096)):
                connection.sendall(data)
            return False
        body, trailers = b"", []
        if "chunked" in small.get("transfer-encoding", ""):
            while (size := int(stream.readline(), 16)):
                body += stream.read(size)
                stream.readline()
            while (trailer := stream.readline().decode("latin-1").rstrip("\r\n")):
                trailers.append(trailer)
        else:
            body = stream.read(int(small.get("content-length", 0)))
        self.requests.append({"line": line.strip(), "headers": headers, "body": body, "trailers": trailers})
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n" + (b"" if self.keeps_open else b"Connection: close\r\n") + b"\r\n" +
                           (b"" if line.startswith("HEAD ") else b"backend"))
        return self.keeps_open

    def close(self):
        self._listener.close()


class Proxy:
    """A running proxy, as its guide configures it."""

    # What the client gets while the agent is down, and while it is stopped.
    down, stopped = 503, 503
    patience = 1.5  # seconds within which a stopped agent is given up
    doubled = 401  # to two Authorization headers
    unknown = 503  # while there is no such rule
    # Whether a client gets the body of the agent's answer.
    shows_body = True
    takes_large_bodies = True
    refuses_late = False  # only when the body has arrived
    speaks_http2 = True  # to clients that begin with it

    def __init__(self, directory, agent_port, socket_path, backend_port):
        self.directory = pathlib.Path(directory)
        self.port = free_port()
        self._agent_port, self._socket, self._backend_port = agent_port, socket_path, backend_port
        self.process = Process(self.command(), self.directory / "proxy.log", self.environment())

        def listening():
            assert self.process.process.poll() is None, self.log()
            return answers(self.port) and self.status() == 401
        wait_until(listening, 30, "the proxy refuses a request without a token")

    def status(self):
        """Of a request without a token; 0: there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/orders/")
            return connection.getresponse().status
        return 0

    def log(self):
        return self.process.log.read_text(errors="replace")[-3000:]

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {"HOME": str(self.directory), "XDG_DATA_HOME": str(self.directory), "XDG_CONFIG_HOME": str(self.directory)}

    def fill(self, text):
        """The guide's text with this test's addresses."""
        for written, actual in ((PROXY, self.port), (AGENT, self._agent_port), (BACKEND, self._backend_port)):
            text = text.replace(f"127.0.0.1:{written}", f"127.0.0.1:{actual}").replace(f"port_value: {written} ", f"port_value: {actual} ")
            text = text.replace(f"http://:{written} ", f"http://:{actual} ").replace(f'"127.0.0.1", {written}', f'"127.0.0.1", {actual}')
        return text.replace(SOCKET, str(self._socket))

    def write(self, name, text):
        path = self.directory / name
        path.write_text(self.fill(text))
        return path

    def close(self):
        self.process.close()


def from_pypi(name):
    """A program that its package has put beside Python."""
    path = pathlib.Path(os.environ.get("SALLYPORT_PROXIES", pathlib.Path(sys.executable).parent)) / name
    assert path.exists(), f"{path} is missing: packaging/python-environment installs it"
    return path


class Nginx(Proxy):
    down = stopped = unknown = 500
    doubled = 400
    takes_large_bodies = False  # client_max_body_size is 1m
    speaks_http2 = False

    def command(self):
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = " ".join(f"{kind}_temp_path {self.directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        block, cors, in_server = blocks("nginx", "nginx")
        block = cors + insert(block, in_server, after="127.0.0.1:8080;\n")
        path = self.write("nginx.conf", f"{user} daemon off; worker_processes 1; pid {self.directory}/pid; error_log stderr info;\n"
                          f"events {{ }}\nhttp {{ access_log off; {temporary}\n{block}\n}}\n")
        return ["nginx", "-p", self.directory, "-c", path, "-e", "stderr"]


class Envoy(Proxy):
    def command(self):
        block, cors, policy = blocks("envoy", "yaml")
        block = insert(insert(block, cors, after="http_filters:\n"), policy, before="              routes:\n")
        return [from_pypi("envoy"), "-c", self.write("envoy.yaml", block), "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]


class Haproxy(Proxy):
    patience = 3

    def command(self):
        script = self.write("sallyport.lua", blocks("haproxy", "lua")[0])
        block, cors = blocks("haproxy", "haproxy")
        block = insert(block, cors, before="  http-request lua.sallyport")
        return ["haproxy", "-db", "-f", self.write("haproxy.cfg", block.replace("/etc/haproxy/sallyport.lua", str(script)))]


class Traefik(Proxy):
    refuses_late = True
    down, stopped = 502, 504
    unknown, doubled = 500, 400

    def fill(self, text):
        if not hasattr(self, "_ask_port"):
            self._ask_port = free_port()
        return super().fill(text).replace("127.0.0.1:9235", f"127.0.0.1:{self._ask_port}")

    def command(self):
        static, dynamic, cors = blocks("traefik", "yaml")
        dynamic = insert(dynamic, cors, after="middlewares:\n").replace("middlewares: [ no-upgrade, forwarded, orders ]", "middlewares: [ cors, no-upgrade, forwarded, orders ]")
        dynamic = self.write("dynamic.yml", dynamic)
        return [from_pypi("traefik"), f"--configFile={self.write('traefik.yml', static.replace('/etc/traefik/dynamic.yml', str(dynamic)))}"]


class Caddy(Proxy):
    refuses_late = True
    down, stopped = 502, 504
    unknown, doubled = 500, 400

    def command(self):
        block, cors = blocks("caddy", "caddy")
        block = insert(block, cors, before="\t\tforward_auth")
        return [from_pypi("caddy"), "run", "--adapter", "caddyfile", "--config", self.write("Caddyfile", block)]


class Apache(Proxy):
    refuses_late = True
    down = stopped = unknown = 500
    speaks_http2 = False
    shows_body = False

    def command(self):
        script = self.write("sallyport.lua", blocks("apache", "lua")[0])
        block, cors = blocks("apache", "apache")
        block = insert(block, cors, before="    <Location />").replace("/etc/apache2/sallyport.lua", str(script))
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in (
            "mpm_event", "authz_core", "lua", "proxy", "proxy_http", "proxy_wstunnel", "headers", "rewrite"))
        path = self.write("apache.conf", f'{modules}\nServerRoot {self.directory}\nServerName gate\nPidFile {self.directory}/pid\n'
                          f"ErrorLog /dev/stderr\nDefaultRuntimeDir {self.directory}\nStartServers 1\nThreadsPerChild 25\n{user}\n{block}")
        return ["/usr/sbin/apache2", "-DFOREGROUND", "-f", path]


PROXIES = {"nginx": Nginx, "envoy": Envoy, "haproxy": Haproxy, "traefik": Traefik, "caddy": Caddy, "apache": Apache}
