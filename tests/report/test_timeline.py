"""Lanes of the timeline in a real browser: branches, items and attempts, with their places."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.report.seen import Seen

pytestmark = pytest.mark.slow
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Lanes:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: lanes, DefinitionUri: lanes.asl.json}
"""


def alone(name: str, state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {**state, "End": True}, **more}}


def wait(seconds: int) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds}


SLOW = {
    "StartAt": "Slow",
    "States": {"Slow": {**wait(20), "Next": "Slower"}, "Slower": {**wait(5), "End": True}},
}
TWICE = {"Type": "Parallel", "Branches": [alone("One", wait(1)), alone("Two", wait(2))]}
ITEM = {
    "StartAt": "Pause",
    "States": {
        "Pause": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Twice"},
        "Twice": {**TWICE, "End": True},
    },
}
LANES = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [alone("Quick", wait(10)), SLOW],
            "ResultPath": None,
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": ITEM,
            "ResultPath": None,
            "Next": "Charge",
        },
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "charge"},
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 1}],
            "End": True,
        },
    },
}
BUSY = [{"error": "Busy"}, {"error": "Busy"}, {"error": "Declined", "cause": "no money"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lanes")
    (made / "template.yaml").write_text(TEMPLATE)
    (made / "lanes.asl.json").write_text(json.dumps(LANES))
    start = {"send": "start", "workflow": "lanes", "input": {"items": [{"s": 3}, {"s": 1}]}}
    scenario = {
        "schema": "scenario/1",
        "id": "L1",
        "workflow": "lanes",
        "given": {"mocks": {"Charge": BUSY}},
        "steps": [start],
        "expect": {"path": ["Both", "Each"], "execution_status": "FAILED"},
    }
    (made / "tests" / "scenarios").mkdir(parents=True)
    (made / "tests" / "scenarios" / "L1.json").write_text(json.dumps(scenario))
    replayed(made, "simulator replay --seed 7 --report r.html --report r.json")
    return made


def replayed(folder: Path, command: str) -> str:
    """Its standard output; the one scenario fails."""
    words = [sys.executable, "-m", *command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout


@pytest.fixture
def lanes(browser: Any, folder: Path) -> Any:
    found = Seen(browser, folder / "r.html")
    found.open("L1")
    yield found
    found.is_quiet()
    found.page.close()


def test_branches_items_and_attempts_are_lanes(lanes: Seen) -> None:
    """Each row: its text, its indent, beginning and length, and the bar's place in percent of 50 s."""
    rows = lanes.page.evaluate(
        """() => [...document.querySelectorAll("#timeline tbody tr")].map((row) => {
          const [name, begins, takes] = [...row.children].map((cell) => cell.innerText.trim());
          if (row.className === "lane") return [name];
          const bar = row.querySelector(".bars i").style;
          return [name, parseInt(row.children[0].style.paddingLeft), begins, takes,
            ...[bar.left, bar.width].map((side) => Math.round(parseFloat(side)))];
        })"""
    )
    assert rows == [
        ["Workflow"],
        ["Both", 8, "0 s", "25 s", 0, 50],
        ["Each", 8, "25 s", "5 s", 50, 10],
        ["Charge (failed: Declined)", 8, "30 s", "20 s", 60, 40],
        ["attempt 1: Failed Busy", 24, "30 s", "0 s", 60, 0],
        ["attempt 2: Failed Busy", 24, "40 s", "0 s", 80, 0],
        ["attempt 3: Failed Declined", 24, "50 s", "0 s", 99, 0],
        ["Both: branch 1"],
        ["Quick", 24, "0 s", "10 s", 0, 20],
        ["Both: branch 2"],
        ["Slow", 24, "0 s", "20 s", 0, 40],
        ["Slower", 24, "20 s", "5 s", 40, 10],
        ["Each: item 0"],
        ["Pause", 24, "25 s", "3 s", 50, 6],
        ["Twice", 24, "28 s", "2 s", 56, 4],
        ["Each: item 0 → Twice: branch 1"],
        ["One", 40, "28 s", "1 s", 56, 2],
        ["Each: item 0 → Twice: branch 2"],
        ["Two", 40, "28 s", "2 s", 56, 4],
        ["Each: item 1"],
        ["Pause", 24, "25 s", "1 s", 50, 2],
        ["Twice", 24, "26 s", "2 s", 52, 4],
        ["Each: item 1 → Twice: branch 1"],
        ["One", 40, "26 s", "1 s", 52, 2],
        ["Each: item 1 → Twice: branch 2"],
        ["Two", 40, "26 s", "2 s", 52, 4],
    ]


def test_a_failure_says_where_it_left_the_path(lanes: Seen) -> None:
    told = lanes.page.locator("#differences").inner_text()
    assert "Left the expected path after Both: expected Each, got Quick." in told


def test_the_command_repeats_the_run(lanes: Seen, folder: Path) -> None:
    """Copied from the page and run: the same verdict, the same executions, the same report."""
    command = lanes.page.locator("#command").inner_text()
    assert command == "simulator replay tests/scenarios/L1.json --seed 7"
    assert replayed(folder, command) == replayed(folder, "simulator replay --seed 7")
    replayed(folder, f"{command} --report again.html --report again.json")
    for name in ("html", "json"):
        assert (folder / f"again.{name}").read_bytes() == (folder / f"r.{name}").read_bytes()


def test_the_diagram_is_zoomed(lanes: Seen) -> None:
    box = lanes.page.locator("#diagram .diagram")
    sizes = {}
    for zoom in ("50 %", "100 %"):
        lanes.page.get_by_label("Zoom").select_option(zoom)
        sizes[zoom] = box.locator("svg").bounding_box()["width"]
    assert sizes["100 %"] == 2 * sizes["50 %"]
