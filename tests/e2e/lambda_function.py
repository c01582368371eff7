"""The Lambda authorizer as AWS runs it: `bootstrap` under AWS's Runtime Interface Emulator, whose program comes with aws-sam-cli; and what
API Gateway makes of its replies, as AWS documents it, with SAM's own reading of policies and simple responses as the judge."""

import importlib.util
import json
import os
import pathlib
import stat
import subprocess
import urllib.error
import urllib.request

from sallyport_processes import BIN, Process, answers, free_port, stopped, wait_until

ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/orders"
SAM = pathlib.Path(importlib.util.find_spec("samcli").origin).parent


def emulator():
    """SAM runs it in a container, whose image makes it executable."""
    path = SAM / "local/rapid/aws-lambda-rie-x86_64"
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class Function(Process):
    """One execution environment, which starts with the first event."""

    def __init__(self, directory, issuer, enrolment, bootstrap=None, **settings):
        self.directory = pathlib.Path(directory)
        self.port, api = free_port(), free_port()
        variables = {"SALLYPORT_ISSUERS": issuer, "SALLYPORT_ENROLMENT": pathlib.Path(enrolment).read_text(),
                     "SALLYPORT_DIRECTORY": str(self.directory / "function"), **settings}
        # It refuses variables that it does not know, such as SALLYPORT_BIN.
        others = [f"--unset={name}" for name in os.environ if name.startswith("SALLYPORT_")]
        super().__init__(["env", *others, *(f"{name}={value}" for name, value in variables.items() if value is not None),
                          emulator(), "--log-level", "error", "--runtime-interface-emulator-address", f"127.0.0.1:{self.port}",
                          "--runtime-api-address", f"127.0.0.1:{api}", bootstrap or BIN / "lambda/bootstrap"],
                         self.directory / "function.log",
                         {"AWS_LAMBDA_FUNCTION_TIMEOUT": "10"})
        wait_until(lambda: answers(self.port), what="the emulator listens")

    def invoke(self, event):
        """What the function gives: JSON."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations",
                                         json.dumps(event).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return json.loads(error.read())

    def bootstrap_pid(self):
        """Of the program that the emulator runs; None if it does not run."""
        done = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True)
        return int(done.stdout.split()[0]) if done.stdout else None

    def frozen(self):
        """As Lambda freezes an environment between two events."""
        return stopped(self.bootstrap_pid())


def token_event(token, arn=ARN):
    return {"type": "TOKEN", "authorizationToken": token, "methodArn": arn}


def request_event(token, arn=ARN, header="Authorization", **more):
    """Payload 1.0, as a REST API sends it."""
    values = {} if token is None else {header: token if isinstance(token, list) else [token]}
    return {"type": "REQUEST", "methodArn": arn, "resource": "/orders", "path": "/orders", "httpMethod": "GET",
            "headers": {name: value[-1] for name, value in values.items()}, "multiValueHeaders": values,
            "queryStringParameters": {}, "pathParameters": {}, "stageVariables": {}, "requestContext": {"path": "/orders"}, **more}


def route_event(token, arn=ARN, header="authorization"):
    """Payload 2.0, as an HTTP API sends it."""
    return {"version": "2.0", "type": "REQUEST", "routeArn": arn, "identitySource": [token], "routeKey": "GET /orders", "rawPath": "/orders",
            "rawQueryString": "", "cookies": [], "headers": {} if token is None else {header: token}, "requestContext": {"http": {"method": "GET"}}}


class Gateway:
    """API Gateway with a Lambda authorizer, as far as an authorizer decides: what a client gets, and what a backend gets.

    REST API: authorizer type TOKEN ("token") or REQUEST with payload 1.0 ("request"). HTTP API: payload 2.0, with policies ("http") or with
    simple responses ("simple")."""

    def __init__(self, function, kind):
        from samcli.local.apigw.authorizers.lambda_authorizer import LambdaAuthorizer
        self.function, self.kind = function, kind
        http = kind in ("http", "simple")
        self.judge = LambdaAuthorizer("sallyport", "token" if kind == "token" else "request", "function",
                                      ["$request.header.Authorization" if http else "method.request.header.Authorization"],
                                      "2.0" if http else "1.0", use_simple_response=kind == "simple")

    def event(self, token):
        return {"token": token_event, "request": request_event}.get(self.kind, route_event)(token)

    def call(self, token):
        """(status, headers, body, the backend's context or None)"""
        http = self.kind in ("http", "simple")
        if token is None:  # the identity source is missing: the function is not called
            return 401, {} if http else {"x-amzn-ErrorType": "UnauthorizedException"}, '{"message":"Unauthorized"}', None
        reply = self.function.invoke(self.event(token))
        if "errorMessage" in reply:
            if reply["errorMessage"] == "Unauthorized":
                return 401, {} if http else {"x-amzn-ErrorType": "UnauthorizedException"}, '{"message":"Unauthorized"}', None
            return 500, {}, "", None  # what it sends besides is its own affair
        text = json.dumps(reply)
        if self.judge.is_valid_response(text, ARN):
            return 200, {}, "", self.judge.get_context(text)
        if http:
            return 403, {}, '{"message":"Forbidden"}', None
        return 403, {"x-amzn-ErrorType": "AccessDeniedException"}, \
            '{"Message":"User is not authorized to access this resource with an explicit deny"}', None
