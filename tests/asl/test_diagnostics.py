"""Definitions judged as ValidateStateMachineDefinition and CreateStateMachine judge them.

The recordings are data of another project and lie beside this one; without them their tests skip.
Other expectations are messages that users of the service have published.
"""

import csv
import importlib.util
import json
from pathlib import Path

import pytest

from simulator.asl.checks import check
from simulator.asl.diagnostics import diagnose, variable_references
from simulator.asl.parse import parse
from simulator.asl.source import Source

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
CASES = RECORDINGS / "cases"
recorded = pytest.mark.skipif(
    not CASES.is_dir(), reason="the recordings do not lie beside the project"
)


def ids(kind):
    if not CASES.is_dir():
        return []
    with (CASES / "index.tsv").open(encoding="utf-8", newline="") as rows:
        return [
            row["id"]
            for row in csv.DictReader(rows, delimiter="\t")
            if row["kind"] == kind and row["origin"] == "aws" and "__mock" not in row["id"]
        ]


def case(name):
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def text_of(recording):
    definition = recording.get("definition")
    return recording["definition_text"] if definition is None else json.dumps(definition)


@pytest.fixture(scope="session")
def compare():
    spec = importlib.util.spec_from_file_location("compare", RECORDINGS / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compare


@recorded
@pytest.mark.parametrize("name", ids("validation"))
def test_a_recorded_answer_on_every_level(name, compare):
    recording = case(name)
    found = diagnose(text_of(recording), recording["type"])
    answer = {"valid": found.valid, "error": found.error, "message": found.message}
    answer |= found.answer()
    if "variable_references" in recording["expected"]:
        machine, _ = parse(Source.read(text_of(recording), Path("d.json")))
        answer["variable_references"] = variable_references(machine)
    graded = compare(recording, answer)
    assert graded["L1"], graded
    assert graded["L2"], graded
    assert graded["L3"], graded


@recorded
def test_no_definition_that_the_service_took_is_refused():
    refused = {}
    for name in ids("execution"):
        recording = case(name)
        definition = text_of(recording)
        found = diagnose(definition, recording["type"])
        machine, problems = parse(Source.of(json.loads(definition), Path("d.json")))
        problems = [*problems, *(check(machine) if machine else ())]
        errors = [problem for problem in problems if problem.severity == "error"]
        if found.errors or errors:
            refused[name] = [*map(str, found.errors), *map(str, errors)]
    assert refused == {}


S = "SCHEMA_VALIDATION_FAILED"
T = "MISSING_TRANSITION_TARGET"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:F"
INNER = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}


def of(state, **top):
    return {"StartAt": "A", "States": {"A": {"End": True, **state}}, **top}


def task(**more):
    return of({"Type": "Task", "Resource": LAMBDA, **more})


def each(**more):
    return of({"Type": "Map", "ItemProcessor": INNER, **more})


def distributed(**config):
    return of({"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **INNER}})


def choice(*rules, **more):
    states = {"C": {"Type": "Choice", "Choices": list(rules), **more}, "Z": {"Type": "Succeed"}}
    return {"StartAt": "C", "States": states}


def judged(definition, kind="STANDARD", **asked):
    text = definition if isinstance(definition, str | bytes) else json.dumps(definition)
    found = diagnose(text, kind, **asked)
    return [(item.code, item.message, item.location) for item in found.diagnostics]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (of({"Type": "Pass", "Retry": []}), (S, "Field 'Retry' is not supported", "/States/A")),
        (
            of({"Type": "Pass", "InputPath": "a"}),
            (S, "Value must be a valid JSONPath.", "/States/A/InputPath"),
        ),
        (
            of({"Type": "Pass", "ResultPath": "$.a[*]"}),
            (S, "Value is not a Reference Path", "/States/A/ResultPath"),
        ),
        (
            of({"Type": "Pass", "Next": "A"}),
            (S, "There should only be one of the following fields: [Next, End]", "/States/A"),
        ),
        (
            of({"Type": "Pass", "End": False}),
            (
                S, "This object should have only one of the following fields: [Next, End]",
                "/States/A",
            ),
        ),
        (
            of({"Type": "Pass", "Assign": {"states": 1}}),
            (
                "RESERVED_VARIABLE_NAME", "Cannot assign to reserved variable '$states'.",
                "/States/A/Assign/states",
            ),
        ),
        (
            of({"Type": "Pass", "InputPath": "$.a"}, QueryLanguage="JSONata"),
            (
                S,
                "The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for"
                " the 'JSONPath' QueryLanguage",
                "/States/A",
            ),
        ),
        (
            of({"Type": "Pass", "Output": "{% 1 %}"}),
            (
                S,
                "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the"
                " 'JSONata' QueryLanguage",
                "/States/A",
            ),
        ),
        (
            of({"Type": "Pass", "QueryLanguage": "jsonata"}),
            (
                S, "Value should be one of the following: [JSONPath, JSONata]",
                "/States/A/QueryLanguage",
            ),
        ),
        (
            of({"Type": "Pass", "QueryLanguage": "JSONPath", "Output": 1}, QueryLanguage="JSONata"),
            (
                S,
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                "/States/A",
            ),
        ),
        (
            of({"Type": "Pass"}, QueryLanguage=5),
            (S, "Expected value of type [STRING]", "/QueryLanguage"),
        ),
        (
            of({"Type": "Pass"}, Version="2.0"),
            (S, "Value should be one of the following: [1.0]", "/Version"),
        ),
        (
            of({"Type": "Pass", "Output": "{% 1 + %}"}, QueryLanguage="JSONata"),
            ("INVALID_JSONATA_EXPRESSION", "Unexpected end of expression", "/States/A/Output"),
        ),
        (
            of({"Type": "Pass", "Output": ["{% 1 ?: 2 %}"]}, QueryLanguage="JSONata"),
            (
                "INVALID_JSONATA_EXPRESSION", 'The symbol ":" cannot be used as a unary operator',
                "/States/A/Output[0]",
            ),
        ),
        (
            of({"Type": "Pass", "Output": {"v": "{% phone %}"}}, QueryLanguage="JSONata"),
            (
                "UNSUPPORTED_JSONATA_EXPRESSION",
                "Reference to 'phone' at the top level is not supported.",
                "/States/A/Output/v",
            ),
        ),
        (
            of({"Type": "Pass", "Output": "{% $states.errorOutput %}"}, QueryLanguage="JSONata"),
            (
                "UNSUPPORTED_JSONATA_EXPRESSION", "Field '$states.errorOutput' does not exist.",
                "/States/A/Output",
            ),
        ),
        (
            of({"Type": "Pass", "Output": "{% $$ %}"}, QueryLanguage="JSONata"),
            (
                "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to '$$' is not supported.",
                "/States/A/Output",
            ),
        ),
        (
            of({"Type": "Pass", "Output": "{% 1"}, QueryLanguage="JSONata"),
            (S, "JSONata string must start with {% and end with %}", "/States/A/Output"),
        ),
        (
            of({"Type": "Wait", "Seconds": 10**16}),
            (S, "Maximum value is 99999999", "/States/A/Seconds"),
        ),
        (
            of({"Type": "Wait", "Seconds": 1, "TimestampPath": "$.t"}),
            (
                S,
                "There should only be one of the following fields: [SecondsPath, Seconds,"
                " TimestampPath, Timestamp]",
                "/States/A",
            ),
        ),
        (
            of({"Type": "Wait", "Timestamp": "2026-01-01 00:00:00Z"}),
            (S, "String does not match RFC3339 timestamp", "/States/A/Timestamp"),
        ),
        (task(TimeoutSeconds=0), (S, "Minimum value is 1", "/States/A/TimeoutSeconds")),
        (
            task(TimeoutSeconds="1"),
            (S, "Expected value of type Integer", "/States/A/TimeoutSeconds"),
        ),
        (
            task(TimeoutSeconds=1, TimeoutSecondsPath="$.t"),
            (
                S,
                "There should only be one of the following fields: [TimeoutSeconds,"
                " TimeoutSecondsPath]",
                "/States/A",
            ),
        ),
        (task(Resource="lambda"), (S, "Value is not a valid resource ARN", "/States/A/Resource")),
        (
            task(Resource="arn:aws:states:::lambda:invoke.sync"),
            (
                S,
                "The resource provided arn:aws:states:::lambda:invoke.sync is not recognized. The"
                " value is not a valid resource ARN, or the resource is not available in this"
                " region.",
                "/States/A/Resource",
            ),
        ),
        (
            task(Credentials={}),
            (S, "The field 'RoleArn' is required but was missing", "/States/A/Credentials"),
        ),
        (
            task(Parameters={"a": [{"k.$": "x"}]}),
            (
                S,
                "The value for the field 'k.$' must be a valid JSONPath or a valid intrinsic function"
                " call",
                "/States/A/Parameters",
            ),
        ),
        (
            task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}]),
            (
                S, "States.ALL must appear alone and at end of list",
                "/States/A/Retry[0]/ErrorEquals[0]",
            ),
        ),
        (
            task(Catch=[{"Next": "A"}]),
            (S, "These fields are required: [ErrorEquals]", "/States/A/Catch[0]"),
        ),
        (
            task(Catch=[{}]),
            (S, "These fields are required: [ErrorEquals, Next]", "/States/A/Catch[0]"),
        ),
        (
            task(Retry=[{"ErrorEquals": []}]),
            (S, "Value cannot be empty", "/States/A/Retry[0]/ErrorEquals"),
        ),
        (
            task(Retry=[{"ErrorEquals": ["E"], "JitterStrategy": "HALF"}]),
            (
                S, "Value should be one of the following: [NONE, FULL]",
                "/States/A/Retry[0]/JitterStrategy",
            ),
        ),
        (
            of({"Type": "Map"}),
            (
                S,
                "This object should have only one of the following fields: [ItemProcessor, Iterator]",
                "/States/A",
            ),
        ),
        (each(TimeoutSeconds=5), (S, "Field 'TimeoutSeconds' is not supported", "/States/A")),
        (each(MaxConcurrency=-1), (S, "Minimum value is 0", "/States/A/MaxConcurrency")),
        (
            each(ToleratedFailurePercentage=101),
            (S, "Maximum value is 100.0", "/States/A/ToleratedFailurePercentage"),
        ),
        (
            each(MaxConcurrencyPath="$$.Execution.Input.n"),
            (S, "Value is not a Reference Path", "/States/A/MaxConcurrencyPath"),
        ),
        (
            distributed(Mode="DISTRIBUTED"),
            (
                S, "These fields are required: [ExecutionType]",
                "/States/A/ItemProcessor/ProcessorConfig",
            ),
        ),
        (
            distributed(Mode="INLINE", ExecutionType="STANDARD"),
            (
                S, "Field 'ExecutionType' is not supported",
                "/States/A/ItemProcessor/ProcessorConfig",
            ),
        ),
        (
            of({"Type": "Parallel", "Branches": [{"QueryLanguage": "JSONata", **INNER}]}),
            (S, "Field 'QueryLanguage' is not supported", "/States/A/Branches[0]"),
        ),
        (choice(), (S, "Value cannot be empty", "/States/C/Choices")),
        (
            choice({"Variable": "$", "StringMatches": "T"}, Default="Z"),
            (S, "These fields are required: [Next]", "/States/C/Choices[0]"),
        ),
        (
            choice({"Variable": "T", "StringMatches": "T", "Next": "Z"}),
            (
                S, "Value is not a Reference Path: Reference path didn't start with '$'",
                "/States/C/Choices[0]/Variable",
            ),
        ),
        (
            choice({"Next": "Z"}),
            (
                S,
                "The object must have only one of the following fields, [And, Or, Not, Variable,"
                " Condition]",
                "/States/C/Choices[0]",
            ),
        ),
        (
            choice({"Not": {"Variable": "$", "IsNull": True, "Next": "Z"}, "Next": "Z"}),
            (S, "Field 'Next' is not supported", "/States/C/Choices[0]/Not"),
        ),
        (
            choice({"Variable": "$", "IsNull": True, "IsString": True, "Next": "Z"}),
            (
                S, "There should only be one of the following fields: [IsNull, IsString]",
                "/States/C/Choices[0]",
            ),
        ),
        (
            choice({"Condition": "{% true %}", "Next": "Z"}),
            (
                S,
                "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for"
                " the 'JSONata' QueryLanguage",
                "/States/C/Choices[0]",
            ),
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Nap", "End": True}}},
            (
                S,
                "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail,"
                " Choice, Parallel, Map]",
                "/States/A/Type",
            ),
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "ErrorPath": "$.e"}}},
            (S, "There should only be one of the following fields: [Error, ErrorPath]", "/States/A"),
        ),
        ("[]", (S, "Definition must be a valid JSON object", None)),
    ],
)  # fmt: skip
def test_one_mistake_in_the_words_of_the_service(definition, expected):
    assert judged(definition) == [expected]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (
            {"A": {"Type": "Pass", "Next": "N"}, "B": {"Type": "Pass", "End": True}},
            [
                (T, "Missing 'Next' target: N", "/States/A/Next"),
                (T, 'State "B" is not reachable.', "/States/B"),
            ],
        ),
        (
            {"B": {"Type": "Pass", "End": True}},
            [
                (T, "Missing 'Next' target: A", "/StartAt"),
                (T, 'State "B" is not reachable.', "/States/B"),
            ],
        ),
        (
            {"A": {"Type": "Pass", "Next": "N"}},
            [
                (T, "Missing 'Next' target: N", "/States/A/Next"),
                ("MISSING_END_STATE", "Workflow has no terminal state", None),
            ],
        ),
        (
            {"A": {"Type": "Pass", "Next": "A"}, "B": {"Type": "Pass", "Next": "A"}},
            [("MISSING_END_STATE", "Workflow has no terminal state", None)],
        ),
        (
            {"A": {"Type": "Pass", "Next": "A"}, "a/b": {"Type": "Pass", "End": True}},
            [(T, 'State "a/b" is not reachable.', "/States/a/b")],
        ),
        (
            {
                "A": {
                    "Type": "Task",
                    "Resource": LAMBDA,
                    "Catch": [{"ErrorEquals": ["E"], "Next": "N"}],
                    "Next": "C",
                },
                "C": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "IsNull": True, "Next": "M"}],
                    "Default": "L",
                },
                "D": {"Type": "Succeed"},
            },
            [
                (T, "Missing 'Next' target: N", "/States/A/Catch[0]/Next"),
                (T, "Missing 'Next' target: L", "/States/C/Default"),
                (T, "Missing 'Next' target: M", "/States/C/Choices[0]/Next"),
                (T, 'State "D" is not reachable.', "/States/D"),
            ],
        ),
        (
            {
                "A": {
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [
                        {
                            "StartAt": "P",
                            "States": {"P": {"Type": "Succeed"}, "Q": {"Type": "Succeed"}},
                        }
                    ],
                }
            },
            [(T, 'State "Q" is not reachable.', "/States/A/Branches[0]/States/Q")],
        ),
        (
            {
                "A": {
                    "Type": "Map",
                    "End": True,
                    "ItemProcessor": {
                        "StartAt": "P",
                        "States": {
                            "P": {"Type": "Pass", "Next": "Q"},
                            "Q": {"Type": "Pass", "Next": "P"},
                        },
                    },
                }
            },
            [],
        ),
    ],
)
def test_transitions_in_the_words_of_the_service(states, expected):
    assert judged({"StartAt": "A", "States": states}) == expected


def test_a_loop_inside_a_map_is_taken_and_told_to_a_person():
    inner = {"P": {"Type": "Pass", "Next": "P"}}
    machine, problems = parse(
        Source.of(each(ItemProcessor={"StartAt": "P", "States": inner}), Path("d.json"))
    )
    assert problems == []
    assert [problem.code for problem in check(machine)] == ["ASL204"]


def test_schema_errors_hide_transitions_and_stand_in_the_order_of_the_text():
    definition = {
        "StartAt": "X",
        "States": {
            "B": {"Type": "Wait", "Seconds": -1, "Color": 1, "End": True},
            "A": {"Type": "Pass", "Color": 1, "Next": "N"},
        },
        "Extra": 1,
    }
    assert judged(definition) == [
        (S, "Field 'Extra' is not supported", "/"),
        (S, "Field 'Color' is not supported", "/States/B"),
        (S, "Minimum value is 0", "/States/B/Seconds"),
        (S, "Field 'Color' is not supported", "/States/A"),
    ]


def test_an_express_workflow():
    definition = distributed(Mode="DISTRIBUTED", ExecutionType="EXPRESS")
    assert judged(definition) == []
    assert judged(definition, "EXPRESS") == [
        (
            S,
            "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state"
            " machines",
            "/States/A/ItemProcessor/ProcessorConfig/Mode",
        )
    ]
    definition["States"]["A"]["ItemProcessor"]["States"]["I"] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"MessageBody.$": "$$.Task.Token", "QueueUrl": "u"},
        "End": True,
    }
    assert judged(definition) == [
        (
            S,
            "Express state machine does not support '.waitForTaskToken' service integration ",
            "/States/A/ItemProcessor/States/I/Resource",
        )
    ]


def test_what_create_says():
    found = diagnose('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}')
    assert (found.valid, found.error) == (False, "InvalidDefinition")
    assert found.message == (
        "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at"
        " null'"
    )
    found = diagnose(json.dumps(of({"Type": "Pass"})))
    assert (found.valid, found.error, found.message) == (True, None, None)


def test_warnings_come_when_they_are_asked_for():
    definition = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Parameters": {"a": "$.x", "b": "States.UUID()"}, "Next": "B"},
            "B": {"Type": "Pass", "Result": {"c": ["$.x"]}, "Next": "C"},
            "C": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.x", "StringEquals": "$.y", "Next": "D"}],
                "Default": "D",
            },
            "D": {"Type": "Fail", "Cause": "$.Cause", "Error": "$5 are missing"},
        },
    }
    dollar = "No .$ on a field that appears to be a JSONPath or Intrinsic Function."
    path = "Field value looks like a path, but field name does not end with 'Path'."
    assert judged(definition) == []
    assert judged(definition, severity="WARNING") == [
        ("NO_DOLLAR", dollar, "/States/A/Parameters/a"),
        ("NO_DOLLAR", dollar, "/States/A/Parameters/b"),
        (
            "PASS_RESULT_IS_STATIC",
            "Attempt to use a path in the result of a pass state.",
            "/States/B/Result",
        ),
        ("NO_PATH", path, "/States/C/Choices[0]/StringEquals"),
        ("NO_PATH", path, "/States/D/Cause"),
    ]
    found = diagnose(json.dumps(definition), severity="WARNING", most=2)
    assert (len(found.diagnostics), found.truncated, found.valid) == (2, True, True)
    assert diagnose(json.dumps(definition), severity="WARNING", most=0).truncated is False


WANTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ("not a definition", f"Unrecognized token 'not': was expecting {WANTED}", 1, 4),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 1, 3),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 1, 7),
        ('{"a": 1\n "b": 2}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 2, 3),
        ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 5),
        ("[1,]", f"Unexpected character (']' (code 93)): expected a valid value {WANTED}", 1, 5),
        ('{"a": 1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 1, 10),
        ('{"a": }', f"Unexpected character ('}}' (code 125)): expected a valid value {WANTED}", 1, 8),
        ('{"a": tru}', f"Unrecognized token 'tru': was expecting {WANTED}", 1, 10),
        ('{"a": [1}', 'Unexpected close marker \'}\': expected \']\' (for Array starting at [Source: (String)"{"a": [1}"; line: 1, column: 7])', 1, 10),
        ('{"a": 01}', "Invalid numeric value: Leading zeroes not allowed", 1, 9),
        ('{"a": -}', "Unexpected character ('}' (code 125)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value", 1, 9),
        ('{"a": 1.}', "Unexpected character ('}' (code 125)) in numeric value: Decimal point not followed by a digit", 1, 10),
        ('{"a": "x\ny"}', "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value", 2, 1),
        ('{"a": "\\x"}', "Unrecognized character escape 'x' (code 120)", 1, 10),
        ('{"a": “x”}', f"Unexpected character ('“' (code 8220 / 0x201c)): expected a valid value {WANTED}", 1, 8),
        ('{"a', "Unexpected end-of-input in field name", 1, 4),
        ('{"a": "b', "Unexpected end-of-input in VALUE_STRING", 1, 9),
        ('{"a": 1', 'Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)"{"a": 1"; line: 1, column: 1])', 1, 8),
        ("{} x", f"Unrecognized token 'x': was expecting {WANTED}", 1, 5),
        ('{"a": NaN}', "Non-standard token 'NaN': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow", 1, 10),
    ],
)  # fmt: skip
def test_text_that_is_not_json(text, reason, line, column):
    place = f'[Source: (String)"{text}"; line: {line}, column: {column}]'
    assert judged(text) == [("INVALID_JSON_DESCRIPTION", f"{reason}\n at {place}", place)]


def test_long_texts_are_quoted_in_part():
    (found,) = judged("x " * 300)
    assert found[2] == f'[Source: (String)"{"x " * 250}"[truncated 100 chars]; line: 1, column: 2]'


def test_bytes_and_depth_are_survived():
    assert judged(json.dumps(of({"Type": "Pass"})).encode()) == []
    assert judged(b"\xff")[0][0] == "INVALID_JSON_DESCRIPTION"
    assert judged("[" * 100_000)[0][0] == "INVALID_JSON_DESCRIPTION"
    assert judged('{"a":' * 100_000)[0][0] == "INVALID_JSON_DESCRIPTION"
