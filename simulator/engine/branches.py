"""Parallel: all branches at once, the first failure ends them."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeAlias

from simulator.asl.expressions import EvaluationError
from simulator.asl.model import Graph, Parallel
from simulator.engine.dataflow import make_input
from simulator.engine.execution import Execution, Failed, Held, Thread
from simulator.engine.fibers import Fiber, Signal
from simulator.engine.handling import make_guarded
from simulator.engine.scope import StateScope, failed_evaluation
from simulator.engine.states import Node
from simulator.values import Json


class RunGraph(Protocol):
    """Runs one `States` object from its StartAt to its end; `again` from where the thread stopped."""

    def __call__(
        self, run: Execution, thread: Thread, value: Json, *, again: bool = False
    ) -> Awaitable[Json]: ...


MakeGraph: TypeAlias = Callable[[Graph], RunGraph]
ABORTED_KINDS = frozenset({"Task", "Wait", "Map", "Parallel"})


class Group:
    """The running branches or iterations of one state; who has ended is told in order."""

    __slots__ = ("_bell", "_ended", "_fibers", "_run", "threads", "unclaimed")

    def __init__(self, run: Execution) -> None:
        self._run = run
        self._fibers: dict[int, Fiber[Json]] = {}
        self._ended: deque[int] = deque()
        self._bell: Signal[None] = Signal()
        self.threads: dict[int, Thread] = {}
        # Results that came while another's failure was on its way: a redrive keeps them.
        self.unclaimed: dict[int, Json] = {}

    def launch(
        self, index: int, thread: Thread, graph: RunGraph, value: Json, *, again: bool = False
    ) -> None:
        self.threads[index] = thread
        body: Any = graph(self._run, thread, value, again=again)
        fiber: Fiber[Json] = self._run.runtime.scheduler.spawn(thread.where or "branch", body)
        self._fibers[index] = fiber
        fiber.watch(lambda: self._rang(index))

    def _rang(self, index: int) -> None:
        self._ended.append(index)
        self._bell.resolve(None)

    async def next_ended(self) -> tuple[int, Fiber[Json]]:
        while not self._ended:
            self._bell = Signal()
            await self._bell
        index = self._ended.popleft()
        return index, self._fibers.pop(index)

    @property
    def running(self) -> list[int]:
        return sorted(self._fibers)

    def cancel(self, index: int) -> Thread:
        fiber = self._fibers.pop(index)
        if fiber.done and not fiber.failed:
            self.unclaimed[index] = fiber.result()
        fiber.cancel()
        return self.threads[index]

    def cancel_all(self) -> None:
        for index in self.running:
            self.cancel(index)

    def abort_event(self, thread: Thread, cause: int) -> None:
        """AWS: a state that was left without an exit is torn down by an event without a name.

        So is the very Task whose failure nobody caught (recorded).
        """
        if thread.current is not None and thread.current[0] in ABORTED_KINDS:
            self._run.write(f"{thread.current[0]}StateAborted", cause)


def make_parallel(state: Parallel, make_graph: MakeGraph) -> Node:
    graphs = [make_graph(branch) for branch in state.branches]
    return make_guarded(state, ParallelWork(state, graphs).attempt, "ParallelStateFailed")


class ParallelWork:
    __slots__ = ("graphs", "prepare", "state")

    def __init__(self, state: Parallel, graphs: Sequence[RunGraph]) -> None:
        self.state = state
        self.graphs = graphs
        self.prepare = make_input(state.data)

    async def attempt(
        self, run: Execution, thread: Thread, scope: StateScope, value: Json, attempt: int
    ) -> Json:
        name = self.state.name
        before = scope.before if attempt == 1 else thread.last
        try:
            payload = value if self.prepare is None else self.prepare(scope, value)
        except EvaluationError as error:
            raise failed_evaluation(scope, thread, error, before) from None
        held = thread.take_held(attempt)
        if held is None:
            held = Held()
            thread.last = run.write("ParallelStateStarted", thread.last, name)
        group = Group(run)
        thread.held = held
        try:
            for index, graph in enumerate(self.graphs):
                if index not in held.results:
                    branch, again = self._thread(thread, held, index)
                    group.launch(index, branch, graph, payload, again=again)
            for _ in range(len(self.graphs) - len(held.results)):
                index, fiber = await group.next_ended()
                thread.last = group.threads[index].last
                held.results[index] = self._result(fiber, group, group.threads[index])
        finally:
            group.cancel_all()
            held.results |= group.unclaimed
        thread.held = None
        run.write("ParallelStateSucceeded", thread.last, name)
        return [held.results[index] for index in range(len(self.graphs))]

    def _thread(self, thread: Thread, held: Held, index: int) -> tuple[Thread, bool]:
        """A branch's thread: a new one, or the one that a failed run left behind."""
        left = held.threads.get(index)
        if left is None:
            where = f"{thread.where}{self.state.name}[{index}]/"
            left = held.threads[index] = Thread(thread.last, thread.variables, where)
            return left, False
        left.last = thread.last
        return left, left.stopped_at is not None

    def _result(self, fiber: Fiber[Json], group: Group, ended: Thread) -> Json:
        try:
            return fiber.result()
        except Failed as failure:
            last = ended.last
            group.abort_event(ended, last)
            for index in group.running:
                group.abort_event(group.cancel(index), last)
            # AWS: surfaces under the branch's own name; States.BranchFailed matches too (spec).
            also = (*failure.also, "States.BranchFailed")
            raise Failed(failure.error, failure.cause, also, final=failure.final) from None
