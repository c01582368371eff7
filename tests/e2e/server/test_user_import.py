"""A user import job over HTTP, as AWS's clients do it: URL, upload, and rows that survive a killed server."""

import json
import os
import socket
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from sallyport_processes import Server, wait_until

ROLE = "arn:aws:iam::000000000000:role/import"
HEADER = "cognito:username,email,email_verified\n"
KMS = {"x-amz-server-side-encryption": "aws:kms"}


def rows(count):
    return HEADER + "".join(f"user-{number},user-{number}@example.com,TRUE\n" for number in range(count))


class Jobs:
    def __init__(self, server):
        self.server = server
        self.api = server.client()
        self.pool = self.api.create_user_pool(PoolName="e2e", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]

    def create(self):
        job = self.api.create_user_import_job(UserPoolId=self.pool, JobName="e2e", CloudWatchLogsRoleArn=ROLE)["UserImportJob"]
        url = urllib.parse.urlsplit(job["PreSignedUrl"])
        return job["JobId"], f"{url.path}?{url.query}"

    def upload(self, path, text):
        return self.server.request("PUT", path, text, KMS)[0]

    def describe(self, job):
        return self.api.describe_user_import_job(UserPoolId=self.pool, JobId=job)["UserImportJob"]

    def start(self, text):
        job, path = self.create()
        assert self.upload(path, text) == 200
        self.api.start_user_import_job(UserPoolId=self.pool, JobId=job)
        return job

    def finished(self, job):
        return wait_until(lambda: (described := self.describe(job)).get("CompletionDate") and described, 60, "the job ends")

    def failures(self, job, signed=True):
        path = f"/_sallyport/import/{job}/failures"
        request = botocore.awsrequest.AWSRequest("GET", self.server.url + path)
        if signed:
            keys = self.server.credentials()
            botocore.auth.SigV4Auth(botocore.credentials.Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]),
                                    "cognito-idp", "us-east-1").add_auth(request)
        return self.server.request("GET", path, headers=dict(request.headers))


@pytest.fixture(scope="module")
def jobs():
    server = Server()
    yield Jobs(server)
    server.close()


def test_a_file_larger_than_any_call_is_imported_and_its_bad_rows_are_told(jobs):
    text = rows(30_000) + "no address,,TRUE\n"
    assert len(text) > 1 << 20
    job = jobs.start(text)
    done = jobs.finished(job)
    assert (done["Status"], done["ImportedUsers"], done["FailedUsers"]) == ("Succeeded", 30_000, 1)
    status, headers, body = jobs.failures(job)
    assert status == 200 and headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line)["line"] for line in body.splitlines()] == [30_002]
    assert jobs.failures(job, signed=False)[0] == 403
    # It goes after the job's last record is written.
    wait_until(lambda: not os.listdir(jobs.server.data / "imports"), what="the file is gone")


def test_only_the_url_opens_the_upload_and_only_before_the_start(jobs):
    job, path = jobs.create()
    assert jobs.upload(path[:-1] + ("0" if path[-1] != "0" else "1"), rows(1)) == 403
    assert jobs.upload(path.split("?")[0], rows(1)) == 403
    assert jobs.upload("/_sallyport/import/import-0000000000?" + path.split("?")[1], rows(1)) == 403
    assert os.listdir(jobs.server.data / "imports") == []
    assert jobs.upload(path, rows(1)) == 200
    assert [file.stat().st_mode & 0o777 for file in (jobs.server.data / "imports").iterdir()] == [0o600]
    jobs.api.start_user_import_job(UserPoolId=jobs.pool, JobId=job)
    assert jobs.upload(path, rows(2)) == 409


def test_an_upload_that_breaks_off_or_is_too_long_leaves_nothing(jobs):
    _, path = jobs.create()
    with socket.create_connection(("127.0.0.1", jobs.server.port), 10) as connection:
        connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{HEADER}".encode())
        wait_until(lambda: os.listdir(jobs.server.data / "imports"), what="the upload begins")
    wait_until(lambda: not os.listdir(jobs.server.data / "imports"), what="the file is gone")
    with socket.create_connection(("127.0.0.1", jobs.server.port), 10) as connection:
        connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {100 * 2**20 + 1}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert jobs.server.request("POST", "/", b" " * (2**20 + 1))[0] == 413


def test_a_killed_server_loses_no_row_and_imports_none_twice(tmp_path):
    count = 8_000
    server = Server(data=tmp_path)
    try:
        jobs = Jobs(server)
        job = jobs.start(rows(count) + "user-0,again@example.com,TRUE\n")
        for kill in range(3):
            at = jobs.describe(job)["ImportedUsers"]
            wait_until(lambda: jobs.describe(job)["ImportedUsers"] > at, what="some rows are in")
            server.kill()
            server = Server(data=tmp_path, port=server.port, feed_port=server.feed_port)
            jobs.server = server
        done = jobs.finished(job)
        assert (done["ImportedUsers"], done["SkippedUsers"], done["FailedUsers"]) == (count, 1, 0)
        pages = jobs.api.get_paginator("list_users").paginate(UserPoolId=jobs.pool, AttributesToGet=["sub"])
        names = [user["Username"] for page in pages for user in page["Users"]]
        assert sorted(names) == sorted(f"user-{number}" for number in range(count))
    finally:
        server.close()
