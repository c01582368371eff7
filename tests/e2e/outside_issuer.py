"""Plays an issuer that is not a pool of Sallyport, as Cognito itself is: over TLS, with keys of its own at its JWKS, and GetUser."""

import base64
import datetime
import http.server
import ipaddress
import json
import ssl
import threading
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

POOL = "eu-west-1_AbCdEfGhI"


def _encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value):
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Key:
    def __init__(self, kid):
        self.kid, self.private = kid, rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwk(self):
        numbers = self.private.public_key().public_numbers()
        return {"alg": "RS256", "e": _number(numbers.e), "kid": self.kid, "kty": "RSA", "n": _number(numbers.n), "use": "sig"}


def certificate(directory, name="127.0.0.1"):
    """A certificate of its own for 127.0.0.1, which is also what it is verified by: (certificate, key)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    files = directory / "issuer.pem", directory / "issuer.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


class OutsideIssuer:
    def __init__(self, directory):
        self.keys = [Key("first"), Key("second")]
        self.revoked, self.jwks_status, self.location = set(), 200, None
        self.fetches, self.asked = 0, 0
        self.certificate, key = certificate(directory)
        place = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                assert self.path == f"/{POOL}/.well-known/jwks.json"
                place.fetches += 1
                self.answer(place.jwks_status, {"keys": [key.jwk() for key in place.keys]})

            def do_POST(self):
                place.asked += 1
                assert self.headers["X-Amz-Target"] == "AWSCognitoIdentityProviderService.GetUser"
                token = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["AccessToken"]
                if place.location:
                    return self.answer(307, {"Username": "ada"})
                payload = token.split(".")[1]
                claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
                if claims["origin_jti"] in place.revoked:
                    return self.answer(400, {"__type": "NotAuthorizedException", "message": "Access Token has been revoked"})
                return self.answer(200, {"Username": claims["username"], "UserAttributes": []})

            def answer(self, status, body):
                text = json.dumps(body).encode()
                self.send_response(status)
                if status == 307:
                    self.send_header("Location", place.location)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """A client that does not trust the certificate is what a test wanted."""

        self._server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        self.issuer = f"{self.url}/{POOL}"

    def token(self, key=None, kid=None, **changes):
        """An access token as Cognito makes it."""
        key = key or self.keys[0]
        now = int(time.time())
        claims = {"sub": str(uuid.uuid4()), "iss": self.issuer, "client_id": "3n4b5urk1ft4fl3mg5e62d9ado", "origin_jti": str(uuid.uuid4()),
                  "event_id": str(uuid.uuid4()), "token_use": "access", "scope": "aws.cognito.signin.user.admin", "auth_time": now,
                  "exp": now + 3600, "iat": now, "jti": str(uuid.uuid4()), "username": "ada", **changes}
        text = ".".join(_encoded(json.dumps(part).encode()) for part in ({"kid": kid or key.kid, "alg": "RS256"}, claims))
        signature = key.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encoded(signature)}", claims["origin_jti"]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
