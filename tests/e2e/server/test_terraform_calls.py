"""Repeats recorded calls of Terraform's AWS provider and compares the answers, so that this is tested on machines without Terraform, too.

The record is made by tests/e2e/judges/test_terraform.py. Where an answer is changed on purpose, $SALLYPORT_RECORD=1 keeps today's."""

import os

from recorded_calls import load, replay, save
from sallyport_processes import ROOT

RECORD = ROOT / "tests/judges/terraform/pool/calls.json"
REGION = "eu-central-1"


def test_every_recorded_call_is_answered_as_it_was(server):
    client, recorded = load(RECORD)
    answered = replay(server, recorded, REGION)
    if os.environ.get("SALLYPORT_RECORD"):
        save(RECORD, client, answered)
        return
    for now, then in zip(answered, recorded, strict=True):
        assert (now.status, now.answer) == (then.status, then.answer), f"{now.step}: {now.operation} {now.request}"
    assert server.client(region=REGION).list_user_pools(MaxResults=1)["UserPools"] == []
