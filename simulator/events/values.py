"""The tests that an event pattern applies to one value: prefix, numeric, cidr and so on."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from simulator.values import Json, compact

# AWS: EventBridge refuses wildcards it calls too complex; where it starts is not published (guess).
MOST_STARS = 5
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_V4_BITS, _V6_BITS = 32, 128


class PatternError(Exception):
    """The pattern is not valid; `reason` is worded as the service words it, `path` is the place."""

    def __init__(self, reason: str, path: str = "") -> None:
        self.reason = reason
        self.path = path
        where = f" at {path}" if path else ""
        super().__init__(f"Event pattern is not valid. Reason: {reason}{where}")


@dataclass(frozen=True, slots=True)
class Test:
    """One alternative of a field. `wants` is for people: "a number >= 7".

    An absent test holds where the field has no value at all.
    """

    wants: str
    holds: Callable[[Json], bool]
    absent: bool = False


def parse_test(value: Json, path: str) -> Test:
    """One member of a field's list. Raises PatternError."""
    if isinstance(value, dict):
        if not value:
            raise PatternError("Empty objects are not allowed", path)
        if len(value) > 1:
            raise PatternError("Only one key allowed in match expression", path)
        ((name, argument),) = value.items()
        if name not in _OPERATORS:
            known = ", ".join(_OPERATORS)
            raise PatternError(f"Unrecognized match type {name}, known: {known}", path)
        return _OPERATORS[name](argument, f"{path}.{name}")
    if isinstance(value, list):
        raise PatternError("Match value must be String, number, true, false, or null", path)
    return Test(compact(value), _equal_to(value))


def _equal_to(wanted: Json) -> Callable[[Json], bool]:
    """AWS: numbers are equal by value, 300 = 300.0 (recorded); true is not 1."""
    if wanted is None or isinstance(wanted, bool):
        return lambda value: value is wanted
    if isinstance(wanted, str):
        return lambda value: isinstance(value, str) and value == wanted
    return lambda value: _is_number(value) and value == wanted


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Json, path: str, operator: str) -> str:
    if not isinstance(value, str):
        raise PatternError(f"{operator} match pattern must be a string", path)
    return value


def _fold(text: str) -> str:
    """AWS: letter by letter, so that the German sharp s is not "ss" (recorded)."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _is_text(check: Callable[[str], bool]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and check(value)


def _affix(operator: str) -> Callable[[Json, str], Test]:
    """`prefix` and `suffix`."""
    has: Callable[[str, str], bool] = str.startswith if operator == "prefix" else str.endswith
    verb = "starts" if operator == "prefix" else "ends"

    def parse(value: Json, path: str) -> Test:
        if isinstance(value, dict):
            if list(value) != ["equals-ignore-case"]:
                name = next((key for key in value if key != "equals-ignore-case"), "")
                raise PatternError(f"Unsupported {operator} pattern: {name}", path)
            text = _text(value["equals-ignore-case"], path, "equals-ignore-case")
            wanted = _fold(text)
            return Test(
                f"a text that {verb} with {compact(text)} in any case",
                _is_text(lambda other: has(_fold(other), wanted)),
            )
        text = _text(value, path, operator)
        return Test(f"a text that {verb} with {compact(text)}", _is_text(lambda it: has(it, text)))

    return parse


def _ignore_case(value: Json, path: str) -> Test:
    text = _text(value, path, "equals-ignore-case")
    wanted = _fold(text)
    return Test(f"{compact(text)} in any case", _is_text(lambda other: _fold(other) == wanted))


def _wildcard(value: Json, path: str) -> Test:
    text = _text(value, path, "wildcard")
    parts: list[str] = []
    stars = position = 0
    after_star = False
    while position < len(text):
        letter = text[position]
        if letter == "*":
            if after_star:
                raise PatternError(f"Consecutive wildcard characters at pos {position - 1}", path)
            stars += 1
            parts.append(".*")
        elif letter == "\\":
            position += 1
            if text[position : position + 1] not in ("*", "\\"):
                raise PatternError(f"Invalid escape character at pos {position}", path)
            parts.append(re.escape(text[position]))
        else:
            parts.append(re.escape(letter))
        after_star = letter == "*"
        position += 1
    if stars > MOST_STARS:
        reason = (
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character"
            " sequences after a wildcard character"
        )
        raise PatternError(reason, path)
    matches = re.compile("".join(parts), re.DOTALL).fullmatch
    return Test(f"a text like {compact(text)}", _is_text(lambda it: matches(it) is not None))


def _anything_but(value: Json, path: str) -> Test:
    """AWS: holds for every other value that is there, whatever its type (recorded)."""
    if isinstance(value, dict):
        return _anything_but_like(value, path)
    if isinstance(value, list):
        if any(item is None or isinstance(item, bool | list | dict) for item in value):
            reason = "Inside anything but list, start|null|boolean is not supported."
            raise PatternError(reason, path)
        if len({isinstance(item, str) for item in value}) != 1:
            reason = (
                "Inside anything but list, either all values are number or string,"
                " mixed type is not supported"
            )
            raise PatternError(reason, path)
    elif value is None or isinstance(value, bool):
        reason = "Value of anything-but must be an array or single string/number value."
        raise PatternError(reason, path)
    return _negated(
        [parse_test(item, path) for item in (value if isinstance(value, list) else [value])]
    )


def _anything_but_like(value: dict[str, Json], path: str) -> Test:
    if len(value) != 1:
        raise PatternError("Only one key allowed in match expression", path)
    ((name, argument),) = value.items()
    if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise PatternError(f"Unsupported anything-but pattern: {name}", path)
    items = argument if isinstance(argument, list) else [argument]
    kind = "prefix/suffix" if name in ("prefix", "suffix") else name
    if not items:
        raise PatternError(f"{kind} match pattern must not be an empty list", path)
    tests = []
    for item in items:
        if not _text(item, path, kind) and kind == "prefix/suffix":
            raise PatternError("Null prefix/suffix not allowed", path)
        tests.append(_OPERATORS[name](item, f"{path}.{name}"))
    return _negated(tests)


def _negated(tests: list[Test]) -> Test:
    wants = "anything but " + " or ".join(test.wants for test in tests)
    return Test(wants, lambda value: not any(test.holds(value) for test in tests))


def _numeric(value: Json, path: str) -> Test:
    if not isinstance(value, list):
        raise PatternError("Value of numeric must be an array.", path)
    rest = list(value)
    checks: list[tuple[str, float]] = []
    while rest:
        name = rest.pop(0)
        if not isinstance(name, str):
            raise PatternError(f"Invalid member in numeric match: {compact(name)}", path)
        if name not in _COMPARISONS:
            raise PatternError(f"Unrecognized numeric range operator: {name}", path)
        bound = rest.pop(0) if rest else None
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise PatternError(f"Value of {name} must be numeric", path)
        checks.append((name, bound))
        if rest and (len(checks) > 1 or not name.startswith(">") or rest[0] not in ("<", "<=")):
            raise PatternError("Too many elements in numeric expression", path)
    if not checks:
        raise PatternError("Invalid member in numeric match: ]", path)
    if len(checks) > 1 and checks[0][1] >= checks[1][1]:
        raise PatternError("Bottom must be less than top", path)
    wants = "a number " + " and ".join(f"{name} {compact(bound)}" for name, bound in checks)

    def holds(value: Json) -> bool:
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and all(_COMPARISONS[name](value, bound) for name, bound in checks)
        )

    return Test(wants, holds)


def _address(text: str) -> tuple[int, int] | None:
    """Number and width; None when it is no address. Zones ("fe80::1%eth0") are no addresses."""
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return int(address), _V4_BITS if address.version == 4 else _V6_BITS


def _digits(number: int, width: int) -> str:
    return f"{number:0{width // 4}X}"


def _cidr(value: Json, path: str) -> Test:
    text = _text(value, path, "CIDR")
    network, slash, mask = text.partition("/")
    if not slash or "/" in mask:
        raise PatternError("Malformed CIDR, one '/' required", path)
    address = _address(network)
    if address is None:
        raise PatternError(f"Nonstandard IP address: {network}", path)
    if not mask.isascii() or not mask.isdigit():
        raise PatternError("Malformed CIDR, mask bits must be an integer", path)
    number, width = address
    # AWS: a block of one address is refused for version 4 (recorded).
    if int(mask) > width - (width == _V4_BITS):
        kind = "IPv4" if width == _V4_BITS else "IPv6"
        raise PatternError(f"{kind} mask bits must be < {width}", path)
    hosts = width - int(mask)
    first = number >> hosts << hosts
    bottom, top = _digits(first, width), _digits(first + (1 << hosts) - 1, width)

    def holds(value: Json) -> bool:
        found = _address(value) if isinstance(value, str) else None
        # AWS: addresses are compared as hexadecimal text, so that 0.0.0.0/0 holds for version 6
        # addresses as well (recorded).
        return found is not None and bottom <= _digits(*found) <= top

    return Test(f"an address in {text}", holds)


def _exists(value: Json, path: str) -> Test:
    if not isinstance(value, bool):
        raise PatternError("exists match pattern must be either true or false.", path)
    if value:
        return Test("any value", lambda _value: True)
    return Test("no value", lambda _value: False, absent=True)


_OPERATORS: dict[str, Callable[[Json, str], Test]] = {
    "exists": _exists,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "prefix": _affix("prefix"),
    "suffix": _affix("suffix"),
    "numeric": _numeric,
    "anything-but": _anything_but,
    "cidr": _cidr,
}
OPERATORS = frozenset(_OPERATORS)
