"""examples/notes, which was written for Cognito, works when only its endpoint is changed."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request

from sallyport_processes import PASSWORD, ROOT, WEAK_HASHES, Process, wait_until
from tls import certificate_in, trusting

from test_javascript import JUDGES, NODE

EXAMPLE = ROOT / "examples/notes"


class Notes(Process):
    def __init__(self, directory, **environment):
        for name in ("app.mjs", "package.json"):
            shutil.copy(EXAMPLE / name, directory)
        (directory / "node_modules").symlink_to(JUDGES / "node_modules")
        os.environ.update(environment)
        try:
            super().__init__([NODE, directory / "app.mjs"], directory / "notes.log")
        finally:
            for name in environment:
                del os.environ[name]
        line = wait_until(lambda: "listens on" in self.log.read_text() and self.log.read_text(), what="the app listens")
        self.url = "http://127.0.0.1:" + line.split()[-1]

    def call(self, path, body=None, token=None):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         {"Authorization": f"Bearer {token}"} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def test_its_packages_are_the_judges():
    wanted = json.loads((EXAMPLE / "package.json").read_text())["dependencies"]
    installed = json.loads((JUDGES / "package.json").read_text())["dependencies"]
    assert wanted == {name: installed[name] for name in wanted}


def test_notes(start):
    certificate, key = certificate_in(start.directory())
    server = start.server(*WEAK_HASHES, "--fixed-code", "123456", "--tls-cert", certificate, "--tls-key", key, tls=True)
    with trusting(certificate):
        api = server.client()
        pool_id = api.create_user_pool(PoolName="notes", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        client_id = api.create_user_pool_client(
            UserPoolId=pool_id, ClientName="notes",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
    app = start.keep(Notes(start.directory(), PORT="0", COGNITO_USER_POOL_ID=pool_id, COGNITO_CLIENT_ID=client_id,
                           AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=server.url, COGNITO_ISSUER=f"{server.url}/{pool_id}",
                           NODE_EXTRA_CA_CERTS=str(certificate)))

    status, signed_up = app.call("/sign-up", {"username": "ada", "password": PASSWORD, "email": "ada@example.com"})
    assert (status, signed_up["codeSentTo"]) == (200, "a***@e***")
    credentials = {"username": "ada", "password": PASSWORD}
    assert app.call("/sign-in", credentials)[1]["error"] == "UserNotConfirmedException"
    assert app.call("/confirm", {"username": "ada", "code": "000000"})[1]["error"] == "CodeMismatchException"
    assert app.call("/confirm", {"username": "ada", "code": "123456"}) == (200, {"confirmed": True})
    status, tokens = app.call("/sign-in", credentials)
    assert status == 200 and tokens["expiresIn"] == 3600

    assert app.call("/notes")[0] == 401
    assert app.call("/notes", {"text": "first"}, tokens["accessToken"]) == (200, ["first"])
    assert app.call("/notes", {"text": "forged"}, tokens["accessToken"][:-6] + "AAAAAA")[0] == 401
    assert app.call("/notes", {"text": "wrong token"}, tokens["idToken"])[0] == 401
    status, fresh = app.call("/refresh", {"refreshToken": tokens["refreshToken"]})
    assert app.call("/notes", token=fresh["accessToken"]) == (200, ["first"])

    assert app.call("/sign-out", {}, fresh["accessToken"]) == (200, {"signedOut": True})
    status, refused = app.call("/refresh", {"refreshToken": tokens["refreshToken"]})
    assert (status, refused) == (400, {"error": "NotAuthorizedException", "message": "Refresh Token has been revoked"})
    assert app.call("/sign-out", {}, fresh["accessToken"])[1]["message"] == "Access Token has been revoked"
