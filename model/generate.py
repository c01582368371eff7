#!/usr/bin/env python3
"""Makes what the build needs of the JSON files here, and docs/operations.md.

    model/generate.py tables > tables.cc                  the model as constant C++ tables
    model/generate.py built BUILT... > built.cc           which of its operations are built
    model/generate.py declarations > declarations.h       `extern const Operation<...> kX;` for each operation of the model
    model/generate.py inputs > inputs.h                   a class for the input of each operation, and for each shape within one
    model/generate.py hook_answers > answers.h            a class for the answer of each of a pool's functions, and for objects within one
    model/generate.py docs BUILT... > docs/operations.md

BUILT: the files below src/operations/ without ".cc". One whose name the model knows is an operation, in whatever folder it lies; one that
defines an operation under another name is an error.
"""
import json
import pathlib
import re
import sys

SOURCES = pathlib.Path(__file__).parent.parent / "src/operations"
MODEL = json.loads(pathlib.Path(__file__).with_name("cognito.json").read_text())
OPERATIONS = dict(sorted(MODEL["operations"].items()))
SHAPES = dict(sorted(MODEL["shapes"].items()))
CATEGORIES = json.loads(pathlib.Path(__file__).with_name("categories.json").read_text())
# The keys of AWS's maps of strings, as the pages of InitiateAuth and RespondToAuthChallenge and the developer guide name them.
PARAMETERS = json.loads(pathlib.Path(__file__).with_name("parameters.json").read_text())
# What the dispatcher reads of every operation's input.
OF_ANY_INPUT = ("AccessToken", "AuthFlow", "AuthParameters", "ChallengeResponses", "ClientId", "UserPoolId", "Username")
# What is more to an operation that lists than an argument, or none: AttributesToGet says what is shown of what is found.
ROLES = {"AccessToken": "AccessToken", "NextToken": "PageToken", "PaginationToken": "PageToken", "Limit": "PageSize", "MaxResults": "PageSize",
         "AttributesToGet": "Shown", "Username": "User"}
AUTH = {"sigv4": "kSigV4", "access-token": "kAccessToken", "none": "kNone"}

# RE2 has no look-behind. The same language without it; messages show the model's own pattern.
RE2_SPELLING = {r"^[0-9A-Za-z\.\-_]*(?<!\.)$": r"([0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?"}


def snake_case(name):
    # The plural of an acronym is one word: CallbackURLs, callback_urls.
    name = re.sub(r"[A-Z]{2,}s(?![a-z])", lambda found: found[0].capitalize(), name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def built_names(files):
    names = {snake_case(name): name for name in OPERATIONS}
    built = set()
    for file in files:
        operation = names.get(file.rpartition("/")[2])
        if operation:
            built.add(operation)
        elif "= MakeOperation<" in (SOURCES / f"{file}.cc").read_text():
            sys.exit(f"src/operations/{file}.cc defines an operation, and the model has none of that name")
    return built


def text(value):
    """A C++ string literal."""
    return '"' + "".join(c if c not in '"\\' else "\\" + c for c in value) + '"'


def category(name):
    """Of AWS's quotas: what categories.json lists; what it does not is a pool's resource."""
    for known, names in CATEGORIES["categories"].items():
        if name in names:
            return known
    return CATEGORIES["otherwise"]["read" if re.match("Describe|Get|List", name) else "update"]


def check_categories():
    listed = [name for names in CATEGORIES["categories"].values() for name in names]
    for name in {*listed, *CATEGORIES["per_user"]}:
        if name not in OPERATIONS or listed.count(name) != 1:
            sys.exit(f"model/categories.json: {name} is no operation, or not of exactly one category")


class Pool:
    """Runs of items in one array, each run stored once."""

    def __init__(self):
        self.items, self.at = [], {}

    def span(self, array, items):
        items = tuple(items)
        if not items:
            return "{}"
        if items not in self.at:
            self.at[items] = len(self.items)
            self.items += items
        return f"{{{array} + {self.at[items]}, {len(items)}}}"


def page_token(name):
    """The member of the operation's input and of its answer; empty: there is none."""
    def tokens(shape):
        return [member for member in (SHAPES[shape].get("members", {}) if shape else {}) if ROLES.get(member) == "PageToken"]

    taken, given = tokens(OPERATIONS[name]["input"]), tokens(OPERATIONS[name]["output"])
    if taken != given or len(taken) > 1:
        sys.exit(f"model/generate.py: {name} takes the page tokens {taken} and gives {given}")
    return taken[0] if taken else ""


def tables(_):
    check_categories()
    number = {name: i for i, name in enumerate(SHAPES)}
    patterns = sorted({shape["pattern"] for shape in SHAPES.values() if "pattern" in shape})
    members, words = Pool(), Pool()
    shape_rows, operation_rows = [], []
    for name, shape in SHAPES.items():
        rows = [f"{{{text(m)}, {number[of]}, {'true' if m in shape['required'] else 'false'}, Role::k{ROLES.get(m, 'Argument')}}}"
                for m, of in shape.get("members", {}).items()]
        element = shape.get("member", shape.get("value"))
        shape_rows.append("{%s, Type::k%s, %s, %s, %s, %d, %s, %s, %d, %d}" % (
            text(name), shape["type"].capitalize(), "true" if shape.get("sensitive") else "false",
            shape.get("min", "kNoMin"), shape.get("max", "kNoMax"),
            patterns.index(shape["pattern"]) if "pattern" in shape else -1,
            words.span("kWords", map(text, shape.get("enum", []))), members.span("kMembers", rows),
            number[element] if element else 0, number[shape["key"]] if "key" in shape else 0))
    for name, operation in OPERATIONS.items():
        operation_rows.append("{%s, %d, %d, Auth::%s, domain::Category::k%s, %s, %s, %s}" % (
            text(name), number[operation["input"]], number[operation["output"]] if operation["output"] else -1,
            AUTH[operation["auth"]], category(name), "true" if name in CATEGORIES["per_user"] else "false", text(page_token(name)),
            words.span("kWords", map(text, operation["errors"]))))
    pattern_rows = ["{%s, %s}" % (text(pattern), text(RE2_SPELLING.get(pattern, pattern))) for pattern in patterns]

    def array(declaration, rows):
        return "constexpr %s[] = {\n    %s};\n" % (declaration, ",\n    ".join(rows))

    print("// Generated by model/generate.py from model/cognito.json and model/categories.json.\n"
          '#include "operations/dispatch/model.h"\n\n'
          "namespace sallyport::operations::model {\nnamespace {\n")
    print(array("std::string_view kWords", words.items))
    print(array("Member kMembers", members.items))
    print(array("Shape kShapes", shape_rows))
    print(array("Pattern kPatterns", pattern_rows))
    print(array("OperationModel kOperations", operation_rows))
    print("}  // namespace\n\nconst std::span<const Shape> shapes(kShapes);\n"
          "const std::span<const Pattern> patterns(kPatterns);\n"
          "const std::span<const OperationModel> operations(kOperations);\n\n"
          "}  // namespace sallyport::operations::model")


def built(files):
    implemented = built_names(files)
    rows = ["&k" + name if name in implemented else "nullptr" for name in OPERATIONS]
    print("// Generated by model/generate.py: the operations of the model that a file of src/operations/ defines.\n"
          '#include "operations/dispatch/built.h"\n#include "operations/operation.h"\n\n'
          "namespace sallyport::operations {\nnamespace {\n\n"
          "constexpr const AnyOperation* kBuilt[] = {\n    " + ",\n    ".join(rows) + "};\n\n"
          "}  // namespace\n\nconst std::span<const AnyOperation* const> built_operations(kBuilt);\n\n"
          "}  // namespace sallyport::operations")


def declarations(_):
    print("// Generated by model/generate.py: each operation of the model, defined or not.\n#pragma once\n\n"
          '#include <boost/json/object.hpp>\n\n'
          "namespace sallyport::operations {\n\ntemplate <typename Input>\nstruct Operation;\n\nnamespace api {")
    for name in OPERATIONS:
        print(f"class {name}Input;")
    print("}  // namespace api\n")
    for name in OPERATIONS:
        print(f"extern const Operation<api::{name}Input> k{name};")
    print("\n}  // namespace sallyport::operations")


# Of C++, and what View calls its own.
KEYWORDS = {"and", "auto", "bool", "break", "case", "catch", "char", "class", "concept", "const", "continue", "default", "delete", "do", "double",
            "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "json", "long",
            "mutable", "namespace", "new", "not", "operator", "or", "private", "protected", "public", "register", "requires", "return",
            "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typename",
            "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor"}


def accessor(member):
    name = snake_case(member) if member.upper() != member else member.lower()
    return name + "_" if name in KEYWORDS else name


def enumerator(value):
    words = re.findall(r"[A-Za-z0-9]+", value)
    return "k" + "".join(word.capitalize() if word.isupper() else word[0].upper() + word[1:] for word in words)


def is_enumeration(shape):
    return "enum" in SHAPES[shape]


def element_type(shape):
    """Of what a List is."""
    if SHAPES[shape]["type"] == "structure" or is_enumeration(shape):
        return shape
    if SHAPES[shape]["type"] == "string":
        return "std::string_view"
    sys.exit(f"a list of {shape}: no operation has needed one")


def reading(member, shape, required):
    """The lines of a class that read one member of that shape."""
    kind, name = SHAPES[shape]["type"], accessor(member)
    simple = {"string": ("Text", "std::string_view"), "blob": ("Text", "std::string_view"), "integer": ("Integer", "int64_t"),
              "long": ("Integer", "int64_t"), "boolean": ("Flag", "bool"), "timestamp": ("Seconds", "double")}
    quoted = text(member)
    if shape in PARAMETERS:
        lines = [f"{shape} {name}() const {{ return {shape}(MapOrEmpty({quoted})); }}"]
    elif is_enumeration(shape):
        lines = [f"{shape} {name}() const {{ return RequiredEnumeration<{shape}>({quoted}); }}" if required else
                 f"std::optional<{shape}> {name}() const {{ return Enumeration<{shape}>({quoted}); }}"]
    elif kind in simple:
        function, type_ = simple[kind]
        if required:
            lines = [f"{type_} {name}() const {{ return Required{function}({quoted}); }}"]
        elif function == "Text":
            lines = [f"std::string_view {name}() const {{ return Text({quoted}); }}"]
        elif function == "Seconds":
            lines = [f"std::optional<double> {name}() const {{ return Seconds({quoted}); }}"]
        else:
            lines = [f"{type_} {name}({type_} otherwise) const {{ return {function}({quoted}, otherwise); }}"]
    elif kind == "structure":
        lines = [f"{shape} {name}() const {{ return {shape}(RequiredMap({quoted})); }}" if required else
                 f"std::optional<{shape}> {name}() const {{ return Structure<{shape}>({quoted}); }}"]
    elif kind == "list":
        element = element_type(SHAPES[shape]["member"])
        lines = [f"List<{element}> {name}() const {{ return List<{element}>(Array({quoted})); }}"]
    elif kind == "map":
        lines = [f"const boost::json::object& {name}() const {{ return RequiredMap({quoted}); }}" if required else
                 f"const boost::json::object* {name}() const {{ return Map({quoted}); }}"]
    else:
        lines = [f"const boost::json::value* {name}() const {{ return Document({quoted}); }}"]
    if not required:
        lines.append(f"bool has_{name.removesuffix('_')}() const {{ return Has({quoted}); }}")
    return lines


def view(name, lines):
    print(f"class {name} : public View {{\n public:\n  explicit {name}(const boost::json::object& object) : View(object) {{}}")
    for line in lines:
        print("  " + line)
    print("};\n")


def inputs(_):
    """Shapes come after those that they are made of."""
    done, open_ = set(), []

    def emit(shape):
        if shape in done:
            return
        if shape in open_:
            sys.exit(f"{shape} contains itself: {' in '.join(open_)}")
        open_.append(shape)
        of = SHAPES[shape]
        for inner in [*of.get("members", {}).values(), *(of[key] for key in ("member", "value") if key in of)]:
            emit(inner)
        if is_enumeration(shape):
            names = [enumerator(value) for value in of["enum"]]
            if len(set(names)) != len(names):
                sys.exit(f"{shape}: two values have one name: {names}")
            print(f"enum class {shape} {{ {', '.join(names)} }};\n"
                  f"inline constexpr std::string_view k{shape}Words[] = {{{', '.join(map(text, of['enum']))}}};\n"
                  f"constexpr std::span<const std::string_view> Words({shape}) {{ return k{shape}Words; }}\n")
        elif shape in PARAMETERS:
            view(shape, [f"Parameter {accessor(key)}() const {{ return Entry({text(key)}); }}" for key in PARAMETERS[shape]])
        elif of["type"] == "structure" and shape not in operation_of:
            view(shape, [line for member, inner in of["members"].items() for line in reading(member, inner, member in of["required"])])
        open_.pop()
        done.add(shape)

    operation_of = {operation["input"]: name for name, operation in OPERATIONS.items()}
    check_parameters()
    print("// Generated by model/generate.py: the input of each operation of the model, and the shapes within them, as views\n"
          "// (operations/view/view.h).\n#pragma once\n\n"
          '#include "operations/view/view.h"\n\n'
          "namespace sallyport::operations::api {\n")
    for shape in operation_of:
        emit(shape)
    for shape, name in operation_of.items():
        of = SHAPES[shape]
        view(name + "Input", [line for member, inner in of["members"].items() for line in reading(member, inner, member in of["required"])])
    view("AnyInput", [line for member, inner in of_any_input().items() for line in reading(member, inner, False)])
    print("}  // namespace sallyport::operations::api")


def check_parameters():
    for shape in PARAMETERS:
        if SHAPES.get(shape, {}).get("type") != "map":
            sys.exit(f"model/parameters.json: the model has no map {shape}")


def of_any_input():
    """The shape of each member that the dispatcher reads. It has one, whatever operation it is of."""
    found = {}
    for member in OF_ANY_INPUT:
        shapes = {SHAPES[operation["input"]]["members"][member] for operation in OPERATIONS.values()
                  if member in SHAPES[operation["input"]]["members"]}
        kinds = {SHAPES[shape]["type"] for shape in shapes}
        if len(kinds) != 1:
            sys.exit(f"{member}: {'no operation has it' if not kinds else 'operations differ in its type'}")
        found[member] = min(shapes)
    return found


def hook_answers(_):
    hooks = json.loads(pathlib.Path(__file__).with_name("hooks.json").read_text())
    print("// Generated by model/generate.py from model/hooks.json: what the answers of a pool's functions may have, in event.response.\n"
          '#pragma once\n\n#include "domain/hooks/hook_answer.h"\n\nnamespace sallyport::domain {\n')
    for name, members in hooks.items():
        print(f"class {name}Answer : public HookAnswer {{\n public:\n"
              f"  explicit {name}Answer(const boost::json::object& response) : HookAnswer(response) {{}}")
        for member in members:
            print(f"  HookMember {snake_case(member)}() const {{ return Member({text(member)}); }}")
        print("};\n")
    print("}  // namespace sallyport::domain")


def docs(files):
    implemented = built_names(files)
    called_with = {"sigv4": "SigV4", "access-token": "access token", "none": "nothing"}
    print("# Operations\n\n"
          "The Cognito API's operations, as `model/` knows them, and those that Sallyport has. The others are answered with 501\n"
          "`OperationNotBuiltException`. Generated: `cmake --build --preset test --target operations_doc`.\n\n"
          f"{len(implemented)} of {len(OPERATIONS)} are built.\n\n"
          "| operation | called with | built |\n|---|---|---|")
    for name, operation in OPERATIONS.items():
        print(f"| {name} | {called_with[operation['auth']]} | {'yes' if name in implemented else ''} |")


def main():
    commands = {"tables": tables, "built": built, "declarations": declarations, "inputs": inputs, "hook_answers": hook_answers, "docs": docs}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](sorted(sys.argv[2:]))


if __name__ == "__main__":
    main()
