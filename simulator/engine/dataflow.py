"""What happens to data before and after the work of a state, as functions made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from simulator.asl.expressions import Expression, Scope
from simulator.asl.model import Catcher, DataFlow
from simulator.asl.paths import ReferencePath
from simulator.engine.execution import Execution, Failed, Thread
from simulator.engine.limits import fits, size_bound
from simulator.values import Json, compact

Assigned: TypeAlias = "Mapping[str, Json] | None"
Outcome: TypeAlias = "tuple[Json, Assigned]"
# (scope, raw input, result) -> output, assigned variables
Finish: TypeAlias = Callable[[Scope, Json, Json], Outcome]
WHOLE: tuple[str | int, ...] = ()


def is_whole(path: ReferencePath | None) -> bool:
    return path is not None and path.tokens == WHOLE


def changes_nothing_after(data: DataFlow) -> bool:
    """No Assign, no Output and no OutputPath."""
    return data.assign is None and data.output is None and data.output_path is None


# What an expression's text has when it needs the scope; a mention in a literal costs a little time.
_SCOPED = ("States.UUID", "States.MathRandom", "{%")


def reads_scope(data: DataFlow, *others: Expression | None) -> bool:
    """Does an expression read more than its data: variables, context, chance, all that JSONata can?"""
    own = (
        data.input_path, data.arguments, data.result_selector, data.output_path, data.output,
        data.assign,
    )  # fmt: skip
    for expression in (*own, *others):
        if expression is not None:
            text = compact(expression.source)
            if expression.variables or expression.reads_context:
                return True
            if any(word in text for word in _SCOPED):
                return True
    return False


def make_input(data: DataFlow) -> Callable[[Scope, Json], Json] | None:
    """InputPath and then Parameters, or Arguments; None when the raw input goes through."""
    path, arguments = data.input_path, data.arguments
    if path is None and arguments is None:
        return None
    if arguments is None:
        first = cast("Expression", path).evaluate
        return lambda scope, raw: first(raw, scope)
    build = arguments.evaluate
    if path is None:
        return lambda scope, raw: build(raw, scope)
    first = path.evaluate
    return lambda scope, raw: build(first(raw, scope), scope)


def make_finish(data: DataFlow) -> Finish:
    """ResultSelector, ResultPath, OutputPath and Assign, or Output and Assign."""
    if data.query_language == "JSONata":
        return _jsonata_finish(data.output, data.assign)
    selector, path, last, assign = (
        data.result_selector,
        data.result_path,
        data.output_path,
        data.assign,
    )
    if selector is None and last is None and assign is None:
        if is_whole(path):
            return lambda _scope, _raw, result: (result, None)
        if path is None:
            return lambda _scope, raw, _result: (raw, None)
        write = path.write
        return lambda _scope, raw, result: (write(raw, result), None)

    def finish(scope: Scope, raw: Json, result: Json) -> Outcome:
        # AWS: Assign reads the raw result, not what ResultSelector made of it (docs).
        assigned = None if assign is None else assign.evaluate(result, scope)
        chosen = result if selector is None else selector.evaluate(result, scope)
        output = raw if path is None else path.write(raw, chosen)
        if last is not None:
            output = last.evaluate(output, scope)
        return output, cast("Assigned", assigned)

    return finish


def _jsonata_finish(output: Expression | None, assign: Expression | None) -> Finish:
    if output is None and assign is None:
        return lambda _scope, _raw, result: (result, None)

    def finish(scope: Scope, _raw: Json, result: Json) -> Outcome:
        # Both read the values at state entry; neither sees the other (spec).
        assigned = None if assign is None else assign.evaluate(None, scope)
        shown = result if output is None else output.evaluate(None, scope)
        return shown, cast("Assigned", assigned)

    return finish


def make_pass_through(data: DataFlow) -> Finish:
    """For states without a result: `result` is the effective input; OutputPath, or Output."""
    if data.query_language == "JSONata":
        return _jsonata_finish(data.output, data.assign)
    last, assign = data.output_path, data.assign
    if last is None and assign is None:
        return lambda _scope, _raw, effective: (effective, None)

    def finish(scope: Scope, _raw: Json, effective: Json) -> Outcome:
        assigned = None if assign is None else assign.evaluate(effective, scope)
        output = effective if last is None else last.evaluate(effective, scope)
        return output, cast("Assigned", assigned)

    return finish


def make_catch(catcher: Catcher, language: str) -> Finish:
    """`result` is the Error Output. The state's own OutputPath and Assign do not apply (recorded)."""
    if language == "JSONata":
        return _jsonata_finish(catcher.output, catcher.assign)
    path, assign = catcher.result_path, catcher.assign

    def finish(scope: Scope, raw: Json, error_output: Json) -> Outcome:
        assigned = None if assign is None else assign.evaluate(error_output, scope)
        output = raw if path is None else path.write(raw, error_output)
        return output, cast("Assigned", assigned)

    return finish


def leave(
    run: Execution,
    thread: Thread,
    kind: str,
    name: str,
    previous: int,
    raw: Json,
    outcome: Outcome,
) -> Json:
    """Write ...StateExited, let the assigned variables take effect; returns the output."""
    output, assigned = outcome
    limit = run.payload_bytes
    if output is not raw:
        thread.bound = size_bound(output, limit)
        if thread.bound > limit:
            raise too_large(name)
    if assigned is not None:
        variables = {**thread.variables, **assigned}
        stored = run.runtime.limits.variables_bytes
        if not fits(cast("Json", assigned), limit) or not fits(variables, stored):
            raise too_large(name)
        thread.variables = variables
    thread.last = run.write(kind, previous, name, output if assigned is None else outcome)
    return output


def too_large(what: str, *, final: bool = True) -> Failed:
    """AWS: a task's result that is too large can be caught (recorded), all else is final (docs)."""
    return Failed(
        "States.DataLimitExceeded",
        f"The state/task '{what}' returned a result with a size exceeding the maximum number of"
        " bytes service limit.",
        final=final,
    )
