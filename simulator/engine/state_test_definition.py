"""The state that a TestState request names, in its definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.asl.diagnostics import diagnose
from simulator.asl.graph import inner_graphs
from simulator.asl.integrations import Integration, read_integration
from simulator.asl.model import Graph, Map, State, StateMachine, Task
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.state_test_error import StateTestError, invalid
from simulator.values import Json, compact, parse_json

# AWS: how a state is called that comes without a machine (recorded).
STATE_NAME: Final = "StateName"
_PLACE: Final = Path("definition.json")


@dataclass(frozen=True, slots=True)
class Tested:
    """`machine` holds the state; `in_map` when a Map's iterations run it."""

    machine: StateMachine
    state: State
    in_map: bool

    @property
    def integration(self) -> Integration | None:
        state = self.state
        return read_integration(state.resource) if isinstance(state, Task) else None

    @property
    def is_activity(self) -> bool:
        return isinstance(self.state, Task) and ":activity:" in self.state.resource

    @property
    def has_token(self) -> bool:
        """Does the state wait for a token or for the end of a job?"""
        integration = self.integration
        return self.is_activity or (integration is not None and integration.pattern != "")


def read_definition(text: str, state_name: str | None) -> Tested:
    """A single state, or with `state_name` a machine that has it at any depth.

    Raises StateTestError: InvalidDefinition, or ValidationException when there is no such state.
    """
    if state_name is None:
        text = _around(text)
    diagnosis = diagnose(text)
    if diagnosis.message is not None:
        raise StateTestError("InvalidDefinition", diagnosis.message)
    machine, _ = parse(Source.read(text, _PLACE))
    wanted = STATE_NAME if state_name is None else state_name
    for state, in_map in () if machine is None else _states(machine.graph, in_map=False):
        if state.name == wanted and machine is not None:
            return Tested(machine, state, in_map)
    raise invalid("State not found in definition")


def _around(text: str) -> str:
    """A machine around one state, with an end behind every transition that leaves it.

    What is no JSON stays as it is.
    """
    try:
        state = parse_json(text)
    except (ValueError, RecursionError):
        return text
    states: dict[str, Json] = {STATE_NAME: state}
    for target in _targets(state):
        if isinstance(target, str):
            states.setdefault(target, {"Type": "Succeed"})
    return compact({"StartAt": STATE_NAME, "States": states})


def _targets(state: Json) -> Iterator[Json]:
    if not isinstance(state, dict):
        return
    yield from (state.get("Next"), state.get("Default"))
    for field in ("Choices", "Catch"):
        items = state.get(field)
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict):
                yield item.get("Next")


def _states(graph: Graph, *, in_map: bool) -> Iterator[tuple[State, bool]]:
    for state in graph.states.values():
        yield state, in_map
        for inner in inner_graphs(state):
            yield from _states(inner, in_map=in_map or isinstance(state, Map))
