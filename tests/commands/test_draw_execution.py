"""`simulator draw WORKFLOW --execution FILE`: one execution on the diagram."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def history(small: Any, simulator: Any) -> Path:
    """What `simulator run --history` prints, in a file of the small project."""
    root: Path = small()
    (root / "history.jsonl").write_text(simulator("run", "Hello", "--history").out)
    return root


def test_a_run_and_the_answer_of_aws_are_drawn_alike(history: Path, simulator: Any) -> None:
    drawn = simulator("draw", "Hello", "--execution", "history.jsonl", "--output", "hello.svg")
    assert (drawn.code, drawn.out, drawn.err) == (0, "", "")
    svg = (history / "hello.svg").read_text()
    assert '<g class="box kind-task visited" data-state="Work">' in svg
    assert "1 visit, 0 s" in svg
    events = [json.loads(line) for line in (history / "history.jsonl").read_text().splitlines()]
    (history / "export.json").write_text(json.dumps({"events": events}))
    assert simulator("draw", "Hello", "--execution", "export.json").out == svg


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--execution", "history.jsonl"], "--execution wants one WORKFLOW, and draws an SVG"),
        (["Hello", "--execution", "history.jsonl", "--format", "dot"], "and draws an SVG"),
        (["Hello", "--execution", "history.jsonl", "--output", "a.mmd"], "draws an SVG"),
        (["Hello", "--execution", "template.yaml"], "--execution template.yaml: "),
        (["Hello", "--execution", "none.json"], "none.json: SCN001: the file cannot be read"),
        (["Hello", "--execution", "wrong.json"], "wrong.json: it has no `events`"),
        (["Hello", "--execution", "other.json"], "event 1 is not one of a history"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    history: Path, simulator: Any, arguments: list[str], message: str
) -> None:
    (history / "wrong.json").write_text('{"event": []}')
    (history / "other.json").write_text('[{"id": 1, "type": "ExecutionStarted"}]')
    ran = simulator("draw", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
