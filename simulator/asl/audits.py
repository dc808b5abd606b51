"""A state machine whose expressions tell what they decide, and the decisions of a state.

Numbers count within a state, in the order of its fields; both functions walk the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeAlias, cast

from simulator.asl.expressions import Expression
from simulator.asl.jsonata_decisions import Decision
from simulator.asl.model import Graph, State, StateMachine

_Change: TypeAlias = Callable[[Expression], Expression]


def decisions_in(state: State) -> list[Decision]:
    """Of the state's own fields, without the states inside it."""
    found: list[Decision] = []

    def note(expression: Expression) -> Expression:
        found.extend(expression.decisions)
        return expression

    _changed(state, note, lambda graph: graph)
    return found


def audited(machine: StateMachine) -> StateMachine:
    """The same machine; scopes are told of its decisions by state and number."""
    return replace(machine, graph=_graph(machine.graph))


def _graph(graph: Graph) -> Graph:
    return replace(graph, states={name: _state(state) for name, state in graph.states.items()})


def _state(state: State) -> State:
    first = 0

    def telling(expression: Expression) -> Expression:
        nonlocal first
        if expression.audited is None:
            return expression
        made = replace(expression, evaluate=expression.audited(first))
        first += len(expression.decisions)
        return made

    return cast("State", _changed(state, telling, _graph))


def _changed(value: Any, change: _Change, enter: Callable[[Graph], Graph]) -> Any:
    """`value` with each expression changed; as it is where nothing is."""
    if isinstance(value, Expression):
        return change(value)
    if isinstance(value, Graph):
        return enter(value)
    if isinstance(value, tuple):
        items = tuple(_changed(item, change, enter) for item in value)
        return (
            items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        )
    if not is_dataclass(value) or isinstance(value, Mapping):
        return value
    made = {}
    for field in fields(value):
        old = getattr(value, field.name)
        new = _changed(old, change, enter)
        if new is not old:
            made[field.name] = new
    return replace(cast("Any", value), **made) if made else value
