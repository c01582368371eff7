"""A small Cognito client on Python's standard library: AWS JSON 1.1, signed with Signature Version 4."""

import configparser
import datetime
import hashlib
import hmac
import http.client
import json


class ApiError(Exception):
    def __init__(self, status, code, message):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign(access_key, secret_key, region, host, headers, body, now=None):
    """Headers of a POST / with the Authorization that AWS asks for."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    date, stamp = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    headers = {**headers, "Host": host, "X-Amz-Date": stamp}
    names = sorted(name.lower() for name in headers)
    values = {name.lower(): value for name, value in headers.items()}
    canonical = "".join(f"{name}:{values[name]}\n" for name in names)
    request = "\n".join(["POST", "/", "", canonical, ";".join(names), hashlib.sha256(body).hexdigest()])
    scope = f"{date}/{region}/cognito-idp/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + secret_key).encode()
    for part in (date, region, "cognito-idp", "aws4_request"):
        key = _hmac(key, part)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}")
    return headers


class Cognito:
    """One keep-alive connection to a server on this host."""

    def __init__(self, port, credentials_file, region="us-east-1"):
        profile = configparser.ConfigParser()
        profile.read(credentials_file)
        self._access_key = profile["default"]["aws_access_key_id"]
        self._secret_key = profile["default"]["aws_secret_access_key"]
        self._host, self._region = f"127.0.0.1:{port}", region
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def call(self, operation, signed=True, **members):
        body = json.dumps(members).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1",
                   "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
        if signed:
            headers = sign(self._access_key, self._secret_key, self._region, self._host, headers, body)
        self._connection.request("POST", "/", body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        value = json.loads(text) if text else {}
        if answer.status != 200:
            raise ApiError(answer.status, value.get("__type", ""), value.get("message", ""))
        return value
