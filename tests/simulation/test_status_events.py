"""EventBridge hears of executions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from simulator.errors import LimitReached
from simulator.project.project import Project
from simulator.simulation import Simulation, status_events

ACCOUNT = "123456789012"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Ended: {Type: AWS::SQS::Queue}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.states]
        detail-type: [Step Functions Execution Status Change]
        detail: {status: [%s], stateMachineArn: [!Ref Flow]}
      Targets: [{Id: ended, Arn: !GetAtt Ended.Arn}]
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: flow
      Type: %s
      Definition:
        StartAt: Wait
        States:
          Wait: {Type: Wait, Seconds: 5, Next: Is}
          Is:
            Type: Choice
            Choices: [{Variable: $.bad, IsPresent: true, Next: Bad}]
            Default: Good
          Bad: {Type: Fail, Error: E, Cause: why}
          Good: {Type: Pass, End: true}
"""


@pytest.fixture
def world(tmp_path, request):
    statuses, kind = request.param
    (tmp_path / "template.yaml").write_text(TEMPLATE % (statuses, kind), encoding="utf-8")
    with Simulation(Project.load(tmp_path), start=datetime(2026, 1, 1, tzinfo=UTC)) as made:
        yield made


def received(world):
    with world.cloud.calling("scenario"):
        client = world.cloud.client("sqs")
        url = client.list_queues()["QueueUrls"][0]
        found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]


@pytest.mark.parametrize("world", [("FAILED, TIMED_OUT", "STANDARD")], indirect=True)
def test_a_rule_hears_of_the_end_it_asks_for(world):
    world.start("Flow", {}, name="good")
    world.start("Flow", {"bad": 1}, name="bad")
    world.run()
    (event,) = received(world)
    machine = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:flow"
    execution = f"arn:aws:states:us-east-1:{ACCOUNT}:execution:flow:bad"
    start = round(world.started_at.timestamp() * 1000)
    assert {name: event[name] for name in event if name != "id"} == {
        "version": "0",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": ACCOUNT,
        "time": "2026-01-01T00:00:05Z",
        "region": "us-east-1",
        "resources": [execution],
        "detail": {
            "executionArn": execution,
            "stateMachineArn": machine,
            "stateMachineVersionArn": None,
            "stateMachineAliasArn": None,
            "name": "bad",
            "status": "FAILED",
            "startDate": start,
            "stopDate": start + 5000,
            "input": '{"bad":1}',
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": None,
            "error": "E",
            "cause": "why",
            "redriveCount": 0,
            "redriveDate": None,
            "redriveStatus": "REDRIVABLE",
            "redriveStatusReason": None,
        },
    }


@pytest.mark.parametrize("world", [("RUNNING, SUCCEEDED", "STANDARD")], indirect=True)
def test_a_beginning_and_an_end_are_two_events(world):
    world.start("Flow", {"a": 1})
    world.run()
    found = [event["detail"] for event in received(world)]
    assert [(detail["status"], detail["output"]) for detail in found] == [
        ("RUNNING", None),
        ("SUCCEEDED", '{"a":1}'),
    ]
    assert found[0]["stopDate"] is None
    assert found[0]["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"


@pytest.mark.parametrize("world", [("FAILED, RUNNING", "STANDARD")], indirect=True)
def test_a_redrive_begins_and_ends_again(world):
    run = world.start("Flow", {"bad": 1})
    world.run()
    world.redrive(run)
    world.run()
    found = [event["detail"] for event in received(world)]
    assert [(detail["status"], detail["redriveCount"]) for detail in found] == [
        ("RUNNING", 0),
        ("FAILED", 0),
        ("RUNNING", 1),
        ("FAILED", 1),
    ]


@pytest.mark.parametrize("world", [("FAILED, RUNNING, SUCCEEDED", "EXPRESS")], indirect=True)
def test_express_executions_tell_nobody(world):
    world.start("Flow", {})
    world.run()
    assert (received(world), world.routed) == ([], [])


@pytest.mark.parametrize("world", [("ABORTED", "STANDARD")], indirect=True)
def test_what_nobody_wants_is_not_published(world):
    world.start("Flow", {})
    world.run()
    assert (received(world), world.routed) == ([], [])


@pytest.mark.parametrize("world", [("RUNNING", "STANDARD")], indirect=True)
def test_a_circle_of_rules_is_told(world, monkeypatch):
    monkeypatch.setattr(status_events, "MOST_AT_ONCE", 20)
    world.cloud.on_call(lambda call: world.start("Flow", {}) if call.service == "sqs" else None)
    world.start("Flow", {})
    with pytest.raises(LimitReached, match="does a rule start what it hears of"):
        world.run()
