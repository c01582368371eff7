"""What an operator sees: settings, the data directory, errors at the start, logs."""

import json
import os
import re
import resource
import socket
import subprocess
import time

import pytest

from sallyport_processes import BIN, PASSWORD, WEAK_HASHES, Pool, free_port, run, wait_until


def expect_failure(result, text):
    assert result.returncode == 1
    assert text in result.stderr
    lines = [line for line in result.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, result.stderr


def test_version_and_help():
    assert re.fullmatch(r"sallyport \d+\.\d+\.\d+\n", run("version").stdout)
    for command in ("serve", "agent", "recover"):
        result = run(command, "--help")
        assert result.returncode == 0 and f"usage: sallyport {command}" in result.stdout
    assert run("fly").returncode == 2


def test_unknown_settings_are_named(tmp_path):
    expect_failure(run("serve", "--lisen", "x"), "unknown flag --lisen (did you mean --listen?)")
    file = tmp_path / "sallyport.toml"
    file.write_text('data = "x"\npublic_uri = "http://x"\n')
    expect_failure(run("serve", "--config", file), f"{file}:2: unknown key public_uri (did you mean public_url?)")
    file.write_text("data = \n")
    expect_failure(run("serve", "--config", file), f"{file}:1: ")


def test_environment_and_file_are_read(start, tmp_path):
    file = tmp_path / "sallyport.toml"
    file.write_text('region = "eu-west-3"\npublic_url = "https://id.example"\ninsecure_any_credentials = true\n')
    server = start.server("--config", file)
    pool = server.client(region="ap-south-1").create_user_pool(PoolName="x")["UserPool"]["Id"]
    status, _, body = server.request("GET", f"/{pool}/.well-known/openid-configuration")
    assert status == 200 and json.loads(body)["issuer"] == f"https://id.example/{pool}"


def test_port_taken(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        expect_failure(run("serve", "--data", tmp_path / "d", "--listen", address), f"port already taken: {address}")


@pytest.mark.skipif(os.geteuid() != 0, reason="drops root's privileges")
def test_privilege_missing(start):
    directory = start.directory()
    directory.chmod(0o777)
    result = subprocess.run(
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
         "unshare", "--user", "--net", BIN / "sallyport", "serve", "--data", directory / "d", "--listen", "0.0.0.0:81"],
        capture_output=True, text=True, timeout=30)
    if "unshare" in result.stderr or "setpriv" in result.stderr:
        pytest.skip(result.stderr)
    expect_failure(result, "no permission to listen on 0.0.0.0:81")


def test_broken_data_directories(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    expect_failure(run("serve", "--data", file), str(file))
    expect_failure(run("serve", "--data", file / "below"), str(file))
    corrupt = tmp_path / "corrupt"
    corrupt.mkdir(mode=0o700)
    (corrupt / "sallyport.db").write_bytes(b"this is no database" * 1000)
    expect_failure(run("serve", "--data", corrupt, "--listen", f"127.0.0.1:{free_port()}"), str(corrupt))


def test_second_server_on_one_data_directory(server):
    result = run("serve", "--data", server.data, "--listen", f"127.0.0.1:{free_port()}", "--feed-listen", "127.0.0.1:0")
    expect_failure(result, str(server.data))


def test_tls_files_that_do_not_fit(tmp_path):
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing")
    expect_failure(run("serve", "--data", tmp_path / "d", "--listen", "127.0.0.1:0", "--tls-cert", bad, "--tls-key", bad),
                   f"TLS certificate {bad}")


def test_any_credentials_stay_on_loopback(tmp_path):
    expect_failure(run("serve", "--data", tmp_path / "d", "--listen", "0.0.0.0:0", "--insecure-any-credentials"),
                   "beyond loopback")
    expect_failure(run("serve", "--data", tmp_path / "d", "--fixed-code", "123456"), "only with insecure-any-credentials")


def test_any_credentials_are_loud(start):
    server = start.server("--insecure-any-credentials", "--fixed-code", "123456")
    assert "INSECURE" in server.log.read_text()
    assert server.client(aws_access_key_id="any", aws_secret_access_key="thing").list_user_pools(MaxResults=1)["UserPools"] == []


def test_weak_hashes_are_refused(tmp_path):
    expect_failure(run("serve", "--data", tmp_path / "d", "--argon2-memory", "64"), "weaker than OWASP's minimum")


def test_what_was_acknowledged_survives_a_kill(start):
    data = start.directory()
    first = start.server(*WEAK_HASHES, data=data)
    pool = Pool(first.client())
    pool.make_user("ada")
    first.kill()
    second = start.server(*WEAK_HASHES, data=data, port=first.port)
    assert second.credentials() == first.credentials()
    pool.api = second.client()
    assert pool.sign_in("ada")["AccessToken"]


def test_logs_hold_no_secret(start):
    server = start.server(*WEAK_HASHES, "--log-level", "debug", data=start.directory())
    pool = Pool(server.client())
    pool.make_user("ada")
    tokens = pool.sign_in("ada")
    enrolled = server.enrol("gate-1", server.data / "gate-1.enrolment")
    agent = start.agent(server, enrolment=enrolled)
    wait_until(lambda: (agent.status() or {}).get("holds_lease"), what="a lease")
    secrets = [PASSWORD, *(tokens[name] for name in ("AccessToken", "IdToken", "RefreshToken")),
               server.credentials()["aws_secret_access_key"], enrolled.read_text().split()[-1]]
    for call in (lambda: pool.sign_in("ada", "Wrong" + PASSWORD),
                 lambda: pool.api.change_password(AccessToken=tokens["AccessToken"], PreviousPassword=PASSWORD, ProposedPassword="weak"),
                 lambda: pool.api.initiate_auth(ClientId=pool.client_id, AuthFlow="REFRESH_TOKEN_AUTH",
                                                AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"] + "x"}),
                 lambda: pool.api.get_user(AccessToken=tokens["AccessToken"] + "x")):
        with pytest.raises(pool.api.exceptions.ClientError):
            call()
    pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=pool.client_id)
    server.request("POST", "/", json.dumps({"Password": PASSWORD}).encode()[:-1],
                   {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp", "Authorization": "Bearer " + tokens["AccessToken"]})
    server.close()
    log = server.log.read_text()
    assert '"operation":"RevokeToken"' in log
    for secret in secrets:
        assert secret not in log
    for line in log.splitlines():
        json.loads(line)


def test_cold_start_and_idle_memory(tmp_path):
    port = free_port()
    begin = time.monotonic()
    process = subprocess.Popen([BIN / "sallyport", "serve", "--data", tmp_path / "d", "--listen", f"127.0.0.1:{port}", "--feed-listen", "127.0.0.1:0"],
                               stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as connection:
                    connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                    assert connection.recv(100).startswith(b"HTTP/1.1 200")
                break
            except ConnectionRefusedError:
                assert time.monotonic() < begin + 10
                time.sleep(0.002)
        started = time.monotonic() - begin
        with open(f"/proc/{process.pid}/statm") as statm:
            resident = int(statm.read().split()[1]) * resource.getpagesize()
    finally:
        process.terminate()
        process.wait(10)
    # ./bench/run measures the exact figures on a quiet machine; this only checks the order of magnitude.
    assert started < 1.0
    assert resident < 40 * 1024 * 1024
