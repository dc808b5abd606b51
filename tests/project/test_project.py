"""Whole projects: what the template makes of workflows, rules, sources and resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import SourceError, UsageError
from simulator.project.checks import check_project
from simulator.project.project import Project, QueueSource
from simulator.project.resources import CREATORS
from simulator.project.support import CREATED

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, CodeUri: src}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Hub: {Type: AWS::SecurityHub::Hub}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: worker.handler
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 5}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      DefinitionSubstitutions: {Worker: !GetAtt Worker.Arn}
      Events:
        Made: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
"""
FLOW = '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Worker}", "End": true}}}'
WORKER = "arn:aws:lambda:us-east-1:123456789012:function:shop-Worker"
FLOW_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:shop-Flow"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    (root / "src").mkdir(parents=True)
    (root / "src" / "worker.py").write_text("def handler(event, context):\n    return event\n")
    (root / "template.yaml").write_text(TEMPLATE)
    (root / "flow.asl.json").write_text(FLOW)
    return root


def refused(root: Path) -> list[tuple[str, str, int]]:
    with pytest.raises(SourceError) as error:
        Project.load(root)
    return [
        (item.code, item.location.path.name, item.location.line) for item in error.value.problems
    ]


def test_a_workflow_is_found_by_each_of_its_names(root: Path) -> None:
    project = Project.load(root)
    for name in ("Flow", "shop-Flow", FLOW_ARN, "flow"):
        assert project.workflow(name).arn == FLOW_ARN
    with pytest.raises(UsageError, match="did you mean 'Flow'"):
        project.workflow("Flaw")


def test_substitutions_rules_and_sources_hold_the_physical_names(root: Path) -> None:
    project = Project.load(root)
    assert project.workflow("flow").definition == {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": WORKER, "End": True}},
    }
    assert [(rule.name, rule.bus, rule.targets[0].arn) for rule in project.rules] == [
        ("shop-FlowMade", "default", FLOW_ARN)
    ]
    queue = "arn:aws:sqs:us-east-1:123456789012:shop-Queue"
    assert project.queue_sources == (QueueSource(queue, "shop-Worker", 5, 0, False, True),)


def test_a_resource_without_stand_in_is_a_warning(root: Path) -> None:
    warnings = [(item.code, item.location.line) for item in Project.load(root).warnings]
    assert warnings == [("PRJ091", 5)]
    assert [item.code for item in check_project(root)] == ["PRJ091"]


def test_a_missing_substitution_is_refused_at_its_line(root: Path) -> None:
    (root / "flow.asl.json").write_text(FLOW.replace("${Worker}", "${Walker}"))
    assert ("PRJ056", "flow.asl.json", 1) in refused(root)


def test_a_missing_definition_file_is_refused_at_its_property(root: Path) -> None:
    (root / "flow.asl.json").unlink()
    assert refused(root) == [("PRJ052", "template.yaml", 15)]


def test_a_project_without_template_is_refused(root: Path) -> None:
    (root / "template.yaml").unlink()
    assert refused(root) == [("PRJ001", "template.yaml", 0)]


def test_every_type_said_to_be_created_has_a_creator() -> None:
    assert set(CREATORS) == CREATED
