"""states:startExecution in its three forms: request-response, .sync and .sync:2."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from simulator.engine.execution import Execution
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.engine.redrive import not_redrivable
from simulator.engine.runtime import TokenError
from simulator.tasks.metadata import sdk_metadata
from simulator.values import Json, compact

ALLOWED = frozenset({"Input", "Name", "StateMachineArn"})


class StartRefused(Exception):
    """StartExecution refuses: `code` without suffix, as the API names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Starter(Protocol):
    """What Nested asks of the world it lives in."""

    def start_child(
        self, state_machine_arn: str, payload: Json, name: str | None, parent_arn: str
    ) -> Execution:
        """Raises StartRefused."""
        ...

    def stop_child(self, child: Execution) -> None:
        """StopExecution, as soon as whoever runs now has ended."""
        ...

    def settle(self, token: str, result: Success | Failure) -> None: ...

    def when_closed(self, token: str, action: Callable[[bool], None]) -> None:
        """See simulator/tasks/world.py."""
        ...


class Nested:
    def __init__(self, starter: Starter) -> None:
        self._starter = starter

    def run(self, call: TaskCall) -> TaskResult:
        payload = call.payload
        if not isinstance(payload, dict) or not isinstance(payload.get("StateMachineArn"), str):
            return _refused("ValidationException", "StateMachineArn must not be null")
        extra = sorted(set(payload) - ALLOWED)
        if extra:
            return Failure(
                "States.Runtime",
                f"The field {', '.join(map(repr, extra))} is not supported by states:startExecution;"
                f" it takes {', '.join(sorted(ALLOWED))}",
            )
        name = payload.get("Name")
        try:
            child = self._starter.start_child(
                str(payload["StateMachineArn"]),
                payload.get("Input", {}),
                None if name is None else str(name),
                call.execution,
            )
        except StartRefused as refusal:
            return _refused(refusal.code, refusal.message)
        answer: dict[str, Json] = {
            "ExecutionArn": child.arn,
            "StartDate": milliseconds(child.started_at),
            **sdk_metadata(call, now=child.started_at),
        }
        _, _, suffix = call.resource.partition(".")
        if suffix.startswith("sync") and call.token is not None:
            token, parsed = call.token, suffix == "sync:2"
            child.done.watch(lambda: self._ended(token, child, parsed=parsed))
            self._starter.when_closed(token, lambda aborted: self._left(child, aborted=aborted))
            return Pending(answer)
        return Pending(answer) if call.token is not None else Success(answer)

    def _left(self, child: Execution, *, aborted: bool) -> None:
        """AWS: the child of an aborted task is stopped, one of a task that timed out runs on (docs)."""
        if aborted and child.status == "RUNNING":
            self._starter.stop_child(child)

    def _ended(self, token: str, child: Execution, *, parsed: bool) -> None:
        described = describe(child, parsed=parsed)
        try:
            if child.status == "SUCCEEDED":
                self._starter.settle(token, Success(described))
            else:
                # AWS: always States.TaskFailed; the cause is the child's description (recorded).
                self._starter.settle(token, Failure("States.TaskFailed", compact(described)))
        except TokenError:
            pass  # the parent has gone on or ended: nobody waits for this child any more


def describe(child: Execution, *, parsed: bool) -> dict[str, Json]:
    """DescribeExecution in PascalCase; `parsed` is .sync:2, whose Input and Output are JSON."""
    answer: dict[str, Json] = {
        "ExecutionArn": child.arn,
        "Input": child.input if parsed else compact(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StartDate": milliseconds(child.started_at),
        "StateMachineArn": child.state_machine_arn,
        "Status": child.status,
    }
    if child.stopped_at is not None:
        answer["StopDate"] = milliseconds(child.stopped_at)
    if child.status == "SUCCEEDED":
        answer["Output"] = child.output if parsed else compact(child.output)
        answer["OutputDetails"] = {"Included": True}
    if child.runtime.behaviour.redrive_count:  # recorded since the service has redrive
        answer["RedriveCount"] = child.redrive_count
        reason = not_redrivable(child)
        answer["RedriveStatus"] = "REDRIVABLE" if reason is None else "NOT_REDRIVABLE"
        if reason is not None:
            answer["RedriveStatusReason"] = reason
    if child.error is not None:
        answer["Error"] = child.error
    if child.cause is not None:
        answer["Cause"] = child.cause
    return dict(sorted(answer.items()))


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _refused(code: str, message: str) -> Failure:
    error = f"StepFunctions.{code}"
    if not error.endswith("Exception"):
        error += "Exception"
    cause = (
        f"{message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {code};"
        " Request ID: 00000000-0000-4000-8000-000000000000; Proxy: null)"
    )
    return Failure(error, cause)


__all__ = ["Nested", "StartRefused", "Starter", "describe"]
