"""Which requests are allowed and which are not, and what exactly is answered."""

import json
import time

import pytest
from gate_harness import (ACCESS_SCOPE, CLIENT, EXPIRED, FORBIDDEN, ISSUER, OTHER_ISSUER, UNAUTHORIZED, access_claims, base64url,
                          id_claims)

HTTP = f"""
sallyport_replica $REPLICA;
sallyport_issuer {ISSUER};
server {{
  listen 127.0.0.1:$PORT;
  large_client_header_buffers 4 64k;
  add_header X-Reason $sallyport_reason always;
  sallyport on;
  location /id {{ empty_gif; }}
  location /access {{ empty_gif; sallyport_scope {ACCESS_SCOPE}; }}
  location /orders {{ empty_gif; sallyport_scope orders/read orders/write; }}
  location /orders403 {{ empty_gif; sallyport_scope orders/read; sallyport_scope_status 403; }}
  location /orders/id {{ empty_gif; sallyport_scope off; }}
  location /client {{ empty_gif; sallyport_client other-client {CLIENT}; }}
  location /other-client {{ empty_gif; sallyport_client other-client; }}
  location /leeway {{ empty_gif; sallyport_leeway 60s; }}
  location /both {{ empty_gif; sallyport_issuer {ISSUER} {OTHER_ISSUER}; }}
  location /stateless {{ empty_gif; sallyport stateless; }}
  location /open {{ empty_gif; sallyport off; }}
  location /http {{
    empty_gif; sallyport_style http;
    location /http/orders {{ empty_gif; sallyport_scope orders/read; }}
    location /http/orders401 {{ empty_gif; sallyport_scope orders/read; sallyport_scope_status 401; }}
    location /http/rest {{ empty_gif; sallyport_style rest; sallyport_scope orders/read; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def replica(module_gate):
    return module_gate.replica()


@pytest.fixture(scope="module")
def nginx(module_gate, replica):
    return module_gate(HTTP, replica)


def denied(answer, body=UNAUTHORIZED, status=401):
    """The answer is exactly API Gateway's."""
    assert answer[0] == status, answer
    assert answer[2] == body
    assert answer[1]["content-type"] == "application/json"
    assert answer[1]["content-length"] == str(len(body))
    assert answer[1]["x-amzn-errortype"] == ("ForbiddenException" if status == 403 else "UnauthorizedException")
    return answer[1].get("x-reason")


@pytest.mark.parametrize("path, token_use, scope, status", [
    ("/id", "id", None, 200),
    ("/id", "access", ACCESS_SCOPE, 401),
    ("/access", "access", ACCESS_SCOPE, 200),
    ("/access", "access", "openid", 401),
    ("/access", "access", ACCESS_SCOPE + "x", 401),
    ("/access", "access", None, 401),
    ("/access", "id", None, 401),
    ("/access", "id", ACCESS_SCOPE, 401),
    ("/orders", "access", "orders/write", 200),
    ("/orders", "access", "openid orders/read profile", 200),
    ("/orders", "access", "orders/rea", 401),
    ("/orders403", "access", "openid", 403),
    ("/orders/id", "id", None, 200),
    ("/orders/id", "access", "orders/read", 401),
])
def test_id_or_access_token_as_the_scopes_say(nginx, replica, path, token_use, scope, status):
    make = replica.id_token if token_use == "id" else replica.access_token
    answer = nginx.get(path, make(scope=scope))
    if status == 200:
        assert answer[0] == 200
    else:
        denied(answer, FORBIDDEN if status == 403 else UNAUTHORIZED, status)


@pytest.mark.parametrize("path, changes, status", [
    ("/client", {}, 200),
    ("/client", {"aud": "stranger"}, 401),
    ("/client", {"aud": None}, 401),
    ("/other-client", {}, 401),
    ("/other-client", {"aud": "other-client"}, 200),
    ("/id", {"iss": OTHER_ISSUER}, 401),
    ("/id", {"iss": ISSUER + "/"}, 401),
    ("/id", {"iss": None}, 401),
    ("/id", {"token_use": "refresh"}, 401),
    ("/id", {"token_use": None}, 401),
    ("/open", {"iss": None}, 200),
])
def test_issuers_and_clients_are_pinned(nginx, replica, path, changes, status):
    assert nginx.status(path, replica.id_token(**changes)) == status


def test_another_issuer_s_key_opens_only_what_trusts_that_issuer(nginx, replica):
    other = replica.id_token("other", "kid-2", iss=OTHER_ISSUER)
    assert nginx.status("/both", other) == 200
    assert nginx.status("/both", replica.id_token()) == 200
    denied(nginx.get("/id", other))
    # signed with the other's key, in this issuer's name
    denied(nginx.get("/both", replica.id_token("other", "kid-2")))
    denied(nginx.get("/both", replica.id_token("other", "kid-1")))


@pytest.mark.parametrize("path, claim, offset, body", [
    ("/id", "exp", 5, None),
    ("/id", "exp", -2, EXPIRED),
    ("/leeway", "exp", -30, None),
    ("/leeway", "exp", -62, EXPIRED),
    ("/id", "nbf", -5, None),
    ("/id", "nbf", 30, UNAUTHORIZED),
    ("/leeway", "nbf", 30, None),
    ("/leeway", "nbf", 90, UNAUTHORIZED),
])
def test_times_and_leeway(nginx, replica, path, claim, offset, body):
    answer = nginx.get(path, replica.id_token(**{claim: int(time.time()) + offset}))
    if body is None:
        assert answer[0] == 200
    else:
        denied(answer, body)


def test_a_token_is_refused_the_moment_it_expires_also_from_the_cache(nginx, replica):
    token = replica.id_token(exp=int(time.time()) + 2)
    assert nginx.status("/id", token) == 200
    time.sleep(2.1)
    denied(nginx.get("/id", token), EXPIRED)


@pytest.mark.parametrize("kind", ["family", "jti", "event", "client", "pool"])
def test_each_kind_of_revocation_refuses_a_token_seen_before(gate, kind):
    replica = gate.replica()
    nginx = gate(HTTP, replica)
    changes = {"origin_jti": None} if kind == "event" else {}
    token = replica.access_token(**changes)
    assert nginx.status("/access", token) == 200
    if kind == "client":
        replica.do(f"revoke client {CLIENT}")
    elif kind == "pool":
        replica.do(f"revoke pool {ISSUER}")
    else:
        replica.revoke(token, kind)
    assert denied(nginx.get("/access", token)) == "revoked"
    assert nginx.status("/access", replica.access_token()) == (401 if kind in ("client", "pool") else 200)


def test_stateless_lets_a_revoked_token_pass_and_live_does_not(nginx, replica):
    token = replica.id_token()
    replica.revoke(token)
    assert nginx.status("/stateless", token) == 200
    assert denied(nginx.get("/id", token)) == "revoked"
    denied(nginx.get("/stateless", replica.id_token(exp=int(time.time()) - 1)), EXPIRED)


def test_a_withdrawn_key_is_refused_and_stays_so(gate):
    replica = gate.replica()
    nginx = gate(HTTP, replica)
    token = replica.id_token()
    assert nginx.status("/id", token) == 200
    replica.do(f"withdraw {ISSUER} kid-1")
    denied(nginx.get("/id", token))
    replica.do(f"publish good {ISSUER} kid-1")
    denied(nginx.get("/id", token))


def forged(header, claims, signature=b"\0" * 256):
    return ".".join([base64url(json.dumps(header).encode()), base64url(json.dumps(claims).encode()), base64url(signature)])


def test_forged_tokens_are_refused(nginx, replica):
    good = replica.id_token()
    head, payload, signature = good.split(".")
    other = base64url(json.dumps(id_claims()).encode())
    tokens = [
        forged({"alg": "none", "kid": "kid-1"}, id_claims(), b""),
        forged({"alg": "HS256", "kid": "kid-1"}, id_claims()),
        forged({"alg": "RS256", "kid": "kid-1"}, id_claims()),
        forged({"alg": "RS256", "kid": "stranger"}, id_claims()),
        f"{head}.{other}.{signature}",
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}",
        f"{good}.",
        f".{payload}.{signature}",
        "x", ".", "..", "...",
    ]
    for token in tokens:
        denied(nginx.get("/id", token))
    assert nginx.status("/id", good) == 200


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {}", "{}", "Bearer {} "])
def test_the_forms_of_the_header_that_are_taken(nginx, replica, form):
    assert nginx.status("/id", headers=[("Authorization", form.format(replica.id_token()))]) == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dXNlcjpwdw==", "Bearer a b", "Token {}", "Bearer {}, Bearer {}"])
def test_other_forms_of_the_header_are_refused(nginx, replica, value):
    denied(nginx.get("/id", headers=[("Authorization", value.replace("{}", replica.id_token()))]))


def test_no_token(nginx):
    answer = nginx.get("/id")
    denied(answer)
    assert answer[1]["www-authenticate"] == "Bearer"


def test_www_authenticate_says_why(nginx, replica):
    assert nginx.get("/id", "x")[1]["www-authenticate"] == 'Bearer error="invalid_token"'
    answer = nginx.get("/orders403", replica.access_token())
    assert answer[1]["www-authenticate"] == 'Bearer error="insufficient_scope"'


def test_two_authorization_headers_are_refused(nginx, replica):
    good = ("Authorization", "Bearer " + replica.id_token())
    assert nginx.status("/id", headers=[good, good]) == 400
    assert nginx.status("/id", headers=[good, ("Authorization", "Bearer x")]) == 400


def test_an_oversized_token_is_refused(nginx, replica):
    small = replica.access_token(padding="x" * 6000)
    large = replica.access_token(padding="x" * 20000)
    assert nginx.status("/access", small) == 200
    denied(nginx.get("/access", large))
    # beyond nginx's own limit
    assert nginx.status("/access", "x" * 70000) == 400


def test_head_and_keep_alive(nginx, replica):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", nginx.port, timeout=10)
    for method, token, status in [("HEAD", "x", 401), ("GET", "x", 401), ("POST", "x", 401), ("GET", replica.id_token(), 200)]:
        connection.request(method, "/id", body=b"a body" if method == "POST" else None,
                           headers={"Authorization": "Bearer " + token})
        socket = connection.sock
        response = connection.getresponse()
        assert (response.status, response.read() if status == 401 else None) == \
            (status, None if status == 200 else b"" if method == "HEAD" else UNAUTHORIZED)
        assert connection.sock is socket is not None, "the connection is kept"


def test_the_log_has_the_reason_and_never_the_token(nginx, replica):
    token = replica.access_token(scope="openid")
    nginx.get("/access", token)
    nginx.wait_for_log("sallyport: denied: insufficient")
    assert token.split(".")[2] not in nginx.errors()
    assert token.split(".")[1] not in nginx.errors()


def test_access_claims_in_an_id_rule_do_not_help(nginx, replica):
    denied(nginx.get("/id", replica.sign({**access_claims(), "aud": CLIENT})))


INVALID = 'Bearer scope="" error="invalid_token" error_description="the token {}"'


@pytest.mark.parametrize("path, token_use, changes, status, authenticate", [
    ("/http", "id", {}, 200, None),
    ("/http", "access", {}, 200, None),
    ("/http/orders", "access", {"scope": "orders/read"}, 200, None),
    ("/http/orders", "access", {"scope": "orders"}, 403, 'Bearer error="insufficient_scope"'),
    ("/http/orders", "id", {}, 403, 'Bearer error="insufficient_scope"'),
    ("/http/orders401", "access", {"scope": "orders"}, 401, 'Bearer error="insufficient_scope"'),
    ("/http", "id", {"exp": 1}, 401, INVALID.format("has expired")),
    ("/http", "id", {"nbf": 2**40}, 401, INVALID.format("is not valid")),
    ("/http", "id", {"iss": OTHER_ISSUER}, 401, INVALID.format("is not valid")),
    ("/http", "refresh", {}, 401, INVALID.format("is not valid")),
])
def test_in_the_style_of_http_apis_either_token_is_taken_and_a_header_says_what_is_wrong(nginx, replica, path, token_use, changes, status,
                                                                                         authenticate):
    make = replica.access_token if token_use == "access" else replica.id_token
    answer = nginx.get(path, make(**({"token_use": "refresh"} if token_use == "refresh" else {}), **changes))
    assert answer[0] == status
    if status != 200:
        assert answer[1]["www-authenticate"] == authenticate
        assert "x-amzn-errortype" not in answer[1]
        assert answer[2] == (FORBIDDEN if status == 403 else UNAUTHORIZED)


def test_an_inner_block_can_have_the_other_style_with_its_own_status(nginx, replica):
    denied(nginx.get("/http/rest", replica.access_token(scope="orders")))
    denied(nginx.get("/http/rest", replica.id_token()))
