"""The recipes of docs/nginx.md, exactly as they are there, in a real nginx."""

import re

import pytest
from gate_harness import ISSUER, ROOT, UNAUTHORIZED

ORIGIN = "https://app.example.com"
TRUST = f"sallyport_replica $REPLICA; sallyport_issuer {ISSUER};"


def recipes(section):
    """The blocks for nginx of a section of the guide."""
    text = (ROOT / "docs/nginx.md").read_text()
    section = re.search(rf"^## {re.escape(section)}\n(.*?)^## ", text, re.MULTILINE | re.DOTALL).group(1)
    return re.findall(r"^```nginx\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


@pytest.fixture
def browser_gate(gate):
    """browser_gate(recipe): (nginx, upstream, replica)."""
    def make(recipe):
        replica, upstream = gate.replica(), gate.upstream()
        recipe = recipe.replace("server {", "server { listen 127.0.0.1:$PORT;").replace("http://backend", f"http://127.0.0.1:{upstream.port}")
        nginx = gate(TRUST + recipe, replica=replica)
        assert "[warn]" not in nginx.check()[1]
        return nginx, upstream, replica
    return make


def preflight(nginx, origin=ORIGIN, path="/orders/1"):
    return nginx.get(path, method="OPTIONS", headers=[
        ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")])


def test_nginx_answers_the_question_of_a_browser_and_guards_the_call(browser_gate):
    nginx, upstream, replica = browser_gate(recipes("Calls from browsers (CORS)")[0])
    status, headers, body = preflight(nginx)
    assert (status, body) == (204, b"") and headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in headers["access-control-allow-methods"] and "Authorization" in headers["access-control-allow-headers"]
    assert headers["vary"] == "Origin" and not upstream.requests

    token = replica.access_token(scope="orders/read")
    status, headers, _ = nginx.get("/orders/1", token, headers=[("Origin", ORIGIN)])
    assert status == 200 and headers["access-control-allow-origin"] == ORIGIN
    # A page may read why it is refused.
    status, headers, body = nginx.get("/orders/1", headers=[("Origin", ORIGIN)])
    assert (status, body) == (401, UNAUTHORIZED) and headers["access-control-allow-origin"] == ORIGIN
    assert "www-authenticate" in headers
    # Another site's pages may ask nothing.
    assert "access-control-allow-origin" not in preflight(nginx, "https://evil.example")[1]
    assert "access-control-allow-origin" not in nginx.get("/orders/1", token, headers=[("Origin", "https://evil.example")])[1]
    assert nginx.status("/cors-preflight") == 404


def test_no_method_passes_without_a_token_but_the_one_that_asks(browser_gate):
    for recipe in recipes("Calls from browsers (CORS)"):
        nginx, upstream, replica = browser_gate(recipe)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONSX", "options"):
            assert nginx.status("/orders/1", method=method) in (400, 401, 405), method
        assert not upstream.requests
        replica.revoke(token := replica.access_token(scope="orders/read"))
        assert nginx.status("/orders/1", token) == 401


def test_a_backend_that_answers_the_question_itself_is_given_it_without_a_user(browser_gate):
    nginx, upstream, replica = browser_gate(recipes("Calls from browsers (CORS)")[1])
    assert nginx.get("/orders/1", method="OPTIONS", headers=[("X-User", "mallory")])[0] == 200
    assert "x-user" not in upstream.requests[-1]["headers"]
    assert nginx.status("/orders/1", replica.access_token(scope="orders/read", sub="alice")) == 200
    assert upstream.requests[-1]["headers"]["x-user"] == "alice"
    assert nginx.status("/orders/1", replica.access_token(scope="other")) == 401


def test_the_token_of_a_user_in_many_groups_needs_larger_buffers(gate):
    replica, upstream = gate.replica(), gate.upstream()
    groups = [f"group-{i:03d}-{'x' * 90}" for i in range(100)]
    server = f"server {{ listen 127.0.0.1:$PORT; location / {{ sallyport on; proxy_pass http://127.0.0.1:{upstream.port}; }} }}"
    token = replica.id_token(**{"cognito:groups": groups})
    assert 8 * 1024 < len(token) < 16 * 1024
    assert gate(TRUST + server, replica=replica).status("/", token) == 400
    recipe, = recipes("Users in many groups")
    assert gate(TRUST + recipe + server, replica=replica).status("/", token) == 200
