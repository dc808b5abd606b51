"""The Task state: one attempt, from scheduling the call to its result."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from simulator.asl.expressions import EvaluationError, Expression
from simulator.asl.integrations import parameter_check, sent_parameters
from simulator.asl.model import Task
from simulator.engine.clock import MICROSECOND
from simulator.engine.dataflow import make_input, too_large
from simulator.engine.execution import Execution, Failed, Thread
from simulator.engine.handling import make_guarded
from simulator.engine.limits import fits
from simulator.engine.ports import Failure, Pending, Success, TaskCall
from simulator.engine.retry import FATAL
from simulator.engine.runtime import OpenTask, new_token
from simulator.engine.scope import QUERY_ERROR, StateScope, failed_evaluation, runtime_failure
from simulator.engine.states import Node, type_name
from simulator.values import Json, compact

SECOND = 1_000_000
MOST = 99_999_999  # seconds: what the service allows for a timeout (docs)
_ACTIVITY = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:activity:")


@dataclass(frozen=True, slots=True)
class Resource:
    """What a Resource ARN says about events: `kind` prefixes them ("LambdaFunction", "Task")."""

    arn: str
    kind: Literal["LambdaFunction", "Activity", "Task"]
    type: str  # "lambda", "aws-sdk:dynamodb"
    name: str  # "invoke.waitForTaskToken"
    has_token: bool

    @property
    def title(self) -> str:
        """How a result that is too large names it (recorded)."""
        return self.type if self.kind == "Task" else self.arn


def read_resource(arn: str) -> Resource:
    if _ACTIVITY.match(arn):
        return Resource(arn, "Activity", "", "", has_token=True)
    _, separator, rest = arn.partition(":::")
    if not separator or ":states:" not in f"{arn.partition(':::')[0]}:":
        return Resource(arn, "LambdaFunction", "", "", has_token=False)
    head, dot, pattern = rest.partition(".")
    kind, _, action = head.rpartition(":")
    name = f"{action}{dot}{pattern}"
    return Resource(arn, "Task", kind, name, has_token="." in name)


def make_task(state: Task) -> Node:
    resource = read_resource(state.resource)
    return make_guarded(state, TaskWork(state, resource).attempt, None)


class TaskWork:
    """The attempts of one Task state."""

    __slots__ = ("add", "check", "prepare", "resource", "state", "unlimited")

    def __init__(self, state: Task, resource: Resource) -> None:
        self.state = state
        self.check = parameter_check(resource.arn, names_only=True)
        self.add = sent_parameters(resource.arn)
        self.resource = resource
        self.prepare = make_input(state.data)
        self.unlimited = (
            state.timeout is None and state.heartbeat is None and state.credentials is None
        )

    async def attempt(
        self, run: Execution, thread: Thread, scope: StateScope, value: Json, attempt: int
    ) -> Json:
        resource = self.resource
        before = scope.before if attempt == 1 else thread.last
        token = None
        if resource.has_token:
            token = new_token(f"{run.arn}/{run.seed}/{run.event_count}")
        scope.on_attempt(max(attempt, 1) - 1, token)
        try:
            payload = value if self.prepare is None else self.prepare(scope, value)
            limits = self._limits(scope, value)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, before) from None
        known = payload is value and thread.bound <= run.payload_bytes
        if not known and not fits(payload, run.payload_bytes):
            raise too_large(self.state.name)
        if self.check is not None and (wrong := self.check(payload)) is not None:
            field = "Arguments" if self.state.data.query_language == "JSONata" else "Parameters"
            raise runtime_failure(
                scope,
                f"The {field} '{compact(payload)}' could not be used to start the Task: [{wrong}]",
            )
        if self.add is not None:
            payload = self.add(payload)
        call = self._call(run, thread, payload, attempt, token, limits)
        if resource.kind == "Activity":
            return self._close(run, thread, await self._worked(scope, thread, call, limits))
        self._schedule(run, thread, payload, limits)
        deadline = None if limits[0] is None else run.clock.ticks + limits[0] * SECOND
        if token is None:
            result = self._answer(run, call)
            if result.took and not await _pass_time(run, result.took, deadline):
                result = _TIMED_OUT
        else:
            task = self._open(run, call, token)
            try:
                result = await self._settled(run, thread, call, task, deadline, limits[1])
            except BaseException:
                run.runtime.close_token(token, aborted=True)
                raise
            run.runtime.close_token(token)
        return self._close(run, thread, result)

    def _open(self, run: Execution, call: TaskCall, token: str) -> OpenTask:
        task = OpenTask(
            token, run.arn, run.workflow, self.state.name, call.where, self.resource.arn,
            run.clock.ticks, run.clock.ticks, call.payload,
        )  # fmt: skip
        run.runtime.open_token(task)
        return task

    def _limits(self, scope: StateScope, value: Json) -> tuple[int | None, int | None, str | None]:
        state = self.state
        if self.unlimited:
            return _NO_LIMITS
        timeout = _positive(scope, state.timeout, state.timeout_field, value)
        heartbeat = _positive(scope, state.heartbeat, state.heartbeat_field, value)
        role: Json = None
        if state.credentials is not None:
            wanted = state.credentials.evaluate(value, scope)
            role = wanted.get("RoleArn") if isinstance(wanted, dict) else wanted
            if not isinstance(role, str):
                raise runtime_failure(scope, "The value of the field 'RoleArn' is not a string")
            return timeout, heartbeat, role
        return timeout, heartbeat, None

    def _schedule(
        self,
        run: Execution,
        thread: Thread,
        payload: Json,
        limits: tuple[int | None, int | None, str | None],
    ) -> None:
        resource, name = self.resource, self.state.name
        timeout, heartbeat, role = limits
        if resource.kind == "LambdaFunction":
            parts: tuple[object, ...] = (resource.arn, payload, timeout, None, role)
            scheduled = run.write("LambdaFunctionScheduled", thread.last, name, parts)
            thread.last = run.write("LambdaFunctionStarted", scheduled, name)
            return
        kind, action = resource.type, resource.name
        region = run.state_machine_arn.split(":")[3] if run.state_machine_arn else ""
        parts = (kind, action, region, payload, timeout, heartbeat, role)
        scheduled = run.write("TaskScheduled", thread.last, name, parts)
        thread.last = run.write("TaskStarted", scheduled, name, (kind, action))

    def _call(
        self,
        run: Execution,
        thread: Thread,
        payload: Json,
        attempt: int,
        token: str | None,
        limits: tuple[int | None, int | None, str | None],
    ) -> TaskCall:
        name = self.state.name
        entry = run.entries.get(name, 0)
        if attempt == 1:
            entry += 1
            run.entries[name] = entry
        return TaskCall(
            resource=self.resource.arn,
            payload=payload,
            execution=run.arn,
            state_machine=run.state_machine_arn,
            workflow=run.workflow,
            state=name,
            where=f"{thread.where}{name}",
            attempt=attempt,
            entry=entry,
            token=token,
            timeout=None if limits[0] is None else timedelta(seconds=limits[0]),
            credentials=limits[2],
            kind=run.kind,
            root=run.root.arn,
        )

    async def _worked(
        self,
        scope: StateScope,
        thread: Thread,
        call: TaskCall,
        limits: tuple[int | None, int | None, str | None],
    ) -> Success | Failure:
        """An activity's result: from a worker, or scripted. Raises Failed when there is none.

        The world is asked first: for an activity that does not exist nothing is scheduled (recorded).
        """
        run, name = scope.execution, self.state.name
        answer = run.runtime.tasks.run(call)
        if isinstance(answer, Failure) and answer.error == FATAL:
            raise runtime_failure(scope, answer.cause or "")
        parts = (call.resource, call.payload, limits[0], limits[1], None)
        thread.last = run.write("ActivityScheduled", thread.last, name, parts)
        if not isinstance(answer, Pending):
            thread.last = run.write("ActivityStarted", thread.last, name, (None,))
            deadline = None if limits[0] is None else run.clock.ticks + limits[0] * SECOND
            return answer if await _pass_time(run, answer.took, deadline) else _TIMED_OUT
        task = self._open(run, call, call.token or "")
        try:
            await task.taken
            thread.last = run.write("ActivityStarted", thread.last, name, (task.worker,))
            # AWS: the timeout's clock starts when a worker has the task (docs).
            deadline = None if limits[0] is None else run.clock.ticks + limits[0] * SECOND
            return await self._wait(run, task, deadline, limits[1])
        finally:
            run.runtime.close_token(task.token)

    def _answer(self, run: Execution, call: TaskCall) -> Success | Failure:
        result = run.runtime.tasks.run(call)
        if isinstance(result, Pending):
            message = f"{call.resource} gives its result later, but the call has no token"
            raise TypeError(message)
        return result

    async def _settled(
        self,
        run: Execution,
        thread: Thread,
        call: TaskCall,
        task: OpenTask,
        deadline: int | None,
        heartbeat: int | None,
    ) -> Success | Failure:
        """Submit, then wait for the token to be settled; each wait is bounded as the state says."""
        first = run.runtime.tasks.run(call)
        if not await _pass_time(run, first.took, deadline):
            return _TIMED_OUT
        if isinstance(first, Failure):
            return first
        resource = self.resource
        submitted = first.submitted if isinstance(first, Pending) else {}
        thread.last = run.write(
            "TaskSubmitted", thread.last, call.state, (resource.type, resource.name, submitted)
        )
        if isinstance(first, Success):  # a scripted result stands for what a worker would send
            return first
        # AWS: the heartbeat clock starts once a synchronous submit has been answered (docs).
        task.beat = run.clock.ticks
        return await self._wait(run, task, deadline, heartbeat)

    async def _wait(
        self, run: Execution, task: OpenTask, deadline: int | None, heartbeat: int | None
    ) -> Success | Failure:
        """The token's result, or which of the two clocks ran out first."""
        while True:
            beat_by = None if heartbeat is None else task.beat + heartbeat * SECOND
            limit = min((x for x in (deadline, beat_by) if x is not None), default=None)
            if await run.runtime.scheduler.race(task.settled, limit):
                return task.settled.result()
            if deadline is not None and run.clock.ticks >= deadline:
                return _TIMED_OUT
            if heartbeat is not None and run.clock.ticks >= task.beat + heartbeat * SECOND:
                return _MISSED_BEAT

    def _close(self, run: Execution, thread: Thread, result: Success | Failure) -> Json:
        """Write how the task ended; the result's value, or Failed."""
        resource, name = self.resource, self.state.name
        own: tuple[object, ...] = (resource.type, resource.name) if resource.kind == "Task" else ()
        if isinstance(result, Success):
            if fits(result.output, run.runtime.limits.payload_bytes):
                parts = (*own, result.output)
                thread.last = run.write(f"{resource.kind}Succeeded", thread.last, name, parts)
                return result.output
            failed = too_large(resource.title, final=False)
        elif result is _TIMED_OUT or result is _MISSED_BEAT:
            also = ("States.HeartbeatTimeout",) if result is _MISSED_BEAT else ()
            failed = Failed("States.Timeout", None, also)
        else:
            failed = Failed(result.error, result.cause)
        timed_out = result is _TIMED_OUT or result is _MISSED_BEAT
        kind = f"{resource.kind}{'TimedOut' if timed_out else 'Failed'}"
        thread.last = run.write(kind, thread.last, name, (*own, failed.error, failed.cause))
        raise failed


_NO_LIMITS: tuple[None, None, None] = (None, None, None)
_TIMED_OUT = Failure("States.Timeout")
_MISSED_BEAT = Failure("States.Timeout")


async def _pass_time(run: Execution, took: timedelta, deadline: int | None) -> bool:
    """Let the call's duration pass; False when the deadline comes first."""
    ticks = took // MICROSECOND
    if deadline is not None and run.clock.ticks + ticks > deadline:
        await run.runtime.scheduler.sleep(deadline - run.clock.ticks)
        return False
    if ticks:
        await run.runtime.scheduler.sleep(ticks)
    return True


def _positive(
    scope: StateScope, expression: Expression | None, field: str, value: Json
) -> int | None:
    """A whole number of seconds, 1 to MOST. The texts are a guess; the names are recorded."""
    if expression is None:
        return None
    wanted = expression.evaluate(value, scope)
    if isinstance(wanted, float) and wanted.is_integer():
        wanted = int(wanted)
    if isinstance(wanted, int) and not isinstance(wanted, bool) and 0 < wanted <= MOST:
        return wanted
    if field.endswith("Path"):
        raise runtime_failure(
            scope,
            f"The {field} parameter references a value that is not a positive integer:"
            f" {expression.source} == {compact(wanted)}",
        )
    raise EvaluationError(
        QUERY_ERROR,
        f"The JSONata expression '{expression.quoted}' specified for the field '{field}' returned"
        f" an unexpected result type. Expected 'positive integer', but was '{type_name(wanted)}'"
        f" for value: {compact(wanted)}",
        field,
    )
