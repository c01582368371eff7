"""PreSignUp: the name of the user says what the function does, as in pre_sign_up.js."""
import os, time
def handler(event, context):
    name = event["userName"]
    if name.startswith("raise"): raise ValueError("not on my watch")
    if name.startswith("hang"): time.sleep(1.0)
    if name.startswith("garbage"): return "nonsense"
    if name.startswith("nothing"): return None
    if name.startswith("exit"): os._exit(3)
    assert context.get_remaining_time_in_millis() > 0 and context.invoked_function_arn.startswith("arn:aws:lambda:")
    event["response"]["autoConfirmUser"] = True
    return event
