"""When every event of a recorded history happened, at the earliest, where it has no times.

Recordings keep the order alone. What a definition says about time (a Wait's literal seconds, a
retrier's interval, a task's timeout) must have passed all the same, for the other threads too: a
task that ended after the Wait of a sibling must not be answered before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from simulator.asl.graph import all_states
from simulator.asl.model import Map, Parallel, Retrier, StateMachine, Task, Wait
from simulator.engine.retry import delay_seconds, find_retrier
from simulator.verify.threads import Event, Key, details_of, has_links, places

STEP: Final = 1_000  # microseconds between two events, when nothing else is known
_SECOND: Final = 1_000_000
_FAILED: Final = ("Failed", "TimedOut")
# How tasks end, whatever they are.
_ENDS: Final = frozenset(
    f"{kind}{end}"
    for kind in ("Task", "LambdaFunction", "Activity")
    for end in (*_FAILED, "Succeeded")
)

_AT_ONCE: Final = frozenset({"TaskStateExited", "EvaluationFailed"})


def moments(events: Sequence[Event], machine: StateMachine, definition: object) -> list[int]:
    """Microseconds from the start for each event."""
    if not has_links(events):
        return [place * STEP for place in range(len(events))]
    times = _Times(machine)
    found: list[int] = []
    for event, place in zip(events, places(events, definition), strict=True):
        now = found[-1] + STEP if found else 0
        found.append(max(now, times.of(event, place.key, place.state, now)))
    return together(events, found)


def together(events: Sequence[Event], times: Sequence[int]) -> list[int]:
    """Tasks that end side by side end at one moment: each may still say so when one of them makes
    the others stop. What a task's end brings with it at once tells no time. Those that ended in
    another order than they began keep it.
    """
    found: list[int] = []
    side: tuple[int, int] | None = None  # moment and begin of the last of tasks side by side
    for event, time in zip(events, times, strict=True):
        kind, began = str(event.get("type")), event.get("previousEventId") or 0
        if kind in _ENDS:
            moment = time if side is None or began < side[1] else side[0]
            side = (moment, began)
            found.append(moment)
            continue
        found.append(time)
        if kind not in _AT_ONCE:
            side = None
    return found


class _Times:
    def __init__(self, machine: StateMachine) -> None:
        self._waits: dict[str, int] = {}
        self._retriers: dict[str, Sequence[Retrier]] = {}
        for state in all_states(machine):
            if isinstance(state, Wait) and state.field == "Seconds":
                if isinstance(state.delay.source, int):
                    self._waits[state.name] = state.delay.source
            elif isinstance(state, Task | Map | Parallel):
                self._retriers[state.name] = state.retriers
        self._limits: dict[tuple[Key, str | None], int] = {}  # seconds until a task times out
        self._begun: dict[tuple[Key, str | None], int] = {}
        self._used: Counter[tuple[Key, str, int]] = Counter()
        self._failures: dict[tuple[Key, str | None], tuple[int, str | None]] = {}

    def of(self, event: Event, key: Key, state: str | None, now: int) -> int:
        """The earliest moment of the event, which is `now` or later."""
        kind, own, where = str(event.get("type")), details_of(event), (key, state)
        if kind.endswith("StateEntered"):
            self._begun[where] = now
            self._failures.pop(where, None)
            for used in [used for used in self._used if used[:2] == where]:
                del self._used[used]
        elif kind == "WaitStateExited":
            return self._begun.get(where, 0) + self._waits.get(state or "", 0) * _SECOND
        elif kind.endswith("Scheduled"):
            begins = self._again(where)
            self._begun[where] = max(now, begins)
            limits = [own.get(name) for name in ("timeoutInSeconds", "heartbeatInSeconds")]
            given = [limit for limit in limits if isinstance(limit, int)]
            self._limits[where] = min(given, default=0)
            return begins
        elif kind.endswith(_FAILED) and not kind.startswith("Execution"):
            moment = now
            if kind.endswith("TimedOut"):
                limit = self._limits.get(where, 0) * _SECOND
                moment = max(now, self._begun.get(where, 0) + limit)
            self._failures[where] = (moment, _error(own))
            return moment
        return now

    def _again(self, where: tuple[Key, str | None]) -> int:
        """When a task is scheduled that has failed before: after its retrier's interval."""
        failure = self._failures.pop(where, None)
        if failure is None:
            return 0
        moment, error = failure
        state = where[1] or ""
        retriers = self._retriers.get(state, ())
        index = find_retrier(retriers, error, ())
        if index is None or retriers[index].jitter:
            return moment
        used = (where[0], state, index)
        delay = delay_seconds(retriers[index], self._used[used])
        self._used[used] += 1
        return moment + round(delay * _SECOND)


def _error(details: Mapping[str, object]) -> str | None:
    error = details.get("error")
    return error if isinstance(error, str) else None
