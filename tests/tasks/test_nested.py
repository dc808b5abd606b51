"""Executions that start executions, in all three forms."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from simulator.errors import SimulatorError
from tests.tasks.conftest import ACCOUNT, START, states, task

CHILD = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:lab-Child"
WAITS = states(Rest={"Type": "Wait", "Seconds": 10}, Echo={"Type": "Pass", "Result": {"ok": 1}})
FAILS = {"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "E", "Cause": "why"}}}


def nest(lab, suffix="", child=WAITS, **parameters):
    given = {"StateMachineArn": CHILD, "Input": {"n": 1}, **parameters}
    world = lab(Main=states(Nest=task(f"states:startExecution{suffix}", given)), Child=child)
    run = world.start("Main", {})
    world.run()
    return world, run


def test_fire_and_forget_goes_on_at_once(lab):
    world, run = nest(lab)
    child = world.executions[1]
    assert run.stopped_at == START
    assert (run.output["ExecutionArn"], run.output["StartDate"]) == (
        child.arn,
        int(START.timestamp() * 1000),
    )
    assert (child.status, child.input) == ("SUCCEEDED", {"n": 1})


@pytest.mark.parametrize(
    ("suffix", "put_in", "comes_out"),
    [(".sync", '{"n":1}', '{"ok":1}'), (".sync:2", {"n": 1}, {"ok": 1})],
)
def test_sync_waits_for_the_child_and_gives_its_description(lab, suffix, put_in, comes_out):
    _, run = nest(lab, suffix, Name="own")
    began = int(START.timestamp() * 1000)
    assert run.stopped_at == START + timedelta(seconds=10)
    assert run.output == {
        "ExecutionArn": CHILD.replace("stateMachine", "execution") + ":own",
        "Input": put_in,
        "InputDetails": {"Included": True},
        "Name": "own",
        "Output": comes_out,
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": began,
        "StateMachineArn": CHILD,
        "Status": "SUCCEEDED",
        "StopDate": began + 10_000,
    }


@pytest.mark.parametrize("suffix", [".sync", ".sync:2"])
def test_a_child_that_fails_fails_the_task_with_its_description_as_the_cause(lab, suffix):
    _, run = nest(lab, suffix, FAILS)
    cause = json.loads(run.cause)
    assert (run.error, cause["Status"], cause["Error"], cause["Cause"]) == (
        "States.TaskFailed",
        "FAILED",
        "E",
        "why",
    )
    assert "Output" not in cause


def test_without_input_the_child_gets_an_empty_object(lab):
    given = {"StateMachineArn": CHILD}
    world = lab(Main=states(Nest=task("states:startExecution", given)), Child=WAITS)
    world.start("Main", {})
    world.run()
    assert world.executions[1].input == {}


def test_a_child_of_a_parent_that_has_timed_out_runs_on_alone(lab):
    given = {"StateMachineArn": CHILD, "Input": {}}
    state = task("states:startExecution.sync", given, TimeoutSeconds=3)
    world = lab(Main=states(Nest=state), Child=WAITS)
    run = world.start("Main", {})
    world.run()
    assert (run.status, run.error) == ("FAILED", "States.Timeout")
    assert run.stopped_at == START + timedelta(seconds=3)


def test_a_child_of_a_parent_that_is_stopped_is_stopped_too(lab):
    given = {"StateMachineArn": CHILD, "Input": {}}
    world = lab(Main=states(Nest=task("states:startExecution.sync", given)), Child=WAITS)
    run = world.start("Main", {})
    world.run(until=timedelta(seconds=3))
    world.engine.stop(run)
    world.run()
    child = world.executions[1]
    assert (run.status, child.status) == ("ABORTED", "ABORTED")
    assert child.stopped_at == START + timedelta(seconds=3)


def test_a_callback_waits_for_the_token_that_the_child_sends(lab):
    send = task(
        "aws-sdk:sfn:sendTaskSuccess", {"TaskToken.$": "$.token", "Output": {"by": "child"}}
    )
    given = {"StateMachineArn": CHILD, "Input": {"token.$": "$$.Task.Token"}}
    world = lab(
        Main=states(Nest=task("states:startExecution.waitForTaskToken", given)),
        Child=states(Send=send),
    )
    run = world.start("Main", {})
    world.run()
    assert (run.status, run.output) == ("SUCCEEDED", {"by": "child"})


@pytest.mark.parametrize(
    ("parameters", "error", "cause"),
    [
        (
            {"StateMachineArn": CHILD + "x"},
            "StepFunctions.StateMachineDoesNotExistException",
            f"State Machine Does Not Exist: '{CHILD}x' (Service: AWSStepFunctions; Status Code: 400",
        ),
        (
            {"StateMachineArn": 5},
            "StepFunctions.ValidationException",
            "StateMachineArn must not be null",
        ),
        ({}, "StepFunctions.ValidationException", "StateMachineArn must not be null"),
        (
            {"StateMachineArn": CHILD, "Inputs": {}},
            "States.Runtime",
            (
                "An error occurred while executing the state 'Nest' (entered at the event id #2). The"
                f' Parameters \'{{"StateMachineArn":"{CHILD}","Inputs":{{}}}}\' could not be used to'
                ' start the Task: [The field "Inputs" is not supported by Step Functions]'
            ),
        ),
    ],
)
def test_a_start_that_is_refused_fails_the_task(lab, parameters, error, cause):
    world = lab(Main=states(Nest=task("states:startExecution", parameters)), Child=WAITS)
    run = world.start("Main", {})
    world.run()
    assert run.error == error
    assert run.cause.startswith(cause)
    assert len(world.executions) == 1


def test_a_name_that_is_taken_fails_the_task(lab):
    start = task("states:startExecution.sync", {"StateMachineArn": CHILD, "Name": "own"})
    world = lab(Main=states(One={**start, "ResultPath": None}, Two=start), Child=WAITS)
    run = world.start("Main", {})
    world.run()
    assert run.error == "StepFunctions.ExecutionAlreadyExistsException"
    assert "Execution Already Exists: 'arn:aws:states:" in run.cause


def test_executions_that_start_each_other_for_ever_reach_a_limit(lab):
    state = task("states:startExecution.sync", {"StateMachineArn.$": "$$.StateMachine.Id"})
    world = lab(Main=states(Again=state))
    world.start("Main", {})
    with pytest.raises(SimulatorError) as caught:
        world.run()
    assert "Main" in str(caught.value)


def test_handlers_and_nested_executions_see_one_world(lab):
    code = """\
    import boto3
    def work(event, context):
        boto3.client("stepfunctions").start_execution(
            stateMachineArn=event["arn"], name="by-hand", input='{"a": 1}'
        )
    """
    call = task("lambda:invoke", {"FunctionName": "lab-Work", "Payload": {"arn": CHILD}})
    world = lab(code, Main=states(A=call), Child=WAITS)
    world.start("Main", {})
    world.run()
    assert [(run.name, run.input) for run in world.executions[1:]] == [("by-hand", {"a": 1})]
