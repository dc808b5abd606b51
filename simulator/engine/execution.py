"""Execution: status, output, history."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, NoReturn, TypeAlias

from simulator.asl.model import StateMachine
from simulator.engine.clock import iso, moment_of
from simulator.engine.fibers import Signal
from simulator.engine.history import FIELDS, History, HistoryEvent, Raw, Text
from simulator.engine.map_runs import MapRun
from simulator.engine.runtime import Runtime
from simulator.errors import LimitReached
from simulator.values import Json

Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Kind: TypeAlias = Literal["STANDARD", "EXPRESS"]


class Failed(Exception):
    """A workflow's error on its way up through states, branches and iterations.

    `also` holds further names that Retry and Catch may use for it (States.HeartbeatTimeout).
    The thread's `last` event is the one that says so. A `final` one ends the execution: nothing
    retries or catches it.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None,
        also: Sequence[str] = (),
        *,
        contained: bool = True,
        final: bool = False,
    ) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.also = also
        # AWS: no MapStateFailed when the Map's own fields are at fault (recorded).
        self.contained = contained
        self.final = final


NO_LIMIT = sys.maxsize


class HistoryFull(Exception):
    """The execution may write its last event only."""


# Index, value, key and source of an item: the context object's Map.Item.
MapItem: TypeAlias = "tuple[int, Json, str | None, str]"


class Thread:
    """One thread of control: the execution itself, a Parallel branch or a Map iteration.

    `last` is the id of the event that the next one follows. `bound` is at least the size in bytes
    of the value that goes into the next state. `current` is the state it is in, with
    its type, for the Aborted events when a sibling fails. For a redrive: `entered` is the id of
    the last StateEntered of a Task, Parallel or Map; `stopped_at` the state that an error or the
    end of the execution left, with its input; `held` what became of its branches or iterations.
    """

    __slots__ = (
        "bound", "current", "entered", "held", "last", "stopped_at", "variables", "where",
    )  # fmt: skip

    def __init__(self, last: int, variables: dict[str, Json], where: str) -> None:
        self.last = last
        self.variables = variables
        self.where = where
        self.bound = NO_LIMIT
        self.current: tuple[str, str] | None = None
        self.entered = 0
        self.stopped_at: tuple[str, Json] | None = None
        self.held: Held | None = None

    def take_held(self, attempt: int) -> Held | None:
        """What to go on with when this attempt follows a redrive (0); a fresh one starts anew."""
        held, self.held = self.held, None
        return held if attempt == 0 else None


@dataclass(slots=True)
class Held:
    """What a Parallel or Map has done so far: branches or iterations that ended have results, all
    others threads. A distributed Map has its Map Run instead.
    """

    results: dict[int, Json] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    map_run: MapRun | None = None


class Choice(NamedTuple):
    """What one visit of a state decided: the rule, retrier or catcher by its number from 0.

    `entered` is the id of the visit's StateEntered. "exhausted": the retrier has no attempt left.
    A Choice that took its Default has the rule -1.
    """

    kind: Literal["rule", "retry", "exhausted", "catch"]
    entered: int
    number: int


class Execution:
    """One run of a state machine. Everything that changes is here; the machine is a value.

    `output` is None until it succeeds; `error` and `cause` are None when AWS leaves them out.
    `done` resolves when the execution has ended, however it ended; a redrive makes it anew.
    `map_run` is set for the children of a distributed Map, `root` is the execution that nobody's
    Map started. `redriven` is the instant of the last redrive, in ticks. `choices` is None unless
    the Engine audits: histories do not say which of several ways to the same state was taken. Nor
    do they say what expressions decided: `decisions` counts it, by state, number of the decision
    within it (asl.audits) and "then" or "else".
    """

    status: Status = "RUNNING"
    output: Json = None
    error: str | None = None
    cause: str | None = None
    stopped: int | None = None
    redrive_count = 0
    redriven: int | None = None
    transitions = 0
    decisions: Counter[tuple[str, int, str]] | None = None
    _forgotten = 0
    _context: dict[str, Json] | None = None

    def __init__(
        self,
        *,
        arn: str,
        name: str,
        machine: StateMachine,
        workflow: str,
        state_machine_arn: str,
        role_arn: str,
        kind: Kind,
        payload: Json,
        text: str | None,
        runtime: Runtime,
        seed: str,
        parent: Execution | None,
        sync: bool = False,
        map_run: MapRun | None = None,
        version_arn: str | None = None,
        alias_arn: str | None = None,
    ) -> None:
        self.sync = sync
        self.map_run = map_run
        self.version_arn = version_arn
        self.alias_arn = alias_arn
        self.arn = arn
        self.name = name
        self.machine = machine
        self.workflow = workflow
        self.state_machine_arn = state_machine_arn
        self.role_arn = role_arn
        self.kind = kind
        self.input = payload
        self.input_text = text
        self.runtime = runtime
        self.clock = runtime.clock
        self.payload_bytes = runtime.limits.payload_bytes
        self.seed = seed
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.started = runtime.clock.ticks
        self.done: Signal[None] = Signal()
        self.log: list[Any] = []
        # What scripts count on: the children of a distributed Map are one with their parent.
        shared = parent if map_run is not None else None
        self.entries: dict[str, int] = {} if shared is None else shared.entries
        self.thread = Thread(0, {}, "")
        self.map_runs: list[MapRun] = []
        # AWS: Standard histories end at 25,000 events; Express ones have no such limit (docs).
        self._event_limit = runtime.limits.history_events if kind == "STANDARD" else NO_LIMIT
        # Events with smaller ids may be added to `log` by whoever is in a hurry.
        self.care_from = 2 if text is not None else self._event_limit
        self.choices: list[Choice] | None = None
        if runtime.audits:
            self.choices, self.decisions = [], Counter()
        if runtime.observers or runtime.audits or not runtime.keeps_history:
            self.care_from = 0

    def write(self, kind: str, previous: int, state: str | None = None, parts: Any = ()) -> int:
        """Add an event; returns its id. Raises HistoryFull when only the last one may come.

        `parts` are what the details are made of (history.Raw).
        """
        log = self.log
        number = len(log) // FIELDS + 1
        if number >= self.care_from:
            if self.event_count + 1 >= self._event_limit:  # its last place is for the end
                raise HistoryFull
            return self._add((kind, previous, self.clock.ticks, state, parts))
        log += (kind, previous, self.clock.ticks, state, parts)
        return number

    def write_last(self, kind: str, previous: int, parts: tuple[Any, ...]) -> int:
        return self._add((kind, previous, self.clock.ticks, None, parts))

    def _add(self, raw: Raw) -> int:
        number = self.event_count + 1
        runtime = self.runtime
        if number == 2 and self.input_text is not None:
            raw = (*raw[:4], (Text(self.input_text),))
            if self.care_from:
                self.care_from = self._event_limit
        if runtime.keeps_history:
            self.log += raw
        else:
            self._forgotten = number
        if runtime.observers:
            event = HistoryEvent(number, raw)
            for observer in runtime.observers:
                observer.see(self.arn, event)
        return number

    def chose(
        self, kind: Literal["rule", "retry", "exhausted", "catch"], entered: int, number: int
    ) -> None:
        if self.choices is not None:
            self.choices.append(Choice(kind, entered, number))

    @property
    def event_count(self) -> int:
        """How many events there were: the id of the last one, kept or not."""
        return len(self.log) // FIELDS + self._forgotten

    @property
    def root(self) -> Execution:
        parent = self.parent if self.map_run is not None else None
        return self if parent is None else parent.root

    def revive(self) -> None:
        """Back to RUNNING for a redrive; everything that describes an end is forgotten."""
        self.status = "RUNNING"
        self.error = self.cause = self.stopped = None
        self.done = Signal()
        self.redrive_count += 1
        self.redriven = self.clock.ticks
        self._context = None
        self.thread.last = self.write(
            "ExecutionRedriven", self.event_count, None, (self.redrive_count,)
        )

    def count_transition(self) -> None:
        self.transitions += 1
        if self.transitions > self.runtime.limits.transitions:
            self.refuse_more_states()

    def refuse_more_states(self) -> NoReturn:
        raise LimitReached(
            "transitions",
            f"execution {self.name} of {self.workflow} entered more than"
            f" {self.runtime.limits.transitions} states; does it loop without end?",
        )

    @property
    def history(self) -> History:
        return History(self.log)

    @property
    def started_at(self) -> datetime:
        return moment_of(self.started)

    @property
    def stopped_at(self) -> datetime | None:
        return None if self.stopped is None else moment_of(self.stopped)

    def visited(self) -> list[str]:
        """Names of the states entered, in the order of the history."""
        kinds, states = self.log[::FIELDS], self.log[3::FIELDS]
        return [
            state
            for kind, state in zip(kinds, states, strict=True)
            if kind.endswith("StateEntered")
        ]

    def context(self) -> dict[str, Json]:
        """The members of the context object that stay the same; in AWS's order (recorded)."""
        if self._context is None:
            run: dict[str, Json] = {"Id": self.arn, "Input": self.input}
            start = iso(self.started)
            if self.kind == "STANDARD":
                run |= {"StartTime": start, "Name": self.name, "RoleArn": self.role_arn}
            else:
                run |= {"Name": self.name, "RoleArn": self.role_arn, "StartTime": start}
            # StartSyncExecution has none (recorded).
            if not self.sync and self.runtime.behaviour.redrive_count:
                run["RedriveCount"] = self.redrive_count
            if self.redriven is not None:
                run["RedriveTime"] = iso(self.redriven)
            machine: Json = {"Id": self.state_machine_arn, "Name": self.workflow}
            self._context = {"Execution": run, "StateMachine": machine}
        return self._context

    def __repr__(self) -> str:
        return f"<Execution {self.workflow} {self.name} {self.status}>"
