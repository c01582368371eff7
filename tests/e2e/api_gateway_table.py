"""What API Gateway's authorizers do, row by row, and what gates are compared with it. docs/api-gateway.md is generated from this and from what
the gates answered: test_api_gateway.py."""

import dataclasses
import re

UNAUTHORIZED = '{"message":"Unauthorized"}'
FORBIDDEN = '{"message":"Forbidden"}'
EXPIRED = '{"message":"The incoming token has expired"}'


def matches(text, documented):
    return re.fullmatch(".*".join(map(re.escape, documented.split("..."))), text) is not None


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a client gets, or what a backend gets where the call is allowed. `headers` are those that an authorizer sets, in lower case."""
    status: int
    body: str = ""
    headers: tuple = ()
    backend: str = ""

    def __str__(self):
        if self.status == 200:
            return f"passes{'; ' + self.backend if self.backend else ''}"
        shown = [f"{self.status} `{self.body}`" if self.body else str(self.status)] + [f"`{name}: {value}`" for name, value in self.headers]
        return ", ".join(shown)

    def agrees(self, documented):
        """Whether it is what is documented: status, body if one is, and each header that is. "..." stands for any text."""
        return (self.status == documented.status and (not documented.body or self.body == documented.body)
                and self.backend == documented.backend
                and all(matches(dict(self.headers).get(name, ""), value) for name, value in documented.headers))


PASSES = Answer(200)
REST_401 = Answer(401, UNAUTHORIZED, (("x-amzn-errortype", "UnauthorizedException"),))


def http_401(authenticate):
    return Answer(401, UNAUTHORIZED, (("www-authenticate", authenticate),))


HTTP_INVALID = http_401('Bearer scope="" error="invalid_token" error_description="..."')


@dataclasses.dataclass(frozen=True)
class Row:
    """`ask` names what test_api_gateway.py sends and by which rule. `rest` and `http` are what API Gateway answers. `differs`: for a column (or
    "all") why a gate answers otherwise."""
    says: str
    ask: str
    rest: Answer
    http: Answer
    differs: dict = dataclasses.field(default_factory=dict)


LAMBDA_BODY = "A Lambda authorizer cannot choose the body or the headers: API Gateway answers each `Unauthorized` in the same way."

OF_AGENTS = tuple(f"{kind}, {style}" for kind in ("nginx", "ext-authz") for style in ("REST", "HTTP"))

ROWS = (
    Row("an ID token, on a route without scopes", "id", PASSES, PASSES),
    Row("the same without `Bearer` before it", "bare", PASSES, PASSES),
    Row("an access token, on a route without scopes", "access", REST_401, PASSES),
    Row("an access token that has one of the route's scopes", "access with scope", PASSES, PASSES),
    Row("an ID token, on a route with scopes", "id with scope", REST_401, Answer(403, FORBIDDEN)),
    Row("an access token that has none of the route's scopes", "access without scope", REST_401, Answer(403, FORBIDDEN)),
    Row("the same, where the setting for it says 403", "access without scope, 403", Answer(403, FORBIDDEN), Answer(403, FORBIDDEN),
        {"Lambda, REST": "API Gateway answers so to a policy that denies."}),
    Row("no token", "nothing", REST_401, Answer(401, UNAUTHORIZED)),
    Row("something that is no token", "garbage", REST_401, HTTP_INVALID, {"Lambda, HTTP": LAMBDA_BODY}),
    Row("a token with another signature", "forged", REST_401, HTTP_INVALID, {"Lambda, HTTP": LAMBDA_BODY}),
    Row("a token of another user pool", "other pool", REST_401, HTTP_INVALID, {"Lambda, HTTP": LAMBDA_BODY}),
    Row("a token of a client (`aud`) that the route does not accept", "other client", REST_401, HTTP_INVALID, {"Lambda, HTTP": LAMBDA_BODY}),
    Row("a token that was revoked a moment ago", "revoked", PASSES, PASSES,
        {"all": "This is what the gates are for. API Gateway's own authorizers accept a revoked token until it expires."}),
    Row("the authorizer cannot decide", "failure", Answer(500), Answer(500),
        dict.fromkeys(OF_AGENTS, "A gate whose agent has lost the server denies as it denies a bad token; its log and its metrics tell the two apart.")),
    Row("what the backend gets of the claims `sub`, `cognito:groups` (two groups) and `exp`", "claims",
        Answer(200, backend="strings; the groups as `a,b`"), Answer(200, backend="strings; the groups as `[a b]`"),
        dict.fromkeys(OF_AGENTS, "A proxy passes the headers that its configuration sets; in them, an array is JSON.")),
    Row("an expired token", "expired", Answer(401, EXPIRED, (("x-amzn-errortype", "UnauthorizedException"),)),
        http_401('Bearer scope="" error="invalid_token" error_description="..."'),
        {"Lambda, REST": LAMBDA_BODY, "Lambda, HTTP": LAMBDA_BODY}),
)

# What cannot be asked by a request: (what, API Gateway, {column: answer}).
STATED = (
    ("how long a result is cached", "REST API and Lambda authorizers: 300 s unless set (0 to 3,600); HTTP API: nothing is documented",
     {"nginx": "not at all: each request is decided, and only a signature that was verified is remembered",
      "ext-authz": "not at all by the agent; a proxy must not cache its answers",
      "Lambda": "by API Gateway, for the authorizer's TTL, which must be set to 0 ([guide](guide/lambda.md#the-results-ttl))"}),
    ("keys", "HTTP API: RSA only; fetched from the issuer's JWKS within 1,500 ms, at most 150,000 bytes, kept for 2 hours",
     {"nginx": "RS256 only; keys come with the Replica, and a withdrawn one is refused at once",
      "ext-authz": "as nginx; those of an issuer with a `jwks_url` are fetched from there, and count for at most twice `jwks_refresh`",
      "Lambda": "RS256 only; keys come with the feed, and a withdrawn one is refused at once"}),
    ("time claims", "REST API: `exp`; HTTP API: `exp`, `nbf`, `iat`",
     {"nginx": "`exp` and `nbf`, by the server's clock; `iat` is not compared, since only the server signs",
      "ext-authz": "as nginx; with a `jwks_url`, by the host's clock",
      "Lambda": "`exp` and `nbf`, by the server's clock, which comes with each answer"}),
    ("audience", "REST API: `aud` by a regular expression, if one is set; HTTP API: `aud`, or `client_id` if there is none, out of at most 50",
     {"nginx": "`sallyport_client`: `aud` of an ID token, `client_id` of an access token; any number of them, each in full",
      "ext-authz": "`client` of the rule: as nginx",
      "Lambda": "`SALLYPORT_CLIENTS`: the same"}),
    ("scopes", "REST API: `scope`; HTTP API: `scope` or `scp`, at most 10 a route",
     {"nginx": "`scope`, any number; no token of a user pool has `scp`", "ext-authz": "the same", "Lambda": "the same"}),
    ("the scopes that the backend gets", "HTTP API: `authorizer.jwt.scopes`, null on routes without scopes, otherwise all of the token's",
     {"nginx": "`$sallyport_claim_scope`: on every route all of the token's, separated by spaces",
      "ext-authz": "a header with the claim `scope`: the same",
      "Lambda": "`scope` in `context`: the same"}),
    ("a claim that is null, or that the token does not have", "left out",
     {"nginx": "an empty variable, which `proxy_set_header` does not send", "ext-authz": "an empty header, so that a proxy replaces the client's", "Lambda": "left out"}),
    ("where the token is", "REST API: a header that is named, with or without `Bearer`; HTTP API: a header or a query parameter",
     {"nginx": "`Authorization`, with or without `Bearer`; two of them are refused with 400",
      "ext-authz": "as nginx; the headers that a proxy passes on are those of its client",
      "Lambda": "`SALLYPORT_TOKEN_HEADER`, by default `Authorization`, with or without `Bearer`; two of them are refused with 401"}),
    ("limits of time", "Lambda authorizer: 10 s",
     {"nginx": "a decision waits for nothing",
      "ext-authz": "a decision waits for nothing, and in the modes `introspect` and `blocklist` for at most twice the `timeout` of the rule; a proxy denies when the agent does not answer in its own time", "Lambda": "`SALLYPORT_PATIENCE_MILLIS`, by default 3 s, then 500"}),
)

HEAD = """# API Gateway's authorizers, and these gates

<!-- Generated by tests/e2e/server/test_api_gateway.py, which asks real gates and compares; do not edit. -->

A client that worked behind Amazon API Gateway works behind these gates. This page compares them row by row: with the authorizer `COGNITO_USER_POOLS` of a REST API
(nginx: `sallyport_style rest`, which is the default; the agent's endpoint for [other proxies](guide/proxies.md): `style = "rest"`; the [Lambda authorizer](guide/lambda.md): `SALLYPORT_STYLE=rest`), and with the
authorizer `JWT` of an HTTP API (`http` in each of these).
What API Gateway does is taken from its documentation and from captures of live answers. What the gates do was observed by the test that writes this page. It fails if an answer
changes, if a cell is blank, and if a difference is not explained. What API Gateway makes of a Lambda authorizer's reply is taken from its documentation, too, since it cannot be run
elsewhere; policies and simple responses are judged by the code of AWS's SAM. A gate may send more headers than API Gateway: in the style of REST APIs `WWW-Authenticate` (RFC 6750) is added.
"""


def render(columns, observed):
    """The page. `columns`: (name, style), as test_api_gateway.py has them; `observed`: {(column's name, ask): Answer}."""
    out = [HEAD]
    notes = []

    def note(text):
        if text not in notes:
            notes.append(text)
        return f" ({notes.index(text) + 1})"

    for style, title in (("rest", "In the style of REST APIs"), ("http", "In the style of HTTP APIs")):
        names = [name for name, of in columns if of == style]
        out += [f"\n## {title}\n", f"| asked with | API Gateway | {' | '.join(name.split(',')[0] for name in names)} |", "|---" * (2 + len(names)) + "|"]
        for row in ROWS:
            documented = getattr(row, style)
            cells = []
            for name in names:
                answer = observed[name, row.ask]
                why = row.differs.get(name) or row.differs.get("all")
                cells.append(str(answer) + (note(why) if why and not answer.agrees(documented) else ""))
            out.append(f"| {row.says} | {documented} | {' | '.join(cells)} |")
    kinds = list(dict.fromkeys(name.split(",")[0] for name, _ in columns))
    out += ["\n## In both styles\n", f"| | API Gateway | {' | '.join(kinds)} |", "|---" * (2 + len(kinds)) + "|"]
    out += [f"| {what} | {gateway} | {' | '.join(cells[kind] for kind in kinds)} |" for what, gateway, cells in STATED]
    out.append("\n## Why a gate answers otherwise\n")
    out += [f"{number}. {text}" for number, text in enumerate(notes, 1)]
    return "\n".join(out) + "\n"


def problems(columns, observed):
    """What keeps the page from being whole and true."""
    for name, style in columns:
        for row in ROWS:
            answer = observed.get((name, row.ask))
            why = row.differs.get(name) or row.differs.get("all")
            if answer is None or not str(answer).strip():
                yield f"{name}: the cell \"{row.says}\" is blank"
            elif not answer.agrees(getattr(row, style)) and not why:
                yield f"{name}: \"{row.says}\": API Gateway: {getattr(row, style)}; the gate: {answer}"
            elif answer.agrees(getattr(row, style)) and why:
                yield f"{name}: \"{row.says}\": the difference that is explained is none"
        for what, _, cells in STATED:
            if not cells.get(name.split(",")[0], "").strip():
                yield f"{name}: the cell \"{what}\" is blank"
