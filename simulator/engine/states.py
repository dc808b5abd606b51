"""Pass, Choice, Wait, Succeed and Fail: each state becomes one step function, made once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from simulator.asl.expressions import EvaluationError, Expression
from simulator.asl.model import Choice, DataFlow, Fail, Pass, Succeed, Wait
from simulator.asl.timestamps import parse_timestamp
from simulator.engine.dataflow import (
    Outcome,
    changes_nothing_after,
    is_whole,
    leave,
    make_finish,
    make_input,
    make_pass_through,
    reads_scope,
    too_large,
)
from simulator.engine.execution import NO_LIMIT, Execution, Failed, Thread
from simulator.engine.history import FIELDS
from simulator.engine.limits import size_bound
from simulator.engine.scope import (
    NO_SCOPE,
    QUERY_ERROR,
    StepScope,
    failed_evaluation,
    prefix,
    runtime_failure,
)
from simulator.values import Json, compact

# (execution, thread, input) -> name of the next state or None at the end, and the output
Move: TypeAlias = "tuple[str | None, Json]"
Step: TypeAlias = Callable[[Execution, Thread, Json], Move]
Work: TypeAlias = Callable[[Execution, Thread, Json], Awaitable[Move]]


@dataclass(frozen=True, slots=True)
class Node:
    """A compiled state: `step` for states that never wait, `work` for those that may.

    `again` goes on with a state that was entered before a redrive; other states are entered anew.
    """

    name: str
    step: Step | None = None
    work: Work | None = None
    again: Work | None = None


# Nearly every Pass, Choice and Succeed state has a quick step, which adds its two events itself.
# It leaves the visit to the thorough step when an event needs care (run.care_from).


def make_pass(state: Pass) -> Node:
    name, next_state, data = state.name, state.next, state.data
    thorough = _pass_step(state)
    path, result = data.result_path, state.result
    bare = changes_nothing_after(data)
    if bare and result is None and is_whole(path) and make_input(data) is None:
        return Node(name, _unchanged("Pass", name, next_state, thorough))
    if bare and result is not None and result.is_constant and path is not None:
        key = path.tokens[0] if len(path.tokens) == 1 else None
        if isinstance(key, str):
            value = result.evaluate(None, NO_SCOPE)
            return Node(name, _constant_member(name, next_state, key, value, thorough))
    make = _pass_output(state)
    return Node(name, thorough if make is None else _made(state, make, thorough))


def _pass_step(state: Pass) -> Step:
    name, next_state, data = state.name, state.next, state.data
    prepare, finish = _pass_input(state), make_finish(data)
    scoped = reads_scope(data, state.result)

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        before = thread.last
        entered = thread.last = run.write("PassStateEntered", before, name, value)
        scope = StepScope(run, thread, name, entered, value) if scoped else NO_SCOPE
        try:
            result = value if prepare is None else prepare(scope, value)
            outcome = finish(scope, value, result)
        except EvaluationError as error:
            scope = StepScope(run, thread, name, entered, value)
            raise failed_evaluation(scope, thread, error, before) from None
        return next_state, leave(run, thread, "PassStateExited", name, entered, value, outcome)

    return step


def _pass_input(state: Pass) -> Callable[[StepScope, Json], Json] | None:
    if state.result is not None:  # AWS: Result wins over Parameters (spec)
        result = state.result.evaluate
        return lambda scope, _value: result(None, scope)
    return make_input(state.data)


def _pass_output(state: Pass) -> Callable[[StepScope, Json], Json] | None:
    """The output from the input where that is a function of one or two calls."""
    data = state.data
    if data.assign is not None or data.output_path is not None:
        return None
    if data.query_language == "JSONata":
        output = data.output
        return None if output is None else lambda scope, _value: output.evaluate(None, scope)
    path, prepare = data.result_path, _pass_input(state)
    if prepare is None or path is None:
        return None
    if is_whole(path):
        return prepare
    write = path.write
    return lambda scope, value: write(value, prepare(scope, value))


def _made(state: Pass, make: Callable[[StepScope, Json], Json], thorough: Step) -> Step:
    name, next_state = state.name, state.next
    scoped = reads_scope(state.data, state.result)

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        log = run.log
        entered = len(log) // FIELDS + 1
        if entered + 1 >= run.care_from:
            return thorough(run, thread, value)
        before, ticks = thread.last, run.clock.ticks
        log += ("PassStateEntered", before, ticks, name, value)
        thread.last = entered
        try:
            output = make(
                StepScope(run, thread, name, entered, value) if scoped else NO_SCOPE, value
            )
        except EvaluationError as error:
            scope = StepScope(run, thread, name, entered, value)
            raise failed_evaluation(scope, thread, error, before) from None
        bound = thread.bound = size_bound(output, run.payload_bytes)
        if bound > run.payload_bytes:
            raise too_large(name)
        log += ("PassStateExited", entered, ticks, name, output)
        thread.last = entered + 1
        return next_state, output

    return step


def _unchanged(kind: str, name: str, next_state: str | None, thorough: Step) -> Step:
    entered_kind, exited = f"{kind}StateEntered", f"{kind}StateExited"

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        log = run.log
        entered = len(log) // FIELDS + 1
        if entered + 1 >= run.care_from:
            return thorough(run, thread, value)
        ticks = run.clock.ticks
        log += (entered_kind, thread.last, ticks, name, value, exited, entered, ticks, name, value)
        thread.last = entered + 1
        return next_state, value

    return step


def _constant_member(
    name: str, next_state: str | None, key: str, constant: Json, thorough: Step
) -> Step:
    grows = size_bound({key: constant}, NO_LIMIT)

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        log = run.log
        entered = len(log) // FIELDS + 1
        bound = thread.bound + grows
        if entered + 1 >= run.care_from or bound > run.payload_bytes or type(value) is not dict:
            return thorough(run, thread, value)
        output = value.copy()
        output[key] = constant
        ticks = run.clock.ticks
        log += (
            "PassStateEntered", thread.last, ticks, name, value,
            "PassStateExited", entered, ticks, name, output,
        )  # fmt: skip
        thread.last = entered + 1
        thread.bound = bound
        return next_state, output

    return step


def make_succeed(state: Succeed) -> Node:
    name, data = state.name, state.data
    prepare, finish = make_input(data), make_pass_through(data)
    scoped = reads_scope(data)

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        before = thread.last
        entered = thread.last = run.write("SucceedStateEntered", before, name, value)
        scope = StepScope(run, thread, name, entered, value) if scoped else NO_SCOPE
        try:
            effective = value if prepare is None else prepare(scope, value)
            outcome = finish(scope, value, effective)
        except EvaluationError as error:
            scope = StepScope(run, thread, name, entered, value)
            raise failed_evaluation(scope, thread, error, before) from None
        return None, leave(run, thread, "SucceedStateExited", name, entered, value, outcome)

    if prepare is None and changes_nothing_after(data):
        return Node(name, _unchanged("Succeed", name, None, step))
    return Node(name, step)


def make_fail(state: Fail) -> Node:
    name = state.name
    prepare = make_input(state.data)

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        before = thread.last
        entered = run.write("FailStateEntered", before, name, value)
        thread.last = entered
        scope = StepScope(run, thread, name, entered, value)
        try:
            effective = value if prepare is None else prepare(scope, value)
            error = _text_field(scope, state.error, state.error_field, effective)
            cause = _text_field(scope, state.cause, state.cause_field, effective)
        except EvaluationError as problem:
            raise failed_evaluation(scope, thread, problem, before) from None
        raise Failed(error, cause)

    return Node(name, step=step)


def _text_field(
    scope: StepScope, expression: Expression | None, field: str, effective: Json
) -> str | None:
    if expression is None:
        return None
    value = expression.evaluate(effective, scope)
    if isinstance(value, str):
        return value
    # Only a path comes so far: JSONata that gives no text has failed above.
    raise runtime_failure(
        scope, f"The {field} field refers to a value that is not a string: {compact(value)}"
    )


def type_name(value: Json) -> str:
    """JSONata's word for a value's type (recorded)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def make_choice(state: Choice) -> Node:
    name, data = state.name, state.data
    thorough = _choice_step(state)
    moves = [data, *(_rule_data(state, n) for n in range(len(state.rules)))]
    if make_input(data) is not None or not all(map(changes_nothing_after, moves)):
        return Node(name, thorough)
    rules = [(rule.condition.evaluate, rule.next) for rule in state.rules]
    default = state.default
    scoped = reads_scope(data, *(rule.condition for rule in state.rules))

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        log = run.log
        entered = len(log) // FIELDS + 1
        if entered + 1 >= run.care_from:
            return thorough(run, thread, value)
        before, ticks = thread.last, run.clock.ticks
        log += ("ChoiceStateEntered", before, ticks, name, value)
        thread.last = entered
        scope = StepScope(run, thread, name, entered, value) if scoped else NO_SCOPE
        target = default
        try:
            for holds, rule_target in rules:
                if holds(value, scope) is True:
                    target = rule_target
                    break
        except EvaluationError as error:
            scope = StepScope(run, thread, name, entered, value)
            raise failed_evaluation(scope, thread, error, before) from None
        if target is None:
            raise _no_choice(name, entered)
        log += ("ChoiceStateExited", entered, ticks, name, value)
        thread.last = entered + 1
        return target, value

    return Node(name, step)


def _choice_step(state: Choice) -> Step:
    name, data = state.name, state.data
    prepare = make_input(data)
    rules = [
        (rule.condition.evaluate, rule.next, make_pass_through(_rule_data(state, n)))
        for n, rule in enumerate(state.rules)
    ]
    default, default_finish = state.default, make_pass_through(data)

    def step(run: Execution, thread: Thread, value: Json) -> Move:
        before = thread.last
        entered = thread.last = run.write("ChoiceStateEntered", before, name, value)
        scope = StepScope(run, thread, name, entered, value)
        try:
            effective = value if prepare is None else prepare(scope, value)
            target, finish, index = default, default_finish, -1
            for number, (holds, rule_target, rule_finish) in enumerate(rules):
                if holds(effective, scope) is True:
                    target, finish, index = rule_target, rule_finish, number
                    break
            run.chose("rule", entered, index)
            if target is None:
                raise _no_choice(name, entered)
            outcome: Outcome = finish(scope, value, effective)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, before) from None
        return target, leave(run, thread, "ChoiceStateExited", name, entered, value, outcome)

    return step


def _rule_data(state: Choice, index: int) -> DataFlow:
    """A rule that matched brings its own Assign and Output; the state's are for Default (spec)."""
    rule, data = state.rules[index], state.data
    return DataFlow(
        query_language=data.query_language,
        output_path=data.output_path,
        output=rule.output,
        assign=rule.assign,
    )


def _no_choice(name: str, entered: int) -> Failed:
    # AWS: the name is from the spec; the text is what the service is known to print.
    return Failed(
        "States.NoChoiceMatched",
        prefix(name, entered)
        + "Failed to transition out of the state. The state does not point to a next state.",
    )


def make_wait(state: Wait) -> Node:
    name, next_state = state.name, state.next
    prepare, finish = make_input(state.data), make_pass_through(state.data)

    async def work(run: Execution, thread: Thread, value: Json) -> Move:
        before = thread.last
        entered = run.write("WaitStateEntered", before, name, value)
        thread.last = entered
        thread.current = ("Wait", name)
        scope = StepScope(run, thread, name, entered, value)
        try:
            effective = value if prepare is None else prepare(scope, value)
            wanted = _evaluate_delay(state, scope, effective)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, before) from None
        try:
            until = _instant(state, scope, wanted)
        except EvaluationError as error:  # AWS: a value of the wrong form is found later (recorded)
            raise failed_evaluation(scope, thread, error, entered) from None
        if until > run.clock.ticks:
            await run.runtime.scheduler.sleep(until - run.clock.ticks)
        thread.current = None
        try:
            outcome = finish(scope, value, effective)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, thread.last) from None
        return next_state, leave(run, thread, "WaitStateExited", name, entered, value, outcome)

    return Node(name, work=work)


def _evaluate_delay(state: Wait, scope: StepScope, effective: Json) -> Json:
    try:
        return state.delay.evaluate(effective, scope)
    except EvaluationError as error:
        if state.field not in {"SecondsPath", "TimestampPath"}:
            raise
        if error.error == "States.Runtime" and state.field == "SecondsPath":
            detail = (
                f"The SecondsPath parameter does not reference an input value: {state.delay.source}"
            )
            raise EvaluationError(error.error, detail) from None
        raise


def _instant(state: Wait, scope: StepScope, wanted: Json) -> int:
    """The instant, in microseconds, at which the Wait ends. All texts recorded."""
    now = scope.execution.clock.ticks
    if state.field in ("Timestamp", "TimestampPath"):
        moment = parse_timestamp(wanted) if isinstance(wanted, str) else None
        if moment is None:
            raise _bad_timestamp(state, wanted)
        seconds: float = (moment // 1000 - now) / 1_000_000
    else:
        seconds = _seconds(state, wanted, state.delay.quoted)
    if seconds > scope.execution.runtime.limits.wait_seconds:
        raise EvaluationError("States.Runtime", "Wait state delay is too long.")
    return now + round(seconds * 1_000_000)


def _bad_timestamp(state: Wait, wanted: Json) -> EvaluationError:
    shown = wanted if isinstance(wanted, str) else compact(wanted)
    if state.field == "TimestampPath":
        return EvaluationError(
            "States.Runtime",
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset"
            f" date-time format string: {state.delay.source} == {shown}",
        )
    return EvaluationError(
        QUERY_ERROR,
        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format"
        f" string: {shown}",
        "Timestamp",
    )


def _seconds(state: Wait, wanted: Json, source: Json) -> float:
    whole = isinstance(wanted, int) and not isinstance(wanted, bool)
    if state.field == "SecondsPath":
        if not whole:
            raise EvaluationError(
                "States.Runtime",
                "The SecondsPath parameter cannot be parsed as a long value:"
                f" {source} == {wanted if isinstance(wanted, str) else compact(wanted)}",
            )
        if wanted < 0:  # type: ignore[operator]  # an int, see above
            raise EvaluationError(
                "States.Runtime",
                f"The SecondsPath parameter references a negative value: {source} == {wanted}",
            )
    elif wanted < 0:  # type: ignore[operator]  # JSONata gives a number, or has failed
        raise EvaluationError(
            QUERY_ERROR,
            f"The JSONata expression '{source}' specified for the field 'Seconds' returned a value"
            f" that is out of range: {compact(wanted)}; it must not be negative",
            "Seconds",
        )
    return wanted  # type: ignore[return-value]  # a number, see above
