"""Paths that read what cannot be there (ASL209), and the many that may find something."""

from pathlib import Path

import pytest

from simulator.asl.checks import check
from simulator.asl.parse import parse
from simulator.asl.shapes import Array, Object, Scalar, join, look_up, of_json, write
from simulator.asl.source import Source

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
MAKE = {"Type": "Pass", "Result": {"order": {"id": 1, "items": [{"sku": "a"}, {"sku": "b"}]}}}


def told(states, **top):
    definition = {"StartAt": next(iter(states)), "States": states, **top}
    machine, problems = parse(Source.of(definition, Path("flow.asl.json")))
    assert machine is not None, problems
    return [
        (problem.message, problem.hint) for problem in check(machine) if problem.code == "ASL209"
    ]


def after(state, **more):
    """MAKE, then the state; D ends it."""
    return {"A": {**MAKE, "Next": "B", **more}, "B": state, "D": {"Type": "Succeed"}}


def message(field, path):
    return f"'{field}' of the state 'B' reads '{path}', which nothing before it can have produced"


def passing(**more):
    return {"Type": "Pass", "Next": "D", **more}


def task(**more):
    return {"Type": "Task", "Resource": FUNCTION, "Next": "D", **more}


def each(**more):
    inner = {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}
    return {"Type": "Map", "ItemProcessor": inner, "Next": "D", **more}


@pytest.mark.parametrize(
    ("state", "field", "path", "hint"),
    [
        (passing(InputPath="$.ordr"), "InputPath", "$.ordr", "did you mean 'order'?"),
        (passing(OutputPath="$.order.none"), "OutputPath", "$.order.none", "there is order"),
        (passing(Parameters={"a": [{"b.$": "$.order.id.x"}]}), "Parameters/a/b.$", "$.order.id.x", "there is order"),
        (passing(Parameters={"a.$": "States.Format('$.x {}', $.y)"}), "Parameters/a.$", "$.y", "there is order"),
        (passing(InputPath="$.order.items[2]"), "InputPath", "$.order.items[2]", "there is order"),
        (passing(InputPath="$.order.items[-3]"), "InputPath", "$.order.items[-3]", "there is order"),
        (passing(InputPath="$.order.items.sku"), "InputPath", "$.order.items.sku", "there is order"),
        (passing(InputPath="$[0]"), "InputPath", "$[0]", "there is order"),
        (passing(Assign={"v.$": "$.none"}), "Assign/v.$", "$.none", "there is order"),
        ({"Type": "Wait", "SecondsPath": "$.wait", "Next": "D"}, "SecondsPath", "$.wait", "there is order"),
        ({"Type": "Fail", "ErrorPath": "$.Error"}, "ErrorPath", "$.Error", "there is order"),
        ({"Type": "Fail", "CausePath": "States.JsonToString($.why)"}, "CausePath", "$.why", "there is order"),
        (each(ItemsPath="$.items"), "ItemsPath", "$.items", "there is order"),
        (each(ItemsPath="$.order.items", ItemSelector={"s.$": "$$.Map.Item.Value.sk"}), "ItemSelector/s.$", "$$.Map.Item.Value.sk", "there is order"),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.total", "NumericEquals": 1, "Next": "D"}], "Default": "D"},
            "Choices/Variable", "$.total", "there is order",
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.order.id", "NumericEqualsPath": "$.limit", "Next": "D"}], "Default": "D"},
            "Choices/NumericEqualsPath", "$.limit", "there is order",
        ),
        (
            passing(QueryLanguage="JSONata", Output={"a": "{% $states.input.ordr %}"}),
            "Output/a", "$states.input.ordr", "did you mean 'order'?",
        ),
        (task(QueryLanguage="JSONata", Arguments="{% $states.input.order.id.x %}"), "Arguments", "$states.input.order.id.x", "there is order"),
    ],
)  # fmt: skip
def test_what_nothing_can_have_produced(state, field, path, hint):
    states = after(state)
    if state["Type"] == "Fail":
        del states["D"]
    assert told(states) == [(message(field, path), hint)]


@pytest.mark.parametrize(
    "state",
    [
        passing(InputPath="$.order.items[1].sku"),
        passing(InputPath="$.order.items[-1]"),
        passing(InputPath="$..none"),
        passing(InputPath="$.none[*]"),
        passing(InputPath="$.none[?(@.a)]"),
        passing(InputPath="$$.Execution.Input.none"),
        passing(InputPath="$variable.none", Assign={"variable": 1}),
        passing(InputPath=None, ResultPath="$.none"),
        passing(Result=1, ResultPath="$.none.deeper", OutputPath="$.none.deeper"),
        passing(Parameters={"a": "$.none", "b.$": "States.Format('$.none')"}),
        task(ResultSelector={"a.$": "$.none"}, OutputPath="$.a.none"),
        task(ResultPath="$.got", OutputPath="$.got.none"),
        task(Assign={"v.$": "$.none"}),
        each(ItemsPath="$.order.items", ItemSelector={"s.$": "$$.Map.Item.Value.sku"}),
        {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [
                        {"Variable": "$.total", "IsPresent": True},
                        {"Variable": "$.total.net", "NumericEquals": 1},
                    ],
                    "Next": "D",
                }
            ],
            "Default": "D",
        },
        passing(QueryLanguage="JSONata", Output="{% $exists($states.input.none) %}"),
        passing(QueryLanguage="JSONata", Output="{% $states.input.order.items.none %}"),
        passing(QueryLanguage="JSONata", Output="{% $states.context.none %}"),
    ],
)
def test_what_may_be_there(state):
    assert told(after(state)) == []


def test_the_input_and_the_results_of_tasks_may_hold_anything():
    states = {
        "A": passing(InputPath="$.a.b", Next="B"),
        "B": task(InputPath="$.c"),
        "D": {"Type": "Succeed"},
    }
    assert told(states) == []


def test_one_way_that_brings_it_is_enough():
    rule = {"Variable": "$.go", "IsPresent": True, "Next": "L"}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "R"},
        "L": {"Type": "Pass", "Result": {"left": 1}, "Next": "B"},
        "R": {"Type": "Pass", "Result": {"right": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"l.$": "$.left", "r.$": "$.right"}, "Next": "D"},
        "D": {"Type": "Succeed"},
    }
    assert told(states) == []
    states["B"]["Parameters"] = {"m.$": "$.middle"}
    assert told(states) == [(message("Parameters/m.$", "$.middle"), "there is left, right")]


def test_errors_are_caught_with_two_members():
    catch = {"ErrorEquals": ["States.ALL"], "Next": "B", "ResultPath": "$.error"}
    states = {
        "A": {**task(Catch=[catch]), "Next": "D"},
        "B": {"Type": "Pass", "Parameters": {"c.$": "$.error.Cause", "n.$": "$.error.name"}, "Next": "D"},
        "D": {"Type": "Succeed"},
    }  # fmt: skip
    assert told(states) == [(message("Parameters/n.$", "$.error.name"), "there is error")]
    del catch["ResultPath"]
    states["B"]["Parameters"] = {"o.$": "$.order"}
    assert told(states) == [(message("Parameters/o.$", "$.order"), "there is Cause, Error")]


def test_results_of_branches_are_counted_and_of_iterations_not():
    branch = {"StartAt": "X", "States": {"X": {"Type": "Pass", "Result": {"x": 1}, "End": True}}}
    second = {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "Result": 2, "End": True}}}
    read = {"Type": "Pass", "Parameters": {"a.$": "$[0].x", "b.$": "$[0].y", "c.$": "$[2]"}}
    states = {
        "A": {"Type": "Parallel", "Branches": [branch, second], "Next": "B"},
        "B": {**read, "Next": "D"},
        "D": {"Type": "Succeed"},
    }
    assert told(states) == [
        (message("Parameters/b.$", "$[0].y"), None),
        (message("Parameters/c.$", "$[2]"), None),
    ]
    states["A"] = {"Type": "Map", "ItemProcessor": branch, "Next": "B"}
    assert told(states) == [(message("Parameters/b.$", "$[0].y"), None)]


def test_inside_a_branch_and_an_iteration():
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "InputPath": "$.nope", "End": True}}}
    expected = [
        (
            "'InputPath' of the state 'I' reads '$.nope', which nothing before it can have produced",
            hint,
        )
        for hint in ("there is order", "there is sku")
    ]
    states = after({"Type": "Parallel", "Branches": [inner], "Next": "D"})
    assert told(states) == expected[:1]
    states = after(each(ItemsPath="$.order.items", ItemProcessor=inner))
    assert told(states) == expected[1:]


def test_depth_is_no_burden():
    graph = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}
    for level in range(40):
        name = f"M{level}"
        state = {"Type": "Map", "ItemsPath": "$.a", "ItemProcessor": graph, "End": True}
        graph = {"StartAt": name, "States": {name: state}}
    assert told(graph["States"]) == []


def test_loops_end_and_forget():
    rule = {"Variable": "$.n", "NumericEquals": 3, "Next": "D"}
    states = {
        "A": {"Type": "Pass", "Result": {"n": 1}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [rule], "Default": "More"},
        "More": {"Type": "Pass", "ResultPath": "$.before", "Next": "C"},
        "D": {"Type": "Pass", "InputPath": "$.before.before.n", "End": True},
    }
    assert told(states) == []


def test_shapes_join_and_are_written_to():
    one, two = of_json({"a": 1, "b": {"c": [1]}}), of_json({"a": "x", "b": {}})
    joined = join(one, two)
    assert look_up("$.b.c", joined) == Array((Scalar(),))
    assert look_up("$.b.d", joined) == "missing"
    assert joined == Object(
        {"a": Scalar(), "b": Object({"c": Array((Scalar(),))}, frozenset({"c"}))}
    )
    assert join(one, None) is None
    assert join(of_json([1]), of_json([1, {}])) == Array(None, None)
    assert join(of_json([1, 2]), of_json([])) == Array(None, Scalar())
    assert write(None, ("a", "b"), Scalar()) == Object(
        {"a": Object({"b": Scalar()}, is_open=True)}, is_open=True
    )
    assert write(of_json({"x": 1}), ("a", "b"), Scalar()) == Object(
        {"x": Scalar(), "a": Object({"b": Scalar()})}
    )
