"""Scenario: what is given, what arrives when, and what should come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from simulator.engine.ports import Failure, Success
from simulator.problems import Location
from simulator.values import Json

SCHEMA = "scenario/1"
# When a file names no instant; any fixed one keeps runs the same.
DEFAULT_CLOCK = datetime(2026, 1, 1, tzinfo=UTC)

Schedules: TypeAlias = Literal["manual", "automatic"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that arrives from outside, `at` after the scenario's clock.

    `body` is the step as written, `kind` and `at` included; `where` is its place, "steps[0]".
    """

    at: timedelta
    kind: str
    body: Mapping[str, Json]
    where: str
    location: Location


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario of a file. `expect` None means: no execution fails and every event is wanted."""

    id: str
    title: str
    path: Path
    location: Location
    workflow: str | None = None
    why: str = ""
    clock: datetime = DEFAULT_CLOCK
    given: Mapping[str, Json] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    expect: Mapping[str, Json] | None = None
    mocks: Mapping[str, tuple[Success | Failure, ...]] = field(default_factory=dict)
    faults: tuple[Mapping[str, Json], ...] = ()
    seed: int = 0
    schedules: Schedules = "manual"
    notes: Json = None
    origins: Mapping[str, Location] = field(default_factory=dict)

    def place(self, pointer: str) -> Location:
        """The place of "/expect/invariants/0" and the like; the scenario's own when unknown."""
        return self.origins.get(pointer, self.location)
