"""What a user can get wrong gives one message with its place, an exit code and nothing half-written.

Every case is `simulator replay` of a small project; where other commands answer differently, they
have cases of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TASK = {"Type": "Task", "Resource": "${WorkArn}", "End": True}
SCENARIO = "tests/scenarios/S1.json"
WORKFLOW = "workflows/hello.asl.json"
STATES = "arn:aws:states:::states:startExecution.sync"
LACKING = """\
import boto3

def work(event, context):
    try:
        boto3.client("braket").search_devices(filters=[])
    except Exception:
        pass
"""
LACKS = (
    "Work calls braket:SearchDevices, which the stand-ins do not have; a vocabulary can answer it:"
    " world.simulation.cloud.emulate('braket', 'SearchDevices', handler)"
)
NOT_IMPORTED = "template.yaml:4:3: PRJ064: the handler app.work of Work cannot be imported: "
REQUIREMENTS = "; handlers are imported from src/; are its requirements installed here?\n"


def scenario(**changes: Any) -> str:
    """One key a line, so that a place tells which key it is."""
    whole = {
        "schema": "scenario/1",
        "id": "S1",
        "workflow": "Hello",
        "steps": [{"send": "start"}],
        "expect": {"path": ["Greet", "Work"]},
        **changes,
    }
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in whole.items())
    return f"{{\n{lines}\n}}\n"


def states(**named: Any) -> str:
    """A definition that starts with the first state; Work is there for the substitution."""
    return json.dumps({"StartAt": next(iter(named)), "States": {**named, "Work": TASK}})


CANNOT_START = {
    "broken YAML in the template": (
        {"template.yaml": "Resources:\n  Work: [1,\n"},
        "template.yaml:3:1: PRJ002: not YAML: expected the node content, but found '<stream end>'\n",
    ),
    "broken JSON in a definition": (
        {WORKFLOW: '{"StartAt" "Greet"}'},
        "workflows/hello.asl.json:1:12: ASL001: not JSON: Expecting ':' delimiter\n",
    ),
    "a definition that is not there": (
        {WORKFLOW: None},
        "template.yaml:14:22: PRJ052: the definition 'workflows/hello.asl.json' cannot be read: No"
        " such file or directory\n",
    ),
    "broken JSON in a scenario": (
        {SCENARIO: '{"schema": "scenario/1",\n "id": }'},
        "tests/scenarios/S1.json:2:8: ASL001: not JSON: Expecting value\n",
    ),
    "broken YAML in a scenario": (
        {"tests/scenarios/S2.yaml": "schema: scenario/1\nid: [\n"},
        "tests/scenarios/S2.yaml:3:1: ASL001: not YAML: expected the node content, but found"
        " '<stream end>'\n",
    ),
    "a key twice in a scenario": (
        {SCENARIO: scenario().replace('"workflow"', '"id": "S2", "workflow"')},
        "tests/scenarios/S1.json:4:3: ASL002: the key 'id' stands here twice\n",
    ),
    "an unknown key of a scenario": (
        {SCENARIO: scenario(expects={})},
        "tests/scenarios/S1.json:7:3: SCN004: unknown key 'expects' in a scenario; did you mean"
        " 'expect'?\n",
    ),
    "an unknown word under given and under expect": (
        {SCENARIO: scenario(given={"clok": 1}, expect={"colour": "red"})},
        "tests/scenarios/S1.json:6:14: SCN004: unknown key 'colour' under 'expect'; register it with"
        ' @vocabulary.probe("colour") in the vocabulary\n'
        "tests/scenarios/S1.json:7:13: SCN004: unknown key 'clok' under 'given'; did you mean"
        " 'clock'? or register it with @vocabulary.fixture(\"clok\") in the vocabulary\n",
    ),
    "an unknown kind of step and an unknown invariant": (
        {SCENARIO: scenario(steps=[{"send": "mail"}], expect={"invariants": ["I1"]})},
        "tests/scenarios/S1.json:5:14: SCN005: unknown kind of step 'mail'; register it with"
        ' @vocabulary.step("mail") in the vocabulary\n'
        "tests/scenarios/S1.json:6:29: SCN008: unknown invariant 'I1'; register it with"
        ' @vocabulary.invariant("I1") in the vocabulary\n',
    ),
    "a workflow that does not exist": (
        {SCENARIO: scenario(workflow="Helo")},
        "tests/scenarios/S1.json:4:3: SCN013: the template has no workflow 'Helo'; did you mean"
        " 'Hello'?\n",
    ),
    "a step that starts a workflow that does not exist": (
        {SCENARIO: scenario(steps=[{"send": "start", "workflow": "Order"}])},
        "tests/scenarios/S1.json:5:13: SCN013: the template has no workflow 'Order'; known: Hello,"
        " hello\n",
    ),
    "a schedule that does not exist": (
        {SCENARIO: scenario(steps=[{"send": "schedule", "rule": "nightly"}])},
        "tests/scenarios/S1.json:5:13: SCN013: the template has no schedule 'nightly'; schedules: none\n",
    ),
    "an API in another account": (
        {
            SCENARIO: scenario(
                steps=[{"send": "http", "method": "GET", "path": "/", "account": "999999999999"}]
            )
        },
        "tests/scenarios/S1.json:5:13: SCN015: the API of account 999999999999 cannot be asked: no"
        " stack is deployed there; accounts: 123456789012; more by [[tool.simulator.stacks]]\n",
    ),
    "a handler whose import fails": (
        {"src/app.py": "import nothing_there\n\ndef work(event, context):\n    pass\n"},
        f"{NOT_IMPORTED}ModuleNotFoundError: No module named 'nothing_there' (app.py:1){REQUIREMENTS}",
    ),
    "a handler that is not Python": (
        {"src/app.py": "def work(event, context)\n    pass\n"},
        f"{NOT_IMPORTED}SyntaxError: expected ':' (app.py:1){REQUIREMENTS}",
    ),
    "a handler that is not there": (
        {"src/app.py": "def wrok(event, context):\n    pass\n"},
        f"{NOT_IMPORTED}app has no function 'work'{REQUIREMENTS}",
    ),
}


@pytest.mark.parametrize("case", CANNOT_START)
def test_what_cannot_start_is_exit_code_2_with_its_place(
    case: str, small: Any, simulator: Any
) -> None:
    files, message = CANNOT_START[case]
    root = small(files)
    ran = simulator("replay", "--report", "out/r.json", "--report", "out/r.xml")
    assert (ran.code, ran.out, ran.err) == (2, "", message)
    assert not (root / "out").exists()


def test_an_unresolvable_reference_is_reported_where_it_stands(small: Any, simulator: Any) -> None:
    root = small()
    template = root / "template.yaml"
    template.write_text(template.read_text().replace("!GetAtt Work.Arn", "!GetAtt Wrk.Arn"))
    ran = simulator("replay")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "template.yaml:15:42: PRJ020: 'Wrk' is referred to, and no parameter or resource has that"
        " name; did you mean 'Work'?\n",
    )


RUNNING_HEAD = "     demo-Hello ba60ab2f-9d84-4972-9054-edf4e92f7c21: RUNNING\n"
AGAIN = (
    "     again: simulator replay tests/scenarios/S1.json --seed 0\n"
    "1 scenario: 1 could not be judged\n"
)
CIRCLE = states(
    Again={
        "Type": "Task",
        "Resource": STATES,
        "Parameters": {"StateMachineArn.$": "$$.StateMachine.Id", "Input": {}},
        "Next": "Work",
    }
)
DEEP = (
    "nested_executions: demo-Hello was started at depth 4, over 3; executions start each other in a"
    " circle"
)
LOOP = states(
    Round={"Type": "Pass", "Next": "Turn"},
    Turn={
        "Type": "Choice",
        "Choices": [{"Variable": "$.stop", "IsPresent": True, "Next": "Work"}],
        "Default": "Round",
    },
)
ENDLESS = (
    "transitions: execution ba60ab2f-9d84-4972-9054-edf4e92f7c21 of demo-Hello entered more than 4"
    " states; does it loop without end?"
)
FAILS = {
    "a handler that calls an API moto lacks": (
        {"src/app.py": LACKING},
        f"ERROR S1  Greet → Work  (virtual 0 s)\n     run: {LACKS}\n{RUNNING_HEAD}{AGAIN}",
    ),
    "an endless loop": (
        {WORKFLOW: LOOP, SCENARIO: scenario(given={"quotas": {"transitions": 4}})},
        f"ERROR S1  Round → Turn → Round → Turn  (virtual 0 s)\n     run: {ENDLESS}\n"
        "     left the expected path at once: expected Greet, got Round\n"
        f"{RUNNING_HEAD}{AGAIN}",
    ),
    "a quota that does not exist": (
        {SCENARIO: scenario(given={"quotas": {"transition": 4}})},
        "ERROR S1  no execution  (virtual 0 s)\n     run: given.quotas: no quota is called"
        f" 'transition'; did you mean 'transitions'?\n{AGAIN}",
    ),
}


@pytest.mark.parametrize("case", FAILS)
def test_what_fails_on_the_way_is_exit_code_1(case: str, small: Any, simulator: Any) -> None:
    files, text = FAILS[case]
    root = small(files)
    ran = simulator("replay", "--report", "out/r.json")
    assert (ran.code, ran.out, ran.err) == (1, f"{text}written: out/r.json\n", "")
    assert [path.name for path in (root / "out").iterdir()] == ["r.json"]
    (told,) = json.loads((root / "out/r.json").read_text())["scenarios"]
    assert (told["status"], told["differences"][0]["text"]) == (
        "error",
        text.splitlines()[1].strip(),
    )


def test_a_circle_of_executions_ends_with_the_name_of_its_limit(small: Any, simulator: Any) -> None:
    small({WORKFLOW: CIRCLE, SCENARIO: scenario(given={"quotas": {"nested_executions": 3}})})
    ran = simulator("replay")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (1, "")
    assert lines[:2] == ["ERROR S1  Again  (virtual 0 s)", f"     run: {DEEP}"]
    assert sum(": RUNNING" in line for line in lines) == 4


def test_of_many_executions_a_failure_shows_a_few(small: Any, simulator: Any) -> None:
    small({WORKFLOW: CIRCLE, SCENARIO: scenario(given={"quotas": {"nested_executions": 9}})})
    lines = simulator("replay").out.splitlines()
    assert sum(": RUNNING" in line for line in lines) == 5
    assert lines[-3] == "     … and 5 more executions"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"src/app.py": LACKING}, LACKS),
        (
            {WORKFLOW: CIRCLE},
            "nested_executions: demo-Hello was started at depth 101, over 100; executions start each"
            " other in a circle",
        ),
    ],
    ids=["an API that moto lacks", "a circle"],
)
def test_run_fails_with_the_same_message(
    files: dict[str, str], message: str, small: Any, simulator: Any
) -> None:
    small(files)
    ran = simulator("run", "Hello")
    assert (ran.code, ran.out, ran.err) == (1, "", f"error: {message}\n")


def test_an_endless_loop_of_a_standard_workflow_ends_as_the_service_ends_it(
    small: Any, simulator: Any
) -> None:
    small({WORKFLOW: LOOP})
    ran = simulator("run", "Hello")
    rounds = " → ".join(["Round", "Turn"] * 10)
    tail = " → ".join(["Turn", "Round"] * 10)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"{rounds} → … (12459 more) → {tail}\n"
        "FAILED: States.Runtime: The execution reached the maximum number of history events"
        " (25000).\n"
    )


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ("r.txt", "the ending must be .json, .xml or .html"),
        ("template.yaml/r.json", "template.yaml is not a folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(
    report: str, message: str, small: Any, simulator: Any
) -> None:
    small()
    ran = simulator("replay", "--report", report)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == f"Error: --report {report}: {message}"


def test_the_installed_command_answers_alike(small: Any) -> None:
    """As a process of its own: exit codes, streams and no traceback."""
    root = small({SCENARIO: scenario(workflow="Helo")})

    def command(*arguments: str) -> tuple[int, str, str]:
        ran = subprocess.run(
            [sys.executable, "-m", "simulator", *arguments],
            cwd=root,
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout, ran.stderr

    assert command("replay") == (2, "", CANNOT_START["a workflow that does not exist"][1])
    (root / SCENARIO).write_text(scenario())
    assert command("replay") == (
        0,
        "PASS S1  Greet → Work  (virtual 0 s)\n1 scenario: 1 passed\n",
        "",
    )
    (root / "src/app.py").write_text(LACKING)
    assert command("replay") == (1, FAILS["a handler that calls an API moto lacks"][1], "")
