"""Define, Create and Verify Auth Challenge as one ordinary Lambda function: the colour is blue, after the password if there is one."""


def handler(event, context):
    request, response = event["request"], event["response"]
    if event["triggerSource"] == "VerifyAuthChallengeResponse_Authentication":
        response["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    elif event["triggerSource"] == "CreateAuthChallenge_Authentication":
        response["publicChallengeParameters"] = {"question": f"colour after {len(request['session'])}"}
        response["privateChallengeParameters"] = {"answer": "blue"}
        response["challengeMetadata"] = "COLOUR"
    else:
        last = request["session"][-1] if request["session"] else None
        right = bool(last) and last["challengeName"] == "CUSTOM_CHALLENGE" and last["challengeResult"]
        response["issueTokens"] = right
        response["failAuthentication"] = len(request["session"]) > 5
        response["challengeName"] = "PASSWORD_VERIFIER" if last and last["challengeName"] == "SRP_A" else "CUSTOM_CHALLENGE"
    return event
