"""Activities, versions, aliases and logging of state machines in templates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.errors import SourceError
from simulator.project.project import Project, Reading
from simulator.simulation import Simulation

ACCOUNT = "arn:aws:states:us-east-1:123456789012"
FLOW = """\
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: flow
      RoleArn: arn:aws:iam::123456789012:role/r
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
"""
CLOUD = f"""\
Resources:
{FLOW}
      LoggingConfiguration:
        Level: ERROR
        IncludeExecutionData: true
        Destinations: [{{CloudWatchLogsLogGroup: {{LogGroupArn: !GetAtt Group.Arn}}}}]
      TracingConfiguration: {{Enabled: true}}
      Tags: [{{Key: team, Value: a}}]
  Group: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: flows}}}}
  Version:
    Type: AWS::StepFunctions::StateMachineVersion
    Properties: {{StateMachineArn: !Ref Flow, Description: first}}
  Live:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: live
      Description: in use
      RoutingConfiguration: [{{StateMachineVersionArn: !Ref Version, Weight: 100}}]
  Work:
    Type: AWS::StepFunctions::Activity
    Properties: {{Name: work, Tags: [{{Key: a, Value: b}}]}}
Outputs:
  Alias: {{Value: !Ref Live}}
  AliasArn: {{Value: !GetAtt Live.Arn}}
  Activity: {{Value: !Ref Work}}
  Version: {{Value: !GetAtt Version.Arn}}
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: flow
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
      AutoPublishAlias: live
      UseAliasAsEventTarget: true
      DeploymentPreference: {Type: LINEAR, Percentage: 10, Interval: 5}
      Tags: {team: a}
      Events:
        On: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
"""


@pytest.fixture
def reading(tmp_path):
    def read(text):
        (tmp_path / "template.yaml").write_text(text, encoding="utf-8")
        return Reading.of(tmp_path)

    return read


def world(project):
    return Simulation(project, start=datetime(2026, 1, 1, tzinfo=UTC))


def test_references_lead_to_arns(reading):
    found = reading(CLOUD)
    assert found.problems == ()
    assert found.project.template.outputs == {
        "Alias": f"{ACCOUNT}:stateMachine:flow:live",
        "AliasArn": f"{ACCOUNT}:stateMachine:flow:live",
        "Activity": f"{ACCOUNT}:activity:work",
        "Version": f"{ACCOUNT}:stateMachine:flow:1",
    }


def test_a_world_has_what_the_template_publishes(reading):
    flow = f"{ACCOUNT}:stateMachine:flow"
    with world(reading(CLOUD).project) as made, made.cloud.calling("client"):
        api = made.cloud.client("stepfunctions")
        alias = api.describe_state_machine_alias(stateMachineAliasArn=f"{flow}:live")
        machine = api.describe_state_machine(stateMachineArn=f"{flow}:1")
        tags = {
            arn: api.list_tags_for_resource(resourceArn=arn)["tags"]
            for arn in (flow, f"{ACCOUNT}:activity:work")
        }
        run = made.start(f"{flow}:live", {})
        made.run()
    assert (alias["name"], alias["description"], alias["routingConfiguration"]) == (
        "live",
        "in use",
        [{"stateMachineVersionArn": f"{flow}:1", "weight": 100}],
    )
    assert machine["description"] == "first"
    assert machine["tracingConfiguration"] == {"enabled": True}
    group = "arn:aws:logs:us-east-1:123456789012:log-group:flows:*"
    assert machine["loggingConfiguration"] == {
        "level": "ERROR",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    assert list(tags.values()) == [
        [{"key": "team", "value": "a"}],
        [{"key": "a", "value": "b"}],
    ]
    assert (run.status, run.version_arn, run.alias_arn) == (
        "SUCCEEDED",
        f"{flow}:1",
        f"{flow}:live",
    )


def test_sam_publishes_an_alias_and_sends_events_to_it(reading):
    found = reading(SAM)
    assert found.problems == ()
    with world(found.project) as made:
        made.publish({"source": "shop", "detail-type": "x", "detail": {}})
        made.run()
        (run,) = made.executions
    flow = f"{ACCOUNT}:stateMachine:flow"
    assert (run.state_machine_arn, run.version_arn, run.alias_arn) == (
        flow,
        f"{flow}:1",
        f"{flow}:live",
    )


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ("[{StateMachineVersionArn: !Ref Version, Weight: 60}]", "the weights of the routes sum up to 100, not [60]"),
        (
            "[{StateMachineVersionArn: !Sub '${Flow}:7', Weight: 100}]",
            f"'{ACCOUNT}:stateMachine:flow:7' is no version that this template publishes",
        ),
    ],
)  # fmt: skip
def test_an_alias_without_a_way_is_told(reading, routes, told):
    text = f"""\
Resources:
{FLOW}
  Version: {{Type: AWS::StepFunctions::StateMachineVersion, Properties: {{StateMachineArn: !Ref Flow}}}}
  Live:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties: {{Name: live, RoutingConfiguration: {routes}}}
"""
    (problem,) = reading(text).problems
    assert (problem.code, problem.message, problem.severity) == (
        "PRJ058",
        f"the alias 'Live' cannot be made: {told}",
        "error",
    )


@pytest.mark.parametrize(
    ("logging", "told"),
    [
        ("{Level: ALL}", "a level other than OFF needs exactly one destination"),
        ("{Level: LOUD}", "Level is ALL, ERROR, FATAL or OFF, not 'LOUD'"),
        (
            "{Level: ALL, Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: flows}}]}",
            "the destination 'flows' is not a log group's ARN that ends in ':*'",
        ),
    ],
)
def test_logging_that_the_service_refuses_is_told(reading, tmp_path, logging, told):
    text = f"Resources:\n{FLOW}      LoggingConfiguration: {logging}\n"
    (problem,) = reading(text).problems
    assert (problem.code, problem.message) == ("PRJ059", told)
    assert (
        problem.location.line
        == text.splitlines().index(f"      LoggingConfiguration: {logging}") + 1
    )
    with pytest.raises(SourceError):
        Project.load(tmp_path)


def test_logging_can_be_off(reading):
    text = f"Resources:\n{FLOW}      LoggingConfiguration: {{Level: OFF}}\n"
    assert reading(text).problems == ()


def test_a_property_that_does_not_exist_is_told(reading):
    text = f"Resources:\n{FLOW}      LoggingConfig: {{}}\n"
    (problem,) = reading(text).problems
    assert (problem.code, problem.severity, problem.hint) == (
        "PRJ092",
        "warning",
        "did you mean 'LoggingConfiguration'?",
    )
