#!/usr/bin/env python3
"""The main job, walked through with real HTTP calls: ./run starts what this talks to.

walk.py prepare  makes the demo pool and its client, or finds them; prints "POOL_ID CLIENT_ID"
walk.py walk     signs users in, by the API and on a page, and revokes them in six ways; exits 1 where a gate decided wrongly
walk.py demo     makes the user of the lines to paste; prints them
"""

import argparse
import http.client
import json
import pathlib
import secrets
import sys
import time

from aws_client import ApiError, Cognito
from sign_in_pages import CALLBACK, CLIENT_SETTINGS, Browser, PageError

POOL_NAME = "demo"
PASSWORD = "Demo-" + "Passw0rd!"
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
PATIENCE_SECONDS = 30


def millis(since):
    return (time.perf_counter() - since) * 1000


def brief(answer):
    """What of an answer a person wants to see in a line."""
    if "UserPool" in answer:
        return f"pool {answer['UserPool']['Id']}"
    if "UserPoolClient" in answer:
        return f"client {answer['UserPoolClient']['ClientId']}"
    if "User" in answer:
        return f"user {answer['User']['Username']}, {answer['User']['UserStatus']}"
    if "AuthenticationResult" in answer:
        return "access, ID and refresh token"
    return json.dumps(answer)


def line(what, status, answer, took):
    answer = answer if len(answer) <= 42 else answer[:39] + "..."
    return f"  {what:<23}{status}  {answer:<43}{took:8.2f} ms"


class Walk:
    def __init__(self, options):
        self.options = options
        self.cognito = Cognito(options.port, options.data / "credentials")
        self.gate = http.client.HTTPConnection("127.0.0.1", options.gate_port, timeout=10)
        self.ids = options.data / "demo.json"
        self.wrong = 0
        # The answer of `prepare` is for a script: its steps go to standard error.
        self.out = sys.stderr if options.step == "prepare" else sys.stdout

    def call(self, operation, signed=True, **members):
        begin = time.perf_counter()
        answer = self.cognito.call(operation, signed, **members)
        print(line(operation, 200, brief(answer), millis(begin)), file=self.out)
        return answer

    def fetch(self, path, token):
        self.gate.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = self.gate.getresponse()
        return answer.status, answer.read().decode().strip()

    def expect(self, path, token, wanted, since=None):
        begin = time.perf_counter()
        status, body = self.fetch(path, token)
        after = f"   {millis(since):.2f} ms after the revoking answer" if since else ""
        verdict = "" if status == wanted else f"   WRONG: expected {wanted}"
        self.wrong += status != wanted
        print(line(f"GET {path}", status, body, millis(begin)) + after + verdict)

    # ---- Steps

    def prepare(self):
        known = json.loads(self.ids.read_text()) if self.ids.exists() else {}
        try:
            self.cognito.call("DescribeUserPoolClient", UserPoolId=known["pool"], ClientId=known["client"])
        except (KeyError, ApiError):
            print("The demo pool and its client", file=self.out)
            pool = self.call("CreateUserPool", PoolName=POOL_NAME)["UserPool"]["Id"]
            client = self.call(
                "CreateUserPoolClient", UserPoolId=pool, ClientName=POOL_NAME,
                ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
            known = {"pool": pool, "client": client}
            self.ids.write_text(json.dumps(known))
        # Also of a pool that an earlier version made.
        self.cognito.call("UpdateUserPoolClient", UserPoolId=known["pool"], ClientId=known["client"], ClientName=POOL_NAME,
                          ExplicitAuthFlows=FLOWS, **CLIENT_SETTINGS)
        print(known["pool"], known["client"])

    def load(self):
        known = json.loads(self.ids.read_text())
        self.pool, self.client = known["pool"], known["client"]

    def make_user(self, name):
        self.call("AdminCreateUser", UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS")
        self.call("AdminSetUserPassword", UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True)

    def sign_in(self, name):
        return self.call("InitiateAuth", signed=False, AuthFlow="USER_PASSWORD_AUTH", ClientId=self.client,
                         AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD})["AuthenticationResult"]

    def await_gate(self):
        """The gate serves once its agent has a lease; the first revoking answer of a fresh server waits for leases of before."""
        name = f"warm-{secrets.token_hex(4)}"
        print("\nThe gate opens")
        self.make_user(name)
        tokens = self.sign_in(name)
        begin = time.perf_counter()
        while self.fetch("/access", tokens["AccessToken"])[0] != 200:
            if millis(begin) > PATIENCE_SECONDS * 1000:
                sys.exit("error: the gate does not serve: see the logs")
            time.sleep(0.02)
        print(line("GET /access", 200, "the gate has its lease and the pool's key", millis(begin)))
        self.call("AdminDeleteUser", UserPoolId=self.pool, Username=name)

    def sign_in_on_page(self, name):
        begin = time.perf_counter()
        self.browser = Browser(self.options.port, self.pool, self.client)
        tokens = self.browser.sign_in(name, PASSWORD)
        print(line("sign-in page, code", 200, "access, ID and refresh token", millis(begin)))
        return tokens

    def sign_out_on_page(self):
        begin = time.perf_counter()
        self.browser.sign_out()
        print(line("GET /logout", 302, "signed out in the browser", millis(begin)))

    def revoke(self, title, revoke, sign_in=None):
        print(f"\n{title}")
        name = f"user-{secrets.token_hex(4)}"
        self.make_user(name)
        tokens = (sign_in or self.sign_in)(name)
        self.expect("/id", tokens["IdToken"], 200)
        self.expect("/access", tokens["AccessToken"], 200)
        revoke(name, tokens)
        answered = time.perf_counter()
        self.expect("/id", tokens["IdToken"], 401, answered)
        self.expect("/access", tokens["AccessToken"], 401, answered)

    def walk(self):
        self.load()
        print(f"\nPool {self.pool}, client {self.client}")
        self.await_gate()
        admin = {"UserPoolId": self.pool}
        self.revoke("RevokeToken", lambda name, tokens: self.call(
            "RevokeToken", signed=False, Token=tokens["RefreshToken"], ClientId=self.client))
        self.revoke("GlobalSignOut", lambda name, tokens: self.call(
            "GlobalSignOut", signed=False, AccessToken=tokens["AccessToken"]))
        for operation in ("AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"):
            self.revoke(operation, lambda name, tokens, o=operation: self.call(o, Username=name, **admin))
        self.revoke("Sign-out in a browser", lambda name, tokens: self.sign_out_on_page(), self.sign_in_on_page)
        if self.wrong:
            sys.exit(f"\nerror: {self.wrong} requests were decided wrongly")
        print("\nEvery token was refused on the next request after its revocation was answered.")

    def demo(self):
        self.load()
        try:
            self.cognito.call("AdminCreateUser", UserPoolId=self.pool, Username="demo", MessageAction="SUPPRESS")
        except ApiError as error:
            if error.code != "UsernameExistsException":
                raise
        self.cognito.call("AdminSetUserPassword", UserPoolId=self.pool, Username="demo", Password=PASSWORD, Permanent=True)
        server, gate = f"http://127.0.0.1:{self.options.port}", f"http://127.0.0.1:{self.options.gate_port}"
        aws = f"aws cognito-idp --endpoint-url {server} --region us-east-1"
        print(f"""
Paste these (user demo, password {PASSWORD}):

  export AWS_SHARED_CREDENTIALS_FILE={self.options.data}/credentials
  {aws} list-users --user-pool-id {self.pool}
  {aws} initiate-auth --client-id {self.client} --auth-flow USER_PASSWORD_AUTH \\
      --auth-parameters 'USERNAME=demo,PASSWORD={PASSWORD}' > tokens.json
  token() {{ python3 -c "import json; print(json.load(open('tokens.json'))['AuthenticationResult']['$1'])"; }}
  curl -i {gate}/access -H "Authorization: Bearer $(token AccessToken)"
  curl -i {gate}/id -H "Authorization: Bearer $(token IdToken)"
  {aws} admin-user-global-sign-out --user-pool-id {self.pool} --username demo
  curl -i {gate}/access -H "Authorization: Bearer $(token AccessToken)"
  curl {server}/{self.pool}/.well-known/jwks.json

Open the sign-in page (it leads to {CALLBACK}, where your app would be):

  {server}{Browser(self.options.port, self.pool, self.client).request()}
""", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["prepare", "walk", "demo"])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--gate-port", type=int, required=True)
    options = parser.parse_args()
    try:
        getattr(Walk(options), options.step)()
    except (ApiError, PageError, OSError, http.client.HTTPException) as error:
        sys.exit(f"error: {options.step}: {error}")


if __name__ == "__main__":
    main()
