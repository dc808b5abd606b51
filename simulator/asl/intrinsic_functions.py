"""States.*: one function each, one table. They raise ValueError with what is wrong."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.asl.expressions import Scope
from simulator.asl.path_functions import java_text
from simulator.values import Json, compact, parse_json

MOST_ITEMS: Final = 1000
LONGEST_TEXT: Final = 10_000
_ANY: Final = 1_000_000
_INT32: Final = range(-(2**31), 2**31)
HASHES: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


@dataclass(frozen=True, slots=True)
class Function:
    """`compute(scope, *arguments)`; `arity` is the least and the most arguments."""

    compute: Callable[..., Json]
    arity: tuple[int, int]


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Json, what: str) -> int:
    """Numbers are rounded half up (recorded)."""
    if not _is_number(value):
        raise ValueError(f"{what} must be a number")
    if isinstance(value, int):
        return value
    return math.floor(value + 0.5)  # type: ignore[operator]  # a number


def _array(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("the first argument must be an array")
    return value


def _text(value: Json, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a string")
    return value


def same(left: Json, right: Json) -> bool:
    """JSON equality: true is not 1, 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right


_HOLE = re.compile(r"\\([{}\\])|\{\}")


def _format(scope: Scope, template: Json, *values: Json) -> Json:
    return filling(_text(template, "the template"))(scope, *values)


def filling(template: str) -> Callable[..., Json]:
    r"""States.Format with this template: `compute(scope, *values)`. `\{` and `\}` are no places."""
    parts = [""]
    end = 0
    for found in _HOLE.finditer(template):
        parts[-1] += template[end : found.start()]
        end = found.end()
        if found[0] == "{}":
            parts.append("")
        else:
            parts[-1] += found[1]
    parts[-1] += template[end:]
    first, *rest = parts

    def fill(_scope: Scope, *values: Json) -> Json:
        if len(values) != len(rest):
            raise ValueError(f"the template has {len(rest)} places for {len(values)} arguments")
        made = [first]
        for value, after in zip(values, rest, strict=True):
            made.append(value if type(value) is str else java_text(value))
            made.append(after)
        return "".join(made)

    return fill


def _string_to_json(_scope: Scope, text: Json) -> Json:
    source = _text(text, "the argument")
    if not source.strip():
        return None  # recorded
    try:
        return parse_json(source)  # -0 is 0 (recorded), and 0.0 stays what it is
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the argument is not JSON: {error}") from None


def _json_to_string(_scope: Scope, value: Json) -> Json:
    return compact(value)


def _make_array(_scope: Scope, *values: Json) -> Json:
    return list(values)


def _partition(_scope: Scope, array: Json, size: Json) -> Json:
    values, step = _array(array), _whole(size, "the chunk size")
    if step < 1:
        raise ValueError("the chunk size must be a positive integer")
    return [values[at : at + step] for at in range(0, len(values), step)]


def _contains(_scope: Scope, array: Json, wanted: Json) -> Json:
    return any(same(value, wanted) for value in _array(array))


def _range(_scope: Scope, first: Json, last: Json, step: Json) -> Json:
    begin, end = _whole(first, "the first argument"), _whole(last, "the second argument")
    by = _whole(step, "the step")
    if by == 0:
        raise ValueError("the step must not be zero")
    if (end - begin) // by >= MOST_ITEMS:  # a range of so many has no len()
        raise ValueError(f"the array would have more than {MOST_ITEMS} items")
    return list(range(begin, end + (1 if by > 0 else -1), by))


def _get_item(_scope: Scope, array: Json, index: Json) -> Json:
    values, at = _array(array), _whole(index, "the index")
    if not 0 <= at < len(values):
        raise ValueError(f"the index {at} is out of range for an array of {len(values)} items")
    return values[at]


def _length(_scope: Scope, array: Json) -> Json:
    return len(_array(array))


def _unique(_scope: Scope, array: Json) -> Json:
    found: list[Json] = []
    for value in _array(array):
        if not any(same(value, other) for other in found):
            found.append(value)
    return found


def _short(value: Json) -> str:
    text = _text(value, "the argument")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"the argument has more than {LONGEST_TEXT} characters")
    return text


def _encode(_scope: Scope, value: Json) -> Json:
    return base64.b64encode(_short(value).encode()).decode()


def _decode(_scope: Scope, value: Json) -> Json:
    try:
        return base64.b64decode(_short(value), validate=False).decode()
    except ValueError as error:
        raise ValueError(f"the argument is not Base64 of UTF-8 text: {error}") from None


def _hash(_scope: Scope, value: Json, algorithm: Json) -> Json:
    name = HASHES.get(algorithm) if isinstance(algorithm, str) else None
    if name is None:
        raise ValueError(f"the algorithm must be one of {', '.join(HASHES)}")
    text = _short(value if isinstance(value, str) else compact(value))
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def _merge(_scope: Scope, left: Json, right: Json, deep: Json) -> Json:
    if not isinstance(left, dict) or not isinstance(right, dict):
        raise TypeError("the first two arguments must be objects")
    if deep is not False:
        # AWS: "Step Functions currently only supports the shallow merging mode" (docs).
        raise ValueError("only shallow merging is supported: the third argument must be false")
    return {**left, **right}


def _random(scope: Scope, start: Json, end: Json, seed: Json = None) -> Json:
    low, high = _whole(start, "the start"), _whole(end, "the end")
    if high <= low:
        raise ValueError("the end must be greater than the start")
    if seed is None:
        return low + scope.draw() % (high - low)
    own = hashlib.sha256(f"{_whole(seed, 'the seed')}".encode()).digest()
    return low + int.from_bytes(own[:16], "big") % (high - low)


def _add(_scope: Scope, left: Json, right: Json) -> Json:
    if type(left) is int and type(right) is int:
        total = left + right
        if -(2**31) <= total < 2**31:
            return total
    total = _whole(left, "the first argument") + _whole(right, "the second argument")
    if total not in _INT32:
        raise ValueError("the sum is not between -2147483648 and 2147483647")
    return total


def _split(_scope: Scope, value: Json, separators: Json) -> Json:
    text, marks = _text(value, "the string"), _text(separators, "the separators")
    if not marks:
        return [text] if text else []
    pattern = "[" + "".join(map(re.escape, marks)) + "]"
    return [part for part in re.split(pattern, text) if part]  # recorded: empty ones are dropped


def _uuid(scope: Scope) -> Json:
    return scope.uuid()


def _table(**functions: tuple[Any, int, int]) -> Mapping[str, Function]:
    return {
        f"States.{name}": Function(compute, (low, high))
        for name, (compute, low, high) in functions.items()
    }


FUNCTIONS: Final = _table(
    Format=(_format, 1, _ANY),
    StringToJson=(_string_to_json, 1, 1),
    JsonToString=(_json_to_string, 1, 1),
    Array=(_make_array, 0, _ANY),
    ArrayPartition=(_partition, 2, 2),
    ArrayContains=(_contains, 2, 2),
    ArrayRange=(_range, 3, 3),
    ArrayGetItem=(_get_item, 2, 2),
    ArrayLength=(_length, 1, 1),
    ArrayUnique=(_unique, 1, 1),
    Base64Encode=(_encode, 1, 1),
    Base64Decode=(_decode, 1, 1),
    Hash=(_hash, 2, 2),
    JsonMerge=(_merge, 3, 3),
    MathRandom=(_random, 2, 3),
    MathAdd=(_add, 2, 2),
    StringSplit=(_split, 2, 2),
    UUID=(_uuid, 0, 0),
)
