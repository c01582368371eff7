"""No request reaches a guarded location without a decision: subrequests, redirects, `satisfy any`."""

import time

import pytest
from gate_harness import ACCESS_SCOPE, ISSUER, UNAUTHORIZED, head, read_all, wait_until

SECRET = b"the secret"


@pytest.fixture(scope="module")
def upstream(module_gate):
    def serve(connection, request):
        path = request["path"]
        if path.startswith("/redirecting"):
            module_gate.upstream_answer(connection, request, b"", headers="X-Accel-Redirect: /files/secret\r\n")
        elif path.startswith("/failing"):
            module_gate.upstream_answer(connection, request, b"", status="503 Unavailable")
        else:
            module_gate.upstream_answer(connection, request, SECRET)
    upstream = module_gate.upstream(serve)
    module_gate.upstream_answer = upstream.answer
    return upstream


@pytest.fixture(scope="module")
def replica(module_gate):
    return module_gate.replica()


@pytest.fixture(scope="module")
def nginx(module_gate, replica, upstream):
    up = f"http://127.0.0.1:{upstream.port}"
    nginx = module_gate(f"""
sallyport_replica $REPLICA;
sallyport_issuer {ISSUER};
server {{
  listen 127.0.0.1:$PORT;
  root $DIR/www;

  location /guarded {{ sallyport on; proxy_pass {up}; proxy_pass_request_body off; proxy_set_header Content-Length ""; }}
  location /guarded-file/ {{ sallyport on; }}
  location /access {{ sallyport on; sallyport_scope {ACCESS_SCOPE}; proxy_pass {up}; }}

  location /page {{ ssi on; }}
  location /mirrored {{ mirror /guarded; empty_gif; }}
  location /asked {{ auth_request /guarded; empty_gif; }}
  location /try {{ try_files /nothing /guarded; }}
  location /error {{ error_page 404 = /guarded; }}
  location /rewritten {{ rewrite ^ /guarded last; }}
  location /named {{ error_page 404 = @guarded; }}
  location @guarded {{ sallyport on; proxy_pass {up}; }}
  location /accel {{ proxy_pass {up}/redirecting; }}
  location /files {{ internal; sallyport on; alias $DIR/www; }}
  location /from-id {{ sallyport on; proxy_pass {up}/failing; error_page 503 = /access; proxy_intercept_errors on; }}
  location /indexed/ {{ }}
  location /indexed/index.html {{ sallyport on; }}
  location /own-page {{ sallyport on; error_page 401 = @login; empty_gif; }}
  location @login {{ add_header X-Reason $sallyport_reason always; add_header X-Sub "<$sallyport_claim_sub>" always; return 418 "log in"; }}
  location /own-page-guarded {{ sallyport on; error_page 401 /guarded; empty_gif; }}
  location /limited {{ sallyport on; limit_except GET {{ sallyport off; }} empty_gif; }}
  location /limited2 {{ limit_except GET {{ sallyport on; }} proxy_pass {up}; }}
  location /if {{ sallyport on; if ($arg_x) {{ proxy_pass {up}; }} proxy_pass {up}; }}

  location /any-closed {{ sallyport on; satisfy any; deny all; empty_gif; }}
  location /any-open {{ sallyport on; satisfy any; allow all; proxy_pass {up};
    proxy_set_header X-Sub "<$sallyport_claim_sub>"; }}
  location /any-page {{ satisfy any; allow all; ssi on; alias $DIR/www/page.html; default_type text/html; }}
  location /any-guarded {{ sallyport on; satisfy any; allow all; empty_gif; }}
  location /all-closed {{ sallyport on; deny all; empty_gif; }}
}}
""", replica, start=False)
    www = nginx.directory / "www"
    (www / "page").mkdir(parents=True)
    (www / "indexed").mkdir()
    (www / "guarded-file").mkdir()
    (www / "page/index.html").write_text('[<!--#include virtual="/guarded" -->|<!--#include virtual="/guarded-file/x" -->]')
    (www / "page.html").write_text('[<!--#include virtual="/any-guarded" -->]')
    for name in ("secret", "indexed/index.html", "guarded-file/x"):
        (www / name).write_bytes(SECRET)
    nginx.start()
    return nginx


def test_ssi_includes_nothing_without_a_token(nginx):
    status, _, body = nginx.get("/page/")
    assert status == 200
    assert SECRET not in body
    assert body.count(UNAUTHORIZED) == 2


def test_ssi_includes_with_a_token(nginx, replica):
    assert nginx.get("/page/", replica.id_token())[2] == b"[" + SECRET + b"|" + SECRET + b"]"


def test_ssi_refuses_a_revoked_token(nginx, replica):
    token = replica.id_token()
    assert SECRET in nginx.get("/page/", token)[2]
    replica.revoke(token)
    assert SECRET not in nginx.get("/page/", token)[2]


def test_mirror_sends_nothing_undecided(nginx, replica, upstream):
    upstream.requests.clear()
    assert nginx.status("/mirrored") == 200
    assert nginx.status("/mirrored", "x") == 200
    assert nginx.status("/mirrored", replica.id_token()) == 200
    wait_until(lambda: upstream.requests, what="the mirrored request with a token")
    assert len(upstream.requests) == 1


def test_auth_request_to_a_guarded_location(nginx, replica):
    assert nginx.status("/asked") == 401
    assert nginx.status("/asked", replica.id_token()) == 200


@pytest.mark.parametrize("path", ["/guarded", "/guarded-file/x", "/try", "/error", "/rewritten", "/named", "/accel", "/indexed/", "/if",
                                  "/if?x=1", "/limited"])
def test_redirects_into_a_guarded_location_are_decided_there(nginx, replica, path):
    token = replica.id_token()
    for refused in (None, "x", replica.access_token()):
        status, _, body = nginx.get(path, refused)
        assert (status, body) == (401, UNAUTHORIZED)
    status, _, body = nginx.get(path, token)
    assert status == 200
    assert body == SECRET or path == "/limited"
    replica.revoke(token)
    assert nginx.get(path, token)[2] == UNAUTHORIZED


def test_each_location_on_the_way_decides_under_its_own_rule(nginx, replica):
    # /from-id wants an ID token, where it redirects to an access token: no token is both
    assert nginx.status("/from-id", replica.id_token()) == 401
    assert nginx.status("/from-id", replica.access_token()) == 401


def test_slices_are_decided_each(gate):
    """A slice after the first is a copy of its request that begins right at the content."""
    replica = gate.replica()
    content, asked, refused = b"0123456789abcdefghij", [], []

    def serve(connection, request):
        first, last = (int(end) for end in request["headers"]["range"].removeprefix("bytes=").split("-"))
        asked.append(first)
        if first == 5 and refused:
            replica.revoke(refused[0])
        part = content[first:last + 1]
        upstream.answer(connection, request, part, "206 Partial Content",
                        f"Content-Range: bytes {first}-{first + len(part) - 1}/{len(content)}\r\nETag: \"x\"\r\n")

    upstream = gate.upstream(serve)
    nginx = gate(f"""
sallyport_replica $REPLICA; sallyport_issuer {ISSUER};
server {{ listen 127.0.0.1:$PORT; location / {{ sallyport on; slice 5; proxy_set_header Range $slice_range;
  proxy_pass http://127.0.0.1:{upstream.port}; }} }}""", replica)

    assert nginx.status("/") == 401 and not asked
    assert nginx.get("/", replica.id_token())[::2] == (200, content)
    assert asked == [0, 5, 10, 15]

    asked.clear()
    refused.append(replica.id_token())
    with nginx.connect() as connection:
        connection.sendall(head("/", refused[0], more="Connection: close\r\n"))
        answer = read_all(connection)
    assert asked == [0, 5]
    assert not answer.endswith(content)


def test_a_cache_is_guarded_and_updated_in_the_background(gate):
    upstream, replica = gate.upstream(), gate.replica()
    nginx = gate(f"""
sallyport_replica $REPLICA; sallyport_issuer {ISSUER};
proxy_cache_path $DIR/cache keys_zone=zone:1m;
server {{ listen 127.0.0.1:$PORT; location / {{ sallyport on; proxy_cache zone; proxy_cache_valid 200 1s;
  proxy_cache_use_stale updating error http_500; proxy_cache_background_update on; proxy_pass http://127.0.0.1:{upstream.port}; }} }}""", replica)
    token = replica.id_token()
    for _ in range(3):
        assert nginx.status("/", token) == 200
        assert nginx.get("/")[::2] == (401, UNAUTHORIZED)
    assert len(upstream.requests) == 1
    time.sleep(2.1)
    assert nginx.get("/", token)[::2] == (200, b"upstream")
    wait_until(lambda: len(upstream.requests) == 2, what="the update in the background")
    replica.revoke(token)
    assert nginx.get("/", token)[::2] == (401, UNAUTHORIZED)


def test_limit_except_holds_a_rule_of_its_own(nginx, replica):
    assert nginx.status("/limited", method="DELETE") != 401
    assert nginx.status("/limited2") == 200
    assert nginx.status("/limited2", method="DELETE") == 401
    assert nginx.status("/limited2", replica.id_token(), method="DELETE") == 200


def test_an_error_page_of_one_s_own(nginx):
    status, headers, body = nginx.get("/own-page", "x")
    assert (status, body) == (418, b"log in")
    assert headers["x-reason"]
    assert headers["x-sub"] == "<>"


def test_a_guarded_error_page_does_not_loop(nginx):
    assert nginx.get("/own-page-guarded", "x")[::2] == (401, UNAUTHORIZED)


def test_satisfy_any_lets_in_who_satisfies_one(nginx, replica):
    assert nginx.get("/any-closed")[::2] == (401, UNAUTHORIZED)
    assert nginx.status("/any-closed", replica.id_token()) == 200
    assert nginx.get("/any-open")[::2] == (200, SECRET)


def test_satisfy_any_passes_no_identity_of_a_refused_token(nginx, replica, upstream):
    token = replica.id_token(sub="alice")
    assert nginx.status("/any-open", token) == 200
    assert upstream.requests[-1]["headers"]["x-sub"] == "<alice>"
    replica.revoke(token)
    assert nginx.status("/any-open", token) == 200
    assert upstream.requests[-1]["headers"]["x-sub"] == "<>"


def test_satisfy_any_in_a_subrequest_counts_the_token_alone(nginx, replica):
    assert UNAUTHORIZED in nginx.get("/any-page")[2]
    assert b"GIF89a" in nginx.get("/any-page", replica.id_token())[2]


def test_satisfy_all_needs_every_check(nginx, replica):
    assert nginx.status("/all-closed", replica.id_token()) == 403
    assert nginx.status("/all-closed", "x") == 401
