"""The run of one state under test: its outcome, and which retrier or catcher an error meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

from simulator.asl.expressions import EvaluationError
from simulator.asl.model import (
    Choice,
    Fail,
    Map,
    Parallel,
    Pass,
    State,
    Succeed,
    Task,
    Wait,
)
from simulator.engine.dataflow import Assigned, Outcome, leave, make_catch, make_finish, make_input
from simulator.engine.execution import Failed
from simulator.engine.map_runs import EXCEEDED, EXCEEDED_CAUSE
from simulator.engine.ports import Pending
from simulator.engine.retry import delay_seconds, find_catcher, find_retrier
from simulator.engine.scope import failed_evaluation
from simulator.engine.state_http import ShowsExchange, exchange_of
from simulator.engine.state_inspection import after_input_path, after_result_path, inspect_plain
from simulator.engine.state_test_items import inspect_map
from simulator.engine.state_test_rules import too_many_failures
from simulator.engine.state_test_world import ENTERED, REGION, TestedScope, World
from simulator.engine.states import (
    Move,
    Node,
    make_choice,
    make_fail,
    make_pass,
    make_succeed,
    make_wait,
)
from simulator.engine.tasks import TaskWork, read_resource
from simulator.values import Json

Guarded: TypeAlias = "Task | Parallel | Map"
Answer: TypeAlias = "dict[str, Json]"
_PLAIN: Final[Mapping[type, Callable[[Any], Node]]] = {
    Choice: make_choice,
    Fail: make_fail,
    Pass: make_pass,
    Succeed: make_succeed,
    Wait: make_wait,
}


def answer(world: World) -> Answer:
    """The members of TestState's answer. Raises StateTestError."""
    inspection, state = world.inspection, world.tested.state
    inspection.note("input", world.wanted.input)
    try:
        if isinstance(state, Task | Parallel | Map):
            told = _guarded(world, state)
        else:
            told = _plain(world, state)
    except Failed as failure:
        told = _failed(failure)
    if world.thread.variables:
        inspection.note("variables", dict(world.thread.variables))
    if inspection.level != "INFO":
        told["inspectionData"] = inspection.data
    return told


def _failed(failure: Failed) -> Answer:
    told: Answer = {"status": "FAILED"}
    if failure.error is not None:
        told["error"] = failure.error
    if failure.cause is not None:
        told["cause"] = failure.cause
    return told


def _succeeded(world: World, output: Json, following: str | None) -> Answer:
    told: Answer = {"status": "SUCCEEDED", "output": world.inspection.text(output)}
    if following is not None:
        told["nextState"] = following
    return told


def _plain(world: World, state: State) -> Answer:
    run, thread, value = world.run, world.thread, world.wanted.input
    inspect_plain(world.inspection, state, run, thread, value, ENTERED)
    node = _PLAIN[type(state)](state)

    async def work() -> Move:
        if node.step is not None:
            return node.step(run, thread, value)
        return await node.work(run, thread, value)  # type: ignore[misc]  # one of them is set

    following, output = world.within_limit(work())
    return _succeeded(world, output, following)


def _guarded(world: World, state: Guarded) -> Answer:
    run, thread, value = world.run, world.thread, world.wanted.input
    kind = type(state).__name__
    thread.last = run.write(f"{kind}StateEntered", 0, state.name, (value,))
    scope = TestedScope(world, state.name)
    scope.on_attempt(world.wanted.retries, None)
    try:
        try:
            result = _attempt(world, state, scope)
            outcome = _finish(world, state, scope, result)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, 0) from None
        output = leave(run, thread, f"{kind}StateExited", state.name, thread.last, value, outcome)
    except Failed as failure:
        return _handled(world, state, scope, failure)
    return _succeeded(world, output, state.next)


def _attempt(world: World, state: Guarded, scope: TestedScope) -> Json:
    """Raises EvaluationError and Failed."""
    if isinstance(state, Task):
        return _call(world, state, scope)
    mock, value = world.wanted.mock, world.wanted.input
    prepare = make_input(state.data)
    effective = value if prepare is None else prepare(scope, value)
    if isinstance(state, Map):
        # AWS: a Map shows what a Parallel does not (published examples of both)
        if state.data.query_language == "JSONPath":
            world.inspection.note("afterInputPath", effective)
        _check_iterations(world, state, scope, effective)
    if mock is not None and mock.error is not None:
        raise Failed(mock.error, mock.cause)
    return world.mocked


def _call(world: World, state: Task, scope: TestedScope) -> Json:
    """One attempt of the Task; the runner of this world answers with the mock."""
    data, inspection, runner = state.data, world.inspection, world.runner
    if data.query_language == "JSONPath":
        inspection.note("afterInputPath", after_input_path(data, scope, world.wanted.input))
    work = TaskWork(state, read_resource(state.resource))
    attempt = work.attempt(
        world.run, world.thread, scope, world.wanted.input, world.wanted.retries + 1
    )
    try:
        result = world.within_limit(attempt)
    finally:
        if runner.call is not None:
            member = "afterArguments" if data.query_language == "JSONata" else "afterParameters"
            inspection.note(member, runner.call.payload)
        _note_exchange(world, state)
    inspection.note("result", result)
    return result


def _note_exchange(world: World, state: Task) -> None:
    """AWS: the request and the response of an HTTP Task are shown at the level TRACE (docs)."""
    runner, inspection = world.runner, world.inspection
    if inspection.level != "TRACE" or not state.resource.endswith(":states:::http:invoke"):
        return
    call, result = runner.call, runner.result
    if call is None or result is None or isinstance(result, Pending):
        return
    seen = None
    if isinstance(runner.tasks, ShowsExchange):
        seen = runner.tasks.exchange(call, reveal=world.wanted.reveal)
    if seen is None:
        seen = exchange_of(call, result, REGION)
    inspection.data["request"] = dict(seen.request)
    if seen.response:
        inspection.data["response"] = dict(seen.response)


def _check_iterations(world: World, state: Map, scope: TestedScope, effective: Json) -> None:
    """Raises Failed when more iterations have failed than the Map tolerates."""
    wanted = world.wanted
    number, count, share = inspect_map(
        world.inspection, state, scope, effective, wanted.reader_data
    )
    failures = wanted.iteration_failures or 0
    total = len(world.mocked) if isinstance(world.mocked, list) else number
    if total is not None and failures > total:
        raise too_many_failures()
    # AWS: without a tolerance the mock decides alone (recorded), and so does a mocked error.
    if world.wanted.mock is not None and world.wanted.mock.error is not None:
        return
    over_count = count is not None and failures > count
    over_share = share is not None and total is not None and failures * 100 > share * total
    if over_count or over_share:
        raise Failed(EXCEEDED, EXCEEDED_CAUSE)


def _finish(world: World, state: Guarded, scope: TestedScope, result: Json) -> Outcome:
    """As dataflow.make_finish, step by step."""
    data, value, inspection = state.data, world.wanted.input, world.inspection
    scope.result = result
    if data.query_language == "JSONata":
        return make_finish(data)(scope, value, result)
    assigned = None if data.assign is None else data.assign.evaluate(result, scope)
    selector = data.result_selector
    chosen = result if selector is None else selector.evaluate(result, scope)
    inspection.note("afterResultSelector", chosen)
    output = after_result_path(data, value, chosen)
    inspection.note("afterResultPath", output)
    if data.output_path is not None:
        output = data.output_path.evaluate(output, scope)
    return output, cast("Assigned", assigned)


def _handled(world: World, state: Guarded, scope: TestedScope, failure: Failed) -> Answer:
    """RETRIABLE, CAUGHT_ERROR or FAILED."""
    told, details = _failed(failure), dict[str, Json]()
    index = find_retrier(state.retriers, failure.error, failure.also)
    if index is not None and not failure.final:
        details["retryIndex"] = index
        retrier = state.retriers[index]
        if world.wanted.retries < retrier.max_attempts:
            delay = delay_seconds(retrier, world.wanted.retries)
            if retrier.jitter:
                delay *= scope.draw() / 2**128
            details["retryBackoffIntervalSeconds"] = int(delay)
            told["status"] = "RETRIABLE"
    if told["status"] == "FAILED" and not failure.final:
        told = _caught(world, state, scope, failure, details) or told
    if details and world.inspection.level != "INFO":
        world.inspection.data["errorDetails"] = details
    return told


def _caught(
    world: World, state: Guarded, scope: TestedScope, failure: Failed, details: Answer
) -> Answer | None:
    """None when no catcher wants the failure."""
    catcher = find_catcher(state.catchers, failure.error, failure.also)
    if catcher is None:
        return None
    details["catchIndex"] = next(n for n, item in enumerate(state.catchers) if item is catcher)
    run, thread, value = world.run, world.thread, world.wanted.input
    cause = failure.cause
    if cause is None and failure.error == "States.Timeout":
        cause = ""  # AWS: recorded
    error_output: Json = {"Error": failure.error, "Cause": cause}
    scope.error_output = error_output
    exited = f"{type(state).__name__}StateExited"
    try:
        outcome = make_catch(catcher, state.data.query_language)(scope, value, error_output)
        output = leave(run, thread, exited, state.name, thread.last, value, outcome)
    except EvaluationError as error:
        return _failed(failed_evaluation(scope, thread, error, thread.last))
    except Failed as worse:
        return _failed(worse)
    told = _failed(failure)
    told |= {
        "status": "CAUGHT_ERROR",
        "output": world.inspection.text(output),
        "nextState": catcher.next,
    }
    return told
