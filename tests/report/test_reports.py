"""A failed scenario says what differs and how to repeat it, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from simulator.problems import Location
from simulator.report.junit import junit_xml
from simulator.report.summary import summary_json
from simulator.report.text import exit_code, report_text
from simulator.scenarios.compare import Difference
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.verdict import Verdict

FILE = Path("tests/scenarios/A.json")
SCENARIO = Scenario("A", "a title", FILE, Location(FILE, 1))
FAILED = Verdict(SCENARIO, "failed", (Difference("expect.http_statuses[0]", 202, 200),))
PASSED = Verdict(SCENARIO, "passed", path=("One", "Two"))


def test_text_names_the_value_and_the_command() -> None:
    assert report_text([PASSED, FAILED]) == (
        "PASS A  One → Two  (virtual 0 s)\n"
        "FAIL A  a title  (virtual 0 s)\n"
        "     a title (tests/scenarios/A.json:1)\n"
        "     expect.http_statuses[0]: wanted 202, got 200\n"
        "     again: simulator replay tests/scenarios/A.json --seed 0\n"
        "2 scenarios: 1 passed, 1 failed\n"
    )


def test_the_summary_and_junit_count_alike() -> None:
    summary = json.loads(summary_json([PASSED, FAILED]))
    suite = ET.fromstring(junit_xml([PASSED, FAILED]))[0]
    assert summary["counts"] == {"passed": 1, "failed": 1, "error": 0}
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert exit_code([PASSED]) == 0
    assert exit_code([PASSED, FAILED]) == 1
