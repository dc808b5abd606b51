"""Coverage for a terminal: a table, and what is missing with the line to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, TypeAlias

from simulator.coverage.coverage import Coverage, Figure, Suite
from simulator.coverage.points import Kind, Point

Row: TypeAlias = tuple[Point, str]  # and what to say of it
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


def coverage_text(suite: Suite) -> str:
    """The table, then all that is missing. Ends in a newline."""
    lines = [*_table(suite), *_notes(suite)]
    for coverage in suite if suite.executions else ():
        lines += _missing(coverage, list(missing_rows(coverage)), None)
    return "".join(f"{line}\n" for line in lines)


def terminal_text(suite: Suite, most: int) -> str:
    """What is missing, then the table: what is printed last is read first. Ends in a newline.

    At most so many rows of a workflow; the retriers of one state share a row.
    """
    lines: list[str] = []
    for coverage in suite if suite.executions else ():
        lines += _missing(coverage, list(_gathered(missing_rows(coverage))), most)
    if lines:
        lines.append("")
    lines += [*_table(suite), *_notes(suite)]
    return "".join(f"{line}\n" for line in lines)


def figure_text(figure: Figure) -> str:
    """`83 % 5/6`; 100 only when nothing is missing; "-" when there is nothing to take."""
    if not figure.total:
        return "-"
    return f"{int(figure.percent)} % {figure.taken}/{figure.total}"


def _notes(suite: Suite) -> Iterator[str]:
    if suite.others:
        what = "execution of a workflow" if suite.others == 1 else "executions of workflows"
        yield f"not counted: {suite.others} {what} that a scenario made or changed"
    if list(suite) and not suite.executions:
        yield "no execution of these workflows ran: nothing is covered"


def _missing(coverage: Coverage, rows: list[Row], most: int | None) -> Iterator[str]:
    if not coverage.executions:
        yield f"{coverage.name}: no execution ran"
    elif rows:
        yield f"{coverage.name}: never taken"
        yield from (f"  {place}  {text}" for place, text in _aligned(rows[:most]))
        if more := len(rows) - len(rows[:most]):
            yield f"  … and {more} more; --coverage-report FILE.txt names all"


def _gathered(rows: Iterable[Row]) -> Iterator[Row]:
    """The retriers of one state in one row: they are many, and they are tested together."""
    for (kind, state), group in groupby(rows, key=lambda row: (row[0].kind, row[0].state)):
        found = list(group)
        if kind == "retrier" and len(found) > 1:
            yield found[0][0], f"retrier {state}: {len(found)} times a Retry fires or is exhausted"
        else:
            yield from found


def _table(suite: Suite) -> Iterator[str]:
    coverages = list(suite)
    if not coverages:
        yield "coverage: the project has no workflows"
        return
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


def missing_rows(coverage: Coverage) -> Iterator[Row]:
    """The weightiest first. What a missing state or transition already says is not said again."""
    missing = [point for kind in _FIRST for point in coverage.missing(kind)]
    unseen = {point.state for point in missing if point.kind == "state"}
    inside = [point for point in missing if point.state in unseen and point.kind != "state"]
    arrows = {(point.state, point.number) for point in missing if point.what == "catch"}
    rules = {(point.state, point.number) for point in missing if point.what == "choice"}
    for point in missing:
        if point.kind == "state":
            more = sum(1 for other in inside if other.state == point.state)
            tail = f" and {more} more of it" if more else ""
            yield point, f"state {point.name}{tail}"
        elif point.state not in unseen and not _said(point, arrows, rules):
            yield point, f"{point.kind} {point.name}"


def _said(point: Point, arrows: set[tuple[str, int]], rules: set[tuple[str, int]]) -> bool:
    here = (point.state, point.number)
    return (point.kind == "catcher" and here in arrows) or (point.what == "true" and here in rules)


def _place(point: Point) -> str:
    place = point.location
    return f"{place.path}:{place.line}" if place.line else str(place.path)


def _aligned(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    found = [(_place(point), text) for point, text in rows]
    width = max(len(place) for place, _ in found)
    for place, text in found:
        yield place.ljust(width), text
