"""What a trivial hook adds to a sign-in, by each of the three transports: its own runtime or endpoint, on this machine, included."""
import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time

from processes import BIN, FEED, free_port, running, wait_for_port
from server import CHEAP_HASH, PASSWORD, Cognito
from statistics_of_pairs import percentile

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
# Gives the event back.
HANDLER = "def handler(event, context):\n    return event\n"
# The same as an endpoint of Invoke and of HTTPS: the body, as it came.
ENDPOINT = """
import asyncio, sys

class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\\r\\n\\r\\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\\r\\n")[0])
        if len(body) < length:
            return
        self.transport.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % length + body[:length])
        self.buffer = body[length:]

async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
"""


class Pool:
    """A pool with a user, and a Pre Authentication function where `function` names one."""

    def __init__(self, call, function):
        self.call = call
        config = {"LambdaConfig": {"PreAuthentication": ARN + function}} if function else {}
        pool = call("CreateUserPool", PoolName=function or "none", **config)["UserPool"]["Id"]
        self.client = call("CreateUserPoolClient", UserPoolId=pool, ClientName="bench",
                           ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
        call("AdminCreateUser", UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
        call("AdminSetUserPassword", UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)

    def sign_in_millis(self):
        begin = time.perf_counter()
        self.call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=self.client,
                  AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD})
        return (time.perf_counter() - begin) * 1e3


def measure(rows, quick):
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sallyport-bench-")))
        port, endpoint = free_port(), free_port()
        (directory / "app.py").write_text(HANDLER)
        for name, text in (("secret", "secret\n"), ("credentials", "aws_access_key_id = AK\naws_secret_access_key = secret\n")):
            (directory / name).write_text(text)
            (directory / name).chmod(0o600)
        wait_for_port(endpoint, stack.enter_context(running(sys.executable, "-c", ENDPOINT, endpoint)))
        server = stack.enter_context(running(
            BIN / "sallyport", "serve", "--data", directory / "data", "--listen", f"127.0.0.1:{port}", *FEED, "--insecure-any-credentials",
            "--log-level", "error", *CHEAP_HASH, "--hook", "runtime=runtime:127.0.0.1:0", "--hook", f"invoke=invoke:http://127.0.0.1:{endpoint}",
            "--hook", f"https=http://127.0.0.1:{endpoint}/", "--hook-secret-file", directory / "secret", "--hook-credentials-file",
            directory / "credentials", stderr=subprocess.DEVNULL))
        wait_for_port(port, server)
        stack.enter_context(running(BIN / "sallyport", "hook", "run", directory / "app.handler", "--endpoint", f"http://127.0.0.1:{port}",
                                    stderr=subprocess.DEVNULL))
        call = Cognito(port)
        pools = {transport: Pool(call, transport) for transport in ("", "runtime", "invoke", "https")}
        times = {transport: [] for transport in pools}
        # In turns, so that what the machine does meanwhile meets all.
        for number in range(200 if quick else 1000):
            for transport, pool in pools.items():
                millis = pool.sign_in_millis()
                if number >= 20:
                    times[transport].append(millis)
    at = {transport: (percentile(values, 0.5), percentile(values, 0.99)) for transport, values in times.items()}
    rows.add("sign-in without a hook, p50", at[""][0], "ms", note=f"p99 {at[''][1]:.2f}; cheap hash")
    names = {"runtime": "Runtime API, Python by `hook run`", "invoke": "Lambda Invoke, signed", "https": "HTTP with an HMAC"}
    for transport, name in names.items():
        rows.add(f"trivial hook, {name}: added p50", at[transport][0] - at[""][0], "ms", note=f"added p99 {at[transport][1] - at[''][1]:.2f}")
