"""Distributed Maps in a world: datasets and results in S3, Map Runs and children in the API."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from simulator.engine.behaviour import Behaviour

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
GOOD = {"Is": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "No"}], "Default": "Yes"},
        "No": {"Type": "Fail", "Error": "Two"},
        "Yes": {"Type": "Pass", "End": True}}  # fmt: skip


def each(states, kind="STANDARD", **more):
    """A machine with one distributed Map, labelled Each."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {"ProcessorConfig": config, "StartAt": next(iter(states)), "States": states}
    return {
        "Each": {"Type": "Map", "Label": "Each", "ItemProcessor": processor, "End": True, **more}
    }


def put(lab, key, body):
    lab.world.cloud.client("s3").put_object(Bucket="data", Key=key, Body=body)


def read(lab, key):
    return lab.world.cloud.client("s3").get_object(Bucket="data", Key=key)["Body"].read().decode()


def map_run(lab, execution):
    (listed,) = lab.api.list_map_runs(executionArn=execution)["mapRuns"]
    return listed, lab.api.describe_map_run(mapRunArn=listed["mapRunArn"])


READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    "Parameters": {"Bucket": "data", "Key.$": "$.key"},
}
WRITER = {
    "Resource": "arn:aws:states:::s3:putObject",
    "Parameters": {"Bucket": "data", "Prefix": "out"},
}


def test_items_come_from_s3_and_results_go_there(lab):
    put(lab, "in.csv", "id,name\n1,Ann\n2,Bob\n")
    states = {"Keep": {"Type": "Pass", "Parameters": {"who.$": "$.name"}, "End": True}}
    run = lab.run(lab.make(each(states, ItemReader=READER, ResultWriter=WRITER)), {"key": "in.csv"})
    output = json.loads(lab.describe(run)["output"])
    details = output["ResultWriterDetails"]
    assert (details["Bucket"], details["Key"].endswith("/manifest.json")) == ("data", True)
    manifest = json.loads(read(lab, details["Key"]))
    assert manifest["MapRunArn"] == output["MapRunArn"]
    (file,) = manifest["ResultFiles"]["SUCCEEDED"]
    records = json.loads(read(lab, file["Key"]))
    assert [json.loads(record["Input"]) for record in records] == [
        {"id": "1", "name": "Ann"},
        {"id": "2", "name": "Bob"},
    ]
    assert [record["Output"] for record in records] == ['{"who":"Ann"}', '{"who":"Bob"}']
    assert {record["Status"] for record in records} == {"SUCCEEDED"}


def test_a_dataset_that_is_not_there_fails_the_state_and_can_be_caught(lab):
    caught = {"Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "After"}]}
    after = {"After": {"Type": "Pass", "End": True}}
    states = {**each({"Keep": {"Type": "Pass", "End": True}}, ItemReader=READER, **caught), **after}
    run = lab.run(lab.make(states), {"key": "none.csv"})
    output = json.loads(lab.describe(run)["output"])
    assert output["Error"] == "States.ItemReaderFailed"
    assert output["Cause"].startswith(
        "The specified key does not exist. (Service: S3, Status Code: 404"
    )
    assert "MapRunFailed" in lab.kinds(run)


@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        (
            {"behaviour": Behaviour.of(date(2023, 9, 21))},
            "Attempting to map over non-iterable node.",
        ),
        ({}, None),
    ],
    indirect=["lab"],
)
def test_a_world_behaves_as_the_service_did_at_its_time(lab, expected):
    put(lab, "in.json", '{"a": 1}')
    reader = {**READER, "ReaderConfig": {"InputType": "JSON"}}
    keep = {"Keep": {"Type": "Pass", "End": True}}
    run = lab.run(lab.make(each(keep, ItemReader=reader)), {"key": "in.json"})
    assert lab.describe(run).get("cause") == expected


def test_a_map_run_is_listed_and_described_with_its_counts(lab):
    flow = lab.make(each(GOOD, ToleratedFailureCount=1, MaxConcurrency=2))
    run = lab.run(flow, [{"n": 1}, {"n": 2}, {"n": 3}])
    listed, found = map_run(lab, run)
    assert listed == {
        "executionArn": run,
        "mapRunArn": found["mapRunArn"],
        "stateMachineArn": f"{flow}/Each",
        "startDate": found["startDate"],
        "stopDate": found["stopDate"],
    }
    assert ":mapRun:flow/Each:" in found["mapRunArn"]
    assert (found["status"], found["executionArn"], found["redriveCount"]) == ("SUCCEEDED", run, 0)
    assert (found["maxConcurrency"], found["toleratedFailureCount"]) == (2, 1)
    counts = found["executionCounts"]
    assert counts == found["itemCounts"]
    assert {name: counts[name] for name in ("total", "succeeded", "failed", "running")} == {
        "total": 3,
        "succeeded": 2,
        "failed": 1,
        "running": 0,
    }


def test_children_are_executions_of_their_own(lab):
    flow = lab.make(each(GOOD, ToleratedFailureCount=1))
    run = lab.run(flow, [{"n": 1}, {"n": 2}])
    arn = map_run(lab, run)[0]["mapRunArn"]
    children = lab.api.list_executions(mapRunArn=arn)["executions"]
    assert [(child["status"], child["itemCount"]) for child in children] == [
        ("FAILED", 1),
        ("SUCCEEDED", 1),
    ]
    failed = lab.api.list_executions(mapRunArn=arn, statusFilter="FAILED")["executions"]
    assert failed == children[:1]
    found = lab.describe(children[0]["executionArn"])
    assert (found["input"], found["error"], found["mapRunArn"]) == ('{"n":2}', "Two", arn)
    assert found["stateMachineArn"] == f"{flow}/Each"
    assert found["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    assert lab.kinds(children[0]["executionArn"])[-1] == "ExecutionFailed"
    machine = lab.api.describe_state_machine_for_execution(executionArn=children[0]["executionArn"])
    assert (machine["mapRunArn"], machine["label"]) == (arn, "Each")
    assert lab.api.describe_state_machine(stateMachineArn=f"{flow}/Each")["label"] == "Each"
    listed = lab.api.list_executions(stateMachineArn=flow)["executions"]
    assert [item["executionArn"] for item in listed] == [run]
    code, _ = lab.refused(lab.api.stop_execution, executionArn=children[0]["executionArn"])
    assert code == "ValidationException"


def test_a_map_run_is_redriven_with_its_execution(lab):
    lab.api.create_activity(name="work")
    work = {"Work": {"Type": "Task", "Resource": ACTIVITY, "End": True}}
    run = lab.start(lab.make(each(work)), [1, 2])
    lab.world.run(until=timedelta(seconds=1))
    token = lab.api.get_activity_task(activityArn=ACTIVITY)["taskToken"]
    lab.api.send_task_failure(taskToken=token, error="Bad")
    lab.world.run(until=timedelta(seconds=1))
    assert lab.describe(run)["status"] == "FAILED"
    lab.api.redrive_execution(executionArn=run)
    lab.world.run(until=timedelta(seconds=1))
    while "taskToken" in (task := lab.api.get_activity_task(activityArn=ACTIVITY)):
        lab.api.send_task_success(taskToken=task["taskToken"], output="0")
        lab.world.run(until=timedelta(seconds=1))
    assert (lab.describe(run)["status"], lab.describe(run)["output"]) == ("SUCCEEDED", "[0,0]")
    found = map_run(lab, run)[1]
    assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 1)
    redriven = lab.api.list_executions(mapRunArn=found["mapRunArn"], redriveFilter="REDRIVEN")
    assert all(child["redriveCount"] == 1 for child in redriven["executions"])


def test_a_map_run_can_be_changed_while_it_runs(lab):
    wait = {"Wait": {"Type": "Wait", "Seconds": 10, "Next": "Is"}, **GOOD}
    run = lab.start(lab.make(each(wait, MaxConcurrency=1)), [{"n": 2}, {"n": 1}])
    lab.world.run(until=timedelta(seconds=5))
    arn = map_run(lab, run)[0]["mapRunArn"]
    lab.api.update_map_run(mapRunArn=arn, maxConcurrency=2, toleratedFailureCount=1)
    lab.world.run()
    found = map_run(lab, run)[1]
    assert (found["status"], found["maxConcurrency"]) == ("SUCCEEDED", 2)
    code, message = lab.refused(lab.api.update_map_run, mapRunArn=arn, maxConcurrency=1)
    assert (code, "SUCCEEDED" in message) == ("ValidationException", True)


@pytest.mark.parametrize("call", ["describe_map_run", "update_map_run"])
def test_a_map_run_that_is_not_there_is_not_found(lab, call):
    arn = "arn:aws:states:us-east-1:123456789012:mapRun:flow/Each:none"
    assert lab.refused(getattr(lab.api, call), mapRunArn=arn)[0] == "ResourceNotFound"


def test_executions_are_listed_by_one_thing_at_a_time(lab):
    assert lab.refused(lab.api.list_executions)[0] == "ValidationException"
    arn = lab.make(GOOD)
    both = {
        "stateMachineArn": arn,
        "mapRunArn": "arn:aws:states:us-east-1:123456789012:mapRun:f/L:u",
    }
    assert lab.refused(lab.api.list_executions, **both)[0] == "ValidationException"
    only = {"stateMachineArn": arn, "redriveFilter": "REDRIVEN"}
    assert lab.refused(lab.api.list_executions, **only)[0] == "ValidationException"
