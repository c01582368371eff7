"""The Lambda authorizer: the real program, run by AWS's Runtime Interface Emulator, against a real server."""

import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import zipfile

import pytest

from lambda_function import ARN, Function, Gateway, request_event, route_event, token_event
from sallyport_processes import ROOT, WEAK_HASHES, Pool, stopped, wait_until

SCOPE = "aws.cognito.signin.user.admin"


@pytest.fixture
def authorizer(start):
    """make(**settings) gives a function of its own, for the pool of the module's server."""
    def make(server, pool, **settings):
        directory = start.directory()
        enrolment = server.enrol(f"lambda-{directory.name[-8:].replace('_', '-')}x", directory / "enrolment")
        return start.keep(Function(directory, issuer(server, pool), enrolment, **settings))
    return make


def issuer(server, pool):
    return f"{server.url}/{pool.id}"


def tokens(pool, name):
    pool.make_user(name)
    signed_in = pool.sign_in(name)
    return signed_in["IdToken"], signed_in["AccessToken"], signed_in["RefreshToken"]


def revoke(pool, refresh_token):
    pool.api.revoke_token(ClientId=pool.client_id, Token=refresh_token)


def metric(server, name):
    _, _, page = server.request("GET", "/metrics")
    return next((float(line.split()[1]) for line in page.decode().splitlines() if line.startswith(name + " ")), None)


@pytest.mark.parametrize("kind", ["token", "request", "http", "simple"])
def test_every_form_of_event_is_allowed_until_its_token_is_revoked(authorizer, server, pool, kind):
    function = authorizer(server, pool, SALLYPORT_RESPONSE="simple" if kind == "simple" else None)
    gateway = Gateway(function, kind)
    id_token, access_token, refresh_token = tokens(pool, f"form-{kind}")
    status, _, _, context = gateway.call(f"Bearer {id_token}")
    assert status == 200
    assert context["cognito:username"] == f"form-{kind}" and context["token_use"] == "id"
    assert all(isinstance(value, str) for value in context.values())
    assert gateway.call(id_token)[0] == 200, "without Bearer"
    assert gateway.call(f"Bearer {access_token}")[0] == 401, "without scopes an ID token is required"
    revoke(pool, refresh_token)
    assert gateway.call(f"Bearer {id_token}")[:3:2] == (401, '{"message":"Unauthorized"}')


def test_the_policy_allows_the_call_that_was_asked_about_and_nothing_else(authorizer, server, pool):
    function = authorizer(server, pool)
    id_token, _, _ = tokens(pool, "policy")
    reply = function.invoke(request_event(f"Bearer {id_token}"))
    assert reply["policyDocument"] == {"Version": "2012-10-17", "Statement": [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}]}
    assert reply["principalId"] == reply["context"]["sub"]
    long = ARN + "/" + "x" * 600
    resource = function.invoke(request_event(f"Bearer {id_token}", long))["policyDocument"]["Statement"][0]["Resource"]
    assert len(resource) == 512 and resource.endswith("*") and long.startswith(resource[:-1])


def test_scopes_need_an_access_token_and_a_missing_one_is_401_or_403_by_setting(authorizer, server, pool):
    id_token, access_token, _ = tokens(pool, "scopes")
    with_scope = Gateway(authorizer(server, pool, SALLYPORT_SCOPES=f"orders/read {SCOPE}"), "request")
    assert with_scope.call(access_token)[0] == 200
    assert with_scope.call(id_token)[0] == 401
    assert Gateway(authorizer(server, pool, SALLYPORT_SCOPES="orders/read"), "request").call(access_token)[0] == 401
    for kind, response in (("request", "policy"), ("http", "policy"), ("simple", "simple")):
        function = authorizer(server, pool, SALLYPORT_SCOPES="orders/read", SALLYPORT_SCOPE_STATUS="403", SALLYPORT_RESPONSE=response)
        assert Gateway(function, kind).call(access_token)[0] == 403


def test_a_frozen_function_holds_no_revocation_up_and_knows_it_afterwards(authorizer, server, pool):
    function = authorizer(server, pool)
    gateway = Gateway(function, "request")
    id_token, _, refresh_token = tokens(pool, "frozen")
    other_id, _, _ = tokens(pool, "frozen-other")
    assert gateway.call(id_token)[0] == 200
    assert metric(server, "sallyport_agents_asking") == 1 and metric(server, "sallyport_agents_leased") == 0
    with function.frozen():
        began = time.monotonic()
        revoke(pool, refresh_token)
        assert time.monotonic() - began < 1, "a lease would have lasted for two seconds and more"
    assert gateway.call(id_token)[0] == 401
    assert gateway.call(other_id)[0] == 200
    # For longer than the server keeps a connection on which nothing is said.
    with function.frozen():
        wait_until(lambda: metric(server, "sallyport_agents_asking") == 0, 15, "the server closes the silent connection")
    assert gateway.call(other_id)[0] == 200
    assert gateway.call(id_token)[0] == 401


def test_without_the_server_nothing_is_allowed_and_the_gateway_answers_500(start, authorizer):
    server = start.server(*WEAK_HASHES)
    pool = Pool(server.client())
    function = authorizer(server, pool, SALLYPORT_PATIENCE_MILLIS="500")
    gateway = Gateway(function, "request")
    id_token, _, _ = tokens(pool, "alone")
    assert gateway.call(id_token)[0] == 200
    with stopped(server.process.pid):
        began = time.monotonic()
        assert gateway.call(id_token)[0] == 500, "a server that says nothing"
        assert time.monotonic() - began < 2
    assert wait_until(lambda: gateway.call(id_token)[0] == 200, 5, "it answers again")
    server.kill()
    assert gateway.call(id_token)[0] == 500
    again = start.server(*WEAK_HASHES, data=server.data, port=server.port, feed_port=server.feed_port)
    wait_until(lambda: gateway.call(id_token)[0] == 200, 10, "the hold after the start is over")
    revoke(pool, pool.sign_in("alone")["RefreshToken"])
    assert gateway.call(id_token)[0] == 200, "another session"
    assert again.close() == 0


def test_forged_tokens_ask_the_server_nothing(authorizer, server, pool):
    function = authorizer(server, pool)
    gateway = Gateway(function, "token")
    id_token, _, _ = tokens(pool, "forged")
    assert gateway.call(id_token)[0] == 200
    log = (server.log).read_text().count("an agent has connected")
    with stopped(server.process.pid):
        for bad in (id_token[:-8] + "AAAAAAAA", "x.y.z", "Bearer", id_token + "\n", "Basic " + id_token):
            assert gateway.call(bad)[0] == 401
    assert (server.log).read_text().count("an agent has connected") == log


def test_two_headers_with_tokens_are_refused(authorizer, server, pool):
    function = authorizer(server, pool)
    id_token, _, _ = tokens(pool, "two")
    twice = function.invoke(request_event([id_token, id_token]))
    assert twice["errorMessage"] == "Unauthorized"
    joined = function.invoke(route_event(f"{id_token},{id_token}"))
    assert joined["errorMessage"] == "Unauthorized"
    assert function.invoke(request_event(None))["errorMessage"] == "Unauthorized"
    other_case = function.invoke(request_event(f"bearer {id_token}", header="aUTHORIZATION"))
    assert other_case["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def test_another_header_can_have_the_token(authorizer, server, pool):
    function = authorizer(server, pool, SALLYPORT_TOKEN_HEADER="X-Api-Token")
    id_token, _, _ = tokens(pool, "header")
    assert "policyDocument" in function.invoke(request_event(id_token, header="x-api-token"))
    assert function.invoke(request_event(id_token))["errorMessage"] == "Unauthorized"


def test_an_event_of_something_else_fails_in_words(authorizer, server, pool):
    function = authorizer(server, pool, SALLYPORT_RESPONSE="simple")
    id_token, _, _ = tokens(pool, "other-event")
    for event in ({}, {"type": "TOKEN"}, {"Records": []}, {"version": "3.0", "type": "REQUEST"}):
        reply = function.invoke(event)
        assert reply["errorType"] == "invalid_event" and reply["errorMessage"] != "Unauthorized"
    assert "payload format 2.0" in function.invoke(token_event(id_token))["errorMessage"]


@pytest.mark.parametrize("settings, said", [
    ({"SALLYPORT_SCOPE": "orders/read"}, "SALLYPORT_SCOPE: there is no such variable"),
    ({"SALLYPORT_RESPONSE": "Simple"}, "SALLYPORT_RESPONSE: must be policy or simple"),
    ({"SALLYPORT_ENROLMENT": None}, "SALLYPORT_ENROLMENT: either this or SALLYPORT_ENROLMENT_FILE is required"),
])
def test_a_wrong_setting_is_refused_at_the_start(authorizer, server, pool, settings, said):
    function = authorizer(server, pool, **settings)
    assert "errorMessage" in function.invoke(token_event("x.y.z"))
    assert said in function.log.read_text()


def test_a_withdrawn_key_denies(authorizer, start, server, pool):
    directory = start.directory()
    enrolment = server.enrol("lambda-withdrawn", directory / "enrolment")
    function = start.keep(Function(directory, issuer(server, pool), enrolment, SALLYPORT_PATIENCE_MILLIS="300"))
    id_token, _, _ = tokens(pool, "withdrawn")
    gateway = Gateway(function, "request")
    assert gateway.call(id_token)[0] == 200
    assert server.agents("remove", "lambda-withdrawn", "--yes").returncode == 0
    assert gateway.call(id_token)[0] == 500


class _Aws(http.server.BaseHTTPRequestHandler):
    """Answers every call with nothing, and keeps what was asked: (method and path, parameters)."""

    def _take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.calls.append((f"{self.command} {self.path}", json.loads(body or b"{}")))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PATCH = _take

    def log_message(self, *_):
        pass


def test_the_commands_of_the_guide_make_an_authorizer_that_may_be_called_and_whose_results_are_not_kept(tmp_path):
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs/guide/lambda.md").read_text(), re.MULTILINE | re.DOTALL)
    package = tmp_path / "build/release/bin/lambda/authorizer.zip"
    package.parent.mkdir(parents=True)
    zipfile.ZipFile(package, "w").close()
    (tmp_path / "lambda.enrolment").write_text("enrolment\n")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Aws) as aws:
        threading.Thread(target=aws.serve_forever, daemon=True).start()
        environment = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}", "AWS_DEFAULT_REGION": "eu-west-1",
                       "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws.server_port}", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
        for block in blocks:
            aws.calls = []
            commands = block[block.index("aws lambda create-function"):] if "create-function" in block else block
            done = subprocess.run(["bash", "-ec", commands], cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            asked = dict(aws.calls)
            if any(name.endswith("/authorizers") for name in asked):
                authorizer = next(body for name, body in asked.items() if name.endswith("/authorizers"))
                assert authorizer["authorizerResultTtlInSeconds"] == 0 and authorizer["authorizerUri"].endswith(":function:sallyport/invocations")
                permission = asked["POST /2015-03-31/functions/sallyport/policy"]
                assert permission["Principal"] == "apigateway.amazonaws.com" and "/authorizers/" in permission["SourceArn"]
                assert any(name.startswith("PATCH ") for name in asked), "a method or a route uses it"
            else:
                assert asked["POST /2015-03-31/functions"]["Environment"]["Variables"]["SALLYPORT_ENROLMENT"] == "enrolment\n"
        aws.shutdown()


def test_many_environments_share_a_key(start, server, pool):
    """Lambda starts an environment for each request that comes at the same time; an agent's key is for 16 processes."""
    directory = start.directory()
    enrolment = server.enrol("lambda-many", directory / "enrolment")
    id_token, _, refresh_token = tokens(pool, "many")
    functions = [start.keep(Function(start.directory(), issuer(server, pool), enrolment)) for _ in range(24)]
    with concurrent.futures.ThreadPoolExecutor(len(functions)) as pool_of_threads:
        ask = lambda function: Gateway(function, "request").call(id_token)[0]  # noqa: E731
        assert set(pool_of_threads.map(ask, functions)) == {200}
        assert metric(server, "sallyport_agents_asking") == 24
        revoke(pool, refresh_token)
        assert set(pool_of_threads.map(ask, functions)) == {401}
