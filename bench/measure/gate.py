"""nginx with the module, beside nginx without it, nginx with auth_request, and HAProxy with jwt_verify; and the agent asked by auth_request."""
import base64
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time
import uuid

import ext_authz
from processes import BIN, children, cpu_seconds, free_port, openssl_rsa2048, running, wait_for_port
from statistics_of_pairs import median, median_interval
from wrk import Wrk

ISSUER = "http://127.0.0.1:9229/us-east-1_Benchmark"
CLIENT = "1example23456789benchmark0"
KID = "benchmark"
TOKENS = 10_000
REVOCATIONS = 1_000_000
# Fewer than TOKENS by enough that each has been evicted when its turn comes again.
SMALL_CACHE = 1024

NGINX = """
load_module {bin}/ngx_http_sallyport_module.so;
{user}
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
  uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  sallyport_replica {dir}/gate/replica;
  sallyport_cache {cache};
  upstream authority {{ server 127.0.0.1:{authority}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location = /open {{ empty_gif; }}
    location = /guarded {{
      sallyport on;
      sallyport_issuer {issuer};
      sallyport_scope aws.cognito.signin.user.admin;
      empty_gif;
    }}
    location = /asked {{ auth_request /authority; empty_gif; }}
    location = /authority {{
      internal;
      proxy_pass http://authority;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }}
  }}
}}
"""

AUTHORITY = """
{user}
daemon off;
worker_processes 1;
pid {dir}/authority.pid;
error_log {dir}/authority.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {dir}/a1; proxy_temp_path {dir}/a2; fastcgi_temp_path {dir}/a3;
  uwsgi_temp_path {dir}/a4; scgi_temp_path {dir}/a5;
  server {{ listen 127.0.0.1:{authority}; location / {{ return 204; }} }}
}}
"""

HAPROXY = """
global
  nbthread 1
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend gate
  bind 127.0.0.1:{port}
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless {{ var(txn.alg) -m str RS256 }}
  http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_payload_query('$.iss') -m str {issuer} }}
  http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{dir}/public.pem") -m int 1 }}
  http-request return status 200 content-type image/gif string "GIF89a"
"""


class ReplicaTool:
    """tests/tools/replica_tool stands in for server and agent, and signs the tokens."""

    def __init__(self, path, words):
        self._process = subprocess.Popen([BIN / "replica_tool", path, str(words)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    def __call__(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if not answer.startswith("ok"):
            raise RuntimeError(f"replica_tool: {line.split()[0]}: {answer}")
        return answer[3:]

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)


def public_pem(jwk):
    """SubjectPublicKeyInfo (RFC 5280) of an RSA key, for HAProxy."""
    def der(tag, content):
        size = len(content)
        length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
        return bytes([tag]) + length + content

    def number(name):
        value = base64.urlsafe_b64decode(jwk[name] + "==")
        return der(0x02, (b"\0" if value[0] & 0x80 else b"") + value)

    rsa_encryption = bytes.fromhex("300d06092a864886f70d0101010500")
    key = der(0x30, rsa_encryption + der(0x03, b"\0" + der(0x30, number("n") + number("e"))))
    return "-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(key).decode() + "-----END PUBLIC KEY-----\n"


def payload():
    now = int(time.time())
    origin = str(uuid.uuid4())
    return json.dumps({
        "sub": str(uuid.uuid4()), "iss": ISSUER, "client_id": CLIENT, "origin_jti": origin, "event_id": str(uuid.uuid4()),
        "token_use": "access", "scope": "aws.cognito.signin.user.admin", "auth_time": now, "exp": now + 86400, "iat": now,
        "jti": str(uuid.uuid4()), "username": f"user-{origin[:8]}"}, separators=(",", ":"))


def wrk(port, path, tokens, seconds, connections=32):
    """(requests/s, requests) of one wrk thread; raises where an answer was not 2xx."""
    return Wrk(port, path, tokens, {"Authorization": "Bearer {line}"}, connections, seconds, method="GET").result()


def cpu_per_request(pid, *measured):
    """(microseconds of the process's CPU for each request, requests/s)."""
    before = cpu_seconds(pid)
    rate, requests = wrk(*measured)
    return (cpu_seconds(pid) - before) * 1e6 / requests, rate


@contextlib.contextmanager
def nginx(directory, cache, authority):
    port = free_port()
    user = "user root;" if os.getuid() == 0 else ""
    configuration = directory / f"nginx-{cache}.conf"
    configuration.write_text(NGINX.format(bin=BIN, dir=directory, port=port, cache=cache, issuer=ISSUER, user=user,
                                          authority=authority))
    with running("nginx", "-p", directory, "-e", directory / "error.log", "-c", configuration) as master:
        wait_for_port(port, master)
        yield port, children(master.pid)[0]


def compare(worker, port, tokens, pairs, seconds, haproxy):
    """The guarded location's CPU above the open one's: each pair's difference, in microseconds; and HAProxy's rate, measured in turn with them."""
    wrk(port, "/guarded", tokens, 2)
    differences, open_costs, guarded_rates, haproxy_rates = [], [], [], []
    for _ in range(pairs):
        open_cost, _ = cpu_per_request(worker, port, "/open", tokens, seconds)
        guarded_cost, rate = cpu_per_request(worker, port, "/guarded", tokens, seconds)
        differences.append(guarded_cost - open_cost)
        open_costs.append(open_cost)
        guarded_rates.append(rate)
        haproxy_rates.append(wrk(haproxy, "/", tokens, seconds)[0])
    return differences, median(open_costs), median(guarded_rates), median(haproxy_rates)


def add_difference(rows, name, differences, limit, open_cost):
    low, high = median_interval(differences)
    rows.add(name, median(differences), "us CPU", limit, note=f"95% interval {low:.2f}..{high:.2f}, {len(differences)} pairs, "
                                                              f"baseline {open_cost:.2f} us")


def measure(rows, quick):
    pairs, seconds = (5, 1) if quick else (24, 1)
    sign_rate, verify_rate = openssl_rsa2048()
    verification = 1e6 / verify_rate
    rows.add("openssl speed rsa2048: one verification", verification, "us")
    rows.add("openssl speed rsa2048: one signature", 1e6 / sign_rate, "us")
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        (directory / "gate").mkdir(mode=0o755)
        tool = ReplicaTool(directory / "gate" / "replica", 2 * REVOCATIONS + 4096)
        stack.callback(tool.close)
        tool("key main")
        (directory / "public.pem").write_text(public_pem(json.loads(tool(f"publish main {ISSUER} {KID}"))))
        tool(f"fill {REVOCATIONS}")
        tool("hold 10000")
        tokens = directory / "tokens"
        tokens.write_text("".join(tool(f"sign main {KID} {payload()}") + "\n" for _ in range(TOKENS)))

        authority = free_port()
        user = "user root;" if os.getuid() == 0 else ""
        (directory / "authority.conf").write_text(AUTHORITY.format(dir=directory, authority=authority, user=user))
        stack.enter_context(running("nginx", "-p", directory, "-e", directory / "authority.log", "-c", directory / "authority.conf"))
        haproxy = free_port()
        (directory / "haproxy.conf").write_text(HAPROXY.format(dir=directory, port=haproxy, issuer=ISSUER))
        stack.enter_context(running("haproxy", "-q", "-f", directory / "haproxy.conf"))
        wait_for_port(authority)
        wait_for_port(haproxy)

        with nginx(directory, 2 * TOKENS, authority) as (port, worker):
            differences, open_cost, rate, haproxy_rate = compare(worker, port, tokens, pairs, seconds, haproxy)
            add_difference(rows, f"gate, seen before ({TOKENS:,} tokens, {REVOCATIONS:,} revocations)", differences, 0.4, open_cost)
            asked, _ = wrk(port, "/asked", tokens, 3 * seconds)
        rows.add("gate, seen before, against HAProxy jwt_verify", rate, "requests/s", 3 * haproxy_rate, "higher",
                 f"HAProxy {haproxy_rate:,.0f}/s in this run")
        rows.add("gate, seen before, beside nginx auth_request (keep-alive)", rate, "requests/s", asked, "higher",
                 f"auth_request {asked:,.0f}/s in this run")

        with nginx(directory, SMALL_CACHE, authority) as (port, worker):
            differences, open_cost, rate, haproxy_rate = compare(worker, port, tokens, pairs, seconds, haproxy)
        add_difference(rows, "gate, every token new", differences, 1.3 * verification, open_cost)
        rows.add("gate, every token new, against HAProxy jwt_verify", rate, "requests/s", 1.1 * haproxy_rate, "higher",
                 f"HAProxy {haproxy_rate:,.0f}/s, in turn with it")
    ext_authz.measure(rows, quick, public_pem)
