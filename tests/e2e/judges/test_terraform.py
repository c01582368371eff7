"""Terraform's AWS provider: apply, an empty plan, a change, an import, destroy. $SALLYPORT_RECORD=1 keeps its calls, which are then replayed
without Terraform (tests/e2e/server/test_terraform_calls.py).

The provider is never downloaded here: $TF_PLUGIN_MIRROR names a directory that has it (`terraform providers mirror DIRECTORY` makes one), or
Terraform's own configuration ($TF_CLI_CONFIG_FILE, ~/.terraformrc) says where it is."""

import collections
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from recorded_calls import Recorder, load, save
from sallyport_processes import ROOT

CONFIGURATIONS = ROOT / "tests/judges/terraform"
RECORD = CONFIGURATIONS / "pool/calls.json"
REGION = "eu-central-1"
CHANGED = "-var-file=changed.tfvars"


def cli_configuration(directory):
    """A CLI configuration file with which Terraform finds its providers."""
    if not shutil.which("terraform"):
        pytest.skip("needs a program from outside the repository: terraform")
    if mirror := os.environ.get("TF_PLUGIN_MIRROR"):
        path = directory / "terraform.rc"
        path.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        return path
    configured = pathlib.Path(os.environ.get("TF_CLI_CONFIG_FILE") or pathlib.Path.home() / ".terraformrc")
    if not configured.is_file():
        pytest.skip("needs a program from outside the repository: neither $TF_PLUGIN_MIRROR nor a configuration of Terraform says where Terraform's AWS provider is")
    return configured


class Terraform:
    """`terraform` in a directory of its own with one of the project's configurations."""

    def __init__(self, directory, cli, recorder, credentials, **variables):
        self._directory, self._recorder = directory, recorder
        self._environment = {
            **os.environ, "TF_CLI_CONFIG_FILE": str(cli), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
            # One after the other, so that the record is in an order in which each call may be made.
            "TF_CLI_ARGS_apply": "-parallelism=1", "TF_CLI_ARGS_plan": "-parallelism=1", "TF_CLI_ARGS_destroy": "-parallelism=1",
            "AWS_ACCESS_KEY_ID": credentials["aws_access_key_id"], "AWS_SECRET_ACCESS_KEY": credentials["aws_secret_access_key"],
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **{f"TF_VAR_{name}": value for name, value in variables.items()}}

    def __call__(self, command, *arguments, step="", code=0):
        self._recorder.step = step
        done = subprocess.run(["nice", "terraform", command, "-no-color", *arguments], cwd=self._directory, env=self._environment,
                              capture_output=True, text=True, timeout=600)
        if command == "init" and "provider packages" in done.stderr:
            pytest.skip("needs a program from outside the repository: Terraform's AWS provider")
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stdout + done.stderr

    def plan_is_empty(self, step, *arguments):
        self("plan", "-detailed-exitcode", *arguments, step=step)


def differences(plan):
    """{address: its action, or the attributes that it would change}; imports alone are none."""
    found = {}
    for change in plan["resource_changes"]:
        before, after, actions = change["change"]["before"], change["change"]["after"], change["change"]["actions"]
        if actions == ["update"]:
            found[change["address"]] = sorted(name for name in after if after[name] != before.get(name))
        elif actions != ["no-op"]:
            found[change["address"]] = actions
    return found


def asked(calls):
    """Which calls were made in each step. Terraform walks what does not depend on each other as it likes, Go its maps, and the SDK repeats a call now and then."""
    def ordered(value):
        if isinstance(value, dict):
            return {member: ordered(value[member]) for member in sorted(value)}
        return sorted(map(ordered, value), key=json.dumps) if isinstance(value, list) else value
    return {(call.step, call.operation, json.dumps(ordered(call.request)), call.status) for call in calls}


class Run:
    """One of the project's configurations, in a directory of its own, against a server that verifies signatures, through a proxy that records."""

    def __init__(self, start, configuration):
        self.directory = start.directory() / configuration
        shutil.copytree(CONFIGURATIONS / configuration, self.directory)
        cli = cli_configuration(self.directory)
        self.server = start.server()
        self.recorder = start.keep(Recorder(self.server.port))
        self.terraform = Terraform(self.directory, cli, self.recorder, self.server.credentials(), endpoint=self.recorder.url)
        self.terraform("init")


def test_apply_an_empty_plan_a_change_an_import_and_destroy(start):
    run = Run(start, "pool")
    terraform, directory = run.terraform, run.directory
    terraform("apply", "-auto-approve", step="apply")
    terraform.plan_is_empty("plan")
    terraform("apply", "-auto-approve", CHANGED, step="change")
    terraform.plan_is_empty("plan after the change", CHANGED)
    assert json.loads(terraform("output", "-json", "read")) == {
        "pools": 1, "pool": "shop", "clients": ["billing", "plain", "web"], "groups": ["staff"], "group_description": "Who may see and place orders",
        "callback_urls": ["https://shop.example.com/app", "https://shop.example.com/signed-in"]}

    resources = json.loads(terraform("show", "-json"))["values"]["root_module"]["resources"]
    ids = {resource["address"]: resource["values"]["id"] for resource in resources if resource["mode"] == "managed"}
    pool = ids["aws_cognito_user_pool.shop"]
    # Version 5 of the provider cannot import who is in a group (its issue 31404): adding the user once more changes nothing.
    del ids["aws_cognito_user_in_group.ada"]
    (directory / "imports.tf").write_text("".join(
        f'import {{\n  to = {address}\n  id = "{f"{pool}/{id}" if "client" in address else id}"\n}}\n' for address, id in ids.items()))
    (directory / "terraform.tfstate").rename(directory / "of_the_first.tfstate")
    terraform("plan", CHANGED, "-out=imports", step="import")
    plan = json.loads(terraform("show", "-json", "imports"))
    assert {change["address"] for change in plan["resource_changes"] if change["change"].get("importing")} == set(ids)
    assert differences(plan) == {"aws_cognito_user_in_group.ada": ["create"]}
    terraform("apply", "imports", step="import")
    terraform.plan_is_empty("plan after the import", CHANGED)

    terraform("destroy", "-auto-approve", CHANGED, step="destroy")
    assert run.server.client(region=REGION).list_user_pools(MaxResults=1)["UserPools"] == []

    versions = json.loads(terraform("version", "-json"))
    client = f"terraform {versions['terraform_version']}, " + ", ".join(
        f"{name} {version}" for name, version in versions["provider_selections"].items())
    if os.environ.get("SALLYPORT_RECORD"):
        save(RECORD, client, run.recorder.calls)
    kept_client, kept = load(RECORD)
    if kept_client == client:
        assert asked(run.recorder.calls) == asked(kept), "the record is not what the provider asks: $SALLYPORT_RECORD=1 makes it anew"


def test_what_is_not_built_is_refused_in_words_and_asked_for_once(start):
    run = Run(start, "not_built")
    said = run.terraform("apply", "-auto-approve", code=1)
    refused = {"SetUICustomization", "CreateIdentityProvider", "SetRiskConfiguration", "GetSigningCertificate"}
    for operation in refused:
        assert f"The operation {operation} is not built in this version of Sallyport." in said
    assert collections.Counter(call.operation for call in run.recorder.calls if call.status != 200) == collections.Counter(refused)
