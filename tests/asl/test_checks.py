"""What is wrong although every part is well formed; and every code has its explanation."""

import re
from pathlib import Path

import pytest

from simulator.asl import codes
from simulator.asl.checks import check
from simulator.asl.parse import parse
from simulator.asl.source import Source

PATH = Path("flow.asl.json")
FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
ASK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def found(states, **top):
    definition = {"StartAt": next(iter(states)), "States": states, **top}
    machine, problems = parse(Source.of(definition, PATH))
    assert machine is not None, problems
    return [(p.code, p.severity, p.location.pointer, p.message, p.hint) for p in check(machine)]


def task(**more):
    return {"Type": "Task", "Resource": FUNCTION, "End": True, **more}


def test_a_sound_machine_has_no_problems():
    states = {
        "A": task(
            Resource=ASK,
            Parameters={"MessageBody.$": "$$.Task.Token"},
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B", "Assign": {"e.$": "$"}}],
        ),
        "B": {"Type": "Pass", "Parameters": {"e.$": "$e"}, "End": True},
    }
    assert found(states) == []


def test_states_that_nobody_reaches():
    states = {"A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "A"}}
    assert found(states) == [
        (
            "ASL201", "error", "/States/B", "no transition leads to the state 'B'",
            "remove it, or name it in a Next, Default or Catch",
        )
    ]  # fmt: skip


def test_loops_without_a_way_out():
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "IsNull": True, "Next": "End"}],
        "Default": "A",
    }
    states = {
        "Start": choice,
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Pass", "Next": "A"},
        "End": {"Type": "Succeed"},
    }
    assert found(states) == [
        (
            "ASL204", "warning", f"/States/{name}",
            f"from the state '{name}' the workflow can never end", "give the loop a way out",
        )
        for name in ("A", "B")
    ]  # fmt: skip


def test_a_callback_that_tells_nobody_its_token():
    for fields, where in (
        ({}, "Parameters"),
        ({"QueryLanguage": "JSONata", "Arguments": {}}, "Arguments"),
    ):
        assert found({"A": task(Resource=ASK, **fields)}) == [
            (
                "ASL202", "warning", "/States/A",
                "the callback task 'A' tells nobody its token: it can only time out",
                f"pass the context object's Task.Token in {where}",
            )
        ]  # fmt: skip


def test_a_token_that_is_read_where_there_is_none():
    expected = [
        (
            "ASL203", "warning", "/States/A", "the state 'A' reads the task token, and it has none",
            "a token exists in tasks whose resource ends in .waitForTaskToken",
        )
    ]  # fmt: skip
    assert found({"A": task(Parameters={"t.$": "$$.Task.Token"})}) == expected
    passing = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": "{% $states.context.Task.Token %}",
        "End": True,
    }
    assert found({"A": passing}) == expected


def handlers(*names):
    return [{"ErrorEquals": list(each)} for each in names]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([["A", "B"], ["B"]], "this Retry entry of 'T' never fires: earlier ones have B"),
        ([["A"], ["B"], ["B", "A"]], "this Retry entry of 'T' never fires: earlier ones have B, A"),
        (
            [["States.Runtime"]],
            "States.Runtime in a Retry of 'T' never fires: it cannot be retried or caught",
        ),
    ],
)
def test_handlers_that_never_fire(names, message):
    (problem,) = found({"T": task(Retry=handlers(*names))})
    assert problem[:2] == ("ASL205", "warning")
    assert problem[2] == f"/States/T/Retry/{len(names) - 1}"
    assert problem[3] == message


def test_catchers_that_never_fire():
    catch = [{"ErrorEquals": ["A"], "Next": "D"}, {"ErrorEquals": ["A"], "Next": "D"}]
    (problem,) = found({"T": task(Catch=catch), "D": {"Type": "Succeed"}})
    assert problem[3] == "this Catch entry of 'T' never fires: earlier ones have A"


def test_variables_that_nobody_assigns():
    states = {
        "A": {"Type": "Pass", "Assign": {"order": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"o.$": "$ordr", "p.$": "$order"}, "End": True},
    }
    assert found(states) == [
        (
            "ASL206", "warning", "/States/B",
            "the state 'B' reads the variable 'ordr', which no state assigns",
            "did you mean 'order'?",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "SecondsPath": "$v.s", "End": True},
        {"Type": "Fail", "ErrorPath": "$v.e"},
        {
            "Type": "Choice",
            "Choices": [{"Variable": "$v", "IsNull": True, "Next": "E"}],
            "Default": "E",
        },
        task(TimeoutSecondsPath="$v.t"),
        task(Credentials={"RoleArn.$": "$v.r"}),
        task(Catch=[{"ErrorEquals": ["E"], "Next": "E", "Assign": {"w.$": "$v"}}]),
        {
            "Type": "Map",
            "ItemsPath": "$v",
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}},
            "End": True,
        },
        {"Type": "Pass", "InputPath": "$v", "End": True},
        {"Type": "Pass", "OutputPath": "$v", "End": True},
        task(ResultSelector={"a.$": "$v"}),
    ],
)
def test_every_field_is_looked_through_for_variables(state):
    codes_found = [problem[0] for problem in found({"S": state, "E": {"Type": "Succeed"}})]
    assert "ASL206" in codes_found


def parallel(inner, **more):
    graph = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True, **inner}}}
    return {"Type": "Parallel", "Branches": [graph], "End": True, **more}


def test_an_inner_state_may_not_assign_a_variable_of_the_outside():
    states = {
        "Set": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        "P": parallel({"Assign": {"x": 2, "y": 3}}),
    }
    assert found(states) == [
        (
            "ASL016", "error", "/States/P/Branches/0/States/In",
            "the state 'In' assigns the variable 'x' of an enclosing scope",
            "give it another name; branches and iterations can only read outer variables",
        )
    ]  # fmt: skip


def test_rules_assign_for_their_state_and_catchers_outside_do_not_count():
    rule = {"Variable": "$", "IsNull": True, "Next": "P", "Assign": {"x": 1}}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "P"},
        "P": parallel({"Assign": {"x": 2}}),
    }
    assert [problem[0] for problem in found(states)] == ["ASL016"]
    caught = {"ErrorEquals": ["E"], "Next": "D", "Assign": {"x": 1}}
    states = {"P": parallel({"Assign": {"x": 2}}, Catch=[caught]), "D": {"Type": "Succeed"}}
    assert found(states) == []


def test_a_pattern_that_fails_when_it_is_used():
    rule = {
        "And": [
            {"Variable": "$.a", "StringMatches": "a\\b"},
            {"Variable": "$.a", "StringMatches": r"a\*"},
        ]
    }
    states = {
        "C": {"Type": "Choice", "Choices": [{**rule, "Next": "D"}], "Default": "D"},
        "D": {"Type": "Succeed"},
    }
    assert found(states) == [
        (
            "ASL207", "warning", "/States/C/Choices/0",
            "the pattern 'a\\b' has a backslash that escapes nothing: comparing with it fails the"
            " execution",
            r"write \\* for a star and \\\\ for a backslash in JSON",
        )
    ]  # fmt: skip


def test_every_code_that_is_raised_is_explained_and_every_explained_code_is_raised():
    raised = set()
    for path in Path(codes.__file__).parent.glob("*.py"):
        if path.name != "codes.py":
            raised |= set(re.findall(r'"(ASL\d{3})"', path.read_text(encoding="utf-8")))
    assert raised == set(codes.EXPLANATIONS)


def test_explanations_are_sentences():
    for code, text in codes.EXPLANATIONS.items():
        assert re.fullmatch(r"[A-Z].*\.", text), code
