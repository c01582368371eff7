"""CustomEmailSender and CustomSMSSender: the code reaches the function encrypted, and AWS's own SDK and an independent KMS open it."""

import base64
import http.server
import json
import re
import threading
import urllib.request

import aws_encryption_sdk
import boto3
import botocore.session
import pytest
from aws_encryption_sdk import StrictAwsKmsMasterKeyProvider
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from sallyport_processes import PASSWORD, WEAK_HASHES, free_port, wait_until

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "kms-secret-1"}


class KeyService:
    """moto's KMS, with one key."""

    def __init__(self):
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = "http://127.0.0.1:%d" % self._server.get_host_and_port()[1]
        self.key_arn = boto3.client("kms", endpoint_url=self.url, region_name="us-east-1", **KEYS).create_key()["KeyMetadata"]["Arn"]

    def opened(self, code):
        """What a handler does to read event.request.code."""
        session = botocore.session.get_session()
        session.set_credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"])
        provider = StrictAwsKmsMasterKeyProvider(key_ids=[self.key_arn], botocore_session=session)
        text, header = aws_encryption_sdk.EncryptionSDKClient().decrypt(source=base64.b64decode(code), key_provider=provider)
        return text.decode(), header.encryption_context

    def close(self):
        self._server.stop()


@pytest.fixture(scope="module")
def kms():
    service = KeyService()
    yield service
    service.close()


class Function:
    """A runtime of the Lambda Runtime API that keeps its events."""

    def __init__(self, port):
        self._base = f"http://127.0.0.1:{port}/2018-06-01/runtime/invocation"
        self.events = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                with urllib.request.urlopen(self._base + "/next") as call:
                    request_id = call.headers["Lambda-Runtime-Aws-Request-Id"]
                    self.events.append(json.load(call))
                urllib.request.urlopen(f"{self._base}/{request_id}/response", data=b"null").close()
            except OSError:
                return


class Shop:
    """A pool whose codes are sent by the function "sender"."""

    def __init__(self, server, key_arn):
        sender = {"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:sender"}
        self.api = server.client()
        self.id = self.api.create_user_pool(
            PoolName="shop", AutoVerifiedAttributes=["email", "phone_number"],
            LambdaConfig={"CustomEmailSender": sender, "CustomSMSSender": sender, "KMSKeyID": key_arn})["UserPool"]["Id"]
        self.client_id = self.api.create_user_pool_client(UserPoolId=self.id, ClientName="shop")["UserPoolClient"]["ClientId"]

    def sign_up(self, name, **attributes):
        self.api.sign_up(ClientId=self.client_id, Username=name, Password=PASSWORD, ClientMetadata={"lang": "de"},
                         UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()])


def outbox(server):
    return json.loads(server.request("GET", "/_sallyport/outbox")[2])["messages"]


def held(server):
    return wait_until(lambda: [m for m in outbox(server) if m["state"] == "held"], what="the message that is held")[0]


@pytest.fixture
def credentials(tmp_path):
    path = tmp_path / "credentials"
    path.write_text("[default]\n" + "".join(f"{name} = {value}\n" for name, value in KEYS.items()))
    return path


def test_the_sdk_opens_the_code_and_the_code_confirms(start, kms, credentials, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", kms.url)
    port = free_port()
    server = start.server(*WEAK_HASHES, "--kms-url", kms.url, "--kms-credentials-file", credentials,
                          "--hook", f"sender=runtime:127.0.0.1:{port}")
    function = Function(port)
    shop = Shop(server, kms.key_arn)
    for name, address, trigger, kind in [
            ("ada", {"email": "ada@example.com"}, "CustomEmailSender_SignUp", "customEmailSenderRequestV1"),
            ("bob", {"phone_number": "+15550100"}, "CustomSMSSender_SignUp", "customSMSSenderRequestV1")]:
        function.events.clear()
        shop.sign_up(name, **address)
        [event] = wait_until(lambda: function.events, what="the function's event")
        assert (event["triggerSource"], event["userName"]) == (trigger, name)
        assert event["callerContext"]["clientId"] == shop.client_id
        request = event["request"]
        assert (request["type"], request["clientMetadata"]) == (kind, {"lang": "de"})
        assert address.items() <= request["userAttributes"].items()
        code, context = kms.opened(request["code"])
        assert re.fullmatch(r"\d{6}", code) and context == {"userpool-id": shop.id}
        shop.api.confirm_sign_up(ClientId=shop.client_id, Username=name, ConfirmationCode=code)
        assert code not in server.log.read_text()
    wait_until(lambda: outbox(server) == [], what="what was sent leaves the outbox")


class RefusingKeyService(http.server.BaseHTTPRequestHandler):
    """Has no key, and records what it was asked."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
        answer = b'{"__type": "NotFoundException", "message": "Key does not exist"}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def test_the_kms_is_called_as_aws_signs_and_a_key_that_is_none_holds_the_message(start, credentials):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), RefusingKeyService) as service:
        service.asked = []
        threading.Thread(target=service.serve_forever, daemon=True).start()
        url = "http://127.0.0.1:%d" % service.server_port
        server = start.server(*WEAK_HASHES, "--kms-url", url, "--kms-credentials-file", credentials)
        key_arn = "arn:aws:kms:us-east-1:000000000000:key/none"
        shop = Shop(server, key_arn)
        shop.sign_up("ada", email="ada@example.com")
        assert held(server)["error"] == "KMS: HTTP 400 NotFoundException"
        [(headers, body)] = service.asked
        service.shutdown()
    assert json.loads(body) == {"KeyId": key_arn, "KeySpec": "AES_256", "EncryptionContext": {"userpool-id": shop.id}}
    signed = re.search(r"SignedHeaders=([^,]+)", headers["authorization"])[1].split(";")
    assert {"host", "x-amz-date", "x-amz-target"} <= set(signed)
    request = AWSRequest("POST", url + "/", data=body, headers={name: headers[name] for name in signed})
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(*KEYS.values()), "kms", "us-east-1")
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith("Signature=" + expected)


def test_without_a_kms_the_message_is_held_with_the_reason(start):
    server = start.server(*WEAK_HASHES)
    Shop(server, "arn:aws:kms:us-east-1:000000000000:key/some").sign_up("ada", email="ada@example.com")
    assert held(server)["error"] == "no KMS (kms-url) to encrypt the code for CustomEmailSender"
