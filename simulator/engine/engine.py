"""Engine: start, stop, settle — the executions of one world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.asl.audits import audited
from simulator.asl.model import StateMachine
from simulator.engine.behaviour import CURRENT, Behaviour
from simulator.engine.branches import RunGraph
from simulator.engine.clock import Timer
from simulator.engine.execution import Execution, Failed, HistoryFull, Kind, Thread
from simulator.engine.fibers import Fiber, Scheduler
from simulator.engine.graphs import make_graph
from simulator.engine.history import Text
from simulator.engine.limits import Limits, fits, size_bound
from simulator.engine.map_runs import Child, MapRun, uuid_of
from simulator.engine.ports import (
    Decisions,
    Failure,
    FirstOption,
    ItemStore,
    Observer,
    Success,
    TaskRunner,
)
from simulator.engine.redrive import NotRedrivable, not_redrivable
from simulator.engine.retry import FATAL
from simulator.engine.runtime import OpenTask, Runtime, TokenError
from simulator.errors import LimitReached
from simulator.values import Json

SECOND = 1_000_000


@dataclass(slots=True)
class _Running:
    fiber: Fiber[None]
    timer: Timer | None


class Engine:
    """Runs executions on one scheduler. Knows nothing of AWS but the names in histories.

    `seed` makes everything that looks like chance: jitter, UUIDs, task tokens. With `history` "off"
    events are numbered and shown to observers, and not kept: an execution's history is empty. With
    `audit` each execution keeps its `choices` and `decisions`.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        tasks: TaskRunner,
        *,
        decisions: Decisions | None = None,
        observers: Sequence[Observer] = (),
        limits: Limits | None = None,
        seed: int = 0,
        items: ItemStore | None = None,
        behaviour: Behaviour = CURRENT,
        history: Literal["full", "off"] = "full",
        audit: bool = False,
    ) -> None:
        self.runtime = Runtime(
            scheduler, tasks, decisions or FirstOption(), observers, limits or Limits(), items,
            behaviour, self,
        )  # fmt: skip
        self.runtime.keeps_history = history == "full"
        self.runtime.audits = audit
        self.seed = seed
        self._compiled: dict[int, tuple[StateMachine, RunGraph]] = {}
        self._running: dict[str, _Running] = {}
        # The child executions of distributed Maps by ARN; who starts the others knows them.
        self.children: dict[str, Execution] = {}

    def start(
        self,
        machine: StateMachine,
        payload: Json,
        *,
        name: str,
        text: str | None = None,
        workflow: str = "machine",
        arn: str = "",
        state_machine_arn: str = "",
        role_arn: str = "",
        kind: Kind = "STANDARD",
        parent: Execution | None = None,
        sync: bool = False,
        map_run: MapRun | None = None,
        version_arn: str | None = None,
        alias_arn: str | None = None,
        seed: str | None = None,
    ) -> Execution:
        """Arrange a run that begins now; it moves when the scheduler runs.

        `sync`: the caller waits for its end (StartSyncExecution). `text` is the caller's own JSON
        text, shown as it is by the first two events. `version_arn` and `alias_arn` say how the
        caller named the machine. Raises LimitReached when executions start each other without end.
        """
        run = Execution(
            arn=arn or name,
            name=name,
            machine=machine,
            workflow=workflow,
            state_machine_arn=state_machine_arn,
            role_arn=role_arn,
            kind=kind,
            payload=payload,
            text=text,
            runtime=self.runtime,
            seed=f"{self.seed}/{workflow}/{name}" if seed is None else seed,
            parent=parent,
            sync=sync,
            map_run=map_run,
            version_arn=version_arn,
            alias_arn=alias_arn,
        )
        limit = self.runtime.limits.nested_executions
        if run.depth > limit:
            raise LimitReached(
                "nested_executions",
                f"{workflow} was started at depth {run.depth}, over {limit}; executions start each"
                " other in a circle",
            )
        shown: Json = payload if text is None else Text(text)
        names = () if version_arn is None and alias_arn is None else (alias_arn, version_arn)
        run.write("ExecutionStarted", 0, None, (shown, role_arn, *names))
        run.thread.bound = size_bound(payload, run.payload_bytes)
        self._launch(run)
        return run

    def _launch(self, run: Execution, *, again: bool = False) -> None:
        body = self._main(run, run.thread, again=again)
        fiber = self.runtime.scheduler.spawn(f"{run.workflow} {run.name}", body)
        self._running[run.arn] = _Running(fiber, self._time_limit(run))

    def start_child(
        self, parent: Execution, machine: StateMachine, child: Child, run: MapRun
    ) -> None:
        """Start the execution of one item or batch of a distributed Map."""
        number = run.launched
        run.launched += 1
        name = uuid_of(f"{run.seed}/{number}")
        execution = run.state_machine_arn.replace(":stateMachine:", ":execution:")
        child.run = self.start(
            machine,
            child.value,
            name=name,
            workflow=f"{parent.workflow}/{run.label}",
            arn=f"{execution}:{name}",
            state_machine_arn=run.state_machine_arn,
            role_arn=parent.role_arn,
            kind=run.kind,
            parent=parent,
            map_run=run,
            seed=f"{run.seed}/{number}",
        )
        self.children[child.run.arn] = child.run

    def redrive(self, run: Execution) -> None:
        """RedriveExecution: go on where the execution failed. Raises NotRedrivable."""
        reason = not_redrivable(run)
        if reason is not None:
            raise NotRedrivable(reason)
        run.revive()
        self._launch(run, again=True)

    def _time_limit(self, run: Execution) -> Timer | None:
        """The machine's TimeoutSeconds, or the service's own limit, which keeps no world alive.

        The STANDARD children of a distributed Map end with their parent.
        """
        if run.map_run is not None and run.kind == "STANDARD":
            return None
        limits, clock = self.runtime.limits, self.runtime.clock
        quota = limits.express_seconds if run.kind == "EXPRESS" else limits.standard_seconds
        own = run.machine.timeout_seconds
        seconds = quota if own is None else min(own, quota)
        at = clock.ticks + seconds * SECOND
        return clock.call_at(at, lambda: self._time_out(run), background=own is None)

    async def _main(self, run: Execution, thread: Thread, *, again: bool) -> None:
        graph = self._graph_of(run.machine)
        try:
            output = await graph(run, thread, run.input, again=again)
        except Failed as failure:
            self._fail(run, thread.last, failure.error, failure.cause)
        except HistoryFull:
            # AWS: the last event of a full history is ExecutionFailed (docs); the text is a guess.
            limit = run.runtime.limits.history_events
            cause = f"The execution reached the maximum number of history events ({limit})."
            self._fail(run, thread.last, FATAL, cause)
        else:
            run.output = output
            run.write_last("ExecutionSucceeded", thread.last, (output,))
            self._finish(run, "SUCCEEDED")

    def _fail(self, run: Execution, previous: int, error: str | None, cause: str | None) -> None:
        run.error, run.cause = error, cause
        run.write_last("ExecutionFailed", previous, (error, cause))
        self._finish(run, "FAILED")

    def _finish(self, run: Execution, status: str) -> None:
        run.status = status  # type: ignore[assignment]  # one of Status, from three callers
        run.stopped = self.runtime.clock.ticks
        running = self._running.pop(run.arn, None)
        if running is not None and running.timer is not None:
            running.timer.cancel()
        run.done.resolve(None)

    def _time_out(self, run: Execution) -> None:
        running = self._running.get(run.arn)
        if running is None:
            return
        running.fiber.cancel()
        # AWS: the event names the error, DescribeExecution shows none (recorded).
        run.write_last("ExecutionTimedOut", run.thread.last, ("States.Timeout", None))
        self._finish(run, "TIMED_OUT")

    def stop(self, run: Execution, *, error: str | None = None, cause: str | None = None) -> None:
        """StopExecution; an execution that has ended stays as it is."""
        running = self._running.get(run.arn)
        if running is None:
            return
        running.fiber.cancel()
        run.error, run.cause = error, cause
        run.write_last("ExecutionAborted", 0, (error, cause))  # AWS: follows event 0 (recorded)
        self._finish(run, "ABORTED")

    def settle(self, token: str, result: Success | Failure) -> OpenTask:
        """SendTaskSuccess and SendTaskFailure. Raises TokenError."""
        task = self.runtime.task_of(token)
        if isinstance(result, Success) and not fits(
            result.output, self.runtime.limits.payload_bytes
        ):
            raise TokenError("InvalidOutput", "Invalid Output: the output is over 262144 bytes")
        task.settled.resolve(result)
        return task

    def take_activity(self, arn: str, worker: str | None = None) -> OpenTask | None:
        """GetActivityTask: the oldest task of the activity that no worker has; None without one."""
        for task in self.open_tasks:
            if task.resource == arn and not task.taken.done:
                task.worker = worker
                task.beat = self.runtime.clock.ticks
                task.taken.resolve(None)
                return task
        return None

    def heartbeat(self, token: str) -> None:
        """SendTaskHeartbeat: restarts the heartbeat clock alone. Raises TokenError."""
        self.runtime.task_of(token).beat = self.runtime.clock.ticks

    @property
    def open_tasks(self) -> list[OpenTask]:
        return [task for task in self.runtime.open_tasks.values() if not task.settled.done]

    def _graph_of(self, machine: StateMachine) -> RunGraph:
        known = self._compiled.get(id(machine))
        if known is None:
            told = audited(machine) if self.runtime.audits else machine
            known = self._compiled[id(machine)] = (machine, make_graph(told.graph, top=True))
        return known[1]
