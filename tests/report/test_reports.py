"""A failed scenario says what differs and how to repeat it, in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.problems import Location
from simulator.report.junit import junit_xml
from simulator.report.summary import summary_json
from simulator.report.text import counted, exit_code, report_text, summary_line
from simulator.scenarios.compare import ABSENT, Difference
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.verdict import ExecutionSummary, Verdict

FILE = Path("tests/scenarios/A b.json")
SCENARIO = Scenario("A", "a title", FILE, Location(FILE, 1))
UNTITLED = Scenario("B", "", Path("B.yaml"), Location(Path("B.yaml")))
RUN = ExecutionSummary(
    "Pay",
    "p-1",
    "FAILED",
    "Declined",
    "too much",
    ("One",),
    ("7 TaskFailed One", "8 Ended"),
    ("+0 s  7 TaskFailed One: Declined", "+2 s  8 Ended"),
)
FAILED = Verdict(SCENARIO, "failed", (Difference("expect.http_statuses[0]", 202, 200),))
BROKEN = Verdict(
    UNTITLED,
    "error",
    (Difference("run", message="limit \x00 reached"), Difference("x", None, ABSENT)),
    ("One", "Two", "Three", "Four", "Five"),
    ("a note",),
    (RUN, ExecutionSummary("Pay", "p-2", "RUNNING", None, None, (), ())),
    timedelta(seconds=1.25),
    seed=3,
    interleavings=2,
    options=("--stage", "prod"),
)
PASSED = Verdict(SCENARIO, "passed", path=("One", "Two"), notes=("look", "here"))
NOTHING = Verdict(UNTITLED, "error")


def test_text_names_the_values_the_runs_and_the_command() -> None:
    assert report_text([PASSED, FAILED, BROKEN]) == (
        "PASS A  One → Two  (virtual 0 s)\n"
        "     note: look\n"
        "     note: here\n"
        "FAIL A  a title  (virtual 0 s)\n"
        "     a title (tests/scenarios/A b.json:1)\n"
        "     expect.http_statuses[0]: wanted 202, got 200\n"
        "     again: simulator replay 'tests/scenarios/A b.json' --seed 0\n"
        "ERROR B  One → Two → Three → Four → Five  (virtual 1.25 s, 2 orderings)\n"
        "     run: limit \x00 reached\n"
        "     x: wanted null, got nothing\n"
        "     note: a note\n"
        "     Pay p-1: FAILED Declined: too much\n"
        "       One\n"
        "     Pay p-2: RUNNING\n"
        "     again: simulator replay B.yaml --seed 3 --stage prod\n"
        "3 scenarios: 1 passed, 1 failed, 1 could not be judged\n"
    )
    assert report_text([NOTHING]).startswith("ERROR B  no execution  (virtual 0 s)\n")


def test_what_the_path_and_the_differences_tell_is_told_once() -> None:
    where = Difference("expect.path[1]", "B", "C", note="the path was One → Two")
    status = Difference("expect.execution_status", "SUCCEEDED", "FAILED", note="Declined: too much")
    verdict = replace(FAILED, path=("One", "Two"), differences=(where, status), executions=(RUN,))
    assert report_text([verdict]).splitlines()[2:6] == [
        '     expect.path[1]: wanted "B", got "C"',
        '     expect.execution_status: wanted "SUCCEEDED", got "FAILED"; Declined: too much',
        "     Pay p-1: FAILED Declined",
        "       One",
    ]


def test_a_trace_stands_in_columns() -> None:
    trace = ("+0 s  9 TaskFailed One: a  b", "… 3 more events", "+12.5 s  13 Ended")
    run = replace(RUN, trace=trace)
    assert report_text([replace(BROKEN, executions=(run,))], verbose=True).splitlines()[5:8] == [
        "          +0 s   9 TaskFailed One: a  b",
        "       … 3 more events",
        "       +12.5 s  13 Ended",
    ]


def test_verbose_text_has_the_events_instead_of_the_paths() -> None:
    assert report_text([BROKEN], verbose=True).splitlines()[4:8] == [
        "     Pay p-1: FAILED Declined: too much",
        "       +0 s  7 TaskFailed One: Declined",
        "       +2 s  8 Ended",
        "     Pay p-2: RUNNING",
    ]


@pytest.mark.parametrize(
    ("wanted", "taken", "text"),
    [
        (["A", "B"], ("A", "C"), "after A: expected B, got C"),
        (["A"], ("B",), "at once: expected A, got B"),
        (["A"], ("A", "B"), "after A: expected the end, got B"),
        (["A", "B"], ("A",), "after A: expected B, got the end"),
    ],
)
def test_a_failure_says_where_it_left_the_expected_path(
    wanted: list[str], taken: tuple[str, ...], text: str
) -> None:
    scenario = replace(SCENARIO, expect={"path": [*wanted]})
    lines = report_text([replace(FAILED, scenario=scenario, path=taken)]).splitlines()
    assert lines[3] == f"     left the expected path {text}"
    right = replace(FAILED, scenario=scenario, path=tuple(wanted))
    assert "left the expected path" not in report_text([right])


def test_the_last_line_counts() -> None:
    assert summary_line([]) == "0 scenarios: none"
    assert summary_line([PASSED]) == "1 scenario: 1 passed"
    assert (counted(1, "error"), counted(0, "error")) == ("1 error", "0 errors")


def test_the_summary_and_junit_count_alike() -> None:
    verdicts = [PASSED, FAILED, BROKEN, NOTHING]
    summary = json.loads(summary_json(verdicts))
    suite = ET.fromstring(junit_xml(verdicts))[0]
    assert summary["counts"] == {"passed": 1, "failed": 1, "error": 2}
    counted_there = {key: suite.get(key) for key in ("tests", "failures", "errors", "time")}
    assert counted_there == {"tests": "4", "failures": "1", "errors": "2", "time": "1.250000"}


def test_junit_has_a_case_for_each_scenario_and_only_letters_that_xml_has() -> None:
    passed, failed, broken, nothing = ET.fromstring(junit_xml([PASSED, FAILED, BROKEN, NOTHING]))[0]
    assert passed.attrib == {"classname": "tests/scenarios/A b", "name": "A", "time": "0.000000"}
    assert [(part.tag, part.text) for part in passed] == [("system-out", "look\nhere")]
    assert [part.tag for part in failed] == ["failure"]
    assert failed[0].get("message") == "expect.http_statuses[0]: wanted 202, got 200"
    assert broken[0].tag == "error"
    assert broken[0].get("message") == "run: limit \N{REPLACEMENT CHARACTER} reached"
    assert nothing[0].get("message") == "error"


def test_json_leaves_out_what_there_is_not() -> None:
    (scenario,) = json.loads(summary_json([BROKEN]))["scenarios"]
    assert scenario["differences"] == [
        {"where": "run", "text": "run: limit \x00 reached"},
        {"where": "x", "text": "x: wanted null, got nothing", "want": None},
    ]
    assert scenario["executions"][1] == {
        "workflow": "Pay",
        "name": "p-2",
        "status": "RUNNING",
        "error": None,
    }
    assert (scenario["virtual_time"], scenario["interleavings"], scenario["notes"]) == (
        "PT1.25S",
        2,
        ["a note"],
    )


def test_half_a_character_is_written_as_its_escape() -> None:
    """Workflows may have lone surrogates in their texts; files and terminals may not."""
    verdict = Verdict(UNTITLED, "failed", (Difference("x", "\ud800", ABSENT),))
    assert '     x: wanted "\\ud800", got nothing\n' in report_text([verdict])
    (scenario,) = json.loads(summary_json([verdict]).encode())["scenarios"]
    assert scenario["differences"][0]["want"] == "\ud800"
    assert junit_xml([verdict]).encode()


@pytest.mark.parametrize(
    ("verdicts", "code"), [([], 0), ([PASSED], 0), ([PASSED, FAILED], 1), ([BROKEN], 1)]
)
def test_the_exit_code_is_0_only_when_all_passed(verdicts: list[Verdict], code: int) -> None:
    assert exit_code(verdicts) == code
