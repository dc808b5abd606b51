"""Coverage for a terminal: a table, and what is missing with the line to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from simulator.coverage.coverage import Coverage, Figure, Suite
from simulator.coverage.points import Kind, Point

COLUMNS: Final[tuple[tuple[str, Kind], ...]] = (
    ("states", "state"),
    ("transitions", "transition"),
    ("rules", "rule"),
    ("retriers", "retrier"),
    ("catchers", "catcher"),
    ("failures", "failure"),
    ("decisions", "decision"),
)


# What is missing is named in this order.
_FIRST: Final[tuple[Kind, ...]] = (
    "state", "transition", "rule", "catcher", "failure", "retrier", "decision"
)  # fmt: skip


def coverage_text(suite: Suite, most: int | None = None) -> str:
    """Ends in a newline. At most so many missing points of a workflow are named; None: all."""
    return "".join(f"{line}\n" for line in _text(suite, most))


def figure_text(figure: Figure) -> str:
    """`83 % 5/6`; 100 only when nothing is missing; "-" when there is nothing to take."""
    if not figure.total:
        return "-"
    return f"{int(figure.percent)} % {figure.taken}/{figure.total}"


def _text(suite: Suite, most: int | None) -> Iterator[str]:
    coverages = list(suite)
    if not coverages:
        yield "coverage: the project has no workflows"
        return
    yield from _table(suite, coverages)
    if suite.others:
        what = "execution of a workflow" if suite.others == 1 else "executions of workflows"
        yield f"not counted: {suite.others} {what} that a scenario made or changed"
    if not suite.executions:
        yield "no execution of these workflows ran: nothing is covered"
        return
    for coverage in coverages:
        if not coverage.executions:
            yield f"{coverage.name}: no execution ran"
        elif rows := list(missing_rows(coverage)):
            yield f"{coverage.name}: never taken"
            yield from (f"  {place}  {text}" for place, text in _aligned(rows[:most]))
            if more := len(rows) - len(rows[:most]):
                yield f"  … and {more} more; --coverage-report FILE.txt names all"


def _table(suite: Suite, coverages: Sequence[Coverage]) -> Iterator[str]:
    rows = [["coverage", "runs", *(title for title, _ in COLUMNS)]]
    for coverage in coverages:
        cells = [figure_text(coverage.figure(kind)) for _, kind in COLUMNS]
        rows.append([coverage.name, str(coverage.executions), *cells])
    cells = [figure_text(suite.figure(kind)) for _, kind in COLUMNS]
    rows.append(["total", str(suite.executions), *cells])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        first, *rest = row
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells]).rstrip()


def missing_rows(coverage: Coverage) -> Iterator[tuple[str, str]]:
    """Places and texts, the weightiest first. What a missing state or transition already says is not said again."""
    missing = [point for kind in _FIRST for point in coverage.missing(kind)]
    unseen = {point.state for point in missing if point.kind == "state"}
    inside = [point for point in missing if point.state in unseen and point.kind != "state"]
    arrows = {(point.state, point.number) for point in missing if point.what == "catch"}
    rules = {(point.state, point.number) for point in missing if point.what == "choice"}
    for point in missing:
        if point.kind == "state":
            more = sum(1 for other in inside if other.state == point.state)
            tail = f" and {more} more of it" if more else ""
            yield _place(point), f"state {point.name}{tail}"
        elif point.state not in unseen and not _said(point, arrows, rules):
            yield _place(point), f"{point.kind} {point.name}"


def _said(point: Point, arrows: set[tuple[str, int]], rules: set[tuple[str, int]]) -> bool:
    here = (point.state, point.number)
    return (point.kind == "catcher" and here in arrows) or (point.what == "true" and here in rules)


def _place(point: Point) -> str:
    place = point.location
    return f"{place.path}:{place.line}" if place.line else str(place.path)


def _aligned(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    found = list(rows)
    width = max(len(place) for place, _ in found)
    for place, text in found:
        yield place.ljust(width), text
