"""Two definitions → the changes between them; formatting, key order and defaults are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from simulator.values import Json, canonical

Kind: TypeAlias = Literal["added", "removed", "changed", "renamed", "reordered"]
Object: TypeAlias = "dict[str, Any]"
_GRAPHS: Final = ("Branches", "Iterator", "ItemProcessor")
_LISTS: Final = {"Retry": "retrier", "Catch": "catcher", "Choices": "rule"}
# What a field means when it is left out (spec).
_DEFAULTS: Final[Mapping[str, Json]] = {"InputPath": "$", "OutputPath": "$", "ResultPath": "$"}
_RETRY_DEFAULTS: Final[Mapping[str, Json]] = {
    "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2, "JitterStrategy": "NONE"
}  # fmt: skip
_ALIKE: Final = 0.6  # of all fields, for a renamed state


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is "state", "transition", "retrier", "catcher", "rule", "branch" or a field's name.

    `state` is "" for the machine itself. `before` and `after` are None where there is nothing; for
    transitions they are the targets, for renamed states the names, for added and removed ones the
    type, for rules that are written anew the conditions. `item` tells one of several: "Timeout" of
    a catcher, "$.a" of a rule.
    """

    kind: Kind
    what: str
    state: str
    before: Json = None
    after: Json = None
    item: str = ""


def changes(old: Object, new: Object, *, comments: bool = False) -> list[Change]:
    """In the order of the new definition, removed states after those that stay."""
    names = _renamed(old, new)
    before, after = _plain(_named(old, names), comments=comments), _plain(new, comments=comments)
    found = [Change("renamed", "state", name, was, name) for was, name in names.items()]
    found += _graph("", before, after)
    return found


def with_new_names(old: Object, new: Object) -> Object:
    """The old definition, with renamed states called as in the new one."""
    named: Object = _named(old, _renamed(old, new))
    return named


def _plain(value: Any, *, comments: bool) -> Any:
    """Without comments, unless they count."""
    if isinstance(value, dict):
        return {
            key: _plain(item, comments=comments)
            for key, item in value.items()
            if comments or key != "Comment"
        }
    return [_plain(item, comments=comments) for item in value] if isinstance(value, list) else value


# -- states that have another name ----------------------------------------------------------------


def _graphs(definition: Object) -> Iterator[Object]:
    """The machine and every branch and processor in it, outer ones first."""
    yield definition
    for state in definition.get("States", {}).values():
        for inner in inner_definitions(state):
            yield from _graphs(inner)


def inner_definitions(state: Object) -> list[Object]:
    """The branches of a Parallel, the processor of a Map."""
    found: list[Object] = []
    for key in _GRAPHS:
        value = state.get(key)
        if isinstance(value, list | dict):
            found += value if isinstance(value, list) else [value]
    return found


def all_states(definition: Object) -> dict[str, Object]:
    """Every state by its name; names are unique over a whole definition."""
    return {
        name: state
        for graph in _graphs(definition)
        for name, state in graph.get("States", {}).items()
    }


def _renamed(old: Object, new: Object) -> dict[str, str]:
    """Old names → new ones: gone and come, and alike; the most alike first."""
    was, now = all_states(old), all_states(new)
    gone = [name for name in was if name not in now]
    come = [name for name in now if name not in was]
    pairs = [
        (-_likeness(was[one], now[other]), at, to, one, other)
        for at, one in enumerate(gone)
        for to, other in enumerate(come)
    ]
    names: dict[str, str] = {}
    for likeness, _, _, one, other in sorted(pairs):
        if -likeness >= _ALIKE and one not in names and other not in names.values():
            names[one] = other
    return names


def _likeness(one: Object, other: Object) -> float:
    """The part of the fields that are the same; 0 for other types. Where it leads counts little."""
    if one.get("Type") != other.get("Type"):
        return 0.0
    left, right = (
        {k: v for k, v in item.items() if k not in {"Comment", "Type"}} for item in (one, other)
    )
    fields = {**left, **right}
    if not set(fields) - {"Next", "End"}:
        # Nothing but a type and a way out: the way must be the same.
        return 1.0 if left == right and left.get("Next") else 0.0
    equal = sum(key in left and key in right and same(left[key], right[key]) for key in fields)
    return equal / len(fields)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """The definition with states called by their new names."""
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    found: Object = {}
    for key, item in value.items():
        if key in {"Next", "Default", "StartAt"} and isinstance(item, str):
            found[key] = names.get(item, item)
        elif key == "States" and isinstance(item, dict):
            found[key] = {
                names.get(name, name): _named(state, names) for name, state in item.items()
            }
        elif key in {*_GRAPHS, *_LISTS, "And", "Or", "Not"}:
            found[key] = _named(item, names)
        else:
            found[key] = item  # data, which may have the same words
    return found


# -- what differs ---------------------------------------------------------------------------------


def _graph(owner: str, old: Object, new: Object) -> Iterator[Change]:
    """One `States` object and its fields; `owner` is the state around it."""
    yield from _fields(owner, old, new, {"States", "StartAt"}, {})
    if old.get("StartAt") != new.get("StartAt"):
        yield Change("changed", "StartAt", owner, old.get("StartAt"), new.get("StartAt"))
    was, now = old.get("States", {}), new.get("States", {})
    for name, state in now.items():
        if name in was:
            yield from _state(name, was[name], state)
        else:
            yield Change("added", "state", name, after=state.get("Type"))
            yield from _ways(name, {}, state)
            for inner in inner_definitions(state):
                yield from _graph(name, {"States": {}, **_only_fields(inner)}, inner)
    for name, state in was.items():
        if name not in now:
            yield Change("removed", "state", name, before=state.get("Type"))
            yield from _ways(name, state, {})
            for inner in inner_definitions(state):
                yield from _graph(name, inner, {"States": {}, **_only_fields(inner)})


def _only_fields(graph: Object) -> Object:
    return {key: item for key, item in graph.items() if key != "States"}


def _state(name: str, old: Object, new: Object) -> Iterator[Change]:
    skipped = {"Next", "Default", "End", *_LISTS, *_GRAPHS}
    yield from _fields(name, old, new, skipped, _DEFAULTS)
    again = _rewritten(old, new)
    for condition, other in again.items():
        yield Change("changed", "rule", name, condition, other)
    for key in ("Retry", "Catch", "Choices"):
        yield from _items(name, _LISTS[key], old.get(key) or [], new.get(key) or [], again)
    yield from _ways(name, old, new)
    before, after = inner_definitions(old), inner_definitions(new)
    for index in range(max(len(before), len(after))):
        if index >= len(before):
            yield Change("added", "branch", name, item=str(index + 1))
        elif index >= len(after):
            yield Change("removed", "branch", name, item=str(index + 1))
        left = before[index] if index < len(before) else {**after[index], "States": {}}
        right = after[index] if index < len(after) else {**before[index], "States": {}}
        yield from _graph(name, left, right)


def _fields(
    name: str,
    old: Object,
    new: Object,
    skipped: set[str],
    defaults: Mapping[str, Json],
    item: str = "",
) -> Iterator[Change]:
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = (side.get(key, defaults.get(key)) for side in (old, new))
        if key in skipped or same(before, after):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            for inner in _fields(name, before, after, set(), {}, item):
                yield replace(inner, what=f"{key}.{inner.what}")
            continue
        known: Kind = "changed"
        if key not in old and key not in defaults:
            known = "added"
        elif key not in new and key not in defaults:
            known = "removed"
        yield Change(known, key, name, before, after, item)


def transitions(state: Object) -> list[tuple[str, str]]:
    """Label and target of every way out of a state."""
    found = [(_key("rule", rule), str(rule.get("Next"))) for rule in state.get("Choices") or []]
    found += [("Default", state["Default"])] if "Default" in state else []
    found += [("Next", state["Next"])] if "Next" in state else []
    found += [(_key("catcher", one), str(one.get("Next"))) for one in state.get("Catch") or []]
    return found


def _ways(name: str, old: Object, new: Object) -> Iterator[Change]:
    """A way out that keeps its label and leads elsewhere is one change."""
    again = _rewritten(old, new)
    was = [(again.get(label, label), target) for label, target in transitions(old)]
    now = transitions(new)
    gone = [way for way in was if way not in now]
    come = [way for way in now if way not in was]
    before, after = dict(gone), dict(come)
    once = len(before) == len(gone) and len(after) == len(come)
    moved = {label for label in before if label in after} if once else set()
    for label, target in gone:
        if label not in moved:
            yield Change("removed", "transition", name, before=target, item=label)
    for label, target in come:
        if label in moved:
            yield Change("changed", "transition", name, before[label], target, label)
        else:
            yield Change("added", "transition", name, after=target, item=label)


def _rewritten(old: Object, new: Object) -> dict[str, str]:
    """Conditions of rules that are written anew: at the same place, and leading to the same state."""
    was, now = (side.get("Choices") or [] for side in (old, new))
    old_keys, new_keys = ([_key("rule", rule) for rule in side] for side in (was, now))
    return {
        before: after
        for before, after, one, other in zip(old_keys, new_keys, was, now, strict=False)
        if before not in new_keys and after not in old_keys and one.get("Next") == other.get("Next")
    }


def _key(what: str, item: Object) -> str:
    """What a retrier or catcher is for; the condition of a rule."""
    if what != "rule":
        return ", ".join(map(str, item.get("ErrorEquals", [])))
    condition = item.get("Condition")
    if isinstance(condition, str):
        return condition
    return canonical(
        {k: v for k, v in item.items() if k not in {"Next", "Comment", "Assign", "Output"}}
    )


def _items(
    name: str,
    what: str,
    old: Sequence[Object],
    new: Sequence[Object],
    again: Mapping[str, str],
) -> Iterator[Change]:
    """Items of a list whose order counts, matched by what they are for.

    `again` has the keys of those that are written anew.
    """
    was, now = ([_key(what, item) for item in side] for side in (old, new))
    was = [again.get(key, key) for key in was]
    for index, key in enumerate(now):
        if key not in was:
            yield Change("added", what, name, after=new[index], item=key)
    for index, key in enumerate(was):
        if key not in now:
            yield Change("removed", what, name, before=old[index], item=key)
            continue
        other = new[now.index(key)]
        parts = {"ErrorEquals", "Next"}
        if what == "rule":
            parts = {*_condition(old[index]), *_condition(other), "Next"}
        defaults = _RETRY_DEFAULTS if what == "retrier" else {}
        yield from _fields(name, old[index], other, parts, defaults, f"{what} {key}")
    stay = [key for key in was if key in now], [key for key in now if key in was]
    if stay[0] != stay[1]:
        yield Change("reordered", what, name, [*stay[0]], [*stay[1]])


def _condition(rule: Object) -> set[str]:
    return {key for key in rule if key not in {"Next", "Comment", "Assign", "Output"}}


def same(one: Json, other: Json) -> bool:
    """Equal as JSON: 1 is 1.0, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
