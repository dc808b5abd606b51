"""Data around the work of a state: paths, variables, sharing."""

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


def passing(**fields):
    return {"S": {"Type": "Pass", **fields}}


RAW = {"a": {"b": 1}, "n": 5}


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, RAW),
        ({"InputPath": "$.a"}, {"b": 1}),
        ({"InputPath": None}, {}),
        ({"InputPath": "$$.State.Name"}, "S"),
        ({"OutputPath": "$.a.b"}, 1),
        ({"OutputPath": None}, {}),
        ({"OutputPath": "$$.Execution.Input.n"}, 5),
        ({"Parameters": {"x.$": "$.a.b", "y": "$.a"}}, {"x": 1, "y": "$.a"}),
        ({"InputPath": "$.a", "Parameters": {"x.$": "$.b"}}, {"x": 1}),
        ({"Result": 7, "Parameters": {"x": 1}}, 7),
        ({"Result": 7, "ResultPath": "$.a.r"}, {"a": {"b": 1, "r": 7}, "n": 5}),
        ({"Result": 7, "ResultPath": None}, RAW),
        # ResultPath writes into the raw input, not into what InputPath chose
        ({"InputPath": "$.a", "ResultPath": "$.r"}, {**RAW, "r": {"b": 1}}),
        ({"Result": 7, "ResultPath": "$.r", "OutputPath": "$.r"}, 7),
        ({"Result": None}, None),
    ],
)
def test_fields_of_jsonpath_apply_in_their_order(play, fields, output):
    assert play(passing(**fields), RAW).output == output


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"InputPath": "$.X"}, "Invalid path '$.X' : No results for path: $['X']"),
        (
            {"OutputPath": "$.no.such"},
            "Invalid path '$.no.such' : Missing property in path $['no']",
        ),
        (
            {"Parameters": {"k.$": "$.X"}},
            (
                "The JSONPath '$.X' specified for the field 'k.$' could not be found in the input"
                ' \'{"a":{"b":1},"n":5}\''
            ),
        ),
    ],
)
def test_a_path_that_finds_nothing_fails_the_execution(play, fields, cause):
    played = play(passing(**fields), RAW)
    assert played.types == ["ExecutionStarted", "PassStateEntered", "ExecutionFailed"]
    assert played.run.error == "States.Runtime"
    assert played.run.cause == (
        f"An error occurred while executing the state 'S' (entered at the event id #2). {cause}"
    )


def test_result_selector_sees_the_result_and_result_path_what_it_made(play, ok):
    state = {
        "Type": "Task",
        "Resource": FUNCTION,
        "ResultSelector": {"id.$": "$.body.id"},
        "ResultPath": "$.task",
        "OutputPath": "$.task",
        "Assign": {"raw.$": "$.body"},
    }
    played = play({"T": state}, {"n": 1}, tasks={"T": [ok({"body": {"id": 3}})]})
    assert played.output == {"id": 3}
    assert played.run.history[-2].details["assignedVariables"] == {"raw": '{"id":3}'}


def test_a_discarded_result_leaves_the_raw_input(play, ok):
    state = {"Type": "Task", "Resource": FUNCTION, "InputPath": "$.a", "ResultPath": None}
    played = play({"T": state}, RAW, tasks={"T": [ok("gone")]})
    assert played.output is played.run.input


# --- sharing -----------------------------------------------------------------------------------


def test_values_are_handed_on_and_never_copied(play, ok):
    large = {"rows": [{"id": number} for number in range(100)], "n": 1}
    states = {
        "Plain": {"Type": "Pass"},
        "Beside": {"Type": "Pass", "Result": "x", "ResultPath": "$.note"},
        "Chosen": {"Type": "Pass", "Parameters": {"rows.$": "$.rows"}},
        "Task": {"Type": "Task", "Resource": FUNCTION, "ResultPath": "$.result"},
        "Choice": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.rows", "IsPresent": True, "Next": "Wait"}],
        },
        "Wait": {"Type": "Wait", "Seconds": 1},
        "Both": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}],
            "ResultPath": "$.both",
        },
        "End": {"Type": "Succeed"},
    }
    played = play(states, large, tasks={"Task": [ok(1)]})
    assert played.output["rows"] is large["rows"]
    assert played.output["both"][0]["rows"] is large["rows"]
    assert played.script.calls[0].payload["rows"] is large["rows"]
    assert large == {"rows": [{"id": number} for number in range(100)], "n": 1}


def test_literals_of_the_definition_are_shared_by_all_runs(play):
    result = {"rows": [1, 2, 3]}
    assert play(passing(Result=result)).output is result


def test_writing_into_a_shared_value_leaves_the_others_as_they_were(play):
    states = {
        "Keep": {"Type": "Pass", "Assign": {"before.$": "$"}},
        "Write": {"Type": "Pass", "Result": 2, "ResultPath": "$.a.b"},
        "Show": {"Type": "Pass", "Parameters": {"before.$": "$before", "after.$": "$"}},
    }
    assert play(states, {"a": {"b": 1}}).output == {
        "before": {"a": {"b": 1}},
        "after": {"a": {"b": 2}},
    }


# --- variables ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_assignments_take_effect_in_the_next_state(play, language):
    swap = (
        {"x.$": "$y", "y.$": "$x"} if language == "JSONPath" else {"x": "{% $y %}", "y": "{% $x %}"}
    )
    states = {
        "Set": {"Type": "Pass", "Assign": {"x": 1, "y": 2}},
        "Swap": {"Type": "Pass", "QueryLanguage": language, "Assign": swap},
        "Show": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y"}},
    }
    assert play(states).lines[3:] == [
        "4 PassStateEntered ←3 @0 name=Swap input={}",
        '5 PassStateExited ←4 @0 name=Swap output={} assignedVariables={"x":"2","y":"1"}',
        "6 PassStateEntered ←5 @0 name=Show input={}",
        '7 PassStateExited ←6 @0 name=Show output={"x":2,"y":1}',
        '8 ExecutionSucceeded ←7 @0 output={"x":2,"y":1}',
    ]


def test_an_output_does_not_see_the_assign_of_its_own_state(play):
    states = {
        "S": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Assign": {"x": 1},
            "Output": "{% $exists($x) %}",
        }
    }
    assert play(states).output is False


def test_variables_cross_the_languages(play):
    states = {
        "A": {"Type": "Pass", "Assign": {"order": {"id": 7}}},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $order.id %}"},
        "C": {"Type": "Pass", "Parameters": {"id.$": "$order.id"}},
    }
    assert play(states).output == {"id": 7}


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"Parameters": {"x.$": "$x"}}, "States.Runtime"),
        ({"QueryLanguage": "JSONata", "Output": "{% $x %}"}, "States.QueryEvaluationError"),
    ],
)
def test_a_variable_that_nobody_assigned_cannot_be_read(play, state, error):
    assert play({"S": {"Type": "Pass", **state}}).run.error == error


def test_branches_do_not_see_each_others_variables(play):
    def branch(name, state):
        return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True, **state}}}

    states = {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                branch("Set", {"Assign": {"mine": 1}}),
                {
                    "StartAt": "Rest",
                    "States": {
                        "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Read"},
                        "Read": {"Type": "Pass", "Parameters": {"mine.$": "$mine"}, "End": True},
                    },
                },
            ],
        }
    }
    assert play(states).run.error == "States.Runtime"


def test_an_assignment_in_a_later_state_replaces_the_value(play):
    states = {
        "A": {"Type": "Pass", "Assign": {"n": 1}},
        "B": {"Type": "Pass", "Assign": {"n.$": "States.MathAdd($n, 1)"}},
        "C": {"Type": "Pass", "Parameters": {"n.$": "$n"}},
    }
    assert play(states).output == {"n": 2}
