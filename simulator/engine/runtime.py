"""Runtime: what every execution of one world shares — scheduler, task runner, open tokens."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from simulator.engine.behaviour import Behaviour
from simulator.engine.clock import VirtualClock, moment_of
from simulator.engine.fibers import Scheduler, Signal
from simulator.engine.limits import Limits
from simulator.engine.ports import Decisions, Failure, ItemStore, Observer, Success, TaskRunner
from simulator.errors import SimulatorError
from simulator.values import Json

if TYPE_CHECKING:
    from simulator.asl.model import StateMachine
    from simulator.engine.execution import Execution
    from simulator.engine.map_runs import Child, MapRun


class TokenError(SimulatorError):
    """A task token that cannot be used. `code` is AWS's: InvalidToken or TaskTimedOut (recorded)."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(slots=True)
class OpenTask:
    """A task that waits for SendTaskSuccess, SendTaskFailure or the end of its job.

    `where` is the place among iterations and branches; `beat` the instant of the last heartbeat.
    `on_close` is called when the task stops waiting without having been settled: True when it was
    aborted, False when it timed out.
    For activities: `payload` is the task's input, `taken` resolves when a `worker` has fetched it.
    """

    token: str
    execution: str
    workflow: str
    state: str
    where: str
    resource: str
    opened: int
    beat: int
    payload: Json = None
    worker: str | None = None
    taken: Signal[None] = field(default_factory=Signal)
    settled: Signal[Success | Failure] = field(default_factory=Signal)
    on_close: Callable[[bool], None] | None = None

    @property
    def opened_at(self) -> datetime:
        return moment_of(self.opened)


class Executions(Protocol):
    """What a distributed Map asks of the Engine about its children."""

    def start_child(
        self, parent: Execution, machine: StateMachine, child: Child, run: MapRun
    ) -> None: ...

    def redrive(self, run: Execution) -> None: ...

    def stop(self, run: Execution) -> None: ...


class Runtime:
    """`items` is None where no distributed Map may read or write; `executions` is the Engine."""

    __slots__ = (
        "audits", "behaviour", "clock", "decisions", "executions", "items", "keeps_history",
        "limits", "observers", "open_tasks", "scheduler", "tasks",
    )  # fmt: skip

    def __init__(
        self,
        scheduler: Scheduler,
        tasks: TaskRunner,
        decisions: Decisions,
        observers: Sequence[Observer],
        limits: Limits,
        items: ItemStore | None,
        behaviour: Behaviour,
        executions: Executions,
    ) -> None:
        self.scheduler = scheduler
        self.clock: VirtualClock = scheduler.clock
        self.tasks = tasks
        self.decisions = decisions
        self.observers = tuple(observers)
        self.limits = limits
        self.items = items
        self.behaviour = behaviour
        self.keeps_history = True
        self.audits = False
        self.executions = executions
        self.open_tasks: dict[str, OpenTask] = {}

    def open_token(self, task: OpenTask) -> None:
        self.open_tasks[task.token] = task

    def close_token(self, token: str, *, aborted: bool = False) -> None:
        task = self.open_tasks.pop(token, None)
        if task is None:
            return
        if task.on_close is not None and not task.settled.done:
            task.on_close(aborted)

    def task_of(self, token: str) -> OpenTask:
        """Raises TokenError."""
        task = self.open_tasks.get(token)
        if task is None or task.settled.done:
            if task is not None or is_token(token):
                raise TokenError(
                    "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"
                )
            raise TokenError("InvalidToken", "Invalid Token: 'Invalid token'")
        return task


_SEALED = 48  # bytes of a token's 64; the others are made of them


def new_token(seed: str) -> str:
    """A task token: text without meaning, the same for the same run."""
    return _sealed(hashlib.sha512(seed.encode()).digest()[:_SEALED])


def is_token(text: str) -> bool:
    """Was it made by new_token? One that is not open has been closed then; nobody keeps a list."""
    try:
        given = base64.urlsafe_b64decode(text.removeprefix("AQC"))
    except ValueError:
        return False
    return text == _sealed(given[:_SEALED])


def _sealed(body: bytes) -> str:
    seal = hashlib.sha512(body).digest()[: 64 - _SEALED]
    return "AQC" + base64.urlsafe_b64encode(body + seal).decode()
