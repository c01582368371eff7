"""The store in PostgreSQL, with real processes: moved there and back, another server after a crash, and a database that is away."""

import contextlib
import pwd
import re
import shutil
import signal
import subprocess
import time

import pytest
import sallyport_processes as processes
from botocore.exceptions import ClientError
from postgres_process import Pgbouncer, Postgres

# One issuer for all starts, wherever the server listens.
URL = "http://127.0.0.1:9229"
SETTINGS = (*processes.WEAK_HASHES, "--public-url", URL)
# docs/guide/postgresql.md: after it a call is answered, whatever became of the database.
STATED_SECONDS = 8


@pytest.fixture
def database(start):
    return start.keep(Postgres())


def serve(start, data, *arguments, **options):
    return start.server(*SETTINGS, *arguments, data=data, **options)


def refresh(pool, token):
    return pool.api.initiate_auth(ClientId=pool.client_id, AuthFlow="REFRESH_TOKEN_AUTH",
                                  AuthParameters={"REFRESH_TOKEN": token})["AuthenticationResult"]


def data_directory(start):
    data = start.directory() / "data"
    data.mkdir(mode=0o700)
    return data


def copy(source, target):
    return processes.run("store", "copy", "--from", source, "--to", target)


def test_a_store_moves_to_postgresql_and_back_and_nobody_is_signed_out(start, database):
    data = data_directory(start)
    feed_port = processes.free_port()
    server = serve(start, data, feed_port=feed_port)
    pool = processes.Pool(server.client())
    pool.make_user("alice")
    kept, revoked = pool.sign_in("alice"), pool.sign_in("alice")
    replica = start.directory() / "replica"
    start.agent(server, replica)
    gate = start.gate(replica, f"{URL}/{pool.id}")
    processes.wait_until(lambda: gate.get("/access", kept["AccessToken"])[0] == 200, what="the gate allows")
    pool.api.revoke_token(ClientId=pool.client_id, Token=revoked["RefreshToken"])
    assert server.close() == 0

    moved = copy(data, database.url)
    assert moved.returncode == 0, moved.stderr
    server = serve(start, data, "--store", database.url, feed_port=feed_port)
    pool.api = server.client()
    processes.wait_until(lambda: gate.get("/access", kept["AccessToken"])[0] == 200, what="the gate allows again")
    assert gate.get("/access", revoked["AccessToken"])[0] == 401
    refreshed = refresh(pool, kept["RefreshToken"])
    assert gate.get("/access", refreshed["AccessToken"])[0] == 200
    with pytest.raises(ClientError):
        refresh(pool, revoked["RefreshToken"])
    other = pool.sign_in("alice")
    assert gate.get("/access", other["AccessToken"])[0] == 200
    pool.api.revoke_token(ClientId=pool.client_id, Token=other["RefreshToken"])
    assert gate.get("/access", other["AccessToken"])[0] == 401, "revoked when the call has returned"
    assert server.close() == 0

    # What was left behind is not served beside it.
    left = serve(start, data)
    status, _, words = left.request("GET", "/readyz")
    assert status == 503 and b"it was moved to postgresql://" in words
    assert left.close() == 0

    back = start.directory() / "back"
    moved = copy(database.url, back)
    assert moved.returncode == 0, moved.stderr
    for name in ("encryption-key", "credentials"):
        shutil.copy2(data / name, back / name)
    server = serve(start, back, feed_port=feed_port)
    pool.api = server.client()
    assert "AccessToken" in refresh(pool, kept["RefreshToken"])
    processes.wait_until(lambda: gate.get("/access", kept["AccessToken"])[0] == 200, what="the gate allows once more")
    assert gate.get("/access", other["AccessToken"])[0] == 401


def test_after_a_crash_a_server_on_another_host_goes_on_at_once(start, database):
    data = data_directory(start)
    server = serve(start, data, "--store", database.url)
    pool = processes.Pool(server.client())
    pool.make_user("alice")
    tokens = pool.sign_in("alice")
    other = data_directory(start)
    for name in ("encryption-key", "credentials"):
        shutil.copy2(data / name, other / name)
    server.kill()
    begun = time.monotonic()
    next_one = serve(start, other, "--store", database.url)
    pool.api = next_one.client()
    assert "AccessToken" in refresh(pool, tokens["RefreshToken"])
    assert time.monotonic() - begun < 4, "only what revokes waits until the lost one's leases must be over"
    begun = time.monotonic()
    pool.api.revoke_token(ClientId=pool.client_id, Token=tokens["RefreshToken"])
    assert time.monotonic() - begun < 6.5


def test_while_the_database_is_away_calls_are_refused_in_words_and_gates_deny_and_then_all_goes_on(start, database):
    data = data_directory(start)
    server = serve(start, data, "--store", database.url, "--feed-ttl", "1s")
    pool = processes.Pool(server.client())
    pool.make_user("alice")
    tokens = pool.sign_in("alice")
    replica = start.directory() / "replica"
    start.agent(server, replica)
    gate = start.gate(replica, f"{URL}/{pool.id}")

    def allows():
        return gate.get("/access", tokens["AccessToken"])[0] == 200

    processes.wait_until(allows, what="the gate allows")
    for number in (signal.SIGINT, signal.SIGQUIT):
        database.stop(number)
        for call in (lambda: pool.sign_in("alice"),
                     lambda: pool.api.revoke_token(ClientId=pool.client_id, Token=tokens["RefreshToken"])):
            begun = time.monotonic()
            with pytest.raises(ClientError) as refused:
                call()
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert "database" in refused.value.response["Error"]["Message"]
            assert time.monotonic() - begun < STATED_SECONDS + 2
        processes.wait_until(lambda: not allows(), what="the gate denies: nobody may give it a lease")
        assert server.request("GET", "/readyz")[0] == 503
        assert server.request("GET", f"/{pool.id}/.well-known/jwks.json")[0] == 503
        database.start()
        processes.wait_until(lambda: server.request("GET", "/readyz")[0] == 200, what="ready again")
        processes.wait_until(allows, what="the gate allows again")
        assert "AccessToken" in refresh(pool, tokens["RefreshToken"]), "no call that failed has revoked it"
    assert server.close() == 0


def test_what_only_the_embedded_store_can_have_done_to_it_is_refused_in_words(start, database):
    data = data_directory(start)
    for command in ("backup", "restore"):
        done = processes.run(command, "--data", data, "--store", database.url, data / "file")
        assert done.returncode == 1
        assert "the store is in PostgreSQL" in done.stderr
    done = processes.run("serve", "--data", data, "--store", "postgresql://u:secret@db/d")
    assert done.returncode == 1
    assert "there is a password in the address" in done.stderr and "secret" not in done.stderr
    done = processes.run("serve", "--data", data, "--store", "mysql://u@db/d")
    assert done.returncode == 1


def figure(server, name):
    text = server.request("GET", "/metrics")[2].decode()
    found = re.search(rf"^sallyport_database_{name} (\d+)$", text, re.M)
    assert found, text
    return int(found.group(1))


# Where docs/several-servers.md says that more are made than must be; here they are kept from growing.
MOST_OF_A_REFRESH = 5
MOST_OF_A_SIGN_IN = 14


def round_trips(server, call):
    """The fewest of several: what the server does by itself counts too."""
    seen = []
    for _ in range(12):
        before = figure(server, "round_trips_total")
        between = figure(server, "round_trips_total") - before  # what the metrics themselves read
        before = figure(server, "round_trips_total")
        call()
        seen.append(figure(server, "round_trips_total") - before - between)
    return min(seen)


def test_a_call_makes_as_few_journeys_to_the_database_as_it_must_and_metrics_count_them(start, database):
    server = serve(start, data_directory(start), "--store", database.url)
    pool = processes.Pool(server.client())
    pool.make_user("alice")
    tokens = pool.sign_in("alice")
    api = server.client()
    assert round_trips(server, lambda: api.get_user(AccessToken=tokens["AccessToken"])) <= 1
    assert round_trips(server, lambda: refresh(pool, tokens["RefreshToken"])) <= MOST_OF_A_REFRESH
    assert round_trips(server, lambda: pool.sign_in("alice")) <= MOST_OF_A_SIGN_IN
    assert figure(server, "servers") == 1 and figure(server, "registrations_total") == 1
    assert figure(server, "beats_total") > 0 and figure(server, "commits_unknown_total") == 0
    assert 1 <= figure(server, "connections") <= figure(server, "connections_limit") == 24


def test_an_embedded_store_shows_no_figures_of_a_database(start):
    assert b"sallyport_database_" not in start.server().request("GET", "/metrics")[2]


def test_behind_a_pooler_by_sessions_all_works_and_by_transactions_the_start_is_refused_in_words(start, database):
    data = data_directory(start)
    by_session = start.keep(Pgbouncer(database, "session"))
    server = serve(start, data, "--store", by_session.url)
    pool = processes.Pool(server.client())
    pool.make_user("alice")
    tokens = pool.sign_in("alice")
    pool.api.revoke_token(ClientId=pool.client_id, Token=tokens["RefreshToken"])
    with pytest.raises(ClientError, match="revoked"):
        refresh(pool, tokens["RefreshToken"])
    assert server.close() == 0
    by_transaction = start.keep(Pgbouncer(database, "transaction"))
    done = processes.run("serve", "--data", data, "--store", by_transaction.url, "--public-url", URL)
    assert done.returncode == 1
    assert "pool_mode = session" in done.stderr


@pytest.fixture
def small_disk(start, database):
    """A disk for the database's tables alone, so that PostgreSQL itself goes on when it is full."""
    directory = start.directory()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=48m,mode=700,uid={pwd.getpwnam('postgres').pw_uid}", "tmpfs", directory],
                             capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    directory.parent.chmod(0o755)
    database.query(f"CREATE TABLESPACE small LOCATION '{directory}'")
    database.query("CREATE DATABASE small TABLESPACE small TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    yield directory
    database.stop()
    subprocess.run(["umount", "--lazy", directory], check=True)


def test_while_the_databases_disk_is_full_readyz_says_so_and_sign_ins_are_refused_in_words(start, database, small_disk):
    url = f"postgresql://sallyport@/small?host={database.directory}"
    server = serve(start, data_directory(start), "--store", url)
    pool = processes.Pool(server.client())
    pool.make_user("alice")
    with contextlib.suppress(OSError), open(small_disk / "fill", "ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    refusals = 0
    for number in range(2000):
        try:
            pool.api.admin_create_user(UserPoolId=pool.id, Username=f"user-{number}", MessageAction="SUPPRESS")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503 and "disk is full" in error.response["Error"]["Message"]
            refusals += 1
            break
    assert refusals == 1
    status, _, words = server.request("GET", "/readyz")
    assert status == 503 and b"the disk is full" in words
    with pytest.raises(ClientError, match="disk is full"):
        pool.sign_in("alice")
    (small_disk / "fill").unlink()
    processes.wait_until(lambda: server.request("GET", "/readyz")[0] == 200, what="ready when there is space again")
    pool.sign_in("alice")
    assert server.close() == 0
