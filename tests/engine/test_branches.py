"""Parallel and inline Map: order, failure, limits, nesting."""

from datetime import date

import pytest

from simulator.engine.behaviour import Behaviour

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


def task(**more):
    return {"Type": "Task", "Resource": FUNCTION, **more}


def branch(name, state=None, **states):
    made = {name: {**(state or task()), "End": True}, **states}
    return {"StartAt": name, "States": made}


def parallel(*branches, **more):
    return {"P": {"Type": "Parallel", "Branches": list(branches), **more}}


def over(processor, **more):
    return {"M": {"Type": "Map", "ItemProcessor": processor, **more}}


def test_results_stand_in_the_order_of_the_branches_not_of_their_ends(play, ok):
    states = parallel(branch("A"), branch("B"), branch("C"))
    played = play(states, tasks={"A": [ok("a", 3)], "B": [ok("b", 1)], "C": [ok("c", 2)]})
    assert played.output == ["a", "b", "c"]
    assert played.seconds("TaskStateExited") == [1, 2, 3]


def test_every_branch_gets_the_same_input(play):
    states = parallel(
        branch("A", {"Type": "Pass"}), branch("B", {"Type": "Pass"}),
        Parameters={"n.$": "$.n"}, ResultSelector={"all.$": "$"}, ResultPath="$.made",
    )  # fmt: skip
    assert play(states, {"n": 1}).output == {"n": 1, "made": {"all": [{"n": 1}, {"n": 1}]}}


def test_a_parallel_in_jsonata_has_arguments_and_output(play):
    states = parallel(
        branch("A", {"Type": "Pass"}), QueryLanguage="JSONata",
        Arguments={"n": "{% $states.input.n + 1 %}"}, Output="{% $states.result[0].n %}",
    )  # fmt: skip
    assert play(states, {"n": 1}).output == 2


def test_steps_of_branches_take_turns(play):
    def two(name):
        first = {"Type": "Pass", "Next": f"{name}2"}
        return {"StartAt": name, "States": {name: first, f"{name}2": {"Type": "Pass", "End": True}}}

    assert play(parallel(two("A"), two("B"))).run.visited() == ["P", "A", "B", "A2", "B2"]


def test_the_first_failure_tears_the_other_branches_down(play, ok, no):
    inner = {"Type": "Map", "ItemProcessor": branch("Deep", {"Type": "Wait", "Seconds": 9})}
    states = parallel(
        branch("Slow"),
        branch("Bad"),
        branch("Rest", {"Type": "Wait", "Seconds": 60}),
        branch("Inner", {**inner, "Items": [1], "QueryLanguage": "JSONata"}),
        branch("Quick", {"Type": "Pass"}),
    )
    played = play(states, tasks={"Slow": [ok(1, 60)], "Bad": [no("Broken", "why", 1)]})
    assert played.lines[16:] == [
        "17 LambdaFunctionFailed ←9 @1 error=Broken cause=why",
        "18 TaskStateAborted ←17 @1",
        "19 TaskStateAborted ←17 @1",
        "20 WaitStateAborted ←17 @1",
        "21 MapStateAborted ←17 @1",
        "22 ParallelStateFailed ←17 @1",
        "23 ExecutionFailed ←22 @1 error=Broken cause=why",
    ]
    assert played.clock.now == played.run.stopped_at  # nothing of the branches is left to run


def test_a_failure_inside_a_branch_may_be_caught_there(play, no):
    bad = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Saved"}])
    states = parallel(branch("Bad", bad, Saved={"Type": "Pass", "End": True}))
    assert play(states, tasks={"Bad": [no("Broken")]}).output == [
        {"Error": "Broken", "Cause": None}
    ]


def test_parameters_of_a_parallel_that_cannot_be_evaluated_fail_it(play):
    states = parallel(branch("A", {"Type": "Pass"}), Parameters={"n.$": "$.n"})
    assert play(states, {}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 ParallelStateEntered ←0 @0 name=P input={}",
        "3 ExecutionFailed ←2 @0 error=States.Runtime cause=An error occurred while executing the state 'P' (entered at the event id #2). The JSONPath '$.n' specified for the field 'n.$' could not be found in the input '{}'",
    ]


# --- Map ---------------------------------------------------------------------------------------


def test_at_most_max_concurrency_iterations_run_at_once(play, ok):
    states = over(branch("T"), MaxConcurrency=2)
    tasks = {"T": [ok("a", 3), ok("b", 1), ok("c", 1)]}
    played = play(states, [1, 2, 3], tasks=tasks)
    assert played.output == ["a", "b", "c"]
    assert played.seconds("TaskStateEntered") == [0, 0, 1]
    assert played.lines[2:] == [
        "3 MapStateStarted ←2 @0 length=3",
        "4 MapIterationStarted ←3 @0 name=M index=0",
        "5 MapIterationStarted ←3 @0 name=M index=1",
        "6 TaskStateEntered ←4 @0 name=T input=1",
        "7 LambdaFunctionScheduled ←6 @0 resource=arn:aws:lambda:us-east-1:1:function:F input=1",
        "8 LambdaFunctionStarted ←7 @0",
        "9 TaskStateEntered ←5 @0 name=T input=2",
        "10 LambdaFunctionScheduled ←9 @0 resource=arn:aws:lambda:us-east-1:1:function:F input=2",
        "11 LambdaFunctionStarted ←10 @0",
        '12 LambdaFunctionSucceeded ←11 @1 output="b"',
        '13 TaskStateExited ←12 @1 name=T output="b"',
        "14 MapIterationSucceeded ←13 @1 name=M index=1",
        "15 MapIterationStarted ←13 @1 name=M index=2",
        "16 TaskStateEntered ←15 @1 name=T input=3",
        "17 LambdaFunctionScheduled ←16 @1 resource=arn:aws:lambda:us-east-1:1:function:F input=3",
        "18 LambdaFunctionStarted ←17 @1",
        '19 LambdaFunctionSucceeded ←18 @2 output="c"',
        '20 TaskStateExited ←19 @2 name=T output="c"',
        "21 MapIterationSucceeded ←20 @2 name=M index=2",
        '22 LambdaFunctionSucceeded ←8 @3 output="a"',
        '23 TaskStateExited ←22 @3 name=T output="a"',
        "24 MapIterationSucceeded ←23 @3 name=M index=0",
        "25 MapStateSucceeded ←24 @3",
        '26 MapStateExited ←24 @3 name=M output=["a","b","c"]',
        '27 ExecutionSucceeded ←26 @3 output=["a","b","c"]',
    ]


@pytest.mark.parametrize(
    ("fields", "at_once"),
    [
        ({}, 40),  # the service runs about forty inline
        ({"MaxConcurrency": 0}, 40),
        ({"MaxConcurrency": 99}, 40),
        ({"MaxConcurrency": 7}, 7),
        ({"MaxConcurrencyPath": "$[0]"}, 3),
        ({"QueryLanguage": "JSONata", "MaxConcurrency": "{% $states.input[0] + 1 %}"}, 4),
        ({"QueryLanguage": "JSONata", "MaxConcurrency": "{% 5.0 %}"}, 5),
    ],
)
def test_how_many_iterations_start_at_once(play, ok, fields, at_once):
    played = play(over(branch("T"), **fields), [3] * 50, tasks={"T": [ok(1, 1)]})
    assert played.seconds("MapIterationStarted").count(0) == at_once


def test_the_item_selector_sees_the_item_and_the_processor_does_not(play):
    states = over(
        branch("S", {"Type": "Pass", "Parameters": {"map.$": "$$.Map"}}),
        ItemsPath="$.items",
        ItemSelector={"item.$": "$$.Map.Item", "all.$": "$.n"},
    )
    played = play(states, {"items": ["x"], "n": 5})
    assert played.lines[4:] == [
        '5 PassStateEntered ←4 @0 name=S input={"item":{"Index":0,"Value":"x","Source":"STATE_DATA"},"all":5}',
        "6 MapIterationFailed ←5 @0 name=M index=0",
        "7 MapStateFailed ←5 @0",
        '8 ExecutionFailed ←7 @0 error=States.Runtime cause=An error occurred while executing the state \'S\' (entered at the event id #5). The JSONPath \'$$.Map\' specified for the field \'map.$\' could not be found in the input \'{"item":{"Index":0,"Value":"x","Source":"STATE_DATA"},"all":5}\'',
    ]


def test_an_item_selector_that_fails_fails_the_map(play):
    states = over(branch("S", {"Type": "Pass"}), ItemSelector={"a.$": "$$.Map.Item.Value.a"})
    assert play(states, [{"a": 1}, {}]).lines[2:] == [
        "3 MapStateStarted ←2 @0 length=2",
        "4 MapIterationStarted ←3 @0 name=M index=0",
        "5 ExecutionFailed ←3 @0 error=States.Runtime cause=An error occurred while executing the state 'M' (entered at the event id #2). The JSONPath '$$.Map.Item.Value.a' specified for the field 'a.$' could not be found in the input '[{\"a\":1},{}]'",
    ]


def test_variables_of_the_outside_can_be_read_inside_and_do_not_come_out(play):
    states = {
        "Set": {"Type": "Pass", "Assign": {"base": 10}},
        **over(
            branch(
                "Inner", {"Type": "Pass", "Assign": {"own.$": "$"}, "Parameters": {"b.$": "$base"}}
            )
        ),
    }
    played = play(states, [1, 2])
    assert played.output == [{"b": 10}, {"b": 10}]
    after = {**states, "Read": {"Type": "Pass", "Parameters": {"own.$": "$own"}}}
    assert play(after, [1]).run.error == "States.Runtime"


def test_maps_within_maps_know_their_places(play, ok):
    inner = {"Type": "Map", "ItemProcessor": branch("T"), "MaxConcurrency": 1}
    played = play(over(branch("Inner", inner)), [[1, 2], [3]], tasks={"T": [ok(1, 1)]})
    assert [call.where for call in played.script.calls] == [
        "M[0]/Inner[0]/T",
        "M[1]/Inner[0]/T",
        "M[0]/Inner[1]/T",
    ]
    assert played.output == [[1, 1], [1]]


def test_the_error_of_a_nested_map_reaches_the_outside(play):
    inner = {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}},
    }
    assert play(over(branch("Inner", inner)), [[1]]).lines[2:] == [
        "3 MapStateStarted ←2 @0 length=1",
        "4 MapIterationStarted ←3 @0 name=M index=0",
        "5 MapStateEntered ←4 @0 name=Inner input=[1]",
        "6 MapStateStarted ←5 @0 length=1",
        "7 MapIterationStarted ←6 @0 name=Inner index=0",
        "8 FailStateEntered ←7 @0 name=F input=1",
        "9 MapIterationFailed ←8 @0 name=Inner index=0",
        "10 MapStateFailed ←8 @0",
        "11 MapIterationFailed ←10 @0 name=M index=0",
        "12 MapStateFailed ←10 @0",
        "13 ExecutionFailed ←12 @0 error=E",
    ]


P = "An error occurred while executing the state 'M' (entered at the event id #2). "


@pytest.mark.parametrize(
    ("fields", "value", "ends", "cause"),
    [
        ({"ItemsPath": "$.v"}, None, 2, 'Reference path "$.v" must point to array.'),
        (
            {"MaxConcurrencyPath": "$.v", "ItemsPath": "$.items"},
            "many",
            2,
            'The MaxConcurrencyPath field refers to value "many" which is not a valid integer: $.v',
        ),
        (
            {"MaxConcurrencyPath": "$.v", "ItemsPath": "$.items"},
            -1,
            2,
            "MaxConcurrency cannot be negative.",
        ),
        (
            {"ToleratedFailureCountPath": "$.v", "ItemsPath": "$.items"},
            [],
            3,
            (
                'The ToleratedFailureCountPath field refers to value "[]" which is not a valid integer:'
                " $.v"
            ),
        ),
        (
            {"ToleratedFailureCountPath": "$.v", "ItemsPath": "$.items"},
            -1,
            3,
            "ToleratedFailureCount cannot be negative.",
        ),
        (
            {"ToleratedFailurePercentagePath": "$.v", "ItemsPath": "$.items"},
            "half",
            3,
            (
                'The ToleratedFailurePercentagePath field refers to value "half" which is not a valid'
                " float: $.v"
            ),
        ),
        (
            {"ToleratedFailurePercentagePath": "$.v", "ItemsPath": "$.items"},
            100.5,
            3,
            "ToleratedFailurePercentage must be between 0 and 100.",
        ),
    ],
)
def test_fields_of_a_map_that_are_wrong_end_the_execution(play, fields, value, ends, cause):
    caught = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Never"}], "End": True}
    states = {
        **over(branch("A", {"Type": "Pass"}), **fields, **caught),
        "Never": {"Type": "Pass"},
    }
    played = play(states, {"v": value, "items": []})
    assert (played.run.error, played.run.cause) == ("States.Runtime", P + cause)
    assert played.run.history[-1].previous == ends
    assert len(played.run.history) == ends + 1


@pytest.mark.parametrize(
    ("fields", "cause", "location"),
    [
        (
            {"Items": "{% $states.input.v %}"},
            (
                "The JSONata expression '$states.input.v' specified for the field 'Items' returned an"
                " unexpected result type. Expected 'array', but was 'number' for value: 1"
            ),
            "Items",
        ),
        (
            {"Items": [1], "MaxConcurrency": "{% $states.input.v / 2 %}"},
            (
                "The JSONata expression '$states.input.v / 2' specified for the field 'MaxConcurrency'"
                " returned an unexpected result type. Expected 'integer', but was 'number' for value:"
                " 0.5"
            ),
            "MaxConcurrency",
        ),
    ],
)
def test_fields_of_a_map_in_jsonata_that_are_wrong(play, fields, cause, location):
    states = over(branch("A", {"Type": "Pass"}), QueryLanguage="JSONata", **fields)
    played = play(states, {"v": 1})
    assert (played.run.error, played.run.cause) == ("States.QueryEvaluationError", P + cause)
    assert played.types[2:] == ["EvaluationFailed", "MapStateFailed", "ExecutionFailed"]
    assert played.run.history[2].details.get("location") == location
    assert [event.previous for event in played.run.history] == [0, 0, 0, 3, 4]


def test_an_inline_map_tolerates_no_failure_whatever_its_fields_say(play):
    states = over(
        {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}},
        ToleratedFailureCount=9, ToleratedFailurePercentage=100,
    )  # fmt: skip
    assert play(states, [1]).run.error == "E"


def test_items_of_a_map_in_jsonata_may_be_written_out(play):
    states = over(
        branch("A", {"Type": "Pass"}), QueryLanguage="JSONata", Items=[1, "{% $states.input %}"]
    )
    assert play(states, 2).output == [1, 2]


def test_counts_of_task_entries_go_over_all_iterations(play, ok):
    played = play(over(branch("T")), [1, 2], tasks={"T": [ok(1)]})
    assert [(call.where, call.entry) for call in played.script.calls] == [
        ("M[0]/T", 1),
        ("M[1]/T", 2),
    ]


def test_a_map_over_an_object_has_its_members_as_items(play):
    states = over(
        branch("A", {"Type": "Pass"}),
        ItemSelector={
            "k.$": "$$.Map.Item.Key",
            "v.$": "$$.Map.Item.Value",
            "i.$": "$$.Map.Item.Index",
        },
    )
    assert play(states, {"x": 1, "y": [2]}).output == [
        {"k": "x", "v": 1, "i": 0},
        {"k": "y", "v": [2], "i": 1},
    ]
    assert play(over(branch("A", {"Type": "Pass"})), {"x": 1}).output == [{"Key": "x", "Value": 1}]


@pytest.mark.parametrize(
    ("fields", "error", "cause"),
    [
        ({}, "States.Runtime", 'Reference path "$" must point to array.'),
        ({"ItemsPath": "$.v"}, "States.Runtime", 'Reference path "$.v" must point to array.'),
        (
            {"QueryLanguage": "JSONata"},
            "States.QueryEvaluationError",
            'Map state input must be an array but was: {"v":{"w":1}}',
        ),
    ],
)
def test_a_map_over_an_object_failed_before_september_2025(play, fields, error, cause):
    states = over(branch("A", {"Type": "Pass"}), **fields)
    before = Behaviour.of(date(2025, 9, 10))
    played = play(states, {"v": {"w": 1}}, behaviour=before)
    assert (played.run.error, played.run.cause) == (error, P + cause)
    assert play(states, {"v": {"w": 1}}, behaviour=Behaviour.of(date(2025, 9, 11))).output
