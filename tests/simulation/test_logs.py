"""What executions write to the log groups of their machines."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

GROUP = "/aws/vendedlogs/states/lab"
ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"
WAIT = {
    "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Fail"},
    "Fail": {"Type": "Fail", "Error": "E"},
}


def logging(level="ALL", *, data=True, arn=ARN):
    return {
        "level": level,
        "includeExecutionData": data,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
    }


def logged(lab, group=GROUP):
    """Every record of the group with the time of its event, in its order."""
    client = lab.world.cloud.client("logs")
    events = client.filter_log_events(logGroupName=group)["events"]
    return [(event["timestamp"], json.loads(event["message"])) for event in events]


def kinds(lab):
    return [record["type"] for _, record in logged(lab)]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_an_execution_is_logged_with_its_own_times(lab, kind):
    flow = lab.make(WAIT, type=kind, loggingConfiguration=logging())
    run = lab.run(flow, {"a": 1})
    found = logged(lab)
    assert [record["type"] for _, record in found] == [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "FailStateEntered",
        "ExecutionFailed",
    ]
    assert {record["execution_arn"] for _, record in found} == {run}
    start = round(lab.world.started_at.timestamp() * 1000)
    assert [at - start for at, _ in found] == [0, 0, 60_000, 60_000, 60_000]
    assert [str(at) for at, _ in found] == [record["event_timestamp"] for _, record in found]
    streams = lab.world.cloud.client("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert [
        stream["logStreamName"].startswith("states/flow/2026-01-01-00-00/") for stream in streams
    ] == [True]


def test_a_running_execution_is_logged_as_far_as_it_has_come(lab):
    flow = lab.make(WAIT, loggingConfiguration=logging())
    lab.start(flow)
    lab.world.run(until=timedelta(seconds=5))
    assert kinds(lab) == ["ExecutionStarted", "WaitStateEntered"]
    lab.world.run()
    assert len(kinds(lab)) == 5


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_levels_choose_what_is_logged(lab, level, expected):
    lab.run(lab.make(WAIT, loggingConfiguration=logging(level)))
    assert kinds(lab) == expected


def test_data_is_left_out_unless_asked_for(lab):
    lab.run(lab.make(WAIT, loggingConfiguration=logging(data=False)), {"secret": 1})
    assert "secret" not in json.dumps(logged(lab))


def test_events_older_than_two_weeks_are_there_too(lab):
    states = {"Wait": {"Type": "Wait", "Seconds": 30 * 86_400, "End": True}}
    lab.run(lab.make(states, loggingConfiguration=logging()))
    assert len(kinds(lab)) == 4


def test_the_configuration_at_the_start_counts(lab):
    flow = lab.make(WAIT, loggingConfiguration=logging())
    lab.start(flow)
    lab.api.update_state_machine(stateMachineArn=flow, loggingConfiguration=logging("OFF"))
    lab.run(flow)
    assert len(kinds(lab)) == 5


def test_children_of_a_distributed_map_log_where_their_parent_does(lab):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    states = {"Keep": {"Type": "Pass", "End": True}}
    processor = {"ProcessorConfig": config, "StartAt": "Keep", "States": states}
    flow = {"Each": {"Type": "Map", "Label": "Each", "ItemProcessor": processor, "End": True}}
    lab.run(lab.make(flow, loggingConfiguration=logging()), [1, 2])
    arns = {record["execution_arn"] for _, record in logged(lab)}
    assert len(arns) == 3
    assert sum("flow/Each" in arn for arn in arns) == 2


def test_writing_logs_is_nobodys_call(lab):
    lab.world.cloud.calls.clear()
    lab.run(lab.make(WAIT, loggingConfiguration=logging()))
    kinds(lab)
    services = {call.name for call in lab.world.cloud.calls if call.service == "logs"}
    assert services == {"logs:FilterLogEvents"}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"level": "ALL"}, "Must specify exactly one Log Destination."),
        (logging(arn=ARN.replace("lab", "none")), "Log Destination not found."),
        (logging(arn=ARN.removesuffix(":*")), "Log Destination not found."),
    ],
)
def test_a_destination_that_cannot_be_is_refused(lab, config, told):
    call = {"name": "f", "definition": "{}", "roleArn": "arn:aws:iam::123456789012:role/r"}
    text = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    found = lab.refused(
        lab.api.create_state_machine,
        **{**call, "definition": text, "loggingConfiguration": config},
    )
    assert found == ("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {told}")
