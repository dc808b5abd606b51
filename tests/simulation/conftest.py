"""A world whose machines are made through the API, by tests that say what they need."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.project.project import Project
from simulator.simulation import Simulation

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/runner"
TEMPLATE = """\
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/vendedlogs/states/lab}}
  Other: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: other}}
"""


class Lab:
    """`api` is boto3's client for Step Functions, inside the world `world`."""

    def __init__(self, world: Simulation) -> None:
        self.world = world
        self.api = world.cloud.client("stepfunctions")

    def make(self, states: dict[str, Any], name: str = "flow", **more: Any) -> str:
        """A machine of these states, from the first one written; the ARN."""
        text = json.dumps({"StartAt": next(iter(states)), "States": states})
        made = self.api.create_state_machine(name=name, definition=text, roleArn=ROLE, **more)
        return str(made["stateMachineArn"])

    def start(self, arn: str, payload: Any = None, **more: Any) -> str:
        text = json.dumps({} if payload is None else payload)
        return str(
            self.api.start_execution(stateMachineArn=arn, input=text, **more)["executionArn"]
        )

    def run(self, arn: str, payload: Any = None, **more: Any) -> str:
        """Start an execution and let the world go on until nothing is left to do."""
        execution = self.start(arn, payload, **more)
        self.world.run()
        return execution

    def describe(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.describe_execution(executionArn=execution)
        return found

    def kinds(self, execution: str) -> list[str]:
        events = self.api.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        return [event["type"] for event in events]

    @staticmethod
    def refused(call: Any, **request: Any) -> tuple[str, str]:
        """Code and message of a refusal."""
        with pytest.raises(ClientError) as caught:
            call(**request)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def lab(tmp_path, request):
    """Its parameter, if any, has options of the Simulation."""
    root = tmp_path / "lab"
    root.mkdir()
    (root / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    options = getattr(request, "param", {})
    project = Project.load(root)
    with Simulation(project, start=BEGIN, **options) as world, world.cloud.calling("client"):
        yield Lab(world)
