"""Calls of the Cognito API as somebody else's client makes them: recorded by a proxy between the client and a server, kept as a file, sent again.

What is new in each run has a name in their place: "{pool}", "{client web}", "{time}". It is learned from the answers that make it, so that recorded
requests can be sent to another server, and its answers compared with the recorded ones."""

import dataclasses
import http.client
import http.server
import json
import re
import threading

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TARGET = "AWSCognitoIdentityProviderService."
TYPE = "application/x-amz-json-1.1"
# In the file: what the last call of this operation with this request was answered.
AS_BEFORE = "as before"
# The time of a domain's deployment, 20190128175402.
VERSION = re.compile(r"20\d{12}")
WIDTH = 220


@dataclasses.dataclass
class Call:
    step: str
    operation: str
    request: dict
    status: int = 0
    answer: dict | None = None


class Names:
    """What is new in one run, by its name."""

    def __init__(self):
        self._values = {}

    def learn(self, operation, answer):
        if operation == "CreateUserPool":
            self._values["{pool}"] = answer["UserPool"]["Id"]
        elif operation == "CreateUserPoolClient":
            client = answer["UserPoolClient"]
            self._values[f"{{client {client['ClientName']}}}"] = client["ClientId"]
            if "ClientSecret" in client:
                self._values[f"{{secret of {client['ClientName']}}}"] = client["ClientSecret"]
        elif operation == "AdminCreateUser":
            user = answer["User"]
            attributes = {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
            self._values[f"{{sub of {user['Username']}}}"] = attributes["sub"]

    def hide(self, value):
        """The value with names in the places of what is new."""
        if isinstance(value, dict):
            return {member: self.hide(item) for member, item in value.items()}
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        if isinstance(value, float) and value > 1.5e9 or isinstance(value, str) and VERSION.fullmatch(value):
            return "{time}"
        if isinstance(value, str):
            for name, hidden in self._values.items():
                value = value.replace(hidden, name)
        return value

    def fill(self, text):
        """A request's text with what the names stand for."""
        for name, value in self._values.items():
            text = text.replace(name, value)
        return text


class Recorder:
    """A proxy in front of a server. What arrives is forwarded as it is, so that signatures hold, and kept in `calls`."""

    def __init__(self, port):
        self.calls, self.step = [], ""
        names, lock, recorder = Names(), threading.Lock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                server.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
                for header in self.headers.items():
                    server.putheader(*header)
                server.endheaders(body)
                answer = server.getresponse()
                text = answer.read()
                server.close()
                target = self.headers["X-Amz-Target"] or ""
                assert self.path == "/" and target.startswith(TARGET), (self.path, target)
                call = Call(recorder.step, target.removeprefix(TARGET), json.loads(body), answer.status, json.loads(text or b"null"))
                with lock:
                    if call.status == 200:
                        names.learn(call.operation, call.answer)
                    call.request, call.answer = names.hide(call.request), names.hide(call.answer)
                    recorder.calls.append(call)
                self.send_response(answer.status)
                for header, value in answer.getheaders():
                    if header.lower() not in ("connection", "date", "server"):
                        self.send_header(header, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._proxy.server_port}"
        self._thread = threading.Thread(target=self._proxy.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._proxy.shutdown()
        self._proxy.server_close()
        self._thread.join()


def replay(server, calls, region):
    """The calls once more, in their order, with what `server` answers; the answers' names are those of the record."""
    names, answered = Names(), []
    for call in calls:
        body = names.fill(json.dumps(call.request))
        signed = AWSRequest("POST", f"{server.url}/", {"Content-Type": TYPE, "X-Amz-Target": TARGET + call.operation}, body)
        SigV4Auth(Credentials(*server.credentials().values()), "cognito-idp", region).add_auth(signed)
        status, _, text = server.request("POST", "/", body, dict(signed.headers))
        answer = json.loads(text or b"null")
        if status == 200:
            names.learn(call.operation, answer)
        answered.append(dataclasses.replace(call, status=status, answer=names.hide(answer)))
    return answered


def _lines(value, indent=0):
    """JSON whose short values stand in one line each."""
    text = json.dumps(value)
    if len(text) + indent <= WIDTH or not isinstance(value, (dict, list)):
        return text
    inner = " " * (indent + 1)
    if isinstance(value, list):
        items, brackets = [_lines(item, indent + 1) for item in value], "[]"
    else:
        items, brackets = [f"{json.dumps(member)}: {_lines(item, indent + 1)}" for member, item in value.items()], "{}"
    return brackets[0] + "\n" + ",\n".join(inner + item for item in items) + "\n" + " " * indent + brackets[1]


def _key(call):
    return call.operation, json.dumps(call.request, sort_keys=True)


def save(path, client, calls):
    last, steps = {}, {}
    for call in calls:
        row = dataclasses.asdict(call)
        if call.answer and last.get(_key(call)) == call.answer:
            row["answer"] = AS_BEFORE
        last[_key(call)] = call.answer
        steps.setdefault(row.pop("step"), []).append(row)
    path.write_text(_lines({"client": client, "steps": steps}) + "\n")


def load(path):
    """(which client it was, its calls)."""
    kept, last, calls = json.loads(path.read_text()), {}, []
    for step, rows in kept["steps"].items():
        for row in rows:
            call = Call(step, **row)
            if call.answer == AS_BEFORE:
                call.answer = last[_key(call)]
            last[_key(call)] = call.answer
            calls.append(call)
    return kept["client"], calls
