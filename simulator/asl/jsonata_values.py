"""Values as JSONata 2.0.6 sees them: every number is a double, and texts show 15 digits of it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, Final

from simulator.values import Json, compact

MISSING: Final[Any] = object()  # JSONata's undefined
EXACT: Final = 2**53  # whole numbers up to here are the same as a double
_SHOWN_DIGITS: Final = 15
_PLAIN_BELOW: Final = 1e21  # JavaScript writes larger numbers with an exponent
_SMALLEST_PLAIN: Final = -7  # and smaller ones from this exponent on


class Fallback(Exception):
    """The library must evaluate this expression."""


def as_double(value: float) -> float | None:
    """The double nearest to a number, whole when JSON shows it whole; None when infinite.

    JSON has no infinity: JavaScript writes null (reference).
    """
    try:
        double = float(value)
    except OverflowError:
        return None
    if not math.isfinite(double):
        return None
    if double.is_integer() and abs(double) < _PLAIN_BELOW:
        # The shortest digits that mean this double, as JavaScript shows them.
        return int(double) if abs(double) <= EXACT else int(Decimal(repr(double)))
    return double


def needs_rounding(value: Any) -> bool:
    """True when a number inside an array or object is no double that JSON can show."""
    for item in value.values() if type(value) is dict else value:
        kind = type(item)
        if kind is int:
            if not -EXACT <= item <= EXACT:
                return True
        elif kind is dict or kind is list:
            if item and needs_rounding(item):
                return True
        elif kind is float and not -math.inf < item < math.inf:
            return True
    return False


def as_json(value: Any) -> Any:
    """The value itself, or where a number is no double that JSON can show, a copy with doubles."""
    kind = type(value)
    if kind is dict or kind is list:
        return rounded(value) if needs_rounding(value) else value
    return as_double(value) if _is_odd(value) else value


def _is_odd(value: Any) -> bool:
    if type(value) is int:
        return not -EXACT <= value <= EXACT
    return type(value) is float and not math.isfinite(value)


def rounded(value: Any) -> Any:
    """A copy whose numbers are doubles that JSON can show."""
    kind = type(value)
    if kind is dict:
        return {key: rounded(item) for key, item in value.items()}
    if kind is list:
        return [rounded(item) for item in value]
    return as_double(value) if _is_odd(value) else value


def to_15_digits(value: Any) -> Any:
    """A copy with the numbers of `$string` and of a transform, which round (reference)."""
    kind = type(value)
    if kind is dict:
        return {key: to_15_digits(item) for key, item in value.items()}
    if kind is list:
        return [to_15_digits(item) for item in value]
    return as_double(_shown(value)) if kind is int or kind is float else value


def _shown(value: float) -> float:
    try:
        return float(f"{float(value):.{_SHOWN_DIGITS}g}")
    except OverflowError:
        return math.inf


def number_text(value: float) -> str:
    """A number as `$string` writes it. Raises Fallback for an infinity."""
    if type(value) is int and -(10**_SHOWN_DIGITS) < value < 10**_SHOWN_DIGITS:
        return str(value)
    shown = as_double(_shown(value))
    if shown is None:
        raise Fallback  # an infinity is an error in a text
    if type(shown) is int:
        return str(shown)
    mantissa, _, exponent = repr(shown).partition("e")
    if not exponent:
        return mantissa
    power = int(exponent)
    if _SMALLEST_PLAIN < power < 0:
        sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
        return f"{sign}0.{'0' * (-power - 1)}{digits.replace('.', '')}"
    return f"{mantissa}e{'+' if power > 0 else '-'}{abs(power)}"


def text_of(value: Any) -> str:
    """`$string` of a JSON value. Raises Fallback for an infinity."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]  # a text
    if kind is int or kind is float:
        return number_text(value)
    return _json_text(value)


def _json_text(value: Any) -> str:
    kind = type(value)
    if kind is dict:
        inside = ",".join(f"{compact(key)}:{_json_text(item)}" for key, item in value.items())
        return "{" + inside + "}"
    if kind is list:
        return "[" + ",".join(map(_json_text, value)) + "]"
    return number_text(value) if kind is int or kind is float else compact(value)


def truth(value: Any) -> bool:
    """`$boolean`; undefined counts as false. Raises Fallback for an infinity."""
    kind = type(value)
    if kind is bool:
        return value  # type: ignore[no-any-return]  # a boolean
    if kind is list:
        return truth(value[0]) if len(value) == 1 else any(map(truth, value))
    if value is MISSING or value is None:
        return False
    if kind is float and not math.isfinite(value):
        raise Fallback
    return bool(value)  # texts and objects by their length, numbers by zero


def equal(left: Json, right: Json) -> bool:
    """`=` of two values that are there: true is not 1, and 1 is 1.0."""
    kind, other = type(left), type(right)
    if kind is str or other is str:
        return left == right
    if kind is bool or other is bool:
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return left == right


def member(values: list[Any], names: tuple[str, ...]) -> Any:
    """A path that goes on behind an array: what every element has, flattened; one is itself."""
    sequence = values
    last = len(names) - 1
    for at, name in enumerate(names):
        found = [value for item in sequence if (value := _lookup(item, name)) is not MISSING]
        if at == last and len(found) == 1 and type(found[0]) is list:
            return found[0]
        sequence = []
        for value in found:
            if type(value) is list:
                sequence.extend(value)
            else:
                sequence.append(value)
        if not sequence:
            return MISSING
    return sequence[0] if len(sequence) == 1 else sequence


def _lookup(item: Any, name: str) -> Any:
    if type(item) is dict:
        return item.get(name, MISSING)
    if type(item) is not list:
        return MISSING
    found: list[Any] = []
    for inner in item:
        value = _lookup(inner, name)
        if type(value) is list:
            found.extend(value)
        elif value is not MISSING:
            found.append(value)
    if not found:
        return MISSING
    return found[0] if len(found) == 1 else found


def at_index(value: Any, index: int) -> Any:
    """`value[index]`; a value that is no array is an array of one."""
    if type(value) is not list:
        return value if index in (0, -1) else MISSING
    if index < 0:
        index += len(value)
    return value[index] if 0 <= index < len(value) else MISSING
