"""The sign-in pages as a browser uses them: what the walk needs of one."""

import base64
import hashlib
import html
import http.client
import json
import re
import secrets
import urllib.parse

CALLBACK = "http://localhost:3000/callback"
SIGNED_OUT = "http://localhost:3000/signed-out"
# What the demo's app client needs beside its flows.
CLIENT_SETTINGS = {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"], "SupportedIdentityProviders": ["COGNITO"],
                   "AllowedOAuthScopes": ["openid", "email", "aws.cognito.signin.user.admin"],
                   "CallbackURLs": [CALLBACK], "LogoutURLs": [SIGNED_OUT]}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class PageError(Exception):
    pass


class Browser:
    def __init__(self, port, pool, client):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.pool, self.client, self.cookies = pool, client, {}
        self.verifier = secrets.token_urlsafe(40)

    def request(self):
        """The path of the authorization request, with PKCE."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        return f"/{self.pool}/oauth2/authorize?" + urllib.parse.urlencode({
            "client_id": self.client, "response_type": "code", "redirect_uri": CALLBACK,
            "scope": "openid email aws.cognito.signin.user.admin", "code_challenge": challenge, "code_challenge_method": "S256"})

    def send(self, method, path, form=None):
        """(location, text): the location is a path of this server, or a URL."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        self.connection.request(method, path, urllib.parse.urlencode(form) if form else None, headers | (FORM if form else {}))
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        location = answer.headers.get("Location")
        if answer.status >= 400:
            raise PageError(f"{method} {path.split('?')[0]}: status {answer.status}")
        return urllib.parse.urljoin(path, location) if location else None, text

    def sign_in(self, name, password):
        """From the app to its tokens, as AuthenticationResult names them."""
        page, _ = self.send("GET", self.request())
        _, text = self.send("GET", page)
        token = html.unescape(re.search(r'name="_csrf" value="([^"]*)"', text).group(1))
        location, _ = self.send("POST", page, {"_csrf": token, "username": name, "password": password})
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location or "").query)).get("code")
        if not code:
            raise PageError("the sign-in page gave no code")
        _, text = self.send("POST", f"/{self.pool}/oauth2/token", {
            "grant_type": "authorization_code", "client_id": self.client, "code": code, "redirect_uri": CALLBACK,
            "code_verifier": self.verifier})
        tokens = json.loads(text)
        return {"AccessToken": tokens["access_token"], "IdToken": tokens["id_token"], "RefreshToken": tokens["refresh_token"]}

    def sign_out(self):
        location, _ = self.send("GET", f"/{self.pool}/logout?" + urllib.parse.urlencode(
            {"client_id": self.client, "logout_uri": SIGNED_OUT}))
        if location != SIGNED_OUT:
            raise PageError("the sign-out led elsewhere")
