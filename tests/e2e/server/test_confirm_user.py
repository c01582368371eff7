"""The link of a confirmation mail: followed by a person, looked at by a mail scanner, used twice."""

import html
import json
import re
import urllib.parse

import pytest


@pytest.fixture(scope="module")
def client_id(server):
    api = server.client()
    pool = api.create_user_pool(
        PoolName="links", AutoVerifiedAttributes=["email"],
        VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK",
                                     "EmailMessageByLink": "{##Confirm##} it"})["UserPool"]["Id"]
    client = api.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]
    return pool, client["ClientId"]


def test_a_link_confirms_once_and_only_when_it_is_followed(server, client_id):
    pool, client = client_id
    api = server.client()
    api.sign_up(ClientId=client, Username="ada&l+1", Password="Passw0rd!",
                UserAttributes=[{"Name": "email", "Value": "ada@example.org"}])
    messages = json.loads(server.request("GET", "/_sallyport/outbox")[2])["messages"]
    [body] = [m["body"] for m in messages if m["username"] == "ada&l+1"]
    link = urllib.parse.urlsplit(html.unescape(re.fullmatch(r'<a href="([^"]+)">Confirm</a> it', body)[1]))
    path = f"{link.path}?{link.query}"

    def status_of_user():
        return api.admin_get_user(UserPoolId=pool, Username="ada&l+1")["UserStatus"]

    assert server.request("HEAD", path)[0] == 405
    assert server.request("GET", "/confirmUser?client_id=%zz")[0] == 400
    assert server.request("GET", re.sub(r"code=\d+", "code=nonsense", path))[0] == 400
    assert status_of_user() == "UNCONFIRMED"
    status, headers, page = server.request("GET", path)
    assert status == 200 and "confirmed" in str(page)
    assert headers["Cache-Control"] == "no-store" and "default-src 'none'" in headers["Content-Security-Policy"]
    assert status_of_user() == "CONFIRMED"
    assert server.request("GET", path)[0] == 400
