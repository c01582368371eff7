"""pycognito, which signs in by SRP, against a real server."""

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from pycognito import AWSSRP, Cognito
from pycognito.exceptions import ForceChangePasswordException

from sallyport_processes import PASSWORD


@pytest.fixture
def api(server):
    return server.client()


def new_pool(api, **client_options):
    pool_id = api.create_user_pool(PoolName="pycognito")["UserPool"]["Id"]
    app = api.create_user_pool_client(UserPoolId=pool_id, ClientName="pycognito", **client_options)["UserPoolClient"]
    api.admin_create_user(UserPoolId=pool_id, Username="ada", MessageAction="SUPPRESS")
    api.admin_set_user_password(UserPoolId=pool_id, Username="ada", Password=PASSWORD, Permanent=True)
    return pool_id, app["ClientId"], app.get("ClientSecret")


def unsigned(server):
    return boto3.client("cognito-idp", endpoint_url=server.url, region_name="us-east-1",
                        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))


@pytest.mark.parametrize("secret", [False, True], ids=["public client", "client with a secret"])
def test_srp(server, api, secret):
    pool_id, client_id, client_secret = new_pool(api, GenerateSecret=secret)

    def srp(password=PASSWORD):
        return AWSSRP(username="ada", password=password, pool_id=pool_id, client_id=client_id, client=unsigned(server),
                      client_secret=client_secret)

    tokens = srp().authenticate_user()["AuthenticationResult"]
    assert api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
    with pytest.raises(api.exceptions.NotAuthorizedException, match="Incorrect username or password"):
        srp("Wr0ngword!").authenticate_user()
    api.admin_set_user_password(UserPoolId=pool_id, Username="ada", Password="Temp0rary!", Permanent=False)
    with pytest.raises(ForceChangePasswordException):
        srp("Temp0rary!").authenticate_user()
    changed = srp("Temp0rary!").set_new_password_challenge("Perm4nent!word")["AuthenticationResult"]
    assert api.get_user(AccessToken=changed["AccessToken"])["Username"] == "ada"


def test_a_session_is_refreshed_and_signed_out(server, api):
    pool_id, client_id, _ = new_pool(api)
    user = Cognito(pool_id, client_id, username="ada", access_key="x", secret_key="x",
                   boto3_client_kwargs={"endpoint_url": server.url})
    user.authenticate(password=PASSWORD)
    assert user.get_user().sub
    before = user.access_token
    user.renew_access_token()
    assert user.access_token != before
    user.logout()
    with pytest.raises(api.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        api.get_user(AccessToken=before)
