"""A handler as people write them for Cognito's triggers around sign-up; it knows nothing of Sallyport."""

import os

import boto3

cognito = boto3.client("cognito-idp")

# The directory that users come from.
OLD_USERS = {f"old{i}": f"old-password-{i}" for i in range(8)}


def pre_sign_up(event):
    domain = event["request"]["userAttributes"].get("email", "").split("@")[-1]
    if domain == "blocked.example":
        raise Exception("Cannot register users of this domain")
    if domain == "corp.example":
        event["response"]["autoConfirmUser"] = True
        event["response"]["autoVerifyEmail"] = True


def post_confirmation(event):
    cognito.admin_add_user_to_group(UserPoolId=event["userPoolId"], Username=event["userName"], GroupName="members")


def custom_message(event):
    if event["triggerSource"] == "CustomMessage_SignUp":
        event["response"]["emailSubject"] = "Welcome"
        event["response"]["emailMessage"] = f"<b>{event['request']['codeParameter']}</b> for {event['userName']}"


def user_migration(event):
    if OLD_USERS.get(event["userName"]) != event["request"]["password"]:
        raise Exception("Bad password")
    event["response"]["userAttributes"] = {"email": f"{event['userName']}@corp.example", "email_verified": "true"}
    event["response"]["finalUserStatus"] = "CONFIRMED"
    event["response"]["messageAction"] = "SUPPRESS"


HANDLERS = {"PreSignUp_SignUp": pre_sign_up, "PostConfirmation_ConfirmSignUp": post_confirmation,
            "UserMigration_Authentication": user_migration}


def handler(event, context):
    source = event["triggerSource"]
    with open(os.environ["EVENTS"], "a") as events:
        events.write(source + "\n")
    HANDLERS.get(source, custom_message if source.startswith("CustomMessage_") else lambda _: None)(event)
    return event
