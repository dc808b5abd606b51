"""A workflow as Mermaid text (stateDiagram-v2): branches and processors are composite states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.asl.graph import Transition, inner_graphs, transitions
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
from simulator.diagrams.labels import rule_label, shortened
from simulator.values import compact

INDENT = "    "
# Titles that the YAML of the front matter reads as they are; others are quoted.
_PLAIN = re.compile(r"[^\W\d][\w .-]*")


def draw(machine: StateMachine, *, title: str = "") -> str:
    """Mermaid text that ends in a newline; the same machine gives the same bytes."""
    names: dict[tuple[str, ...], str] = {}
    shown = title if _PLAIN.fullmatch(title) else compact(title)
    lines = [f"---\ntitle: {shown}\n---"] if title else []
    lines.append("stateDiagram-v2")
    lines.extend(_graph(machine.graph, (), names, INDENT))
    return "\n".join(lines) + "\n"


def _node(path: tuple[str, ...], names: dict[tuple[str, ...], str]) -> str:
    """State names are free text, Mermaid's ids are not: each state gets a short id."""
    return names.setdefault(path, f"s{len(names) + 1}")


def _graph(
    graph: Graph, path: tuple[str, ...], names: dict[tuple[str, ...], str], indent: str
) -> Iterator[str]:
    for state in graph.states.values():
        yield from _state(state, (*path, state.name), names, indent)
    yield f"{indent}[*] --> {_node((*path, graph.start_at), names)}"
    for move in transitions(graph):
        source = _node((*path, move.source), names)
        target = _node((*path, move.target), names)
        label = _label(graph.states[move.source], move)
        yield f"{indent}{source} --> {target}" + (f": {_safe(label)}" if label else "")
    for state in graph.states.values():
        ends = isinstance(state, Succeed | Fail)
        if ends or (not isinstance(state, Choice) and getattr(state, "next", None) is None):
            yield f"{indent}{_node((*path, state.name), names)} --> [*]"


def _state(
    state: State, path: tuple[str, ...], names: dict[tuple[str, ...], str], indent: str
) -> Iterator[str]:
    node, shown = _node(path, names), _safe(_title(state))
    graphs = inner_graphs(state)
    if not graphs:
        yield f'{indent}state "{shown}" as {node}'
        return
    yield f'{indent}state "{shown}" as {node} {{'
    for index, inner in enumerate(graphs):
        if index:
            yield f"{indent}{INDENT}--"
        yield from _graph(inner, (*path, str(index)), names, indent + INDENT)
    yield f"{indent}}}"


def _title(state: State) -> str:
    title = f"{state.name} ({type(state).__name__})"
    if isinstance(state, Task | Parallel | Map) and state.retriers:
        errors = ", ".join(name for retrier in state.retriers for name in retrier.error_equals)
        title += f" ↻ {shortened(errors)}"
    return title


def _label(state: State, move: Transition) -> str:
    if move.kind == "choice" and isinstance(state, Choice):
        return shortened(rule_label(state.rules[move.index].source))
    if move.kind == "default":
        return "otherwise"
    if move.kind == "catch" and isinstance(state, Task | Parallel | Map):
        return f"⚠ {shortened(', '.join(state.catchers[move.index].error_equals))}"
    return ""


# Mermaid reads these marks itself; they are written as its entities.
_ENTITIES = str.maketrans({"#": "#35;", ";": "#59;", '"': "#quot;", ":": "#58;", "\n": " "})


def _safe(text: str) -> str:
    return text.translate(_ENTITIES)
