"""`nginx -t` explains what is wrong, and what cannot be guarded."""

import pytest
from gate_harness import ISSUER

REPLICA = "sallyport_replica $REPLICA;"
TRUST = f"sallyport_issuer {ISSUER};"


def server(content):
    return f"server {{ listen 127.0.0.1:$PORT; {content} }}"


GUARDED = server("location / { sallyport on; empty_gif; }")


def check(gate, http):
    return gate(http, start=False).check()


@pytest.mark.parametrize("http, words", [
    (TRUST + GUARDED, '"sallyport" in $DIR/nginx.conf:12 needs "sallyport_replica"'),
    (REPLICA + GUARDED, '"sallyport" in $DIR/nginx.conf:12 needs "sallyport_issuer"'),
    (REPLICA + server("sallyport_issuer pools.example/x;"), 'not a URL: an issuer begins with "https://"'),
    (REPLICA + server("sallyport_issuer https://;"), "not a URL"),
    (REPLICA + server("sallyport_issuer https:///x;"), "without a host"),
    (REPLICA + server('sallyport_issuer "https://pools.example/a b";'), "contains a space"),
    (REPLICA + server("sallyport_issuer https://pools.example/a?b;"), "query"),
    (REPLICA + server("sallyport_issuer https://user@pools.example/a;"), "user name"),
    (REPLICA + server("sallyport_issuer https://pools.example/a/;"), "ends with a slash"),
    (REPLICA + server("sallyport_issuer https://a/b https://a/b;"), "is given twice"),
    (REPLICA + server("sallyport_scope a b a;"), '"sallyport_scope": "a" is given twice'),
    (REPLICA + server('sallyport_client "";'), '"sallyport_client": "" is empty'),
    (REPLICA + server("sallyport maybe;"), '"on", "off", "live" or "stateless"'),
    (REPLICA + server("sallyport on; sallyport on;"), '"sallyport" directive is duplicate'),
    (REPLICA + server("sallyport_scope a; sallyport_scope b;"), '"sallyport_scope" directive is duplicate'),
    (REPLICA + REPLICA, '"sallyport_replica" directive is duplicate'),
    (REPLICA + server("sallyport_leeway 301s;"), '"sallyport_leeway" must be at most 300s'),
    (REPLICA + server("sallyport_leeway soon;"), '"sallyport_leeway" directive invalid value'),
    (REPLICA + server("sallyport_stream_recheck 0;"), '"sallyport_stream_recheck" must be at least 10ms'),
    (REPLICA + server("sallyport_scope_status 404;"), 'invalid value "404"'),
    (REPLICA + server("sallyport_style grpc;"), 'invalid value "grpc"'),
    ("sallyport_cache 99999999999;", "value must be"),
    ("sallyport_replica $REPLICA owner=no-such-user;", 'there is no user "no-such-user"'),
    ("sallyport_replica $REPLICA group=x;", 'invalid parameter "group=x"'),
    ('sallyport_replica "";', "needs the path"),
    ("sallyport_claim tenant custom:tenant;", 'invalid variable name "tenant"'),
    (server(REPLICA), '"sallyport_replica" directive is not allowed here'),
])
def test_a_bad_directive_is_refused_in_words(gate, http, words):
    nginx = gate(http, start=False)
    accepted, said = nginx.check()
    assert not accepted
    assert words.replace("$DIR", str(nginx.directory)) in said, said
    assert "[emerg]" in said


@pytest.mark.parametrize("location, words", [
    ("location /a { sallyport on; return 200; }", 'cannot guard "return" in location "/a"'),
    ("location /a { sallyport on; if ($arg_x) { return 200; } empty_gif; }", 'cannot guard "return" in location "/a"'),
    ("location /a { sallyport on; rewrite ^ /b redirect; }", 'cannot guard "rewrite ... redirect" in location "/a"'),
    ("sallyport on; return 200;", 'cannot guard "return" in server ""'),
    ("location /a { sallyport on; satisfy any; empty_gif; }", 'does not guard location "/a" alone: with "satisfy any"'),
])
def test_what_cannot_be_guarded_is_warned_of(gate, location, words):
    accepted, said = check(gate, REPLICA + TRUST + server(location))
    assert accepted, said
    assert said.count(words) == 1, said
    assert "[warn]" in said


@pytest.mark.parametrize("location", [
    "location /a { sallyport on; rewrite ^ /b last; }",
    "location /a { sallyport on; set $x 1; if ($x) { break; } empty_gif; }",
    "location /a { return 200; } location /b { sallyport on; empty_gif; }",
    "sallyport on; location /a { sallyport off; return 200; }",
])
def test_nothing_is_said_of_what_is_guarded(gate, location):
    accepted, said = check(gate, REPLICA + TRUST + server(location))
    assert accepted, said
    assert "[warn]" not in said


def test_a_whole_configuration_is_accepted(gate):
    accepted, said = check(gate, f"""
sallyport_replica /run/sallyport/replica owner=root;
sallyport_cache 1000;
sallyport_claim $tenant custom:tenantId;
sallyport_issuer {ISSUER} https://other.example/eu-west-1_B;
sallyport_client a b c;
sallyport_leeway 5m;
sallyport_stream_recheck 250ms;
server {{
  listen 127.0.0.1:$PORT;
  sallyport live;
  location /x {{ sallyport_scope a/b c/d; sallyport_scope_status 403; }}
  location /z {{ sallyport_style http; location /z/rest {{ sallyport_style rest; }} }}
  location /y {{ sallyport stateless; sallyport_client off; limit_except GET {{ sallyport off; }} }}
}}""")
    assert accepted, said


def test_a_configuration_without_any_directive_loads(gate):
    accepted, said = check(gate, server("location / { empty_gif; }"))
    assert accepted, said
