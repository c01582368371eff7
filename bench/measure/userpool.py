"""The user pool at a thousand users and at a million: calls per second, server CPU per call, ListUsers, import and memory, beside the
bare RSA signature and beside oidc-provider and cognito-local in the same run."""
import contextlib
import pathlib
import subprocess
import tempfile
import time
import urllib.parse

import peers
import seed
from processes import BIN, FEED, cpu_seconds, free_port, openssl_rsa2048, resident_mib, running, wait_for_port
from server import CHEAP_HASH, PASSWORD, Cognito, Load
from statistics_of_pairs import median, percentile
from wrk import Wrk

# Users who sign in, spread over the whole pool.
ACTIVE = 500
SCOPE = "https://api.example/read"
# What a call signs: AccessToken and ID token, or the AccessToken alone.
SIGNATURES = {"sign-in": 2, "refresh": 2, "client_credentials": 1, "GetUser": 0}


class Form(Wrk):
    """wrk posts forms to a token endpoint."""

    def __init__(self, directory, port, path, forms, connections, seconds):
        bodies = directory / "forms"
        bodies.write_text("".join(urllib.parse.urlencode(form) + "\n" for form in forms))
        super().__init__(port, path, bodies, {"Content-Type": "application/x-www-form-urlencoded"}, connections, seconds)


class UserPool:
    """A server with a pool of `count` users, some of whom have passwords and have signed in."""

    def __init__(self, stack, count, *flags):
        self.count = count
        self.directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sallyport-bench-")))
        self.port = free_port()
        # No password is worth its hash here: what is measured is everything else.
        self.server = stack.enter_context(running(
            BIN / "sallyport", "serve", "--data", self.directory / "data", "--listen", f"127.0.0.1:{self.port}", *FEED,
            "--insecure-any-credentials", "--log-level", "error", *CHEAP_HASH, *flags, stderr=subprocess.DEVNULL))
        wait_for_port(self.port, self.server)
        self.call = Cognito(self.port)
        self.pool = self.call("CreateUserPool", PoolName="bench", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        self.imported_seconds = seed.load(self.call, self.pool, self.directory, count)
        self.imported_cpu = cpu_seconds(self.server.pid)
        self._make_clients()
        self._sign_in()

    def _make_clients(self):
        self.client = self.call("CreateUserPoolClient", UserPoolId=self.pool, ClientName="bench", ExplicitAuthFlows=[
            "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
        self.call("CreateResourceServer", UserPoolId=self.pool, Identifier="https://api.example", Name="API",
                  Scopes=[{"ScopeName": "read", "ScopeDescription": "reads"}])
        self.machine = self.call(
            "CreateUserPoolClient", UserPoolId=self.pool, ClientName="machine", GenerateSecret=True, AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=[SCOPE])["UserPoolClient"]

    def _sign_in(self):
        active = min(ACTIVE, self.count)
        self.names = [seed.username(number * self.count // active) for number in range(active)]
        tokens = []
        for name in self.names:
            self.call("AdminSetUserPassword", UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)
            tokens.append(self.call("InitiateAuth", **self._password(name))["AuthenticationResult"])
        self.bodies = {
            "sign-in": [self._password(name) for name in self.names],
            "refresh": [{"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": self.client,
                         "AuthParameters": {"REFRESH_TOKEN": token["RefreshToken"]}} for token in tokens],
            "GetUser": [{"AccessToken": token["AccessToken"]} for token in tokens]}

    def _password(self, name):
        return {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": self.client, "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD}}

    def load(self, kind, seconds):
        """(calls/s, microseconds of server CPU per call)"""
        before = cpu_seconds(self.server.pid)
        if kind == "client_credentials":
            form = {"grant_type": "client_credentials", "client_id": self.machine["ClientId"],
                    "client_secret": self.machine["ClientSecret"], "scope": SCOPE}
            load = Form(self.directory, self.port, "/oauth2/token", [form], 8, seconds)
        else:
            load = Load(self.directory, self.port, "GetUser" if kind == "GetUser" else "InitiateAuth", self.bodies[kind], 8, seconds)
        rate, requests = load.result()
        return rate, (cpu_seconds(self.server.pid) - before) * 1e6 / requests


def measure_calls(rows, small, large, quick):
    """In turns, so that what the machine does meanwhile meets both. Median calls/s of the small pool, by kind."""
    rates = {}
    for kind, signatures in SIGNATURES.items():
        at = {small: [], large: []}
        for _ in range(3 if quick else 7):
            for pool in (small, large):
                at[pool].append(pool.load(kind, 1 if quick else 2))
        rate, cost = ({pool: median([sample[column] for sample in at[pool]]) for pool in at} for column in (0, 1))
        rates[kind] = rate[small]
        sign = 1e6 / openssl_rsa2048(1)[0]
        note = f"{rate[small]:,.0f}/s, then {rate[large]:,.0f}/s" + (f"; {signatures} bare signatures {signatures * sign:.0f} us" if signatures else "")
        rows.add(f"{kind}: server CPU, {small.count:,} users", cost[small], "us CPU", note=note)
        rows.add(f"{kind}: server CPU, {large.count:,} users, against {small.count:,}", cost[large], "us CPU", 1.3 * cost[small])
        rows.add(f"{kind}: calls, {large.count:,} users, against {small.count:,}", rate[large], "calls/s", rate[small] / 1.3, "higher")
        if signatures:
            rows.add(f"{kind}: calls beside one core's bare signatures", rate[small], "calls/s", note=f"{1e6 / sign / signatures:,.0f}/s of one core")
    return rates


def measure_against_signature(rows, pool, quick):
    """In turns, each between two measurements of the bare signature: a machine that is slowed down meanwhile slows both."""
    ratios = []
    for _ in range(5 if quick else 25):
        before = 1e6 / openssl_rsa2048(1)[0]
        _, cost = pool.load("client_credentials", 1 if quick else 2)
        after = 1e6 / openssl_rsa2048(1)[0]
        ratios.append(2 * cost / (before + after))
    rows.add("client_credentials: server CPU, in bare signatures", median(ratios), "signatures", 1.2,
             note=f"median of {len(ratios)} turns, {min(ratios):.2f} to {max(ratios):.2f}")


def filters_of(pool):
    some = pool.call("ListUsers", UserPoolId=pool.pool, Filter=f'username = "{pool.names[-1]}"')["Users"][0]
    attributes = {item["Name"]: item["Value"] for item in some["Attributes"]}
    values = {"username": some["Username"], "cognito:user_status": "RESET_REQUIRED", "status": "Enabled",
              **{name: attributes[name] for name in ("sub", "email", "phone_number", "name", "given_name", "family_name", "preferred_username")}}
    for name, value in values.items():
        yield f'{name} = "{value}"'
        yield f'{name} ^= "{value[:max(1, len(value) // 2)]}"'
    # What few match, and nothing.
    yield 'cognito:user_status = "CONFIRMED"'
    yield 'status = "Disabled"'
    yield 'email = "nobody@example.com"'


def measure_lists(rows, large, quick):
    def first_page(**options):
        took = []
        for _ in range(20 if quick else 100):
            begin = time.perf_counter()
            large.call("ListUsers", UserPoolId=large.pool, **options)
            took.append((time.perf_counter() - begin) * 1e3)
        return percentile(took, 0.99), median(took)

    worst, usual = first_page()
    rows.add(f"ListUsers, {large.count:,} users: first page, p99", worst, "ms", 10, note=f"p50 {usual:.2f}")
    of_filters = {text: first_page(Filter=text) for text in filters_of(large)}
    slowest = max(of_filters, key=lambda text: of_filters[text][0])
    rows.add(f"ListUsers, {large.count:,} users: first page of the slowest of {len(of_filters)} filters, p99", of_filters[slowest][0], "ms", 10,
             note=f"{slowest}; p50 {of_filters[slowest][1]:.2f}")


def peer_rate(directory, port, path, forms, quick):
    return median([Form(directory, port, path, forms, 8, 1 if quick else 2).result()[0] for _ in range(3)])


def measure_oidc_provider(rows, rates, quick):
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name, peers.oidc_provider(pathlib.Path(name)) as (port, has, _):
        client = {"client_id": "bench", "client_secret": peers.SECRET}
        forms = {"client_credentials": [{"grant_type": "client_credentials", "scope": "read", **client}],
                 "refresh": [{"grant_type": "refresh_token", "refresh_token": token, **client} for token in has["tokens"]]}
        for kind, bodies in forms.items():
            rate = peer_rate(pathlib.Path(name), port, "/token", bodies, quick)
            rows.add(f"{kind}, beside oidc-provider (in memory, JWT)", rates[kind], "calls/s", rate, "higher", note=f"oidc-provider {rate:,.0f}/s")


def measure_cognito_local(rows, rates, quick):
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name:
        directory = pathlib.Path(name)
        with peers.cognito_local(directory) as port:
            call = Cognito(port)
            pool = call("CreateUserPool", PoolName="bench", UsernameAttributes=["phone_number"])["UserPool"]["Id"]
            client = call("CreateUserPoolClient", UserPoolId=pool, ClientName="bench")["UserPoolClient"]["ClientId"]
            call("AdminCreateUser", UserPoolId=pool, Username="user-0", MessageAction="SUPPRESS", TemporaryPassword=PASSWORD)
            call("AdminSetUserPassword", UserPoolId=pool, Username="user-0", Password=PASSWORD, Permanent=True)
        path = peers.pool_file(directory, pool)
        one_user = path.read_text()
        for users in (10, 10_000):
            peers.multiply_users(path, one_user, users)
            with peers.cognito_local(directory) as port:
                bodies = [{"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
                           "AuthParameters": {"USERNAME": f"user-{number}", "PASSWORD": PASSWORD}} for number in range(10)]
                rate, _ = Load(directory, port, "InitiateAuth", bodies, 4, 2 if quick else 5).result()
            rows.add(f"sign-in, beside cognito-local at {users:,} users", rates["sign-in"], "calls/s", rate, "higher",
                     note=f"cognito-local {rate:,.1f}/s")


def measure(rows, quick):
    few, many = 1_000, 100_000 if quick else 1_000_000
    with contextlib.ExitStack() as stack:
        small, large = UserPool(stack, few), UserPool(stack, many)
        rows.add(f"import: {many:,} users", large.imported_seconds, "s", 60 * many / 100_000,
                 note=f"{many / large.imported_seconds:,.0f} rows/s, {large.imported_cpu * 1e6 / many:.0f} us CPU a row")
        measure_lists(rows, large, quick)
        measure_against_signature(rows, small, quick)
        rates = measure_calls(rows, small, large, quick)
        rows.add(f"memory with {many:,} users, after all of this", resident_mib(large.server.pid), "MiB", 200,
                 note=f"most ever {resident_mib(large.server.pid, peak=True):.0f}")
    measure_oidc_provider(rows, rates, quick)
    measure_cognito_local(rows, rates, quick)
