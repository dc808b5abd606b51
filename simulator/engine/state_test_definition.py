"""The state that a TestState request names, in its definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.asl.graph import inner_graphs
from simulator.asl.integrations import Integration, read_integration
from simulator.asl.model import Graph, Map, State, StateMachine, Task
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.state_test_error import StateTestError, invalid
from simulator.errors import SourceError
from simulator.problems import Problem
from simulator.values import Json, parse_json

# AWS: how a state is called that comes without a machine (recorded).
STATE_NAME: Final = "StateName"
_PLACE: Final = Path("definition.json")
# Where a problem has no words of the service; recorded.
_WORDS: Final = {"ASL015": "Value cannot be empty"}


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
    try:
        source = Source.read(text, _PLACE)
    except SourceError as error:
        raise _invalid_definition(error.problems) from None
    if state_name is None:
        source = Source.of(_around(source.value), _PLACE)
    machine, problems = parse(source)
    if machine is None:
        raise _invalid_definition([item for item in problems if item.severity == "error"])
    wanted = STATE_NAME if state_name is None else state_name
    for state, in_map in _states(machine.graph, in_map=False):
        if state.name == wanted:
            return Tested(machine, state, in_map)
    raise invalid("State not found in definition")


def _around(state: Json) -> Json:
    """A machine around one state, with an end behind every transition that leaves it."""
    states: dict[str, Json] = {STATE_NAME: state}
    ends: list[Json] = [*_targets(state), f"end of {STATE_NAME}"]
    for target in ends:
        if isinstance(target, str):
            states.setdefault(target, {"Type": "Succeed"})
    return {"StartAt": STATE_NAME, "States": states}


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


def _invalid_definition(problems: list[Problem] | tuple[Problem, ...]) -> StateTestError:
    """Every problem, in the service's words where they are known."""
    told = []
    for problem in problems:
        words = problem.aws
        if words is None:
            message, code = _WORDS.get(problem.code, problem.message), "SCHEMA_VALIDATION_FAILED"
            pointer = problem.location.pointer
        else:
            message, code = words.message, words.code
            pointer = problem.location.pointer if words.pointer is None else words.pointer
        told.append(f"{code}: {message} at {pointer or '/'}")
    return StateTestError(
        "InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(told)}'"
    )


def json_or(text: str, refusal: str) -> Json:
    """The text's value. Raises StateTestError with these words when it is not JSON."""
    try:
        return parse_json(text)
    except ValueError:
        raise invalid(refusal) from None
