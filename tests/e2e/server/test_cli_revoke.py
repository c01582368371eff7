"""`sallyport revoke`: which users it shows, which it cuts off, and how it continues after an interruption."""

import json
import signal

import pytest

from sallyport_processes import WEAK_HASHES, Pool, wait_until
from test_cli import FAST_HASHES, Shell
from test_cli_bulk import in_the_background, make_pool, write_users


@pytest.fixture
def shell(start, tmp_path):
    server = start.server(*FAST_HASHES)
    shell = Shell(tmp_path, server)
    shell.api, shell.server = server.client(), server
    shell.pool_id = shell.variables["SALLYPORT_POOL_ID"] = make_pool(shell)
    return shell


def states(shell):
    folder = shell.home / ".local" / "state" / "sallyport"
    return list(folder.glob("revoke-*.json")) if folder.exists() else []


def test_shows_first_and_then_cuts_off_everywhere(start, tmp_path):
    server = start.server(*WEAK_HASHES)
    pool = Pool(server.client())
    gate = start.gate(start.agent(server).replica, f"{server.url}/{pool.id}")
    shell = Shell(tmp_path, server, SALLYPORT_POOL_ID=pool.id)
    tokens = {name: pool.sign_in(pool.make_user(name))["AccessToken"] for name in ("mallory-1", "mallory-2", "ada")}
    wait_until(lambda: all(gate.get("/access", token)[0] == 200 for token in tokens.values() for _ in range(20)), what="the gate serves")

    mallories = ("--filter", 'username ^= "mallory"')
    shown = shell.run("revoke", *mallories)
    assert shown.stdout == '2 users with username ^= "mallory": mallory-1, mallory-2\n' and "dry run" in shown.stderr
    assert shell.json("revoke", *mallories, "--dry-run", "--yes") == {"Users": 2, "Usernames": ["mallory-1", "mallory-2"]}
    assert all(gate.get("/access", token)[0] == 200 for token in tokens.values())

    assert shell.run("revoke", *mallories, "--yes").stdout.startswith("signed out 2:")
    assert {name: gate.get("/access", token)[0] for name, token in tokens.items()} == {"mallory-1": 401, "mallory-2": 401, "ada": 200}
    again = pool.sign_in("mallory-1")["AccessToken"]
    assert gate.get("/access", again)[0] == 200
    assert shell.json("revoke", *mallories, "--disable", "--yes") == {"Users": 2, "Action": "DISABLE"}
    assert gate.get("/access", again)[0] == 401 and not pool.api.admin_get_user(UserPoolId=pool.id, Username="mallory-1")["Enabled"]
    assert shell.json("revoke", "--all", "--delete", "--yes") == {"Users": 3, "Action": "DELETE"}
    assert gate.get("/access", tokens["ada"])[0] == 401 and shell.json("user", "list")["Users"] == []
    assert states(shell) == []


@pytest.mark.parametrize("words", [(), ("--filter", ""), ("--all", "--filter", 'email ^= "a"'), ("--all", "--disable", "--delete")])
def test_a_mistake_means_nobody(shell, words):
    assert "UsageError" in shell.run("revoke", *words, "--yes", code=2).stderr


def test_what_is_no_filter_is_refused(shell):
    assert "Error while parsing filter" in shell.run("revoke", "--filter", "email", "--yes", code=1).stderr


def test_a_call_that_is_not_signed_or_another_sites_is_refused(shell):
    asked = json.dumps({"UserPoolId": shell.pool_id, "Action": "DELETE"})
    status, _, _ = shell.server.request("POST", "/_sallyport/revoke", asked, {"Content-Type": "application/json"})
    assert status == 403
    assert shell.server.request("GET", "/_sallyport/revoke")[0] == 405


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, "the server is killed"])
def test_an_interrupted_run_goes_on(shell, start, how):
    write_users(shell, "users.csv", 12_000)
    shell.run("user", "import", "users.csv")
    command = ("revoke", "--all", "--disable", "--yes")
    run = in_the_background(shell, *command)
    wait_until(lambda: states(shell) or run.poll() is not None, what="a page is done")
    if isinstance(how, str):
        shell.server.kill()
        assert "the same command continues" in run.communicate(timeout=60)[1] and run.returncode == 4
        start.server(*FAST_HASHES, data=shell.server.data, port=shell.server.port)
    else:
        run.send_signal(how)
        run.communicate(timeout=30)
    kept = json.loads(states(shell)[0].read_text())["users"]
    assert 0 < kept < 12_000
    resumed = shell.run(*command)
    assert f"continuing after the {kept} users" in resumed.stderr and resumed.stdout.startswith("disabled 12000:")
    assert states(shell) == []
    assert shell.json("revoke", "--filter", 'status = "Enabled"', "--dry-run")["Users"] == 0
