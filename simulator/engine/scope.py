"""What expressions see in one visit of a state, and what becomes of their errors."""

from __future__ import annotations

from typing import cast

from simulator.asl.expressions import UNSET, EvaluationError, Scope
from simulator.engine.clock import iso
from simulator.engine.execution import Execution, Failed, MapItem, Thread
from simulator.engine.retry import FATAL
from simulator.values import Json

QUERY_ERROR = "States.QueryEvaluationError"


class StepScope(Scope):
    """The scope of one visit; the context object is built when an expression reads it."""

    __slots__ = ("entered", "entered_ticks", "execution", "name")
    # What only the states that Retry and Catch can guard have.
    before: int = 0
    retries: int | None = None
    token: str | None = None
    item: MapItem | None = None

    def __init__(
        self, execution: Execution, thread: Thread, name: str, entered: int, value: Json
    ) -> None:  # the base's __init__ is not called: every slot that is read is set here
        self.input = value
        self.variables = thread.variables
        self.result = UNSET
        self.error_output = UNSET
        self._draws = 0
        self._context = None
        self.execution = execution
        self.name = name
        self.entered = entered
        self.entered_ticks = execution.clock.ticks

    @property
    def now(self) -> int:  # type: ignore[override]  # read when an expression wants it
        return self.execution.clock.ticks // 1000

    @property
    def seed(self) -> str:  # type: ignore[override]
        index = "" if self.item is None else f"/{self.item[0]}"
        return f"{self.execution.seed}/{self.entered}/{self.retries or 0}{index}"

    @property
    def context(self) -> Json:
        if self._context is None:
            self._context = self._make_context()
        return self._context

    def decided(self, number: int, branch: str) -> None:
        decisions = self.execution.decisions
        if decisions is not None:
            decisions[self.name, number, branch] += 1

    def _make_context(self) -> Json:
        state: dict[str, Json] = {"Name": self.name, "EnteredTime": iso(self.entered_ticks)}
        if self.retries is not None:
            state["RetryCount"] = self.retries
        context = {**self.execution.context(), "State": state}
        if self.token is not None:
            context["Task"] = {"Token": self.token}
        if self.item is not None:
            index, value, key, source = self.item
            item: dict[str, Json] = {"Index": index, "Value": value}
            if key is not None:
                item["Key"] = key
            item["Source"] = source
            context["Map"] = {"Item": item}
        return context


class StateScope(StepScope):
    """The scope of a Task, Parallel or Map.

    `retries` is None for states without Task.RetryCount; `token` and `item` are set by Task and Map.
    `before` is the event before StateEntered, which a failure of the input follows.
    """

    __slots__ = ("before", "item", "retries", "token")

    def __init__(
        self, execution: Execution, thread: Thread, name: str, entered: int, value: Json
    ) -> None:
        super().__init__(execution, thread, name, entered, value)
        self.before = 0
        self.retries = None
        self.token = None
        # AWS: only ItemSelector sees the item, not the states of the processor (docs).
        self.item = None

    def on_attempt(self, retries: int, token: str | None) -> None:
        self.retries = retries
        self.token = token
        self._context = None

    def on_item(self, item: MapItem | None) -> None:
        self.item = item
        self._context = None


# For expressions that read nothing but their data, and so never look at it.
NO_SCOPE = cast("StepScope", object())


def prefix(name: str, entered: int) -> str:
    """How the causes of the service's own errors begin (recorded)."""
    return f"An error occurred while executing the state '{name}' (entered at the event id #{entered}). "


def failed_evaluation(
    scope: StepScope, thread: Thread, error: EvaluationError, previous: int
) -> Failed:
    """The workflow's error for an expression that failed; writes EvaluationFailed for JSONata."""
    cause = prefix(scope.name, scope.entered) + error.cause
    if error.error == QUERY_ERROR:
        thread.last = scope.execution.write(
            "EvaluationFailed",
            previous,
            scope.name,
            (scope.name, error.error, cause, error.location),
        )
    return Failed(error.error, cause, contained=error.error != FATAL)


def runtime_failure(scope: StepScope, detail: str) -> Failed:
    """A States.Runtime error of the state itself: nothing catches it."""
    return Failed(FATAL, prefix(scope.name, scope.entered) + detail, contained=False)
