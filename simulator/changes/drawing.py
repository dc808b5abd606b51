"""Both versions in one diagram: the new machine, and what the old one had beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.asl.graph import all_states, inner_graphs, leaving
from simulator.asl.model import Graph, Map, Parallel, State, StateMachine
from simulator.changes.changes import Change, Object, transitions
from simulator.changes.changes import all_states as definitions
from simulator.changes.text import line
from simulator.diagrams.overlay import Arrow
from simulator.diagrams.tints import Tint, Tints


def both(old: StateMachine, new: StateMachine) -> StateMachine:
    """`new` with the states that only `old` has, where everything they lead to is there too.

    In `old`, renamed states have their new names already.
    """
    taken = {state.name for state in all_states(new)}
    return replace(new, graph=_both(old.graph, new.graph, taken))


def _both(old: Graph, new: Graph, taken: set[str]) -> Graph:
    states: dict[str, State] = {}
    for name, state in new.states.items():
        states[name] = _inside(old.states.get(name), state, taken)
    more = {
        name: state
        for name, state in old.states.items()
        if name not in taken and taken.isdisjoint(_names(state))
    }
    while lost := [
        name
        for name, state in more.items()
        if any(move.target not in more and move.target not in states for move in leaving(state))
    ]:
        for name in lost:
            del more[name]
    return replace(new, states={**states, **more})


def _inside(old: State | None, new: State, taken: set[str]) -> State:
    if isinstance(old, Parallel) and isinstance(new, Parallel):
        count = min(len(old.branches), len(new.branches))
        pairs = zip(old.branches[:count], new.branches[:count], strict=True)
        merged = [_both(one, other, taken) for one, other in pairs]
        rest = [
            branch
            for branch in old.branches[count:]
            if all(
                taken.isdisjoint({*branch.states, *_names(state)})
                for state in branch.states.values()
            )
        ]
        return replace(new, branches=(*merged, *new.branches[count:], *rest))
    if isinstance(old, Map) and isinstance(new, Map):
        return replace(new, processor=_both(old.processor, new.processor, taken))
    return new


def _names(state: State) -> set[str]:
    return {name for graph in inner_graphs(state) for name in _below(graph)}


def _below(graph: Graph) -> Iterator[str]:
    for state in graph.states.values():
        yield state.name
        yield from _names(state)


def tints(found: Sequence[Change], new: Object, drawn: StateMachine) -> Tints:
    """Green, red and amber, for the machine that `both` gave."""
    states: dict[str, Tint] = {}
    arrows: dict[Arrow, Tint] = {}
    gone = []
    known = definitions(new)
    notes: dict[str, list[str]] = {}
    for change in found:
        notes.setdefault(change.state, []).append(line(change))
        if change.what == "state" and change.kind in {"added", "removed"}:
            states[change.state] = "added" if change.kind == "added" else "removed"
        elif change.state:
            states.setdefault(change.state, "changed")
        if change.what == "rule" and change.kind == "changed":
            arrows |= dict.fromkeys(_arrows(change, str(change.after), known), "changed")
        if change.what != "transition":
            continue
        if change.kind in {"added", "changed"}:
            arrows |= dict.fromkeys(_arrows(change, change.item, known), "added")
        if change.kind in {"removed", "changed"} and change.state in known:
            gone.append((change.state, str(change.before), f"{change.item}: removed"))
    for state in all_states(drawn):
        tint = states.get(state.name)
        if tint in {"added", "removed"}:
            arrows[state.name, "end", 0] = tint
        if tint == "removed":
            arrows |= {(state.name, move.kind, move.index): tint for move in leaving(state)}
    told = {name: "\n".join(lines) for name, lines in notes.items() if name}
    return Tints(states, arrows, tuple(gone), told)


def _arrows(change: Change, wanted: str, known: dict[str, Object]) -> Iterator[Arrow]:
    """Which arrows of the diagram a transition is; its label names its rule or catcher."""
    state = known[change.state]
    counts = {"choice": 0, "catch": 0}
    rules = len(state.get("Choices") or [])
    for at, (label, target) in enumerate(transitions(state)):
        kind = (
            "choice" if at < rules else {"Next": "next", "Default": "default"}.get(label, "catch")
        )
        index = counts.get(kind, 0)
        if kind in counts:
            counts[kind] += 1
        if label == wanted and (change.what == "rule" or target == change.after):
            yield change.state, kind, index
