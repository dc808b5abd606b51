"""Several stacks of one project, each in an account of its own, in one world."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import SourceError, UsageError
from simulator.project.project import Project
from simulator.simulation import Simulation

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HERE, THERE = "111122223333", "444455556666"
SETTINGS = f"""
account = "{HERE}"
stack = "shop"
organization = "o-shop"

[[stacks]]
template = "other.yaml"
account = "{THERE}"
stack = "reports"
"""
FUNCTION = """    Type: AWS::Serverless::Function
    Properties: {{CodeUri: src, Handler: app.{handler}, Runtime: python3.11, Role: !GetAtt {role}.Arn, FunctionName: !Sub "${{AWS::StackName}}-{name}"{more}}}
"""
OWN_TRUST = '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}'
MAIN = f"""
Transform: AWS::Serverless-2016-10-31
Parameters:
  Condition: {{Type: String, Default: o-shop}}
  Invokes: {{Type: String, Default: shop-Count}}
Resources:
  Items: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: items, BillingMode: PAY_PER_REQUEST, KeySchema: [{{AttributeName: id, KeyType: HASH}}], AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]}}}}
  CountRole: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {OWN_TRUST}}}}}
  Count:
{FUNCTION.format(handler="count", role="CountRole", name="Count", more="")}
  Invoker:
    Type: AWS::IAM::Role
    Properties:
      RoleName: Invoker
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{AWS: "arn:aws:iam::{THERE}:role/Asker"}}
            Action: sts:AssumeRole
            Condition: {{StringEquals: {{"aws:PrincipalOrgID": !Ref Condition}}}}
      Policies:
        - PolicyName: own
          PolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: lambda:InvokeFunction, Resource: !Sub "arn:aws:lambda:us-east-1:{HERE}:function:${{Invokes}}"}}]}}
  SendRole: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {OWN_TRUST}}}}}
  Send:
{FUNCTION.format(handler="send", role="SendRole", name="Send", more="")}
"""
OTHER = f"""
Transform: AWS::Serverless-2016-10-31
Parameters:
  Source: {{Type: String, Default: shop}}
Resources:
  Items: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: items, BillingMode: PAY_PER_REQUEST, KeySchema: [{{AttributeName: id, KeyType: HASH}}], AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]}}}}
  AskRole: {{Type: AWS::IAM::Role, Properties: {{RoleName: Asker, AssumeRolePolicyDocument: {OWN_TRUST}}}}}
  Ask:
{FUNCTION.format(handler="ask", role="AskRole", name="Ask", more=", Events: {Get: {Type: HttpApi, Properties: {Path: /ask, Method: GET}}}")}
  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: incoming}}}}
  Policy:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: shop
      Statement: {{Effect: Allow, Principal: {{AWS: "arn:aws:iam::{HERE}:root"}}, Action: events:PutEvents, Resource: !GetAtt Bus.Arn, Condition: {{StringEquals: {{"events:source": !Ref Source}}}}}}
  Keep:
{FUNCTION.format(handler="keep", role="AskRole", name="Keep", more=", Events: {Come: {Type: EventBridgeRule, Properties: {EventBusName: !Ref Bus, Pattern: {source: [shop]}}}}")}
  Inbox: {{Type: AWS::SQS::Queue, Properties: {{QueueName: inbox}}}}
  Read:
{FUNCTION.format(handler="keep", role="AskRole", name="Read", more=", Events: {Come: {Type: SQS, Properties: {Queue: !GetAtt Inbox.Arn}}}")}
"""
CODE = f"""
import json
import boto3

def put(item):
    boto3.client("dynamodb").put_item(TableName="items", Item={{"id": {{"S": item}}}})

def count(event, context):
    found = boto3.client("dynamodb").scan(TableName="items")["Items"]
    return {{"items": sorted(item["id"]["S"] for item in found), "arn": context.invoked_function_arn}}

def ask(event, context):
    keys = boto3.client("sts").assume_role(
        RoleArn="arn:aws:iam::{HERE}:role/Invoker", RoleSessionName="asker")["Credentials"]
    there = boto3.client("lambda", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    answer = there.invoke(FunctionName="arn:aws:lambda:us-east-1:{HERE}:function:shop-Count")
    put("asked")
    return json.loads(answer["Payload"].read())

def send(event, context):
    put("sent")
    return boto3.client("events").put_events(Entries=[{{"EventBusName":
        "arn:aws:events:us-east-1:{THERE}:event-bus/incoming", "Source": "shop",
        "DetailType": "Sold", "Detail": "{{}}"}}])

def keep(event, context):
    put("kept")
"""


def project(root: Path, settings: str = SETTINGS, **parameters: Any) -> Project:
    files = {
        "simulator.toml": settings,
        "template.yaml": MAIN,
        "other.yaml": OTHER,
        "src/app.py": CODE,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project.load(root, parameters=parameters)


def items(world: Simulation, account: str) -> list[str]:
    with world.cloud.inside(account):
        found = world.cloud.client("dynamodb").scan(TableName="items")["Items"]
    return sorted(item["id"]["S"] for item in found)


def test_names_of_every_stack_are_known_and_the_projects_own_come_first(tmp_path):
    found = project(tmp_path)

    assert [part.account for part in found.parts] == [HERE, THERE]
    assert found.function("Ask").arn == f"arn:aws:lambda:us-east-1:{THERE}:function:reports-Ask"
    assert (found.account_of("Items"), found.account_of("Bus")) == (HERE, THERE)
    assert found.physical_id("Bus") == "incoming"


def test_a_role_is_assumed_and_the_call_lands_in_its_account(tmp_path):
    with Simulation(project(tmp_path), start=BEGIN) as world:
        with world.cloud.inside(HERE):
            world.cloud.client("dynamodb").put_item(TableName="items", Item={"id": {"S": "one"}})
        answer = world.request("GET", "/ask", account=THERE)
        made = [(call.name, call.account, call.role) for call in world.cloud.calls]

        assert (answer.status, answer.body) == (
            200,
            {"items": ["one"], "arn": f"arn:aws:lambda:us-east-1:{HERE}:function:shop-Count"},
        )
        assert items(world, THERE) == ["asked"]
        role = f"arn:aws:iam::{HERE}:role/Invoker"
        assert made[1:] == [
            ("sts:AssumeRole", THERE, ""),
            ("lambda:Invoke", HERE, role),
            ("dynamodb:Scan", HERE, ""),
            ("dynamodb:PutItem", THERE, ""),
        ]


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"Condition": "o-other"}, ("sts:AssumeRole", "AccessDenied")),
        ({"Invokes": "shop-Other"}, ("lambda:Invoke", "AccessDeniedException")),
    ],
    ids=["trust policy", "permission policy"],
)
def test_policies_of_the_role_refuse(tmp_path, parameters, refused):
    with Simulation(project(tmp_path, **parameters), start=BEGIN) as world:
        assert world.request("GET", "/ask", account=THERE).status == 500
        assert [(call.name, call.error) for call in world.cloud.calls if call.error] == [refused]
        assert items(world, THERE) == []


def test_an_event_crosses_to_the_bus_of_another_account(tmp_path):
    with Simulation(project(tmp_path), start=BEGIN) as world:
        done = world.lambdas.invoke("Send", {})
        world.run()

        assert done.error is None
        assert (items(world, HERE), items(world, THERE)) == (["sent"], ["kept"])
        assert [(event.bus, event.event["account"]) for event in world.routed] == [
            ("incoming", HERE)
        ]


def test_a_bus_takes_only_what_its_policy_allows(tmp_path):
    with Simulation(project(tmp_path, Source="bank"), start=BEGIN) as world:
        answer: Any = world.lambdas.invoke("Send", {}).result
        world.run()

        assert answer["FailedEntryCount"] == 1
        assert answer["Entries"][0]["ErrorCode"] == "AccessDeniedException"
        assert (items(world, THERE), world.routed) == ([], [])


def test_a_queue_of_another_account_is_polled_there(tmp_path):
    with Simulation(project(tmp_path), start=BEGIN) as world:
        with world.cloud.inside(THERE):
            world.send_message("inbox", json.dumps("hello"))
        world.run()

        assert (items(world, HERE), items(world, THERE)) == ([], ["kept"])


def test_an_account_without_a_stack_has_no_api(tmp_path):
    with (
        Simulation(project(tmp_path), start=BEGIN) as world,
        pytest.raises(UsageError, match="no stack of the project is in account 999988887777"),
    ):
        world.request("GET", "/ask", account="999988887777")


@pytest.mark.parametrize(
    ("stack", "line", "told"),
    [
        ("account = '444455556666'", 4, "a stack has a 'template'"),
        (
            "template = 'other.yaml'\naccount = '1'",
            4,
            "the stack of other.yaml has an 'account' of twelve digits",
        ),
        (
            f"template = 'other.yaml'\naccount = '{THERE}'\nregions = 'x'",
            7,
            "unknown setting 'regions' of a stack",
        ),
        (
            f"template = 'other.yaml'\naccount = '{THERE}'\nparameters = 'x'",
            7,
            "the setting 'parameters' of a stack has the wrong type",
        ),
        (
            f"template = 'other.yaml'\naccount = '{THERE}'\n"
            f"[[stacks]]\ntemplate = 'other.yaml'\naccount = '{HERE}'",
            4,
            "two stacks are called 'other'",
        ),
    ],
)
def test_wrong_stacks_are_problems_at_their_place(tmp_path, stack, line, told):
    settings = f"account = '{HERE}'\nstack = 'shop'\n\n[[stacks]]\n{stack}\n"
    with pytest.raises(SourceError) as found:
        project(tmp_path, settings)
    problem = found.value.problems[0]
    assert (problem.code, problem.location.line, problem.message) == ("PRJ041", line, told)


def test_a_problem_of_a_stack_is_one_of_the_project(tmp_path):
    settings = SETTINGS.replace("other.yaml", "gone.yaml")
    with pytest.raises(SourceError, match="there is no template"):
        project(tmp_path, settings)
