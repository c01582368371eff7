"""The modes `introspect` and `blocklist`, and `sallyport sink dynamodb`, with real processes: Sallyport is asked by GetUser, and moto has the table."""

import base64
import http.client
import json
import re
import signal
import time

import pytest

from dynamodb import Table
from introspection import CLIENT, SECRET, Introspection
from sallyport_processes import BIN, Process, Started, free_port, run, stopped, wait_until
from test_authorize import Place

SCOPE = 'scope = "aws.cognito.signin.user.admin"\n'


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def introspect(server, **keys):
    return 'mode = "introspect"\n' + SCOPE + f'url = "{server.url}"\n' + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def blocklist(table, directory, **keys):
    keys = {"url": table.url, "region": "eu-west-1", "table": table.name, "key": "id", "ttl": "ttl", "look_up": ["origin_jti", "event_id"],
            "credentials_file": str(table.credentials(directory / "credentials")), **keys}
    return 'mode = "blocklist"\n' + SCOPE + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


class Rules(Place):
    """An agent whose rules a test adds."""

    def use(self, name, text):
        self.write("orders", more=f'[{name}]\nissuer = "{self.issuer}"\n{text}[{name}.headers]\nX-User = "sub"\n')
        self.agent.signal(signal.SIGHUP)
        wait_until(lambda: self.ask(None, name)[0] == 401, what="the rule is used")
        return name

    def timed(self, token, rule):
        begin = time.monotonic()
        status = self.ask(token, rule)[0]
        return status, time.monotonic() - begin

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (\S+)$", self.metrics(), re.MULTILINE).group(1))


@pytest.fixture(scope="module")
def rules(server):
    started = Started()
    yield Rules(started, server)
    started.close()


@pytest.fixture(scope="module")
def table():
    table = Table()
    yield table
    table.close()


@pytest.fixture(autouse=True)
def healthy(table):
    yield
    table.throttle = table.hang = False
    table.session_token = None


def test_introspect_asks_each_time_and_refuses_what_is_revoked_at_once(rules, server):
    rule = rules.use("asked", introspect(server))
    tokens = rules.pool.sign_in("ada")
    status, headers, body = rules.ask(tokens["AccessToken"], rule)
    assert (status, body, headers["x-user"]) == (200, b"", claims(tokens["AccessToken"])["sub"])
    for _ in range(9):
        assert rules.ask(tokens["AccessToken"], rule)[0] == 200
    assert rules.metric('sallyport_agent_inquiry_calls_total{rule="asked",outcome="active"}') == 10
    rules.pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=rules.pool.client_id)
    status, headers, body = rules.ask(tokens["AccessToken"], rule)
    assert (status, body) == (401, b'{"message":"Unauthorized"}') and "x-user" not in headers
    assert 'rule="asked",decision="deny",reason="revoked"} 1' in rules.metrics()


def test_nobody_is_asked_about_a_token_that_is_refused_here(rules, server):
    rule = rules.use("local", introspect(server))
    tokens = rules.pool.sign_in("ada")
    access = tokens["AccessToken"]
    forged = access[:-8] + ("AAAAAAAA" if not access.endswith("AAAAAAAA") else "BBBBBBBB")
    for token in (None, "x", forged, tokens["IdToken"]):
        assert rules.ask(token, rule)[0] == 401
    assert rules.metric('sallyport_agent_inquiry_calls_total{rule="local",outcome="refused"}') == 0
    assert rules.metric('sallyport_agent_inquiry_calls_total{rule="local",outcome="failed"}') == 0


def test_a_cached_answer_is_not_used_for_longer_than_its_rule_says(rules, server):
    rule = rules.use("cached", introspect(server, allow_cache="1500ms", deny_cache="60s"))
    tokens = rules.pool.sign_in("ada")
    begin = time.monotonic()
    assert rules.ask(tokens["AccessToken"], rule)[0] == 200
    rules.pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=rules.pool.client_id)
    for _ in range(20):
        status = rules.ask(tokens["AccessToken"], rule)[0]
        assert status == 200 or time.monotonic() - begin > 1.3
    wait_until(lambda: rules.ask(tokens["AccessToken"], rule)[0] == 401, 3, "the cached answer is too old")
    assert time.monotonic() - begin < 3
    for _ in range(20):
        assert rules.ask(tokens["AccessToken"], rule)[0] == 401
    assert rules.metric('sallyport_agent_inquiry_calls_total{rule="cached",outcome="active"}') == 1
    assert rules.metric('sallyport_agent_inquiry_calls_total{rule="cached",outcome="refused"}') == 1
    assert rules.metric('sallyport_agent_inquiry_answer_age_seconds_bucket{rule="cached",le="5"}') == rules.metric(
        'sallyport_agent_inquiry_answer_age_seconds_count{rule="cached"}')


def test_a_service_that_does_not_answer_denies_in_time_unless_the_rule_says_otherwise(rules, server):
    rule = rules.use("late", introspect(server, timeout="300ms"))
    token = rules.pool.sign_in("ada")["AccessToken"]
    assert rules.ask(token, rule)[0] == 200
    server.signal(signal.SIGSTOP)
    try:
        status, seconds = rules.timed(token, rule)
        assert status == 401 and 0.25 < seconds < 1
        assert 'rule="late",decision="deny",reason="no_answer"} 1' in rules.metrics()
        assert rules.metric('sallyport_agent_inquiry_calls_total{rule="late",outcome="timed_out"}') == 1
        rule = rules.use("open", introspect(server, timeout="300ms", on_failure="allow"))
        assert rules.ask(token, rule)[0] == 200
        assert rules.metric('sallyport_agent_inquiry_uncalled_total{rule="open",by="on_failure_allow"}') == 1
    finally:
        server.signal(signal.SIGCONT)
    wait_until(lambda: rules.ask(token, "orders")[0] == 200, what="the lease is back")


def test_an_introspection_endpoint_is_asked_as_rfc_7662_has_it(rules):
    endpoint = Introspection(rules.pool.api)
    secret = rules.directory / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    text = f'mode = "introspect"\n{SCOPE}protocol = "rfc7662"\nurl = "{endpoint.url}"\nsecret_file = "{secret}"\n'
    rule = rules.use("rfc", text + f'introspect_client = "{CLIENT}"\n')
    tokens = rules.pool.sign_in("ada")
    assert rules.ask(tokens["AccessToken"], rule)[0] == 200 and endpoint.asked == ["access_token"]
    rules.pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=rules.pool.client_id)
    assert rules.ask(tokens["AccessToken"], rule)[0] == 401
    assert 'rule="rfc",decision="deny",reason="revoked"} 1' in rules.metrics()
    rule = rules.use("unknown", text + 'introspect_client = "nobody"\n')
    assert rules.ask(rules.pool.sign_in("ada")["AccessToken"], rule)[0] == 401
    assert 'rule="unknown",decision="deny",reason="no_answer"} 1' in rules.metrics(), "the gate is not known there"
    endpoint.close()


def test_blocklist_reads_the_table_consistently_over_one_connection(rules, table):
    rule = rules.use("blocked", blocklist(table, rules.directory))
    tokens = rules.pool.sign_in("ada")
    token, family = tokens["AccessToken"], claims(tokens["AccessToken"])["origin_jti"]
    table.asked.clear()
    connections = table.connections
    for _ in range(5):
        assert rules.ask(token, rule)[0] == 200
    assert table.connections - connections <= 1 and len(table.asked) == 5
    operation, body = table.asked[0]
    assert operation == "BatchGetItem" and body["RequestItems"][table.name]["ConsistentRead"] is True
    table.table.put_item(Item={"id": family, "ttl": int(time.time()) + 600})
    assert rules.ask(token, rule)[0] == 401
    table.table.put_item(Item={"id": family, "ttl": int(time.time()) - 3600})
    assert rules.ask(token, rule)[0] == 200, "an item whose time is over, which DynamoDB has not deleted yet"
    table.table.put_item(Item={"id": family})
    assert rules.ask(token, rule)[0] == 401
    table.table.delete_item(Key={"id": family})
    assert rules.ask(token, rule)[0] == 200
    table.table.put_item(Item={"id": claims(token)["event_id"]})
    assert rules.ask(token, rule)[0] == 401, "by the other claim"


@pytest.mark.parametrize("look_up", ["jti", "origin_jti", "event_id", "sub"])
def test_each_claim_can_be_looked_up_alone(rules, table, look_up):
    rule = rules.use(f"by_{look_up}", blocklist(table, rules.directory, look_up=look_up))
    rules.pool.make_user(f"user-{look_up}")
    token = rules.pool.sign_in(f"user-{look_up}")["AccessToken"]
    assert rules.ask(token, rule)[0] == 200
    assert table.asked[-1][0] == "GetItem" and table.asked[-1][1]["ConsistentRead"] is True
    table.table.put_item(Item={"id": claims(token)[look_up]})
    assert rules.ask(token, rule)[0] == 401


def test_a_table_that_throttles_or_hangs_denies(rules, table):
    rule = rules.use("throttled", blocklist(table, rules.directory, timeout="300ms"))
    rules.pool.make_user("bob")
    token = rules.pool.sign_in("bob")["AccessToken"]
    assert rules.ask(token, rule)[0] == 200
    table.throttle = True
    assert rules.ask(token, rule)[0] == 401
    table.throttle, table.hang = False, True
    status, seconds = rules.timed(token, rule)
    assert status == 401 and seconds < 1
    table.hang = False
    assert rules.ask(token, rule)[0] == 200
    assert 'rule="throttled",decision="deny",reason="no_answer"} 2' in rules.metrics()


def test_temporary_credentials_are_signed_with_their_token(rules, table):
    table.session_token = "a/session+token=="
    rule = rules.use("temporary", blocklist(table, rules.directory))
    rules.pool.make_user("eve")
    assert rules.ask(rules.pool.sign_in("eve")["AccessToken"], rule)[0] == 200


@pytest.mark.parametrize("text, words", [
    ('mode = "introspect"\nurl = "http://127.0.0.1:1"\n', "GetUser accepts access tokens only"),
    ('mode = "introspect"\n' + SCOPE, "url is missing"),
    ('mode = "introspect"\n' + SCOPE + 'url = "http://example.com"\n', 'must begin with "https://"'),
    ('mode = "introspect"\n' + SCOPE + 'url = "http://127.0.0.1.example.com"\n', 'must begin with "https://"'),
    ('mode = "introspect"\n' + SCOPE + 'url = "https://a"\nprotocol = "saml"\n', 'must be "get_user" or "rfc7662"'),
    ('mode = "introspect"\n' + SCOPE + 'url = "https://a"\nprotocol = "rfc7662"\n', "secret_file is missing"),
    ('mode = "introspect"\n' + SCOPE + 'url = "https://a"\nsecret_file = "x"\n', "unknown key secret_file"),
    ('mode = "introspect"\n' + SCOPE + 'url = "https://a"\ncache_tokens = 5\n', "has no effect without allow_cache"),
    ('mode = "introspect"\n' + SCOPE + 'url = "https://a"\ntimeout = "21s"\n', "timeout must be a time"),
    ('mode = "introspect"\n' + SCOPE + 'url = "https://a"\non_failure = "ask"\n', 'must be "deny" or "allow"'),
    ('mode = "blocklist"\n' + SCOPE + 'url = "https://a"\n', "region is missing"),
    ('mode = "blocklist"\nurl = "https://a"\nregion = "r"\ntable = "t"\nkey = "k"\nlook_up = "email"\ncredentials_file = "/nonexistent"\n',
     '"email", which is not one of jti, origin_jti, event_id, sub, client_id, iss'),
    ('mode = "blocklist"\nurl = "https://a"\nregion = "r"\ntable = "t"\nkey = "k"\nlook_up = "jti"\ncredentials_file = "/nonexistent"\n',
     "/nonexistent: No such file"),
    ('mode = "blocklist"\nurl = "https://a"\nregion = "r"\ntable = "t"\nkey = "k"\nttl = "k"\nlook_up = "jti"\n', "ttl is the same attribute as key"),
    ('mode = "blocklist"\nurl = "https://a"\nregion = "r"\ntable = "t"\nkey = "k"\nlook_up = "jti"\nallow_cache = "1s"\n',
     "unknown key allow_cache"),
    ('mode = "live"\ntimeout = "1s"\n', "unknown key timeout"),
])
def test_a_rule_that_cannot_take_effect_is_refused_in_words(rules, start, text, words):
    path = start.directory() / "rules.toml"
    path.write_text('[x]\nissuer = "https://example.com/p"\n' + text)
    done = run("agent", "--enrolment", rules.agent.enrolment, "--replica", start.directory() / "replica", "--authorize",
               f"127.0.0.1:{free_port()}", "--authorize-rules", path)
    assert done.returncode == 1 and words in done.stderr, done.stderr


# ---- The sink

class Sink(Process):
    def __init__(self, directory, enrolment, table, *arguments):
        self.port = free_port()
        super().__init__([BIN / "sallyport", "sink", "dynamodb", "--enrolment", enrolment, "--url", table.url, "--region", "eu-west-1",
                          "--table", table.name, "--key", "id", "--ttl", "ttl", "--credentials-file", table.credentials(directory / "keys"),
                          "--metrics-listen", f"127.0.0.1:{self.port}", *arguments], directory / f"sink-{self.port}.log")

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def metric(self, name):
        return float(re.search(rf"^sallyport_sink_{name} (\S+)$", self.get("/metrics")[1], re.MULTILINE).group(1))

    def await_healthy(self):
        wait_until(lambda: self.get("/healthz")[0] == 200, what="the sink holds a lease")
        return self


@pytest.fixture(scope="module")
def enrolment(rules, server):
    return server.enrol("mirror", rules.directory / "mirror.enrolment")


@pytest.fixture
def sink(start, enrolment, table):
    return start.keep(Sink(start.directory(), enrolment, table)).await_healthy()


def revoke(pool, name="ada"):
    tokens = pool.sign_in(name)
    begin = time.monotonic()
    pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=pool.client_id)
    return claims(tokens["AccessToken"])["origin_jti"], time.monotonic() - begin


def test_when_revoke_returns_the_table_has_it_and_the_blocklist_refuses_it(sink, rules, table):
    rule = rules.use("mirrored", blocklist(table, rules.directory, look_up=["origin_jti", "event_id"]))
    rules.pool.make_user("dan")
    for _ in range(20):
        tokens = rules.pool.sign_in("dan")
        assert rules.ask(tokens["AccessToken"], rule)[0] == 200
        rules.pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=rules.pool.client_id)
        item = table.item(claims(tokens["AccessToken"])["origin_jti"])
        assert item["kind"] == "family" and item["ttl"] > claims(tokens["AccessToken"])["exp"]
        assert rules.ask(tokens["AccessToken"], rule)[0] == 401
    assert sink.metric("lag_seconds") == 0 and sink.metric("sequence") == sink.metric("received_sequence") > 0
    assert sink.metric("frame_seconds_total") > 0 and sink.metric("holds_lease") == 1


def test_what_was_revoked_while_the_sink_was_killed_follows_and_nothing_is_lost(start, sink, rules, enrolment, table):
    families = {revoke(rules.pool)[0] for _ in range(5)}
    sink.kill()
    families |= {revoke(rules.pool)[0] for _ in range(40)}
    assert not families <= table.keys()
    again = start.keep(Sink(start.directory(), enrolment, table)).await_healthy()
    wait_until(lambda: families <= table.keys(), what="the table catches up")
    assert again.metric("snapshots_total") == 0, "it resumes where the table ends"


def test_a_lost_answer_changes_nothing(sink, rules, table):
    for operation in ("BatchWriteItem", "PutItem"):
        table.lose_answers_of.append(operation)
        family, _ = revoke(rules.pool)
        wait_until(lambda: table.item(family), what="the item")
        wait_until(lambda: sink.metric("sequence") == sink.metric("received_sequence"), what="the position")
    assert sink.metric("conflicts_total") == 0


def test_a_table_that_was_emptied_is_filled_again_although_nothing_is_revoked(sink, rules, table):
    families = {revoke(rules.pool)[0] for _ in range(3)}
    backup = table.item("sallyport:position")
    families |= {revoke(rules.pool)[0] for _ in range(3)}
    table.make_anew()
    wait_until(lambda: families <= table.keys(), what="the table is filled again")
    sink.await_healthy()
    assert sink.metric("losses_total") == 1
    assert revoke(rules.pool)[0] in table.keys()
    # A backup of the table has an older position, and lacks what came later.
    newest = revoke(rules.pool)[0]
    table.table.put_item(Item=backup)
    table.table.delete_item(Key={"id": newest})
    wait_until(lambda: newest in table.keys(), what="the end of the log is written again")
    assert sink.metric("losses_total") == 2
    sink.await_healthy()


def test_a_deleted_client_and_a_deleted_pool_are_in_the_table(sink, rules, table):
    rule = rules.use("clients", blocklist(table, rules.directory, look_up=["origin_jti", "client_id", "iss"]))
    client = rules.pool.api.create_user_pool_client(UserPoolId=rules.pool.id, ClientName="gone", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    client = client["UserPoolClient"]["ClientId"]
    kept, rules.pool.client_id = rules.pool.client_id, client
    try:
        token = rules.pool.sign_in("ada")["AccessToken"]
    finally:
        rules.pool.client_id = kept
    assert rules.ask(token, rule)[0] == 200
    rules.pool.api.delete_user_pool_client(UserPoolId=rules.pool.id, ClientId=client)
    assert table.item(client)["kind"] == "client" and rules.ask(token, rule)[0] == 401
    other = rules.pool.api.create_user_pool(PoolName="gone")["UserPool"]["Id"]
    rules.pool.api.delete_user_pool(UserPoolId=other)
    assert table.item(rules.issuer.rsplit("/", 1)[0] + "/" + other)["kind"] == "pool"


def test_a_table_that_does_not_take_writes_holds_no_revocation_up_for_long(sink, rules, table):
    table.throttle = True
    slow, seconds = revoke(rules.pool)
    assert seconds < 5, "until the sink's lease has ended"
    wait_until(lambda: sink.get("/healthz")[0] == 503, what="the sink says that it is behind")
    assert "ProvisionedThroughputExceededException" in sink.get("/healthz")[1] and sink.metric("lag_seconds") > 0
    quick, seconds = revoke(rules.pool)
    assert seconds < 1, "nobody waits for a sink without a lease"
    table.throttle = False
    wait_until(lambda: {slow, quick} <= table.keys(), what="the table catches up")
    sink.await_healthy()


def test_without_leases_no_revocation_waits(start, rules, enrolment, table):
    sink = start.keep(Sink(start.directory(), enrolment, table, "--without-leases")).await_healthy()
    revoke(rules.pool)  # the lease of an earlier sink has ended afterwards
    table.throttle = True
    family, seconds = revoke(rules.pool)
    assert seconds < 1
    table.throttle = False
    wait_until(lambda: table.item(family), what="the item follows")
    assert sink.metric("holds_lease") == 0


def test_two_sinks_of_one_table_lose_nothing(start, sink, rules, enrolment, table):
    sinks = [sink, start.keep(Sink(start.directory(), enrolment, table)).await_healthy()]
    families = {revoke(rules.pool)[0] for _ in range(10)}
    wait_until(lambda: families <= table.keys(), what="all items")
    wait_until(lambda: sinks[0].metric("sequence") == sinks[1].metric("sequence") == sinks[0].metric("received_sequence"), what="one position")


@pytest.mark.parametrize("name, words", [("table", "ResourceNotFoundException"), ("credentials", "InvalidSignatureException")])
def test_a_sink_with_wrong_settings_does_not_start(start, enrolment, table, name, words):
    directory = start.directory()
    keys = table.credentials(directory / "keys")
    if name == "credentials":
        keys.write_text(keys.read_text().replace("table/secret", "other/secret"))
    done = run("sink", "dynamodb", "--enrolment", enrolment, "--url", table.url, "--region", "eu-west-1", "--table",
               "none" if name == "table" else table.name, "--key", "id", "--credentials-file", keys)
    assert done.returncode == 1 and words in done.stderr, done.stderr


@pytest.mark.parametrize("key, ttl", [("kind", "ttl"), ("id", "hash"), ("id", "id")])
def test_a_sink_refuses_names_of_attributes_that_mean_something_else(start, enrolment, table, key, ttl):
    keys = table.credentials(start.directory() / "keys")
    done = run("sink", "dynamodb", "--enrolment", enrolment, "--url", table.url, "--region", "eu-west-1", "--table", table.name,
               "--key", key, "--ttl", ttl, "--credentials-file", keys)
    assert done.returncode == 1 and "attribute" in done.stderr, done.stderr


def test_the_lag_grows_while_the_server_cannot_be_reached(start, enrolment, table):
    sink = start.keep(Sink(start.directory(), enrolment, table, "--server", f"127.0.0.1:{free_port()}"))
    wait_until(lambda: sink.get("/healthz")[0] == 503 and sink.metric("lag_seconds") > 0.2, what="it says that the table may be behind")
    assert sink.metric("connected") == 0


def test_the_lag_shows_soon_that_a_server_hangs(sink, server):
    with stopped(server.process.pid):
        wait_until(lambda: sink.metric("lag_seconds") > 2, 5, "the lag")
    sink.await_healthy()
    wait_until(lambda: sink.metric("lag_seconds") == 0, what="the server is heard again")


def test_a_sink_without_leases_sees_now_and_then_that_its_server_is_there(start, server, enrolment, table):
    servers = ("--server", f"127.0.0.1:{free_port()}", "--server", f"127.0.0.1:{server.feed_port}")  # of the first one nothing is there
    sink = start.keep(Sink(start.directory(), enrolment, table, "--without-leases", *servers)).await_healthy()
    ended, seen = sink.log.read_text().count("feed ended"), set()

    def connected_again():
        seen.add((sink.get("/healthz")[0], sink.metric("lag_seconds")))
        return sink.metric("connects_total") >= 2
    wait_until(connected_again, 30, "a quiet connection is made anew")
    assert seen == {(200, 0.0)}, "without a word that something is wrong"
    assert sink.log.read_text().count("feed ended") == ended
    with stopped(server.process.pid):
        wait_until(lambda: sink.get("/healthz")[0] == 503, 40, "the sink says that the server hangs")
        assert sink.metric("lag_seconds") > 15
    wait_until(lambda: sink.get("/healthz")[0] == 200 and sink.metric("lag_seconds") == 0, what="the server is heard again")


def test_a_sink_sends_its_items_to_no_other_host_in_the_clear(start, enrolment, table):
    keys = table.credentials(start.directory() / "keys")
    done = run("sink", "dynamodb", "--enrolment", enrolment, "--url", "http://dynamodb.example.com", "--region", "eu-west-1", "--table", "t",
               "--key", "id", "--credentials-file", keys)
    assert done.returncode == 1 and 'must begin with "https://"' in done.stderr, done.stderr
