"""Map, inline: one iteration an item, at most MaxConcurrency at once."""

from __future__ import annotations

from simulator.asl.expressions import EvaluationError, Expression
from simulator.asl.model import Map
from simulator.engine.branches import Group, MakeGraph, RunGraph
from simulator.engine.dataflow import make_input
from simulator.engine.execution import Execution, Failed, Thread
from simulator.engine.handling import make_guarded
from simulator.engine.scope import QUERY_ERROR, StateScope, failed_evaluation, runtime_failure
from simulator.engine.states import Node, type_name
from simulator.errors import UsageError
from simulator.values import Json, compact


def make_map(state: Map, make_graph: MakeGraph) -> Node:
    """Raises UsageError: running a distributed Map as an inline one would be another workflow."""
    if state.mode == "DISTRIBUTED":
        raise UsageError(f"the Map '{state.name}' is in DISTRIBUTED mode, not supported yet")
    return make_guarded(
        state, MapWork(state, make_graph(state.processor)).attempt, "MapStateFailed"
    )


class MapWork:
    __slots__ = ("graph", "prepare", "state")

    def __init__(self, state: Map, graph: RunGraph) -> None:
        self.state = state
        self.graph = graph
        self.prepare = make_input(state.data)

    async def attempt(
        self, run: Execution, thread: Thread, scope: StateScope, value: Json, attempt: int
    ) -> Json:
        name = self.state.name
        before = run.events[scope.entered - 1][1] if attempt == 1 else thread.last
        try:
            effective = value if self.prepare is None else self.prepare(scope, value)
            items = self._items(scope, effective)
            at_once = self._at_once(scope, effective)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, before) from None
        started = thread.last = run.write("MapStateStarted", thread.last, name, (len(items),))
        self._check_tolerance(scope, thread, effective)
        if not items:
            run.write("MapStateSucceeded", started, name)
            return []
        group = Group(run)
        try:
            return await self._iterate(run, thread, scope, group, items, effective, at_once)
        finally:
            group.cancel_all()

    async def _iterate(
        self,
        run: Execution,
        thread: Thread,
        scope: StateScope,
        group: Group,
        items: list[Json],
        effective: Json,
        at_once: int,
    ) -> Json:
        name = self.state.name
        results: list[Json] = [None] * len(items)
        waiting = min(at_once, len(items))
        for index in range(waiting):
            self._launch(run, thread, scope, group, index, items[index], effective, thread.last)
        for _ in items:
            index, fiber = await group.next_ended()
            ended = group.threads.pop(index)
            last = ended.last
            try:
                results[index] = fiber.result()
            except Failed as failure:
                thread.last = last
                self._abort(run, group, index, ended)
                raise Failed(
                    failure.error, failure.cause, failure.also, final=failure.final
                ) from None
            succeeded = run.write("MapIterationSucceeded", last, name, (name, index))
            if waiting < len(items):
                # AWS: follows the last event of the iteration that freed its place (recorded).
                self._launch(run, thread, scope, group, waiting, items[waiting], effective, last)
                waiting += 1
        thread.last = succeeded
        run.write("MapStateSucceeded", succeeded, name)
        return results

    def _launch(
        self,
        run: Execution,
        thread: Thread,
        scope: StateScope,
        group: Group,
        index: int,
        item: Json,
        effective: Json,
        previous: int,
    ) -> None:
        name, selector = self.state.name, self.state.item_selector
        value = item
        if selector is not None:
            scope.on_item(index, item, None)
            try:
                value = selector.evaluate(effective, scope)
            except EvaluationError as error:
                thread.last = previous
                raise failed_evaluation(scope, thread, error, previous) from None
            finally:
                scope.after_items()
        started = run.write("MapIterationStarted", previous, name, (name, index))
        inner = Thread(started, thread.variables, f"{thread.where}{name}[{index}]/")
        group.launch(index, inner, self.graph, value)

    def _abort(self, run: Execution, group: Group, index: int, ended: Thread) -> None:
        name, last = self.state.name, ended.last
        run.write("MapIterationFailed", last, name, (name, index))
        group.abort_event(ended, last)
        for other in group.running:
            run.write("MapIterationAborted", last, name, (name, other))
            group.abort_event(group.cancel(other), last)

    def _items(self, scope: StateScope, effective: Json) -> list[Json]:
        """All texts recorded."""
        expression = self.state.items
        jsonata = self.state.data.query_language == "JSONata"
        value = effective if expression is None else expression.evaluate(effective, scope)
        if isinstance(value, list):
            return value
        if not jsonata:
            path = "$" if expression is None else expression.source
            raise runtime_failure(scope, f'Reference path "{path}" must point to array.')
        if expression is None:
            detail = f"Map state input must be an array but was: {compact(value)}"
            raise EvaluationError(QUERY_ERROR, detail)
        raise EvaluationError(
            QUERY_ERROR,
            f"The JSONata expression '{expression.quoted}' specified for the field 'Items' returned an unexpected"
            f" result type. Expected 'array', but was '{type_name(value)}' for value:"
            f" {compact(value)}",
            "Items",
        )

    def _at_once(self, scope: StateScope, effective: Json) -> int:
        limit = scope.execution.runtime.limits.inline_map_concurrency
        expression = self.state.max_concurrency
        if expression is None:
            return limit
        field = self.state.max_concurrency_field
        value = expression.evaluate(effective, scope)
        wanted = _whole(scope, expression, field, value)
        if wanted < 0:
            raise runtime_failure(scope, f"{field.removesuffix('Path')} cannot be negative.")
        return min(wanted, limit) if wanted else limit

    def _check_tolerance(self, scope: StateScope, thread: Thread, effective: Json) -> None:
        """Inline Maps accept the fields and check them, and know no tolerance (recorded)."""
        state = self.state
        try:
            if (count := state.tolerated_failure_count) is not None:
                field = state.tolerated_failure_count_field
                if _whole(scope, count, field, count.evaluate(effective, scope)) < 0:
                    raise runtime_failure(scope, "ToleratedFailureCount cannot be negative.")
            if (share := state.tolerated_failure_percentage) is not None:
                value = share.evaluate(effective, scope)
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise _not_a(
                        scope, share, state.tolerated_failure_percentage_field, value, "float"
                    )
                if not 0 <= value <= 100:
                    raise runtime_failure(
                        scope, "ToleratedFailurePercentage must be between 0 and 100."
                    )
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, thread.last) from None


def _whole(scope: StateScope, expression: Expression, field: str, value: Json) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _not_a(scope, expression, field, value, "integer")
    return value


def _not_a(
    scope: StateScope, expression: Expression, field: str, value: Json, kind: str
) -> Failed | EvaluationError:
    shown = value if isinstance(value, str) else compact(value)
    if field.endswith("Path"):
        return runtime_failure(
            scope,
            f'The {field} field refers to value "{shown}" which is not a valid {kind}:'
            f" {expression.source}",
        )
    return EvaluationError(
        QUERY_ERROR,
        f"The JSONata expression '{expression.quoted}' specified for the field '{field}' returned"
        f" an unexpected result type. Expected '{kind}', but was '{type_name(value)}' for value:"
        f" {compact(value)}",
        field,
    )
