"""Rules for tokens of an issuer that is not a pool of Sallyport, as Cognito itself is: an agent that has no server, and fetches the issuer's keys."""

import http.client
import json
import pathlib
import re
import signal
import subprocess
import time

import pytest

from dynamodb import Table
from outside_issuer import Key, OutsideIssuer
from sallyport_processes import BIN, Process, Started, free_port, run, wait_until


class Place:
    def __init__(self):
        self.started = Started()
        self.directory = self.started.directory()
        self.issuer = self.started.keep(OutsideIssuer(self.directory))
        self.table = self.started.keep(Table())
        self.rules = self.directory / "rules.toml"
        credentials = self.table.credentials(self.directory / "credentials")
        asked = {"url": self.issuer.url}
        looked_up = {"url": self.table.url, "region": "eu-west-1", "table": self.table.name, "key": "id", "look_up": ["origin_jti", "sub"],
                     "credentials_file": str(credentials)}
        self.rules.write_text(self.rule("stateless", "stateless") + self.rule("introspect", "introspect", **asked) +
                              self.rule("slowly", "introspect", jwks_refresh="600s", **asked) +
                              self.rule("untrusted", "introspect", ca_file="/etc/ssl/certs/ca-certificates.crt", **asked) +
                              self.rule("blocklist", "blocklist", **looked_up))
        self.port, self.metrics_port = free_port(), free_port()
        # A proxy in the environment must not get what is said to this host.
        self.agent = self.started.keep(Process(
            [BIN / "sallyport", "agent", "--authorize", f"127.0.0.1:{self.port}", "--authorize-rules", self.rules,
             "--metrics-listen", f"127.0.0.1:{self.metrics_port}"], self.directory / "agent.log",
            {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}))
        wait_until(lambda: self.ask(self.issuer.token()[0]) == 200, what="the keys are there")

    def rule(self, name, mode, **keys):
        keys = {"mode": mode, "issuer": self.issuer.issuer, "scope": "aws.cognito.signin.user.admin", "ca_file": str(self.issuer.certificate),
                "jwks_url": f"{self.issuer.issuer}/.well-known/jwks.json", "jwks_refresh": "1s", **keys}
        return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())

    def get(self, port, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def ask(self, token, rule="introspect"):
        return self.get(self.port, f"/authorize/{rule}", {"Authorization": f"Bearer {token}"})[0]

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (\S+)$", self.get(self.metrics_port, "/metrics")[1], re.MULTILINE).group(1))


@pytest.fixture(scope="module")
def place():
    place = Place()
    yield place
    place.started.close()


def test_get_user_of_the_issuer_decides_on_tokens_that_its_keys_have_signed(place):
    token, family = place.issuer.token()
    assert place.ask(token) == 200
    place.issuer.revoked.add(family)
    assert place.ask(token) == 401 and place.ask(token, "stateless") == 200, "as API Gateway's own authorizer, stateless accepts it until it expires"
    assert place.ask(place.issuer.token(place.issuer.keys[1])[0]) == 200
    assert 'rule="introspect",decision="deny",reason="revoked"} 1' in place.get(place.metrics_port, "/metrics")[1]


def test_nobody_is_asked_about_a_token_of_another_key_issuer_use_scope_or_time(place):
    asked, now = place.issuer.asked, int(time.time())
    for token, _ in (place.issuer.token(Key("first")), place.issuer.token(kid="second"), place.issuer.token(iss="https://example.com/p"),
                     place.issuer.token(token_use="id"), place.issuer.token(scope="openid"), place.issuer.token(exp=now - 1),
                     place.issuer.token(nbf=now + 60), place.issuer.token(client_id="")):
        for rule in ("introspect", "stateless", "blocklist"):
            assert place.ask(token, rule) == 401
    assert place.issuer.asked == asked


def test_a_table_that_others_write_blocks_such_tokens(place):
    token, family = place.issuer.token()
    assert place.ask(token, "blocklist") == 200
    place.table.table.put_item(Item={"id": family})
    assert place.ask(token, "blocklist") == 401


def test_a_new_key_is_found_and_a_withdrawn_one_is_dropped_in_time(place):
    old, place.issuer.keys[1] = place.issuer.keys[1], Key("third")
    try:
        wait_until(lambda: place.ask(place.issuer.token(place.issuer.keys[1])[0]) == 200, 10, "the new key is known")
        wait_until(lambda: place.ask(place.issuer.token(old)[0]) == 401, 10, "the old key is not accepted any more")
    finally:
        place.issuer.keys[1] = old
    wait_until(lambda: place.ask(place.issuer.token(old)[0]) == 200, 10, "it is back")


def test_made_up_names_of_keys_cause_no_flood_of_fetches(place):
    wait_until(lambda: place.ask(place.issuer.token()[0], "slowly") == 200, what="the keys are there")
    before = place.metric('sallyport_agent_issuer_keys_fetches_total{rule="slowly",outcome="fetched"}')
    for i in range(200):
        assert place.ask(place.issuer.token(kid=f"made-up-{i}")[0], "slowly") == 401
    assert place.metric('sallyport_agent_issuer_keys_fetches_total{rule="slowly",outcome="fetched"}') <= before + 1
    assert place.ask(place.issuer.token()[0], "slowly") == 200


def test_a_certificate_that_nobody_trusts_and_a_redirection_give_nothing(place):
    token, _ = place.issuer.token()
    assert place.ask(token, "untrusted") == 401
    status, text = place.get(place.metrics_port, "/healthz")
    assert status == 503 and "The rule untrusted has no keys" in text and "introspect" not in text
    place.issuer.location = place.issuer.url + "/elsewhere"
    try:
        asked = place.issuer.asked
        assert place.ask(token) == 401 and place.issuer.asked == asked + 1
    finally:
        place.issuer.location = None
    assert place.ask(token) == 200


def test_reading_the_rules_again_forgets_no_key(place):
    place.issuer.jwks_status = 500
    try:
        place.agent.signal(signal.SIGHUP)
        wait_until(lambda: any('"reloaded"' in line and '"rules"' in line for line in place.agent.log.read_text().splitlines()), what="the rules are read")
        assert place.ask(place.issuer.token()[0], "slowly") == 200
        # Without an answer for twice the refresh the keys are not trusted any more.
        wait_until(lambda: place.ask(place.issuer.token()[0]) == 401, 10, "the keys are too old")
    finally:
        place.issuer.jwks_status = 200
    wait_until(lambda: place.ask(place.issuer.token()[0]) == 200, 10, "the issuer answers again")


@pytest.mark.parametrize("text, words", [
    ('mode = "live"\n', "the rule x needs the Replica"),
    ('mode = "live"\njwks_url = "https://a/jwks.json"\n', "unknown key jwks_url"),
    ('mode = "stateless"\n', "the rule x needs the Replica"),
    ('mode = "stateless"\njwks_url = "http://example.com/jwks.json"\n', 'jwks_url must begin with "https://"'),
    ('mode = "stateless"\njwks_refresh = "1s"\n', "has no effect without jwks_url"),
    ('mode = "stateless"\njwks_url = "https://a/jwks.json"\njwks_refresh = "10ms"\n', "jwks_refresh must be a time"),
])
def test_a_rule_that_an_agent_without_a_server_cannot_use_is_refused_in_words(start, text, words):
    path = start.directory() / "rules.toml"
    path.write_text('[x]\nissuer = "https://example.com/p"\n' + text)
    done = run("agent", "--authorize", f"127.0.0.1:{free_port()}", "--authorize-rules", path)
    assert done.returncode == 1 and words in done.stderr, done.stderr


def test_an_agent_with_neither_a_server_nor_rules_says_what_is_missing(start):
    done = run("agent", "--replica", start.directory() / "replica")
    assert done.returncode == 1 and "--enrolment is missing" in done.stderr


def limited(soft, hard, arguments):
    return ["bash", "-c", f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$@"', "limited", *map(str, arguments)]


def test_the_limit_on_open_files_covers_the_connections_of_the_rules(place, start):
    path = start.directory() / "rules.toml"
    path.write_text(place.rule("many", "introspect", url=place.issuer.url, connections=1000))
    arguments = [BIN / "sallyport", "agent", "--authorize", f"127.0.0.1:{free_port()}", "--authorize-rules", path, "--authorize-connections", "10"]
    done = subprocess.run(limited(100, 1000, arguments), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "may open only 1000 files" in done.stderr, done.stderr
    agent = start.keep(Process(limited(100, 4000, arguments), start.directory() / "agent.log"))

    def soft_limit():
        limits = pathlib.Path(f"/proc/{agent.process.pid}/limits").read_text()
        return int(re.search(r"^Max open files\s+(\d+)", limits, re.MULTILINE).group(1))
    wait_until(lambda: soft_limit() > 2000, what="it has raised its limit")


def test_a_socket_that_others_could_replace_is_refused(place, start):
    directory = start.directory()
    directory.chmod(0o777)
    done = run("agent", "--authorize", f"unix:{directory}/authorize.socket", "--authorize-rules", place.rules)
    assert done.returncode == 1 and "other users may write to the directory" in done.stderr, done.stderr
