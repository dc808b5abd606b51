"""Variables of a machine: who may assign them, and who reads what nobody has assigned yet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from simulator.asl import aws_words
from simulator.asl.expressions import Expression
from simulator.asl.graph import all_states, expressions, inner_graphs
from simulator.asl.model import Catcher, Choice, Graph, Map, Parallel, State, StateMachine, Task
from simulator.problems import Problem, did_you_mean

_NOTHING: frozenset[str] = frozenset()


def check_variables(machine: StateMachine) -> Iterator[Problem]:
    """ASL016 for names of enclosing scopes; ASL206 and ASL208 for names that have no value."""
    yield from _shadowed(machine.graph, _NOTHING)
    everywhere = {name for state in all_states(machine) for name in _assigned(state)}
    yield from _unassigned(machine.graph, _NOTHING, everywhere)


def _assigned(state: State, *, catchers: bool = True) -> set[str]:
    names = set(state.data.assigned)
    if isinstance(state, Choice):
        names.update(name for rule in state.rules for name in rule.assigned)
    if catchers:
        names.update(name for catcher in _catchers(state) for name in catcher.assigned)
    return names


def _catchers(state: State) -> tuple[Catcher, ...]:
    return state.catchers if isinstance(state, Task | Parallel | Map) else ()


def _shadowed(graph: Graph, outer: frozenset[str]) -> Iterator[Problem]:
    """An inner scope may not assign a name that an enclosing scope assigns (spec).

    What catchers assign does not count (recorded).
    """
    own: set[str] = set()
    for state in graph.states.values():
        names = _assigned(state)
        for name in sorted(names & outer):
            yield Problem(
                "ASL016",
                f"the state '{state.name}' assigns the variable '{name}' of an enclosing scope",
                state.location,
                "give it another name; branches and iterations can only read outer variables",
                aws=aws_words.shadowed_variable(name),
            )
        own |= _assigned(state, catchers=False)
    for state in graph.states.values():
        for inner in inner_graphs(state):
            yield from _shadowed(inner, outer | own)


def _ways(state: State) -> Iterator[tuple[str, frozenset[str]]]:
    """Each way out of a state, with what is assigned on it."""
    own = frozenset(state.data.assigned)
    if isinstance(state, Choice):
        for rule in state.rules:
            yield rule.next, frozenset(rule.assigned)
        if state.default is not None:
            yield state.default, own
        return
    target = getattr(state, "next", None)
    if target is not None:
        yield target, own
    for catcher in _catchers(state):
        yield catcher.next, frozenset(catcher.assigned)


def _before(graph: Graph, outer: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """State → what some path may have assigned when it is entered. Unreachable states are missing."""
    found = {graph.start_at: outer}
    waiting = [graph.start_at]
    while waiting:
        name = waiting.pop()
        for target, names in _ways(graph.states[name]):
            known = found.get(target)
            now = found[name] | names | (known or _NOTHING)
            if target in graph.states and now != known:
                found[target] = now
                waiting.append(target)
    return found


def _unassigned(graph: Graph, outer: frozenset[str], everywhere: set[str]) -> Iterator[Problem]:
    """Certain failures only: a variable that some path assigns is left alone."""
    for name, known in _before(graph, outer).items():
        state = graph.states[name]
        read = _read(expressions(state))
        for variable in sorted(read - known):
            if _is_asked_about(state, variable):
                continue
            if variable not in everywhere:
                yield Problem(
                    "ASL206",
                    f"the state '{name}' reads the variable '{variable}', which no state assigns",
                    state.location,
                    did_you_mean(variable, everywhere),
                    "warning",
                )
            else:
                yield Problem(
                    "ASL208",
                    f"the state '{name}' reads the variable '{variable}' before any path assigns it",
                    state.location,
                    "assign it on the way here; variables of a branch or an iteration end with it,"
                    " and child executions of a distributed Map see none of the outside",
                    "warning",
                )
        for inner in inner_graphs(state):
            is_distributed = isinstance(state, Map) and state.mode == "DISTRIBUTED"
            yield from _unassigned(inner, _NOTHING if is_distributed else known, everywhere)


def _is_asked_about(state: State, variable: str) -> bool:
    """`$exists($variable)` is no failure, whatever comes of it."""
    question = re.compile(rf"\$exists\(\s*\${re.escape(variable)}\b")
    return any(question.search(str(expression.source)) for expression in expressions(state))


def _read(found: Iterator[Expression]) -> set[str]:
    return {name for expression in found for name in expression.variables}
