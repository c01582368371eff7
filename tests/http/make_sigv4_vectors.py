#!/usr/bin/env python3
"""Writes sigv4_vectors.json: requests as botocore, AWS's own signer, signs them. Needs botocore; no network."""
import datetime
import json
import pathlib
from unittest import mock

from botocore import auth, awsrequest, credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)
TARGET = "AWSCognitoIdentityProviderService."
CASES = [
    ("a call", "us-east-1", "POST", "http://localhost:9229/", {"X-Amz-Target": TARGET + "ListUserPools"}, '{"MaxResults":1}'),
    ("another region", "eu-central-1", "POST", "http://localhost:9229/", {"X-Amz-Target": TARGET + "CreateUserPool"}, '{"PoolName":"x"}'),
    ("an empty body", "us-east-1", "POST", "https://example.com/", {"X-Amz-Target": TARGET + "ListUserPools"}, ""),
    ("a body that is not ASCII", "us-east-1", "POST", "https://example.com/", {"X-Amz-Target": TARGET + "CreateUserPool"}, '{"PoolName":"größer ☃"}'),
    ("spaces in a header", "us-east-1", "POST", "https://example.com/", {"X-Amz-Target": TARGET + "ListUserPools", "X-Amz-Meta": "  a   b  c "}, "{}"),
    ("a query", "us-east-1", "GET", "https://example.com/?b=2&a=1&a=0&c", {}, ""),
    ("under a path", "us-east-1", "POST", "https://login.example.com/auth/v1/", {"X-Amz-Target": TARGET + "ListUserPools"}, "{}"),
    ("under a path without its slash", "us-east-1", "POST", "https://login.example.com/auth/v1", {"X-Amz-Target": TARGET + "ListUserPools"}, "{}"),
    ("under a path, a page", "us-east-1", "GET", "https://login.example.com/auth/v1/_sallyport/outbox?limit=1", {}, ""),
    ("a path to encode", "us-east-1", "GET", "https://example.com/a%20b/c~d/", {}, ""),
]


def main():
    vectors = []
    for name, region, method, url, headers, body in CASES:
        headers = {"Content-Type": "application/x-amz-json-1.1", **headers}
        request = awsrequest.AWSRequest(method=method, url=url, headers=headers, data=body.encode())
        with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
            auth.SigV4Auth(credentials.Credentials(KEY, SECRET), "cognito-idp", region).add_auth(request)
        prepared = request.prepare()
        host = url.split("/")[2]
        target = "/" + url.split("/", 3)[3]
        vectors.append({
            "name": name, "region": region, "method": method, "target": target, "body": body,
            "headers": [["Host", host]] + [[k, v if isinstance(v, str) else v.decode()] for k, v in prepared.headers.items()
                                           if k.lower() != "content-length"],
        })
    document = {"access_key": KEY, "secret_key": SECRET, "now": int(NOW.replace(tzinfo=datetime.timezone.utc).timestamp()),
                "vectors": vectors}
    path = pathlib.Path(__file__).with_name("sigv4_vectors.json")
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
