"""A replay as one HTML file that asks for nothing else: data, diagrams, style and program inside.

What is shown first stands as JSON in the page; the details of the scenarios in chunks of compressed
JSON, of which the browser opens the one that somebody looks at.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final

from simulator.asl.model import StateMachine
from simulator.coverage.coverage import Suite
from simulator.diagrams.overlay import Overlay
from simulator.diagrams.svg import STYLE, draw_inline
from simulator.errors import UsageError
from simulator.report.chunks import SIZE, Chunk
from simulator.report.masking import masked
from simulator.report.text import command, left_path, writable
from simulator.scenarios.compare import Difference, path_text, shown
from simulator.scenarios.verdict import Verdict
from simulator.values import Json

SCHEMA: Final = "report-html/1"
STATUSES: Final = ("passed", "failed", "error")
# Of the whole file, in bytes; beyond it scenarios that passed go without details, and the page says so.
BUDGET: Final = 19_500_000
_PLACE: Final = 12  # bytes at most that the place of a scenario's details takes in the index
_TEXT_BETWEEN_TAGS: Final = re.compile(r">[^<]+<")


def report_html(
    verdicts: Sequence[Verdict],
    machines: Mapping[str, StateMachine],
    coverage: Suite | None = None,
    *,
    budget: int = BUDGET,
) -> str:
    """The same bytes for the same run. `machines` by the names that executions call them."""
    return _Page(verdicts, machines, coverage, budget).text()


class _Page:
    def __init__(
        self,
        verdicts: Sequence[Verdict],
        machines: Mapping[str, StateMachine],
        coverage: Suite | None,
        budget: int,
    ) -> None:
        self._verdicts = verdicts
        self._machines = machines
        self._coverage = coverage
        self._left = budget
        self._texts: dict[str, int] = {}

    def text(self) -> str:
        diagrams = dict(self._diagrams())
        self._left -= sum(len(drawn.encode()) for drawn in diagrams.values())
        self._left -= len(_script(self._index({}, diagrams)).encode()) + _PLACE * len(
            self._verdicts
        )
        places, chunks = self._chunks()
        index = self._index(places, diagrams)
        parts = {
            "style": STYLE + _own("page.css"),
            "program": _own("page.js"),
            "index": _script(index),
            "diagrams": "\n".join(
                f'<template id="diagram-{number}">{diagrams[name]}</template>'
                for number, name in enumerate(self._machines)
                if name in diagrams
            ),
            "chunks": "\n".join(
                f'<script type="text/plain" id="chunk-{number}">{chunk}</script>'
                for number, chunk in enumerate(chunks)
            ),
        }
        page = _own("page.html")
        return writable(re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page))

    # -- diagrams -------------------------------------------------------------------------------

    def _diagrams(self) -> Iterator[tuple[str, str]]:
        """None at all when the library that lays them out is not installed: the page says so."""
        for name, machine in self._machines.items():
            try:
                drawn = draw_inline(machine, title=name)
            except UsageError:
                return
            yield name, _TEXT_BETWEEN_TAGS.sub(lambda found: masked(found[0]), drawn)

    # -- details --------------------------------------------------------------------------------

    def _chunks(self) -> tuple[dict[int, tuple[int, int, int]], list[str]]:
        """Chunks, and for each verdict its chunk and its place there.

        What failed comes first; then what went the same way stands together.
        """
        order = sorted(range(len(self._verdicts)), key=lambda number: _kind(self._verdicts[number]))
        places: dict[int, tuple[int, int, int]] = {}
        chunks: list[str] = []
        chunk = Chunk()
        for at, number in enumerate(order):
            verdict = self._verdicts[number]
            chunk.add(number, _about(verdict), verdict.details)
            if chunk.size >= SIZE or at == len(order) - 1:
                packed, rows = chunk.packed()
                self._left -= len(packed)
                if self._left < 0:
                    break
                places |= {number: (len(chunks), *place) for number, place in rows.items()}
                chunks.append(packed)
                chunk = Chunk()
        return places, chunks

    # -- what is seen first ---------------------------------------------------------------------

    def _index(
        self, places: Mapping[int, tuple[int, int, int]], diagrams: Mapping[str, str]
    ) -> dict[str, Json]:
        rows = [
            self._row(verdict, places.get(number)) for number, verdict in enumerate(self._verdicts)
        ]
        counts = Counter[str](verdict.status for verdict in self._verdicts)
        index: dict[str, Json] = {
            "schema": SCHEMA,
            "counts": {status: counts[status] for status in STATUSES},
            "executions": sum(len(verdict.executions) for verdict in self._verdicts),
            "without_details": len(self._verdicts) - len(places),
            "workflows": [self._workflow(name, diagrams) for name in self._machines],
            "coverage": None if self._coverage is None else _coverage(self._coverage),
            "scenarios": rows,
        }
        return {**index, "texts": [masked(text) for text in self._texts]}

    def _row(self, verdict: Verdict, place: tuple[int, int, int] | None) -> Json:
        """id, title, file, status, microseconds, path, first difference, workflows, executions,
        chunk, group and row in it; texts by their number, -1 for none.
        """
        scenario = verdict.scenario
        first = str(verdict.differences[0])[:300] if verdict.differences else None
        workflows = sorted({run.workflow for run in verdict.executions})
        return [
            self._text(scenario.id),
            self._text(scenario.title),
            self._text(scenario.path.as_posix()),
            STATUSES.index(verdict.status),
            round(verdict.virtual_time.total_seconds() * 1_000_000),
            self._text(path_text(verdict.path) if verdict.path else None),
            self._text(first),
            [self._text(name) for name in workflows],
            len(verdict.executions),
            *(place or (-1, -1, -1)),
        ]

    def _text(self, text: str | None) -> int:
        return -1 if text is None else self._texts.setdefault(text, len(self._texts))

    def _workflow(self, name: str, diagrams: Mapping[str, str]) -> Json:
        own = self._coverage.workflows.get(name) if self._coverage else None
        overlay = Overlay() if own is None else own.overlay()
        return {
            "name": name,
            "diagram": name in diagrams,
            "executions": 0 if own is None else own.executions,
            "states": [
                [
                    state, mark.visits, mark.failed, mark.caught, mark.retried, mark.timed_out,
                    round(mark.seconds * 1_000_000),
                ]
                for state, mark in overlay.states.items()
            ],
            "arrows": [[*arrow, count] for arrow, count in overlay.arrows.items()],
        }  # fmt: skip


def _kind(verdict: Verdict) -> tuple[bool, tuple[str, ...]]:
    return verdict.status == "passed", verdict.path


def _about(verdict: Verdict) -> Json:
    return {
        "differences": [_difference(one) for one in verdict.differences],
        "left": masked(left_path(verdict)),
        "notes": [masked(note) for note in verdict.notes],
        "why": masked(verdict.scenario.why),
        "location": str(verdict.scenario.location),
        "clock": verdict.scenario.clock.isoformat(),
        "seed": verdict.seed,
        "orderings": verdict.interleavings,
        "command": masked(command(verdict)),
    }


def _coverage(suite: Suite) -> Json:
    """Figures of the whole suite and of each workflow, and what nothing took."""
    written = suite.to_json()
    missing = [
        [coverage.name, point.name, f"{point.location.path.as_posix()}:{point.location.line}"]
        for coverage in suite
        for point in coverage.missing()
    ]
    return {
        "figures": written["figures"],
        "workflows": {coverage.name: coverage.to_json()["figures"] for coverage in suite},
        "missing": [[masked(text) for text in row] for row in missing],
    }


def _difference(found: Difference) -> Json:
    return {
        "where": masked(found.where),
        "text": None if found.message is None else masked(found.message),
        "want": masked(shown(found.want)),
        "got": masked(shown(found.got)),
        "note": None if found.note is None else masked(found.note),
    }


def _script(value: Json) -> str:
    """JSON that no HTML parser takes for the end of its script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return writable(text).replace("<", "\\u003c")


def _own(name: str) -> str:
    return (files("simulator.report") / name).read_text(encoding="utf-8")
