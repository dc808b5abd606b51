"""Functions at the end of a path: `.length()`, `.sum()`, `.keys()`, as Jayway has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from simulator.values import Json, compact

Compute = Callable[[Json, Sequence[Json]], Json]


class PathFunctionError(Exception):
    """A function cannot work on what its path found; the text is Jayway's."""


_NOTHING = "Aggregation function attempted to calculate value using empty array"


def _numbers(model: Json, arguments: Sequence[Json]) -> list[float]:
    values = list(model) if isinstance(model, list) else []
    for argument in arguments:
        values.extend(argument if isinstance(argument, list) else [argument])
    found = [
        float(value)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    if not found:
        raise PathFunctionError(_NOTHING)
    return found


def _aggregate(compute: Callable[[list[float]], float]) -> Compute:
    return lambda model, arguments: compute(_numbers(model, arguments))


def _total(values: list[float]) -> float:
    """One after the other, as Java adds; Python's own sum is more exact."""
    total = 0.0
    for value in values:
        total += value
    return total


def _deviation(values: list[float]) -> float:
    total, count = _total(values), len(values)
    squares = _total([value * value for value in values])
    return math.sqrt(squares / count - total * total / count / count)


def _length(model: Json, _arguments: Sequence[Json]) -> Json:
    return len(model) if isinstance(model, list | dict) else None


def _keys(model: Json, _arguments: Sequence[Json]) -> Json:
    return list(model) if isinstance(model, dict) else None


def _concat(model: Json, arguments: Sequence[Json]) -> Json:
    """The texts of an array; of arguments everything, as text."""
    parts = [value for value in model if isinstance(value, str)] if isinstance(model, list) else []
    for value in arguments:
        given = value if isinstance(value, list) else [value]
        parts += [java_text(item) for item in given if item is not None]
    return "".join(parts)


def java_text(value: Json) -> str:
    """As Java's collections print themselves: {a=1, b=[x, null]}."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    return compact(value)


def _append(model: Json, arguments: Sequence[Json]) -> Json:
    return [*model, *arguments] if isinstance(model, list) else model


def _at(model: Json, index: int) -> Json:
    values = model if isinstance(model, list) else []
    if not -len(values) <= index < len(values):
        raise PathFunctionError(f"Index {index} out of bounds for length {len(values)}")
    return values[index]


def _index(model: Json, arguments: Sequence[Json]) -> Json:
    if not arguments:
        raise PathFunctionError("Index 0 out of bounds for length 0")
    wanted = arguments[0]
    return _at(model, int(wanted) if isinstance(wanted, int | float) else 0)


FUNCTIONS: dict[str, Compute] = {
    "min": _aggregate(min),
    "max": _aggregate(max),
    "avg": _aggregate(lambda values: _total(values) / len(values)),
    "sum": _aggregate(_total),
    "stddev": _aggregate(_deviation),
    "length": _length,
    "size": _length,
    "keys": _keys,
    "concat": _concat,
    "append": _append,
    "first": lambda model, _arguments: _at(model, 0),
    "last": lambda model, _arguments: _at(model, -1),
    "index": _index,
}
