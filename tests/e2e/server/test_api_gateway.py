"""docs/api-gateway.md: what API Gateway's authorizers do, and what each gate does when it is asked the same."""

import http.client
import os
import pathlib

import pytest

import api_gateway_table as table
from lambda_function import Function, Gateway
from sallyport_processes import BIN, ROOT, WEAK_HASHES, Clock, Pool, Process, answers, free_port, stopped, wait_until

SCOPE = "aws.cognito.signin.user.admin"
PAGE = ROOT / "docs/api-gateway.md"
# The rules by which rows ask: (scopes, clients, status for a missing scope). `OWN` is the client that signs in.
RULES = {"plain": (None, None, None), "held": (f"orders/read {SCOPE}", None, None), "missing": ("orders/read", None, None),
         "missing403": ("orders/read", None, "403"), "other": (None, "2h3k4j5l6m7n8p9q0r1s2t3u4v", None)}
# What each row sends, and by which rule.
ASKS = {"id": ("id", "plain"), "bare": ("bare", "plain"), "access": ("access", "plain"), "access with scope": ("access", "held"), "id with scope": ("id", "held"),
        "access without scope": ("access", "missing"), "access without scope, 403": ("access", "missing403"), "nothing": (None, "plain"),
        "garbage": ("garbage", "plain"), "forged": ("forged", "plain"), "other pool": ("other", "plain"), "other client": ("id", "other"),
        "revoked": ("revoked", "plain"), "failure": ("id", "plain"), "claims": ("id", "plain"), "expired": ("id", "plain")}


def authorization(token):
    """The header with it. A token after a space is sent without its scheme."""
    return token.strip() if token.startswith(" ") else f"Bearer {token}"


def groups_as(text):
    return f"strings; the groups as `{text}`"


def shown_headers(headers):
    return tuple((name, headers[name]) for name in ("x-amzn-errortype", "www-authenticate") if name in headers)


class NginxColumn:
    CONFIGURATION = """
load_module {bin}/ngx_http_sallyport_module.so;
{user} daemon off; worker_processes 1; pid nginx.pid; error_log nginx.log info;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path tmp_body; proxy_temp_path tmp_proxy; fastcgi_temp_path tmp_fastcgi;
  uwsgi_temp_path tmp_uwsgi; scgi_temp_path tmp_scgi;
  sallyport_replica {replica};
  sallyport_style {style};
  server {{
    listen 127.0.0.1:{port};
    sallyport on;
    sallyport_issuer {issuer};
    proxy_set_header X-Claims "$sallyport_claim_sub;$sallyport_claim_cognito_groups;$sallyport_claim_exp";
    {locations}
  }}
  server {{ listen unix:{directory}/api.socket; location / {{ return 200 "$http_x_claims"; }} }}
}}
"""

    def __init__(self, world, style):
        self.name, self.style = f"nginx, {style.upper()}", style
        self.port = free_port()
        directory = world.start.directory()
        locations = "".join(
            f"location = /{name} {{ proxy_pass http://unix:{directory}/api.socket;"
            + (f" sallyport_scope {scopes};" if scopes else "") + (f" sallyport_client {clients};" if clients else "")
            + (f" sallyport_scope_status {status};" if status else "") + " }\n" for name, (scopes, clients, status) in RULES.items())
        (directory / "nginx.conf").write_text(self.CONFIGURATION.format(
            bin=BIN, user="user root;" if os.geteuid() == 0 else "", replica=world.agent.replica, style=style, port=self.port,
            issuer=world.issuer, locations=locations, directory=directory))
        self.nginx = world.start.keep(Process(["nginx", "-p", directory, "-c", directory / "nginx.conf", "-e", "nginx.log"], directory / "nginx.out"))
        wait_until(lambda: answers(self.port), what="nginx listens")

    def ask(self, token, rule):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/{rule}", headers={} if token is None else {"Authorization": authorization(token)})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status == 200:
            return table.Answer(200), body.split(";")
        return table.Answer(answer.status, body, shown_headers(answer.headers)), None

    def log(self):
        return self.nginx.log.read_text()

    def log(self):
        return self.nginx.log.read_text()

    def groups(self, claims):
        return claims[1]


class LambdaColumn:
    """REST: an authorizer of type REQUEST with policies. HTTP: payload 2.0 with simple responses. What the gateway makes of a reply is
    lambda_function.Gateway's, since AWS's own cannot be run."""

    def __init__(self, world, style):
        self.name, self.style = f"Lambda, {style.upper()}", style
        self.gateways = {}
        for name, (scopes, clients, status) in RULES.items():
            function = world.start.keep(Function(
                world.start.directory(), world.issuer, world.enrolment, SALLYPORT_SCOPES=scopes, SALLYPORT_CLIENTS=clients,
                SALLYPORT_SCOPE_STATUS=status, SALLYPORT_STYLE=style, SALLYPORT_RESPONSE="simple" if style == "http" else None,
                SALLYPORT_PATIENCE_MILLIS="700"))
            self.gateways[name] = Gateway(function, "simple" if style == "http" else "request")

    def ask(self, token, rule):
        status, headers, body, context = self.gateways[rule].call(None if token is None else authorization(token))
        shown = tuple((name.lower(), value) for name, value in headers.items())
        return table.Answer(status, body, shown), context

    def log(self):
        return self.gateways["plain"].function.log.read_text()

    def groups(self, context):
        assert all(isinstance(context[name], str) for name in ("sub", "cognito:groups", "exp"))
        return context["cognito:groups"]


class ExtAuthzColumn:
    """What the agent answers to a proxy, which passes it on."""

    def __init__(self, world, style):
        self.name, self.style = f"ext-authz, {style.upper()}", style
        self.port = free_port()
        directory = world.start.directory()
        rules = "".join(
            f'[{name}]\nissuer = "{world.issuer}"\nstyle = "{style}"\n'
            + (f"scope = {scopes.split()}\n" if scopes else "") + (f'client = "{clients}"\n' if clients else "")
            + (f"scope_status = {status}\n" if status else "")
            + f'[{name}.headers]\nX-User = "sub"\nX-Groups = "cognito:groups"\nX-Exp = "exp"\n' for name, (scopes, clients, status) in RULES.items())
        (directory / "rules.toml").write_text(rules)
        self.agent = world.start.agent(world.server, directory / "replica", "--authorize", f"127.0.0.1:{self.port}",
                                       "--authorize-rules", directory / "rules.toml")
        wait_until(lambda: (self.agent.status() or {}).get("lease_millis_left", 0) > 0, what="the agent holds a lease")

    def ask(self, token, rule):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/authorize/{rule}", headers={} if token is None else {"Authorization": authorization(token)})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status == 200:
            return table.Answer(200), answer.headers
        return table.Answer(answer.status, body, shown_headers(answer.headers)), None

    def log(self):
        return self.agent.log.read_text()

    def groups(self, headers):
        assert headers["X-User"] and headers["X-Exp"]
        return headers["X-Groups"]


# A gate of another kind is one more class here.
COLUMNS = (NginxColumn, ExtAuthzColumn, LambdaColumn)


class World:
    """A server whose clock can be moved, a user in two groups, an agent, and every gate in both styles."""

    def __init__(self, start):
        self.start = start
        self.clock = Clock(start.directory())
        self.server = start.server(*WEAK_HASHES, environment=self.clock.environment)
        self.pool = Pool(self.server.client())
        self.issuer = f"{self.server.url}/{self.pool.id}"
        directory = start.directory()
        self.agent = start.agent(self.server)
        self.enrolment = self.server.enrol("lambda", directory / "enrolment")
        wait_until(lambda: (self.agent.status() or {}).get("lease_millis_left", 0) > 0, what="the agent holds a lease")
        self.columns = [kind(self, style) for kind in COLUMNS for style in ("rest", "http")]

    def tokens(self):
        self.pool.make_user("ada")
        for group in ("a", "b"):
            self.pool.api.create_group(UserPoolId=self.pool.id, GroupName=group)
            self.pool.api.admin_add_user_to_group(UserPoolId=self.pool.id, Username="ada", GroupName=group)
        other = Pool(self.pool.api)
        other.make_user("eve")
        signed_in, ended = self.pool.sign_in("ada"), self.pool.sign_in("ada")
        signature = signed_in["IdToken"].rsplit(".", 1)
        forged = signature[0] + "." + signature[1][:-8] + ("AAAAAAAA" if signature[1][-8:] != "AAAAAAAA" else "BBBBBBBB")
        return {None: None, "id": signed_in["IdToken"], "bare": " " + signed_in["IdToken"], "access": signed_in["AccessToken"], "garbage": "no.token.this", "forged": forged,
                "other": other.sign_in("eve")["IdToken"], "revoked": ended["IdToken"]}, ended["RefreshToken"]


@pytest.fixture
def world(start):
    return World(start)


def observe(world):
    observed = {}

    def ask(*rows):
        for name in rows:
            token, rule = ASKS[name]
            for column in world.columns:
                observed[column.name, name] = column.ask(tokens[token], rule)[0]

    tokens, to_revoke = world.tokens()
    # A token that every gate has just accepted is refused a moment later.
    for column in world.columns:
        answer = column.ask(tokens["revoked"], "plain")[0]
        assert answer.status == 200, (column.name, answer, column.log())
    world.pool.api.revoke_token(ClientId=world.pool.client_id, Token=to_revoke)
    ask("revoked")
    ask(*(name for name in ASKS if name not in ("revoked", "failure", "claims", "expired")))
    for column in world.columns:
        answer, claims = column.ask(tokens["id"], "plain")
        assert answer.status == 200
        observed[column.name, "claims"] = table.Answer(200, backend=groups_as(column.groups(claims)))
    with stopped(world.server.process.pid):
        for agent in [world.agent, *(column.agent for column in world.columns if isinstance(column, ExtAuthzColumn))]:
            wait_until(lambda agent=agent: agent.status()["lease_millis_left"] == 0, what="the agent's lease ends")
        ask("failure")
    world.clock.set(wall=3 * 3600)
    # The agent's time comes with its next lease.
    for column in world.columns:
        wait_until(lambda column=column: "expired" in str(answer := column.ask(tokens["id"], "plain")[0]) or isinstance(column, LambdaColumn) and answer.status == 401,
                   what="the server's time has reached the gate")
    ask("expired")
    return observed


def test_the_page_says_what_the_gates_do_and_each_difference_is_explained(world):
    observed = observe(world)
    columns = [(column.name, column.style) for column in world.columns]
    page = table.render(columns, observed)
    written = pathlib.Path(os.environ.get("API_GATEWAY_PAGE", "api-gateway.md")).absolute()
    written.write_text(page)
    assert list(table.problems(columns, observed)) == []
    assert page == PAGE.read_text(), \
        f"docs/api-gateway.md is not what was observed: API_GATEWAY_PAGE={PAGE} with this test writes it (now in {written})"


def test_a_blank_cell_a_difference_without_a_reason_and_a_reason_without_a_difference_are_found():
    columns = [("nginx, REST", "rest")]
    observed = {("nginx, REST", row.ask): row.rest for row in table.ROWS}
    why = [row for row in table.ROWS if row.differs.get("all") or row.differs.get("nginx, REST")]
    assert len(list(table.problems(columns, observed))) == len(why) > 0, "reasons without differences"
    observed["nginx, REST", "id"] = table.Answer(401, table.UNAUTHORIZED)
    del observed["nginx, REST", "access"]
    found = list(table.problems(columns, observed))
    assert len(found) == len(why) + 2
    assert any("blank" in problem for problem in found)
    assert [problem for problem in table.problems([("Envoy, REST", "rest")], {}) if "blank" in problem]
