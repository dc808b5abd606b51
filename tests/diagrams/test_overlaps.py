"""Where everything stands: no text of an arrow lies on a state, on another text or outside."""

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.dataflow.reading import data_flow
from simulator.diagrams.metrics import width_of
from simulator.diagrams.overlay import Overlay
from simulator.diagrams.svg import draw_flow_svg, draw_svg
from simulator.project.project import Project

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
DEFINITIONS = [
    *sorted((ROOT / "workflows" / "rendered").glob("*.json")),
    Path(__file__).parent / "everything.asl.json",
]


def eighty_states():
    """Sixty tasks that may fail, twenty choices among them: every fourth state leads far ahead."""
    states = {}
    for number in range(80):
        name, following = f"Step number {number}", f"Step number {min(number + 1, 79)}"
        if number % 4 == 3 and number < 76:
            states[name] = {
                "Type": "Choice",
                "Choices": [{
                    "Variable": "$.amount", "NumericGreaterThan": number * 1000,
                    "Next": f"Step number {min(number + 9, 79)}",
                }],
                "Default": following,
            }  # fmt: skip
            continue
        states[name] = {
            "Type": "Task",
            "Resource": f"arn:aws:lambda:us-east-1:111122223333:function:DoTheWorkOfStep{number}",
            "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"]}],
        }
        states[name] |= {"End": True} if number == 79 else {"Next": following}
        if number % 8 == 1:
            states[name]["Catch"] = [
                {"ErrorEquals": ["Inventory.ReservationExpired"], "Next": "Step number 79"},
                {"ErrorEquals": ["States.ALL"], "Next": "Step number 78"},
            ]
    return Source.of({"StartAt": "Step number 0", "States": states}, Path("eighty.asl.json"))


def sources():
    yield from (
        pytest.param(Source.read(path.read_text(encoding="utf-8"), path), id=path.name)
        for path in DEFINITIONS
    )
    yield pytest.param(eighty_states(), id="eighty states")


def rectangles(root, kind):
    found = []
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("class") == kind:
            x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


def overlap(one, other):
    """Both measures in pixels, or None."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return (across, down) if across > 0 and down > 0 else None


@pytest.mark.parametrize("source", [*sources()])
def test_no_text_lies_on_a_state_on_another_text_or_outside(source):
    machine, problems = parse(source)
    assert machine is not None, problems
    text = draw_svg(machine, title="A title")
    root = ET.fromstring(text)
    labels, boxes = rectangles(root, "label"), rectangles(root, "body")
    assert labels
    assert [(a, b) for a, b in combinations(labels, 2) if overlap(a, b)] == []
    assert [(a, b) for a, b in combinations(boxes, 2) if overlap(a, b)] == []
    assert [(a, b) for a in labels for b in boxes if overlap(a, b)] == []
    left, top = map(float, re.search(r'translate\(([\d.]+) ([\d.]+)\)">', text).groups())
    width, height = float(root.get("width")) - left, float(root.get("height")) - top
    outside = [a for a in labels if a[0] < -left or a[1] < 0 or a[2] > width or a[3] > height]
    assert outside == []


def test_title_and_legend_are_not_cut_off_by_a_narrow_picture():
    source = Source.of({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, Path("a.asl.json"))
    machine, _ = parse(source)
    assert machine is not None
    title = "a title that is much wider than the one box of this machine"
    plain, laid_over = (
        ET.fromstring(draw_svg(machine, title=title, overlay=overlay))
        for overlay in (None, Overlay())
    )
    assert float(plain.get("width")) > width_of(title, 16)
    last = [text for text in laid_over.iter(f"{SVG}text") if text.text == "never visited"][-1]
    assert float(last.get("x")) + width_of("never visited", 10.5) < float(laid_over.get("width"))


def test_texts_of_the_data_flow_lie_on_nothing():
    root = ET.fromstring(draw_flow_svg(data_flow(Project.load(ROOT)), title="Data flow"))
    labels, boxes = rectangles(root, "label"), rectangles(root, "body")
    assert labels
    assert [(a, b) for a, b in combinations(labels, 2) if overlap(a, b)] == []
    assert [(a, b) for a in labels for b in boxes if overlap(a, b)] == []


def test_the_measure_finds_an_overlap():
    assert overlap((0, 0, 10, 10), (9, 5, 20, 20)) == (1, 5)
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) is None
