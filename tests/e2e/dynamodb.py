"""moto's DynamoDB with one table, and what stands between it and its clients: it checks each signature as AWS does, records what is asked, and
fails as a test tells it to."""

import http.client
import http.server
import json
import re
import threading
import time

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "table/secret+1"}
REGION = "eu-west-1"


def _signature(method, url, headers, body):
    """The Authorization header of a request with these headers, by botocore."""
    signed = re.search("SignedHeaders=([^,]+)", headers["authorization"]).group(1).split(";")
    request = AWSRequest(method, url, data=body, headers={name: headers[name] for name in signed})
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"]), "dynamodb", REGION)
    canonical = signer.canonical_request(request)
    return signer.signature(signer.string_to_sign(request, canonical), request)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.table.connections += 1

    def do_POST(self):
        table = self.server.table
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        operation = headers["x-amz-target"].split(".")[1]
        expected = _signature("POST", f"http://{headers['host']}/", headers, body)
        if f"Signature={expected}" not in headers["authorization"]:
            return self.answer(400, {"__type": "com.amazon.coral.service#InvalidSignatureException"})
        if table.session_token and headers.get("x-amz-security-token") != table.session_token:
            return self.answer(400, {"__type": "com.amazon.coral.service#UnrecognizedClientException"})
        table.asked.append((operation, json.loads(body)))
        while table.hang and not table.closed:
            time.sleep(0.01)
        if table.throttle:
            return self.answer(400, {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"})
        connection = http.client.HTTPConnection(*table.behind)
        connection.request("POST", "/", body, {name: value for name, value in headers.items() if name != "host"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if operation in table.lose_answers_of:
            table.lose_answers_of.remove(operation)
            self.close_connection = True
            return None
        return self.answer(answer.status, json.loads(text))

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that has gone meanwhile is what a test wanted."""


class Table:
    def __init__(self, name="revoked"):
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._moto.start()
        self.behind = self._moto.get_host_and_port()
        self.asked, self.connections, self.lose_answers_of = [], 0, []
        self.throttle = self.hang = self.closed = False
        self.session_token = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.table = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.name = name
        client = {"region_name": REGION, "endpoint_url": "http://%s:%d" % self.behind, "config": Config(retries={"total_max_attempts": 1}), **KEYS}
        self._client = boto3.client("dynamodb", **client)
        self._create()
        self.table = boto3.resource("dynamodb", **client).Table(name)

    def _create(self):
        self._client.create_table(
            TableName=self.name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])

    def make_anew(self):
        """Somebody deletes the table, and makes another one of its name."""
        self._client.delete_table(TableName=self.name)
        self._create()

    def credentials(self, path):
        lines = [f"{name} = {value}\n" for name, value in KEYS.items()]
        if self.session_token:
            lines.append(f"aws_session_token = {self.session_token}\n")
        path.write_text("[default]\n" + "".join(lines))
        path.chmod(0o600)
        return path

    def item(self, key):
        return self.table.get_item(Key={"id": key}, ConsistentRead=True).get("Item")

    def keys(self):
        return {item["id"] for item in self.table.scan(ConsistentRead=True)["Items"]}

    def close(self):
        self.closed = True
        self._server.shutdown()
        self._server.server_close()
        self._client.delete_table(TableName=self.name)  # moto's tables are the process's, and outlive its server
        self._moto.stop()
