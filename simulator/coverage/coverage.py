"""Coverage: what executions took of one workflow, and of all workflows of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from simulator.asl.model import StateMachine
from simulator.coverage.points import KINDS, Key, Kind, Point, points_of
from simulator.coverage.walk import Tally, tally_of
from simulator.diagrams.overlay import Overlay
from simulator.engine.execution import Execution
from simulator.values import Json

SCHEMA: Final = "coverage/1"


class Figure(NamedTuple):
    """So many of so many points. Nothing to take counts as all taken."""

    taken: int
    total: int

    @property
    def percent(self) -> float:
        return 100.0 if self.total == 0 else 100.0 * self.taken / self.total

    def __add__(self, other: tuple[object, ...]) -> Figure:
        if not isinstance(other, Figure):
            return NotImplemented
        return Figure(self.taken + other.taken, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One workflow: everything that can happen in it, and what did."""

    name: str
    points: tuple[Point, ...]
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def of(
        cls,
        machine: StateMachine,
        executions: Iterable[Execution] = (),
        *,
        name: str = "",
        path: Path | None = None,
    ) -> Coverage:
        """What audited executions of this machine took; children of Maps are theirs.

        `path` is the file that people edit, when it is not the definition's. ValueError: an
        execution was not audited.
        """
        return cls(name, points_of(machine, path), tally_of(machine, executions))

    def __add__(self, other: Coverage) -> Coverage:
        """More executions of the same workflow. ValueError: it is another one."""
        if [point.key for point in self.points] != [point.key for point in other.points]:
            raise ValueError(f"'{self.name}' and '{other.name}' are not the same workflow")
        both = Tally()
        both.add(self.tally)
        both.add(other.tally)
        return Coverage(self.name, self.points, both)

    @property
    def executions(self) -> int:
        return self.tally.executions

    def hits(self, point: Point | Key) -> int:
        return self.tally.hits.get(point.key if isinstance(point, Point) else point, 0)

    def missing(self, *kinds: Kind) -> list[Point]:
        """The points that nothing took, in the definition's order; without kinds all of them."""
        return [
            point
            for point in self.points
            if not self.hits(point) and (not kinds or point.kind in kinds)
        ]

    def figure(self, *kinds: Kind) -> Figure:
        wanted = [point for point in self.points if not kinds or point.kind in kinds]
        return Figure(sum(1 for point in wanted if self.hits(point)), len(wanted))

    def overlay(self) -> Overlay:
        """For diagrams: marks of the states, and how often each arrow was taken."""
        return self.tally.overlay()

    def to_json(self) -> dict[str, Json]:
        """Figures by kind, and every point with its place and its count."""
        return {
            "workflow": self.name,
            "executions": self.executions,
            "figures": figures_json([self]),
            "points": [
                {
                    "kind": point.kind,
                    "state": point.state,
                    "what": point.what,
                    "number": point.number,
                    "text": point.text,
                    "file": point.location.path.as_posix(),
                    "line": point.location.line,
                    "hits": self.hits(point),
                }
                for point in self.points
            ],
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """What executions took of a project's workflows, by name: small, for a worker process to send.

    `others` counts executions of machines that are not the project's own: made, or changed, while
    it ran.
    """

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    others: int = 0

    @classmethod
    def of(cls, machines: Mapping[str, StateMachine], executions: Iterable[Execution]) -> Taken:
        """Raises ValueError when an execution was not audited."""
        names = {id(machine): name for name, machine in machines.items()}
        runs: dict[str, list[Execution]] = {}
        others = 0
        for run in executions:
            if run.map_run is not None:
                continue  # counted with its parent
            if id(run.machine) in names:
                runs.setdefault(names[id(run.machine)], []).append(run)
            else:
                others += 1
        tallies = {name: tally_of(machines[name], own) for name, own in sorted(runs.items())}
        return cls(tallies, others)

    def __add__(self, other: Taken) -> Taken:
        tallies: dict[str, Tally] = {}
        for name in sorted({*self.tallies, *other.tallies}):
            tallies[name] = Tally()
            for one in (self, other):
                if name in one.tallies:
                    tallies[name].add(one.tallies[name])
        return Taken(tallies, self.others + other.others)


@dataclass(frozen=True, slots=True)
class Suite:
    """All workflows of a project with what was taken of them."""

    workflows: Mapping[str, Coverage]
    others: int = 0

    @classmethod
    def of(cls, machines: Iterable[tuple[str, StateMachine, Path]], taken: Taken) -> Suite:
        """`machines` are names, machines and the files that people edit."""
        workflows = {
            name: Coverage(name, points_of(machine, path), taken.tallies.get(name, Tally()))
            for name, machine, path in machines
        }
        return cls(workflows, taken.others)

    def __iter__(self) -> Iterator[Coverage]:
        return iter(self.workflows.values())

    @property
    def executions(self) -> int:
        return sum(coverage.executions for coverage in self)

    def figure(self, *kinds: Kind) -> Figure:
        return total(self, *kinds)

    def missing(self, *kinds: Kind) -> list[Point]:
        return [point for coverage in self for point in coverage.missing(*kinds)]

    def to_json(self) -> dict[str, Json]:
        """Schema `coverage/1`."""
        return {
            "schema": SCHEMA,
            "executions": self.executions,
            "other_executions": self.others,
            "figures": figures_json(self),
            "workflows": [coverage.to_json() for coverage in self],
        }


def total(coverages: Iterable[Coverage], *kinds: Kind) -> Figure:
    found = Figure(0, 0)
    for coverage in coverages:
        found = found + coverage.figure(*kinds)
    return found


def figures_json(coverages: Iterable[Coverage]) -> dict[str, Any]:
    """By kind and `all`: taken, total, percent with two decimals."""
    counted = list(coverages)
    named: dict[str, Figure] = {}
    for kind in KINDS:
        named[kind] = total(counted, kind)
    named["all"] = total(counted)
    return {
        name: {"taken": one.taken, "total": one.total, "percent": round(one.percent, 2)}
        for name, one in named.items()
    }
