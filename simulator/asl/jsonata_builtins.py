"""JSONata's own functions as plain Python, where the arguments are of the expected types.

Everything else, errors first, raises Fallback and is the library's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from simulator.asl.jsonata_values import EXACT, MISSING, Fallback, text_of, truth

# All that a name after `$` can mean without being a variable (2.0.6, and the service's own).
FUNCTION_NAMES: Final = frozenset(
    [
        "sum",
        "count",
        "max",
        "min",
        "average",
        "string",
        "substring",
        "substringBefore",
        "substringAfter",
        "lowercase",
        "uppercase",
        "length",
        "trim",
        "pad",
        "match",
        "contains",
        "replace",
        "split",
        "join",
        "formatNumber",
        "formatBase",
        "formatInteger",
        "parseInteger",
        "number",
        "floor",
        "ceil",
        "round",
        "abs",
        "sqrt",
        "power",
        "random",
        "boolean",
        "not",
        "map",
        "zip",
        "filter",
        "single",
        "reduce",
        "sift",
        "keys",
        "lookup",
        "append",
        "exists",
        "spread",
        "merge",
        "reverse",
        "each",
        "error",
        "assert",
        "type",
        "sort",
        "shuffle",
        "distinct",
        "base64encode",
        "base64decode",
        "encodeUrlComponent",
        "encodeUrl",
        "decodeUrlComponent",
        "decodeUrl",
        "eval",
        "toMillis",
        "fromMillis",
        "clone",
        "now",
        "millis",
        "partition",
        "range",
        "hash",
        "uuid",
        "parse",
    ]
)


def _is_number(value: Any) -> bool:
    return (type(value) is int or type(value) is float) and -EXACT <= value <= EXACT


def _numbers(value: Any) -> list[Any]:
    values = value if type(value) is list else [value]
    if not all(map(_is_number, values)):
        raise Fallback
    return values


def _whole(value: float) -> Any:
    """As JSON shows a double."""
    if type(value) is int:
        if -EXACT <= value <= EXACT:
            return value
        raise Fallback
    if value.is_integer():
        return _whole(int(value))
    if not math.isfinite(value):
        raise Fallback
    return value


def _sum(value: Any) -> Any:
    if value is MISSING:
        return value
    total: Any = 0
    for number in _numbers(value):
        total += number
    return _whole(total)


def _average(value: Any) -> Any:
    if value is MISSING or value == []:
        return MISSING
    return _whole(float(_sum(value)) / (len(value) if type(value) is list else 1))


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[Any], Any]:
    def find(value: Any) -> Any:
        if value is MISSING or value == []:
            return MISSING
        return _whole(choose(_numbers(value)))

    return find


def _count(value: Any) -> int:
    if type(value) is list:
        return len(value)
    return 0 if value is MISSING else 1


def _exists(value: Any) -> bool:
    return value is not MISSING


def _string(value: Any) -> Any:
    return value if value is MISSING else text_of(value)


def _number(value: Any) -> Any:
    if type(value) is bool:
        return int(value)
    if value is MISSING or _is_number(value):
        return value
    if type(value) is str and value.isascii() and value.isdigit() and len(value) < len(str(EXACT)):
        return int(value)
    raise Fallback


def _boolean(value: Any) -> Any:
    return value if value is MISSING else truth(value)


def _not(value: Any) -> Any:
    return value if value is MISSING else not truth(value)


def _type(value: Any) -> Any:
    if value is MISSING:
        return value
    if value is None:
        return "null"
    kind = {bool: "boolean", str: "string", list: "array", dict: "object"}.get(type(value))
    if kind is None and not _is_number(value):
        raise Fallback
    return kind or "number"


def _of_text(compute: Callable[[str], Any]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        if value is MISSING:
            return value
        if type(value) is not str or not value.isascii():  # other letters are JavaScript's business
            raise Fallback
        return compute(value)

    return apply


def _of_number(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        if value is MISSING:
            return value
        if not _is_number(value):
            raise Fallback
        return _whole(compute(value))

    return apply


def _contains(text: Any, wanted: Any) -> Any:
    if type(text) is not str or type(wanted) is not str:
        raise Fallback
    return wanted in text


def _join(values: Any, separator: Any = "") -> Any:
    if type(values) is not list or type(separator) is not str:
        raise Fallback
    if not all(type(value) is str for value in values):
        raise Fallback
    return separator.join(values)


def _append(one: Any, other: Any) -> Any:
    if one is MISSING:
        return other
    if other is MISSING:
        return one
    left = one if type(one) is list else [one]
    right = other if type(other) is list else [other]
    made = [*left, *right]
    if type(one) is not list and len(made) == 1:
        raise Fallback  # the first one made a sequence, which is not unwrapped in all places
    return made


def _keys(value: Any) -> Any:
    if type(value) is not dict:
        raise Fallback
    names = list(value)
    if any(name.isdigit() for name in names):
        raise Fallback  # JavaScript puts them first
    if len(names) > 1:
        return names
    return names[0] if names else MISSING


def _lookup(value: Any, name: Any) -> Any:
    if type(value) is not dict or type(name) is not str:
        raise Fallback
    return value.get(name, MISSING)


# By name and number of arguments.
BUILTINS: Final[dict[tuple[str, int], Callable[..., Any]]] = {
    ("abs", 1): _of_number(abs),
    ("append", 2): _append,
    ("average", 1): _average,
    ("boolean", 1): _boolean,
    ("ceil", 1): _of_number(math.ceil),
    ("contains", 2): _contains,
    ("count", 1): _count,
    ("exists", 1): _exists,
    ("floor", 1): _of_number(math.floor),
    ("join", 1): _join,
    ("join", 2): _join,
    ("keys", 1): _keys,
    ("length", 1): _of_text(len),
    ("lookup", 2): _lookup,
    ("lowercase", 1): _of_text(str.lower),
    ("max", 1): _extreme(max),
    ("min", 1): _extreme(min),
    ("not", 1): _not,
    ("number", 1): _number,
    ("string", 1): _string,
    ("sum", 1): _sum,
    ("type", 1): _type,
    ("uppercase", 1): _of_text(str.upper),
}
