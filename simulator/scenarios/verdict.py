"""Verdict: how one scenario went, as reports show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from simulator.coverage.coverage import Taken
from simulator.scenarios.compare import Difference
from simulator.scenarios.scenario import Scenario

Status: TypeAlias = Literal["passed", "failed", "error"]


@dataclass(frozen=True, slots=True)
class ExecutionSummary:
    """One execution as reports show it.

    `tail` are the last history events, one text each; `trace` the history by virtual time, of a very
    long one its beginning and its end.
    """

    workflow: str
    name: str
    status: str
    error: str | None
    cause: str | None
    path: tuple[str, ...]
    tail: tuple[str, ...]
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one scenario went. `path` is that of the first execution of its workflow.

    `options` are those of the command line that chose the project: ("--stage", "prod").
    `coverage` is what all its executions took, over every ordering; None when nobody asked for it.
    `details` is all that an HTML report shows (scenarios.details), under the same condition.
    `observed` is what the caller's observer made of each ordering's world.
    """

    scenario: Scenario
    status: Status
    differences: tuple[Difference, ...] = ()
    path: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    executions: tuple[ExecutionSummary, ...] = ()
    virtual_time: timedelta = timedelta(0)
    seed: int = 0
    interleavings: int = 1
    options: tuple[str, ...] = ()
    coverage: Taken | None = None
    details: bytes | None = None
    observed: tuple[Any, ...] = ()
