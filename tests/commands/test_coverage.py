"""`simulator replay --coverage`, its thresholds, reports and diagrams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FLOW = """\
{%- macro end(name) %}
"{{ name }}": {"Type": "Succeed"}
{%- endmacro %}
{
  "StartAt": "Which",
  "States": {
    "Which": {
      "Type": "Choice",
      "Choices": [
        {"Variable": "$.n", "NumericEquals": 1, "Next": "One"},
        {"Variable": "$.n", "NumericEquals": 2, "Next": "Two"}
      ],
      "Default": "Two"
    },
    {{ end("One") }},
    {{ end("Two") }}
  }
}
"""
SCENARIO = """\
{"schema": "scenario/1", "id": "S%s", "workflow": "Hello", "expect": {},
 "steps": [{"send": "start", "input": {"n": %s}}]}
"""
TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflows/rendered/hello.asl.json
"""
FILES = {
    "template.yaml": TEMPLATE,
    "workflows/hello.asl.json": None,
    "workflows/hello.asl.json.j2": FLOW,
    "tests/scenarios/S1.json": SCENARIO % (1, 1),
}
RAN = """\
PASS S1  Which → One  (virtual 0 s)
1 scenario: 1 passed
"""
TABLE = """
demo-Hello: never taken
  workflows/hello.asl.json.j2:2   state Two
  workflows/hello.asl.json.j2:11  transition Which: rule 2 → Two
  workflows/hello.asl.json.j2:7   transition Which: Default → Two
  workflows/hello.asl.json.j2:10  rule Which: rule 1 ($.n = 1) is false
  workflows/hello.asl.json.j2:11  rule Which: rule 2 ($.n = 2) is false

coverage    runs    states  transitions     rules  retriers  catchers  failures  decisions
demo-Hello     1  66 % 2/3     33 % 1/3  25 % 1/4         -         -         -          -
total          1  66 % 2/3     33 % 1/3  25 % 1/4         -         -         -          -
"""


@pytest.fixture
def flow(small: Any, simulator: Any) -> Any:
    """The small project with a workflow from a template, and one scenario."""

    def make(files: dict[str, str | None] | None = None) -> Path:
        root: Path = small({**FILES, **(files or {})})
        assert simulator("build").code == 0
        return root

    return make


def test_the_table_names_what_is_missing_with_its_template_line(flow: Any, simulator: Any) -> None:
    flow()
    ran = simulator("replay", "--coverage")
    assert (ran.code, ran.out, ran.err) == (0, RAN + TABLE, "")


def test_without_the_options_nothing_is_said(flow: Any, simulator: Any) -> None:
    flow()
    assert simulator("replay").out == RAN


def test_too_little_is_a_failure(flow: Any, simulator: Any) -> None:
    flow()
    ran = simulator("replay", "--fail-under", "50", "--fail-under", "rules=25")
    assert (ran.code, ran.out) == (1, RAN + TABLE)
    assert ran.err == "transitions: 1 of 3 are taken, under 50 %\n"
    assert simulator("replay", "--fail-under", "33").code == 0
    ran = simulator("replay", "--fail-under", "catchers=100")  # there are none
    assert ran.code == 0


def test_all_scenarios_count_together(flow: Any, simulator: Any) -> None:
    scenarios = {f"tests/scenarios/S{n}.json": SCENARIO % (n, n) for n in (2, 3)}
    flow(scenarios)
    ran = simulator("replay", "--fail-under", "100")
    assert ran.code == 0
    assert ran.out.endswith("""\
total          3  100 % 3/3    100 % 3/3  100 % 4/4         -         -         -          -
""")


@pytest.mark.slow
def test_worker_processes_count_together_too(flow: Any, simulator: Any) -> None:
    flow({f"tests/scenarios/S{n}.json": SCENARIO % (n, n) for n in (2, 3)})
    report = ("--coverage-report", "out/coverage.json")
    alone = simulator("replay", "--coverage", *report, "--workers", "1")
    written = Path("out/coverage.json").read_bytes()
    both = simulator("replay", "--coverage", *report, "--workers", "2")
    assert (both.code, both.out) == (0, alone.out)
    assert Path("out/coverage.json").read_bytes() == written


def test_nothing_covered_fails_every_threshold(flow: Any, simulator: Any) -> None:
    scenario = '{"schema": "scenario/1", "id": "S1", "steps": [], "expect": {}}\n'
    flow({"tests/scenarios/S1.json": scenario})
    ran = simulator("replay", "--fail-under", "0")
    assert (ran.code, ran.err) == (1, "--fail-under: nothing is covered\n")
    assert ran.out.endswith("no execution of these workflows ran: nothing is covered\n")


def test_reports_and_diagrams_are_written(flow: Any, simulator: Any) -> None:
    root = flow()
    reports = [f"out/coverage{suffix}" for suffix in (".json", ".xml", ".info", ".txt")]
    options = [word for report in reports for word in ("--coverage-report", report)]
    ran = simulator("replay", *options, "--diagrams", "out/diagrams")
    ending = f"written: {' '.join(reports)} out/diagrams\n"
    assert (ran.code, ran.out, ran.err) == (0, RAN + ending, "")
    written = sorted(path.relative_to(root).as_posix() for path in root.rglob("out/**/*.*"))
    assert written == [
        "out/coverage.info", "out/coverage.json", "out/coverage.txt", "out/coverage.xml",
        "out/diagrams/hello.svg",
    ]  # fmt: skip
    told = json.loads((root / reports[0]).read_text())
    assert told["figures"]["state"] == {"taken": 2, "total": 3, "percent": 66.67}
    # Both Succeed states are written by the macro on line 2: one of them was visited.
    assert (
        (root / reports[2])
        .read_text()
        .startswith("""\
TN:
SF:workflows/hello.asl.json.j2
FN:2,One
FN:2,Two
FN:7,Which
FNDA:1,One
FNDA:0,Two
FNDA:1,Which
FNF:3
FNH:2
BRDA:2,0,0,1
BRDA:2,0,1,0
""")
    )
    missing, table = TABLE.strip("\n").split("\n\n")
    assert (root / reports[3]).read_text() == f"{table}\n{missing}\n"
    svg = (root / "out/diagrams/hello.svg").read_text()
    assert '<g class="box kind-succeed never" data-state="Two">' in svg
    assert '<g class="box kind-succeed visited" data-state="One">' in svg
    assert "rule 1: $.n = 1: taken 1 times" in svg


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fail-under", "most"], "wants a percentage from 0 to 100, not 'most'"),
        (["--fail-under", "101"], "wants a percentage from 0 to 100, not '101'"),
        (["--fail-under", "nan"], "wants a percentage from 0 to 100, not 'nan'"),
        (["--fail-under", "lines=3"], "knows states, transitions, rules, retriers, catchers"),
        (["--coverage-report", "c.html"], "the ending must be .json, .xml, .info or .txt"),
        (["--coverage-report", "template.yaml/c.xml"], "template.yaml is not a folder"),
        (["--diagrams", "template.yaml/d"], "template.yaml is not a folder"),
    ],
)
def test_wrong_options_are_refused_before_anything_runs(
    flow: Any, simulator: Any, options: list[str], message: str
) -> None:
    flow()
    ran = simulator("replay", *options)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
