"""A `States` object as one coroutine function: the loop over its states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from simulator.asl.model import (
    Choice,
    Fail,
    Graph,
    Map,
    Parallel,
    Pass,
    State,
    Succeed,
    Task,
    Wait,
)
from simulator.engine.branches import RunGraph, make_parallel
from simulator.engine.distributed import make_distributed
from simulator.engine.execution import Execution, Thread
from simulator.engine.fibers import TURN
from simulator.engine.maps import make_map
from simulator.engine.states import (
    Node,
    make_choice,
    make_fail,
    make_pass,
    make_succeed,
    make_wait,
)
from simulator.engine.tasks import make_task
from simulator.values import Json


def make_graph(graph: Graph, *, top: bool = False) -> RunGraph:
    """Compile a `States` object. Branches let their siblings go first between two states."""
    nodes: Mapping[str, Node] = {name: _node(state) for name, state in graph.states.items()}
    start = nodes[graph.start_at]

    async def run_graph(
        run: Execution, thread: Thread, value: Json, *, again: bool = False
    ) -> Json:
        node = start
        most = run.runtime.limits.transitions
        try:
            if again and thread.stopped_at is not None:
                name, value = thread.stopped_at
                node, thread.stopped_at = nodes[name], None
                if node.again is not None and thread.entered:
                    run.count_transition()
                    following, value = await node.again(run, thread, value)
                    if following is None:
                        return value
                    node = nodes[following]
            while True:
                run.transitions += 1
                if run.transitions > most:
                    run.refuse_more_states()
                step = node.step
                if step is not None:
                    following, value = step(run, thread, value)
                else:
                    following, value = await node.work(run, thread, value)  # type: ignore[misc]  # one is set
                if following is None:
                    return value
                node = nodes[following]
                if not top:
                    thread.entered = 0  # stopped here, it has not entered the next state
                    await TURN
        except BaseException:
            # Where a redrive goes on; `value` is still the input of the state that was left.
            thread.stopped_at = (node.name, value)
            raise

    return run_graph


def _node(state: State) -> Node:
    match state:
        case Pass():
            return make_pass(state)
        case Choice():
            return make_choice(state)
        case Task():
            return make_task(state)
        case Wait():
            return make_wait(state)
        case Succeed():
            return make_succeed(state)
        case Fail():
            return make_fail(state)
        case Parallel():
            return make_parallel(state, make_graph)
        case Map():
            distributed = state.mode == "DISTRIBUTED"
            return make_distributed(state) if distributed else make_map(state, make_graph)
        case _:
            assert_never(state)
