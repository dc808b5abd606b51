"""Short, readable text for choice rules and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.values import Json, compact

_SYMBOLS = {
    "Equals": "=",
    "LessThan": "<",
    "GreaterThan": ">",
    "LessThanEquals": "≤",
    "GreaterThanEquals": "≥",
}
_TESTS = {
    "IsPresent": ("is present", "is absent"),
    "IsNull": ("is null", "is not null"),
    "IsNumeric": ("is a number", "is no number"),
    "IsString": ("is a string", "is no string"),
    "IsBoolean": ("is a boolean", "is no boolean"),
    "IsTimestamp": ("is a timestamp", "is no timestamp"),
}
_TYPES = ("String", "Numeric", "Boolean", "Timestamp")


def rule_label(rule: Json) -> str:
    """A choice rule as one line: `$.amount > 100 and $.currency = "EUR"`."""
    if not isinstance(rule, dict):
        return compact(rule)
    condition = rule.get("Condition")
    if isinstance(condition, str):
        return condition.removeprefix("{%").removesuffix("%}").strip()
    if condition is not None:
        return compact(condition)
    return _test(rule)


def _test(rule: Mapping[str, Any]) -> str:
    if "And" in rule:
        return " and ".join(_inner(part) for part in rule["And"])
    if "Or" in rule:
        return " or ".join(_inner(part) for part in rule["Or"])
    if "Not" in rule:
        return f"not ({_test(rule['Not'])})"
    variable = str(rule.get("Variable", ""))
    for operator, value in rule.items():
        if operator in {"Variable", "Next", "Comment", "Assign"}:
            continue
        return _comparison(variable, operator, value)
    return variable


def _inner(rule: Mapping[str, Any]) -> str:
    text = _test(rule)
    return f"({text})" if "And" in rule or "Or" in rule else text


def _comparison(variable: str, operator: str, value: Json) -> str:
    if operator in _TESTS:
        return f"{variable} {_TESTS[operator][0 if value is True else 1]}"
    shown = str(value) if operator.endswith("Path") else compact(value)
    name = operator.removesuffix("Path")
    if name == "StringMatches":
        return f"{variable} matches {shown}"
    for kind in _TYPES:
        symbol = _SYMBOLS.get(name.removeprefix(kind))
        if name.startswith(kind) and symbol:
            return f"{variable} {symbol} {shown}"
    return f"{variable} {operator} {shown}"


def shortened(text: str, width: int = 48) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
