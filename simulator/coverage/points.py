"""Everything that can happen in a workflow, as points that executions take or do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from simulator.asl.audits import decisions_in
from simulator.asl.graph import all_states, leaving
from simulator.asl.model import Choice, Fail, Map, Parallel, State, StateMachine, Succeed, Task
from simulator.diagrams.labels import rule_label
from simulator.problems import Location

Kind: TypeAlias = Literal[
    "state", "transition", "rule", "retrier", "catcher", "failure", "decision"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# Kind, state, what of it, number from 0. What: for a transition the kind of diagrams.overlay.Arrow;
# "true" or "false" of a rule, "fired" or "exhausted" of a retrier, "caught" of a catcher,
# "failed" of a Map or Parallel, "item" of a Map; "then", "else" or "unmeasured" of a decision; ""
# of a state.
Key: TypeAlias = "tuple[Kind, str, str, int]"


@dataclass(frozen=True, slots=True)
class Point:
    """`text` names it without its state: "Catch 1 (States.ALL) → Refund".

    `location` is where a person edits it. What a macro of another file writes is placed at its
    state's line, where the macro is called.
    """

    kind: Kind
    state: str
    what: str
    number: int
    text: str
    location: Location

    @property
    def key(self) -> Key:
        return (self.kind, self.state, self.what, self.number)

    @property
    def name(self) -> str:
        """`Pay: Catch 1 (States.ALL) → Refund`, or the state's name alone."""
        return f"{self.state}: {self.text}" if self.text else self.state


def points_of(machine: StateMachine, path: Path | None = None) -> tuple[Point, ...]:
    """In the definition's order. `path` is the workflow's own file; None takes the machine's.

    Not there: a retrier without attempts cannot fire. Succeed and Fail have no transition of their
    own: they end. A decision that nobody can measure is one point, and never taken.
    """
    home = machine.graph.location.path if path is None else path
    return tuple(point for state in all_states(machine) for point in _Points(state, home).all())


class _Points:
    def __init__(self, state: State, home: Path) -> None:
        self._state = state
        self._home = home

    def all(self) -> Iterator[Point]:
        yield self._point("state", "", 0, "")
        yield from self._transitions()
        if isinstance(self._state, Choice):
            yield from self._rules(self._state)
        if isinstance(self._state, Task | Parallel | Map):
            yield from self._handlers(self._state)
        if isinstance(self._state, Map):
            yield self._point("failure", "item", 0, "an item fails")
        if isinstance(self._state, Map | Parallel):
            yield self._point("failure", "failed", 0, f"the {type(self._state).__name__} fails")
        yield from self._decisions()

    def _point(
        self, kind: Kind, what: str, number: int, text: str, place: Location | None = None
    ) -> Point:
        own = self._state.location
        here = own if place is None or place.path != self._home else place
        return Point(kind, self._state.name, what, number, text, here)

    def _transitions(self) -> Iterator[Point]:
        state = self._state
        for move in leaving(state):
            text, place = f"→ {move.target}", None
            if move.kind == "choice" and isinstance(state, Choice):
                rule = state.rules[move.index]
                text, place = f"rule {move.index + 1} → {move.target}", rule.location
            elif move.kind == "default":
                text = f"Default → {move.target}"
            elif move.kind == "catch" and isinstance(state, Task | Parallel | Map):
                catcher = state.catchers[move.index]
                text = f"{_catch(move.index, catcher.error_equals)} → {move.target}"
                place = catcher.location
            yield self._point("transition", move.kind, move.index, text, place)
        if not isinstance(state, Choice | Succeed | Fail) and state.next is None:
            yield self._point("transition", "end", 0, "→ end")

    def _rules(self, state: Choice) -> Iterator[Point]:
        for number, rule in enumerate(state.rules):
            words = f"rule {number + 1} ({rule_label(rule.source)})"
            for outcome in ("true", "false"):
                text = f"{words} is {outcome}"
                yield self._point("rule", outcome, number, text, rule.location)

    def _handlers(self, state: Task | Parallel | Map) -> Iterator[Point]:
        for number, retrier in enumerate(state.retriers):
            words = f"Retry {number + 1} ({', '.join(retrier.error_equals)})"
            place = retrier.location
            if retrier.max_attempts > 0:
                yield self._point("retrier", "fired", number, f"{words} fires", place)
            yield self._point("retrier", "exhausted", number, f"{words} is exhausted", place)
        for number, catcher in enumerate(state.catchers):
            text = f"{_catch(number, catcher.error_equals)} catches"
            yield self._point("catcher", "caught", number, text, catcher.location)

    def _decisions(self) -> Iterator[Point]:
        """Each `test ? this : other` of the JSONata in this state."""
        for number, one in enumerate(decisions_in(self._state)):
            test = " ".join(one.test.split())  # on one line
            words = f"decision {number + 1} ({test})"
            ways = {"then": "is true", "else": "is false"}
            if not one.measured:
                ways = {"unmeasured": "is not measured: it is inside a filter"}
            for what, text in ways.items():
                yield self._point("decision", what, number, f"{words} {text}", one.location)


def _catch(number: int, names: tuple[str, ...]) -> str:
    return f"Catch {number + 1} ({', '.join(names)})"
