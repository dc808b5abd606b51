"""What is wrong with a definition although every part of it is well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from simulator.asl import aws_words
from simulator.asl.choices import wildcards
from simulator.asl.graph import (
    all_graphs,
    all_states,
    expressions,
    leading_to,
    reached,
)
from simulator.asl.handlers import check_handlers
from simulator.asl.integrations import read_integration
from simulator.asl.model import (
    Choice,
    Fail,
    Graph,
    State,
    StateMachine,
    Succeed,
    Task,
)
from simulator.asl.payload_paths import check_paths
from simulator.asl.variables import check_variables
from simulator.problems import AwsWords, Location, Problem, in_order
from simulator.values import Json

CALLBACK = ".waitForTaskToken"
_TOKEN = re.compile(r"""\$\$\s*(\.\s*|\[\s*['"])Task\b|\bcontext\s*\.\s*`?Task\b""")
WITH_TOKEN = (CALLBACK, ".sync", ".sync:2")


def check(machine: StateMachine) -> list[Problem]:
    """All problems, warnings included, in the order of their places."""
    problems: list[Problem] = []
    for graph in all_graphs(machine.graph):
        problems.extend(_reachability(graph))
    for state in all_states(machine):
        problems.extend(_tokens(state))
        if isinstance(state, Choice):
            problems.extend(_patterns(state))
        elif isinstance(state, Task):
            problems.extend(_parameters(state))
    problems.extend(check_handlers(machine))
    problems.extend(check_variables(machine))
    problems.extend(check_paths(machine))
    return in_order(problems)


def _problem(
    code: str,
    message: str,
    place: Location,
    hint: str | None = None,
    severity: Literal["error", "warning"] = "warning",
    aws: AwsWords | None = None,
) -> Problem:
    return Problem(code, message, place, hint, severity, aws)


def _reachability(graph: Graph) -> Iterator[Problem]:
    alive = reached(graph)
    for name, state in graph.states.items():
        if name not in alive:
            yield _problem(
                "ASL201",
                f"no transition leads to the state '{name}'",
                state.location,
                "remove it, or name it in a Next, Default or Catch",
                "error",
                aws_words.unreachable(name),
            )
    ends = {name for name in alive if is_end(graph.states[name])}
    for name in sorted(alive - leading_to(graph, ends)):
        yield _problem(
            "ASL204",
            f"from the state '{name}' the workflow can never end",
            graph.states[name].location,
            "give the loop a way out",
        )


def is_end(state: State) -> bool:
    """True when the workflow (the branch, the iteration) may end in this state."""
    if isinstance(state, Succeed | Fail):
        return True
    return not isinstance(state, Choice) and state.next is None


def _names_token(value: Json) -> bool:
    """Is the token read by its name, not merely with the whole context object?"""
    if isinstance(value, dict):
        return any(map(_names_token, value.values()))
    if isinstance(value, list):
        return any(map(_names_token, value))
    return isinstance(value, str) and _TOKEN.search(value) is not None


def _tokens(state: State) -> Iterator[Problem]:
    reads = any(
        expression.reads_token and _names_token(expression.source)
        for expression in expressions(state)
    )
    resource = state.resource if isinstance(state, Task) else ""
    if resource.endswith(CALLBACK) and not (
        state.data.arguments and state.data.arguments.reads_token
    ):
        where = "Arguments" if state.data.query_language == "JSONata" else "Parameters"
        yield _problem(
            "ASL202",
            f"the callback task '{state.name}' tells nobody its token: it can only time out",
            state.location,
            f"pass the context object's Task.Token in {where}",
        )
    if reads and not resource.endswith(WITH_TOKEN):
        yield _problem(
            "ASL203",
            f"the state '{state.name}' reads the task token, and it has none",
            state.location,
            f"a token exists in tasks whose resource ends in {CALLBACK}",
        )


def _parameters(state: Task) -> Iterator[Problem]:
    """An integration needs the field, be it empty (published)."""
    if state.data.arguments is None and read_integration(state.resource) is not None:
        field = "Arguments" if state.data.query_language == "JSONata" else "Parameters"
        yield _problem(
            "ASL210",
            f"the resource of the state '{state.name}' is an integration, which needs '{field}'",
            state.location,
            f'write "{field}": {{}} when there is nothing to pass',
            "error",
            AwsWords(
                f"{field} field is required for resource ARN: {state.resource}",
                pointer=f"{state.location.pointer}/Resource",
            ),
        )


def _patterns(state: Choice) -> Iterator[Problem]:
    """Patterns that the service accepts and that fail when they are used."""
    for rule in state.rules:
        for pattern in _values_of("StringMatches", rule.source):
            if isinstance(pattern, str) and wildcards(pattern) is None:
                yield _problem(
                    "ASL207",
                    f"the pattern '{pattern}' has a backslash that escapes nothing: comparing with"
                    " it fails the execution",
                    rule.location,
                    r"write \\* for a star and \\\\ for a backslash in JSON",
                )


def _values_of(key: str, value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield item
            yield from _values_of(key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _values_of(key, item)
