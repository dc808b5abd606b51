"""Activities: workers fetch tasks on virtual time, and settle them by their tokens."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from simulator.engine.ports import Success

ARN = "arn:aws:states:us-east-1:123456789012:activity:work"
WORK = {"Work": {"Type": "Task", "Resource": ARN, "TimeoutSeconds": 100, "End": True}}


@pytest.fixture
def flow(lab):
    lab.api.create_activity(name="work")
    return lab.make(WORK)


def test_a_worker_takes_a_task_and_sends_its_result(lab, flow):
    run = lab.run(flow, {"n": 1})
    assert lab.kinds(run)[-1] == "ActivityScheduled"
    task = lab.api.get_activity_task(activityArn=ARN, workerName="me")
    assert json.loads(task["input"]) == {"n": 1}
    lab.api.send_task_success(taskToken=task["taskToken"], output='{"done":true}')
    lab.world.run()
    assert lab.describe(run)["output"] == '{"done":true}'
    assert lab.kinds(run) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    events = lab.api.get_execution_history(executionArn=run)["events"]
    assert events[2]["activityScheduledEventDetails"] == {
        "resource": ARN,
        "input": '{"n":1}',
        "inputDetails": {"truncated": False},
        "timeoutInSeconds": 100,
    }
    assert events[3]["activityStartedEventDetails"] == {"workerName": "me"}


def test_a_failure_that_a_worker_sends_is_caught_by_its_name(lab, flow):
    run = lab.run(flow)
    task = lab.api.get_activity_task(activityArn=ARN)
    lab.api.send_task_failure(taskToken=task["taskToken"], error="Bad", cause="no")
    lab.world.run()
    found = lab.describe(run)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Bad", "no")
    assert lab.kinds(run)[-2:] == ["ActivityFailed", "ExecutionFailed"]


def test_tasks_are_given_in_their_order_each_to_one_worker(lab, flow):
    for number in range(3):
        lab.start(flow, number)
    lab.world.run(until=timedelta(seconds=1))
    found = [lab.api.get_activity_task(activityArn=ARN)["input"] for _ in range(3)]
    assert found == ["0", "1", "2"]
    assert "taskToken" not in lab.api.get_activity_task(activityArn=ARN)


@pytest.mark.usefixtures("flow")
def test_polling_waits_for_a_task_on_virtual_time(lab):
    slow = lab.make({"Wait": {"Type": "Wait", "Seconds": 25, "Next": "Work"}, **WORK}, "slow")
    lab.start(slow, {"late": True})
    before = lab.world.now
    task = lab.api.get_activity_task(activityArn=ARN)
    assert json.loads(task["input"]) == {"late": True}
    assert lab.world.now - before == timedelta(seconds=25)


@pytest.mark.usefixtures("flow")
def test_polling_gives_up_after_a_minute_without_a_token(lab):
    before = lab.world.now
    answer = lab.api.get_activity_task(activityArn=ARN)
    assert {"taskToken", "input"} & set(answer) == set()
    assert lab.world.now - before == timedelta(seconds=60)


def test_a_worker_that_is_late_finds_its_task_timed_out(lab, flow):
    run = lab.start(flow)
    lab.world.run(until=timedelta(seconds=1))
    token = lab.api.get_activity_task(activityArn=ARN)["taskToken"]
    lab.world.run()
    assert lab.kinds(run)[-2:] == ["ActivityTimedOut", "ExecutionFailed"]
    code, _ = lab.refused(lab.api.send_task_success, taskToken=token, output="{}")
    assert code == "TaskTimedOut"


def test_heartbeats_keep_a_task_alive(lab):
    lab.api.create_activity(name="work")
    state = {**WORK["Work"], "HeartbeatSeconds": 10, "TimeoutSeconds": 1000}
    run = lab.start(lab.make({"Work": state}))
    lab.world.run(until=timedelta(seconds=1))
    token = lab.api.get_activity_task(activityArn=ARN)["taskToken"]
    for _ in range(3):
        lab.world.run(until=timedelta(seconds=9))
        lab.api.send_task_heartbeat(taskToken=token)
    assert lab.describe(run)["status"] == "RUNNING"
    lab.world.run()
    assert lab.describe(run)["error"] == "States.Timeout"
    assert lab.kinds(run)[-2] == "ActivityTimedOut"


def test_an_activity_that_does_not_exist_fails_the_execution_before_it_is_scheduled(lab, flow):
    lab.api.delete_activity(activityArn=ARN)
    run = lab.run(flow)
    found = lab.describe(run)
    assert (found["error"], found["cause"]) == (
        "States.Runtime",
        "An error occurred while executing the state 'Work' (entered at the event id #2)."
        f" The activity {ARN} does not exist.",
    )
    assert lab.kinds(run) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert lab.refused(lab.api.get_activity_task, activityArn=ARN) == (
        "ActivityDoesNotExist",
        f"Activity Does Not Exist: '{ARN}'",
    )


def test_activities_are_made_once_listed_and_described(lab):
    first = lab.api.create_activity(name="work", tags=[{"key": "a", "value": "b"}])
    lab.world.run(until=timedelta(seconds=5))
    assert lab.api.create_activity(name="work")["creationDate"] == first["creationDate"]
    lab.api.create_activity(name="also")
    listed = lab.api.list_activities()["activities"]
    assert [item["name"] for item in listed] == ["also", "work"]
    page = lab.api.list_activities(maxResults=1)
    rest = lab.api.list_activities(nextToken=page["nextToken"])
    assert [item["name"] for item in (*page["activities"], *rest["activities"])] == ["also", "work"]
    assert lab.api.describe_activity(activityArn=ARN)["name"] == "work"
    tags = lab.api.list_tags_for_resource(resourceArn=ARN)["tags"]
    assert tags == [{"key": "a", "value": "b"}]
    lab.api.delete_activity(activityArn=ARN)
    lab.api.delete_activity(activityArn=ARN)
    assert lab.refused(lab.api.describe_activity, activityArn=ARN)[0] == "ActivityDoesNotExist"


def test_an_arn_of_something_else_is_no_activity(lab, flow):
    assert lab.refused(lab.api.describe_activity, activityArn=flow) == (
        "InvalidArn",
        "Invalid Arn: 'Resource type not valid in this context: stateMachine'",
    )


def test_whoever_settles_a_task_that_nobody_has_fetched_is_its_worker(lab, flow):
    run = lab.run(flow)
    (opened,) = lab.world.open_tasks()
    lab.world.settle(opened.token, Success({"by": "me"}))
    lab.world.run()
    assert lab.describe(run)["output"] == '{"by":"me"}'
    assert lab.kinds(run)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]


def test_a_function_polls_as_long_as_the_service_makes_it_wait(lab, flow):
    with lab.world.cloud.running("worker") as running:
        assert "taskToken" not in lab.api.get_activity_task(activityArn=ARN)
    assert running.took == timedelta(seconds=60)
    lab.run(flow, {"n": 1})
    with lab.world.cloud.running("worker") as running:
        assert json.loads(lab.api.get_activity_task(activityArn=ARN)["input"]) == {"n": 1}
    assert running.took == timedelta(0)
