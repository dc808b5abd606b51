"""Map, distributed: a Map Run whose items are child executions.

Events and their links are recorded; what children do among each other is documented, and where a
comment says so guessed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from simulator.asl.expressions import EvaluationError
from simulator.asl.model import Map, StateMachine
from simulator.engine.dataflow import make_input
from simulator.engine.execution import Execution, Failed, Held, Thread
from simulator.engine.fibers import Signal
from simulator.engine.handling import make_guarded
from simulator.engine.map_batches import batches
from simulator.engine.map_fields import at_once, input_of, items_of, tolerance, whole
from simulator.engine.map_results import transformed
from simulator.engine.map_runs import (
    EXCEEDED,
    EXCEEDED_CAUSE,
    Child,
    MapRun,
    MapRunStatus,
    record_of,
    uuid_of,
)
from simulator.engine.ports import Failure, Item, ItemStore, ReadItems, WriteResults
from simulator.engine.retry import FATAL
from simulator.engine.scope import StateScope, failed_evaluation, runtime_failure
from simulator.engine.states import Node
from simulator.errors import UsageError
from simulator.values import Json


def make_distributed(state: Map) -> Node:
    machine = StateMachine(state.processor)
    return make_guarded(state, DistributedWork(state, machine).attempt, "MapStateFailed")


@dataclass(slots=True)
class _Attempt:
    """What one attempt works on. `items` is None until the ItemReader has read them."""

    run: Execution
    thread: Thread
    scope: StateScope
    effective: Json
    items: Sequence[Item] | None
    reader: Json
    writer: Json
    max_concurrency: int
    started: int = 0  # id of MapRunStarted or MapRunRedriven
    ended: deque[Child] = field(default_factory=deque)
    bell: Signal[None] = field(default_factory=Signal)

    def rang(self, child: Child) -> None:
        self.ended.append(child)
        self.bell.resolve(None)


class DistributedWork:
    __slots__ = ("machine", "prepare", "state")

    def __init__(self, state: Map, machine: StateMachine) -> None:
        self.state = state
        self.machine = machine
        self.prepare = make_input(state.data)

    async def attempt(
        self, run: Execution, thread: Thread, scope: StateScope, value: Json, attempt: int
    ) -> Json:
        work = self._prepared(run, thread, scope, value, attempt)
        held = thread.take_held(attempt)
        map_run = None if held is None else held.map_run
        if map_run is None:
            length = 0 if work.items is None else len(work.items)
            thread.last = run.write("MapStateStarted", thread.last, self.state.name, (length,))
        try:
            count, share = tolerance(self.state, scope, work.effective)
            limit = self._max_items(scope, work.effective)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, thread.last) from None
        if map_run is not None:
            self._redrive(work, map_run)
        else:
            map_run = self._start(work, count, share)
            try:
                map_run.fill(self._children(work, limit))
            except Failed as failure:
                raise self._failed(work, map_run, failure) from None
            except EvaluationError as error:
                failed = failed_evaluation(scope, thread, error, thread.last)
                raise self._failed(work, map_run, failed) from None
        thread.held = Held(map_run=map_run)
        return await self._finish(work, map_run)

    def _prepared(
        self, run: Execution, thread: Thread, scope: StateScope, value: Json, attempt: int
    ) -> _Attempt:
        """All that is evaluated before MapStateStarted. Raises Failed."""
        before = scope.before if attempt == 1 else thread.last
        state = self.state
        reader = writer = None
        try:
            effective = value if self.prepare is None else self.prepare(scope, value)
            if state.reader is None:
                values, keys = items_of(state, scope, effective)
                items: list[Item] | None = [
                    Item(item, None if keys is None else keys[index])
                    for index, item in enumerate(values)
                ]
            else:  # AWS: ItemsPath is not looked at then (recorded)
                items = None
                if state.reader.arguments is not None:
                    reader = state.reader.arguments.evaluate(effective, scope)
            if state.writer is not None and state.writer.arguments is not None:
                writer = state.writer.arguments.evaluate(effective, scope)
            limits = run.runtime.limits
            limit = at_once(state, scope, effective, limits.distributed_map_concurrency)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, before) from None
        return _Attempt(run, thread, scope, effective, items, reader, writer, limit)

    def _max_items(self, scope: StateScope, effective: Json) -> int | None:
        """ReaderConfig's MaxItems; None and 0 are no limit (recorded)."""
        reader = self.state.reader
        if reader is None or reader.max_items is None:
            return None
        value = reader.max_items.evaluate(effective, scope)
        return whole(scope, reader.max_items, reader.max_items_field, value)

    def _start(self, work: _Attempt, count: int | None, share: float | None) -> MapRun:
        run, state = work.run, self.state
        seed = f"{run.seed}/{work.thread.where}{state.name}/{run.event_count}"
        label = state.label or uuid_of(f"{run.state_machine_arn}/{state.name}")
        machine_arn = run.state_machine_arn
        map_run = MapRun(
            arn=f"{machine_arn.replace(':stateMachine:', ':mapRun:')}/{label}:{uuid_of(seed)}",
            execution_arn=run.arn,
            state_machine_arn=f"{machine_arn}/{label}",
            state=state.name,
            label=label,
            kind=state.execution_type,
            seed=seed,
            max_concurrency=work.max_concurrency,
            tolerated_count=count,
            tolerated_percentage=share,
            started=run.clock.ticks,
        )
        run.map_runs.append(map_run)
        work.started = work.thread.last = run.write(
            "MapRunStarted", work.thread.last, state.name, (map_run.arn,)
        )
        return map_run

    def _redrive(self, work: _Attempt, map_run: MapRun) -> None:
        """Children that did not succeed run again, in the same Map Run."""
        run = work.run
        if map_run.redrive_count >= run.runtime.limits.redrives:
            raise runtime_failure(work.scope, "The Map Run reached the maximum number of redrives.")
        map_run.revive(run.clock.ticks)
        work.started = work.thread.last = run.write(
            "MapRunRedriven",
            work.thread.last,
            self.state.name,
            (map_run.arn, map_run.redrive_count),
        )

    def _children(self, work: _Attempt, limit: int | None) -> Iterator[Child]:
        """Items, ItemSelector, ItemBatcher: in this order (docs). Raises Failed, EvaluationError."""
        items = self._read(work, limit) if work.items is None else work.items
        values = self._selected(work, items)
        if self.state.batcher is None:
            return (Child(value, 1) for value in values)
        return batches(self.state.batcher, work.scope, work.effective, list(values))

    def _read(self, work: _Attempt, limit: int | None) -> Sequence[Item]:
        reader, run = self.state.reader, work.run
        if reader is None:
            return ()
        if limit is not None and limit < 0:
            raise Failed("States.ItemReaderFailed", "field MaxItems must be positive")  # recorded
        found = self._store(run, "reads its items").read(
            ReadItems(
                reader.resource,
                work.reader,
                reader.config,
                limit or None,
                run.arn,
                run.workflow,
                self.state.name,
            )
        )
        if isinstance(found, Failure):
            raise Failed(found.error, found.cause)
        return found

    def _store(self, run: Execution, what: str) -> ItemStore:
        store = run.runtime.items
        if store is None:
            raise UsageError(
                f"the Map '{self.state.name}' of {run.workflow} {what} in S3, and this run has no S3"
            )
        return store

    def _selected(self, work: _Attempt, items: Sequence[Item]) -> Iterator[Json]:
        selector, scope = self.state.item_selector, work.scope
        if selector is None:
            yield from (input_of(item.value, item.key) for item in items)
            return
        try:
            for index, item in enumerate(items):
                scope.on_item((index, item.value, item.key, item.source))
                yield selector.evaluate(work.effective, scope)
        finally:
            scope.on_item(None)

    def _failed(self, work: _Attempt, map_run: MapRun, failure: Failed) -> Failed:
        self._end(work, map_run, "FAILED", (failure.error, failure.cause))
        fatal = failure.error == FATAL
        return Failed(failure.error, failure.cause, failure.also, contained=not fatal)

    def _end(
        self, work: _Attempt, map_run: MapRun, status: MapRunStatus, parts: tuple[str | None, ...]
    ) -> None:
        map_run.status = status
        map_run.stopped = work.run.clock.ticks
        kind = f"MapRun{status.capitalize()}"
        work.thread.last = work.run.write(kind, work.started, self.state.name, parts)

    async def _finish(self, work: _Attempt, map_run: MapRun) -> Json:
        run, thread, name = work.run, work.thread, self.state.name
        try:
            await self._run_children(work, map_run)
        except BaseException:
            map_run.status = "ABORTED"
            map_run.stopped = run.clock.ticks
            self._stop_children(run, map_run)
            run.write_last("MapRunAborted", work.started, ())
            raise
        breached = map_run.breached()
        if breached:
            self._stop_children(run, map_run)
        try:
            result = self._result(work, map_run)
        except Failed as failure:
            raise self._failed(work, map_run, failure) from None
        if breached:
            raise self._failed(work, map_run, Failed(EXCEEDED, EXCEEDED_CAUSE))
        self._end(work, map_run, "SUCCEEDED", ())
        run.write("MapStateSucceeded", thread.last, name)
        if run.runtime.behaviour.map_exit_follows_start:
            thread.last = work.started
        thread.held = None
        return result

    async def _run_children(self, work: _Attempt, map_run: MapRun) -> None:
        """Run what has not succeeded, at most MaxConcurrency at once, until too much is lost."""
        executions = work.run.runtime.executions
        waiting = deque(child for child in map_run.children if not child.succeeded)
        running = 0
        while waiting or running:
            while waiting and running < self._limit(work, map_run):
                child = waiting.popleft()
                if child.run is not None and child.redrivable:
                    executions.redrive(child.run)
                else:
                    executions.start_child(work.run, self.machine, child, map_run)
                running += 1
                child.watch(work.rang)
            while not work.ended:
                work.bell = Signal()
                await work.bell
            child = work.ended.popleft()
            running -= 1
            if not child.succeeded:
                map_run.lost += child.items
                if map_run.breached():
                    return

    def _limit(self, work: _Attempt, map_run: MapRun) -> int:
        """UpdateMapRun may change it on the way."""
        most = work.run.runtime.limits.distributed_map_concurrency
        return min(map_run.max_concurrency, most) if map_run.max_concurrency else most

    def _stop_children(self, run: Execution, map_run: MapRun) -> None:
        """AWS may let them go on for a while (docs); here they stop at once."""
        for child in map_run.children:
            if child.run is not None and child.run.status == "RUNNING":
                run.runtime.executions.stop(child.run)

    def _result(self, work: _Attempt, map_run: MapRun) -> Json:
        """The state's result: outputs, or where they were written. Raises Failed."""
        writer, run = self.state.writer, work.run
        if writer is None:
            return [
                child.run.output if child.run and child.succeeded else record_of(child)
                for child in map_run.children
            ]
        records = [record_of(child) for child in map_run.children]
        if writer.resource is None:
            return transformed(records, str(writer.config.get("Transformation", "NONE")))
        written = self._store(run, "writes its results").write(
            WriteResults(
                writer.resource,
                work.writer,
                writer.config,
                map_run.arn,
                records,
                run.arn,
                run.workflow,
                self.state.name,
            )
        )
        if isinstance(written, Failure):
            raise Failed(written.error, written.cause)
        return {"MapRunArn": map_run.arn, "ResultWriterDetails": {**written}}
