"""What is wrong with a definition although every part of it is well formed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from simulator.asl import aws_words
from simulator.asl.choices import wildcards
from simulator.asl.graph import (
    all_graphs,
    all_states,
    expressions,
    inner_graphs,
    leading_to,
    reached,
)
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
)
from simulator.problems import AwsWords, Location, Problem, did_you_mean, in_order
from simulator.values import Json

CALLBACK = ".waitForTaskToken"
WITH_TOKEN = (CALLBACK, ".sync", ".sync:2")


def check(machine: StateMachine) -> list[Problem]:
    """All problems, warnings included, in the order of their places."""
    problems: list[Problem] = []
    for graph in all_graphs(machine.graph):
        problems.extend(_reachability(graph))
    for state in all_states(machine):
        problems.extend(_tokens(state))
        if isinstance(state, Task | Parallel | Map):
            problems.extend(_handlers(state))
        elif isinstance(state, Choice):
            problems.extend(_patterns(state))
    problems.extend(_shadowed(machine.graph, frozenset()))
    problems.extend(_unassigned(machine))
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


def _tokens(state: State) -> Iterator[Problem]:
    reads = any(expression.reads_token for expression in expressions(state))
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


def _handlers(state: Task | Parallel | Map) -> Iterator[Problem]:
    """Catchers and retriers that an earlier one leaves nothing."""
    for field, handlers in (("Retry", state.retriers), ("Catch", state.catchers)):
        seen: set[str] = set()
        for handler in handlers:
            names = handler.error_equals
            if names and all(name in seen for name in names):
                yield _problem(
                    "ASL205",
                    f"this {field} entry of '{state.name}' never fires: earlier ones have"
                    f" {', '.join(names)}",
                    handler.location,
                )
            seen.update(names)
            if "States.Runtime" in names:
                yield _problem(
                    "ASL205",
                    f"States.Runtime in a {field} of '{state.name}' never fires: it cannot be"
                    " retried or caught",
                    handler.location,
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


def _assigned(state: State, *, catchers: bool = True) -> set[str]:
    names = set(state.data.assigned)
    if isinstance(state, Choice):
        names.update(name for rule in state.rules for name in rule.assigned)
    if catchers and isinstance(state, Task | Parallel | Map):
        names.update(name for catcher in state.catchers for name in catcher.assigned)
    return names


def _shadowed(graph: Graph, outer: frozenset[str]) -> Iterator[Problem]:
    """An inner scope may not assign a name that an enclosing scope assigns (spec).

    What catchers assign does not count (recorded).
    """
    own: set[str] = set()
    for state in graph.states.values():
        names = _assigned(state)
        for name in sorted(names & outer):
            yield _problem(
                "ASL016",
                f"the state '{state.name}' assigns the variable '{name}' of an enclosing scope",
                state.location,
                "give it another name; branches and iterations can only read outer variables",
                "error",
                aws_words.shadowed_variable(name),
            )
        own |= _assigned(state, catchers=False)
    for state in graph.states.values():
        for inner in inner_graphs(state):
            yield from _shadowed(inner, outer | own)


def _unassigned(machine: StateMachine) -> Iterator[Problem]:
    assigned = {name for state in all_states(machine) for name in _assigned(state)}
    for state in all_states(machine):
        read = {name for expression in expressions(state) for name in expression.variables}
        for name in sorted(read - assigned):
            yield _problem(
                "ASL206",
                f"the state '{state.name}' reads the variable '{name}', which no state assigns",
                state.location,
                did_you_mean(name, assigned),
            )
