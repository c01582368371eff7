"""CUSTOM_AUTH through unmodified clients (boto3, Amplify) and functions in an unmodified runtime (awslambdaric)."""

import pathlib
import sys

import pytest
from botocore.exceptions import ClientError

from sallyport_processes import PASSWORD, WEAK_HASHES, Process, free_port
from test_javascript import judge

ARN = "arn:aws:lambda:us-east-1:000000000000:function:custom-auth"
HERE = pathlib.Path(__file__).parent


@pytest.fixture
def custom(start):
    """A pool with the three functions, a client for CUSTOM_AUTH and a user."""
    address = f"127.0.0.1:{free_port()}"
    server = start.server(*WEAK_HASHES, "--hook", f"custom-auth=runtime:{address}")
    start.keep(Process(["env", "-C", HERE, f"AWS_LAMBDA_RUNTIME_API={address}", sys.executable, "-m", "awslambdaric",
                        "custom_auth_handler.handler"], start.directory() / "runtime.log"))
    api = server.client()
    names = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    pool = api.create_user_pool(PoolName="custom", LambdaConfig=dict.fromkeys(names, ARN))["UserPool"]["Id"]
    client = api.create_user_pool_client(UserPoolId=pool, ClientName="custom", ExplicitAuthFlows=[
        "ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
    api.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    api.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    return api, {"url": server.url, "poolId": pool, "clientId": client, "username": "ada"}


def test_boto3(custom):
    api, given = custom
    asked = api.initiate_auth(ClientId=given["clientId"], AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "ada"})
    assert asked["ChallengeParameters"] == {"USERNAME": "ada", "question": "colour after 0"}

    def answer(text):
        return api.respond_to_auth_challenge(ClientId=given["clientId"], ChallengeName="CUSTOM_CHALLENGE", Session=asked["Session"],
                                             ChallengeResponses={"USERNAME": "ada", "ANSWER": text})

    tokens = answer("blue")["AuthenticationResult"]
    assert api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
    with pytest.raises(ClientError, match="session can only be used once"):
        answer("blue")


def test_amplify(custom):
    judge("amplify_custom_auth", password=PASSWORD, **custom[1])
