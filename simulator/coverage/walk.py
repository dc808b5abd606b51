"""One execution's history → which points it took, and what happened in each state.

The events of all branches and iterations stand in one list; their links tell which visit of which
state each belongs to. What links do not tell (which of several rules, retriers and catchers) the
execution's `choices` do, and what expressions decided its `decisions`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from simulator.asl.graph import all_states
from simulator.asl.model import Choice, Fail, StateMachine, Succeed
from simulator.coverage.points import Key
from simulator.diagrams.overlay import Mark, Overlay
from simulator.engine.execution import Choice as Decision
from simulator.engine.execution import Execution
from simulator.engine.history import FIELDS

# Type, previousEventId, instant in microseconds, name of the state when the event says it.
Record: TypeAlias = "tuple[str, int, int, str | None]"
_TIMED_OUT: Final = {"TaskTimedOut", "LambdaFunctionTimedOut", "ActivityTimedOut"}
_LOST: Final = {"ExecutionFailed", "ExecutionTimedOut"}
_SECOND: Final = 1_000_000


@dataclass(slots=True)
class Tally:
    """Counts over executions: how often each point was taken, and the marks of the states."""

    hits: Counter[Key] = field(default_factory=Counter)
    marks: dict[str, Mark] = field(default_factory=dict)
    executions: int = 0

    def add(self, other: Tally) -> None:
        self.hits.update(other.hits)
        for name, mark in other.marks.items():
            own = self.marks.get(name)
            self.marks[name] = mark if own is None else _sum(own, mark)
        self.executions += other.executions

    def overlay(self) -> Overlay:
        """For diagrams: marks of the states, and how often each arrow was taken."""
        arrows = {
            (state, what, number): count
            for (kind, state, what, number), count in self.hits.items()
            if kind == "transition"
        }
        return Overlay(dict(self.marks), arrows)


def _sum(one: Mark, other: Mark) -> Mark:
    return Mark(
        one.visits + other.visits,
        one.failed + other.failed,
        one.caught + other.caught,
        one.retried + other.retried,
        one.timed_out + other.timed_out,
        one.seconds + other.seconds,
    )


def with_children(run: Execution) -> Iterator[Execution]:
    """The execution and all child executions of its distributed Maps."""
    yield run
    for map_run in run.map_runs:
        for child in map_run.children:
            if child.run is not None:
                yield from with_children(child.run)


def tally_of(machine: StateMachine, executions: Iterable[Execution]) -> Tally:
    """Executions of this machine, with the children of their Maps. ValueError: one not audited."""
    shape = Shape.of(machine)
    found = Tally()
    for parent in executions:
        found.executions += 1
        for run in with_children(parent):
            if run.choices is None:
                raise ValueError(f"{run.name} ran without Engine(audit=True)")
            found.add(walk(shape, _records(run), run.choices))
            for (state, number, branch), count in (run.decisions or {}).items():
                found.hits["decision", state, branch, number] += count
            if run.map_run is not None:
                # Not its status: a redrive may have saved it.
                lost = sum(kind in _LOST for kind in run.log[::FIELDS])
                found.hits["failure", run.map_run.state, "item", 0] += lost
    return found


def _records(run: Execution) -> Iterator[Record]:
    log = run.log
    return zip(log[::FIELDS], log[1::FIELDS], log[2::FIELDS], log[3::FIELDS], strict=True)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a walk asks of a machine: the number of rules of its Choices; what ends a thread."""

    rules: Mapping[str, int]
    fails: frozenset[str]
    ends: frozenset[str]

    @classmethod
    def of(cls, machine: StateMachine) -> Shape:
        states = list(all_states(machine))
        return cls(
            {state.name: len(state.rules) for state in states if isinstance(state, Choice)},
            frozenset(state.name for state in states if isinstance(state, Fail)),
            frozenset(
                state.name
                for state in states
                if isinstance(state, Succeed)
                or (not isinstance(state, Choice | Fail) and state.next is None)
            ),
        )


class Visit:
    """One visit of a state. `number` is the id of its StateEntered event, `outer` the visit of the
    Map or Parallel around it.
    """

    __slots__ = (
        "caught", "decided", "entered", "failed", "left", "number", "outer", "retried", "state",
        "timed_out", "type",
    )  # fmt: skip

    def __init__(
        self, number: int, state: str, kind: str, entered: int, outer: Visit | None
    ) -> None:
        self.number = number
        self.state = state
        self.type = kind
        self.entered = entered
        self.outer = outer
        self.left: int | None = None
        self.decided: Decision | None = None
        self.failed = False
        self.caught = self.retried = self.timed_out = 0


def walk(shape: Shape, records: Iterable[Record], choices: Sequence[Decision]) -> Tally:
    """The tally of one history; `executions` is left to the caller."""
    return Walk(shape, choices).through(records)


class Walk:
    """`places` has, by event id, the visit that an event belongs to; `left` the visit that a
    StateExited ends.
    """

    def __init__(self, shape: Shape, choices: Sequence[Decision]) -> None:
        self._shape = shape
        self._hits: Counter[Key] = Counter()
        self._visits: list[Visit] = []
        self.places: list[Visit | None] = [None]  # by event id: the visit it belongs to
        self.left: dict[int, Visit] = {}
        # By the event before a StateEntered and the state: what fails the input follows it too.
        self._entered: dict[tuple[int, str], Visit] = {}
        self._choices: dict[int, list[Decision]] = {}
        for choice in choices:
            self._choices.setdefault(choice.entered, []).append(choice)

    def through(self, records: Iterable[Record]) -> Tally:
        end = 0
        for kind, previous, ticks, state in records:
            here = self.places[previous] if previous < len(self.places) else None
            if kind == "EvaluationFailed" and state is not None:
                here = self._entered.get((previous, state), here)
            found = self._step(kind, here, ticks, state)
            if found is not None and kind.endswith("StateEntered"):
                self._entered[previous, found.state] = found
            self.places.append(found)
            end = ticks
        marks: dict[str, Mark] = {}
        for visit in self._visits:  # outer ones come first
            if visit.left is None:
                visit.left = end if visit.outer is None else visit.outer.left
            mark = _mark(visit)
            own = marks.get(visit.state)
            marks[visit.state] = mark if own is None else _sum(own, mark)
        return Tally(self._hits, marks)

    def _step(self, kind: str, here: Visit | None, ticks: int, state: str | None) -> Visit | None:
        """Takes one event in; the visit it belongs to, which is where the next one goes on."""
        if kind.endswith("StateEntered"):
            return self._enter(kind.removesuffix("StateEntered"), here, ticks, state or "")
        if kind.endswith("StateExited"):
            return self._leave(here, ticks, state or "")
        if kind.startswith(("MapState", "ParallelState", "MapIteration")):
            return self._container(kind, here, ticks, state)
        if kind == "ExecutionFailed":
            _fail(here, None, ticks)
            return None
        if here is not None and (kind in _TIMED_OUT or kind == "ExecutionTimedOut"):
            here.timed_out += 1
        return None if kind.startswith("Execution") else here

    def _enter(self, kind: str, outer: Visit | None, ticks: int, state: str) -> Visit:
        visit = Visit(len(self.places), state, kind, ticks, outer)
        self._visits.append(visit)
        self._hits["state", state, "", 0] += 1
        if state in self._shape.fails:
            self._hits["transition", state, "end", 0] += 1
        for choice in self._choices.get(len(self.places), ()):
            self._decide(visit, choice)
        return visit

    def _decide(self, visit: Visit, choice: Decision) -> None:
        state, number = visit.state, choice.number
        if choice.kind == "rule":
            visit.decided = choice
            asked = number if number >= 0 else self._shape.rules.get(state, 0)
            self._hits.update(("rule", state, "false", index) for index in range(asked))
            if number >= 0:
                self._hits["rule", state, "true", number] += 1
        elif choice.kind == "catch":
            visit.decided = choice
            visit.caught += 1
            self._hits["catcher", state, "caught", number] += 1
        elif choice.kind == "retry":
            visit.retried += 1
            self._hits["retrier", state, "fired", number] += 1
        else:
            self._hits["retrier", state, "exhausted", number] += 1

    def _leave(self, here: Visit | None, ticks: int, state: str) -> Visit | None:
        visit = self._find(here, state)
        if visit is None:
            return here
        _fail(here, visit, ticks)
        visit.left = ticks
        self.left[len(self.places)] = visit
        self._hits["transition", state, *self._way(visit)] += 1
        return visit.outer

    def _way(self, visit: Visit) -> tuple[str, int]:
        choice = visit.decided
        if choice is None:
            return ("end" if visit.state in self._shape.ends else "next"), 0
        if choice.kind == "catch":
            return "catch", choice.number
        return ("choice", choice.number) if choice.number >= 0 else ("default", 0)

    def _find(self, here: Visit | None, state: str) -> Visit | None:
        """The visit that ends: around this event or, after a redrive, the last one still open."""
        visit = here
        while visit is not None and visit.state != state:
            visit = visit.outer
        if visit is not None:
            return visit
        return next(
            (one for one in reversed(self._visits) if one.state == state and one.left is None),
            next((one for one in reversed(self._visits) if one.state == state), None),
        )

    def _container(
        self, kind: str, here: Visit | None, ticks: int, state: str | None
    ) -> Visit | None:
        """Events about the branches or iterations of a state; exports do not always name it."""
        type_ = "Parallel" if kind.startswith("Parallel") else "Map"
        visit = here
        while visit is not None and not (
            visit.type == type_ if state is None else visit.state == state
        ):
            visit = visit.outer
        if visit is None:
            return here
        if kind.endswith(("Failed", "Started")):
            _fail(here, visit, ticks)
        if kind.endswith("Failed"):
            what = "item" if kind.startswith("MapIteration") else "failed"
            self._hits["failure", visit.state, what, 0] += 1
        return visit


def _fail(here: Visit | None, until: Visit | None, ticks: int) -> None:
    """An error left every visit from here to below `until`."""
    visit = here
    while visit is not None and visit is not until:
        visit.failed = True
        if visit.left is None:
            visit.left = ticks
        visit = visit.outer


def _mark(visit: Visit) -> Mark:
    left: Any = visit.left
    return Mark(
        1, int(visit.failed), visit.caught, visit.retried, visit.timed_out,
        (left - visit.entered) / _SECOND,
    )  # fmt: skip
