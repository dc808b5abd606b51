"""`simulator verify`: what it prints and writes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
DEFINITION: dict[str, Any] = {
    "StartAt": "Add",
    "States": {
        "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:adder"


HISTORY = {
    "events": [
        {
            "timestamp": "2026-03-01T10:30:00.000000+01:00",
            "type": "ExecutionStarted",
            "id": 1,
            "previousEventId": 0,
            "executionStartedEventDetails": {
                "input": '{"n": 1}',
                "inputDetails": {"truncated": False},
                "roleArn": "arn:aws:iam::123456789012:role/r",
            },
        },
        {
            "timestamp": "2026-03-01T10:30:00.040000+01:00",
            "type": "PassStateEntered",
            "id": 2,
            "previousEventId": 0,
            "stateEnteredEventDetails": {"name": "Add", "input": '{"n": 1}'},
        },
        {
            "timestamp": "2026-03-01T10:30:00.040000+01:00",
            "type": "PassStateExited",
            "id": 3,
            "previousEventId": 2,
            "stateExitedEventDetails": {"name": "Add", "output": '{"n":2}'},
        },
        {
            "timestamp": "2026-03-01T10:30:00.041000+01:00",
            "type": "SucceedStateEntered",
            "id": 4,
            "previousEventId": 3,
            "stateEnteredEventDetails": {"name": "Done", "input": '{"n":2}'},
        },
        {
            "timestamp": "2026-03-01T10:30:00.041000+01:00",
            "type": "SucceedStateExited",
            "id": 5,
            "previousEventId": 4,
            "stateExitedEventDetails": {"name": "Done", "output": '{"n":2}'},
        },
        {
            "timestamp": "2026-03-01T10:30:00.060000+01:00",
            "type": "ExecutionSucceeded",
            "id": 6,
            "previousEventId": 5,
            "executionSucceededEventDetails": {"output": '{"n":2}'},
        },
    ]
}
TABLE = """\
area  kind       cases   L1   L2   L3   L4  skipped
prod  execution      1  1/1  1/1  1/1  1/1
all                  1  1/1  1/1  1/1  1/1
1 verified: 1 passed
"""


@pytest.fixture
def prod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An export of one execution in a folder `prod`, seen from its parent."""
    folder = tmp_path / "prod"
    folder.mkdir()
    put(folder / "run.history.json", HISTORY)
    machine = {"stateMachineArn": ARN, "name": "adder", "definition": json.dumps(DEFINITION)}
    put(folder / "run.machine.json", machine)
    monkeypatch.chdir(tmp_path)
    return folder


def put(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


def changed(**add: Any) -> dict[str, Any]:
    states = {**DEFINITION["States"], "Add": {**DEFINITION["States"]["Add"], **add}}
    return {**DEFINITION, "States": states}


def test_an_execution_that_is_repeated(simulator: Any, prod: Path) -> None:
    ran = simulator("verify", prod.name)
    assert (ran.code, ran.out, ran.err) == (0, TABLE, "")


def test_dump_and_json_are_written(simulator: Any, prod: Path, tmp_path: Path) -> None:
    ran = simulator("verify", prod.name, "--dump", "out/results", "--json", "out/grades.json")
    assert ran.code == 0
    dumped = json.loads((tmp_path / "out" / "results" / "prod" / "run.json").read_text())
    assert {key: dumped[key] for key in ("status", "output", "error", "cause")} == {
        "status": "SUCCEEDED",
        "output": '{"n":2}',
        "error": None,
        "cause": None,
    }
    assert [event["type"] for event in dumped["events"]] == [
        event["type"] for event in HISTORY["events"]
    ]
    grades = json.loads((tmp_path / "out" / "grades.json").read_text())
    assert grades == {
        "summary": {"passed": 1, "failed": 0, "deviation": 0, "skipped": 0},
        "problems": [],
        "cases": [
            {
                "id": "prod/run",
                "area": "prod",
                "kind": "execution",
                "verdict": "passed",
                "L1": True,
                "L2": True,
                "L3": True,
                "L4": True,
                "relaxed": False,
                "reason": None,
                "divergence": None,
                "differences": [],
            }
        ],
    }


def test_a_changed_definition_shows_where_it_parts(simulator: Any, prod: Path) -> None:
    more = changed(Next="Twice")
    more["States"]["Twice"] = {"Type": "Pass", "Next": "Done"}
    put(prod.parent / "adder.asl.json", more)
    ran = simulator("verify", prod.name, "--definition", "adder.asl.json")
    assert ran.code == 1
    assert ran.out.startswith(
        "DIFFERS prod/run at L3\n"
        "     event 4 of the state 'Twice'\n"
        "     expected: SucceedStateEntered 'Done'\n"
        "     got:      PassStateEntered 'Twice'\n"
        "     adder.asl.json:14:3\n"
    )
    assert ran.out.endswith("1 verified: 0 passed, 1 failed\n")


def test_a_value_that_differs_is_shown(simulator: Any, prod: Path) -> None:
    put(prod.parent / "adder.asl.json", changed(Parameters={"n.$": "States.MathAdd($.n, 2)"}))
    ran = simulator("verify", prod.name, "--definition", "adder.asl.json")
    assert ran.out.splitlines()[:5] == [
        "DIFFERS prod/run at L1",
        "     event 3 of the state 'Add'",
        "     expected: PassStateExited 'Add', output.n: 2",
        "     got:      3",
        "     adder.asl.json:4:3",
    ]


def test_members_may_be_left_out(simulator: Any, prod: Path) -> None:
    put(prod.parent / "adder.asl.json", changed(Parameters={"n.$": "States.MathAdd($.n, 2)"}))
    ran = simulator("verify", prod.name, "--definition", "adder.asl.json", "--ignore", "$..n")
    assert (ran.code, ran.out) == (0, TABLE)
    ran = simulator("verify", prod.name, "--ignore", "n")
    assert ran.code == 2
    assert "--ignore wants a path such as $..TableName, not 'n'" in ran.err


def test_nothing_verified_is_no_success(simulator: Any, tmp_path: Path) -> None:
    put(tmp_path / "calls.json", {"id": "calls", "kind": "api"})
    ran = simulator("verify", tmp_path)
    assert ran.code == 2
    assert ran.out.endswith(
        "skipped 1: API calls are not graded\n0 verified: 0 passed, 1 skipped\n"
    )
    assert ran.err == "error: nothing could be verified\n"


def test_a_jinja_template_is_rendered_and_its_line_is_shown(simulator: Any, prod: Path) -> None:
    text = json.dumps(changed(Parameters={"n": 3}), indent=1)
    (prod.parent / "adder.asl.json.j2").write_text(f"{{# two #}}\n{text}\n", encoding="utf-8")
    ran = simulator("verify", prod.name, "--definition", "adder.asl.json.j2")
    assert ran.code == 1
    assert "     adder.asl.json.j2:5\n" in ran.out


SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Adder:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: adder.asl.json, Role: arn:aws:iam::123456789012:role/r}
"""


def test_a_sam_template_gives_its_state_machine(simulator: Any, prod: Path) -> None:
    put(prod.parent / "adder.asl.json", DEFINITION)
    (prod.parent / "template.yaml").write_text(SAM, encoding="utf-8")
    ran = simulator("verify", prod.name, "--definition", "template.yaml")
    assert (ran.code, ran.out) == (0, TABLE)
    ran = simulator("verify", prod.name, "--definition", "template.yaml", "--workflow", "Addre")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'Adder'?" in ran.err


def test_workflow_needs_a_template(simulator: Any, prod: Path) -> None:
    ran = simulator("verify", prod.name, "--workflow", "Adder")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("Error: --workflow needs --definition with a SAM template\n")


def test_a_wrong_definition_is_told_before_anything_runs(simulator: Any, prod: Path) -> None:
    put(prod.parent / "adder.asl.json", changed(Next="Nowhere"))
    ran = simulator("verify", prod.name, "--definition", "adder.asl.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("adder.asl.json:")
    assert "ASL007" in ran.err


def test_a_broken_file_is_told_and_the_others_run(simulator: Any, prod: Path) -> None:
    (prod / "broken.json").write_text("{", encoding="utf-8")
    put(prod / "other.json", {"StartAt": "A"})
    ran = simulator("verify", prod.name)
    assert (ran.code, ran.out) == (2, TABLE)
    assert "prod/broken.json:1:2: VER001: the file is not JSON: " in ran.err
    assert ran.err.endswith("1 other JSON file was not looked at\n")


def test_only_broken_files_print_no_table(simulator: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_bytes(b"\xff")
    ran = simulator("verify", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "VER001: the file is not JSON: " in ran.err


def test_a_recording_in_disorder_is_a_failure_and_hides_no_other(
    simulator: Any, prod: Path
) -> None:
    recording = {
        "id": "broken/one",
        "kind": "execution",
        "type": "STANDARD",
        "clock": "2025-01-01T00:00:00Z",
        "execution_arn": "e",
        "execution_name": "e",
        "state_machine_arn": ARN,
        "definition": DEFINITION,
        "replay": {"mode": "full"},
        "tasks": [{}],
        "expected": {"status": "SUCCEEDED"},
    }
    put(prod / "disorder.json", recording)
    ran = simulator("verify", prod.name)
    assert ran.code == 1
    assert ran.out.startswith("DIFFERS broken/one\n     the replay broke: KeyError('state')\narea")
    assert ran.out.endswith("2 verified: 1 passed, 1 failed\n")


def test_a_folder_without_recordings_is_told(simulator: Any, tmp_path: Path) -> None:
    ran = simulator("verify", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"error: there is no recording and no exported history in {tmp_path}\n"


def test_a_path_that_does_not_exist_is_told(simulator: Any, tmp_path: Path) -> None:
    ran = simulator("verify", tmp_path / "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere' does not exist" in ran.err


def test_a_recorded_definition_that_we_refuse_is_a_failure(simulator: Any, prod: Path) -> None:
    machine = {"name": "adder", "definition": json.dumps(changed(Next="Nowhere"))}
    put(prod / "run.machine.json", machine)
    ran = simulator("verify", prod.name)
    assert ran.code == 1
    assert ran.out.startswith("DIFFERS prod/run\n     ")
    assert "ASL007" in ran.out
    assert "all                  1  0/1" in ran.out


@pytest.mark.slow
@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings do not lie beside the project")
def test_all_recordings_pass_and_their_dumps_are_graded_alike(
    simulator: Any, tmp_path: Path
) -> None:
    import runpy

    compare = runpy.run_path(str(RECORDINGS / "compare.py"))["compare"]
    dumps, grades = tmp_path / "dump", tmp_path / "grades.json"
    ran = simulator("verify", RECORDINGS / "cases", "--dump", dumps, "--json", grades)
    assert ran.code == 0, ran.out
    told = json.loads(grades.read_text(encoding="utf-8"))
    assert told["summary"]["failed"] == 0
    for case in told["cases"]:
        if case["verdict"] == "skipped":
            continue
        result = json.loads((dumps / f"{case['id']}.json").read_text(encoding="utf-8"))
        recording = json.loads((RECORDINGS / "cases" / f"{case['id']}.json").read_text("utf-8"))
        graded = compare(recording, result)
        levels = ("L1", "L2", "L3", "L4")
        assert [graded[level] for level in levels] == [case[level] for level in levels], case
        assert case["verdict"] == "deviation" or False not in [case[level] for level in levels]
