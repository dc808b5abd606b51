"""Quotas by name, and what keeps a simulation finite."""

import pytest

from simulator.engine.limits import Limits, fits
from simulator.errors import LimitReached
from simulator.values import compact

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
MOST = 262_144
TOO_LARGE = (
    "The state/task '{}' returned a result with a size exceeding the maximum number of bytes"
    " service limit."
)


def task(**more):
    return {"T": {"Type": "Task", "Resource": FUNCTION, **more}}


def test_an_output_may_have_256_kib_and_not_a_byte_more(play):
    def states(size):
        return {"Big": {"Type": "Pass", "Result": "x" * (size - 2)}}

    assert play(states(MOST)).run.status == "SUCCEEDED"
    over = play(states(MOST + 1))
    assert over.types == ["ExecutionStarted", "PassStateEntered", "ExecutionFailed"]
    assert over.run.error == "States.DataLimitExceeded"
    assert over.run.cause == TOO_LARGE.format("Big")


def test_bytes_are_counted_as_utf_8(play):
    assert play({"Big": {"Type": "Pass", "Result": "é" * 131_071}}).run.status == "SUCCEEDED"
    assert play({"Big": {"Type": "Pass", "Result": "é" * 131_072}}).run.status == "FAILED"


@pytest.mark.parametrize(
    ("resource", "named"),
    [(FUNCTION, FUNCTION), ("arn:aws:states:::lambda:invoke", "lambda")],
)
def test_a_task_result_that_is_too_large_names_the_task(play, ok, resource, named):
    played = play(task(Resource=resource), tasks={"T": [ok("x" * MOST)]})
    assert (played.run.error, played.run.cause) == (
        "States.DataLimitExceeded",
        TOO_LARGE.format(named),
    )
    assert played.types[-2] in {"LambdaFunctionFailed", "TaskFailed"}


CATCH_ALL = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}
CAUGHT = {"Caught": {"Type": "Pass"}}


def test_what_a_state_makes_of_a_result_is_too_large_for_good(play, ok):
    states = {**task(Parameters={"big.$": "$"}, **CATCH_ALL), **CAUGHT}
    payload = "x" * (MOST - 5)
    before = play(states, payload, tasks={"T": [ok(1)]})
    assert before.types[2:] == ["ExecutionFailed"]
    states = {**task(ResultSelector={"a.$": "$", "b.$": "$"}, **CATCH_ALL), **CAUGHT}
    after = play(states, tasks={"T": [ok("x" * 200_000)]})
    assert after.types[2:] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "ExecutionFailed",
    ]
    for played in (before, after):
        assert (played.run.error, played.run.cause) == (
            "States.DataLimitExceeded",
            TOO_LARGE.format("T"),
        )


def test_no_catcher_around_stops_an_output_that_is_too_large(play):
    big = {"StartAt": "Big", "States": {"Big": {"Type": "Pass", "Result": "x" * MOST, "End": True}}}
    for kind in (
        {"Type": "Parallel", "Branches": [big]},
        {"Type": "Map", "ItemProcessor": big},
    ):
        played = play({"Around": {**kind, **CATCH_ALL}, **CAUGHT}, [1])
        assert played.run.error == "States.DataLimitExceeded"
        assert played.types[-2] in {"ParallelStateFailed", "MapStateFailed"}


def test_variables_of_one_assign_may_have_256_kib(play):
    states = {"Set": {"Type": "Pass", "Assign": {"a": "x" * 200_000, "b": "x" * 100_000}}}
    played = play(states)
    assert played.run.error == "States.DataLimitExceeded"


def test_a_full_history_ends_the_execution_as_its_last_event(play):
    states = {
        "A": {"Type": "Pass", "Next": "Again"},
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.stop", "BooleanEquals": True, "Next": "End"}],
            "Default": "A",
        },
        "End": {"Type": "Succeed"},
    }
    played = play(states, {"stop": False})
    assert len(played.run.history) == 25_000
    assert (played.run.error, played.run.cause) == (
        "States.Runtime",
        "The execution reached the maximum number of history events (25000).",
    )
    last, before = played.run.history[-1], played.run.history[-2]
    assert (last.type, last.previous) == ("ExecutionFailed", before.id)


def test_a_full_history_in_a_branch_ends_the_execution_too(play):
    loop = {
        "StartAt": "L",
        "States": {
            "L": {"Type": "Pass", "Next": "M"},
            "M": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "IsNull": True, "Next": "N"}],
                "Default": "L",
            },
            "N": {"Type": "Succeed"},
        },
    }
    states = {"P": {"Type": "Parallel", "Branches": [loop], **CATCH_ALL}, **CAUGHT}
    played = play(states, 1, limits=Limits(history_events=100))
    assert len(played.run.history) == 100
    assert played.last.startswith("ExecutionFailed error=States.Runtime")


LOOP = {
    "A": {"Type": "Pass", "Next": "B"},
    "B": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "IsNull": True, "Next": "C"}],
        "Default": "A",
    },
    "C": {"Type": "Succeed"},
}


def test_express_histories_have_no_limit_and_an_endless_loop_is_stopped_by_name(play):
    with pytest.raises(LimitReached) as caught:
        play(LOOP, 1, kind="EXPRESS", limits=Limits(transitions=60_000))
    assert caught.value.limit == "transitions"
    assert str(caught.value) == (
        "transitions: execution one of Flow entered more than 60000 states; does it loop without"
        " end?"
    )


def test_executions_that_start_each_other_in_a_circle_are_stopped_by_name(world):
    nested = world(limits=Limits(nested_executions=2))
    first = nested.start({"Done": {"Type": "Succeed"}}, {})
    second = nested.start({"Done": {"Type": "Succeed"}}, {}, parent=first, arn="two")
    third = nested.start({"Done": {"Type": "Succeed"}}, {}, parent=second, arn="three")
    with pytest.raises(LimitReached) as caught:
        nested.start({"Done": {"Type": "Succeed"}}, {}, parent=third, arn="four")
    assert str(caught.value) == (
        "nested_executions: Flow was started at depth 3, over 2; executions start each other in a"
        " circle"
    )
    nested.finish()
    assert [run.status for run in (first, second, third)] == ["SUCCEEDED"] * 3


# Just over and just under by the true size, where the cheap bound cannot decide.
@pytest.mark.parametrize(
    "value",
    [
        "plain",
        'quotes " and \\ and \n',
        "é€😀",
        ["a", ["b"], {}],
        {"k": "v", "n": {"deep": [1, 2.5, None, True]}},
        {"é": 10**30, "list": [10**50], "none": None},
        10**60,
        -1.5e-300,
        None,
        False,
        [],
        {},
        "\x00" * 5,
        ["x" * 50] * 3,
        {"a": {"b": "x" * 80}, "c": "y" * 90},
    ],
)
def test_fits_decides_by_the_bytes_of_the_compact_text(value):
    size = len(compact(value).encode())
    assert fits(value, size)
    assert not fits(value, size - 1)
    assert fits(value, 10**6)


def test_variables_of_an_execution_have_a_limit_together(play):
    states = {name: {"Type": "Pass", "Assign": {name: "x" * 1000}} for name in ("A", "B", "C", "D")}
    assert play(states, limits=Limits(variables_bytes=4100)).run.status == "SUCCEEDED"
    played = play(states, limits=Limits(variables_bytes=4000))
    assert played.run.visited() == ["A", "B", "C", "D"]
    assert played.run.error == "States.DataLimitExceeded"


def test_a_value_that_nests_without_end_ends_the_execution(play):
    deeper = {
        "A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "B"},
        "B": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "IsNull": True, "Next": "C"}],
            "Default": "A",
        },
        "C": {"Type": "Succeed"},
    }
    played = play(deeper, 1)
    assert played.run.error == "States.DataLimitExceeded"
    assert played.run.cause == TOO_LARGE.format("A")
    assert played.aws[-1]["type"] == "ExecutionFailed"
