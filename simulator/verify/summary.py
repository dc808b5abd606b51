"""A verification for people: a line for each case that does not agree, and a table of levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from simulator.values import Json
from simulator.verify.grades import LEVELS
from simulator.verify.verification import Outcome

_SHOWN = 3  # differences of one case


def failure_lines(outcome: Outcome) -> Iterator[str]:
    """What is wrong with a case, the first divergence before all else."""
    graded = outcome.grade
    level = None if graded is None else graded.failed_at
    yield f"DIFFERS {outcome.case.id}" + (f" at {level}" if level else "")
    divergence = outcome.divergence
    if divergence is not None:
        event = f"event {divergence.event}" if divergence.event else "after the last event"
        state = f" of the state '{divergence.state}'" if divergence.state else ""
        yield f"     {event}{state}"
        yield f"     expected: {divergence.expected}"
        yield f"     got:      {divergence.got}"
        if divergence.location is not None and divergence.location.line:
            yield f"     {divergence.location}"
    elif graded is not None:
        yield from (f"     {difference}" for difference in graded.differences[:_SHOWN])
        if (more := len(graded.differences) - _SHOWN) > 0:
            yield f"     and {more} more"
    if outcome.reason is not None and (divergence is None or outcome.reason != divergence.got):
        yield f"     {outcome.reason}"


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One line an area and kind, and the totals: how many hold of those that can be compared."""
    rows: list[tuple[str, ...]] = [("area", "kind", "cases", *LEVELS, "skipped")]
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.case.area, outcome.case.kind), []).append(outcome)
    rows += [(*group, *_cells(members)) for group, members in sorted(groups.items())]
    rows.append(("all", "", *_cells(outcomes)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _cells(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    ran = [outcome for outcome in outcomes if outcome.verdict != "skipped"]
    skipped = sum(outcome.verdict == "skipped" for outcome in outcomes)
    levels = (_level(ran, level) for level in LEVELS)
    return str(len(ran)), *levels, str(skipped) if skipped else ""


def _level(outcomes: Sequence[Outcome], level: str) -> str:
    """How many hold of how many, "741/742"; nothing where no case has this level."""
    held = [None if one.grade is None else one.grade.levels[level] for one in outcomes]
    broken = sum(one.grade is None and level == "L1" for one in outcomes)
    compared = sum(value is not None for value in held) + broken
    return f"{sum(value is True for value in held)}/{compared}" if compared else ""


def notes(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Known deviations with their reasons, and why cases were skipped."""
    for outcome in outcomes:
        if outcome.verdict == "deviation":
            yield f"deviation {outcome.case.id}: {outcome.reason}"
    reasons = Counter(outcome.reason for outcome in outcomes if outcome.verdict == "skipped")
    yield from (f"skipped {count}: {reason}" for reason, count in sorted(reasons.items(), key=str))


def last_line(outcomes: Sequence[Outcome]) -> str:
    """All in one line: "812 verified: 810 passed, 2 known deviations"."""
    counts = Counter[str](outcome.verdict for outcome in outcomes)
    ran = len(outcomes) - counts["skipped"]
    parts = [f"{counts['passed']} passed"]
    if counts["failed"]:
        parts.append(f"{counts['failed']} failed")
    if counts["deviation"]:
        parts.append(f"{counts['deviation']} known deviation{'s' * (counts['deviation'] > 1)}")
    if counts["skipped"]:
        parts.append(f"{counts['skipped']} skipped")
    return f"{ran} verified: {', '.join(parts)}"


def grades_json(outcomes: Sequence[Outcome], problems: Sequence[str]) -> dict[str, Json]:
    """What --json writes."""
    counts = Counter[str](outcome.verdict for outcome in outcomes)
    return {
        "summary": {
            verdict: counts[verdict] for verdict in ("passed", "failed", "deviation", "skipped")
        },
        "problems": list(problems),
        "cases": [outcome.to_json() for outcome in outcomes],
    }
