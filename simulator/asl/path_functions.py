"""Functions at the end of a path: `.length()`, `.sum()`, `.keys()`, as Jayway has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from simulator.asl.expressions import EvaluationError
from simulator.values import Json

Compute = Callable[[Json, Sequence[Json]], Json]


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
        raise EvaluationError(
            "States.Runtime",
            "Aggregation function attempted to calculate value using empty array",
        )
    return found


def _aggregate(compute: Callable[[list[float]], float]) -> Compute:
    return lambda model, arguments: compute(_numbers(model, arguments))


def _deviation(values: list[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def _length(model: Json, arguments: Sequence[Json]) -> Json:
    value = arguments[0] if arguments else model
    return len(value) if isinstance(value, list | dict) else None


def _keys(model: Json, _arguments: Sequence[Json]) -> Json:
    return list(model) if isinstance(model, dict) else None


def _concat(model: Json, arguments: Sequence[Json]) -> Json:
    values = list(model) if isinstance(model, list) else []
    return "".join(str(value) for value in [*values, *arguments] if isinstance(value, str))


def _append(model: Json, arguments: Sequence[Json]) -> Json:
    return [*model, *arguments] if isinstance(model, list) else model


def _at(model: Json, index: int) -> Json:
    if not isinstance(model, list) or not -len(model) <= index < len(model):
        raise EvaluationError(
            "States.Runtime",
            "Aggregation function attempted to calculate value using empty array",
        )
    return model[index]


def _index(model: Json, arguments: Sequence[Json]) -> Json:
    wanted = arguments[0] if arguments else 0
    return _at(model, int(wanted) if isinstance(wanted, int | float) else 0)


FUNCTIONS: dict[str, Compute] = {
    "min": _aggregate(min),
    "max": _aggregate(max),
    "avg": _aggregate(lambda values: math.fsum(values) / len(values)),
    "sum": _aggregate(math.fsum),
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
