"""Decision, reason and claims as variables, in headers to the upstream and in logs."""

import pytest
from gate_harness import ACCESS_SCOPE, ISSUER, wait_until


@pytest.fixture(scope="module")
def upstream(module_gate):
    return module_gate.upstream()


@pytest.fixture(scope="module")
def replica(module_gate):
    return module_gate.replica()


@pytest.fixture(scope="module")
def nginx(module_gate, replica, upstream):
    return module_gate(f"""
sallyport_replica $REPLICA;
sallyport_issuer {ISSUER};
sallyport_claim $tenant custom:tenantId;
log_format gate '$status $sallyport_decision/$sallyport_reason sub=$sallyport_claim_sub tenant=$tenant $uri';
server {{
  listen 127.0.0.1:$PORT;
  access_log $DIR/access.log gate;
  proxy_set_header X-Sub $sallyport_claim_sub;
  proxy_set_header X-Name $sallyport_claim_name;
  proxy_set_header X-Username $sallyport_claim_cognito_username;
  proxy_set_header X-Groups $sallyport_claim_cognito_groups;
  proxy_set_header X-Exp $sallyport_claim_exp;
  proxy_set_header X-Tenant $tenant;
  proxy_set_header X-Plan $sallyport_claim_custom_plan;
  location / {{ sallyport on; proxy_pass http://127.0.0.1:{upstream.port}; }}
  location /open {{ proxy_pass http://127.0.0.1:{upstream.port}; }}
}}
""", replica)


def seen(nginx, upstream, token, path="/", headers=()):
    assert nginx.status(path, token, headers=headers) == 200
    return upstream.requests[-1]["headers"]


def test_claims_go_upstream(nginx, replica, upstream):
    headers = seen(nginx, upstream, replica.id_token(
        sub="s-1", name="Zoë Ünal", exp=4000000000, **{"custom:tenantId": "t-9", "custom:plan": "gold", "cognito:groups": ["a", "b"]}))
    assert headers["x-sub"] == "s-1"
    assert headers["x-username"] == "alice"
    assert headers["x-exp"] == "4000000000"
    assert headers["x-tenant"] == "t-9"
    assert headers["x-plan"] == "gold"
    assert "a" in headers["x-groups"] and "b" in headers["x-groups"]
    assert "Zo" in headers["x-name"]


def test_what_a_client_sends_under_a_claim_s_name_never_arrives(nginx, replica, upstream):
    sent = [("X-Sub", "admin"), ("X-Tenant", "other"), ("x-groups", "admins")]
    headers = seen(nginx, upstream, replica.id_token(sub="s-2"), headers=sent)
    assert headers["x-sub"] == "s-2"
    assert "x-tenant" not in headers and "x-groups" not in headers
    headers = seen(nginx, upstream, None, "/open", headers=sent)
    assert not {"x-sub", "x-tenant", "x-groups"} & set(headers)


def test_a_claim_cannot_break_out_of_its_header(nginx, replica, upstream):
    headers = seen(nginx, upstream, replica.id_token(sub="a\r\nX-Tenant: admin\r\n\r\nb\tc\u007fd"))
    assert headers["x-sub"] == "a  X-Tenant: admin    b c d"
    assert "x-tenant" not in headers


def test_the_log_names_decision_and_reason(nginx, replica):
    allowed, refused = replica.id_token(sub="s-3"), replica.id_token(sub="s-4")
    replica.revoke(refused)
    nginx.get("/allowed", allowed)
    nginx.get("/refused", refused)
    nginx.get("/open", allowed)
    log = nginx.directory / "access.log"
    wait_until(lambda: "/open" in log.read_text().splitlines()[-1])
    lines = {line.split()[-1]: line for line in log.read_text().splitlines()}
    assert lines["/allowed"] == "200 allow/- sub=s-3 tenant=- /allowed"
    assert lines["/refused"] == "401 deny/revoked sub=- tenant=- /refused"
    assert lines["/open"] == "200 -/- sub=- tenant=- /open"


def test_an_access_token_s_claims(gate):
    upstream, replica = gate.upstream(), gate.replica()
    nginx = gate(f"""
sallyport_replica $REPLICA; sallyport_issuer {ISSUER};
server {{ listen 127.0.0.1:$PORT; sallyport on; sallyport_scope {ACCESS_SCOPE};
  location / {{ proxy_pass http://127.0.0.1:{upstream.port};
    proxy_set_header X-Client $sallyport_claim_client_id; proxy_set_header X-Scope $sallyport_claim_scope; }} }}""", replica)
    headers = seen(nginx, upstream, replica.access_token(client_id="c-1"))
    assert (headers["x-client"], headers["x-scope"]) == ("c-1", ACCESS_SCOPE)
