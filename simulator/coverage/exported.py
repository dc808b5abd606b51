"""One exported history (GetExecutionHistory) as an overlay: what it does not say is inferred.

A history does not name the rule, retrier or catcher that was chosen. Where several lead to the same
state, the first one that fits is taken (guess).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from simulator.asl.graph import all_states
from simulator.asl.model import Choice, Map, Parallel, State, StateMachine, Task
from simulator.coverage.walk import Record, Shape, Walk
from simulator.diagrams.overlay import Overlay
from simulator.engine.execution import Choice as Decision
from simulator.engine.retry import find_catcher, find_retrier

Event = Mapping[str, Any]
_TASKS: Final = ("Task", "LambdaFunction", "Activity")
_STARTS: Final = (
    *(f"{kind}Scheduled" for kind in _TASKS),
    "MapStateStarted",
    "ParallelStateStarted",
)
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def overlay_of_export(machine: StateMachine, events: Sequence[Event]) -> Overlay:
    """What one execution did, by its exported history. ValueError: it is not one of this machine."""
    records = [_record(event, number) for number, event in enumerate(events, 1)]
    states = {state.name: state for state in all_states(machine)}
    for kind, _, _, name in records:
        if kind.endswith("StateEntered") and name not in states:
            raise ValueError(f"it entered the state '{name}', which the workflow does not have")
    shape = Shape.of(machine)
    first = Walk(shape, [])
    first.through(records)
    choices = list(_Inference(states, first, events, records).choices())
    return Walk(shape, choices).through(records).overlay()


def _record(event: Event, number: int) -> Record:
    try:
        if event["id"] != number:
            raise ValueError(f"event {number} has the id {event['id']}; is the history complete?")
        details = _details(event)
        name = details.get("name", details.get("state"))  # the latter of EvaluationFailed
        micros = _moment(event["timestamp"])
        return str(event["type"]), int(event["previousEventId"]), micros, name
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"event {number} is not one of a history: {error}") from None


def _details(event: Event) -> Mapping[str, Any]:
    found = (value for key, value in event.items() if key.endswith("EventDetails"))
    return next((value for value in found if isinstance(value, Mapping)), {})


def _moment(value: object) -> int:
    """The CLI prints ISO-8601 texts or seconds since 1970. Raises ValueError."""
    if isinstance(value, int | float):
        return round(value * 1_000_000)
    moment = datetime.fromisoformat(str(value))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


class _Inference:
    """What each visit chose, from the errors in it and from where it went."""

    def __init__(
        self,
        states: Mapping[str, State],
        walk: Walk,
        events: Sequence[Event],
        records: Sequence[Record],
    ) -> None:
        self._states = states
        self._walk = walk
        self._events = events
        self._records = records
        # By event id: the error on its way up after this event; "" is an error without a name.
        self._errors: list[str | None] = [None]
        self._targets = {
            previous: name for kind, previous, _, name in records if kind.endswith("StateEntered")
        }

    def choices(self) -> Iterator[Decision]:
        pending: dict[int, str] = {}  # by visit: an error that it has neither retried nor left
        for number, (kind, previous, _, _) in enumerate(self._records, 1):
            error = self._error(kind, previous, self._events[number - 1])
            self._errors.append(error)
            visit = self._walk.places[number]
            if visit is None or kind.endswith("Entered"):
                continue
            state = self._states[visit.state]
            if kind in _STARTS:
                before = pending.pop(visit.number, None) or self._errors[previous]
                if before is not None:
                    yield self._retry("retry", visit.number, state, before)
                self._errors[number] = None
            elif error is not None:
                pending[visit.number] = error
        yield from self._exits()

    def _error(self, kind: str, previous: int, event: Event) -> str | None:
        if kind.endswith(("Failed", "TimedOut")) and "error" in _details(event):
            return str(_details(event)["error"])
        if kind.startswith(_TASKS) and kind.endswith(("Failed", "TimedOut")):
            return "States.Timeout" if kind.endswith("TimedOut") else ""
        if kind == "FailStateEntered":
            return ""
        if kind.endswith(("Entered", "Exited", "Succeeded")):
            return None
        return self._errors[previous] if previous < len(self._errors) else None

    def _retry(self, kind: Any, visit: int, state: State, error: str) -> Decision:
        retriers = state.retriers if isinstance(state, Task | Map | Parallel) else ()
        return Decision(kind, visit, find_retrier(retriers, error, _also(state)) or 0)

    def _exits(self) -> Iterator[Decision]:
        for number, (kind, previous, _, name) in enumerate(self._records, 1):
            visit = self._walk.left.get(number)
            if visit is None or not kind.endswith("StateExited"):
                continue
            state, target = self._states[name or ""], self._targets.get(number)
            if isinstance(state, Choice):
                ways = [index for index, rule in enumerate(state.rules) if rule.next == target]
                yield Decision("rule", visit.number, ways[0] if ways else -1)
            elif isinstance(state, Task | Map | Parallel):
                error = self._errors[previous]
                if error is None:
                    continue
                if find_retrier(state.retriers, error, _also(state)) is not None:
                    yield self._retry("exhausted", visit.number, state, error)
                found = find_catcher(state.catchers, error, _also(state))
                if found is None or found.next != target:
                    found = next((one for one in state.catchers if one.next == target), None)
                if found is not None:
                    yield Decision("catch", visit.number, state.catchers.index(found))


def _also(state: State) -> tuple[str, ...]:
    return ("States.BranchFailed",) if isinstance(state, Parallel) else ()
