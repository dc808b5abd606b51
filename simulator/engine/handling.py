"""Retry and Catch around the work of a Task, Parallel or Map."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from simulator.asl.expressions import EvaluationError
from simulator.asl.model import Map, Parallel, Retrier, Task
from simulator.engine.dataflow import Finish, Outcome, leave, make_catch, make_finish
from simulator.engine.execution import Execution, Failed, Thread
from simulator.engine.retry import delay_seconds, find_catcher, find_retrier
from simulator.engine.scope import StateScope, failed_evaluation
from simulator.engine.states import Move, Node
from simulator.values import Json

# One attempt: (execution, thread, scope, input, attempt from 1; 0 goes on after a redrive) -> result
Attempt: TypeAlias = Callable[[Execution, Thread, StateScope, Json, int], Awaitable[Json]]


def make_guarded(state: Task | Parallel | Map, attempt: Attempt, finish_kind: str | None) -> Node:
    """A node that repeats `attempt` as the retriers say and goes where a catcher says.

    `finish_kind` is the event written when the state gives up ("MapStateFailed"); Task has none,
    its own TaskFailed says it.
    """
    kind = type(state).__name__
    entered_kind, exited = f"{kind}StateEntered", f"{kind}StateExited"
    name, next_state = state.name, state.next
    finish = make_finish(state.data)
    catches = {id(c): make_catch(c, state.data.query_language) for c in state.catchers}

    async def work(run: Execution, thread: Thread, value: Json, *, again: bool = False) -> Move:
        before = thread.last
        if not again:
            thread.held = None
            thread.last = thread.entered = run.write(entered_kind, before, name, (value,))
        thread.current = (kind, name)
        scope = StateScope(run, thread, name, thread.entered, value)
        scope.before = before
        counters: dict[int, int] = {}
        attempts = 0 if again else 1
        while True:
            try:
                result = await attempt(run, thread, scope, value, attempts)
                thread.current = None
                outcome = _finished(finish, scope, thread, value, result)
                output = leave(run, thread, exited, name, thread.last, value, outcome)
            except Failed as failure:
                if failure.error == "States.DataLimitExceeded":
                    thread.held = None  # AWS: a redrive then runs everything again (docs)
                wait = _retry_delay(run, scope, state.retriers, failure, counters)
                if wait is not None:
                    attempts = max(attempts, 1) + 1
                    if wait:
                        await run.runtime.scheduler.sleep(wait)
                    continue
                if finish_kind is not None:
                    thread.current = None
                    if failure.contained:
                        thread.last = run.write(finish_kind, thread.last, name)
                return _caught(state, catches, run, thread, scope, value, failure)
            return next_state, output

    return Node(
        name, work=work, again=lambda run, thread, value: work(run, thread, value, again=True)
    )


def _finished(
    finish: Finish,
    scope: StateScope,
    thread: Thread,
    value: Json,
    result: Json,
) -> Outcome:
    scope.result = result
    try:
        return finish(scope, value, result)
    except EvaluationError as error:
        raise failed_evaluation(scope, thread, error, thread.last) from None


def _retry_delay(
    run: Execution,
    scope: StateScope,
    retriers: tuple[Retrier, ...],
    failure: Failed,
    counters: dict[int, int],
) -> int | None:
    """Microseconds to wait before the next attempt; None when this failure is not retried."""
    index = find_retrier(retriers, failure.error, failure.also)
    if index is None or failure.final:
        return None
    retrier, used = retriers[index], counters.get(index, 0)
    if used >= retrier.max_attempts:
        run.chose("exhausted", scope.entered, index)
        return None
    run.chose("retry", scope.entered, index)
    counters[index] = used + 1
    delay = delay_seconds(retrier, used)
    if retrier.jitter:
        # AWS: FULL jitter is uniform from 0 to the delay (docs); here from the run's seed.
        delay *= scope.draw() / 2**128
    return round(delay * 1_000_000)


def _caught(
    state: Task | Parallel | Map,
    catches: dict[int, Finish],
    run: Execution,
    thread: Thread,
    scope: StateScope,
    value: Json,
    failure: Failed,
) -> Move:
    """Go where the first catcher that wants the failure says; raises it when none does."""
    catcher = find_catcher(state.catchers, failure.error, failure.also)
    if catcher is None or failure.final:
        raise failure
    thread.current = None
    if run.choices is not None:
        run.chose("catch", scope.entered, state.catchers.index(catcher))
    cause = failure.cause
    if cause is None and failure.error == "States.Timeout":
        cause = ""  # AWS: recorded
    error_output: Json = {"Error": failure.error, "Cause": cause}
    scope.error_output = error_output
    previous = thread.last
    try:
        outcome = catches[id(catcher)](scope, value, error_output)
    except EvaluationError as error:
        raise failed_evaluation(scope, thread, error, previous) from None
    kind = f"{type(state).__name__}StateExited"
    return catcher.next, leave(run, thread, kind, state.name, thread.last, value, outcome)
