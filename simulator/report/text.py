"""A replay for people: one line a scenario; for a failure, what differs and how to repeat it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from simulator.scenarios.compare import path_text
from simulator.scenarios.verdict import ExecutionSummary, Verdict

_WORD = {"passed": "PASS", "failed": "FAIL", "error": "ERROR"}
PASSED, FAILED = 0, 1
_EXECUTIONS = 5  # shown with a failure; the JSON report has all


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """0 when all passed, 1 otherwise; 2 is for what could not even start."""
    return PASSED if all(verdict.status == "passed" for verdict in verdicts) else FAILED


def report_text(verdicts: Sequence[Verdict], *, verbose: bool = False) -> str:
    """Every scenario, and a last line with the numbers; verbose with each execution's events."""
    lines: list[str] = []
    for verdict in verdicts:
        if verdict.status == "passed":
            lines.append(line(verdict))
            lines += [f"     note: {note}" for note in verdict.notes]
            lines += _traces(verdict) if verbose else []
        else:
            lines.append(failure_text(verdict, verbose=verbose))
    return writable("\n".join([*lines, summary_line(verdicts)]) + "\n")


def writable(text: str) -> str:
    """Lone surrogates, which JSON texts may have and UTF-8 may not, as their JSON escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def line(verdict: Verdict) -> str:
    """PASS P07  RecordReceived → RejectInvalid → Rejected  (virtual 0.4 s)"""
    orderings = f", {verdict.interleavings} orderings" if verdict.interleavings > 1 else ""
    path = path_text(verdict.path) if verdict.path else verdict.scenario.title or "no execution"
    time = _seconds(verdict.virtual_time)
    return f"{_WORD[verdict.status]} {verdict.scenario.id}  {path}  (virtual {time} s{orderings})"


def failure_text(verdict: Verdict, *, verbose: bool = False) -> str:
    return "\n".join(_failure(verdict, verbose=verbose))


def _failure(verdict: Verdict, *, verbose: bool) -> Iterator[str]:
    yield line(verdict)
    scenario = verdict.scenario
    if scenario.title:
        yield f"     {scenario.title} ({scenario.location})"
    known = f"the path was {path_text(verdict.path)}"  # so does the first line
    for difference in verdict.differences:
        yield f"     {replace(difference, note=None) if difference.note == known else difference}"
    if left := left_path(verdict):
        yield f"     {left}"
    for note in verdict.notes:
        yield f"     note: {note}"
    if verbose:
        yield from _traces(verdict)
    else:
        yield from _runs(verdict)
    yield f"     again: {command(verdict)}"


def left_path(verdict: Verdict) -> str:
    """Where the path taken leaves the one that `expect` names; "" when it does not, names none, or nothing ran."""
    wanted = (verdict.scenario.expect or {}).get("path")
    if not isinstance(wanted, list) or list(verdict.path) == wanted or not verdict.path:
        return ""
    taken = verdict.path
    same = 0
    while same < min(len(wanted), len(taken)) and wanted[same] == taken[same]:
        same += 1
    where = f"after {taken[same - 1]}" if same else "at once"
    want = wanted[same] if same < len(wanted) else "the end"
    got = taken[same] if same < len(taken) else "the end"
    return f"left the expected path {where}: expected {want}, got {got}"


def _runs(verdict: Verdict) -> Iterator[str]:
    """A line an execution, and the path of each whose path the first line does not tell.

    A cause that a difference has told is not told again.
    """
    told = "\n".join(map(str, verdict.differences))
    for run in verdict.executions[:_EXECUTIONS]:
        known = run.cause is not None and run.cause in told
        yield f"     {_ended(replace(run, cause=None) if known else run)}"
        if run.path and run.path != verdict.path:
            yield f"       {path_text(run.path)}"
    more = len(verdict.executions) - _EXECUTIONS
    if more > 0:
        yield f"     … and {counted(more, 'more execution')}"


def _traces(verdict: Verdict) -> Iterator[str]:
    for run in verdict.executions:
        yield f"     {_ended(run)}"
        yield from _aligned(run.trace)


def _aligned(trace: Sequence[str]) -> Iterator[str]:
    """Times and ids under each other: `  +2 s   8 TaskFailed One`."""
    rows = [event.partition("  ") for event in trace]
    times = max((len(time) for time, _, rest in rows if rest), default=0)
    ids = max((len(rest.split(" ")[0]) for _, _, rest in rows), default=0)
    for time, _, rest in rows:
        number, _, told = rest.partition(" ")
        yield f"       {time:>{times}}  {number:>{ids}} {told}" if rest else f"       {time}"


def _ended(run: ExecutionSummary) -> str:
    ended = run.status + (f" {run.error}" if run.error else "")
    return f"{run.workflow} {run.name}: {ended}" + (f": {run.cause}" if run.cause else "")


def command(verdict: Verdict) -> str:
    """What repeats this run exactly."""
    words = [verdict.scenario.path.as_posix(), "--seed", str(verdict.seed), *verdict.options]
    return shlex.join(["simulator", "replay", *words])


def summary_line(verdicts: Sequence[Verdict]) -> str:
    counts = Counter[str](verdict.status for verdict in verdicts)
    named = (("passed", "passed"), ("failed", "failed"), ("error", "could not be judged"))
    parts = [f"{counts[status]} {text}" for status, text in named if counts[status]]
    return f"{counted(len(verdicts), 'scenario')}: {', '.join(parts) or 'none'}"


def counted(number: int, what: str) -> str:
    """1 error, 2 errors."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.6f}".rstrip("0").rstrip(".")
