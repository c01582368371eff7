"""TokenSession.MaxPerUser 1: whatever the order of sign-ins at once, one family is left, the last in the log, and its tokens alone open
the gate. SALLYPORT_SIGN_INS and SALLYPORT_ROUNDS give the full form: 1000 and 5."""

import base64
import concurrent.futures
import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time

import pytest

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, Server, wait_until

CONNECTIONS = 32
SIGN_INS = int(os.environ.get("SALLYPORT_SIGN_INS", 160))
ROUNDS = int(os.environ.get("SALLYPORT_ROUNDS", 1))
# Errors after which a client may simply try again: the service could not confirm, has too much to do, or was not there.
RETRYABLE = {(500, "InternalErrorException"), (400, "TooManyRequestsException")}

# In a process of its own, because one that reads both before and after a kill of the server would mix what it has mapped.
READ_STORE = """
import json, sqlite3, sys
store = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
rows = lambda sql, *bounds: [text.decode() for (text,) in store.execute(sql, bounds)]
records = "SELECT value FROM records WHERE key >= ? AND key < ?"
store.execute("BEGIN")
print(json.dumps([rows(records, b"family/", b"family0"), rows(records, b"user/", b"user0"),
                  rows("SELECT subject FROM log ORDER BY sequence")]))
"""


def family_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["origin_jti"]


class Connection:
    """A keep-alive connection that returns what came: (status, body), or (0, {}) if nothing came."""

    def __init__(self, port):
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def _exchange(self, *request):
        try:
            self._http.request(*request)
            answer = self._http.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._http.close()
            return 0, b""

    def call(self, operation, **members):
        status, body = self._exchange("POST", "/", json.dumps(members), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"})
        return status, json.loads(body or "{}")

    def opens(self, path, token):
        for _ in range(3):
            status, _ = self._exchange("GET", path, None, {"Authorization": f"Bearer {token}"})
            if status:
                break
        assert status in (200, 401), f"{path}: {status}"
        return status == 200


class Line:
    """Server, agent and gate, and what was seen of one user's sign-ins."""

    def __init__(self, start):
        self._start = start
        self.data = start.directory()
        self.server = start.server(*WEAK_HASHES, data=self.data)
        self.pool = Pool(self.server.client())
        self.pool.api.set_user_pool_session_configuration(
            UserPoolId=self.pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 1})
        agent = start.agent(self.server)
        self.gate = start.gate(agent.replica, f"{self.server.url}/{self.pool.id}")
        self.user = self.pool.make_user("alice")
        self.issued = []  # (path, token) of every token that was answered
        self.unknown = 0  # sign-ins without an answer
        self._lock = threading.Lock()
        token = self._sign_in(Connection(self.server.port))["AccessToken"]
        wait_until(lambda: all(self.gate.get("/access", token)[0] == 200 for _ in range(20)), what="the gate serves")

    def restart(self):
        self.server.kill()
        self.server = self._start.keep(Server(*WEAK_HASHES, data=self.data, port=self.server.port,
                                               feed_port=self.server.feed_port))

    def _note(self, result):
        with self._lock:
            self.issued += [("/access", result["AccessToken"]), ("/id", result["IdToken"])]
        return result

    def _auth(self, connection, flow, **parameters):
        status, body = connection.call("InitiateAuth", ClientId=self.pool.client_id, AuthFlow=flow, AuthParameters=parameters)
        if status == 200:
            return self._note(body["AuthenticationResult"])
        if status:
            assert (status, body["__type"]) in RETRYABLE or body["message"] == "Refresh Token has been revoked", (status, body)
        return None

    def _sign_in(self, connection):
        result = self._auth(connection, "USER_PASSWORD_AUTH", USERNAME="alice", PASSWORD=PASSWORD)
        if result is None:
            with self._lock:
                self.unknown += 1
            time.sleep(0.02)
        return result

    def _worker(self, count, others, seed):
        """Signs in `count` times. Each time, the tokens that this connection got before must already be refused."""
        api, gate, mine, dice = Connection(self.server.port), Connection(self.gate.port), [], random.Random(seed)
        for _ in range(count):
            result = self._sign_in(api)
            if result is None:
                continue
            # Before the next call: `mine` holds what was answered before this sign-in was sent.
            for path, token in mine:
                assert not gate.opens(path, token), "an evicted token opens the gate after the sign-in was answered"
            mine = [("/access", result["AccessToken"]), ("/id", result["IdToken"])]
            if others:
                self._other(api, result, dice)

    def _other(self, api, result, dice):
        choice = dice.randrange(4)
        if choice == 0:
            self._auth(api, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=result["RefreshToken"])
        elif choice == 1:
            api.call("GlobalSignOut", AccessToken=result["AccessToken"])
        elif choice == 2:
            api.call("RevokeToken", Token=result["RefreshToken"], ClientId=self.pool.client_id)

    def storm(self, sign_ins, others=False, meanwhile=None):
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as threads:
            workers = [threads.submit(self._worker, len(range(seed, sign_ins, CONNECTIONS)), others, seed) for seed in range(CONNECTIONS)]
            if meanwhile:
                meanwhile()
            for worker in workers:
                worker.result()

    def sign_in_again(self):
        connection = Connection(self.server.port)
        return wait_until(lambda: self._sign_in(connection), what="a sign-in succeeds")

    def families(self):
        """The user's families as the store has them, in the order of their commits, and the log's order of what was revoked."""
        answer = subprocess.run([sys.executable, "-c", READ_STORE, self.data / "sallyport.db"], capture_output=True, text=True, timeout=60)
        assert answer.returncode == 0, answer.stderr
        families, users, log = json.loads(answer.stdout)
        return sorted(map(json.loads, families), key=lambda record: record["Born"]), log, json.loads(users[0])

    def check(self, must_live=True):
        families, log, anchor = self.families()
        births = [family["Born"] for family in families]
        assert len(set(births)) == len(births), "two sign-ins of one place in the order"
        alive = [family for family in families if not family["Revoked"] and family["Generation"] == anchor["Generation"]]
        assert len(alive) == 1 if must_live else len(alive) <= 1
        if alive:
            assert alive[0] == families[-1], "an older sign-in outlived a newer one"
        ended = {family["Id"] for family in families} - {family["Id"] for family in alive}
        assert ended == ended & set(log), "a family ended without an entry in the log"
        assert not {family["Id"] for family in alive} & set(log)
        sessions = self.pool.api.admin_list_user_sessions(UserPoolId=self.pool.id, Username="alice")["Sessions"]
        assert [session["SessionId"] for session in sessions] == [family["Id"] for family in alive]
        self._check_gate({family["Id"] for family in alive})
        return families, log

    def _check_gate(self, alive):
        connections = [Connection(self.gate.port) for _ in range(8)]
        with concurrent.futures.ThreadPoolExecutor(len(connections)) as threads:
            def check(number):
                for path, token in self.issued[number::len(connections)]:
                    assert connections[number].opens(path, token) == (family_of(token) in alive), (path, family_of(token))
            list(threads.map(check, range(len(connections))))


@pytest.fixture
def line(start):
    return Line(start)


def test_of_sign_ins_at_once_the_last_in_the_log_is_left(line):
    for _ in range(ROUNDS):
        line.storm(SIGN_INS)
        families, log = line.check()
        # Each session was ended by the next one, so the log has them in the order in which they were made.
        assert log[-len(families) + 1:] == [family["Id"] for family in families[:-1]]
    print(f"{len(families)} sign-ins, {line.unknown} to be tried again")


def test_while_refreshes_and_sign_outs_run_in_between(line):
    for _ in range(ROUNDS):
        line.storm(SIGN_INS, others=True)
        line.check(must_live=False)
        line.sign_in_again()
        line.check()


def test_across_a_kill_of_the_server(line):
    for _ in range(ROUNDS):
        def kill():
            time.sleep(0.5 + random.random())
            line.restart()
        line.storm(SIGN_INS, others=True, meanwhile=kill)
        line.sign_in_again()
        wait_until(lambda: line.gate.get(*line.issued[-2])[0] == 200, what="the gate serves again")
        line.check()
    print(f"{line.unknown} sign-ins to be tried again")
