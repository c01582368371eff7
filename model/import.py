#!/usr/bin/env python3
"""Imports AWS's description of the Cognito user pools API into cognito.json: names and constraints only, no prose.

    model/import.py SERVICE_2_JSON

SERVICE_2_JSON: botocore's or the AWS CLI's cognito-idp/2016-04-18/service-2.json.
"""
import json
import pathlib
import sys

CONSTRAINTS = ("min", "max", "pattern", "enum", "sensitive")


def import_service_model(path):
    source = json.loads(path.read_text())
    operations = {}
    for name, operation in source["operations"].items():
        operations[name] = {
            "input": operation["input"]["shape"],
            "output": operation["output"]["shape"] if "output" in operation else None,
            "auth": "none" if operation.get("authtype") == "none" else "sigv4",
            "errors": [error["shape"] for error in operation.get("errors", [])],
        }
    shapes = {}
    for name, shape in source["shapes"].items():
        imported = {"type": "document" if shape.get("document") else shape["type"]}
        imported.update({key: shape[key] for key in CONSTRAINTS if key in shape})
        if shape.get("exception"):
            imported["error"] = "server" if shape.get("fault") else "client"
        if "members" in shape and not shape.get("document"):
            imported["required"] = shape.get("required", [])
            imported["members"] = {member: of["shape"] for member, of in shape["members"].items()}
        for key in ("member", "key", "value"):
            if key in shape:
                imported[key] = shape[key]["shape"]
        shapes[name] = imported
    return operations, shapes


def correct(operations, shapes):
    """What the model says otherwise than AWS's API reference does, or than AWS is seen to answer; and one thing that is Sallyport's."""
    for operation in operations.values():
        if operation["auth"] == "none" and "AccessToken" in shapes[operation["input"]]["required"]:
            operation["auth"] = "access-token"
    # A custom domain (auth.example.com) has dots; the pattern is that of a prefix, and CreateUserPoolDomain decides.
    shapes["DomainType"].pop("pattern")
    # "You can't use IAM credentials to authorize requests": the client's secret does.
    operations["GetClientToken"]["auth"] = "none"
    # GetClientToken's page names this flow; the model's enumeration has forgotten it.
    flows = shapes["ExplicitAuthFlowsType"]["enum"]
    if "ALLOW_CLIENT_TOKEN_AUTH" not in flows:
        flows.append("ALLOW_CLIENT_TOKEN_AUTH")
    # The guide allows a blank inside a password, and so does AWS: its answers show this pattern, and the model an older one.
    shapes["PasswordType"]["pattern"] = r"^[\S]+.*[\S]+$"
    # A present password is compared and not judged: one that came from another directory may be of another form, and can be changed.
    shapes["PresentPasswordType"] = {"type": "string", "max": shapes["StringType"]["max"], "sensitive": True}
    shapes["ChangePasswordRequest"]["members"]["PreviousPassword"] = "PresentPasswordType"
    # The description of a prefix has a CustomDomainConfig without its one required member.
    shapes["DescribedCustomDomainConfigType"] = {**shapes["CustomDomainConfigType"], "required": []}
    shapes["DomainDescriptionType"]["members"]["CustomDomainConfig"] = "DescribedCustomDomainConfigType"
    # AWS's identifiers are "tkn" or "sso" and 25 characters. Sallyport's are the tokens' origin_jti, a UUID.
    for constraint in ("min", "max", "pattern"):
        shapes["SessionIdType"].pop(constraint)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    operations, shapes = import_service_model(pathlib.Path(sys.argv[1]))
    correct(operations, shapes)

    def lines(table):
        return ",\n".join(f"  {json.dumps(name)}: {json.dumps(table[name], ensure_ascii=False)}" for name in sorted(table))

    target = pathlib.Path(__file__).with_name("cognito.json")
    target.write_text('{\n "operations": {\n%s\n },\n "shapes": {\n%s\n }\n}\n' % (lines(operations), lines(shapes)))
    print(f"{target}: {len(operations)} operations, {len(shapes)} shapes")


if __name__ == "__main__":
    main()
