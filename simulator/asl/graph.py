"""States and transitions as data; as a networkx graph for whoever wants algorithms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from simulator.asl.expressions import Expression
from simulator.asl.model import (
    Choice,
    Fail,
    Graph,
    Map,
    Parallel,
    State,
    StateMachine,
    Succeed,
    Task,
    Wait,
)

if TYPE_CHECKING:
    import networkx as nx

TransitionKind: TypeAlias = Literal["next", "choice", "default", "catch"]


@dataclass(frozen=True, slots=True)
class Transition:
    """`index` counts the rules of a Choice and the catchers of a state from 0."""

    source: str
    target: str
    kind: TransitionKind
    index: int = 0


def transitions(graph: Graph) -> list[Transition]:
    """Every transition of one `States` object, in the definition's order."""
    return [move for state in graph.states.values() for move in leaving(state)]


def leaving(state: State) -> Iterator[Transition]:
    """The transitions that leave one state."""
    name = state.name
    if isinstance(state, Choice):
        for index, rule in enumerate(state.rules):
            yield Transition(name, rule.next, "choice", index)
        if state.default is not None:
            yield Transition(name, state.default, "default")
        return
    if isinstance(state, Succeed | Fail):
        return
    if state.next is not None:
        yield Transition(name, state.next, "next")
    if isinstance(state, Task | Parallel | Map):
        for index, catcher in enumerate(state.catchers):
            yield Transition(name, catcher.next, "catch", index)


def expressions(state: State) -> Iterator[Expression]:
    """Every compiled expression of a state, not of the states inside it."""
    data = state.data
    found: list[Expression | None] = [
        data.input_path,
        data.arguments,
        data.result_selector,
        data.output_path,
        data.output,
        data.assign,
    ]
    if isinstance(state, Choice):
        for rule in state.rules:
            found += [rule.condition, rule.output, rule.assign]
    elif isinstance(state, Wait):
        found.append(state.delay)
    elif isinstance(state, Fail):
        found += [state.error, state.cause]
    elif isinstance(state, Task):
        found += [state.timeout, state.heartbeat, state.credentials]
    elif isinstance(state, Map):
        found += _of_map(state)
    if isinstance(state, Task | Parallel | Map):
        for catcher in state.catchers:
            found += [catcher.output, catcher.assign]
    return (expression for expression in found if expression is not None)


def _of_map(state: Map) -> list[Expression | None]:
    found = [
        state.items,
        state.item_selector,
        state.max_concurrency,
        state.tolerated_failure_count,
        state.tolerated_failure_percentage,
    ]
    if state.reader is not None:
        found += [state.reader.arguments, state.reader.max_items]
    if state.batcher is not None:
        found += [state.batcher.max_items, state.batcher.max_bytes, state.batcher.batch_input]
    if state.writer is not None:
        found.append(state.writer.arguments)
    return found


def inner_graphs(state: State) -> tuple[Graph, ...]:
    """The branches of a Parallel, the processor of a Map, nothing else."""
    if isinstance(state, Parallel):
        return state.branches
    return (state.processor,) if isinstance(state, Map) else ()


def all_graphs(graph: Graph) -> Iterator[Graph]:
    """One `States` object and all inside it, outer ones first."""
    yield graph
    for state in graph.states.values():
        for inner in inner_graphs(state):
            yield from all_graphs(inner)


def all_states(machine: StateMachine) -> Iterator[State]:
    """Every state of the machine, those in branches and processors included."""
    for graph in all_graphs(machine.graph):
        yield from graph.states.values()


def reached(graph: Graph) -> set[str]:
    """The states that transitions from StartAt lead to."""
    import networkx as nx

    return {graph.start_at} | set(nx.descendants(to_networkx(graph), graph.start_at))


def leading_to(graph: Graph, targets: Iterable[str]) -> set[str]:
    """These states and all from which transitions lead to one of them."""
    import networkx as nx

    edges = to_networkx(graph)
    found = set(targets)
    for target in tuple(found):
        found |= set(nx.ancestors(edges, target))
    return found


def to_networkx(graph: Graph) -> nx.MultiDiGraph[str]:
    """Nodes are state names with their `state`; edges carry their `transition`."""
    import networkx as nx

    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for name, state in graph.states.items():
        made.add_node(name, state=state)
    for move in transitions(graph):
        made.add_edge(move.source, move.target, transition=move)
    return made
