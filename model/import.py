#!/usr/bin/env python3
"""Imports AWS's description of the Cognito user pools API into cognito.json: names and constraints only, no prose.

    model/import.py SERVICE_2_JSON SDK_PACKAGE_DIR

SERVICE_2_JSON: botocore's or the AWS CLI's cognito-idp/2016-04-18/service-2.json.
SDK_PACKAGE_DIR: an unpacked `npm pack @aws-sdk/client-cognito-identity-provider`. It has the newest operations, but states
fewer constraints: a member there takes the shape that most members of its name have in SERVICE_2_JSON.
"""
import collections
import json
import pathlib
import re
import sys

CONSTRAINTS = ("min", "max", "pattern", "enum", "sensitive")
# SimpleSchema numbers of @smithy/core, and the JSON type that each stands for.
SMITHY_TYPES = {0: "string", 1: "integer", 2: "boolean", 4: "timestamp", 15: "document", 21: "blob"}
SENSITIVE_TRAIT = 8


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


class Sdk:
    """The schemas, enumerations and errors of the JavaScript SDK."""

    def __init__(self, package):
        self.package = package
        self.schemas = self.read_schemas((package / "dist-es/schemas/schemas_0.js").read_text())
        enums = (package / "dist-types/models/enums.d.ts").read_text()
        self.enums = {
            name: re.findall(r'readonly \w+: "([^"]*)"', body)
            for name, body in re.findall(r"export declare const (\w+): \{(.*?)\n\};", enums, re.S)
        }
        models = "".join(path.read_text() for path in sorted((package / "dist-types/models").glob("models_*.d.ts")))
        models = re.sub(r"/\*.*?\*/", "", models, flags=re.S)
        self.member_types = {
            name: dict(re.findall(r"(\w+)\??: (\w+(?:\[\])?) \| undefined;", body))
            for name, body in re.findall(r"export interface (\w+)[^{]*\{(.*?)\n\}", models, re.S)
        }
        schemes = (package / "dist-es/auth/httpAuthSchemeProvider.js").read_text()
        self.unsigned = set(re.findall(r'case "(\w+)":', schemes))

    @staticmethod
    def read_schemas(text):
        """Schemas by variable name: JavaScript array literals, read as JSON. A reference is the text "@Name"."""
        constants = dict(re.findall(r'^const (\w+) = "([^"]*)";', text, re.M))
        schemas = {}
        for name, literal in re.findall(r"^(?:export )?var ([\w$]+) = (.*?);$", text, re.M | re.S):
            literal = re.sub(r"\(\) => ([\w$]+)", r'"@\1"', literal)
            literal = re.sub(r"(\d+) \| (\d+)", lambda m: str(int(m[1]) + int(m[2])), literal)
            literal = re.sub(r"\[(_\w+)\]:", lambda m: json.dumps(constants[m[1]]) + ":", literal)
            literal = re.sub(r"(?<![\w\"@])([_a-z]\w*)(?!\w*\")",
                             lambda m: json.dumps(constants[m[1]]) if m[1] in constants else m[0], literal)
            try:
                schemas[name] = json.loads(literal)
            except json.JSONDecodeError:
                if literal.startswith("["):
                    raise
        return schemas

    def errors_of(self, operation):
        text = (self.package / f"dist-types/commands/{operation}Command.d.ts").read_text()
        return [error for error in re.findall(r"@throws \{@link (\w+)\}", text) if not error.endswith("ServiceException")]


def add_sdk(operations, shapes, sdk):
    shapes_of_member = {}
    for shape in shapes.values():
        for member, name in shape.get("members", {}).items():
            shapes_of_member.setdefault(member, collections.Counter())[name] += 1

    def add_enum(name):
        known = shapes.setdefault(name, {"type": "string", "enum": []})
        known["enum"] = known.get("enum", []) + [value for value in sdk.enums[name] if value not in known.get("enum", [])]
        return name

    def add_primitive(kind):
        shapes.setdefault("Any" + kind.capitalize(), {"type": kind})
        return "Any" + kind.capitalize()

    def shape_name(schema, structure, member):
        """The name of the shape that `schema`, a member's type, stands for; it is added if it is new."""
        if isinstance(schema, list):  # [type, traits]
            schema = schema[0]
        if isinstance(schema, str):
            return add_shape(schema[1:])
        declared = sdk.member_types.get(structure, {}).get(member, "").removesuffix("[]")
        if declared in sdk.enums and schema < 64:
            return add_enum(declared)
        for usual, count in shapes_of_member.get(member, collections.Counter()).most_common(1):
            if count * 2 > shapes_of_member[member].total():
                return usual
        if schema >= 64:  # 64: a list, 128: a map, of what remains
            kind, element = ("list", schema - 64) if schema < 128 else ("map", schema - 128)
            element = add_enum(declared) if declared in sdk.enums else add_primitive(SMITHY_TYPES[element])
            name = kind.capitalize() + "Of" + element
            shapes.setdefault(name, {"type": "list", "member": element} if kind == "list"
                              else {"type": "map", "key": add_primitive("string"), "value": element})
            return name
        return add_primitive(SMITHY_TYPES[schema])

    visited = set()

    def add_shape(variable):
        schema = sdk.schemas[variable]
        name = variable.removesuffix("$")
        if variable in visited:
            return name
        visited.add(variable)
        if not isinstance(schema, list):
            return name if name in shapes else shape_name(schema, "", name)
        kind, traits = schema[0], schema[3]
        if kind == 0:
            shapes.setdefault(name, {"type": SMITHY_TYPES[schema[4]], "sensitive": True} if traits == SENSITIVE_TRAIT
                              else {"type": SMITHY_TYPES[schema[4]]})
        elif kind == 1:
            shapes.setdefault(name, {"type": "list"}).setdefault("member", shape_name(schema[4], "", name))
        elif kind == 2:
            shapes.setdefault(name, {"type": "map", "key": shape_name(schema[4], "", name),
                                     "value": shape_name(schema[5], "", name)})
        else:
            members, types = schema[4], schema[5]
            required = members[:schema[6]] if len(schema) > 6 else []
            shape = shapes.setdefault(name, {"type": "structure", "required": required, "members": {}})
            if kind == -3:
                shape.setdefault("error", schema[3]["error"] if schema[3] else "client")
            for member, member_type in zip(members, types):
                found = shape_name(member_type, name, member)
                shape["members"].setdefault(member, found)
        return name

    for variable, schema in sdk.schemas.items():
        if not isinstance(schema, list) or schema[0] != 9:
            continue
        name = schema[2]
        operation = operations.setdefault(name, {"auth": "none" if name in sdk.unsigned else "sigv4", "errors": []})
        operation["input"] = add_shape(schema[4][1:])
        output = "Unit" if schema[5] == "@__Unit" else add_shape(schema[5][1:])
        operation["output"] = operation.get("output") or (None if output == "Unit" else output)
        for error in sdk.errors_of(name):
            if error not in operation["errors"]:
                operation["errors"].append(error)
                add_shape(error + "$")


def correct(operations, shapes):
    """What both sources say otherwise than AWS's API reference does, or than AWS is seen to answer."""
    # A custom domain (auth.example.com) has dots; the pattern is that of a prefix, and CreateUserPoolDomain decides.
    shapes["DomainType"].pop("pattern", None)
    # The SDK's schema says "list" without its element.
    shapes["GetClientTokenRequest"]["members"]["Scopes"] = "ScopeListType"
    # "You can't use IAM credentials to authorize requests": the client's secret does.
    operations["GetClientToken"]["auth"] = "none"
    flows = shapes["ExplicitAuthFlowsType"]["enum"]
    if "ALLOW_CLIENT_TOKEN_AUTH" not in flows:
        flows.append("ALLOW_CLIENT_TOKEN_AUTH")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    operations, shapes = import_service_model(pathlib.Path(sys.argv[1]))
    add_sdk(operations, shapes, Sdk(pathlib.Path(sys.argv[2])))
    for operation in operations.values():
        if operation["auth"] == "none" and "AccessToken" in shapes[operation["input"]]["required"]:
            operation["auth"] = "access-token"

    correct(operations, shapes)

    def lines(table):
        return ",\n".join(f"  {json.dumps(name)}: {json.dumps(table[name], ensure_ascii=False)}" for name in sorted(table))

    target = pathlib.Path(__file__).with_name("cognito.json")
    target.write_text('{\n "operations": {\n%s\n },\n "shapes": {\n%s\n }\n}\n' % (lines(operations), lines(shapes)))
    print(f"{target}: {len(operations)} operations, {len(shapes)} shapes")


if __name__ == "__main__":
    main()
