"""What becomes of invocations that nobody waits for, and of deliveries that a target refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from simulator.aws.faults import Fault
from simulator.errors import SourceError
from simulator.project.project import Project
from simulator.simulation import Simulation

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Results: {Type: AWS::SQS::Queue, Properties: {QueueName: results}}
  Letters: {Type: AWS::SQS::Queue, Properties: {QueueName: letters}}
  Undelivered: {Type: AWS::SQS::Queue, Properties: {QueueName: undelivered}}
  Parked: {Type: AWS::SQS::Queue, Properties: {QueueName: parked}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      CodeUri: src/
      Handler: app.work
%s
      Events:
        Noted:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [shop], detail-type: [noted]}
            DeadLetterConfig: {Arn: !GetAtt Undelivered.Arn}
  Park:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop], detail-type: [parked]}
      Targets:
        - Id: parked
          Arn: !GetAtt Parked.Arn
          InputPath: $.detail
          DeadLetterConfig: {Arn: !GetAtt Undelivered.Arn}
  Drop:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop], detail-type: [dropped]}
      Targets: [{Id: parked, Arn: !GetAtt Parked.Arn}]
"""
APP = """\
def work(event, context):
    if event["detail"].get("fail"):
        raise RuntimeError("no")
    return {"done": True}
"""


@pytest.fixture
def world(tmp_path, request):
    """A world whose function has the lines of YAML that the test's parameter gives."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(APP, encoding="utf-8")
    text = TEMPLATE % getattr(request, "param", "")
    (tmp_path / "template.yaml").write_text(text, encoding="utf-8")
    with Simulation(Project.load(tmp_path), start=START) as simulation:
        yield simulation


def publish(world, kind, detail):
    world.publish({"source": "shop", "detail-type": kind, "detail": detail})
    world.run()


def bodies(world, queue):
    with world.cloud.calling("scenario"):
        client = world.cloud.client("sqs")
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def times(world):
    return [(call.at - START).total_seconds() for call in world.lambdas.invocations]


ON_FAILURE = """\
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig:
          OnFailure: {Type: SQS, Destination: !GetAtt Results.Arn}
"""
ON_SUCCESS = """\
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess: {Type: SQS, Destination: !GetAtt Results.Arn}
"""
LETTERS = "      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Letters.Arn}\n"


def record(world, detail, **more):
    """A destination's record of the last invocation of Work."""
    last = world.lambdas.invocations[-1]
    arn = f"{world.lambdas.function('Work').arn}:$LATEST"
    context = {"requestId": last.request_id, "functionArn": arn, **more["requestContext"]}
    return {
        "version": "1.0",
        "requestPayload": {"source": "shop", "detail-type": "noted", "detail": detail},
        "responsePayload": last.result,
        **more,
        "requestContext": context,
    }


@pytest.mark.parametrize("world", [ON_FAILURE], indirect=True)
def test_a_failure_destination_gets_a_record_after_the_last_try(world):
    publish(world, "noted", {"fail": True})
    assert times(world) == [0, 60]
    assert bodies(world, "results") == [
        record(
            world,
            {"fail": True},
            timestamp="2026-01-01T12:01:00.000Z",
            requestContext={"condition": "RetriesExhausted", "approximateInvokeCount": 2},
            responseContext={
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
        )
    ]
    assert world.targets.undelivered == []


@pytest.mark.parametrize("world", [ON_SUCCESS], indirect=True)
def test_a_success_destination_gets_a_record(world):
    publish(world, "noted", {})
    assert bodies(world, "results") == [
        record(
            world,
            {},
            timestamp="2026-01-01T12:00:00.000Z",
            requestContext={"condition": "Success", "approximateInvokeCount": 1},
            responseContext={"statusCode": 200, "executedVersion": "$LATEST"},
        )
    ]


@pytest.mark.parametrize("world", [LETTERS], indirect=True)
def test_the_function_s_dead_letter_queue_gets_the_event_itself(world):
    publish(world, "noted", {"fail": True})
    assert times(world) == [0, 60, 180]
    (event,) = bodies(world, "letters")
    assert (event["detail-type"], event["detail"]) == ("noted", {"fail": True})


def test_a_function_s_error_is_no_concern_of_the_rule_s_dead_letter_queue(world):
    publish(world, "noted", {"fail": True})
    assert bodies(world, "undelivered") == []
    (lost,) = world.targets.undelivered
    assert lost.why.startswith("RuntimeError: ")


def test_what_a_target_refuses_goes_to_the_rule_s_dead_letter_queue(world):
    world.cloud.inject(Fault("sqs", "SendMessage", error="AccessDenied", times=1))
    publish(world, "parked", {"n": 1})
    assert (bodies(world, "undelivered"), bodies(world, "parked")) == ([{"n": 1}], [])
    assert world.targets.undelivered == []


def test_without_a_dead_letter_queue_a_refused_event_is_undelivered_and_says_why(world):
    world.cloud.inject(Fault("sqs", "SendMessage", error="AccessDenied", times=1))
    publish(world, "dropped", {"n": 1})
    (lost,) = world.targets.undelivered
    assert (lost.source.startswith("rule "), lost.why[:14]) == (True, "AccessDenied: ")


def test_a_number_of_retries_that_lambda_does_not_have_is_refused(tmp_path):
    config = "      EventInvokeConfig: {MaximumRetryAttempts: 3}"
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "template.yaml").write_text(TEMPLATE % config, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        Project.load(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.location.line) == (
        "PRJ062",
        "MaximumRetryAttempts is 0, 1 or 2, not 3",
        13,
    )
