"""--public-url with a path: a proxy in front passes the path on, or removes it, and every endpoint works under it."""

import http.client
import json
import os
import urllib.parse

import boto3
import pytest
from botocore.config import Config

from sallyport_processes import Pool, Process, answers, free_port, run, wait_until

CONFIGURATION = """
{user} daemon off; worker_processes 1; pid nginx.pid; error_log nginx.log info;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path tmp_body; proxy_temp_path tmp_proxy; fastcgi_temp_path tmp_fastcgi;
  uwsgi_temp_path tmp_uwsgi; scgi_temp_path tmp_scgi;
  server {{
    listen 127.0.0.1:{port};
    location /auth {{ return 404; }}
    location = /auth {{ proxy_pass http://127.0.0.1:{server}{root}; proxy_set_header Host $http_host; }}
    location /auth/ {{ proxy_pass http://127.0.0.1:{server}{slash}; proxy_set_header Host $http_host; }}
  }}
}}
"""


@pytest.fixture(params=["passed on", "taken away"])
def fronted(request, start):
    """A server whose --public-url is a path of an nginx."""
    port, directory = free_port(), start.directory()
    server = start.server("--public-url", f"http://127.0.0.1:{port}/auth")
    taken = request.param == "taken away"
    (directory / "nginx.conf").write_text(CONFIGURATION.format(
        user="user root;" if os.geteuid() == 0 else "", port=port, server=server.port, root="/" if taken else "",
        slash="/" if taken else ""))
    start.keep(Process(["nginx", "-p", directory, "-c", directory / "nginx.conf", "-e", "nginx.log"], directory / "nginx.out"))
    wait_until(lambda: answers(port), what="nginx listens")
    server.url = f"http://127.0.0.1:{port}/auth"
    return server


def get(url, method="GET", body=None, headers=None):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_each_endpoint_works_under_the_path(fronted):
    api = fronted.client()
    assert api.meta.endpoint_url == fronted.url
    pool = Pool(api)
    tokens = pool.sign_in(pool.make_user("alice"))
    assert api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"

    issuer = f"{fronted.url}/{pool.id}"
    status, body = get(f"{issuer}/.well-known/openid-configuration")
    discovery = json.loads(body)
    assert status == 200 and discovery["issuer"] == issuer
    assert json.loads(get(discovery["jwks_uri"])[1])["keys"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refresh = urllib.parse.urlencode({"grant_type": "refresh_token", "client_id": pool.client_id,
                                      "refresh_token": tokens["RefreshToken"]})
    status, body = get(discovery["token_endpoint"], "POST", refresh, form)
    assert status in (200, 400) and json.loads(body), body
    revoke = urllib.parse.urlencode({"client_id": pool.client_id, "token": tokens["RefreshToken"]})
    assert get(discovery["revocation_endpoint"], "POST", revoke, form)[0] == 200
    assert get(discovery["userinfo_endpoint"], headers={"Authorization": "Bearer x"})[0] == 401
    assert get(f"{fronted.url}/healthz") == (200, b"ok\n")

    # A body that was changed is refused, as everywhere.
    wrong = boto3.client("cognito-idp", endpoint_url=fronted.url, region_name="us-east-1", aws_access_key_id=
                         fronted.credentials()["aws_access_key_id"], aws_secret_access_key="wrong",
                         config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(wrong.exceptions.ClientError, match="signature"):
        wrong.list_user_pools(MaxResults=1)


def test_the_command_line_works_under_the_path(fronted):
    credentials = fronted.credentials()
    environment = {"AWS_ACCESS_KEY_ID": credentials["aws_access_key_id"],
                   "AWS_SECRET_ACCESS_KEY": credentials["aws_secret_access_key"], "AWS_REGION": "us-east-1"}
    for endpoint in (fronted.url, f"http://127.0.0.1:{fronted.port}"):
        listed = run("pool", "list", "--endpoint", endpoint, **environment)
        assert listed.returncode == 0, listed.stderr
        agents = run("agents", "list", "--data", fronted.data, "--endpoint", endpoint)
        assert agents.returncode == 0, agents.stderr


def test_a_file_of_users_is_uploaded_under_the_path(fronted):
    api = fronted.client()
    pool = Pool(api)
    job = api.create_user_import_job(UserPoolId=pool.id, JobName="x", CloudWatchLogsRoleArn="arn:aws:iam::000000000000:role/x")
    url = job["UserImportJob"]["PreSignedUrl"]
    assert url.startswith(fronted.url + "/_sallyport/import/")
    header = ",".join(api.get_csv_header(UserPoolId=pool.id)["CSVHeader"])
    assert get(url, "PUT", header + "\n")[0] == 200


@pytest.mark.parametrize("url", ["https://a/oauth2", "https://a/login", "https://a/x/", "https://a/x%20y", "https://a/x?y", "https://u@a/x", "https://a/x//y"])
def test_a_path_under_which_nothing_could_work_is_refused_in_words(url):
    refused = run("serve", "--public-url", url)
    assert refused.returncode != 0 and f'public-url "{url}": ' in refused.stderr, refused.stderr
