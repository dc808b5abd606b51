"""Histories as CloudWatch Logs has them, against what the service wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.engine.logs import PAYLOAD_BYTES, is_logged, log_records, without_data

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
PASS = {"Only": {"Type": "Pass", "Assign": {"x": 1}}}


def records(run, level="ALL", *, data=True, after=0):
    return [
        record for _, record in log_records(run.history, run.arn, level, data=data, after=after)
    ]


def test_a_record_is_text_but_for_its_details(play):
    played = play(PASS, {"a": 1})
    run = played.run
    assert records(run)[2] == {
        "id": "3",
        "type": "PassStateExited",
        "details": {
            "name": "Only",
            "output": '{"a":1}',
            "outputDetails": {"truncated": False},
            "assignedVariables": {"x": "1"},
            "assignedVariablesDetails": {"truncated": False},
        },
        "previous_event_id": "2",
        "event_timestamp": str(round(run.started_at.timestamp() * 1000)),
        "execution_arn": run.arn,
        "redrive_count": "0",
    }


def test_without_data_there_are_names_roles_and_errors(play):
    run = play({"Only": {"Type": "Fail", "Error": "E", "Cause": "why"}}, {"a": 1}).run
    assert [record["details"] for record in records(run, data=False)] == [
        {"roleArn": "role"},
        {"name": "Only"},
        {"error": "E", "cause": "why"},
    ]
    assert without_data({"parameters": "{}", "resource": "invoke"}) == {"resource": "invoke"}


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        ("ALL", ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_a_level_chooses_events(play, level, kinds):
    run = play({"Only": {"Type": "Fail", "Error": "E"}}, {}).run
    assert [record["type"] for record in records(run, level)] == kinds


def test_levels_contain_each_other():
    kinds = ["TaskFailed", "MapRunFailed", "WaitStateAborted", "ExecutionTimedOut", "TaskSucceeded"]
    assert [is_logged(kind, "ERROR") for kind in kinds] == [True, True, True, True, False]
    assert [is_logged(kind, "FATAL") for kind in kinds] == [False, False, False, True, False]


def test_only_new_events_are_written(play):
    run = play(PASS, {}).run
    assert [record["id"] for record in records(run, after=2)] == ["3", "4"]


def test_every_record_after_a_redrive_counts_it(play):
    played = play({"Only": {"Type": "Fail", "Error": "E"}}, {})
    played.engine.redrive(played.run)
    played.finish()
    counts = [(record["type"], record["redrive_count"]) for record in records(played.run)]
    again = counts.index(("ExecutionRedriven", "1"))
    assert counts[again - 1] == ("ExecutionFailed", "0")
    assert {count for _, count in counts[again:]} == {"1"}
    assert counts[-1] == ("ExecutionFailed", "1")


def test_a_long_payload_is_cut_and_says_so(play):
    long = '"' * (PAYLOAD_BYTES // 2)  # twice as long once it is escaped, and again in a record
    run = play({"Only": {"Type": "Pass"}}, {"a": long[: PAYLOAD_BYTES // 3]}).run
    details = records(run)[2]["details"]
    assert details["outputDetails"] == {"truncated": True}
    assert len(json.dumps(details["output"])) - 2 in range(PAYLOAD_BYTES - 2, PAYLOAD_BYTES + 1)
    assert run.history[2].details["output"].startswith(details["output"])


# -- recordings -------------------------------------------------------------------------------------


def recorded():
    for path in sorted(RECORDINGS.glob("cases/logs/*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        if "logged_execution_events" in recording["expected"].get("other", {}):
            yield pytest.param(recording, id=recording["id"])


def parsed(details):
    """The recordings hold payloads parsed where they are objects."""
    return {
        name: json.loads(value) if name in {"input", "output"} and value.startswith("{") else value
        for name, value in details.items()
    }


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings do not lie beside the project")
@pytest.mark.parametrize("recording", list(recorded()))
def test_records_are_those_that_the_service_wrote(recording, play):
    config = recording["logging_configuration"]
    run = play(
        recording["definition"], recording["input"], name=recording["execution_name"],
        arn=recording["execution_arn"],
    ).run  # fmt: skip
    run.role_arn = recording["role_arn"]
    made = records(run, config["level"], data=config["includeExecutionData"])
    expected = recording["expected"]["other"]["logged_execution_events"]
    for record in made:
        record["details"] = parsed(record["details"])
        record["event_timestamp"] = "timestamp"
        if "roleArn" in record["details"]:
            record["details"]["roleArn"] = recording["role_arn"]
    assert made == expected
