"""TaskRunners that answer as the recording does, or as its mock file says."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, TypeAlias

from simulator.engine.engine import Engine
from simulator.engine.history import HistoryEvent
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.engine.runtime import TokenError
from simulator.errors import SimulatorError
from simulator.verify.mock_file import MockedState
from simulator.verify.moments import STEP
from simulator.verify.threads import Follower, Home, Key

Task: TypeAlias = Mapping[str, Any]
NEVER: Final = timedelta(days=400)  # longer than any execution lasts
_NAMED: Final = ("StateEntered", "StateExited")


class NotRecorded(SimulatorError):
    """The run asks for a result that the recording does not have."""


class NotReplayable(SimulatorError):
    """The recording does not hold what a replay needs."""


class Spot:
    """Where tasks are called from, in the words of a recording: thread, entry and attempt."""

    def __init__(self, execution: str, homes: Mapping[str, Home]) -> None:
        self._execution = execution
        self._follower = Follower(homes)
        self._entries: Counter[tuple[Key, str]] = Counter()
        self._attempts: Counter[tuple[Key, str]] = Counter()
        self._threads: dict[str, Key] = {}  # "Notify[1]/Ledger" -> its thread of this round

    def see(self, execution: str, event: HistoryEvent) -> None:
        """An Observer of the engine. Children of distributed Maps are not followed."""
        if execution != self._execution:
            return
        kind, state, index = event.type, event.state, None
        if kind.startswith("MapIteration"):
            state, index = event.parts[0], event.parts[1]
        elif kind == "EvaluationFailed":
            state = event.parts[0]
        elif not kind.endswith(_NAMED):
            state = None
        place = self._follower.add(event.id, kind, event.previous, state, index)
        if kind == "TaskStateEntered" and state is not None:
            around = "".join(f"{container}[{number}]/" for container, _, number in place.key)
            self._threads[around + state] = place.key
            self._entries[place.key, state] += 1
            self._attempts[place.key, state] = 0

    def of(self, call: TaskCall) -> tuple[Key | None, int, int]:
        """Thread, entry and attempt of a call, which counts as one; no thread: in a child."""
        thread = self._threads.get(call.where) if call.execution == self._execution else None
        if thread is None:
            return None, call.entry, call.attempt
        place = (thread, call.state)
        self._attempts[place] += 1
        return thread, self._entries[place], self._attempts[place]


class Recorded:
    """Answers each task as the service's did, at its place in the recorded order.

    `moments` says when each recorded event happened, in microseconds from the start.
    """

    def __init__(self, tasks: Sequence[Task], spot: Spot, moments: Sequence[int]) -> None:
        self._spot = spot
        self._moments = moments
        self._exact: dict[tuple[str, Key, int, int], Task] = {}
        self._by_state: dict[str, deque[Task]] = defaultdict(deque)
        for task in sorted(tasks, key=lambda task: task.get("scheduled_event") or 0):
            self._by_state[task["state"]].append(task)
            if task.get("path") is not None:  # None where the recording has lost it
                thread = tuple((name, start, index) for name, start, index in task["path"])
                self._exact[task["state"], thread, task["entry"], task["attempt"]] = task
        self.tokens: set[str] = set()
        self.engine: Engine | None = None
        self._started = timedelta(0)

    def attach(self, engine: Engine) -> None:
        """The engine to settle tokens in; its clock stands at the start of the execution."""
        self.engine = engine
        self._started = timedelta(microseconds=engine.runtime.clock.ticks)

    # -- which task ----------------------------------------------------------------------------

    def find(self, call: TaskCall) -> Task | None:
        """The recorded task of a call, each once; None when there is none left."""
        thread, entry, attempt = self._spot.of(call)
        left = self._by_state[call.state]
        found = None if thread is None else self._exact.get((call.state, thread, entry, attempt))
        if found is None or not any(task is found for task in left):
            found = next((task for task in left if task["attempt"] == attempt), None)
        if found is None:
            return left.popleft() if left else None
        del left[next(place for place, task in enumerate(left) if task is found)]
        return found

    def run(self, call: TaskCall) -> TaskResult:
        """Raises NotRecorded and NotReplayable."""
        if call.token is not None:
            self.tokens.add(call.token)
        task = self.find(call)
        if task is not None:
            return self.answer(call, task)
        if ":activity:" in call.resource:
            # AWS: the history of an execution whose activity is gone has no task (recorded).
            return Failure("States.Runtime", f"The activity {call.resource} does not exist.")
        if call.execution != call.root:
            raise NotReplayable(
                f"the state '{call.state}' runs in child executions of a distributed Map, which are"
                " not in the history of their parent"
            )
        raise NotRecorded(
            f"the state '{call.state}' calls {call.resource}, and the recording has no result for it"
        )

    # -- what it answers -----------------------------------------------------------------------

    def answer(self, call: TaskCall, task: Task) -> TaskResult:
        result, took = task["result"], self._until(task)
        status = result["status"]
        if status in {"timed_out", "unknown"}:  # unknown: it had not ended
            given: Success | Failure | None = None
        elif status == "failed":
            given = Failure(result.get("error"), result.get("cause"), took)
        else:
            given = Success(result.get("output"), took)
        if call.token is None or (task.get("submitted") is None and not _is_activity(call)):
            return Success(None, NEVER) if given is None else given
        if _is_activity(call):
            self._take(call, task)
        self._beat(call, task, took)
        if given is not None:
            self.settle(call.token, given, took)
        return Pending(task.get("submitted") or {})

    def settle(self, token: str, given: Success | Failure, took: timedelta) -> None:
        engine = self._engine

        def send() -> None:
            # Its task may have ended in another way, which the history tells.
            with suppress(TokenError):
                engine.settle(token, given)

        engine.runtime.clock.call_after(took, send)

    @property
    def _engine(self) -> Engine:
        if self.engine is None:
            raise TypeError("attach an engine before it runs")
        return self.engine

    def _until(self, task: Task) -> timedelta:
        """How long from now to the recorded end."""
        return self._from_now(task.get("finished_event"))

    def _from_now(self, event: int | None) -> timedelta:
        """How long from now to a recorded event; `event` counts from 0."""
        now = timedelta(microseconds=self._engine.runtime.clock.ticks) - self._started
        return max(timedelta(0), timedelta(microseconds=self._moment(event or 0)) - now)

    def _moment(self, event: int) -> int:
        known = self._moments
        return known[event] if event < len(known) else event * STEP

    def _take(self, call: TaskCall, task: Task) -> None:
        """A worker fetches the activity's task, if one ever did."""
        if task["result"]["status"] == "unknown" and task.get("started_event") is None:
            return
        engine, worker = self._engine, task.get("worker_name")
        started = task.get("started_event")
        wait = self._from_now(
            (task.get("scheduled_event") or 0) + 1 if started is None else started
        )
        take = lambda: engine.take_activity(call.resource, worker)  # noqa: E731 - a callback
        engine.runtime.clock.call_after(wait, take)  # type: ignore[arg-type]  # the task is not needed

    def _beat(self, call: TaskCall, task: Task, took: timedelta) -> None:
        """Heartbeats are not in a history: as often as needed for the recorded end to come."""
        seconds = task.get("heartbeat_seconds")
        if not seconds or call.token is None:
            return
        every = timedelta(seconds=seconds) / 2
        last = (
            took - timedelta(seconds=seconds) if task["result"]["status"] == "timed_out" else took
        )
        engine, token = self._engine, call.token

        def beat() -> None:
            try:
                engine.heartbeat(token)
            except TokenError:
                return  # it has ended

        for number in range(1, last // every + 1):
            engine.runtime.clock.call_after(every * number, beat)


class Mocked(Recorded):
    """Answers by a Step Functions Local mock file; what it does not mock, by the recording."""

    def __init__(
        self, states: Mapping[str, MockedState], tasks: Sequence[Task], spot: Spot
    ) -> None:
        super().__init__(tasks, spot, ())
        self._states = states
        self._used: Counter[str] = Counter()

    def run(self, call: TaskCall) -> TaskResult:
        """Raises NotRecorded, also when a state is called more often than the file has answers."""
        mocked = self._states.get(call.state)
        if mocked is None:
            return super().run(call)
        number = self._used[call.state]
        self._used[call.state] += 1
        given = mocked.answer(number)
        if given is None:
            raise NotRecorded(
                f"the state '{call.state}' is called {number + 1} times, and its mocked response"
                f" '{mocked.response}' ends after {mocked.length}"
            )
        if isinstance(given, Success) and not call.resource.partition(":::")[1]:
            given = Success(_payload(given.output))
        task = self.find(call)
        if call.token is None or task is None or task.get("submitted") is None:
            return given
        # The file has no word for what the service answered at once.
        self.settle(call.token, given, timedelta(0))
        return Pending(task["submitted"])


def _payload(output: Any) -> Any:
    """A function called by its ARN gives the Payload of what lambda:invoke would (recorded)."""
    if isinstance(output, dict) and "Payload" in output:
        return output["Payload"]
    return output


def _is_activity(call: TaskCall) -> bool:
    return ":activity:" in call.resource
