"""`sallyport user import` and `user export`: whole files, interrupted ones, and files with bad rows."""

import csv
import io
import json
import signal
import subprocess

import pytest

from sallyport_processes import BIN, wait_until
from test_cli import FAST_HASHES, Shell


@pytest.fixture
def shell(start, tmp_path):
    server = start.server(*FAST_HASHES)
    shell = Shell(tmp_path, server)
    shell.api = server.client()
    shell.pool_id = shell.variables["SALLYPORT_POOL_ID"] = make_pool(shell)
    return shell


def make_pool(shell):
    # Imported users set a password by a code, so their pool must verify an attribute.
    return shell.api.create_user_pool(PoolName="bulk", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]


def write_users(shell, name, rows, **columns):
    header = shell.run("user", "import-header").stdout.strip().split(",")
    text = io.StringIO()
    writer = csv.DictWriter(text, header)
    writer.writeheader()
    for i in range(rows):
        writer.writerow({"cognito:username": f"user{i}", "cognito:mfa_enabled": "false", "email": f"user{i}@example.com",
                         "email_verified": "true", "phone_number_verified": "false", "name": 'Doe, "J"', **columns})
    (shell.folder / name).write_text(text.getvalue(), newline="")
    return shell.folder / name


def names(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [row["cognito:username"] for row in csv.DictReader(file)]


def in_the_background(shell, *words):
    return subprocess.Popen([BIN / "sallyport", *words], cwd=shell.folder, env=shell.variables, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def test_what_was_exported_can_be_imported(shell):
    write_users(shell, "users.csv", 130)
    assert "130 imported, 0 skipped, 0 failed" in shell.run("user", "import", "users.csv").stderr
    shell.run("user", "export", "out.csv")
    assert sorted(names(shell.folder / "out.csv")) == sorted(f"user{i}" for i in range(130))
    assert (shell.folder / "out.csv").stat().st_mode & 0o777 == 0o600
    other = make_pool(shell)
    shell.run("user", "import", "out.csv", "--pool", other)
    user = shell.json("user", "get", "user7", "--pool", other)
    assert user["UserStatus"] == "RESET_REQUIRED" and {"Name": "name", "Value": 'Doe, "J"'} in user["UserAttributes"]
    # Only the files are left.
    assert sorted(path.name for path in shell.folder.iterdir()) == ["out.csv", "users.csv"]


def test_bad_rows_are_named_by_line_and_the_good_ones_are_imported(shell):
    path = write_users(shell, "users.csv", 5)
    lines = path.read_text().splitlines()
    lines[2] = "broken,row"
    lines[4] = lines[5]
    path.write_text("\n".join(lines) + "\n")
    report = shell.run("user", "import", "users.csv", code=3)
    assert report.stderr.splitlines()[-1] == "3 imported, 1 skipped, 1 failed"
    rows = [line.split(None, 3) for line in report.stdout.splitlines()[1:]]
    assert [row[0] for row in rows] == ["3", "6"] and "2 fields" in report.stdout
    assert len(shell.json("user", "list")["Users"]) == 3
    again = shell.json("user", "import", "users.csv", "--pool", make_pool(shell), code=3)
    assert again["UserImportJob"]["ImportedUsers"] == 3
    assert [(row["line"], row["status"]) for row in again["BadRows"]] == [(3, "failed"), (6, "skipped")]


def test_a_wrong_header_is_found_before_anything_is_sent(shell):
    path = shell.folder / "users.csv"
    path.write_text("cognito:user,email\nada,a@example.com\n")
    wrong = shell.run("user", "import", "users.csv", code=1)
    assert 'users.csv:1: the pool has no column "cognito:user" (did you mean cognito:username?)' in wrong.stderr
    assert shell.api.list_user_import_jobs(UserPoolId=shell.pool_id, MaxResults=10)["UserImportJobs"] == []


def test_an_interrupted_import_goes_on(shell):
    write_users(shell, "users.csv", 12_000)
    state = shell.folder / "users.csv.import.json"
    run = in_the_background(shell, "user", "import", "users.csv")
    def started():
        jobs = shell.api.list_user_import_jobs(UserPoolId=shell.pool_id, MaxResults=1)["UserImportJobs"]
        return jobs and jobs[0]["Status"] in ("Pending", "InProgress")
    wait_until(started, what="the job runs")
    run.send_signal(signal.SIGINT)
    assert "Ctrl-C" in run.communicate(timeout=30)[1] and run.returncode == 130
    job = json.loads(state.read_text())["job_id"]
    report = shell.run("user", "import", "users.csv")
    assert f"continuing import job {job}" in report.stderr and "12000 imported, 0 skipped, 0 failed" in report.stderr
    assert not state.exists()


def test_an_interrupted_export_goes_on(shell):
    write_users(shell, "users.csv", 6_000)
    shell.run("user", "import", "users.csv")
    state = shell.folder / "out.csv.part.json"
    assert "NothingToResume" in shell.run("user", "export", "out.csv", "--resume", code=1).stderr
    run = in_the_background(shell, "user", "export", "out.csv")
    wait_until(lambda: state.exists() or run.poll() is not None, what="the first page is written")
    run.send_signal(signal.SIGINT)
    assert "--resume continues" in run.communicate(timeout=30)[1] and run.returncode == 130
    assert not (shell.folder / "out.csv").exists()
    # What a crash has left after the last complete page is not written twice.
    with open(shell.folder / "out.csv.part", "a") as part:
        part.write("half a ro")
    resumed = shell.run("user", "export", "out.csv", "--resume")
    assert int(resumed.stderr.split("continuing after ")[1].split()[0]) > 0
    exported = names(shell.folder / "out.csv")
    assert len(exported) == 6_000 and set(exported) == {f"user{i}" for i in range(6_000)}
    assert not state.exists()
