"""Room to revoke: the data directory on a small disk that another file fills to the last byte. Every kind of revoking call succeeds and
holds at the gate, all else that writes is refused in words, also after kill -9, and all goes on by itself once there is space.

Root alone may mount the disk. SALLYPORT_REVOCATIONS gives the full form: 1000."""

import contextlib
import json
import math
import os
import subprocess
import sys
import urllib.parse

import botocore.exceptions
import pytest

from sallyport_processes import BIN, PASSWORD, wait_until
from test_revoking_waits import EVICTS, SETTINGS, Side, World, kinds

REVOCATIONS = int(os.environ.get("SALLYPORT_REVOCATIONS", 40))
KINDS = 20
DISK = "size=80m,mode=755"
# The answer to a reuse, which says that the family is revoked.
REUSE = ("RefreshTokenReuseException", b"invalidated by rotation")


@pytest.fixture
def disk(start):
    directory = start.directory()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", directory], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


def fill(disk):
    with contextlib.suppress(OSError), open(disk / "fill", "ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    state = os.statvfs(disk)
    assert state.f_bfree == 0


def metric(server, name):
    line = next(line for line in server.request("GET", "/metrics")[2].decode().splitlines() if line.startswith(name + " "))
    return float(line.split()[1])


def ready(server):
    status, _, body = server.request("GET", "/readyz")
    return status, body.decode()


def refused(call, *arguments, **members):
    """Checks that the call is refused because of the full disk, with an explanation."""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(*arguments, **members)
    response = error.value.response
    assert response["Error"]["Code"] == "ServiceUnavailableException", response
    assert "disk is full" in response["Error"]["Message"] and response["ResponseMetadata"]["HTTPStatusCode"] == 503


def revoke(gate, name, call, user):
    try:
        answer = call()
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in REUSE, f"{name}: {error}"
    else:
        if isinstance(answer, bytes):
            assert b"error" not in answer and b"__type" not in answer or REUSE[1] in answer, f"{name}: {answer}"
    assert gate.get("/access", user.access)[0] != 200, name


def check_refusals(world, user):
    api = world.api
    refused(user.sign_in)
    refused(api.admin_create_user, UserPoolId=world.pool, Username="late", MessageAction="SUPPRESS")
    refused(api.sign_up, ClientId=world.client, Username="late", Password=PASSWORD, UserAttributes=[
        {"Name": "email", "Value": "late@example.com"}])
    refused(api.forgot_password, ClientId=world.client, Username=user.name)
    # If there is a code, a guess would be counted, and otherwise not. The answer must not reveal which.
    refused(api.confirm_forgot_password, ClientId=world.client, Username=user.name, ConfirmationCode="000000", Password=PASSWORD)
    refused(api.create_user_pool, PoolName="late")
    refused(api.create_group, UserPoolId=world.pool, GroupName="late")
    refused(api.update_user_attributes, AccessToken=user.access, UserAttributes=[{"Name": "name", "Value": "late"}])
    refused(api.admin_update_user_attributes, **user.named, UserAttributes=[{"Name": "name", "Value": "late"}])
    status, _, body = world.server.request("POST", "/oauth2/token", urllib.parse.urlencode({
        "grant_type": "refresh_token", "client_id": user.client, "refresh_token": user.tokens["RefreshToken"]}),
        {"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 503 and json.loads(body)["error"] == "temporarily_unavailable", body
    assert "disk is full" in json.loads(body)["error_description"]
    # Calls that write nothing still work.
    assert api.get_user(AccessToken=user.access)["Username"] == user.name


def test_revocations_hold_on_a_disk_that_is_full_to_the_last_byte(start, disk):
    rounds = max(2, math.ceil(REVOCATIONS / KINDS))
    data = disk / "data"
    data.mkdir(0o700)
    settings = (*SETTINGS, "--reserve-mib", "24")
    logs = start.directory()
    server = start.server(*settings, data=data, log=logs / "server.log")
    world = World(server, rounds)
    agent = start.agent(server)
    gate = start.gate(agent.replica, *world.issuers)
    made = [(name, *kind) for round in range(rounds) for name, kind in kinds(world, round).items() if name != EVICTS]
    bystander, last = (Side(world, name, client=world.rotating) for name in ("bystander", "last"))
    for name, _, user in made:
        wait_until(lambda: gate.get("/access", user.access)[0] == 200, what=f"the gate serves {name}")
    assert ready(server) == (200, "ready\n")
    server.enrol("spare", logs / "spare.enrolment")

    fill(disk)
    wait_until(lambda: ready(server)[0] == 503, what="the server notices")
    assert "disk is full" in ready(server)[1]
    for name, call, user in made:
        revoke(gate, name, call, user)
    assert len(made) >= min(REVOCATIONS, KINDS * rounds - rounds)
    removed = json.loads(world.post("/_sallyport/agents", json.dumps({"Action": "REMOVE", "Name": "spare"}), "application/json"))
    assert "__type" not in removed, removed
    check_refusals(world, bystander)
    assert gate.get("/access", bystander.access)[0] == 200, "the gate lets in whom nobody revoked"
    assert metric(server, "sallyport_store_only_revocations") == 1

    server.kill()
    server = world.server = start.server(*settings, data=data, port=server.port, feed_port=server.feed_port, log=logs / "server.log")
    fill(disk)  # the start has begun the write-ahead log anew, shorter
    wait_until(lambda: ready(server)[0] == 503, what="the server notices again")
    wait_until(lambda: gate.get("/access", last.access)[0] == 200, what="the gate serves again")
    wait_until(lambda: metric(server, "sallyport_agents_leased") == 1, what="the agent is back")
    revoke(gate, "AdminUserGlobalSignOut", lambda: world.api.admin_user_global_sign_out(**last.named), last)
    check_refusals(world, bystander)
    assert all(gate.get("/access", user.access)[0] != 200 for _, _, user in made)
    assert gate.get("/access", bystander.access)[0] == 200

    (disk / "fill").unlink()
    wait_until(lambda: ready(server)[0] == 200, what="the server goes on by itself")
    assert metric(server, "sallyport_store_reserve_bytes") == 24 << 20
    assert gate.get("/access", bystander.sign_in()["AccessToken"])[0] == 200
    world.api.admin_create_user(UserPoolId=world.pool, Username="late", MessageAction="SUPPRESS")
    assert server.close() == 0


FILLS = """
import sys
with open(sys.argv[1], "ab", buffering=0) as file:
    while True:
        for size in (65536, 4096, 512, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                pass
"""


def test_a_start_on_a_disk_that_another_process_goes_on_filling(start, disk):
    """Takes what the reserve gives back. A start then finds more in the reserve, and takes no more than it needs."""
    data = disk / "data"
    data.mkdir(0o700)
    log = start.directory() / "server.log"
    settings = (*SETTINGS, "--reserve-mib", "24")
    server = start.server(*settings, data=data, log=log)
    world = World(server, 1)
    users = [Side(world, f"user{number}") for number in range(6)]
    filler = subprocess.Popen([sys.executable, "-c", FILLS, disk / "fill"])
    try:
        wait_until(lambda: ready(server)[0] == 503, what="the server notices")
        for user in users:
            server.kill()
            server = world.server = start.server(*settings, data=data, port=server.port, feed_port=server.feed_port, log=log)
            world.api.admin_user_global_sign_out(**user.named)
            with pytest.raises(botocore.exceptions.ClientError, match="revoked"):
                world.api.get_user(AccessToken=user.access)
        # The other process takes part of what a start frees before the start does: the more, the busier the machine.
        assert metric(server, "sallyport_store_reserve_bytes") > 4 << 20
        # As if other processes had used up all of it: the start is refused for lack of space, and not because the store is damaged.
        server.kill()
        os.truncate(data / "reserve", 0)
        (data / "sallyport.db-shm").unlink()
        ended = subprocess.run([BIN / "sallyport", "serve", "--data", data, "--listen", "127.0.0.1:0", "--feed-listen", "127.0.0.1:0",
                                "--reserve-mib", "24"], capture_output=True, text=True, timeout=30)
        assert ended.returncode == 1 and "the disk is full" in ended.stderr and "damaged" not in ended.stderr
    finally:
        filler.kill()
        filler.wait()
    (disk / "fill").unlink()
    server = world.server = start.server(*settings, data=data, port=server.port, feed_port=server.feed_port, log=log)
    wait_until(lambda: ready(server)[0] == 200, what="all goes on")
