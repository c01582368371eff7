"""Messages: mail by a real SMTP server, SMS by HTTP endpoints, and the outbox for messages without a service."""

import contextlib
import email
import email.policy
import http.server
import json
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, free_port, wait_until

USER, SECRET = b"mailer", b"mail-secret-1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificate")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", directory / "key.pem",
                    "-out", directory / "cert.pem"], check=True, capture_output=True)
    return directory


class Mailbox:
    """A mail server that accepts mail only over TLS, and only from clients that know the password."""

    def __init__(self, certificate, port=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        self.mails = []
        self.port = port or free_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=True, auth_required=True,
            authenticator=lambda server, session, envelope, mechanism, data: AuthResult(
                success=(data.login, data.password) == (USER, SECRET)))
        self._controller.start()

    async def handle_DATA(self, server, session, envelope):
        if any("refused" in recipient for recipient in envelope.rcpt_tos):
            return "550 no such mailbox"
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 taken"

    def close(self):
        self._controller.stop()


@pytest.fixture
def mailbox(certificate):
    with contextlib.closing(Mailbox(certificate)) as mailbox:
        yield mailbox


def mail_flags(tmp_path, certificate, port):
    password = tmp_path / "password"
    password.write_bytes(SECRET + b"\n")
    return ["--smtp-url", f"smtp://localhost:{port}", "--smtp-user", USER.decode(), "--smtp-password-file", password,
            "--smtp-from", "Shop <no-reply@shop.example>", "--delivery-ca-file", certificate / "cert.pem"]


class Shop(Pool):
    """A pool whose users confirm an e-mail address or a phone number."""

    def __init__(self, server):
        self.api = server.client()
        self.id = self.api.create_user_pool(PoolName="shop", AutoVerifiedAttributes=["email", "phone_number"])["UserPool"]["Id"]
        self.client_id = self.api.create_user_pool_client(
            UserPoolId=self.id, ClientName="shop", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]

    def sign_up(self, name, **attributes):
        self.api.sign_up(ClientId=self.client_id, Username=name, Password=PASSWORD,
                         UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()])


def outbox(server):
    status, headers, body = server.request("GET", "/_sallyport/outbox")
    assert status == 200 and headers["Cache-Control"] == "no-store"
    return json.loads(body)["messages"]


def test_a_code_comes_by_mail_over_tls_and_confirms_its_user(start, mailbox, certificate, tmp_path):
    server = start.server(*WEAK_HASHES, *mail_flags(tmp_path, certificate, mailbox.port))
    shop = Shop(server)
    shop.sign_up("ada", email="ada@example.com")
    [recipients], mail = wait_until(lambda: mailbox.mails, what="the mail")[0]
    assert recipients == "ada@example.com"
    assert mail["To"] == "ada@example.com" and mail["From"] == "Shop <no-reply@shop.example>"
    code = re.search(r"\b(\d{6})\b", mail.get_content())[1]
    shop.api.confirm_sign_up(ClientId=shop.client_id, Username="ada", ConfirmationCode=code)
    assert shop.sign_in("ada")["AccessToken"]
    wait_until(lambda: outbox(server) == [], what="what was delivered leaves the outbox")
    log = server.log.read_text()
    assert code not in log and SECRET.decode() not in log and "ada@example.com" not in log


def test_a_mail_waits_for_its_service_and_survives_kill_9(start, certificate, tmp_path):
    port = free_port()
    flags = mail_flags(tmp_path, certificate, port)
    data = start.directory()
    server = start.server(*WEAK_HASHES, *flags, data=data)
    Shop(server).sign_up("ada", email="ada@example.com")
    wait_until(lambda: [m for m in outbox(server) if m["attempts"]], what="a first attempt")
    server.kill()
    with contextlib.closing(Mailbox(certificate, port)) as mailbox:
        start.server(*WEAK_HASHES, *flags, data=data, port=server.port)
        wait_until(lambda: mailbox.mails, what="the mail, after the restart")
        assert len(mailbox.mails) == 1


def test_no_mail_goes_to_a_server_that_is_not_the_one_it_should_be(start, mailbox, certificate, tmp_path):
    flags = mail_flags(tmp_path, certificate, mailbox.port)[:-2]  # the system's authorities do not know it
    server = start.server(*WEAK_HASHES, *flags)
    Shop(server).sign_up("ada", email="ada@example.com")
    [waiting] = wait_until(lambda: [m for m in outbox(server) if m["attempts"]], what="a first attempt")
    assert waiting["state"] == "queued" and "certificate" in waiting["error"].lower()
    assert mailbox.mails == []


def test_a_refused_mail_is_held_with_the_reason(start, mailbox, certificate, tmp_path):
    server = start.server(*WEAK_HASHES, *mail_flags(tmp_path, certificate, mailbox.port))
    Shop(server).sign_up("ada", email="refused@example.com")
    [held] = wait_until(lambda: [m for m in outbox(server) if m["state"] == "held"], what="the refusal")
    assert "550" in held["error"]


def test_a_stop_does_not_wait_for_a_silent_mail_service(start):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = start.server(*WEAK_HASHES, "--smtp-url", f"smtp://127.0.0.1:{silent.getsockname()[1]}", "--smtp-tls", "none",
                              "--smtp-from", "no-reply@shop.example")
        Shop(server).sign_up("ada", email="ada@example.com")
        connection, _ = silent.accept()
        with connection:
            begin = time.monotonic()
            assert server.close() == 0
            assert time.monotonic() - begin < 5


class Gateway:
    """An SMS service over HTTP that records what it is sent."""

    def __init__(self):
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, dict(self.headers), body.decode()))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/publish"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gateway():
    with contextlib.closing(Gateway()) as gateway:
        yield gateway


def test_an_sms_goes_to_an_http_service_with_its_token(start, gateway, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("sms-secret-1\n")
    server = start.server(*WEAK_HASHES, "--sms-url", gateway.url, "--sms-secret-file", secret, "--sms-sender", "SHOP")
    shop = Shop(server)
    shop.sign_up("ada", email="ada@example.com", phone_number="+15550100")
    _, headers, body = wait_until(lambda: gateway.requests, what="the SMS")[0]
    sms = json.loads(body)
    assert headers["Authorization"] == "Bearer sms-secret-1"
    assert sms["to"] == "+15550100" and sms["sender"] == "SHOP"
    code = re.search(r"\b(\d{6})\b", sms["message"])[1]
    shop.api.confirm_sign_up(ClientId=shop.client_id, Username="ada", ConfirmationCode=code)


def test_an_sms_goes_to_an_sns_endpoint_signed_as_aws_signs(start, gateway, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.write_text("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = sns-secret-1\n")
    server = start.server(*WEAK_HASHES, "--sms-url", gateway.url, "--sms-protocol", "sns", "--sms-secret-file", credentials,
                          "--region", "eu-west-1")
    Shop(server).sign_up("ada", phone_number="+15550100")
    path, headers, body = wait_until(lambda: gateway.requests, what="the SMS")[0]
    fields = dict(urllib.parse.parse_qsl(body))
    assert fields["Action"] == "Publish" and fields["PhoneNumber"] == "+15550100" and re.search(r"\d{6}", fields["Message"])
    headers = {name.lower(): value for name, value in headers.items()}
    stated = headers["authorization"]
    assert "/eu-west-1/sns/aws4_request" in stated
    signed = re.search(r"SignedHeaders=([^,]+)", stated)[1].split(";")
    request = AWSRequest("POST", gateway.url, data=body, headers={name: headers[name] for name in signed})
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "sns-secret-1"), "sns", "eu-west-1")
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert stated.endswith("Signature=" + expected)


def test_without_a_service_codes_land_in_the_outbox(start):
    server = start.server(*WEAK_HASHES, "--fixed-code", "424242")
    shop = Shop(server)
    shop.sign_up("<i>ada</i>", email="ada@example.com")
    [message] = wait_until(lambda: outbox(server), what="the message")
    assert (message["medium"], message["destination"], message["code"]) == ("EMAIL", "ada@example.com", "424242")
    status, headers, page = server.request("GET", "/_sallyport/outbox", headers={"Accept": "text/html"})
    page = page.decode()
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert "424242" in page and "<i>ada" not in page and "&lt;i&gt;ada" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_outbox_is_not_for_others(start):
    server = start.server()
    assert server.request("GET", "/_sallyport/outbox")[0] == 200
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"},
                    {"Sec-Fetch-Site": "cross-site"}):
        assert server.request("GET", "/_sallyport/outbox", headers=headers)[0] == 403, headers
    public = start.server("--public-url", "https://auth.example.com")
    assert public.request("GET", "/_sallyport/outbox")[0] == 403, "a proxy on this host would show it to everybody"
    for secret, status in (("wrong", 403), (public.credentials()["aws_secret_access_key"], 200)):
        request = AWSRequest("GET", public.url + "/_sallyport/outbox")
        SigV4Auth(Credentials(public.credentials()["aws_access_key_id"], secret), "cognito-idp", "us-east-1").add_auth(request)
        assert public.request("GET", "/_sallyport/outbox", headers=dict(request.headers))[0] == status


@pytest.mark.parametrize("flags, complaint", [
    (["--smtp-url", "http://mail"], "smtp-url"), (["--smtp-url", "smtp://mail"], "smtp-from"),
    (["--smtp-url", "smtp://mail", "--smtp-from", "a@b", "--smtp-user", "x"], "smtp-password-file"),
    (["--sms-url", "ftp://sms"], "sms-url"), (["--sms-url", "https://sms", "--sms-protocol", "sns"], "sms-secret-file"),
    (["--sms-url", "https://sms", "--sms-secret-file", "/nonexistent"], "/nonexistent"),
    (["--sms-url", "https://sms", "--sms-sender", "Shop\r\nBcc"], "sms-sender"),
    (["--fixed-code", "123456"], "insecure-any-credentials")])
def test_settings_that_cannot_work_are_refused_at_the_start(flags, complaint, tmp_path):
    from sallyport_processes import run
    ended = run("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--feed-listen", "127.0.0.1:0", *flags)
    assert ended.returncode == 1 and complaint in ended.stderr
