"""The recipe from the field: a Pre Token Generation function that signs its user out everywhere else. It knows nothing of Sallyport.

What the test has added: each call names itself in the ID token, and says when its sign-out began and ended."""

import json
import os
import time
import uuid

import boto3

cognito = boto3.client("cognito-idp")


def handler(event, context):
    if event["triggerSource"] == "TokenGeneration_RefreshTokens":
        return event
    call = {"call": str(uuid.uuid4()), "user": event["userName"], "begun": time.monotonic()}
    cognito.admin_user_global_sign_out(UserPoolId=event["userPoolId"], Username=event["userName"])
    call["ended"] = time.monotonic()
    with open(os.environ["CALLS"], "a") as calls:
        calls.write(json.dumps(call) + "\n")
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"call": call["call"]}}
    return event
