"""The agent's answers to proxies, beside an nginx that decides nothing: both asked by nginx's auth_request, and alone.

The peer answers with empty_gif, and with 204: nginx keeps no connection to an upstream whose body it has not read, so that empty_gif is the slower of
the two. The limit is taken from the faster one."""
import contextlib
import os
import pathlib
import tempfile
import time

import proxy_rows
from processes import BIN, enrol, free_port, running, wait_for_port
from server import CHEAP_HASH, Cognito, Deployment
from statistics_of_pairs import median
from wrk import Failed, Wrk

USERS = 250

# `orders` is the rule of the guides' configurations.
RULES = "".join(f"""
[{name}]
issuer = "{{issuer}}"
scope = "aws.cognito.signin.user.admin"
[{name}.headers]
X-User = "sub"
""" for name in ("bench", "orders"))

# The modes beside `live`. The table is an nginx that says of each key that there is no such item.
MODES = """
[stateless]
mode = "stateless"
{token}
[introspect]
mode = "introspect"
url = "http://127.0.0.1:{server}"
calls_per_second = 1000000
{token}
[cached]
mode = "introspect"
url = "http://127.0.0.1:{server}"
calls_per_second = 1000000
allow_cache = "5s"
{token}
[blocklist]
mode = "blocklist"
url = "http://127.0.0.1:{table}"
region = "eu-west-1"
table = "revoked"
key = "id"
look_up = "origin_jti"
credentials_file = "{dir}/credentials"
calls_per_second = 1000000
{token}
"""
TABLE = "server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{{}}'; }} }}"

NGINX = """
{user} daemon off; worker_processes 1; pid {dir}/{name}.pid; error_log {dir}/{name}.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {dir}/{name}1; proxy_temp_path {dir}/{name}2; fastcgi_temp_path {dir}/{name}3;
  uwsgi_temp_path {dir}/{name}4; scgi_temp_path {dir}/{name}5;
  {http}
}}
"""

LOCATION = """
    location = /{who} {{ auth_request /_{who}; auth_request_set $user $upstream_http_x_user; empty_gif; }}
    location = /_{who} {{
      internal;
      proxy_pass http://{upstream}/{path};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Authorization $http_authorization;
      proxy_set_header Content-Length "";
    }}
"""


def nginx(stack, directory, name, port, http):
    path = directory / f"{name}.conf"
    path.write_text(NGINX.format(user="user root;" if os.getuid() == 0 else "", dir=directory, name=name, http=http))
    wait_for_port(port, stack.enter_context(running("nginx", "-p", directory, "-e", directory / f"{name}.log", "-c", path)))


def rate(port, path, tokens, seconds):
    return Wrk(port, path, tokens, {"Authorization": "Bearer {line}"}, 32, seconds, method="GET").result()[0]


def start_agent(stack, directory, deployment, table):
    port = free_port()
    rules = directory / "rules.toml"
    issuer = f"http://127.0.0.1:{deployment.port}/{deployment.pool}"
    (directory / "credentials").write_text("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n")
    (directory / "credentials").chmod(0o600)
    rules.write_text(RULES.format(issuer=issuer) + MODES.format(
        token=f'issuer = "{issuer}"\nscope = "aws.cognito.signin.user.admin"', server=deployment.port, table=table, dir=directory))
    place = directory / "authorize"
    place.mkdir(mode=0o755)
    agent = stack.enter_context(running(
        BIN / "sallyport", "agent", "--enrolment", enrol(directory, deployment.port), "--replica", place / "replica",
        "--authorize", f"127.0.0.1:{port}", "--authorize", f"unix:{place}/socket", "--authorize-rules", rules, "--authorize-threads", "1"))
    wait_for_port(port, agent)
    return port, place / "socket"


def measure(rows, quick, public_pem):
    pairs, seconds = (3, 1) if quick else (10, 2)
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        deployment = Deployment(stack, directory, CHEAP_HASH, users=USERS)
        table = free_port()
        agent, socket = start_agent(stack, directory, deployment, table)
        call = Cognito(deployment.port)
        tokens = directory / "tokens"
        tokens.write_text("".join(deployment.sign_in(call, number)["AccessToken"] + "\n" for number in range(USERS)))

        peer, front = free_port(), free_port()
        nginx(stack, directory, "table", table, TABLE.format(port=table))
        nginx(stack, directory, "peer", peer,
              f"server {{ listen 127.0.0.1:{peer}; location = /gif {{ empty_gif; }} location = /204 {{ return 204; }} location / {{ empty_gif; }} }}")
        locations = "".join(LOCATION.format(who=who, upstream=upstream, path=path) for who, upstream, path in (
            ("agent", "agent", "authorize/bench"), ("gif", "peer", "gif"), ("204", "peer", "204")))
        nginx(stack, directory, "front", front,
              f"upstream agent {{ server 127.0.0.1:{agent}; keepalive 64; }} upstream peer {{ server 127.0.0.1:{peer}; keepalive 64; }}\n"
              f"server {{ listen 127.0.0.1:{front};{locations} }}")
        deadline = time.monotonic() + 10
        while True:  # the lease
            with contextlib.suppress(Failed):
                rate(front, "/agent", tokens, 1)
                break
            if time.monotonic() > deadline:
                raise RuntimeError("the agent allows nothing")

        asked = {"agent": [], "gif": [], "204": []}
        for _ in range(pairs):
            for path, rates in asked.items():
                rates.append(rate(front, f"/{path}", tokens, seconds))
        own, gif, nothing = (median(rates) for rates in asked.values())
        rows.add("ext-authz by the agent, behind nginx auth_request", own, "requests/s", 0.8 * max(gif, nothing), "higher",
                 f"with empty_gif {gif:,.0f}/s, with 204 {nothing:,.0f}/s in this run")
        alone = rate(peer, "/gif", tokens, 3 * seconds)
        rows.add("ext-authz by the agent, one thread, asked directly", rate(agent, "/authorize/bench", tokens, 3 * seconds), "requests/s",
                 note=f"nginx's empty_gif {alone:,.0f}/s in this run")
        for mode, note in (("stateless", ""), ("introspect", "a GetUser for each, on the same machine"), ("cached", "introspect with allow_cache = 5s"),
                           ("blocklist", "a GetItem for each, answered by an nginx on the same machine")):
            rows.add(f"ext-authz by the agent, one thread, asked directly, {mode}", rate(agent, f"/authorize/{mode}", tokens, 3 * seconds), "requests/s", note=note)
        proxy_rows.measure(rows, quick, f"http://127.0.0.1:{deployment.port}/{deployment.pool}", agent, socket, peer, tokens, public_pem)
