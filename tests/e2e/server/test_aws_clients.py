"""boto3 and the AWS CLI, AWS's own, against a real server."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from sallyport_processes import PASSWORD, Pool


def error_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server as it starts by default: signatures are verified."""
    from sallyport_processes import Server
    server = Server()
    yield server
    assert server.close() == 0


def test_root_credential_of_the_first_start_signs_calls_in(strict):
    assert (strict.data / "credentials").stat().st_mode & 0o777 == 0o600
    assert strict.credentials()["aws_access_key_id"].startswith("AKIA")
    assert strict.client().list_user_pools(MaxResults=1)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_wrong_secret_is_a_signature_that_does_not_match(strict):
    code, message, _ = error_of(strict.client(aws_secret_access_key="x" * 40).list_user_pools, MaxResults=1)
    assert code == "InvalidSignatureException"
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


def test_unknown_access_key_and_session_token_are_refused(strict):
    for changed in ({"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}, {"aws_session_token": "x"}):
        code, message, _ = error_of(strict.client(**changed).list_user_pools, MaxResults=1)
        assert (code, message) == ("UnrecognizedClientException", "The security token included in the request is invalid.")


def test_unsigned_admin_call_is_refused(strict):
    client = boto3.client("cognito-idp", endpoint_url=strict.url, region_name="us-east-1",
                          config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))
    assert error_of(client.list_user_pools, MaxResults=1)[0] == "MissingAuthenticationTokenException"


def test_region_of_a_pool_is_that_of_the_signature(strict):
    created = strict.client(region="eu-central-1").create_user_pool(PoolName="x")["UserPool"]
    assert created["Id"].startswith("eu-central-1_")


def test_sign_in_with_the_default_password_hash(strict):
    pool = Pool(strict.client())
    tokens = pool.sign_in(pool.make_user("ada"))
    assert pool.api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"


def test_sign_in_refresh_and_sign_out(pool):
    tokens = pool.sign_in(pool.make_user("bea"))
    assert tokens["TokenType"] == "Bearer" and tokens["ExpiresIn"] == 3600
    fresh = pool.api.initiate_auth(ClientId=pool.client_id, AuthFlow="REFRESH_TOKEN_AUTH",
                                   AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]})["AuthenticationResult"]
    pool.api.global_sign_out(AccessToken=fresh["AccessToken"])
    assert error_of(pool.api.get_user, AccessToken=fresh["AccessToken"])[:2] == (
        "NotAuthorizedException", "Access Token has been revoked")


def test_errors_are_awss_and_carry_request_ids(pool):
    pool.make_user("cyd")
    code, message, metadata = error_of(
        pool.api.initiate_auth, ClientId=pool.client_id, AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "cyd", "PASSWORD": "Wrong" + PASSWORD})
    assert (code, message) == ("NotAuthorizedException", "Incorrect username or password.")
    assert metadata["HTTPStatusCode"] == 400
    assert metadata["HTTPHeaders"]["x-amzn-errortype"] == "NotAuthorizedException"
    assert len(metadata["RequestId"]) == 36


def test_unknown_pool(pool):
    code, message, _ = error_of(pool.api.describe_user_pool, UserPoolId="us-east-1_nowhere00")
    assert (code, message) == ("ResourceNotFoundException", "User pool us-east-1_nowhere00 does not exist.")


def test_an_operation_that_is_not_built_says_so(pool):
    with pytest.raises(ClientError) as caught:
        pool.api.list_devices(AccessToken="x")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_keys_and_discovery_of_a_pool(server, pool):
    issuer = f"{server.url}/{pool.id}"
    with urllib.request.urlopen(issuer + "/.well-known/openid-configuration") as answer:
        discovery = json.load(answer)
        assert answer.headers["Content-Type"] == "application/json"
        assert "max-age" in answer.headers["Cache-Control"]
    assert discovery["issuer"] == issuer
    with urllib.request.urlopen(discovery["jwks_uri"]) as answer:
        keys = json.load(answer)["keys"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert keys and all(key["kty"] == "RSA" and key["alg"] == "RS256" and "d" not in key for key in keys)
    assert server.request("GET", "/us-east-1_nowhere00/.well-known/jwks.json")[0] == 404


def test_aws_cli_signs_in_and_out_with_the_credentials_file_as_it_is(strict):
    pool = Pool(strict.client())
    user = pool.make_user("terminal")
    environment = dict(os.environ, AWS_SHARED_CREDENTIALS_FILE=str(strict.data / "credentials"), AWS_EC2_METADATA_DISABLED="true")

    def aws(*words):
        done = subprocess.run([pathlib.Path(sys.executable).with_name("aws"), "cognito-idp", "--endpoint-url", strict.url,
                               "--region", "us-east-1", *words], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "{}")

    tokens = aws("initiate-auth", "--client-id", pool.client_id, "--auth-flow", "USER_PASSWORD_AUTH",
                 "--auth-parameters", f"USERNAME={user},PASSWORD={PASSWORD}")["AuthenticationResult"]
    assert aws("get-user", "--access-token", tokens["AccessToken"])["Username"] == user
    fresh = aws("get-tokens-from-refresh-token", "--client-id", pool.client_id, "--refresh-token", tokens["RefreshToken"])
    assert aws("get-user", "--access-token", fresh["AuthenticationResult"]["AccessToken"])["Username"] == user
    aws("admin-user-global-sign-out", "--user-pool-id", pool.id, "--username", user)
    assert error_of(pool.api.get_user, AccessToken=tokens["AccessToken"])[:2] == (
        "NotAuthorizedException", "Access Token has been revoked")
