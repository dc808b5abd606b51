"""Merging, figures and the four forms of a report, whole."""

import json
import pickle
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.coverage.cobertura import cobertura_xml
from simulator.coverage.coverage import Coverage, Figure, Suite, Taken
from simulator.coverage.lcov import lcov_info
from simulator.coverage.table import coverage_text, terminal_text
from simulator.engine.ports import Failure, Success

PATH = Path("flow.asl.json")
STATES = {
    "C": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "T"}],
        "Default": "Z",
    },
    "T": {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:1:function:F",
        "Retry": [{"ErrorEquals": ["A"]}],
        "Catch": [{"ErrorEquals": ["B"], "Next": "Lost"}],
        "Next": "Z",
    },
    "Z": {"Type": "Succeed"},
    "Lost": {"Type": "Fail"},
}


@pytest.fixture
def flow(machine, execute):
    """A machine, and what two executions of it took."""
    made = machine(STATES)
    runs = [execute(made, {"n": n}, tasks={"T": [Success(1)]}) for n in (1, 1)]
    return made, runs


@pytest.fixture
def suite(flow):
    made, runs = flow
    taken = Taken.of({"Flow": made}, runs)
    return Suite.of([("Flow", made, PATH), ("Idle", made, PATH)], taken)


def test_merged_coverage_is_that_of_all_executions(flow, execute):
    made, runs = flow
    parts = [Coverage.of(made, [run]) for run in runs]
    assert parts[0] + parts[1] == Coverage.of(made, runs)
    parts.append(Coverage.of(made, [execute(made, {"n": 1}, tasks={"T": [Failure("B")]})]))
    both = parts[0] + parts[2]
    assert both.executions == 2
    assert both.figure("state") == Figure(4, 4)
    assert [point.name for point in both.missing()] == [
        "C: Default → Z",
        "C: rule 1 ($.n = 1) is false",
        "T: Retry 1 (A) fires",
        "T: Retry 1 (A) is exhausted",
    ]  # fmt: skip
    assert parts[0].executions == 1  # as it was


def test_coverage_of_another_workflow_is_refused(flow, cover):
    with pytest.raises(ValueError, match="not the same workflow"):
        Coverage.of(flow[0]) + cover({"A": {"Type": "Pass"}})


def test_what_workers_send_can_be_pickled_and_merged(flow):
    made, runs = flow
    sent = [pickle.loads(pickle.dumps(Taken.of({"Flow": made}, [run]))) for run in runs]
    assert sent[0] + sent[1] == Taken.of({"Flow": made}, runs)


def test_executions_of_machines_that_a_run_made_are_counted_apart(flow, machine):
    _, runs = flow
    assert Taken.of({"Flow": machine({"A": {"Type": "Pass"}})}, runs) == Taken({}, 2)


def test_the_table_names_what_is_missing_once_with_its_line(suite):
    assert (
        coverage_text(suite)
        == """\
coverage  runs    states  transitions     rules  retriers  catchers  failures  decisions
Flow         2  75 % 3/4     50 % 2/4  50 % 1/2   0 % 0/2   0 % 0/1         -          -
Idle         0   0 % 0/4      0 % 0/4   0 % 0/2   0 % 0/2   0 % 0/1         -          -
total        2  37 % 3/8     25 % 2/8  25 % 1/4   0 % 0/4   0 % 0/2         -          -
Flow: never taken
  flow.asl.json:5  state Lost
  flow.asl.json:2  transition C: Default → Z
  flow.asl.json:3  transition T: Catch 1 (B) → Lost
  flow.asl.json:2  rule C: rule 1 ($.n = 1) is false
  flow.asl.json:3  retrier T: Retry 1 (A) fires
  flow.asl.json:3  retrier T: Retry 1 (A) is exhausted
Idle: no execution ran
"""
    )


def test_a_long_list_is_cut_and_says_so(suite):
    assert terminal_text(suite, 2).splitlines()[:5] == [
        "Flow: never taken",
        "  flow.asl.json:5  state Lost",
        "  flow.asl.json:2  transition C: Default → Z",
        "  … and 3 more; --coverage-report FILE.txt names all",
        "Idle: no execution ran",
    ]


def test_a_terminal_ends_with_the_table_and_the_retriers_of_a_state_share_a_line(suite):
    lines = terminal_text(suite, 20).splitlines()
    assert "  flow.asl.json:3  retrier T: 2 times a Retry fires or is exhausted" in lines
    assert lines[-5:] == ["", *coverage_text(suite).splitlines()[:4]]


def test_nothing_covered_is_said(flow):
    made, _ = flow
    nothing = Suite.of([("Flow", made, PATH)], Taken({}, 1))
    assert (
        coverage_text(nothing)
        == """\
coverage  runs   states  transitions    rules  retriers  catchers  failures  decisions
Flow         0  0 % 0/4      0 % 0/4  0 % 0/2   0 % 0/2   0 % 0/1         -          -
total        0  0 % 0/4      0 % 0/4  0 % 0/2   0 % 0/2   0 % 0/1         -          -
not counted: 1 execution of a workflow that a scenario made or changed
no execution of these workflows ran: nothing is covered
"""
    )
    assert coverage_text(Suite.of([], Taken())) == "coverage: the project has no workflows\n"


def test_lcov_has_states_as_functions_and_ways_as_branches(suite):
    assert (
        lcov_info([suite.workflows["Flow"]])
        == """\
TN:
SF:flow.asl.json
FN:2,C
FN:3,T
FN:4,Z
FN:5,Lost
FNDA:2,C
FNDA:2,T
FNDA:2,Z
FNDA:0,Lost
FNF:4
FNH:3
BRDA:2,0,0,2
BRDA:2,0,1,0
BRDA:2,0,2,2
BRDA:2,0,3,0
BRDA:3,0,0,2
BRDA:3,0,1,0
BRDA:3,0,2,0
BRDA:3,0,3,0
BRF:8
BRH:3
DA:2,2
DA:3,2
DA:4,2
DA:5,0
LF:4
LH:3
end_of_record
"""
    )


def test_cobertura_has_a_class_a_file(suite):
    text = cobertura_xml([suite.workflows["Flow"]])
    root = ET.fromstring(text.partition('.dtd">\n')[2])
    figures = {
        "line-rate": "0.7500", "branch-rate": "0.3750", "lines-covered": "3", "lines-valid": "4",
        "branches-covered": "3", "branches-valid": "8", "complexity": "0", "version": "simulator",
        "timestamp": "0",
    }  # fmt: skip
    assert root.attrib == figures
    [made] = root.iter("class")
    assert made.attrib == {
        "name": "flow.asl.json", "filename": "flow.asl.json", "line-rate": "0.7500",
        "branch-rate": "0.3750", "complexity": "0",
    }  # fmt: skip
    assert [line.attrib for line in made.iter("line")] == [
        {"number": "2", "hits": "2", "branch": "true", "condition-coverage": "50% (2/4)"},
        {"number": "3", "hits": "2", "branch": "true", "condition-coverage": "25% (1/4)"},
        {"number": "4", "hits": "2", "branch": "false"},
        {"number": "5", "hits": "0", "branch": "false"},
    ]


def test_json_has_figures_and_every_point(suite):
    told = suite.to_json()
    assert told == json.loads(json.dumps(told))
    assert {name: told[name] for name in ("schema", "executions", "other_executions")} == {
        "schema": "coverage/1", "executions": 2, "other_executions": 0,
    }  # fmt: skip
    assert told["workflows"][0]["figures"] == {
        "state": {"taken": 3, "total": 4, "percent": 75.0},
        "transition": {"taken": 2, "total": 4, "percent": 50.0},
        "rule": {"taken": 1, "total": 2, "percent": 50.0},
        "retrier": {"taken": 0, "total": 2, "percent": 0.0},
        "catcher": {"taken": 0, "total": 1, "percent": 0.0},
        "failure": {"taken": 0, "total": 0, "percent": 100.0},
        "decision": {"taken": 0, "total": 0, "percent": 100.0},
        "all": {"taken": 6, "total": 13, "percent": 46.15},
    }
    assert told["workflows"][0]["points"][1] == {
        "kind": "transition", "state": "C", "what": "choice", "number": 0, "text": "rule 1 → T",
        "file": "flow.asl.json", "line": 2, "hits": 2,
    }  # fmt: skip


def test_one_missing_of_a_thousand_is_not_100_percent():
    from simulator.coverage.table import figure_text

    assert figure_text(Figure(999, 1000)) == "99 % 999/1000"
    assert figure_text(Figure(0, 0)) == "-"
