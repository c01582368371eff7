"""The authorization server before relying parties that others have written, and its pages in Chromium."""

import os

import pytest
from authlib.jose import JsonWebKey

from sallyport_processes import PASSWORD, WEAK_HASHES, Server, free_port
from test_javascript import judge
from tls import certificate_in, trusting

TEMPORARY = "Temp0rary!"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A server with TLS, and an app of the same site with a confidential and a public client."""
    directory = tmp_path_factory.mktemp("tls")
    certificate, key = certificate_in(directory)
    server = Server(*WEAK_HASHES, "--tls-cert", certificate, "--tls-key", key, tls=True)
    app = f"https://127.0.0.1:{free_port()}"
    with trusting(certificate):
        api = server.client()
        pool = api.create_user_pool(PoolName="browsers", AutoVerifiedAttributes=["email"],
                                    Schema=[{"Name": "email", "Required": True}])["UserPool"]["Id"]
        api.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS",
                              UserAttributes=[{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}])
        api.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
        api.admin_create_user(UserPoolId=pool, Username="tim", MessageAction="SUPPRESS", TemporaryPassword=TEMPORARY,
                              UserAttributes=[{"Name": "email", "Value": "tim@example.com"}])

        # By which the confidential client may prove itself in the place of its secret.
        own = JsonWebKey.generate_key("RSA", 2048, {"kid": "k1"}, is_private=True)

        def client(logout_urls=(), **options):
            return api.create_user_pool_client(
                UserPoolId=pool, ClientName="web", AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"],
                AllowedOAuthScopes=["openid", "email", "aws.cognito.signin.user.admin"], SupportedIdentityProviders=["COGNITO"],
                ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
                CallbackURLs=[f"{app}{path}" for path in ("/callback", "/oidc_client_ts/callback", "/oidc_client_ts/silent", "/amplify/home", "/react_oidc_context/home")],
                LogoutURLs=[f"{app}{path}" for path in ("/bye", "/oidc_client_ts/bye", "/amplify/bye", "/react_oidc_context/bye")] + list(logout_urls),
                **options)["UserPoolClient"]

        confidential, public = client(["sallyport:client-key:" + own.as_json(is_private=False)], GenerateSecret=True), client()
    yield {"environment": {"NODE_EXTRA_CA_CERTS": str(certificate)}, "certificate": str(certificate), "key": str(key), "url": server.url,
           "app": app, "poolId": pool, "clientId": confidential["ClientId"], "clientSecret": confidential["ClientSecret"], "clientKey": own.as_dict(is_private=True),
           "publicClientId": public["ClientId"], "username": "ada", "temporaryUsername": "tim", "temporaryPassword": TEMPORARY}
    assert server.close() == 0


def test_openid_client_and_oauth4webapi_as_relying_parties(place):
    judge("oauth_relying_parties", **place)


def test_oidc_client_ts_amplify_and_react_oidc_context_in_the_browser(place):
    judge("oauth_browser_apps", **place)


def test_every_page_is_accessible_small_and_works_without_javascript(place):
    judge("oauth_pages", **place, pictures=os.environ.get("SALLYPORT_PICTURES"))


def test_an_app_of_another_site_leads_on_from_its_callback_and_signs_out_by_a_form(place):
    judge("oauth_other_sites", **place)
