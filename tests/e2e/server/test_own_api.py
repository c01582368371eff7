"""Sallyport's own endpoints: all run the same pipeline, and none can leave out a step."""

import http.client
import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sallyport_processes import Pool, Started

# Each endpoint, with a body that it accepts; None stands for the pool.
ENDPOINTS = {
    "/_sallyport/agents": {"Action": "LIST"},
    "/_sallyport/keys": {"Action": "LIST", "UserPoolId": None},
    "/_sallyport/lock-outs": {"Action": "SHOW", "UserPoolId": None, "Username": "ada"},
    "/_sallyport/revoke": {"Action": "COUNT", "UserPoolId": None},
}


class Caller:
    def __init__(self, start):
        self.server = start.server()  # with signatures
        self.pool = Pool(self.server.client())
        self.pool.make_user("ada")

    def body_of(self, path, pool=None):
        return json.dumps({key: (pool or self.pool.id) if value is None else value for key, value in ENDPOINTS[path].items()})

    def call(self, path, body, *, method="POST", region="us-east-1", content_type="application/json", signs=True):
        """(status, __type, answer)"""
        request = AWSRequest(method, self.server.url + path, data=body, headers={"Content-Type": content_type})
        if signs:
            keys = self.server.credentials()
            SigV4Auth(Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "cognito-idp", region).add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        connection.request(method, path, body, dict(request.headers))
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content.get("__type", ""), content


@pytest.fixture(scope="module")
def caller():
    started = Started()
    yield Caller(started)
    started.close()


@pytest.mark.parametrize("path", ENDPOINTS)
def test_what_is_asked_rightly_is_answered(caller, path):
    assert caller.call(path, caller.body_of(path))[:2] == (200, "")


def test_a_call_that_is_refused_is_logged_and_counted(caller):
    path = "/_sallyport/keys"
    before = len(caller.server.log.read_text().splitlines())
    assert caller.call(path, caller.body_of(path), signs=False)[0] == 403
    assert caller.call(path, "[]")[0] == 400
    lines = [json.loads(line) for line in caller.server.log.read_text().splitlines()[before:]]
    logged = [(line["status"], line["code"]) for line in lines if line["event"] == "request"]
    assert logged == [(403, "MissingAuthenticationTokenException"), (400, "InvalidParameterException")]
    metrics = caller.server.request("GET", "/metrics")[2].decode()
    assert 'code="MissingAuthenticationTokenException"' in metrics


@pytest.mark.parametrize("path", ENDPOINTS)
def test_nobody_gets_past_the_method_and_the_signature(caller, path):
    body = caller.body_of(path)
    for method in ("GET", "PUT", "DELETE"):
        assert caller.call(path, body, method=method)[:2] == (405, "MethodNotAllowed"), method
    assert caller.call(path, body, signs=False)[0] == 403


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_body_that_says_nothing_is_refused_in_words(caller, path):
    for body in ("", "[]", "{", "null", '"LIST"'):
        assert caller.call(path, body)[:2] == (400, "InvalidParameterException"), body
    assert caller.call(path, caller.body_of(path), content_type="text/plain")[:2] == (400, "InvalidParameterException")
    for body in ("{}", '{"Action": "DANCE"}', '{"Action": 7}'):
        assert caller.call(path, body)[:2] == (400, "InvalidParameterException"), body


@pytest.mark.parametrize("path", [path for path, body in ENDPOINTS.items() if "UserPoolId" in body])
def test_a_call_signed_for_one_region_finds_no_pool_of_another(caller, path):
    assert caller.call(path, caller.body_of(path), region="eu-west-1")[:2] == (400, "ResourceNotFoundException")
    assert caller.call(path, caller.body_of(path, pool="us-east-1_nobodys00"))[:2] == (400, "ResourceNotFoundException")
    number = json.dumps({**json.loads(caller.body_of(path)), "UserPoolId": 7})
    assert caller.call(path, number)[:2] == (400, "InvalidParameterException")
