"""A small SAM project with card data in it, and scenarios that send some."""

import json
import sys

import pytest

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  StoreKey:
    Type: AWS::KMS::Key
    Properties: {KeyPolicy: {Version: '2012-10-17', Statement: []}}
  Cards:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt StoreKey.Arn}
  Lost:
    Type: AWS::SQS::Queue
  Orders:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Lost.Arn, maxReceiveCount: 3}}
  Take:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.take
      CodeUri: src/
      Environment: {Variables: {CARDS: !Ref Cards, ORDERS: !Ref Orders, BANK: 'https://bank.example.com/v1'}}
      Policies:
        - Statement:
            - {Effect: Allow, Action: 'dynamodb:PutItem', Resource: !GetAtt Cards.Arn}
            - {Effect: Allow, Action: [sqs:SendMessage, sqs:GetQueueUrl], Resource: !GetAtt Orders.Arn}
            - {Effect: Allow, Action: kms:Decrypt, Resource: !GetAtt StoreKey.Arn}
            - {Effect: Allow, Action: 'ses:*', Resource: '*'}
      Events:
        Order: {Type: Api, Properties: {Method: post, Path: /orders}}
  Ship:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.ship
      CodeUri: src/
      Environment: {Variables: {CARDS: !Ref Cards, PACK: !Ref Pack}}
      Policies:
        - Statement:
            - {Effect: Allow, Action: 'dynamodb:Get*', Resource: !GetAtt Cards.Arn}
            - {Effect: Allow, Action: 'states:StartExecution', Resource: !Ref Pack}
      Events:
        Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
        Often: {Type: Schedule, Properties: {Schedule: rate(1 hour), Name: often}}
  Pack:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflows/pack.asl.json
      DefinitionSubstitutions: {Lost: !Ref Lost}
      Events:
        Packed: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
"""
PACK = {
    "StartAt": "Tell",
    "States": {
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "${Lost}", "MessageBody.$": "$.note"},
            "End": True,
        }
    },
}
APP = """\
import json
import os

import boto3
import urllib3


def take(event, context):
    order = json.loads(event["body"])
    if order.get("stray"):
        return {"statusCode": 422, "body": "{}"}
    number = order["number"]
    sealed = bytes(255 - letter for letter in number.encode())
    item = {"id": {"S": "1"}, "sealed": {"B": sealed}}
    boto3.client("dynamodb").put_item(TableName=os.environ["CARDS"], Item=item)
    urllib3.PoolManager().request("POST", os.environ["BANK"], body=json.dumps({"card": number}))
    message = {"id": "1", "look": order.get("look", False), "note": order.get("note", "")}
    boto3.client("sqs").send_message(QueueUrl=os.environ["ORDERS"], MessageBody=json.dumps(message))
    if order.get("mail"):
        boto3.client("sns").list_topics()
    return {"statusCode": 202, "body": "{}"}


def ship(event, context):
    message = json.loads(event["Records"][0]["body"])
    if message["look"]:
        boto3.client("dynamodb").get_item(TableName=os.environ["CARDS"], Key={"id": {"S": "1"}})
    boto3.client("stepfunctions").start_execution(
        stateMachineArn=os.environ["PACK"], input=json.dumps({"note": message["note"]})
    )
"""
VOCABULARY = """\
from simulator.aws.http import HttpAnswer


def register(vocabulary):
    @vocabulary.prepare
    def _bank(world):
        world.simulation.cloud.endpoint(
            "https://bank.example.com/", lambda call: HttpAnswer(200, {}, b"{}")
        )
"""
SETTINGS = """\
[tool.simulator]
stack = "shop"
vocabulary = "words"
card_data = ["POST /orders", "Take", "Cards", "bank.example.com"]
"""


def order(identity, **body):
    """A scenario that sends one order."""
    step = {
        "send": "http", "method": "POST", "path": "/orders",
        "body": {"number": "4111111111111111", **body},
    }  # fmt: skip
    return json.dumps({"schema": "scenario/1", "id": identity, "steps": [step]})


FILES = {
    "pyproject.toml": SETTINGS,
    "template.yaml": TEMPLATE,
    "workflows/pack.asl.json": json.dumps(PACK),
    "src/app.py": APP,
    "words/__init__.py": VOCABULARY,
    "tests/scenarios/usual.json": order("usual"),
    "more/planted.json": json.dumps(
        {
            "schema": "scenario/1",
            "id": "planted",
            "steps": [
                {
                    "send": "sqs",
                    "queue": "Orders",
                    "bodies": ['{"id": "2", "look": false, "note": "4111 1111 1111 1111"}'],
                }
            ],
        }
    ),
    "more/looks.json": order("looks", look=True),
    "more/notes.json": order("notes", note="paid with 4111 1111 1111 1111"),
    "more/strays.json": order("strays", mail=True),
    "more/refused.json": order("refused", stray=True),
}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """The project's folder, which is the current one."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def simulator(monkeypatch, capsys):
    """simulator("draw", ...) gives the exit code, and what was written."""
    from simulator.cli import main

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run
