"""Functions around sign-up, run by an unmodified Python runtime (awslambdaric), which call the API back by an unmodified SDK."""

import collections
import concurrent.futures
import json
import pathlib
import re
import sys

import pytest

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, Process, Started, free_port

ARN = "arn:aws:lambda:us-east-1:000000000000:function:around-sign-up"
TRIGGERS = ("PreSignUp", "PostConfirmation", "CustomMessage", "UserMigration")
HERE = pathlib.Path(__file__).parent


class Runtime(Process):
    def __init__(self, events, server, address, log):
        environment = {"AWS_LAMBDA_RUNTIME_API": address, "AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": "us-east-1",
                       "AWS_ACCESS_KEY_ID": server.credentials()["aws_access_key_id"],
                       "AWS_SECRET_ACCESS_KEY": server.credentials()["aws_secret_access_key"], "EVENTS": str(events)}
        super().__init__(["env", "-C", HERE, *(f"{name}={value}" for name, value in environment.items()),
                          sys.executable, "-m", "awslambdaric", "sign_up_handler.handler"], log)


class Shop(Pool):
    def __init__(self, start):
        address = f"127.0.0.1:{free_port()}"
        self.server = start.server(*WEAK_HASHES, "--hook", f"around-sign-up=runtime:{address}")
        super().__init__(self.server.client())
        self.api.create_group(UserPoolId=self.id, GroupName="members")
        self.api.update_user_pool(UserPoolId=self.id, AutoVerifiedAttributes=["email"],
                                  LambdaConfig={trigger: ARN for trigger in TRIGGERS})
        self._events = start.directory() / "events"
        self._events.touch()
        for number in range(2):
            start.keep(Runtime(self._events, self.server, address, self._events.parent / f"runtime{number}.log"))

    def events(self):
        return collections.Counter(self._events.read_text().split())

    def sign_up(self, name, email):
        return self.api.sign_up(ClientId=self.client_id, Username=name, Password=PASSWORD,
                                UserAttributes=[{"Name": "email", "Value": email}])

    def groups(self, name):
        return [group["GroupName"] for group in self.api.admin_list_groups_for_user(UserPoolId=self.id, Username=name)["Groups"]]


@pytest.fixture(scope="module")
def shop():
    start = Started()
    yield Shop(start)
    start.close()


def test_a_function_refuses_confirms_words_and_follows_up(shop):
    with pytest.raises(shop.api.exceptions.UserLambdaValidationException,
                       match="PreSignUp failed with error Cannot register users of this domain"):
        shop.sign_up("eve", "eve@blocked.example")
    with pytest.raises(shop.api.exceptions.UserNotFoundException):
        shop.api.admin_get_user(UserPoolId=shop.id, Username="eve")

    assert shop.sign_up("ada", "ada@corp.example")["UserConfirmed"]
    assert shop.groups("ada") == ["members"]
    assert shop.sign_in("ada")["AccessToken"]

    assert not shop.sign_up("bob", "bob@example.com")["UserConfirmed"]
    messages = json.loads(shop.server.request("GET", "/_sallyport/outbox")[2])["messages"]
    [message] = [message for message in messages if message["username"] == "bob"]
    assert message["subject"] == "Welcome"
    code = re.fullmatch(r"<b>(\d{6})</b> for bob", message["body"])[1]
    shop.api.confirm_sign_up(ClientId=shop.client_id, Username="bob", ConfirmationCode=code)
    assert shop.groups("bob") == ["members"]


def test_first_sign_ins_bring_each_user_once_though_each_comes_twice_at_once(shop):
    users = [f"old{i}" for i in range(8) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(len(users)) as threads:
        tokens = list(threads.map(lambda name: shop.sign_in(name, f"old-password-{name[3:]}"), users))
    assert all(token["AccessToken"] for token in tokens)
    found = [user["Username"] for user in shop.api.list_users(UserPoolId=shop.id)["Users"]]
    assert sorted(name for name in found if name.startswith("old")) == sorted(set(users))
    asked = shop.events()["UserMigration_Authentication"]
    shop.sign_in("old0", "old-password-0")
    assert shop.events()["UserMigration_Authentication"] == asked, "whom it has brought it is not asked about"
    with pytest.raises(shop.api.exceptions.UserLambdaValidationException, match="UserMigration failed with error Bad password"):
        shop.sign_in("nobody", "any")
