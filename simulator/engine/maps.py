"""Map, inline: one iteration an item, at most MaxConcurrency at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.asl.expressions import EvaluationError
from simulator.asl.model import Map
from simulator.engine.branches import Group, MakeGraph, RunGraph
from simulator.engine.dataflow import make_input
from simulator.engine.execution import Execution, Failed, Held, MapItem, Thread
from simulator.engine.handling import make_guarded
from simulator.engine.map_fields import at_once, input_of, items_of, tolerance
from simulator.engine.scope import StateScope, failed_evaluation
from simulator.engine.states import Node
from simulator.values import Json


def make_map(state: Map, make_graph: MakeGraph) -> Node:
    return make_guarded(
        state, MapWork(state, make_graph(state.processor)).attempt, "MapStateFailed"
    )


@dataclass(slots=True)
class _Attempt:
    """What one attempt works on. `keys` are set when the items are an object's members."""

    run: Execution
    thread: Thread
    scope: StateScope
    effective: Json
    items: Sequence[Json]
    keys: Sequence[str] | None
    held: Held
    group: Group


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
        before = scope.before if attempt == 1 else thread.last
        try:
            effective = value if self.prepare is None else self.prepare(scope, value)
            items, keys = items_of(self.state, scope, effective)
            limit = at_once(self.state, scope, effective, run.runtime.limits.inline_map_concurrency)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, before) from None
        held = thread.take_held(attempt)
        if held is None:
            held = Held()
            thread.last = run.write("MapStateStarted", thread.last, name, (len(items),))
        try:
            # AWS: inline Maps accept the tolerances and check them, and know none (recorded).
            tolerance(self.state, scope, effective)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, thread.last) from None
        group = Group(run)
        thread.held = held
        work = _Attempt(run, thread, scope, effective, items, keys, held, group)
        try:
            await self._iterate(work, limit)
        finally:
            group.cancel_all()
            held.results |= group.unclaimed
        thread.held = None
        run.write("MapStateSucceeded", thread.last, name)
        return [held.results[index] for index in range(len(items))]

    async def _iterate(self, work: _Attempt, limit: int) -> None:
        name, thread, run = self.state.name, work.thread, work.run
        open_indices = [n for n in range(len(work.items)) if n not in work.held.results]
        waiting = iter(open_indices)
        for _, index in zip(range(limit), waiting, strict=False):
            self._launch(work, index, thread.last)
        for _ in open_indices:
            index, fiber = await work.group.next_ended()
            ended = work.group.threads.pop(index)
            last = ended.last
            try:
                work.held.results[index] = fiber.result()
            except Failed as failure:
                thread.last = last
                self._abort(run, work.group, index, ended)
                raise Failed(
                    failure.error, failure.cause, failure.also, final=failure.final
                ) from None
            thread.last = run.write("MapIterationSucceeded", last, name, (name, index))
            work.held.threads.pop(index, None)
            following = next(waiting, None)
            if following is not None:
                # AWS: follows the last event of the iteration that freed its place (recorded).
                self._launch(work, following, last)

    def _launch(self, work: _Attempt, index: int, previous: int) -> None:
        name, thread, run = self.state.name, work.thread, work.run
        left = work.held.threads.get(index)
        if left is not None and left.stopped_at is not None:
            left.last = previous
            work.group.launch(index, left, self.graph, None, again=True)
            return
        value = work.items[index]
        key = None if work.keys is None else work.keys[index]
        item = (index, value, key, "STATE_DATA")
        entry = self._entry(work, item, previous)
        started = run.write("MapIterationStarted", previous, name, (name, index))
        inner = Thread(started, thread.variables, f"{thread.where}{name}[{index}]/")
        work.held.threads[index] = inner
        work.group.launch(index, inner, self.graph, entry)

    def _entry(self, work: _Attempt, item: MapItem, previous: int) -> Json:
        """What the iteration starts with: its item, or what ItemSelector makes of it."""
        selector, scope = self.state.item_selector, work.scope
        if selector is None:
            return input_of(item[1], item[2])
        scope.on_item(item)
        try:
            return selector.evaluate(work.effective, scope)
        except EvaluationError as error:
            work.thread.last = previous
            raise failed_evaluation(scope, work.thread, error, previous) from None
        finally:
            scope.on_item(None)

    def _abort(self, run: Execution, group: Group, index: int, ended: Thread) -> None:
        name, last = self.state.name, ended.last
        run.write("MapIterationFailed", last, name, (name, index))
        group.abort_event(ended, last)
        for other in group.running:
            run.write("MapIterationAborted", last, name, (name, other))
            group.abort_event(group.cancel(other), last)
