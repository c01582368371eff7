"""A browser as far as tests need one: cookies, redirections, the fields of a form."""

import base64
import hashlib
import html
import re
import secrets
import urllib.parse

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Page:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode()
        self.location = headers.get("Location", "")

    def field(self, name):
        for tag in re.findall(r"<input[^>]*>", self.text):
            if f'name="{name}"' in tag:
                value = re.search(r'value="([^"]*)"', tag)
                return html.unescape(value.group(1)) if value else ""
        return None

    def action(self):
        return html.unescape(re.search(r'<form method="post" action="([^"]*)"', self.text).group(1))

    def answer(self):
        """What the location tells the client."""
        parts = urllib.parse.urlsplit(self.location)
        return dict(urllib.parse.parse_qsl(parts.query or parts.fragment, keep_blank_values=True))


class Browser:
    """Of one server. Its paths are absolute, redirections are followed by `follow` alone."""

    def __init__(self, server):
        self.server, self.cookies, self.path = server, {}, "/"

    def send(self, method, path, form=None, headers=None):
        self.path = urllib.parse.urljoin(self.path, path)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        status, answered, body = self.server.request(
            method, self.path, urllib.parse.urlencode(form) if form is not None else None,
            {**(FORM if form is not None else {}), **({"Cookie": cookies} if cookies else {}), **(headers or {})})
        for line in answered.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Page(status, answered, body)

    def get(self, path, **parameters):
        return self.send("GET", path + ("?" + urllib.parse.urlencode(parameters) if parameters else ""))

    def follow(self, page):
        return self.send("GET", page.location)

    def sign_in(self, page, name, password):
        """Sends the form of a sign-in page."""
        return self.send("POST", page.action(), {"_csrf": page.field("_csrf"), "username": name, "password": password, "step": "password"})


class App:
    """A public client of a pool, with PKCE."""

    CALLBACK, GOODBYE = "https://app.example/callback", "https://app.example/bye"

    def __init__(self, server, api, pool, prefix="", **options):
        self.server, self.pool, self.prefix = server, pool, prefix
        self.id = api.create_user_pool_client(**{
            "UserPoolId": pool, "ClientName": "web", "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code", "implicit"],
            "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"], "CallbackURLs": [self.CALLBACK],
            "LogoutURLs": [self.GOODBYE], "SupportedIdentityProviders": ["COGNITO"], **options})["UserPoolClient"]["ClientId"]
        self.verifier = secrets.token_urlsafe(40)

    def request(self, **changes):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {"client_id": self.id, "response_type": "code", "redirect_uri": self.CALLBACK,
                      "scope": "openid email aws.cognito.signin.user.admin", "state": "s 1", "nonce": "n1",
                      "code_challenge": challenge, "code_challenge_method": "S256", **changes}
        return {name: value for name, value in parameters.items() if value is not None}

    def authorize(self, browser, **changes):
        return browser.get(self.prefix + "/oauth2/authorize", **self.request(**changes))

    def sign_in(self, browser, name, password, **changes):
        """From the app to its callback: the parameters that it gets."""
        page = browser.follow(self.authorize(browser, **changes))
        answer = browser.sign_in(page, name, password)
        assert answer.location.startswith(self.CALLBACK), (answer.status, answer.text)
        return answer.answer()

    def redeem(self, code, **changes):
        form = {"grant_type": "authorization_code", "client_id": self.id, "code": code, "redirect_uri": self.CALLBACK,
                "code_verifier": self.verifier, **changes}
        status, _, body = self.server.request("POST", self.prefix + "/oauth2/token", urllib.parse.urlencode(form), FORM)
        return status, body
