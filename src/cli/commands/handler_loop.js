// The runtime for a Lambda handler in a file (`sallyport hook run`): a loop that asks the Lambda Runtime API for events. It needs only Node.
//
// Arguments: the file, the name of its module, the function. The environment is that of a Lambda function. Descriptor 3 is a file whose first 36
// bytes are the id of the event that is being handled, or spaces.
'use strict';
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
      if (!said) console.error(`sallyport hook run: no answer from ${api} (${error.code}); it is tried again`);
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
    if (status !== 200) throw new Error(`${api} gave no event, but answered ${status}: ${body}`);
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
