"""Two histories: the same sequence in every thread (L3), the same events with the same links (L4).

Order between threads is free. Where a Map or Parallel failed, the siblings that are aborted may
have stopped anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from simulator.verify.matching import Matcher, every
from simulator.verify.threads import (
    CONTAINERS,
    LOOSE,
    Event,
    Key,
    Place,
    details_of,
    has_links,
    homes,
    name_of,
    places,
)

Step: TypeAlias = "tuple[str, str | None]"  # event type, state name
Group: TypeAlias = "Key | str"  # a thread, or the type of a loose event
_TEXTS: Final = frozenset({"cause", "input", "output", "parameters"})
_MARKS: Final = frozenset({"assignedVariablesDetails", "inputDetails", "outputDetails"})
# Boto leaves out what is absent, so these say nothing.
_EMPTY: Final = ({"truncated": False}, {"included": True}, None)
_ABSENT: Final = object()
_PARALLEL_ENDS: Final = frozenset(
    {"ParallelStateSucceeded", "ParallelStateAborted", "ParallelStateFailed", "ParallelStateExited"}
)


@dataclass(slots=True)
class Pair:
    """A recorded event and ours in its place. One is None when the other side has more events."""

    expected: Event | None
    got: Event | None
    state: str | None


@dataclass(slots=True)
class _History:
    events: Sequence[Event]
    places: Sequence[Place]
    groups: dict[Group, list[Event]] = field(default_factory=dict)
    steps: dict[Key, list[Step]] = field(default_factory=dict)
    loose: Counter[str] = field(default_factory=Counter)
    states: dict[int, str | None] = field(default_factory=dict)  # event id -> state

    @classmethod
    def of(cls, events: Sequence[Event], definition: object) -> _History:
        found = cls(events, places(events, definition))
        for event, place in zip(events, found.places, strict=True):
            kind = str(event.get("type"))
            found.states[event["id"]] = place.state
            if kind in LOOSE:
                found.loose[kind] += 1
                found.groups.setdefault(kind, []).append(event)
            else:
                found.steps.setdefault(place.key, []).append((kind, place.state))
                found.groups.setdefault(place.key, []).append(event)
        return found


class Comparison:
    """One recorded history and ours. `pairs` come in the order of the recorded ids."""

    def __init__(
        self,
        expected: Sequence[Event],
        got: Sequence[Event],
        definition: object,
        other: object | None = None,
    ) -> None:
        """`other` is the definition of our run, when it is not the recorded one."""
        self._definition = definition
        self.has_links = has_links(expected) and has_links(got)
        if not self.has_links:
            # Some recorded histories were sorted inside a Parallel and lost its end.
            self._plain = (list(expected), _without_ends(got) if has_links(got) else list(got))
            return
        self._expected = _History.of(expected, definition)
        self._got = _History.of(got, definition if other is None else other)

    # -- L3 ----------------------------------------------------------------------------------

    def sequence(self, matcher: Matcher) -> tuple[bool, bool]:
        """Whether every thread takes the same steps, and whether an aborted one had to be excused."""
        if not self.has_links:
            return self._sequence_of_unlinked(matcher), False
        ours, theirs = self._got, self._expected
        failed = self._failed()
        fine, relaxed = True, theirs.loose != ours.loose
        for key in sorted({*theirs.steps, *ours.steps}, key=str):
            wanted, found = theirs.steps.get(key, []), ours.steps.get(key, [])
            if wanted == found:
                continue
            if any(step[0] in failed for step in key) and _may_stop(wanted, found):
                relaxed = True
                continue
            at = _first(wanted, found)
            steps = [side[at] if at < len(side) else None for side in (wanted, found)]
            fine = matcher.differ(f"{_named(key)}, event {at + 1}", *steps)
        return fine, relaxed

    def _failed(self) -> set[str]:
        """Containers that failed: all, when the execution did (a branch's failure may not say so)."""
        steps = self._expected.steps
        ended = {"ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}
        failed = {
            state or ""
            for thread in steps.values()
            for kind, state in thread
            if kind in {"MapStateFailed", "ParallelStateFailed", "MapIterationFailed"}
        }
        if any(kind in ended for kind, _ in steps.get((), ())):
            known = homes(self._definition)
            failed |= {name for name, home in known.items() if home.type in CONTAINERS}
        return failed

    def _sequence_of_unlinked(self, matcher: Matcher) -> bool:
        """The same events in any order, and the states outside of containers in this one."""
        wanted, found = ([_step(event) for event in side] for side in self._plain)
        fine = True
        if Counter(wanted) != Counter(found):
            missing, more = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
            fine = matcher.differ("events", [*missing.elements()], [*more.elements()])
        known = homes(self._definition)
        outer = [[step for step in side if _is_outer(step, known)] for side in (wanted, found)]
        return fine if outer[0] == outer[1] else matcher.differ("states in order", *outer)

    # -- L4 ----------------------------------------------------------------------------------

    def events(self, matcher: Matcher) -> bool:
        """Whether every field of every event agrees, and the links between them."""
        if not self.has_links:
            return self._events_of_unlinked(matcher)
        pairs = self.pairs()
        ids = self.ids(pairs)
        return every(self.agrees(pair, ids, matcher) for pair in pairs)

    def pairs(self) -> list[Pair]:
        """Events by their number within their thread; those without a partner come last."""
        theirs, ours = self._expected, self._got
        found = []
        for group in {**theirs.groups, **ours.groups}:
            wanted, got = theirs.groups.get(group, []), ours.groups.get(group, [])
            for index in range(max(len(wanted), len(got))):
                expected = wanted[index] if index < len(wanted) else None
                own = got[index] if index < len(got) else None
                state = self._state(expected, own)
                found.append(Pair(expected, own, state))
        return sorted(found, key=lambda pair: (pair.expected is None, _number(pair)))

    def _state(self, expected: Event | None, got: Event | None) -> str | None:
        if expected is not None:
            return self._expected.states[expected["id"]]
        return None if got is None else self._got.states[got["id"]]

    @staticmethod
    def ids(pairs: Iterable[Pair]) -> dict[int, int]:
        """Recorded id -> ours."""
        both = (pair for pair in pairs if pair.expected is not None and pair.got is not None)
        return {0: 0} | {pair.expected["id"]: pair.got["id"] for pair in both}  # type: ignore[index]  # both are there

    def agrees(self, pair: Pair, ids: Mapping[int, int], matcher: Matcher) -> bool:
        expected, got = pair.expected, pair.got
        if expected is None or got is None:
            return matcher.differ(_title(pair), _brief(expected), _brief(got))
        fine = same_event(matcher, expected, got, _title(pair))
        if expected.get("type") in LOOSE:
            return fine
        if ids.get(expected["previousEventId"]) == got["previousEventId"]:
            return fine
        place = f"{_title(pair)}.previousEventId"
        return matcher.differ(place, expected["previousEventId"], got["previousEventId"])

    def _events_of_unlinked(self, matcher: Matcher) -> bool:
        expected, left = self._plain[0], list(self._plain[1])
        fine = len(expected) == len(left) or matcher.differ("events", len(expected), len(left))
        for index, event in enumerate(expected):
            for place, own in enumerate(left):
                trial = matcher.trial()
                if same_event(trial, event, own, ""):
                    matcher.adopt(trial)
                    del left[place]
                    break
            else:
                fine = matcher.differ(f"events[{index + 1}]", _brief(event), None)
        return fine


def same_event(matcher: Matcher, expected: Event, got: Event, place: str) -> bool:
    """Type and details; ids, links and times are not looked at."""
    if expected.get("type") != got.get("type"):
        return matcher.differ(f"{place}.type", expected.get("type"), got.get("type"))
    wanted, own = details_of(expected), details_of(got)
    fine = True
    for name in sorted({*wanted, *own}):
        a, b = wanted.get(name, _ABSENT), own.get(name, _ABSENT)
        where = f"{place}.{name}"
        if a is _ABSENT or b is _ABSENT:
            if (b if a is _ABSENT else a) not in _EMPTY:
                sides = (None if side is _ABSENT else side for side in (a, b))
                fine = matcher.differ(where, *sides)
        elif name in _MARKS and isinstance(a, dict) and isinstance(b, dict):
            if a.get("truncated", False) != b.get("truncated", False):
                fine = matcher.differ(where, a, b)
        elif name == "assignedVariables" and isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                fine = matcher.differ(where, a, b)
            else:
                same = [matcher.same(a[key], b[key], f"{where}.{key}", text=True) for key in a]
                fine = all(same) and fine
        else:
            fine = matcher.same(a, b, where, text=name in _TEXTS) and fine
    return fine


def _without_ends(events: Sequence[Event]) -> list[Event]:
    """What the recorders' own sorting did to a Parallel: of two end events in a row one is lost.

    They put the sorted events in place of all since the start, and went on by number in a list that
    had become shorter. The order does not matter here.
    """
    left = list(events)
    body: list[Event] = []
    inside, start, at = False, 0, 0
    while at < len(left):
        kind = left[at].get("type")
        if kind in _PARALLEL_ENDS:
            if start:
                left[start:at] = body
            inside = False
        elif kind == "ParallelStateStarted":
            inside, body, start = True, [], at + 1
        elif inside:
            body.append(left[at])
        at += 1
    return left


def _may_stop(wanted: Sequence[Step], found: Sequence[Step]) -> bool:
    """Is one the beginning of the other, and nothing decisive missing in ours?"""
    shared = min(len(wanted), len(found))
    decides = any(
        kind.endswith(("Failed", "TimedOut")) or kind == "FailStateEntered" for kind, _ in wanted
    )
    return wanted[:shared] == found[:shared] and not (decides and len(found) < len(wanted))


def _first(wanted: Sequence[Step], found: Sequence[Step]) -> int:
    shared = min(len(wanted), len(found))
    return next((at for at in range(shared) if wanted[at] != found[at]), shared)


def _named(key: Key) -> str:
    """A thread for people: "Notify, round 1, [2]"."""
    steps = (f"{container} (start {start})[{index}]" for container, start, index in key)
    return "/".join(steps) or "the execution"


def _step(event: Event) -> Step:
    kind = str(event.get("type"))
    return kind, name_of(event) if kind.endswith(("Entered", "Exited")) else None


def _is_outer(step: Step, known: Mapping[str, Any]) -> bool:
    kind, name = step
    if name is None:
        return kind.startswith("Execution")
    return name not in known or not known[name].containers


def _number(pair: Pair) -> int:
    event = pair.expected or pair.got or {}
    return int(event.get("id") or 0)


def _title(pair: Pair) -> str:
    event = pair.expected or pair.got or {}
    return f"event {event.get('id')} {event.get('type')}"


def _brief(event: Event | None) -> Any:
    """An event without its id, links and time."""
    return None if event is None else {"type": event.get("type"), **details_of(event)}
