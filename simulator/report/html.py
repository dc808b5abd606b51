"""A replay as one HTML file that asks for nothing else: data, diagrams, style and program inside.

What is shown first stands as JSON in the page; the details of the scenarios in chunks of compressed
JSON, of which the browser opens the one that somebody looks at.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from simulator.asl.model import StateMachine
from simulator.coverage.coverage import Suite
from simulator.diagrams.overlay import Overlay
from simulator.diagrams.svg import STYLE, draw_inline
from simulator.errors import UsageError
from simulator.report.masking import masked
from simulator.report.text import command, writable
from simulator.scenarios import details
from simulator.scenarios.compare import Difference, path_text, shown
from simulator.scenarios.verdict import Verdict
from simulator.values import Json

SCHEMA: Final = "report-html/1"
STATUSES: Final = ("passed", "failed", "error")
# Of the whole file, in bytes; beyond it scenarios that passed go without details, and the page says so.
BUDGET: Final = 18_000_000
_CHUNK: Final = 4_000_000  # characters before compression; a browser opens it in some 50 ms
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

    def _chunks(self) -> tuple[dict[int, tuple[int, int]], list[str]]:
        """Chunks, and for each verdict its chunk and its place there. What failed comes first."""
        order = sorted(
            range(len(self._verdicts)), key=lambda number: self._verdicts[number].status == "passed"
        )
        places: dict[int, tuple[int, int]] = {}
        chunks: list[str] = []
        chunk = _Chunk()
        for number in order:
            chunk.add(number, self._verdicts[number])
            if chunk.size >= _CHUNK:
                self._close(chunk, places, chunks)
                chunk = _Chunk()
        if chunk.numbers:
            self._close(chunk, places, chunks)
        return places, chunks

    def _close(self, chunk: _Chunk, places: dict[int, tuple[int, int]], chunks: list[str]) -> None:
        if self._left <= 0:
            return
        packed = chunk.packed()
        if len(packed) > self._left:
            self._left = 0
            return
        self._left -= len(packed)
        places |= {number: (len(chunks), place) for place, number in enumerate(chunk.numbers)}
        chunks.append(packed)

    # -- what is seen first ---------------------------------------------------------------------

    def _index(
        self, places: Mapping[int, tuple[int, int]], diagrams: Mapping[str, str]
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

    def _row(self, verdict: Verdict, place: tuple[int, int] | None) -> Json:
        """id, title, file, status, microseconds, path, first difference, workflows, executions,
        chunk, place in it; texts by their number, -1 for none.
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
            *(place or (-1, -1)),
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


class _Chunk:
    """Details of some scenarios. Each text stands in it once, beside those that are like it."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.size = 0
        self._scenarios: list[dict[str, Any]] = []
        self._texts: dict[str, str] = {}  # as they were, and masked

    def add(self, number: int, verdict: Verdict) -> None:
        found = None if verdict.details is None else details.read(verdict.details)
        self.numbers.append(number)
        self._scenarios.append(
            {
                "differences": [_difference(one) for one in verdict.differences],
                "notes": [masked(note) for note in verdict.notes],
                "why": masked(verdict.scenario.why),
                "location": str(verdict.scenario.location),
                "clock": verdict.scenario.clock.isoformat(),
                "seed": verdict.seed,
                "orderings": verdict.interleavings,
                "command": masked(command(verdict)),
                "details": found,
            }
        )
        if found is None:
            return
        self.size += 20 * sum(len(run["events"]) for run in found["runs"])
        for text in found["texts"]:
            if text not in self._texts:
                self._texts[text] = masked(text)
                self.size += len(text)

    def packed(self) -> str:
        """Base64 of zlib over {"texts": ..., "scenarios": ...}.

        The texts are sorted, because compression sees no further than 32 KB back. `texts` of a
        scenario's details become numbers of them.
        """
        texts = sorted(set(self._texts.values()))
        places = {text: place for place, text in enumerate(texts)}
        for scenario in self._scenarios:
            found = scenario["details"]
            if found is not None:
                found["texts"] = [places[self._texts[text]] for text in found["texts"]]
        whole = {"texts": texts, "scenarios": self._scenarios}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(zlib.compress(writable(text).encode(), 9)).decode()


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
