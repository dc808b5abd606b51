"""Choice rules: And, Or, Not and the comparison operators, one table."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

from simulator.asl import aws_words
from simulator.asl.expressions import CompileError, EvaluationError, Expression, Scope, constant
from simulator.asl.jsonata import compile_jsonata, expecting, is_jsonata
from simulator.asl.paths import compile_path, compile_presence
from simulator.asl.timestamps import parse_timestamp
from simulator.problems import did_you_mean
from simulator.values import Json, compact

Compare: TypeAlias = Callable[[Any, Any], bool]
Test: TypeAlias = Callable[[Json, Scope], bool]

_ORDERS: Final[dict[str, Compare]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
# The same few instants are read again and again.
_moment: Final = lru_cache(maxsize=1024)(parse_timestamp)
_MISSING: Final = object()


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_timestamp(value: Json) -> bool:
    return isinstance(value, str) and _moment(value) is not None


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


# Type → is a value of it, and what is compared: strings by UTF-16 code unit (recorded).
_TYPES: Final[dict[str, tuple[Callable[[Json], bool], Callable[[Any], Any]]]] = {
    "String": (lambda value: isinstance(value, str), _utf16),
    "Numeric": (_is_number, lambda value: value),
    "Boolean": (lambda value: isinstance(value, bool), lambda value: value),
    "Timestamp": (_is_timestamp, _moment),
}
_IS: Final[dict[str, Callable[[Json], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": _is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": _is_timestamp,
}


def _comparisons() -> dict[str, tuple[str, Compare]]:
    found = {}
    for kind in _TYPES:
        for name, order in _ORDERS.items():
            if kind != "Boolean" or name == "Equals":
                found[f"{kind}{name}"] = (kind, order)
    return found


COMPARISONS: Final = _comparisons()
OPERATORS: Final = frozenset(
    {*COMPARISONS, *(f"{name}Path" for name in COMPARISONS), *_IS, "IsPresent", "StringMatches"}
)
_COMBINING: Final = frozenset({"And", "Or", "Not"})


def compile_rule(rule: Json) -> Expression:
    """One JSONPath rule without its Next: gives a bool. Raises CompileError with a pointer.

    Type mismatches are false; a Variable that is missing is States.Runtime, but for IsPresent.
    """
    parts: list[Expression] = []
    test = _compile(rule, "", parts)
    return Expression(
        rule,
        test,
        variables=frozenset().union(*(part.variables for part in parts)),
        reads_context=any(part.reads_context for part in parts),
        reads_token=any(part.reads_token for part in parts),
    )


def compile_condition(value: Json, location: str) -> Expression:
    """A JSONata rule's Condition: a boolean literal, or an expression that gives one."""
    if isinstance(value, bool):
        return constant(value)
    if not isinstance(value, str) or not is_jsonata(value):
        raise CompileError(
            "'Condition' must be a boolean or a JSONata expression",
            hint="an expression is written {% ... %}",
            aws=aws_words.HALF_DELIMITED,
        )
    return expecting(compile_jsonata(value, location=location), {"boolean"}, location)


def _compile(rule: Json, pointer: str, parts: list[Expression]) -> Test:
    if not isinstance(rule, dict):
        raise CompileError(
            "a rule must be an object", pointer=pointer, aws=aws_words.of_type("OBJECT")
        )
    if pointer and "Next" in rule:
        raise CompileError(
            "a rule inside another cannot have 'Next'", hint="only the outermost rule leads on",
            pointer=f"{pointer}/Next", aws=aws_words.unsupported("Next"), aws_steps=1,
        )  # fmt: skip
    combining = [key for key in rule if key in _COMBINING]
    if combining:
        return _combined(rule, combining[0], pointer, parts)
    return _compared(rule, pointer, parts)


def _combined(rule: dict[str, Json], key: str, pointer: str, parts: list[Expression]) -> Test:
    others = [name for name in rule if name not in {key, "Comment"}]
    if others:
        raise CompileError(
            f"'{key}' and '{others[0]}' exclude each other",
            pointer=f"{pointer}/{others[0]}",
            aws=aws_words.ONE_SELECTOR,
            aws_steps=1,
        )
    value, here = rule[key], f"{pointer}/{key}"
    if key == "Not":
        inner = _compile(value, here, parts)
        return lambda data, scope: not inner(data, scope)
    if not isinstance(value, list) or not value:
        raise CompileError(
            f"'{key}' needs an array of at least one rule",
            pointer=here,
            aws=aws_words.EMPTY if value == [] else aws_words.of_type("ARRAY"),
        )
    tests = [_compile(item, f"{here}/{index}", parts) for index, item in enumerate(value)]
    return _all(tests) if key == "And" else _any(tests)


def _all(tests: list[Test]) -> Test:
    def holds(data: Json, scope: Scope) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests
            if not test(data, scope):
                return False
        return True

    return holds


def _any(tests: list[Test]) -> Test:
    def holds(data: Json, scope: Scope) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests
            if test(data, scope):
                return True
        return False

    return holds


def _compared(rule: dict[str, Json], pointer: str, parts: list[Expression]) -> Test:
    operators = [key for key in rule if key not in {"Variable", "Comment"}]
    if not operators:
        raise CompileError(
            "the rule has no operator",
            hint="add one such as 'StringEquals'",
            pointer=pointer,
            aws=None if "Variable" in rule else aws_words.ONE_SELECTOR,
        )
    name = operators[0]
    if name not in OPERATORS:
        raise CompileError(
            f"there is no operator '{name}'",
            hint=did_you_mean(name, {*OPERATORS, *_COMBINING, "Variable"}),
            pointer=f"{pointer}/{name}",
            aws=aws_words.unsupported(name),
            aws_steps=1,
        )
    if len(operators) > 1:
        raise CompileError(
            f"a rule has one operator, and this one has {' and '.join(operators)}",
            hint="combine rules with 'And'",
            pointer=f"{pointer}/{operators[1]}",
            aws=aws_words.only_one(operators),
            aws_steps=1,
        )
    if "Variable" not in rule:
        raise CompileError(
            "the rule needs the field 'Variable'", pointer=pointer, aws=aws_words.ONE_SELECTOR
        )
    variable = _path(rule["Variable"], f"{pointer}/Variable", parts)
    value, here = rule[name], f"{pointer}/{name}"
    if name == "IsPresent" or name in _IS:
        return _type_test(name, value, here, variable)
    if name == "StringMatches":
        return _matching(value, here, variable)
    return _comparison(name, value, here, variable, parts)


def _path(value: Json, pointer: str, parts: list[Expression]) -> Expression:
    if not isinstance(value, str):
        raise CompileError(
            "a path must be a text", pointer=pointer, aws=aws_words.of_type("STRING")
        )

    def words(_data: Json) -> str:
        # AWS: the name is from the spec; the text is what the service is known to print.
        return f"Invalid path '{value}': The choice state's condition path references an invalid value."

    try:
        made = compile_path(value, words)
    except CompileError as error:
        error.pointer = pointer
        is_path = value.startswith("$")
        error.aws = aws_words.NOT_A_REFERENCE if is_path else aws_words.NO_DOLLAR_AHEAD
        raise
    parts.append(made)
    return made


def _type_test(name: str, value: Json, pointer: str, variable: Expression) -> Test:
    if not isinstance(value, bool):
        aws = aws_words.of_type("BOOLEAN")
        raise CompileError(f"'{name}' is true or false", pointer=pointer, aws=aws)
    if name == "IsPresent":
        is_there = compile_presence(cast("str", variable.source))
        return lambda data, scope: is_there(data, scope) is value
    read, holds = variable.evaluate, _IS[name]
    return lambda data, scope: holds(read(data, scope)) is value


def _matching(value: Json, pointer: str, variable: Expression) -> Test:
    if not isinstance(value, str):
        aws = aws_words.of_type("STRING")
        raise CompileError("'StringMatches' must be a text", pointer=pointer, aws=aws)
    pattern, read = wildcards(value), variable.evaluate

    def matches(data: Json, scope: Scope) -> bool:
        text = read(data, scope)
        if pattern is None:
            # AWS: accepted, and an error when it is used (spec); the text is a guess.
            detail = f"The pattern '{value}' has a backslash that escapes nothing."
            raise EvaluationError("States.Runtime", detail)
        return isinstance(text, str) and pattern.fullmatch(text) is not None

    return matches


def wildcards(text: str) -> re.Pattern[str] | None:
    r"""`*` is any run of characters; `\*` and `\\` are the marks themselves (spec).

    None when a backslash stands before anything else.
    """
    parts, at = [], 0
    while at < len(text):
        here = text[at]
        if here == "\\":
            at += 1
            if at == len(text) or text[at] not in "*\\":
                return None
            parts.append(re.escape(text[at]))
        else:
            parts.append(".*" if here == "*" else re.escape(here))
        at += 1
    return re.compile("".join(parts), re.DOTALL)


def _comparison(
    name: str, value: Json, pointer: str, variable: Expression, parts: list[Expression]
) -> Test:
    kind, order = COMPARISONS[name if name in COMPARISONS else name.removesuffix("Path")]
    is_kind, key = _TYPES[kind]
    read = variable.evaluate
    if name.endswith("Path"):
        other = _path(value, pointer, parts).evaluate

        def compare_both(data: Json, scope: Scope) -> bool:
            left, right = read(data, scope), other(data, scope)
            return is_kind(left) and is_kind(right) and order(key(left), key(right))

        return compare_both
    if not is_kind(value):
        wanted = {
            "String": "a text", "Numeric": "a number", "Boolean": "true or false",
            "Timestamp": "an RFC 3339 timestamp such as 2026-01-31T12:00:00Z",
        }[kind]  # fmt: skip
        if kind == "Timestamp" and isinstance(value, str):
            aws = aws_words.NOT_A_TIMESTAMP
        else:
            aws = aws_words.of_type({"Numeric": "NUMBER", "Boolean": "BOOLEAN"}.get(kind, "STRING"))
        raise CompileError(
            f"'{name}' must be {wanted}, not {compact(value)}", pointer=pointer, aws=aws
        )
    if kind == "Boolean":
        return lambda data, scope: read(data, scope) is value
    if kind == "Numeric":
        return _numeric(read, order, value)
    if kind == "String":
        return _string(read, order, cast("str", value))
    wanted_key = key(value)

    def compare(data: Json, scope: Scope) -> bool:
        left = read(data, scope)
        return is_kind(left) and order(key(left), wanted_key)

    return compare


def _numeric(read: Callable[[Json, Scope], Any], order: Compare, wanted: Json) -> Test:
    def compare(data: Json, scope: Scope) -> bool:
        left = read(data, scope)
        return (type(left) is int or type(left) is float) and order(left, wanted)

    return compare


def _string(read: Callable[[Json, Scope], Any], order: Compare, wanted: str) -> Test:
    if order is operator.eq:
        return lambda data, scope: bool(read(data, scope) == wanted)
    if not wanted.isascii():
        key = _utf16(wanted)

        def compare_units(data: Json, scope: Scope) -> bool:
            left = read(data, scope)
            return type(left) is str and order(_utf16(left), key)

        return compare_units

    def compare(data: Json, scope: Scope) -> bool:
        # One text in ASCII is enough for both orders to agree.
        left = read(data, scope)
        return type(left) is str and order(left, wanted)

    return compare
