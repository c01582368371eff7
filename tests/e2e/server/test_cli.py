"""The command line for people: `sallyport user list` and its siblings, against a real server that checks signatures."""

import json
import os
import pty
import re
import signal
import subprocess
import termios

import pytest

import sallyport_processes as processes
from sallyport_processes import BIN, PASSWORD, Pool, free_port

FAST_HASHES = ("--argon2-memory", "7168", "--argon2-iterations", "5")


@pytest.fixture(scope="module")
def server():
    """A server that checks signatures, as in production."""
    server = processes.Server(*FAST_HASHES)
    yield server
    assert server.close() == 0


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


needs_terminals = pytest.mark.skipif(not has_terminals(), reason="no pseudo-terminals here: is /dev/pts mounted?")


class Shell:
    """Runs commands in a folder and a home directory of its own, without the environment of the tests."""

    def __init__(self, directory, server, **variables):
        self.home = directory / "home"
        self.folder = directory / "folder"
        self.home.mkdir()
        self.folder.mkdir()
        self.variables = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(self.home), **variables}
        if server:
            self.variables["AWS_ENDPOINT_URL"] = server.url
            self.variables["SALLYPORT_DATA"] = str(server.data)

    def run(self, *words, stdin="", code=0, **variables):
        result = subprocess.run([BIN / "sallyport", *map(str, words)], input=stdin, capture_output=True, text=True, timeout=60,
                                cwd=self.folder, env={**self.variables, **variables}, start_new_session=True)
        assert result.returncode == code, (result.stdout, result.stderr)
        return result

    def json(self, *words, **options):
        return json.loads(self.run(*words, "--json", **options).stdout)

    def on_terminal(self, words, answers, code=0):
        """Types each answer when its question has appeared; returns what the terminal showed."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(BIN / "sallyport", ["sallyport", *words], self.variables)
        shown = b""
        for question, answer in answers:
            while question.encode() not in shown.split(b"\n")[-1]:
                shown += os.read(terminal, 1000)
            os.write(terminal, answer.encode() + b"\n")
            shown += b"\n"
        try:
            while more := os.read(terminal, 1000):
                shown += more
        except OSError:  # the end of a terminal
            pass
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code, shown
        os.close(terminal)
        return shown.decode()


@pytest.fixture
def shell(server, tmp_path):
    return Shell(tmp_path, server)


@pytest.fixture
def pool(server):
    return Pool(server.client())


def test_pools_users_and_clients_from_nothing(start, tmp_path):
    shell = Shell(tmp_path, start.server(*FAST_HASHES))
    assert shell.run("pool", "list").stderr == "none\n"
    pool = shell.json("pool", "create", "demo")["UserPool"]["Id"]
    flows = "ALLOW_USER_PASSWORD_AUTH,ALLOW_REFRESH_TOKEN_AUTH"
    client = shell.json("client", "create", "app", "--flows", flows)["UserPoolClient"]
    assert client["ExplicitAuthFlows"] == flows.split(",")
    # The only pool and the only client of this host's server need no name.
    assert shell.run("user", "create", "ada", "--attribute", "email=ada@example.com", "--no-message").stderr == "made ada\n"
    shell.run("user", "set-password", "ada", "--password-stdin", stdin=PASSWORD + "\n")
    lines = shell.run("user", "list").stdout.splitlines()
    assert re.fullmatch(r"USERNAME +STATUS +ENABLED +EMAIL +CREATED", lines[0])
    assert re.fullmatch(r"ada +CONFIRMED +true +ada@example.com +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", lines[1])
    shell.run("user", "update", "ada", "name=Ada L", "locale=en")
    assert {"Name": "name", "Value": "Ada L"} in shell.json("user", "get", "ada")["UserAttributes"]
    assert re.search(r"^name +Ada L$", shell.run("user", "get", "ada").stdout, re.M)
    shell.run("user", "disable", "ada")
    assert shell.json("user", "get", "ada")["Enabled"] is False
    shell.run("user", "enable", "ada")
    assert "add --yes" in shell.run("user", "delete", "ada", code=1).stderr
    shell.run("user", "delete", "ada", "--yes")
    assert shell.run("user", "list").stderr == "none\n"
    assert shell.json("client", "list")["UserPoolClients"][0]["ClientId"] == client["ClientId"]
    shell.run("client", "delete", client["ClientId"], "--yes")
    shell.run("pool", "delete", pool, "--yes")


def test_lists_have_all_pages_or_as_many_as_asked_for(shell, pool):
    for i in range(70):
        pool.api.admin_create_user(UserPoolId=pool.id, Username=f"user{i:03}", MessageAction="SUPPRESS")
    users = shell.json("user", "list", "--pool", pool.id)["Users"]
    assert len({user["Username"] for user in users}) == 70
    assert len(shell.json("user", "list", "--pool", pool.id, "--limit", "61")["Users"]) == 61
    found = shell.json("user", "list", "--pool", pool.id, "--filter", 'username ^= "user00"')["Users"]
    assert len(found) == 10


def test_a_person_signs_in_and_out(shell, pool):
    pool.make_user("ada")
    shell.variables["SALLYPORT_CLIENT_ID"] = pool.client_id
    assert "sallyport sign-in" in shell.run("get-user", code=1).stderr
    signed_in = shell.run("sign-in", "ada", "--password-stdin", stdin=PASSWORD + "\n")
    assert "signed in as ada" in signed_in.stderr and "eyJ" not in signed_in.stdout + signed_in.stderr
    kept = shell.home / ".local/state/sallyport/session.json"
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.parent.stat().st_mode & 0o777 == 0o700
    assert shell.json("get-user")["Username"] == "ada"
    # The tokens belong to the server that issued them, and are not sent to another.
    elsewhere = shell.run("get-user", "--endpoint", "http://127.0.0.1:1", code=1)
    assert "you are signed in at" in elsewhere.stderr
    shell.run("change-password", "--password-stdin", stdin=f"{PASSWORD}\n{PASSWORD}2\n")
    shell.run("sign-in", "ada", "--admin", "--pool", pool.id, SALLYPORT_PASSWORD=PASSWORD + "2")
    tokens = json.loads(kept.read_text())
    assert shell.json("get-user", "--access-token", tokens["access_token"])["Username"] == "ada"
    assert shell.run("global-sign-out").stderr == "signed out everywhere\n"
    assert not kept.exists()
    revoked = shell.run("get-user", "--access-token", "-", stdin=tokens["access_token"] + "\n", code=1)
    assert "NotAuthorizedException: Access Token has been revoked" in revoked.stderr and "\nnext: sign in again" in revoked.stderr
    shell.run("sign-in", "ada", "--password-stdin", stdin=PASSWORD + "2\n")
    shell.run("revoke-token")
    assert not kept.exists()


def test_a_person_signs_up_with_the_code_in_the_outbox(shell, server):
    shell.variables["SALLYPORT_PASSWORD"] = PASSWORD
    shell.variables["SALLYPORT_POOL_ID"] = shell.json("pool", "create", "open", "--auto-verified-attributes", "email")["UserPool"]["Id"]
    client = shell.json("client", "create", "app", "--flows", "ALLOW_USER_PASSWORD_AUTH")["UserPoolClient"]["ClientId"]
    shell.variables["SALLYPORT_CLIENT_ID"] = client
    assert "signed up ada" in shell.run("sign-up", "ada", "--attribute", "email=ada@example.com").stderr
    early = shell.run("sign-in", "ada", code=1)
    assert "UserNotConfirmedException" in early.stderr and "confirm-sign-up" in early.stderr
    assert "email" in shell.run("resend-confirmation-code", "ada").stdout.lower()
    codes = [message["code"] for message in shell.json("outbox")["messages"] if message["destination"] == "ada@example.com"]
    assert codes[0] in shell.run("outbox").stdout and codes[0] in shell.run("outbox", "--bodies").stdout
    assert len(shell.json("outbox", "--to", "ada@example.com")["messages"]) == 2
    assert shell.run("outbox", "--to", "a&to=ada").stderr == "the outbox is empty\n"
    wrong = f"{(int(codes[0]) + 1) % 1_000_000:06}"
    assert "\nnext: check the code" in shell.run("confirm-sign-up", "ada", wrong, code=1).stderr
    assert shell.run("confirm-sign-up", "ada", codes[0]).stderr == "confirmed ada\n"
    shell.run("sign-in", "ada")


def test_an_operations_whole_input_can_be_a_file(shell):
    (shell.folder / "pool.json").write_text(json.dumps({"Policies": {"PasswordPolicy": {"MinimumLength": 12}}, "PoolName": "x"}))
    pool = shell.json("pool", "create", "strict", "--input", "pool.json")["UserPool"]
    assert pool["Name"] == "strict" and pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
    assert "MinimumLength" in shell.run("pool", "describe", "--pool", pool["Id"]).stdout


def test_a_pools_function_is_set_and_its_other_settings_stay(shell):
    settings = {"PoolName": "strict", "Policies": {"PasswordPolicy": {"MinimumLength": 12}}, "AutoVerifiedAttributes": ["email"],
                "LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:check"}}
    (shell.folder / "pool.json").write_text(json.dumps(settings))
    pool = shell.json("pool", "create", "strict", "--input", "pool.json")["UserPool"]["Id"]
    described = lambda: shell.json("pool", "describe", "--pool", pool)["UserPool"]
    rest = lambda description: {name: value for name, value in description.items() if name not in ("LambdaConfig", "LastModifiedDate")}
    before = described()
    arn = "arn:aws:lambda:us-east-1:000000000000:function:claims"
    said = shell.run("hook", "set", "PreTokenGeneration", "claims", "--event-version", "V2_0", "--pool", pool).stderr
    assert said == f"PreTokenGeneration of {pool} calls {arn}\n"
    after = described()
    assert rest(after) == rest(before)
    assert after["LambdaConfig"] == {**settings["LambdaConfig"], "PreTokenGeneration": arn,
                                     "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": arn}}
    shell.run("hook", "set", "PreTokenGeneration", "--off", "--pool", pool)
    assert described()["LambdaConfig"] == settings["LambdaConfig"]
    assert "UsageError" in shell.run("hook", "set", "PreSignUp", "--pool", pool, code=2).stderr


def test_tokens_are_refreshed(shell, pool):
    pool.make_user("ada")
    shell.variables["SALLYPORT_CLIENT_ID"] = pool.client_id
    shell.run("sign-in", "ada", SALLYPORT_PASSWORD=PASSWORD)
    kept = shell.home / ".local/state/sallyport/session.json"
    before = json.loads(kept.read_text())
    shell.run("refresh-session")
    after = json.loads(kept.read_text())
    assert after["access_token"] != before["access_token"] and after["refresh_token"]
    assert shell.json("get-user")["Username"] == "ada"


@needs_terminals
def test_passwords_are_asked_for_unseen_and_new_ones_twice(shell, pool):
    pool.api.admin_create_user(UserPoolId=pool.id, Username="ada", MessageAction="SUPPRESS", TemporaryPassword=PASSWORD)
    shell.variables["SALLYPORT_CLIENT_ID"] = pool.client_id
    new = PASSWORD + "new"
    shown = shell.on_terminal(["sign-in", "ada"], [("Password: ", PASSWORD), ("New password: ", new), ("Once more: ", "other"),
                                                   ("New password: ", new), ("Once more: ", new)])
    assert "not the same" in shown and "signed in as ada" in shown and PASSWORD not in shown
    assert "NotConfirmed" in shell.on_terminal(["user", "delete", "ada", "--pool", pool.id], [("[y/N] ", "n")], code=1)
    shell.on_terminal(["user", "delete", "ada", "--pool", pool.id], [("[y/N] ", "y")])


@needs_terminals
def test_ctrl_c_at_a_password_leaves_the_terminal_as_it_was(shell):
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(shell.folder)
        os.execve(BIN / "sallyport", ["sallyport", "user", "set-password", "ada", "--pool", "us-east-1_x"], shell.variables)
    shown = b""
    while b"New password: " not in shown:
        shown += os.read(terminal, 1000)
    echoes = lambda: bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
    assert not echoes()
    os.kill(child, signal.SIGINT)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGINT
    assert echoes()
    os.close(terminal)


def test_groups(shell, pool):
    pool.make_user("ada")
    shell.variables["SALLYPORT_POOL_ID"] = pool.id
    shell.run("group", "create", "admins", "--precedence", "1", "--description", "They may")
    shell.run("group", "create", "readers")
    assert shell.run("group", "add", "admins", "ada").stderr == "ada is in admins\n"
    assert re.search(r"^admins +1 +They may +\d{4}-", shell.run("group", "list").stdout, re.M)
    assert [group["GroupName"] for group in shell.json("user", "groups", "ada")["Groups"]] == ["admins"]
    assert [user["Username"] for user in shell.json("group", "users", "admins")["Users"]] == ["ada"]
    assert shell.json("group", "get", "admins")["Group"]["Precedence"] == 1
    shell.run("group", "remove", "admins", "ada")
    assert shell.run("group", "users", "admins").stderr == "none\n"
    shell.run("group", "delete", "admins", "--yes")
    assert [group["GroupName"] for group in shell.json("group", "list")["Groups"]] == ["readers"]


def test_a_certificate_is_checked(start, tmp_path):
    directory = start.directory()
    certificate, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    shell = Shell(tmp_path, start.server(*FAST_HASHES, "--tls-cert", certificate, "--tls-key", key, tls=True))
    refused = shell.run("pool", "list", code=1)
    assert "CertificateNotTrusted" in refused.stderr and "AWS_CA_BUNDLE=FILE" in refused.stderr
    assert shell.run("pool", "list", AWS_CA_BUNDLE=str(certificate)).stderr == "none\n"


def test_a_client_with_a_secret(shell, server):
    pool = Pool(server.client(), GenerateSecret=True)
    secret = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client_id)["UserPoolClient"]["ClientSecret"]
    pool.make_user("ada")
    shell.variables.update(SALLYPORT_CLIENT_ID=pool.client_id, SALLYPORT_PASSWORD=PASSWORD)
    assert "SALLYPORT_CLIENT_SECRET" in shell.run("sign-in", "ada", code=1).stderr
    shell.variables["SALLYPORT_CLIENT_SECRET"] = secret
    shell.run("sign-in", "ada")
    assert shell.json("get-user")["Username"] == "ada"
    shell.run("revoke-token")


def test_dot_env_and_profiles(server, pool, tmp_path):
    shell = Shell(tmp_path, None)
    keys = server.credentials()
    dot_env = shell.folder / ".env"
    dot_env.write_text(f"AWS_ENDPOINT_URL={server.url}\nAWS_ACCESS_KEY_ID={keys['aws_access_key_id']}\n"
                       f"AWS_SECRET_ACCESS_KEY='{keys['aws_secret_access_key']}'\nCOGNITO_USER_POOL_ID={pool.id} # the one\n")
    assert shell.json("pool", "describe")["UserPool"]["Id"] == pool.id
    dot_env.write_text("AWS_ENDPOINT_URL=x\n\nrubbish\n")
    assert "InvalidFile: .env:3: not of the form NAME=value" in shell.run("pool", "list", code=1).stderr
    dot_env.unlink()
    (shell.home / ".aws").mkdir()
    (shell.home / ".aws/config").write_text(
        f"[profile local]\nregion = eu-west-1\nservices = local\n[services local]\ncognito_identity_provider =\n  endpoint_url = {server.url}\n")
    (shell.home / ".aws/credentials").write_text("[local]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items()))
    assert shell.json("pool", "describe", "--profile", "local", "--pool", pool.id)["UserPool"]["Id"] == pool.id
    assert shell.json("pool", "create", "there", "--profile", "local")["UserPool"]["Id"].startswith("eu-west-1_")
    assert shell.run("pool", "list", AWS_PROFILE="local").stdout
    assert 'there is "local"' in shell.run("pool", "list", "--profile", "locla", code=1).stderr


def test_what_is_about_a_pool_is_called_in_the_pools_own_region(shell, pool):
    elsewhere = {"AWS_REGION": "eu-west-1"}
    shell.run("user", "create", "ada", "--no-message", "--pool", pool.id, **elsewhere)
    shell.run("user", "sign-out", "ada", "--pool", pool.id, **elsewhere)
    assert shell.json("user", "get", "ada", SALLYPORT_POOL_ID=pool.id, **elsewhere)["Username"] == "ada"
    # Calls that are not about a pool use the variable.
    there = shell.json("pool", "create", "there", SALLYPORT_POOL_ID=pool.id, **elsewhere)["UserPool"]["Id"]
    assert there.startswith("eu-west-1_")
    shell.run("pool", "delete", there, "--yes", AWS_REGION="us-east-1")
    told = shell.run("user", "list", "--pool", pool.id, "--region", "eu-west-1", code=1).stderr
    assert "ResourceNotFoundException" in told


def test_errors_name_the_next_step(shell, server, pool):
    assert "next: is `sallyport serve` running there?" in shell.run(
        "pool", "list", "--endpoint", f"http://127.0.0.1:{free_port()}", code=4).stderr
    wrong = shell.run("pool", "list", code=1, AWS_ACCESS_KEY_ID="AKIANOBODY", AWS_SECRET_ACCESS_KEY="x")
    assert "UnrecognizedClientException" in wrong.stderr and "--data DIR" in wrong.stderr
    key = server.credentials()["aws_access_key_id"]
    forged = shell.run("pool", "list", code=1, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY="x")
    assert "InvalidSignatureException" in forged.stderr and "next: the secret" in forged.stderr
    unsigned = shell.run("pool", "list", code=1, SALLYPORT_DATA="")
    assert "MissingAuthenticationTokenException" in unsigned.stderr and "\nnext: " in unsigned.stderr
    nobody = shell.run("user", "get", "nobody", "--pool", pool.id, code=1)
    assert nobody.stderr == "sallyport: UserNotFoundException: User does not exist.\nnext: `sallyport user list` shows the users\n"
    assert "next: `sallyport pool list`" in shell.run("user", "list", "--pool", "us-east-1_nowhere00", code=1).stderr
    weak = shell.run("user", "set-password", "nobody", "--pool", pool.id, "--password-stdin", stdin="xx\n", code=1)
    assert "\nnext: " in weak.stderr
    assert "did you mean `list`" in shell.run("user", "lits", code=2).stderr.replace("`user list`", "`list`")


def test_what_servers_say_cannot_steer_the_terminal(shell, pool):
    name = "\x1b]0;owned\x07\u009b31m\u202eada"
    pool.api.admin_create_user(UserPoolId=pool.id, Username="ada", MessageAction="SUPPRESS",
                               UserAttributes=[{"Name": "name", "Value": name}, {"Name": "email", "Value": "漢@example.com"}])
    for words in (["user", "get", "ada"], ["user", "get", "ada", "--json"]):
        shown = shell.run(*words, "--pool", pool.id).stdout
        assert not set("\x1b\x07\u009b\u202e") & set(shown) and "漢@example.com" in shown
    assert {"Name": "name", "Value": name} in shell.json("user", "get", "ada", "--pool", pool.id)["UserAttributes"]


def test_a_session_token_is_signed(shell):
    """This server has no temporary credentials. That it refuses the call because of the session token shows that the signature was good up to that check."""
    answer = shell.run("pool", "list", code=1, AWS_ACCESS_KEY_ID="AKIAX", AWS_SECRET_ACCESS_KEY="x", AWS_SESSION_TOKEN="token")
    assert "UnrecognizedClientException" in answer.stderr


def test_every_command_has_help_and_stands_in_the_manual(shell):
    listed = shell.run("--help").stdout
    commands = re.findall(r"^  ((?:[a-z-]+ )*[a-z-]+) {2,}\S", listed, re.M)
    assert {"serve", "agent", "recover", "version", "user list", "completion"} <= set(commands)
    manual = shell.run("man").stdout.replace("\\-", "-")
    for command in commands:
        assert shell.run(*command.split(), "--help").stdout.startswith(f"usage: sallyport {command}")
        assert f".B sallyport {command} " in manual
    for flag in ("--listen", "--enrolment", "--endpoint"):
        assert flag in manual.replace("\\fB", "").replace("\\fR", "")


def test_the_manual_is_well_formed(shell):
    manual = shell.run("man").stdout
    checked = subprocess.run(["mandoc", "-T", "lint", "-W", "error"], input=manual, capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stdout
    shown = subprocess.run(["mandoc", "-T", "utf8"], input=manual, capture_output=True, text=True, timeout=30).stdout
    assert "EXIT STATUS" in re.sub(".\b", "", shown)


@pytest.mark.parametrize("name, script", [
    ("bash", "source <(sallyport completion bash); COMP_WORDS=(sallyport {words}); COMP_CWORD={last}; _sallyport; printf '%s\\n' ${{COMPREPLY[@]}}"),
    ("fish", "sallyport completion fish | source; complete -C 'sallyport {words}'"),
])
def test_completion(shell, name, script):
    def complete(words):
        run = subprocess.run([name, "-c", script.format(words=words, last=len(words.split()))], capture_output=True, text=True,
                             timeout=30, env=shell.variables)
        assert run.returncode == 0 and not run.stderr, run.stderr
        return {line.split("\t")[0] for line in run.stdout.splitlines()}
    assert complete("user li") == {"list"}
    assert {"--limit"} == complete("--pool x user list --lim")
    assert "--listen" in complete("serve --lis")
    assert complete("user create ada --medium E") == {"EMAIL"}


def test_zsh_completion_loads(shell):
    run = subprocess.run(["zsh", "-fc", "autoload -U compinit; compinit -u -D; source <(sallyport completion zsh); print $_comps[sallyport]"],
                         capture_output=True, text=True, timeout=30, env=shell.variables)
    assert run.stdout == "_sallyport\n" and not run.stderr
