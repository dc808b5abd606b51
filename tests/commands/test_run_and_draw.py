"""`simulator run`, `simulator draw` and the command line around them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DRAWN = """\
---
title: {title}
---
stateDiagram-v2
    state "Greet (Pass)" as s1
    state "Work (Task)" as s2
    [*] --> s1
    s1 --> s2
    s2 --> [*]
"""
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("word", ["Hello", "demo-Hello", "hello"])
def test_a_workflow_goes_by_its_names(word: str, small: Any, simulator: Any) -> None:
    root = small()
    (root / "in.json").write_text('{"n": "é"}', encoding="utf-8")
    ran = simulator("run", word, "--input", "in.json")
    assert (ran.code, ran.out, ran.err) == (0, '{"done":{"n":"é"}}\n', "Greet → Work\n")


def test_no_input_is_an_empty_object(small: Any, simulator: Any) -> None:
    small()
    assert simulator("run", "Hello").out == '{"done":{}}\n'


def test_the_input_may_come_from_standard_input(
    small: Any, simulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    small()
    monkeypatch.setattr(sys, "stdin", io.StringIO("[1]"))
    ran = simulator("run", "Hello", "--input", "-")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[1].startswith("FAILED: AttributeError: {")
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"n": '))
    ran = simulator("run", "Hello", "--input", "-")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "standard input:1:7: SCN002: the input is not JSON: Expecting value\n",
    )


@pytest.mark.parametrize(
    ("name", "content", "err"),
    [
        ("in.json", b'{\n "n": NaN}', "in.json: SCN002: the input is not JSON: NaN is not JSON"),
        ("in.json", b'{\n "n": }', "in.json:2:7: SCN002: the input is not JSON: Expecting value"),
        ("none.json", b"", "none.json: SCN001: the file cannot be read: No such file or directory"),
        (
            "in.json",
            b'"\xe9"',
            "in.json: SCN001: the file cannot be read: 'utf-8' codec can't decode byte 0xe9 in"
            " position 1: invalid continuation byte",
        ),
    ],
)
def test_bad_input_is_refused_at_its_place(
    name: str, content: bytes, err: str, small: Any, simulator: Any
) -> None:
    root = small()
    (root / "in.json").write_bytes(content)
    ran = simulator("run", "Hello", "--input", name)
    assert (ran.code, ran.out, ran.err) == (2, "", f"{err}\n")


def test_a_failing_execution_tells_error_and_cause(small: Any, simulator: Any) -> None:
    root = small()
    (root / "in.json").write_text('{"fail": "no money"}')
    ran = simulator("run", "Hello", "--input", "in.json")
    path, told = ran.err.splitlines()
    assert (ran.code, ran.out, path) == (1, "", "Greet → Work")
    kind, _, cause = told.partition(": {")
    assert kind == "FAILED: ValueError"
    assert json.loads("{" + cause)["errorMessage"] == "no money"


def test_half_a_character_is_printed_as_its_escape(small: Any, simulator: Any) -> None:
    root = small()
    (root / "in.json").write_text('{"n": "\\ud800"}')
    for options in ((), ("--history",)):
        ran = simulator("run", "Hello", "--input", "in.json", *options)
        assert ran.code == 0
        assert "\\ud800" in ran.out


def test_a_failure_without_a_name_says_so(small: Any, simulator: Any) -> None:
    fails = {"StartAt": "No", "States": {"No": {"Type": "Fail"}}}
    root = small({"workflows/hello.asl.json": json.dumps(fails)})
    ran = simulator("run", "Hello")
    assert (ran.code, ran.err) == (1, "No\nFAILED: no error name\n")
    (root / "workflows/hello.asl.json").write_text("{}")
    assert simulator("run", "Hello").code == 2


@pytest.mark.parametrize(
    ("command", "word", "err"),
    [
        ("run", "Helo", "error: the template has no workflow 'Helo'; did you mean 'Hello'?"),
        ("run", "Order", "error: the template has no workflow 'Order'; known: Hello, hello"),
        ("draw", "Helo", "error: the template has no workflow 'Helo'; did you mean 'Hello'?"),
        (
            "draw",
            "workflows/helo.asl.json",
            "workflows/helo.asl.json: ASL001: the file cannot be read: No such file or directory",
        ),
        (
            "draw",
            "bad.asl.json",
            "bad.asl.json:1:1: ASL004: the definition needs the field 'StartAt'\n"
            "bad.asl.json:1:1: ASL004: the definition needs the field 'States'",
        ),
    ],
)
def test_an_unknown_workflow_is_refused(
    command: str, word: str, err: str, small: Any, simulator: Any
) -> None:
    small({"bad.asl.json": "{}"})
    ran = simulator(command, word)
    assert (ran.code, ran.out, ran.err) == (2, "", f"{err}\n")


def test_the_history_is_one_event_a_line(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("run", "Hello", "--history", "--clock", "2026-02-03T04:05:06+01:00")
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert {event["timestamp"] for event in events} == {"2026-02-03T03:05:06.000+00:00"}


@pytest.mark.parametrize("clock", ["now", "2026-01-01"])
def test_a_clock_that_is_no_instant_is_refused(clock: str, small: Any, simulator: Any) -> None:
    small()
    ran = simulator("run", "Hello", "--clock", clock)
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith(f"Error: --clock: '{clock}' ")


def test_scripted_results_replace_a_state(small: Any, simulator: Any) -> None:
    root = small()
    (root / "results.json").write_text('{"Work": [{"output": {"scripted": true}}]}')
    ran = simulator("run", "Hello", "--results", "results.json")
    assert (ran.code, ran.out) == (0, '{"scripted":true}\n')
    (root / "results.json").write_text('{"Work": []}')
    ran = simulator("run", "Hello", "--results", "results.json")
    assert (ran.code, ran.out, ran.err) == (
        1,
        "",
        "error: scripted_results: the state 'Work' of demo-Hello was called 1 times, and its script"
        " 'Work' has 0 results\n",
    )


@pytest.mark.parametrize(
    ("text", "err"),
    [
        ('{"Work": {}}', "results.json:1:2: SCN002: the results.Work must be a list"),
        (
            '{"Work": [{"output": 1, "error": "E"}]}',
            "results.json:1:11: SCN003: a mock has either 'output' or 'error'; for instance"
            ' {"error": "States.TaskFailed"}',
        ),
        (
            '{"Work": [], "Work": []}',
            "results.json:1:14: ASL002: the key 'Work' stands here twice",
        ),
        (
            "{",
            "results.json:1:2: ASL001: not JSON: Expecting property name enclosed in double quotes",
        ),
        (None, "results.json: SCN001: cannot read the file: No such file or directory"),
    ],
)
def test_wrong_scripted_results_are_refused(
    text: str | None, err: str, small: Any, simulator: Any
) -> None:
    small({"results.json": text})
    ran = simulator("run", "Hello", "--results", "results.json")
    assert (ran.code, ran.out, ran.err) == (2, "", f"{err}\n")


def test_a_workflow_and_a_definition_are_drawn(small: Any, simulator: Any) -> None:
    root = small()
    assert simulator("draw", "Hello").out == DRAWN.format(title="demo-Hello")
    assert simulator("draw", "workflows/hello.asl.json").out == DRAWN.format(title="hello")
    ran = simulator("draw", "Hello", "--output", "hello.mmd")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (root / "hello.mmd").read_text(encoding="utf-8") == DRAWN.format(title="demo-Hello")


def test_the_suffix_or_the_format_says_what_to_draw(small: Any, simulator: Any) -> None:
    root = small()
    assert simulator("draw", "Hello", "--output", "hello.svg").code == 0
    assert (root / "hello.svg").read_text(encoding="utf-8").startswith('<svg class="wf" ')
    assert simulator("draw", "Hello", "--format", "dot").out.startswith("digraph workflow {\n")


def test_all_workflows_go_into_a_folder_and_stay_fresh(small: Any, simulator: Any) -> None:
    root = small()
    arguments = ("draw", "--format", "mermaid", "--output", "docs/diagrams")
    ran = simulator(*arguments, "--check")
    assert (ran.code, ran.err) == (
        1,
        "docs/diagrams/hello.mmd is missing; draw it again without --check\n",
    )
    assert simulator(*arguments).code == 0
    drawn = root / "docs" / "diagrams" / "hello.mmd"
    assert drawn.read_text(encoding="utf-8") == DRAWN.format(title="demo-Hello")
    assert simulator(*arguments, "--check").code == 0
    drawn.write_text("old", encoding="utf-8")
    ran = simulator(*arguments, "--check")
    assert (ran.code, ran.err) == (
        1,
        "docs/diagrams/hello.mmd is out of date; draw it again without --check\n",
    )
    assert simulator("draw", "--check").code == 2


def test_a_file_that_cannot_be_written_is_one_message(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("draw", "Hello", "--output", "none/hello.mmd")
    assert (ran.code, ran.err) == (2, "error: none/hello.mmd: No such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (("replya",), "Error: there is no command 'replya'; did you mean 'replay'?"),
        (
            ("xyz",),
            "Error: there is no command 'xyz'; it may be build, check, compliance, cost, diff, draw, permissions, preview, replay, run",
        ),
        (("--colour",), "Error: No such option"),
        (("run",), "Error: Missing argument 'WORKFLOW'."),
    ],
)
def test_a_wrong_command_line_is_refused(
    arguments: tuple[str, ...], err: str, simulator: Any
) -> None:
    ran = simulator(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(err)


def test_help_lists_every_command(simulator: Any) -> None:
    ran = simulator("--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "Usage: simulator [OPTIONS] COMMAND [ARGS]...\n\n"
        "  Simulate AWS Step Functions workflows of a SAM project on virtual time.\n\n"
        "Options:\n"
        "  --version  Show the version and exit.\n"
        "  --help     Show this message and exit.\n\n"
        "Commands:\n"
        "  build        Render workflows/*.asl.json.j2 into workflows/rendered/.\n"
        "  check        Report everything that is wrong with the project.\n"
        "  compliance   Collect evidence for PCI DSS requirements.\n"
        "  cost         Estimate what scenarios would cost, Standard and Express side\n"
        "               by side.\n"
        "  diff         Tell what changed between two versions of a workflow.\n"
        "  draw         Draw workflows as Mermaid text, DOT or SVG.\n"
        "  permissions  Compare what roles may do with what scenarios do.\n"
        "  preview      List access from outside that the template's policies would\n"
        "               give.\n"
        "  replay       Replay scenarios and events through the project, with a\n"
        "               verdict.\n"
        "  run          Run one workflow on one input, on virtual time.\n"
        "  serve        Show the pages and the simulated API on this machine.\n"
        "  test-state   Test one state on one input, with its service mocked.\n"
        "  verify       Replay recorded executions of the service and compare\n"
        "               histories.\n\n"
        "  Exit codes: 0 all is well, 1 something failed, 2 it could not start.\n"
    )


@pytest.mark.parametrize("arguments", [["--help"], ["replay", "--help"], ["build", "--help"]])
def test_help_loads_no_stand_ins(arguments: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "simulator", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert "click" in loaded
    heavy = {"boto3", "botocore", "jinja2", "moto", "networkx", "samtranslator", "time_machine"}
    assert loaded & heavy == set()


def test_the_input_may_stand_on_the_command_line(small: Any, simulator: Any) -> None:
    small()
    assert simulator("run", "Hello", "--input", '{"n": 1}').out == '{"done":{"n":1}}\n'
    ran = simulator("run", "Hello", "--input", '{"n": x}')
    assert (ran.code, ran.err) == (
        2,
        "--input:1:7: SCN002: the input is not JSON: Expecting value\n",
    )
