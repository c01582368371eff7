"""Pools' functions, called by three transports, in code that knows nothing of Sallyport, and what happens when they fail."""

import http.client
import json
import threading
import time

import pytest

import hook_harness as harness
from hook_harness import Functions, HookRun, Runtime, await_runtime
from sallyport_processes import WEAK_HASHES, Pool, Server, free_port, run, wait_until
from tls import certificate_in

TIMEOUT = 0.5
TIMED_OUT = "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function."


def server_with(start, *hooks, timeout=TIMEOUT):
    return start.server(*WEAK_HASHES, "--hook-timeout", f"{int(timeout * 1000)}ms", *(f"--hook={hook}" for hook in hooks))


def assert_documented(pool, crash):
    """What a function may do, and AWS's answer to it, within the time that is set; and nothing is left half done."""
    assert pool.sign_up("ada")[:2] == ("OK", "confirmed True")
    assert pool.sign_up("raise")[:2] == ("UserLambdaValidationException", "PreSignUp failed with error not on my watch.")
    assert pool.sign_up("garbage")[:2] == ("InvalidLambdaResponseException", "Unrecognizable lambda output")
    assert pool.sign_up("nothing")[0] == "InvalidLambdaResponseException"
    # A second attempt finds the only runtime busy.
    code, message, seconds = pool.sign_up("hang")
    assert (code, message) == ("UnexpectedLambdaException", TIMED_OUT)
    assert TIMEOUT <= seconds < 3 * TIMEOUT + 1
    # The runtime keeps running after its late answer.
    wait_until(lambda: pool.sign_up("grace")[0] in ("OK", "UsernameExistsException"), what="the runtime serves again")
    if crash:
        # As soon as it has ended, not after the time that is set: that has another answer.
        code, message = pool.sign_up("exit")[:2]
        assert code == "UserLambdaValidationException" and "Runtime exited" in message
    assert pool.users() == {"ada", "grace"}


@pytest.mark.parametrize("language", ["python", "node"])
def test_awss_own_runtime_client_runs_an_ordinary_handler(start, language):
    server = server_with(start, "greet=runtime:127.0.0.1:0")
    pool = Functions(server, "greet")
    code, message, seconds = pool.sign_up("early")
    assert (code, message) == ("UnexpectedLambdaException", TIMED_OUT), "no runtime is connected"
    assert TIMEOUT <= seconds < TIMEOUT + 0.5
    start.keep(Runtime(server, "greet", start.directory(), language))
    await_runtime(server, "greet")
    assert_documented(pool, crash=True)


@pytest.mark.parametrize("language", ["python", "node"])
def test_hook_run_runs_a_handler_in_a_file_and_starts_it_again(start, language):
    server = server_with(start, "*=runtime:127.0.0.1:0")
    pool = Functions(server, "greet:live")
    runner = start.keep(HookRun(server, start.directory(), language))
    await_runtime(server, "*")
    # Already at the first event, because the supervisor reports the crash.
    code, message, seconds = pool.sign_up("exit-first")
    assert code == "UserLambdaValidationException" and "Runtime exited with error: exit status 3" in message and seconds < TIMEOUT
    await_runtime(server, "*")
    assert_documented(pool, crash=True)
    runner.process.terminate()
    assert runner.process.wait(5) == 0
    assert not any(row["runtimes"] for row in harness.rows(server))


def test_hook_run_waits_for_a_server_that_is_just_being_started(start):
    server = server_with(start, "greet=runtime:127.0.0.1:0")
    server.kill()
    start.keep(HookRun(server, start.directory(), "python"))
    time.sleep(0.5)
    again = start.keep(Server(*WEAK_HASHES, "--hook=greet=runtime:127.0.0.1:0", data=server.data, port=server.port))
    await_runtime(again, "greet")
    assert Functions(again, "greet").sign_up("ada")[:2] == ("OK", "confirmed True")


def test_several_processes_serve_several_events_at_once(start):
    server = server_with(start, "greet=runtime:127.0.0.1:0", timeout=3)
    pool = Functions(server, "greet")
    start.keep(HookRun(server, start.directory(), "python", "--concurrency", "4"))
    await_runtime(server, "greet", 4)
    begun = time.monotonic()
    answers = harness.at_once([lambda i=i: pool.sign_up(f"hang{i}") for i in range(4)], 4)
    assert {answer[0] for answer in answers} == {"OK"}
    assert time.monotonic() - begun < 2


def test_lambdas_invoke_is_called_signed_as_botocore_signs(start):
    calls = []

    def answer(request, body):
        signed = harness.has_aws_signature(request, body, "AKIDEXAMPLE", "hook/Secret+1", "us-east-1")
        calls.append((request.path, signed))
        event = json.loads(body)
        name = event["userName"]
        event["response"]["autoConfirmUser"] = True
        if name == "raise":
            return 200, {"X-Amz-Function-Error": "Unhandled"}, b'{"errorMessage": "not on my watch", "errorType": "ValueError"}'
        if name == "denied":
            return 403, {"x-amzn-ErrorType": "AccessDeniedException"}, b'{"Message": "no"}'
        if name == "throttled" and sum(path == request.path for path, _ in calls) < 3:
            return 429, {"x-amzn-ErrorType": "TooManyRequestsException:"}, b"{}"
        if name == "broken":
            return 502, {}, b"bad gateway"
        if name == "garbage":
            return 200, {}, b"<html>"
        return 200, {}, json.dumps(event).encode()

    secrets = start.directory() / "credentials"
    secrets.write_text("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = hook/Secret+1\n")
    secrets.chmod(0o600)
    with harness.endpoint(answer) as url:
        server = start.server(*WEAK_HASHES, "--hook", f"*=invoke:{url}", "--hook-credentials-file", str(secrets))
        pool = Functions(server, "greet:live")
        assert pool.sign_up("ada")[:2] == ("OK", "confirmed True")
        assert calls == [("/2015-03-31/functions/greet/invocations?Qualifier=live", True)]
        assert pool.sign_up("raise")[:2] == ("UserLambdaValidationException", "PreSignUp failed with error not on my watch.")
        assert len(calls) == 2, "an error of the function is never tried again"
        assert pool.sign_up("denied")[:2] == ("UnexpectedLambdaException", "PreSignUp invocation failed due to error AccessDeniedException.")
        assert len(calls) == 3
        calls.clear()
        assert pool.sign_up("throttled")[0] == "OK"
        assert len(calls) == 3
        calls.clear()
        assert pool.sign_up("broken")[:2] == ("UnexpectedLambdaException", "PreSignUp invocation failed due to error ServiceException.")
        assert len(calls) == 3
        assert pool.sign_up("garbage")[:2] == ("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON")
        assert all(signed for _, signed in calls)
        assert pool.users() == {"ada", "throttled"}
    server = start.server(*WEAK_HASHES, "--hook", f"*=invoke:http://127.0.0.1:{free_port()}", "--hook-credentials-file", str(secrets))
    code, message, seconds = Functions(server, "greet").sign_up("nobody-listens")
    assert (code, message) == ("UnexpectedLambdaException", "PreSignUp invocation failed due to error ServiceException.")
    assert seconds < 2


def test_https_is_called_with_an_hmac_over_tls(start):
    secret = b"a secret of the operator"
    genuine = []
    certificate = certificate_in(start.directory())

    def answer(request, body):
        genuine.append(harness.has_hook_signature(request.headers["Sallyport-Signature"], body, secret)
                       and not harness.has_hook_signature(request.headers["Sallyport-Signature"], body + b" ", secret))
        event = json.loads(body)
        if event["userName"] == "raise":
            return 400, {"Content-Type": "application/json"}, b'{"errorMessage": "not on my watch"}'
        if event["userName"] == "hang":
            time.sleep(2 * TIMEOUT)
        event["response"]["autoConfirmUser"] = True
        return 200, {"Content-Type": "application/json"}, json.dumps(event).encode()

    secret_file = start.directory() / "secret"
    secret_file.write_bytes(secret + b"\n")
    secret_file.chmod(0o600)
    with harness.endpoint(answer, certificate) as url:
        trusted = start.server(*WEAK_HASHES, "--hook-timeout", f"{int(TIMEOUT * 1000)}ms", "--hook", f"greet={url}/hook",
                               "--hook-secret-file", str(secret_file), "--hook-ca-file", str(certificate[0]))
        pool = Functions(trusted, "greet")
        assert pool.sign_up("ada")[:2] == ("OK", "confirmed True")
        assert pool.sign_up("raise")[:2] == ("UserLambdaValidationException", "PreSignUp failed with error not on my watch.")
        assert genuine == [True, True]
        code, message, seconds = pool.sign_up("hang")
        assert (code, message) == ("UnexpectedLambdaException", TIMED_OUT)
        assert 3 * TIMEOUT <= seconds < 3 * TIMEOUT + 1 and len(genuine) == 5
        # An endpoint without a trusted certificate gets no event.
        other = start.server(*WEAK_HASHES, "--hook", f"greet={url}/hook", "--hook-secret-file", str(secret_file))
        assert Functions(other, "greet").sign_up("ada")[0] == "UnexpectedLambdaException"
        assert len(genuine) == 5


def test_a_runtime_that_answers_twice_or_for_others_is_refused(start):
    server = server_with(start, "greet=runtime:127.0.0.1:0", timeout=5)
    pool = Functions(server, "greet")
    connection = http.client.HTTPConnection(harness.address_of(server, "greet"), timeout=10)

    def call(method, path, body=None, headers=None):
        connection.request(method, "/2018-06-01/runtime/" + path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    result = []
    signing_up = threading.Thread(target=lambda: result.append(pool.sign_up("ada")))
    signing_up.start()
    status, headers, body = call("GET", "invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    assert status == 200 and headers["Lambda-Runtime-Invoked-Function-Arn"] == harness.ARN + "greet"
    assert 0 < int(headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000 <= 5000
    event = json.loads(body)
    assert event["triggerSource"] == "PreSignUp_SignUp" and event["userName"] == "ada"
    event["response"]["autoConfirmUser"] = True
    invalid = b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}'
    for browser in ({"Origin": "https://attacker.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert call("POST", f"invocation/{request_id}/response", b"{}", browser)[0] == 403
    assert call("POST", "invocation/another/response", b"{}")[::2] == (400, invalid)
    assert call("POST", f"invocation/{request_id}/response", json.dumps(event))[::2] == (202, b'{"status":"OK"}')
    assert call("POST", f"invocation/{request_id}/response", json.dumps(event))[::2] == (400, invalid)
    assert call("POST", f"invocation/{request_id}/error", b"{}")[::2] == (400, invalid)
    signing_up.join(5)
    assert result[0][:2] == ("OK", "confirmed True")
    assert call("GET", "elsewhere")[0] == 404

    signing_up = threading.Thread(target=lambda: result.append(pool.sign_up("huge")))
    signing_up.start()
    request_id = call("GET", "invocation/next")[1]["Lambda-Runtime-Aws-Request-Id"]
    assert call("POST", f"invocation/{request_id}/response", b" " * (6 * 1024 * 1024 + 101))[0] == 413
    signing_up.join(5)
    assert result[1][0] == "UserLambdaValidationException" and "maximum allowed payload size" in result[1][1]
    assert pool.users() == {"ada"}


def test_a_thousand_slow_hooks_do_not_slow_the_sign_ins_of_another_pool(start):
    begun = threading.Semaphore(0)
    go_on = threading.Event()

    def answer(_, body):
        event = json.loads(body)
        begun.release()
        go_on.wait(60)
        event["response"]["autoConfirmUser"] = True
        return 200, {}, json.dumps(event).encode()

    secret_file = start.directory() / "secret"
    secret_file.write_text("secret\n")
    secret_file.chmod(0o600)
    count = 1000
    with harness.endpoint(answer) as url:
        server = start.server(*WEAK_HASHES, "--hook-timeout", "60s", "--hook", f"slow={url}/", "--hook-secret-file", str(secret_file))
        slow = Functions(server, "slow")
        other = Pool(server.client())
        user = other.make_user("ada")

        def sign_ins():
            times = []
            for _ in range(200):
                begin = time.perf_counter()
                other.sign_in(user)
                times.append((time.perf_counter() - begin) * 1000)
            return harness.percentile(times, 0.5), harness.percentile(times, 0.99)

        sign_ins()
        alone = sign_ins()
        memory = resident(server)
        body = json.dumps({"ClientId": slow.client_id, "Password": "Passw0rd!x1"})
        waiting = []
        for i in range(count):
            waiting.append(post_sign_up(server, body, f"user{i}"))
            # Not more at the same time than may wait for their password hash.
            if i >= 100:
                assert begun.acquire(timeout=30)
        for _ in range(100):
            assert begun.acquire(timeout=30)
        beside = sign_ins()
        per_hook = (resident(server) - memory) / count / 1024
        go_on.set()
        for connection in waiting:
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            connection.close()
    print(f"sign-ins, ms p50/p99: alone {alone[0]:.1f}/{alone[1]:.1f}, beside {count} waiting hooks {beside[0]:.1f}/{beside[1]:.1f}; "
          f"{per_hook:.0f} KiB a waiting hook")
    # About as long as before, and not the hooks' minute; the machine is shared with other tests.
    assert beside[0] < 2 * alone[0] + 10
    assert beside[1] < 2 * alone[1] + 100
    assert per_hook < 256


def post_sign_up(server, body, name):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=90)
    connection.request("POST", "/", json.dumps({**json.loads(body), "Username": name}),
                       {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp", "Content-Type": "application/x-amz-json-1.1"})
    return connection


def resident(server):
    """Bytes of the server's process."""
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def test_a_server_that_stops_does_not_wait_for_hooks(start):
    server = server_with(start, "greet=runtime:127.0.0.1:0", timeout=30)
    pool = Functions(server, "greet")
    result = []
    signing_up = threading.Thread(target=lambda: result.append(pool.sign_up("ada")))
    signing_up.start()
    wait_until(lambda: "sallyport_hooks_waiting 1" in server.request("GET", "/metrics")[2].decode(), what="the hook is called")
    begun = time.monotonic()
    assert server.close() == 0
    assert time.monotonic() - begun < 5
    signing_up.join(5)
    assert result[0][0] == "UnexpectedLambdaException"


def test_calls_are_counted_and_a_function_without_a_row_is_not_found(start):
    server = server_with(start, f"other=runtime:127.0.0.1:{free_port()}")
    pool = Functions(server, "greet")
    assert pool.sign_up("ada")[:2] == (
        "UnexpectedLambdaException", "PreSignUp invocation failed due to error ResourceNotFoundException.")
    assert 'sallyport_hook_seconds_count{outcome="not_called",way="none"} 1' in server.request("GET", "/metrics")[2].decode()
    log = server.log.read_text()
    assert '"event":"hook failed"' in log and "ada" not in log


@pytest.mark.parametrize("arguments, problem", [
    (["--hook", "greet"], 'hook "greet": must be of the form NAME=TRANSPORT'),
    (["--hook", "greet=carrier-pigeon"], "the transport must be runtime:ADDR:PORT, invoke:https://... or https://..."),
    (["--hook", "greet=runtime:9301"], 'hook greet: runtime "9301": must be of the form 127.0.0.1:9301'),
    (["--hook", "greet=runtime:0.0.0.0:9301"], "beyond loopback"),
    (["--hook", "greet=http://example.com/", "--hook-secret-file", "x"], "http:// is allowed only to loopback"),
    (["--hook", "greet=https://example.com/"], "needs hook-secret-file"),
    (["--hook", "greet=invoke:https://example.com"], "needs hook-credentials-file"),
    (["--hook", "greet=runtime:127.0.0.1:1", "--hook", "greet=runtime:127.0.0.1:2"], "hook greet: there is more than one"),
    (["--hook", "greet=https://example.com/", "--hook-secret-file", "/nonexistent"], "cannot open /nonexistent"),
    (["--hook", "greet=runtime:127.0.0.1:{taken}"], "port already taken"),
])
def test_a_wrong_setting_ends_the_start_with_one_line(start, arguments, problem):
    taken = start.server(*WEAK_HASHES)
    done = run("serve", "--data", start.directory(), "--listen", "127.0.0.1:0", "--feed-listen", "127.0.0.1:0", *(word.format(taken=taken.port) for word in arguments))
    assert done.returncode == 1
    line, = [text for text in done.stderr.splitlines() if not text.startswith("{")]
    assert problem in line


def test_hook_run_says_what_is_missing(start):
    folder = start.directory()
    (folder / "app.py").write_text("def other(event, context): pass\n")
    for handler, problem in [("index.handler", "looked for index.js, index.mjs, index.cjs, index.py"),
                             (f"{folder}/app.py", "is the file: also name a function in it"), ("./app", "name the file without its ending")]:
        done = run("hook", "run", handler, "--runtime", "127.0.0.1:1")
        assert done.returncode == 1 and problem in done.stderr, done.stderr
    done = run("hook", "run", f"{folder}/app.handler", "--runtime", "127.0.0.1:1", PATH="/nonexistent")
    assert done.returncode == 1 and "python3 is not installed, or not on PATH" in done.stderr
    server = start.server(*WEAK_HASHES)
    done = run("hook", "run", f"{folder}/app.handler", "--function", "greet", "--endpoint", server.url, "--data", server.data)
    assert done.returncode == 1 and "start it with --hook greet=runtime:127.0.0.1:9301" in done.stderr
