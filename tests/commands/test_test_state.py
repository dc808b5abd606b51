"""`simulator test-state`: the TestState API on the command line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$.x"},
    "ResultPath": "$.r",
    "Retry": [{"ErrorEquals": ["Oops"], "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Other"}],
    "Next": "Then",
}
MACHINE = """\
StartAt: Wait
States:
  Wait: {Type: Wait, Seconds: 1, Next: Greet}
  Greet: {Type: Pass, QueryLanguage: JSONata, Output: "{% $name %}", End: true}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "task.json").write_text(json.dumps(TASK), encoding="utf-8")
    (tmp_path / "machine.asl.yaml").write_text(MACHINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_state_with_a_mock(folder: Path, simulator: Any) -> None:
    (folder / "in.json").write_text('{"x": 1}', encoding="utf-8")
    ran = simulator(
        "test-state", "task.json", "--input", "in.json", "--mock", '{"Payload": "é"}',
        "--inspection", "DEBUG",
    )  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {
        "inspectionData": {
            "input": {"x": 1},
            "afterInputPath": {"x": 1},
            "afterParameters": {"FunctionName": "f", "Payload": 1},
            "result": {"Payload": "é"},
            "afterResultSelector": {"Payload": "é"},
            "afterResultPath": {"x": 1, "r": {"Payload": "é"}},
        },
        "nextState": "Then",
        "output": {"x": 1, "r": {"Payload": "é"}},
        "status": "SUCCEEDED",
    }


@pytest.mark.usefixtures("folder")
def test_a_state_of_a_machine(simulator: Any) -> None:
    ran = simulator(
        "test-state", "machine.asl.yaml", "--state", "Greet", "--variables", '{"name": "Ada"}'
    )
    assert (ran.code, json.loads(ran.out)) == (0, {"output": "Ada", "status": "SUCCEEDED"})


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("more", "code", "status"),
    [
        (["--mock-error", "Oops", "--mock-cause", "why"], 0, "RETRIABLE"),
        (["--mock-error", "Oops", "--retries", "1"], 0, "CAUGHT_ERROR"),
        (["--mock-error", "States.Runtime"], 1, "FAILED"),
    ],
)
def test_errors(more: list[str], code: int, status: str, simulator: Any) -> None:
    ran = simulator("test-state", "task.json", "--input", '{"x": 1}', *more)
    assert (ran.code, json.loads(ran.out)["status"]) == (code, status)


@pytest.mark.usefixtures("folder")
def test_standard_input_and_the_context(simulator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": "b", "Key": "k"},
        },
        "ItemSelector": {"v.$": "$$.Map.Item.Value", "me.$": "$$.State.Name"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "One",
            "States": {"One": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }
    Path("map.json").write_text(json.dumps(each), encoding="utf-8")
    Path("me.json").write_text('{"State": {"Name": "Me"}}', encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n2\n"))
    ran = simulator(
        "test-state", "map.json", "--mock", "[1, 2]", "--items", "-", "--failures", "2",
        "--caused-by", "One", "--inspection", "TRACE", "--clock", "2026-02-01T00:00:00Z",
    )  # fmt: skip
    inspected = json.loads(ran.out)["inspectionData"]
    assert inspected["afterItemSelector"] == [{"v": n, "me": "StateName"} for n in (1, 2)]
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    ran = simulator(
        "test-state", "map.json", "--mock", "[1]", "--items", "-", "--context", "me.json",
        "--inspection", "DEBUG",
    )  # fmt: skip
    inspected = json.loads(ran.out)["inspectionData"]
    assert inspected["afterItemSelector"] == [{"v": 1, "me": "Me"}]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (
            ["task.json", "--input", '{"x": 1}', "--mock", '{"StatusCode": "200"}'],
            "error: ValidationException: Mock result schema validation error: Field 'StatusCode'"
            " must be a number\n",
        ),
        (
            ["task.json"],
            "error: ValidationException: RoleArn must be specified when testing a Task state\n",
        ),
        (
            ["task.json", "--role", "arn:aws:iam::111122223333:role/r"],
            "error: the state 'StateName' calls arn:aws:states:::lambda:invoke, and nothing here"
            " answers such calls; mock its result or its error\n",
        ),
        (
            ["task.json", "--input", '{"x"'],
            "error: InvalidExecutionInput: Invalid State Machine Execution Input: 'Unexpected"
            " end-of-input: expected close marker for Object (start marker at"
            ' [Source: (String)"{"x""; line: 1, column: 1])\'\n',
        ),
        (
            ["task.json", "--input", "none.json"],
            "none.json: SCN001: the file cannot be read: No such file or directory\n",
        ),
        (
            ["none.json"],
            "none.json: ASL001: the file cannot be read: No such file or directory\n",
        ),
        (
            ["machine.asl.yaml", "--state", "Great"],
            "error: ValidationException: State not found in definition\n",
        ),
    ],
)
def test_refusals(arguments: list[str], err: str, simulator: Any) -> None:
    ran = simulator("test-state", *arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", err)


def test_a_state_of_a_workflow_of_the_project(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("test-state", "Hello", "--state", "Work", "--input", '{"n": 1}')
    assert (ran.code, json.loads(ran.out)) == (
        0,
        {"output": {"done": {"n": 1}}, "status": "SUCCEEDED"},
    )
    ran = simulator("test-state", "Hello", "--state", "Work", "--input", '{"fail": "no"}')
    assert ran.code == 1
    assert json.loads(ran.out)["error"] == "ValueError"
    ran = simulator("test-state", "hello", "--state", "Work", "--mock", '"mocked"')
    assert json.loads(ran.out) == {"output": "mocked", "status": "SUCCEEDED"}
    ran = simulator("test-state", "Hallo", "--state", "Work")
    assert (ran.code, ran.err) == (
        2,
        "error: the template has no workflow 'Hallo'; did you mean 'Hello'?\n",
    )


@pytest.mark.usefixtures("folder")
def test_a_clock_that_is_none(simulator: Any) -> None:
    ran = simulator("test-state", "task.json", "--clock", "now")
    assert ran.code == 2
    assert "--clock: " in ran.err
