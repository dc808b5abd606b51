"""Histories and calls of one run → what each role asked for, whatever stood in for the services."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from simulator.engine.ports import Success
from simulator.permissions.needs import needs_of
from simulator.project.project import Project
from simulator.scenarios.world import World
from simulator.simulation import Simulation

ROLE = "arn:aws:iam::123456789012:role/flow"
OTHER = "arn:aws:iam::123456789012:role/other"
FLOW = "arn:aws:states:us-east-1:123456789012:stateMachine:flow"


def task(resource, parameters, **more):
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True, **more}  # fmt: skip


@pytest.fixture
def asked(tmp_path):
    """asked(state, *outputs of its mock) → (role, action, resource, by a service) of a run of it."""

    def run(state, *outputs, prepare=lambda _simulation: None):
        definition = {"StartAt": "A", "States": {"A": state}}
        flow = {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"StateMachineName": "flow", "RoleArn": ROLE, "Definition": definition},
        }
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "files"}}
        body = {"Resources": {"Flow": flow, "Files": bucket}}
        (tmp_path / "template.yaml").write_text(json.dumps(body))
        project = Project.load(tmp_path)
        mocks = {"A": [Success(one) for one in outputs]} if outputs else {}
        start = datetime(2026, 1, 1, tzinfo=UTC)
        with Simulation(project, start=start, mocks=mocks) as simulation:
            with simulation.cloud.calling("scenario"):
                prepare(simulation)
            simulation.start("Flow", {})
            simulation.run()
            found = needs_of(World(simulation, None))
        return {(one.role, one.action, one.resource, bool(one.reason)) for one in found}

    return run


def test_a_nested_execution_that_is_waited_for(asked):
    rule = "arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"  # fmt: skip
    state = task("states:startExecution.sync:2", {"StateMachineArn": "arn:of:it"})
    assert asked(state, {}) == {
        (ROLE, "states:StartExecution", "arn:of:it", False),
        (ROLE, "states:DescribeExecution", "", True),
        (ROLE, "states:StopExecution", "", True),
        (ROLE, "events:PutRule", rule, True),
        (ROLE, "events:PutTargets", rule, True),
        (ROLE, "events:DescribeRule", rule, True),
    }


def test_a_job_is_looked_at_and_stopped(asked):
    assert asked(task("codebuild:startBuild.sync", {"ProjectName": "p"}), {}) == {
        (ROLE, "codebuild:StartBuild", "", False),
        (ROLE, "codebuild:BatchGetBuilds", "", True),
        (ROLE, "codebuild:StopBuild", "", True),
    }


def test_credentials_are_the_role_that_calls(asked):
    state = task(
        "aws-sdk:dynamodb:getItem",
        {"TableName": "orders", "Key": {"id": {"S": "1"}}},
        Credentials={"RoleArn": OTHER},
    )
    assert asked(state, {}) == {
        (ROLE, "sts:AssumeRole", OTHER, False),
        (OTHER, "dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/orders", False),
    }


def test_an_http_task_reads_its_connection(asked):
    connection = "arn:aws:events:us-east-1:123456789012:connection/c/1"
    state = task(
        "http:invoke",
        {
            "ApiEndpoint": "https://example.com",
            "Method": "GET",
            "Authentication": {"ConnectionArn": connection},
        },
    )
    assert asked(state, {}) == {
        (ROLE, "states:InvokeHTTPEndpoint", "", False),
        (ROLE, "events:RetrieveConnectionCredentials", connection, True),
        (ROLE, "secretsmanager:GetSecretValue", "", True),
        (ROLE, "secretsmanager:DescribeSecret", "", True),
    }


def test_a_distributed_map_reads_its_items_and_starts_children(asked):
    items = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "files", "Key": "items.json"},
    }
    inner = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "B",
        "States": {"B": {"Type": "Pass", "End": True}},
    }
    state = {"Type": "Map", "ItemReader": items, "ItemProcessor": inner, "End": True}

    def prepare(simulation):
        simulation.cloud.client("s3").put_object(Bucket="files", Key="items.json", Body=b"[1, 2]")

    assert asked(state, prepare=prepare) == {
        (ROLE, "s3:GetObject", "arn:aws:s3:::files/items.json", False),
        (ROLE, "states:StartExecution", FLOW, False),
    }
