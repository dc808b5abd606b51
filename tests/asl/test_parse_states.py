"""One state at a time: what its fields may be, and what they may not."""

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


@pytest.mark.parametrize(
    "state",
    [
        {
            "Type": "Map",
            "Iterator": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}},
            "Parameters": {},
        },
        {
            "Type": "Task",
            "Resource": FUNCTION,
            "TimeoutSecondsPath": "$.t",
            "Retry": [],
            "Catch": [],
        },
        {"Type": "Task", "Resource": "${Substituted}"},
        {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:listTables"},
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken",
        },
        {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2"},
        {"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z"},
        {"Type": "Pass", "Assign": {"größe_1": 1}},
        {"Type": "Pass", "Result": {"a.$": 5}},
    ],
)
def test_what_is_allowed(of_state, state):
    assert of_state(state) == []


def branch(name="I"):
    return {"StartAt": name, "States": {name: {"Type": "Succeed"}}}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            {"Type": "Pass", "Next": "S", "End": True},
            ("ASL008", "", "the state 'S' has both 'Next' and 'End'", "give exactly one of them"),
        ),
        (
            {"Type": "Pass", "End": False},
            (
                "ASL008", "", "the state 'S' has no 'Next', and 'End' is false",
                "name a 'Next' state",
            ),
        ),
        (
            {"Type": "Succeed", "End": True},
            (
                "ASL005", "/End", "the state 'S', of type Succeed, has no field 'End'",
                "it belongs to Task, Parallel, Map, Pass, Wait",
            ),
        ),
        (
            {"Type": "Pass", "Output": "{% 1 %}"},
            (
                "ASL006", "/Output", "'Output' belongs to JSONata, and the state 'S' uses JSONPath",
                'set "QueryLanguage": "JSONata" in this state, or use the fields of JSONPath',
            ),
        ),
        (
            {"Type": "Pass", "QueryLanguage": "JSONata", "Parameters": {}},
            (
                "ASL006", "/Parameters",
                "'Parameters' belongs to JSONPath, and the state 'S' uses JSONata",
                'set "QueryLanguage": "JSONPath" in this state, or use the fields of JSONata',
            ),
        ),
        (
            {"Type": "Pass", "Comment": 5},
            ("ASL003", "/Comment", "'Comment' must be a text, not a number", None),
        ),
        (
            {"Type": "Pass", "InputPath": 5},
            ("ASL003", "/InputPath", "'InputPath' must be a path, not a number", None),
        ),
        (
            {"Type": "Pass", "ResultPath": 5},
            ("ASL003", "/ResultPath", "'ResultPath' must be a path or null, not a number", None),
        ),
        (
            {"Type": "Pass", "Assign": [1]},
            ("ASL003", "/Assign", "'Assign' must be an object, not an array", None),
        ),
        (
            {"Type": "Pass", "Assign": {"1a": 1}},
            (
                "ASL016", "/Assign/1a", "'1a' is not a variable's name",
                "letters, digits and underscores, not beginning with a digit, at most 80",
            ),
        ),
        (
            {"Type": "Pass", "Assign": {"states.$": "$"}},
            ("ASL016", "/Assign/states.$", "the variable name 'states' is reserved", None),
        ),
        ({"Type": "Task"}, ("ASL004", "", "the state 'S' needs the field 'Resource'", None)),
        (
            {"Type": "Task", "Resource": ""},
            ("ASL015", "/Resource", "'Resource' must not be empty", None),
        ),
        (
            {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 5, "HeartbeatSeconds": 5},
            (
                "ASL010", "/HeartbeatSeconds",
                "'HeartbeatSeconds' (5) must be smaller than 'TimeoutSeconds' (5)", None,
            ),
        ),
        (
            {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t"},
            (
                "ASL011", "/TimeoutSecondsPath",
                "'TimeoutSeconds' and 'TimeoutSecondsPath' exclude each other", "keep one of them",
            ),
        ),
        (
            {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": "{% 5 %}"},
            (
                "ASL010", "/TimeoutSeconds", "'TimeoutSeconds' must be a whole number, not a text",
                'an expression needs "QueryLanguage": "JSONata"',
            ),
        ),
        (
            {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 0},
            (
                "ASL010", "/TimeoutSeconds",
                "'TimeoutSeconds' must be from 1 to 99999999, not 0", None,
            ),
        ),
        (
            {"Type": "Task", "QueryLanguage": "JSONata", "Resource": FUNCTION, "TimeoutSeconds": " {% 5 %}"},
            (
                "ASL105", "/TimeoutSeconds", "' {% 5 %}' has only one of the delimiters {% and %}",
                "a JSONata text begins with {% and ends with %}, without blanks outside",
            ),
        ),
        (
            {"Type": "Task", "Resource": FUNCTION, "Credentials": "role"},
            ("ASL003", "/Credentials", "'Credentials' must be an object, not a text", None),
        ),
        (
            {"Type": "Wait"},
            (
                "ASL011", "",
                "the state 'S' needs exactly one of Seconds, SecondsPath, Timestamp and"
                " TimestampPath; it has none",
                None,
            ),
        ),
        (
            {"Type": "Wait", "Timestamp": "tomorrow"},
            (
                "ASL010", "/Timestamp",
                "'Timestamp' must be an RFC 3339 timestamp such as 2026-01-31T12:00:00Z, not"
                " 'tomorrow'",
                None,
            ),
        ),
        (
            {"Type": "Wait", "Timestamp": 5},
            ("ASL010", "/Timestamp", "'Timestamp' must be a timestamp, not a number", None),
        ),
        (
            {"Type": "Wait", "Seconds": True},
            ("ASL010", "/Seconds", "'Seconds' must be a whole number, not a boolean", None),
        ),
        ({"Type": "Choice"}, ("ASL004", "", "the state 'S' needs the field 'Choices'", None)),
        (
            {"Type": "Choice", "Choices": []},
            ("ASL015", "/Choices", "'Choices' needs at least one rule", None),
        ),
        (
            {"Type": "Choice", "Choices": [5], "Default": "T"},
            ("ASL003", "/Choices/0", "a rule must be an object, not a number", None),
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True}], "Default": "T"},
            ("ASL004", "/Choices/0", "the rule needs the field 'Next'", None),
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$", "IsNul": True, "Next": "T"}], "Default": "T"},
            (
                "ASL106", "/Choices/0/IsNul", "there is no operator 'IsNul'",
                "did you mean 'IsNull'?",
            ),
        ),
        (
            {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Next": "T"}], "Default": "T"},
            ("ASL004", "/Choices/0", "the rule needs the field 'Condition'", None),
        ),
        (
            {
                "Type": "Choice", "QueryLanguage": "JSONata", "Default": "T",
                "Choices": [{"Next": "T", "Condition": "yes"}],
            },
            (
                "ASL105", "/Choices/0/Condition",
                "'Condition' must be a boolean or a JSONata expression",
                "an expression is written {% ... %}",
            ),
        ),
        (
            {"Type": "Fail", "Error": "E", "ErrorPath": "$.e"},
            (
                "ASL011", "/ErrorPath", "'Error' and 'ErrorPath' exclude each other",
                "keep one of them",
            ),
        ),
        (
            {"Type": "Fail", "Cause": 5},
            ("ASL010", "/Cause", "'Cause' must be a text, not a number", None),
        ),
        (
            {"Type": "Fail", "CausePath": "cause"},
            (
                "ASL102", "/CausePath", "'cause' is neither a path nor an intrinsic function",
                "a path begins with $",
            ),
        ),
        (
            {"Type": "Parallel", "Branches": []},
            ("ASL015", "/Branches", "'Branches' needs at least one branch", None),
        ),
        (
            {"Type": "Parallel", "Branches": [5]},
            ("ASL003", "/Branches/0", "a branch must be an object, not a number", None),
        ),
        (
            {"Type": "Parallel", "Branches": [{**branch(), "Timeout": 5}]},
            ("ASL005", "/Branches/0/Timeout", "a branch has no field 'Timeout'", None),
        ),
        (
            {"Type": "Map"},
            ("ASL004", "", "the state 'S' needs the field 'ItemProcessor'", None),
        ),
        (
            {"Type": "Map", "ItemProcessor": branch(), "Iterator": branch("J")},
            (
                "ASL011", "/Iterator", "'ItemProcessor' and 'Iterator' exclude each other",
                "keep one of them",
            ),
        ),
        (
            {"Type": "Map", "ItemProcessor": branch(), "ItemBatcher": {"MaxItemsPerBatch": 5}},
            (
                "ASL011", "/ItemBatcher", "'ItemBatcher' needs a Map in DISTRIBUTED mode",
                'set "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}',
            ),
        ),
        (
            {"Type": "Map", "ItemProcessor": {**branch(), "ProcessorConfig": {"Mode": "DISTRIBUTED"}}},
            (
                "ASL004", "/ItemProcessor/ProcessorConfig",
                "ProcessorConfig needs the field 'ExecutionType' in DISTRIBUTED mode", None,
            ),
        ),
        (
            {"Type": "Map", "ItemProcessor": {**branch(), "ProcessorConfig": {"Mode": "INLNE"}}},
            (
                "ASL010", "/ItemProcessor/ProcessorConfig/Mode", "'Mode' cannot be 'INLNE'",
                "did you mean 'INLINE'?",
            ),
        ),
        (
            {"Type": "Map", "ItemProcessor": {**branch(), "ProcessorConfig": {"ExecutionType": "EXPRESS"}}},
            (
                "ASL011", "/ItemProcessor/ProcessorConfig/ExecutionType",
                "'ExecutionType' needs DISTRIBUTED mode", None,
            ),
        ),
        (
            {"Type": "Map", "ItemProcessor": branch(), "ToleratedFailurePercentage": 101},
            (
                "ASL010", "/ToleratedFailurePercentage",
                "'ToleratedFailurePercentage' must be from 0 to 100, not 101", None,
            ),
        ),
        (
            {"Type": "Map", "ItemProcessor": branch(), "ToleratedFailurePercentage": "all"},
            (
                "ASL010", "/ToleratedFailurePercentage",
                "'ToleratedFailurePercentage' must be a number, not a text", None,
            ),
        ),
        (
            {"Type": "Map", "ItemProcessor": branch(), "ItemsPath": "$..a"},
            (
                "ASL102", "/ItemsPath", "'$..a' is not a reference path",
                "use names and single indexes only: $.a['b'][0]",
            ),
        ),
        (
            {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": branch(), "Items": 5},
            ("ASL003", "/Items", "'Items' must be an array or JSONata, not a number", None),
        ),
    ],
)  # fmt: skip
def test_one_thing_that_is_wrong_with_a_state(only, state, expected):
    code, inside, message, hint = expected
    found = only(state, T={"Type": "Succeed"})
    assert found == (code, f"/States/S{inside}", message, hint)


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        ("InputPath", "$.[", "ASL101", ""),
        (
            "Parameters",
            {"a.$": "x"},
            "ASL103",
            "The value for the field 'a.$' must be a valid JSONPath",
        ),
        ("ResultPath", "$.a[*]", "ASL102", ""),
        ("ResultPath", "$$.a", "ASL102", ""),
    ],
)
def test_a_text_that_cannot_be_compiled(only, field, value, code, message):
    found = only({"Type": "Pass", field: value})
    assert found[0] == code
    assert found[1].startswith(f"/States/S/{field}")
    assert found[2].startswith(message)


def test_jsonata_that_cannot_be_compiled_is_reported_inside_its_field(only):
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": ["{% 1 + %}"]}}
    found = only(state)
    assert found[:2] == ("ASL105", "/States/S/Output/a/0")


def handled(field, *items):
    return {"Type": "Task", "Resource": FUNCTION, field: list(items)}


ALONE = (
    "'States.ALL' must stand alone, and in the last entry",
    "move it into an entry of its own at the end",
)


@pytest.mark.parametrize(
    ("item", "code", "pointer", "message"),
    [
        (5, "ASL003", "", "a retrier must be an object, not a number"),
        ({}, "ASL004", "", "a retrier needs the field 'ErrorEquals'"),
        ({"ErrorEquals": []}, "ASL015", "/ErrorEquals", "'ErrorEquals' needs at least one error name"),
        ({"ErrorEquals": "E"}, "ASL003", "/ErrorEquals", "'ErrorEquals' must be an array, not a text"),
        ({"ErrorEquals": [5]}, "ASL003", "/ErrorEquals", "an error name must be a text, not a number"),
        ({"ErrorEquals": ["E", "States.ALL"]}, "ASL013", "/ErrorEquals", ALONE[0]),
        ({"ErrorEquals": ["E"], "Next": "T"}, "ASL005", "/Next", "a retrier has no field 'Next'"),
        (
            {"ErrorEquals": ["E"], "MaxAttempts": -1},
            "ASL010", "/MaxAttempts", "'MaxAttempts' must be from 0 to 99999999, not -1",
        ),
        (
            {"ErrorEquals": ["E"], "IntervalSeconds": -1},
            "ASL010", "/IntervalSeconds", "'IntervalSeconds' must be from 0 to 99999999, not -1",
        ),
        (
            {"ErrorEquals": ["E"], "BackoffRate": 0.5},
            "ASL010", "/BackoffRate", "'BackoffRate' must be at least 1.0, not 0.5",
        ),
        (
            {"ErrorEquals": ["E"], "JitterStrategy": "SOME"},
            "ASL010", "/JitterStrategy", "'JitterStrategy' cannot be 'SOME'",
        ),
    ],
)  # fmt: skip
def test_one_thing_that_is_wrong_with_a_retrier(only, item, code, pointer, message):
    assert only(handled("Retry", item))[:3] == (
        code,
        f"/States/S/Retry/0{pointer}",
        message,
    )


@pytest.mark.parametrize(
    ("item", "code", "pointer", "message"),
    [
        (5, "ASL003", "", "a catcher must be an object, not a number"),
        ({"ErrorEquals": ["E"]}, "ASL004", "", "a catcher needs the field 'Next'"),
        (
            {"ErrorEquals": ["E"], "Next": "X"},
            "ASL007", "/Next", "'Next' names the state 'X', which does not exist",
        ),
        ({"ErrorEquals": ["E"], "Next": "S", "Output": 1}, "ASL005", "/Output", "a catcher has no field 'Output'"),
    ],
)  # fmt: skip
def test_one_thing_that_is_wrong_with_a_catcher(only, item, code, pointer, message):
    assert only(handled("Catch", item))[:3] == (
        code,
        f"/States/S/Catch/0{pointer}",
        message,
    )


def test_states_all_stands_in_the_last_entry(only):
    found = only(handled("Retry", {"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}))
    assert found == ("ASL013", "/States/S/Retry/0/ErrorEquals", *ALONE)
