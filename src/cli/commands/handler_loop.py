"""The runtime for a Lambda handler in a file (`sallyport hook run`): a loop that asks the Lambda Runtime API for events. It needs only Python.

Arguments: the file, its module's name, the function. Environment: as a Lambda function's. Descriptor 3, a file: its first 36 bytes are the id
of the event in hand, or spaces.
"""
import http.client
import importlib.util
import json
import os
import sys
import time
import traceback

file, module_name, function_name = sys.argv[1:4]
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
host, _, port = api.rpartition(":")
connection = http.client.HTTPConnection(host.strip("[]"), int(port))


def call(method, path, body=None, headers={}):
    try:
        connection.request(method, "/2018-06-01/runtime/" + path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except Exception:
        connection.close()
        raise


def post_error(path, kind, error):
    trace = traceback.format_exception(type(error), error, error.__traceback__)
    sys.stderr.write("".join(trace))
    body = {"errorMessage": str(error), "errorType": kind, "stackTrace": trace}
    call("POST", path, json.dumps(body).encode(), {"Content-Type": "application/vnd.aws.lambda.error+json",
                                                   "Lambda-Runtime-Function-Error-Type": kind})


class HandlerNotFound(Exception):
    pass


def load():
    for folder in (os.path.dirname(file), os.getcwd()):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(module_name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    found = module
    for part in function_name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise HandlerNotFound("Handler '%s' missing on module '%s'" % (function_name, module_name))
    return found


class Context:
    identity = None
    client_context = None

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


def next_event():
    said = False
    while True:
        try:
            return call("GET", "invocation/next")
        except (OSError, http.client.HTTPException) as error:
            if not said:
                sys.stderr.write("sallyport hook run: no answer from %s (%s); it is tried again\n" % (api, error))
            said = True
            time.sleep(0.5)


def main():
    try:
        handler = load()
    except Exception as error:
        kind = "Runtime." + ("ImportModuleError" if isinstance(error, ImportError) else type(error).__name__)
        try:
            post_error("init/error", kind, error)
        except (OSError, http.client.HTTPException):
            pass
        sys.exit(1)
    while True:
        status, headers, body = next_event()
        if status != 200:
            sys.exit("%s gave no event, but answered %s: %s" % (api, status, body.decode(errors="replace")))
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        os.pwrite(3, request_id.encode().ljust(36), 0)
        path = "invocation/%s/" % request_id
        try:
            try:
                answer = json.dumps(handler(json.loads(body), Context(headers))).encode()
            except Exception as error:
                post_error(path + "error", type(error).__name__, error)
            else:
                call("POST", path + "response", answer, {"Content-Type": "application/json"})
        except (OSError, http.client.HTTPException) as error:
            sys.stderr.write("sallyport hook run: the answer did not arrive: %s\n" % error)
        os.pwrite(3, b" " * 36, 0)


main()
