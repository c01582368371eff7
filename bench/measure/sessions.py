"""One active session per user: what the limit costs a sign-in, and when the session that it ends is refused at a gate."""
import contextlib
import http.client
import os
import pathlib
import tempfile
import threading
import time

from processes import BIN, free_port, running, wait_for_port
from server import CHEAP_HASH, Cognito, Deployment, Load
from statistics_of_pairs import median, percentile

NGINX = """
load_module {bin}/ngx_http_sallyport_module.so;
{user} daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log error;
events {{ worker_connections 64; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  sallyport_replica {dir}/gate/replica;
  server {{
    listen 127.0.0.1:{port};
    location / {{ sallyport on; sallyport_issuer {issuer}; sallyport_scope aws.cognito.signin.user.admin; empty_gif; }}
  }}
}}
"""


class Gate:
    """Asks nginx about one token, over and over, and keeps when the last Allow was asked for and the first refusal was there."""

    def __init__(self, stack, directory, deployment):
        self._port = free_port()
        configuration = directory / "nginx.conf"
        configuration.write_text(NGINX.format(bin=BIN, user="user root;" if os.geteuid() == 0 else "", dir=directory, port=self._port,
                                              issuer=f"http://127.0.0.1:{deployment.port}/{deployment.pool}"))
        wait_for_port(self._port, stack.enter_context(running("nginx", "-p", directory, "-c", configuration)))
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)

    def allows(self, token):
        self._connection.request("GET", "/", headers={"Authorization": f"Bearer {token}"})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status == 200

    def watch(self, token):
        """A function that waits for the first refusal and gives (last Allow asked for, first refusal received)."""
        seen = {}

        def run():
            while True:
                asked = time.perf_counter()
                if not self.allows(token):
                    seen["refused"] = time.perf_counter()
                    return
                seen["allowed"] = asked
                # Two cores kept busy without a break would starve the sign-in, whose hash runs at low priority.
                time.sleep(0.0005)

        thread = threading.Thread(target=run)
        thread.start()

        def result():
            thread.join()
            return seen["allowed"], seen["refused"]

        return result


def limit_sessions(deployment, most):
    Cognito(deployment.port)("SetUserPoolSessionConfiguration", UserPoolId=deployment.pool, UserSessionTracking="ENABLED",
                             TokenSession={"MaxPerUser": most})


def measure_rate(rows, directory, quick, users):
    """Two servers in turn: one whose pool tracks nothing, one with MaxPerUser 1."""
    with contextlib.ExitStack() as stack:
        both = []
        for name in ("free", "one"):
            (directory / name).mkdir(mode=0o755)
            both.append(Deployment(stack, directory / name, CHEAP_HASH, users=users))
        limit_sessions(both[1], 1)
        rates = ([], [])
        for _ in range(3 if quick else 7):
            for deployment, measured in zip(both, rates):
                bodies = [deployment.sign_in_body(name) for name in deployment.names]
                measured.append(Load(directory, deployment.port, "InitiateAuth", bodies, 16, 2 if quick else 4).result()[0])
    free, one = map(median, rates)
    rows.add(f"sign-ins with MaxPerUser 1, {users} user{'s' if users > 1 else ''}, 16 connections, against four fifths of no limit", one, "1/s",
             0.8 * free, "higher", note=f"no limit: {free:,.0f}; each ends the one before it; cheap hash, one agent")


def measure_refusal(rows, directory, quick):
    with contextlib.ExitStack() as stack:
        deployment = Deployment(stack, directory, CHEAP_HASH)
        limit_sessions(deployment, 1)
        gate, call = Gate(stack, directory, deployment), Cognito(deployment.port)
        token = deployment.sign_in(call)["AccessToken"]
        while not gate.allows(token):
            time.sleep(0.01)
        answered, late = [], []
        for _ in range(100 if quick else 500):
            watching = gate.watch(token)
            time.sleep(0.005)
            begin = time.perf_counter()
            token = deployment.sign_in(call)["AccessToken"]
            answer = time.perf_counter()
            allowed, refused = watching()
            answered.append((refused - begin) * 1e3)
            late.append((allowed - answer) * 1e3)
            while not gate.allows(token):
                time.sleep(0.001)
    rows.add("from a sign-in's request to the refusal of the session that it ends", percentile(answered, 0.99), "ms",
             note=f"p99; p50 {median(answered):.2f}, greatest {max(answered):.2f}, {len(answered)} sign-ins")
    rows.add("the latest Allow of an evicted token, after the sign-in's answer", max(late), "ms", 0,
             note="negative: asked for before the answer")


def measure(rows, quick):
    for part in (lambda *a: measure_rate(*a, users=50), lambda *a: measure_rate(*a, users=1), measure_refusal):
        with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name:
            directory = pathlib.Path(name)
            directory.chmod(0o755)
            part(rows, directory, quick)
