#include "cli/commands/handler_loops.h"

namespace sallyport::cli {

const char* const kNodeLoop = R"js('use strict';
const http = require('http');
const fs = require('fs');
const { pathToFileURL } = require('url');
const [file, moduleName, functionName] = process.argv.slice(1);
const env = process.env;
const api = env.AWS_LAMBDA_RUNTIME_API;
const host = api.slice(0, api.lastIndexOf(':')).replace(/^\[|\]$/g, '');
const port = api.slice(api.lastIndexOf(':') + 1);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, agent, path: '/2018-06-01/runtime/' + path, headers }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

function post(path, body, headers) {
  const bytes = Buffer.from(body);
  return call('POST', path, bytes, { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers });
}

function postError(path, error) {
  const known = error instanceof Error;
  const errorType = known ? error.name : typeof error;
  const errorMessage = known ? error.message : typeof error === 'string' ? error : String(JSON.stringify(error));
  const trace = known ? String(error.stack).split('\n') : [];
  console.error(known ? error : errorMessage);
  return post(path, JSON.stringify({ errorType, errorMessage, trace }), {
    'Content-Type': 'application/vnd.aws.lambda.error+json',
    'Lambda-Runtime-Function-Error-Type': /^[\x21-\x7e]+$/.test(errorType) ? errorType : 'Error',
  });
}

function fail(type, message) {
  const error = new Error(message);
  error.name = type;
  return error;
}

async function load() {
  const loaded = await import(pathToFileURL(file).href);
  for (let found of [loaded, loaded.default]) {
    for (const part of functionName.split('.')) found = found === undefined || found === null ? undefined : found[part];
    if (typeof found === 'function') return found;
  }
  throw fail('Runtime.HandlerNotFound', `${moduleName}.${functionName} is undefined or not exported`);
}

function invoke(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const deadline = Number(headers['lambda-runtime-deadline-ms']);
    const context = {
      callbackWaitsForEmptyEventLoop: true,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      awsRequestId: headers['lambda-runtime-aws-request-id'],
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      getRemainingTimeInMillis: () => deadline - Date.now(),
      done, succeed: resolve, fail: reject,
    };
    const returned = handler(event, context, done);
    if (returned !== undefined && returned !== null && typeof returned.then === 'function') returned.then(resolve, reject);
    else if (handler.length < 2) resolve(returned);
  });
}

async function next() {
  for (let said = false; ; ) {
    try {
      return await call('GET', 'invocation/next');
    } catch (error) {
      if (!said) console.error(`sallyport hook run: no answer from ${api} (${error.code}), trying on`);
      said = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function run() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    await postError('init/error', error).catch(() => {});
    process.exit(1);
  }
  for (;;) {
    const { status, headers, body } = await next();
    if (status !== 200) throw new Error(`${api} gives no event, but answers ${status}: ${body}`);
    const id = headers['lambda-runtime-aws-request-id'];
    env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    fs.writeSync(3, id.padEnd(36), 0);
    let answer;
    try {
      const result = await invoke(handler, JSON.parse(body), headers);
      answer = () => post(`invocation/${id}/response`, result === undefined ? 'null' : JSON.stringify(result));
    } catch (error) {
      answer = () => postError(`invocation/${id}/error`, error);
    }
    await answer().catch((error) => console.error(`sallyport hook run: the answer did not arrive: ${error.message}`));
    fs.writeSync(3, ' '.repeat(36), 0);
  }
}

run();
)js";

const char* const kPythonLoop = R"py(
import http.client, importlib.util, json, os, sys, time, traceback

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
                sys.stderr.write("sallyport hook run: no answer from %s (%s), trying on\n" % (api, error))
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
            sys.exit("%s gives no event, but answers %s: %s" % (api, status, body.decode(errors="replace")))
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
)py";

}  // namespace sallyport::cli
