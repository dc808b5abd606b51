"""What is known of a payload without running anything: shapes, paths through them, templates.

A shape stands for all values that may be there; `None` (anything) stands for every value. Whatever
is said to be missing is missing from all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from simulator.asl.expressions import CompileError
from simulator.asl.intrinsics import path_end
from simulator.asl.path_syntax import Indexes, Names
from simulator.asl.paths import Path, parse_path
from simulator.values import Json

Shape: TypeAlias = "Object | Array | Scalar | None"
Found: TypeAlias = 'Shape | Literal["missing"]'
MISSING: Final = "missing"
_DEEPEST: Final = 40


@dataclass(frozen=True, slots=True)
class Object:
    """`optional` keys may be absent; an `is_open` object may have others besides."""

    fields: Mapping[str, Shape]
    optional: frozenset[str] = frozenset()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """`items` when the length is known; `each` stands for every item otherwise."""

    items: tuple[Shape, ...] | None
    each: Shape = None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, a number, true, false or null."""


def of_json(value: Json, depth: int = 0) -> Shape:
    """The shape of one value."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        return Object({key: of_json(item, depth + 1) for key, item in value.items()})
    if isinstance(value, list):
        return Array(tuple(of_json(item, depth + 1) for item in value))
    return Scalar()


def join(left: Shape, right: Shape) -> Shape:
    """A shape for the values of both."""
    if left == right:
        return left
    if isinstance(left, Object) and isinstance(right, Object):
        names = {**left.fields, **right.fields}
        both = left.fields.keys() & right.fields.keys()
        fields = {
            name: join(left.fields[name], right.fields[name])
            if name in both
            else (None if _other(name, left, right).is_open else names[name])
            for name in names
        }
        optional = left.optional | right.optional | (names.keys() - both)
        return Object(fields, frozenset(optional), left.is_open or right.is_open)
    if isinstance(left, Array) and isinstance(right, Array):
        first, second = left.items, right.items
        if first is not None and second is not None and len(first) == len(second):
            return Array(tuple(map(join, first, second)))
        return Array(None, join_all([*_items(left), *_items(right)]))
    return None


def _other(name: str, left: Object, right: Object) -> Object:
    return right if name in left.fields else left


def _items(array: Array) -> Sequence[Shape]:
    return array.items if array.items is not None else (array.each,)


def join_all(shapes: Sequence[Shape]) -> Shape:
    """Of no shape at all, anything."""
    if not shapes:
        return None
    made = shapes[0]
    for shape in shapes[1:]:
        made = join(made, shape)
    return made


def item_of(shape: Shape) -> Shape:
    """Any item of an array. The items of anything else are not known."""
    return join_all(_items(shape)) if isinstance(shape, Array) else None


def write(shape: Shape, tokens: Sequence[str | int], value: Shape) -> Shape:
    """What ResultPath makes of it."""
    if not tokens:
        return value
    token, rest = tokens[0], tokens[1:]
    if isinstance(token, int):
        return None
    if isinstance(shape, Object):
        inner = shape.fields.get(token, None if shape.is_open else Object({}))
        if token in shape.optional:
            inner = None
        fields = {**shape.fields, token: write(inner, rest, value)}
        return Object(fields, shape.optional - {token}, shape.is_open)
    # The state has succeeded, so the document was an object.
    return Object({token: write(None, rest, value)}, is_open=True) if shape is None else None


# --- paths ------------------------------------------------------------------------------------


def _step(shape: Shape, token: str | int) -> Found:
    if shape is None:
        return None
    if isinstance(token, str):
        if not isinstance(shape, Object):
            return MISSING
        if token in shape.fields:
            return shape.fields[token]
        return None if shape.is_open else MISSING
    if not isinstance(shape, Array):
        return MISSING
    if shape.items is None:
        return shape.each
    return shape.items[token] if -len(shape.items) <= token < len(shape.items) else MISSING


def look_up(text: Json, document: Shape, item: Shape = None) -> Found:
    """Where a path leads. Variables, the context object and indefinite paths are not followed.

    `item` is `$$.Map.Item.Value`.
    """
    path = _parsed(text)
    if path is None:
        return None
    tokens = list(path.tokens)
    if path.root == "$$" and tokens[:3] == [Names(("Map",)), Names(("Item",)), Names(("Value",))]:
        document, tokens = item, tokens[3:]
    elif path.root != "$":
        return None
    steps: list[str | int] = []
    for token in tokens:
        if isinstance(token, Names) and len(token.names) == 1:
            steps.append(token.names[0])
        elif isinstance(token, Indexes) and len(token.indexes) == 1:
            steps.append(token.indexes[0])
        else:
            return None
    for step in steps:
        found = _step(document, step)
        if found == MISSING:
            return MISSING
        document = found
    return document


def _parsed(text: Json) -> Path | None:
    try:
        return parse_path(text) if isinstance(text, str) and text.startswith("$") else None
    except CompileError:
        return None


def paths_of_call(text: str) -> Iterator[str]:
    """The paths among the arguments of an intrinsic function call."""
    at, is_quoted = 0, False
    while at < len(text):
        here = text[at]
        if is_quoted and here == "\\":
            at += 1
        elif here == "'":
            is_quoted = not is_quoted
        elif here == "$" and not is_quoted:
            end = path_end(text, at)
            yield text[at:end]
            at = end
            continue
        at += 1


def known_names(shape: Shape) -> list[str]:
    return sorted(shape.fields) if isinstance(shape, Object) else []
