"""`simulator permissions`: roles beside the runs of a small project."""

from __future__ import annotations

import json

import pytest

WORKER = """\
import os

import boto3


def work(event, context):
    boto3.client("dynamodb").get_item(TableName=os.environ["ORDERS"], Key={"id": {"S": "1"}})
    return {}
"""
TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.work
      CodeUri: src/
      Environment: {Variables: {ORDERS: !Ref Orders}}
      Policies:
        - Statement: [{Effect: Allow, Action: [WORK], Resource: !GetAtt Orders.Arn}]
  Hello:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflows/hello.asl.json
      DefinitionSubstitutions: {WorkArn: !GetAtt Work.Arn, Orders: !Ref Orders}
      Policies:
        - Statement: [{Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt Work.Arn}]
        - Statement: [{Effect: Allow, Action: 'dynamodb:PutItem', Resource: !GetAtt Orders.Arn}]
"""
HELLO = """\
{
  "StartAt": "Put",
  "States": {
    "Put": {
      "Type": "Task",
      "Resource": "arn:aws:states:::dynamodb:putItem",
      "Parameters": {"TableName": "${Orders}", "Item": {"id": {"S": "1"}}},
      "ResultPath": null,
      "Next": "Work"
    },
    "Work": {"Type": "Task", "Resource": "${WorkArn}", "End": true}
  }
}
"""
SCENARIO = {
    "schema": "scenario/1",
    "id": "S1",
    "workflow": "Hello",
    "steps": [{"send": "start", "input": {"n": 1}}],
    "expect": {"path": ["Put", "Work"]},
}
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


@pytest.fixture
def project(small):
    """project(actions of Work) → the folder; `files` replace its own."""

    def make(actions="dynamodb:GetItem", **files):
        return small(
            {
                "template.yaml": TEMPLATE.replace("WORK", actions),
                "src/app.py": WORKER,
                "workflows/hello.asl.json": HELLO,
                "tests/scenarios/S1.json": json.dumps(SCENARIO),
                **files,
            }
        )

    return make


def told(simulator, *options):
    ran = simulator("permissions", "--format", "json", *options)
    roles = {role["role"]: role for role in json.loads(ran.out)["roles"]}
    return ran.code, roles


def test_every_call_is_allowed_and_every_right_is_used(project, simulator):
    project()
    ran = simulator("permissions", "--fail-on", "unused")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].split() == ["role", "granted", "used", "by", "service", "kept", "unused", "missing"]  # fmt: skip
    # The function's own right, and those of the managed policy for its logs.
    assert lines[1].split() == ["WorkRole", "4", "1", "3", "0", "0", "0"]
    assert lines[2].split() == ["HelloRole", "2", "2", "0", "0", "0", "0"]
    assert lines[3:] == ["2 roles, 6 rights: 3 used, 3 by services, 0 kept, 0 unused; 0 missing"]


def test_a_call_that_is_not_allowed_fails(project, simulator):
    project("dynamodb:Query")
    ran = simulator("permissions")
    assert ran.code == 1
    assert f"  missing  dynamodb:GetItem on {TABLE}: function Work (template.yaml:11:3)" in ran.out
    assert f"  unused   dynamodb:Query on {TABLE} (template.yaml:19:11)" in ran.out


def test_an_unused_right_fails_when_asked_to(project, simulator):
    project("dynamodb:GetItem, dynamodb:DeleteItem")
    assert simulator("permissions").code == 0
    ran = simulator("permissions", "--fail-on", "unused")
    assert ran.code == 1
    assert "1 unused; 0 missing" in ran.out


def test_states_are_known_without_running_their_functions(project, simulator):
    mocks = {"Work": [{"output": {}}], "Put": [{"output": {}}]}
    scenario = {**SCENARIO, "given": {"mocks": mocks}}
    project(**{"tests/scenarios/S1.json": json.dumps(scenario)})
    code, roles = told(simulator)
    assert code == 0
    assert {right["status"] for right in roles["HelloRole"]["rights"]} == {"used"}
    unused = [right["action"] for right in roles["WorkRole"]["rights"] if right["status"] == "unused"]  # fmt: skip
    assert unused == ["dynamodb:GetItem"]


def test_json_has_every_right_with_its_reason(project, simulator):
    project()
    code, roles = told(simulator)
    assert code == 0
    by = {right["action"]: right for right in roles["WorkRole"]["rights"]}
    assert by["dynamodb:GetItem"] == {
        "action": "dynamodb:GetItem",
        "resource": TABLE,
        "policy": "WorkRolePolicy0",
        "location": "template.yaml:19:11",
        "status": "used",
        "why": "function Work",
    }
    assert by["logs:PutLogEvents"]["why"] == "Lambda writes the function's logs (function Work)"
    assert roles["HelloRole"]["rights"][1]["why"] == "state Put of demo-Hello"


def test_one_role_is_explained(project, simulator):
    project()
    ran = simulator("permissions", "--explain", "HelloRole")
    assert ran.code == 0
    assert f"  used     dynamodb:PutItem on {TABLE}: state Put of demo-Hello" in ran.out
    ran = simulator("permissions", "--explain", "Nobody")
    assert ran.code == 2
    assert ran.err.startswith("error: the templates have no role 'Nobody'; they have HelloRole, WorkRole")  # fmt: skip


def test_functions_share_nothing_while_they_are_watched(project, simulator):
    """Each function asks for what another one has already: as in Lambda, nothing is shared."""
    app = WORKER.replace("\n\ndef work", "\nasked = []\n\n\ndef work").replace(
        "    boto3.client",
        "    if asked:\n        return {}\n    asked.append(1)\n    boto3.client",
    )
    again = HELLO.replace('"End": true', '"Next": "Again"').replace(
        '"Work": {',
        '"Again": {"Type": "Task", "Resource": "${AgainArn}", "End": true},\n    "Work": {',
    )
    other = TEMPLATE.replace("WORK", "dynamodb:GetItem")
    start = other.index("  Work:")
    end = other.index("  Hello:")
    more = other[start:end].replace("  Work:", "  Again:", 1)
    template = (other[:end] + more + other[end:]).replace(
        "WorkArn: !GetAtt Work.Arn", "WorkArn: !GetAtt Work.Arn, AgainArn: !GetAtt Again.Arn"
    ).replace(
        "Action: lambda:InvokeFunction, Resource: !GetAtt Work.Arn",
        "Action: lambda:InvokeFunction, Resource: [!GetAtt Work.Arn, !GetAtt Again.Arn]",
    )  # fmt: skip
    scenario = {**SCENARIO, "expect": {"path": ["Put", "Work", "Again"]}}
    project(
        **{
            "template.yaml": template,
            "src/app.py": app,
            "workflows/hello.asl.json": again,
            "tests/scenarios/S1.json": json.dumps(scenario),
        }
    )
    assert simulator("permissions", "--fail-on", "unused").code == 0


@pytest.mark.slow
def test_several_processes_find_the_same(project, simulator):
    scenario = json.dumps({**SCENARIO, "id": "S2"})
    project(**{"tests/scenarios/S2.json": scenario})
    alone = simulator("permissions", "--format", "json", "--workers", "1")
    assert simulator("permissions", "--format", "json", "--workers", "2") == alone


def test_a_scenario_that_fails_is_told(project, simulator):
    scenario = {**SCENARIO, "expect": {"path": ["Put"]}}
    project(**{"tests/scenarios/S1.json": json.dumps(scenario)})
    ran = simulator("permissions")
    assert (ran.code, ran.err) == (1, "failed: S1; see `simulator replay`\n")


def test_wrong_settings_do_not_start(project, simulator):
    settings = '[tool.simulator]\nstack = "demo"\n[tool.simulator.permissions]\nkeep = {}\n'
    project(**{"pyproject.toml": settings})
    ran = simulator("permissions")
    assert ran.code == 2
    assert "permissions knows no 'keep'" in ran.err
