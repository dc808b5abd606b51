"""RedriveExecution: a failed execution goes on where it stopped."""

from datetime import timedelta

import pytest

from simulator.engine.limits import Limits
from simulator.engine.ports import Failure, Success
from simulator.engine.redrive import NotRedrivable

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
TASK = {"Type": "Task", "Resource": FUNCTION}
CONTEXT = {"Type": "Pass", "Parameters": {"x.$": "$$.Execution"}}


def redriven(world, states, tasks, payload=1, **more):
    """The world of an execution that failed, was redriven an hour later, and went on."""
    played = world(tasks=tasks, **more)
    run = played.start(states, payload)
    played.finish()
    assert run.status == "FAILED"
    played.later(3600, lambda: played.engine.redrive(run))
    return played.finish()


def test_a_task_is_scheduled_anew_without_a_second_entry(world):
    played = redriven(
        world,
        {"A": {"Type": "Pass", "Assign": {"v": 5}}, "T": TASK, "Z": {**CONTEXT}},
        {"T": [Failure("E", "c"), Success(2)]},
    )
    assert played.lines[3:13] == [
        "4 TaskStateEntered ←3 @0 name=T input=1",
        f"5 LambdaFunctionScheduled ←4 @0 resource={FUNCTION} input=1",
        "6 LambdaFunctionStarted ←5 @0",
        "7 LambdaFunctionFailed ←6 @0 error=E cause=c",
        "8 ExecutionFailed ←7 @0 error=E cause=c",
        "9 ExecutionRedriven ←8 @3600 redriveCount=1",
        f"10 LambdaFunctionScheduled ←9 @3600 resource={FUNCTION} input=1",
        "11 LambdaFunctionStarted ←10 @3600",
        "12 LambdaFunctionSucceeded ←11 @3600 output=2",
        "13 TaskStateExited ←12 @3600 name=T output=2",
    ]
    assert played.output["x"]["RedriveCount"] == 1
    assert played.output["x"]["RedriveTime"] == "2026-01-01T01:00:00Z"
    assert [call.entry for call in played.script.calls] == [1, 1]


def test_retries_count_from_nought_again(world):
    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    no = Failure("E")
    played = redriven(world, {"T": {**TASK, "Retry": retry}}, {"T": [no, no, no, Success(2)]})
    assert played.output == 2
    assert played.types.count("LambdaFunctionScheduled") == 4


def test_other_states_are_entered_again(world):
    states = {
        "C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Ok"}],
              "Default": "F"},
        "F": {"Type": "Fail", "Error": "E"}, "Ok": {"Type": "Succeed"},
    }  # fmt: skip
    played = redriven(world, states, {})
    assert played.lines[3:] == [
        "4 FailStateEntered ←3 @0 name=F input=1",
        "5 ExecutionFailed ←4 @0 error=E",
        "6 ExecutionRedriven ←5 @3600 redriveCount=1",
        "7 FailStateEntered ←6 @3600 name=F input=1",
        "8 ExecutionFailed ←7 @3600 error=E",
    ]


def branches(*states):
    made = [{"StartAt": name, "States": {name: {**state, "End": True}}} for name, state in states]
    return {"P": {"Type": "Parallel", "Branches": made}}


def test_only_unsuccessful_branches_run_again(world):
    states = branches(("A", TASK), ("B", TASK), ("C", {"Type": "Wait", "Seconds": 50}))
    tasks = {"A": [Success("a")], "B": [Failure("E", took=timedelta(seconds=1)), Success("b")]}
    played = redriven(world, states, tasks)
    assert played.output == ["a", "b", 1]
    assert [call.state for call in played.script.calls] == ["A", "B", "B"]
    assert played.types[played.types.index("ExecutionRedriven") :] == [
        "ExecutionRedriven",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "WaitStateEntered",
        "WaitStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
        "ExecutionSucceeded",
    ]


def test_only_unsuccessful_iterations_run_again(world):
    processor = {"StartAt": "T", "States": {"T": {**TASK, "End": True}}}
    answers = {1: [Success("a")], 2: [Failure("E"), Success("b")], 3: [Success("c")]}
    played = redriven(
        world,
        {"M": {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1}},
        {"T": [lambda call: answers[call.payload].pop(0)]},
        [1, 2, 3],
    )
    assert played.output == ["a", "b", "c"]
    again = played.types[played.types.index("ExecutionRedriven") :]
    assert again.count("MapIterationStarted") == 1  # the third: it had never started
    assert again.count("MapIterationSucceeded") == 2
    assert "MapStateStarted" not in again


def test_a_branch_that_was_between_two_states_enters_the_next_one(world):
    passes = {"A": {"Type": "Pass", "Next": "A2"}, "A2": {"Type": "Pass", "Next": "B"}}
    long = {"StartAt": "A", "States": {**passes, "B": {**TASK, "End": True}}}
    fail = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}
    states = {"P": {"Type": "Parallel", "Branches": [long, fail]}}
    played = redriven(world, states, {"B": [Success(1)]})
    again = played.types[played.types.index("ExecutionRedriven") :]
    assert again[1:6] == [
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
    ]


def test_a_branch_that_ended_while_another_failed_has_its_result(world):
    states = branches(("A", TASK))
    fail = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}
    states["P"]["Branches"].insert(0, fail)
    played = redriven(world, states, {"A": [Success(1)]})
    assert [call.state for call in played.script.calls] == ["A"]


def test_everything_runs_again_after_too_much_data(world):
    states = branches(("A", TASK), ("B", TASK))
    played = redriven(
        world, states, {"A": [Success("a" * 150)], "B": [Success("b" * 150)]},
        limits=Limits(payload_bytes=200),
    )  # fmt: skip
    assert played.run.error == "States.DataLimitExceeded"
    assert [call.state for call in played.script.calls] == ["A", "B", "A", "B"]
    assert played.types.count("ParallelStateStarted") == 2


@pytest.mark.parametrize("end", ["stop", "time out"])
def test_what_was_stopped_or_timed_out_goes_on(world, end):
    played = world(tasks={"T": [Success(0, timedelta(days=1)), Success(2)]})
    states = {"T": {**TASK, "End": True}}
    definition = {"StartAt": "T", "States": states, "TimeoutSeconds": 100}
    run = played.start(definition, 1)
    if end == "stop":
        played.later(5, lambda: played.engine.stop(run, error="Mine", cause="me"))
    played.finish()
    assert run.status == ("ABORTED" if end == "stop" else "TIMED_OUT")
    played.engine.redrive(run)
    played.finish()
    assert (run.status, run.output, run.error, run.cause) == ("SUCCEEDED", 2, None, None)


def test_the_time_limit_starts_again(world):
    played = world(tasks={"T": [Success(0, timedelta(days=1))]})
    run = played.start(
        {"StartAt": "T", "States": {"T": {**TASK, "End": True}}, "TimeoutSeconds": 100}, 1
    )
    played.finish()
    played.engine.redrive(run)
    played.finish()
    assert played.seconds("ExecutionTimedOut") == [100, 200]


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_what_has_not_failed_cannot_be_redriven(world, status):
    played = world()
    run = played.start({"A": {"Type": "Wait", "Seconds": 5}}, 1)
    if status == "SUCCEEDED":
        played.finish()
    with pytest.raises(NotRedrivable, match=f"Execution is {status} and cannot be redriven"):
        played.engine.redrive(run)
    played.scheduler.close()


FAIL = {"F": {"Type": "Fail"}}


def test_not_after_two_weeks(world):
    played = world()
    run = played.start(FAIL, 1)
    played.later(15 * 86_400, lambda: None)
    played.finish()
    with pytest.raises(NotRedrivable, match="redrivable period exceeded"):
        played.engine.redrive(run)


def test_not_with_a_full_history(world):
    played = world(limits=Limits(history_events=4))
    run = played.start(FAIL, 1)
    played.finish()
    with pytest.raises(NotRedrivable, match="history event limit exceeded"):
        played.engine.redrive(run)


def test_not_more_often_than_allowed(world):
    played = world(limits=Limits(redrives=1))
    run = played.start(FAIL, 1)
    played.finish()
    played.engine.redrive(run)
    played.finish()
    with pytest.raises(NotRedrivable, match="redrive limit exceeded"):
        played.engine.redrive(run)


def test_express_executions_cannot_be_redriven(world):
    played = world()
    run = played.start(FAIL, 1, kind="EXPRESS")
    played.finish()
    with pytest.raises(NotRedrivable, match="EXPRESS"):
        played.engine.redrive(run)
