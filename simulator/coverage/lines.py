"""Coverage by the lines that people edit: what Cobertura and LCOV files are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.coverage.coverage import Coverage
from simulator.coverage.points import Point


@dataclass(frozen=True, slots=True)
class Line:
    """`hits`: how often anything on it was reached. `branches` are the ways on, with their counts.

    A line that several states share (a macro writes them) has each of them as a branch too.
    """

    number: int
    hits: int
    branches: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]

    @property
    def taken(self) -> int:
        return sum(1 for _, count in self.branches if count)


def lines_of(coverages: Iterable[Coverage]) -> dict[Path, list[Line]]:
    """Files and lines in order. Points without a line (a definition inside a template) are at 1."""
    found: dict[Path, dict[int, list[tuple[Point, int]]]] = {}
    for coverage in coverages:
        for point in coverage.points:
            place = point.location
            here = found.setdefault(place.path, {}).setdefault(max(place.line, 1), [])
            here.append((point, coverage.hits(point)))
    return {path: _lines(found[path]) for path in sorted(found)}


def _lines(by_number: Mapping[int, list[tuple[Point, int]]]) -> list[Line]:
    return [_line(number, points) for number, points in sorted(by_number.items())]


def _line(number: int, points: list[tuple[Point, int]]) -> Line:
    states = tuple((point.name, count) for point, count in points if point.kind == "state")
    # A catcher is its transition once more.
    ways = tuple(
        (point.name, count) for point, count in points if point.kind not in ("state", "catcher")
    )
    hits = sum(count for _, count in states) or max(count for _, count in points)
    return Line(number, hits, (*(states if len(states) > 1 else ()), *ways), states)
