"""The authorization code flow in a browser that is signed in: the request to /oauth2/authorize that gives a code, and the request that redeems
it. What it costs is compared with the signatures that it cannot do without, beside oidc-provider in the same run. Then the first page."""
import base64
import contextlib
import hashlib
import http.client
import pathlib
import subprocess
import tempfile
import time
import urllib.parse

import peers
from processes import BIN, FEED, cpu_seconds, free_port, openssl_rsa2048, running, wait_for_port
from server import CHEAP_HASH, PASSWORD, Cognito
from statistics_of_pairs import median, percentile
from wrk import Failed, Script

# The AccessToken and the ID token. The code and the refresh token are random, not signed.
SIGNATURES = 2
USERS = 50
CONNECTIONS = 8
CALLBACK = "https://app.example/callback"
VERIFIER = "bench-verifier-of-the-authorization-code-flow-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
# Of the limit, in the words.
SHARE = 0.85


def request(client, **more):
    return urllib.parse.urlencode({"client_id": client, "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", "state": "s",
                                   "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **more})


class Flows(Script):
    """Whole flows: an authorization request with the next of the cookies, and a token request for each
    code that has come back."""

    def __init__(self, directory, port, authorize, token, client, cookies, seconds):
        lines = directory / "cookies"
        lines.write_text("".join(cookie + "\n" for cookie in cookies))
        form = urllib.parse.urlencode({"grant_type": "authorization_code", "client_id": client, "redirect_uri": CALLBACK,
                                       "code_verifier": VERIFIER}) + "&code="
        super().__init__("flow.lua", port, "", CONNECTIONS, seconds, BENCH_LINES=str(lines), BENCH_AUTHORIZE=authorize, BENCH_TOKEN=token,
                         BENCH_FORM=form)


class Sallyport:
    """A server with a pool whose users are signed in in a browser each."""

    def __init__(self, stack):
        self.directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sallyport-bench-")))
        self.port = free_port()
        # It takes the form of a sign-in page from a script; nothing else here depends on that.
        self.server = stack.enter_context(running(
            BIN / "sallyport", "serve", "--data", self.directory / "data", "--listen", f"127.0.0.1:{self.port}", *FEED,
            "--insecure-any-credentials", "--log-level", "error", *CHEAP_HASH, stderr=subprocess.DEVNULL))
        wait_for_port(self.port, self.server)
        call = Cognito(self.port)
        self.pool = call("CreateUserPool", PoolName="bench")["UserPool"]["Id"]
        self.client = call(
            "CreateUserPoolClient", UserPoolId=self.pool, ClientName="web", AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid"], CallbackURLs=[CALLBACK], SupportedIdentityProviders=["COGNITO"])["UserPoolClient"]["ClientId"]
        self.cookies = [self._sign_in(call, f"user-{number}") for number in range(USERS)]

    def _sign_in(self, call, name):
        call("AdminCreateUser", UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS")
        call("AdminSetUserPassword", UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        form = urllib.parse.urlencode({"username": name, "password": PASSWORD, "step": "password"})
        connection.request("POST", f"/{self.pool}/login?" + request(self.client), form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        cookies = [line.split(";")[0] for line in answer.headers.get_all("Set-Cookie") or []]
        [cookie] = [cookie for cookie in cookies if cookie.startswith(f"sallyport-{self.pool}=")]
        return cookie

    def flows(self, seconds):
        """(flows/s, microseconds of server CPU per flow)"""
        before = cpu_seconds(self.server.pid)
        rate, flows = Flows(self.directory, self.port, f"/{self.pool}/oauth2/authorize?" + request(self.client),
                            f"/{self.pool}/oauth2/token", self.client, self.cookies, seconds).result()
        return rate, (cpu_seconds(self.server.pid) - before) * 1e6 / flows

    def first_page_millis(self, count):
        """From the request for /login by a browser that has never been here to the page's last byte, one after another."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        took = []
        for _ in range(count):
            begin = time.perf_counter()
            connection.request("GET", f"/{self.pool}/login?" + request(self.client))
            answer = connection.getresponse()
            page = answer.read()
            took.append((time.perf_counter() - begin) * 1e3)
            if answer.status != 200 or b'name="password"' not in page:
                raise Failed(f"{answer.status}, and no sign-in page")
        return took, len(page)


class OidcProvider:
    def __init__(self, stack):
        self.directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sallyport-bench-")))
        self.port, has, self.process = stack.enter_context(peers.oidc_provider(self.directory))
        self.cookies = has["cookies"]

    def flows(self, seconds):
        before = cpu_seconds(self.process.pid)
        rate, flows = Flows(self.directory, self.port, "/auth?" + request("web", resource="urn:bench", scope="openid read"), "/token", "web",
                            self.cookies, seconds).result()
        return rate, (cpu_seconds(self.process.pid) - before) * 1e6 / flows


def measure_flows(rows, ours, peer, quick):
    """In turns, each of ours between two measurements of the bare signature: a machine that is slowed down meanwhile slows both."""
    seconds, at, peers_at, shares, signs = (1 if quick else 2), [], [], [], []
    ours.flows(1), peer.flows(1)
    for _ in range(5 if quick else 15):
        before = 1e6 / openssl_rsa2048(1)[0]
        at.append(ours.flows(seconds))
        signs.append((before + 1e6 / openssl_rsa2048(1)[0]) / 2)
        shares.append(SIGNATURES * signs[-1] / at[-1][1])
        peers_at.append(peer.flows(seconds))
    cost, limit = median([sample[1] for sample in at]), 1e6 / (SIGNATURES * median(signs))
    rows.add("authorization code flow: a second and core of server CPU, against 0.85 of the limit", median(shares) * limit, "flows/s",
             SHARE * limit, "higher",
             note=f"{median(shares):.2f} of the limit ({min(shares):.2f} to {max(shares):.2f} in {len(shares)} turns), which is {SIGNATURES} bare "
                  f"signatures a flow, {SIGNATURES * median(signs):.0f} us; {cost:.0f} us CPU a flow")
    peer_rate, peer_cost = (median([sample[column] for sample in peers_at]) for column in (0, 1))
    rows.add("authorization code flow, beside oidc-provider (in memory, JWT)", median([sample[0] for sample in at]), "flows/s", peer_rate,
             "higher", note=f"oidc-provider {peer_rate:,.0f}/s, {peer_cost:,.0f} us CPU a flow")


def measure_first_page(rows, ours, quick):
    took, size = ours.first_page_millis(300 if quick else 2000)
    rows.add("first page, p99", percentile(took, 0.99), "ms", 5, note=f"p50 {median(took):.2f}, greatest {max(took):.2f}, {size:,} bytes")
    load = Flows(ours.directory, ours.port, f"/{ours.pool}/oauth2/authorize?" + request(ours.client), f"/{ours.pool}/oauth2/token",
                 ours.client, ours.cookies, 4 if quick else 10)
    time.sleep(0.5)
    end, took = time.monotonic() + (2 if quick else 8), []
    while time.monotonic() < end:
        took += ours.first_page_millis(50)[0]
    rate, _ = load.result()
    rows.add("first page under code flows as fast as they go, p99", percentile(took, 0.99), "ms",
             note=f"p50 {median(took):.2f}, greatest {max(took):.2f}, {len(took):,} pages; {rate:,.0f} flows/s")


def measure(rows, quick):
    with contextlib.ExitStack() as stack:
        ours, peer = Sallyport(stack), OidcProvider(stack)
        measure_first_page(rows, ours, quick)
        measure_flows(rows, ours, peer, quick)
