"""Filters of paths: `[?(@.price > 10 && @.title =~ /.*x/i)]`, compared as Jayway compares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from simulator.asl.expressions import CompileError
from simulator.values import Json

Test: TypeAlias = "Callable[[Json, Json], bool]"  # (current node, root) -> bool
Operand: TypeAlias = "Callable[[Json, Json], Json]"
CompilePath: TypeAlias = "Callable[[str], tuple[Operand, bool]]"  # text -> (get, definite)

UNDEFINED: Final[Json] = "<undefined>"  # compared by identity

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<logic>&&|\|\||\(|\)|!(?!=))
    | (?P<operator>===|!==|==|!=|<=|>=|=~|<|>|(?:in|nin|subsetof|anyof|noneof|size|contains|empty|all|type|matches|exists)\b)
    | (?P<regex>/(?:\\.|[^/\\])*/[a-zA-Z]*)
    | (?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    | (?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>true|false|null)\b
    )""",
    re.VERBOSE,
)
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def compile_filter(text: str, compile_path: CompilePath) -> Test:
    """Raises CompileError. `compile_path` compiles `@...` and `$...` operands."""
    parser = _Parser(text, compile_path)
    test = parser.either()
    parser.expect_end()
    return test


class _Parser:
    def __init__(self, text: str, compile_path: CompilePath) -> None:
        self.text = text
        self.at = 0
        self.compile_path = compile_path

    def fail(self) -> CompileError:
        """An operand cannot be read: Jayway names the place within `[?(…)]`."""
        rest = self.text[self.at :]
        at = self.at + len(rest) - len(rest.lstrip())
        char = self.text[at] if at < len(self.text) else ")"
        return CompileError(
            f"Failed to parse filter: [?({self.text})], error on position: {at + 3}, char: {char}"
        )

    def peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.at)

    def take(self, kind: str, *wanted: str) -> str | None:
        found = self.peek()
        if found and found[kind] is not None and (not wanted or found[kind] in wanted):
            self.at = found.end()
            return found[kind]
        return None

    def expect_end(self) -> None:
        if self.text[self.at :].strip():
            raise CompileError("Expected character: )")

    def either(self) -> Test:
        left = self.both()
        while self.take("logic", "||"):
            right = self.both()
            left = _or(left, right)
        return left

    def both(self) -> Test:
        left = self.one()
        while self.take("logic", "&&"):
            right = self.one()
            left = _and(left, right)
        return left

    def one(self) -> Test:
        negated = False
        if self.take("logic", "!"):
            if self.text[self.at :].lstrip()[:1] not in {"@", "$"}:
                inner = self.one()
                return lambda node, root: not inner(node, root)
            negated = True  # of a path that stands alone; before a comparison it means nothing
        if self.take("logic", "("):
            inner = self.either()
            if not self.take("logic", ")"):
                raise CompileError("Expected character: )")
            return inner
        left, left_is_path = self.operand()
        operator = self.take("operator")
        if operator is None:
            if not left_is_path:
                raise CompileError("Expected path node")
            return lambda node, root: (left(node, root) is UNDEFINED) is negated
        right, _ = self.operand()
        compare = OPERATORS[operator]
        return lambda node, root: compare(left(node, root), right(node, root))

    def operand(self) -> tuple[Operand, bool]:
        begin = self.at + len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
        if begin < len(self.text) and self.text[begin] in "@$":
            end = _path_end(self.text, begin)
            self.at = end
            get, _ = self.compile_path(self.text[begin:end])
            return get, True
        if begin < len(self.text) and self.text[begin] in "[{":
            return self._json(begin), False
        found = self.peek()
        if found is None:
            raise self.fail()
        value: Json | re.Pattern[str]
        if found["regex"] is not None:
            value = _pattern(found["regex"])
        elif found["string"] is not None:
            value = re.sub(r"\\(.)", r"\1", found["string"][1:-1])
        elif found["number"] is not None:
            value = _number(found["number"])
        elif found["word"] is not None:
            value = json.loads(found["word"])
        else:
            raise self.fail()
        self.at = found.end()
        return (lambda _node, _root: value), False  # type: ignore[return-value]  # patterns meet =~ only

    def _json(self, begin: int) -> Operand:
        text = self.text
        for end in range(begin + 1, len(text) + 1):
            if text[end - 1] in "]}":
                try:
                    value = json.loads(text[begin:end].replace("'", '"'))
                except ValueError:
                    continue
                self.at = end
                return lambda _node, _root: value
        raise self.fail()


def _or(left: Test, right: Test) -> Test:
    return lambda node, root: left(node, root) or right(node, root)


def _and(left: Test, right: Test) -> Test:
    return lambda node, root: left(node, root) and right(node, root)


def _path_end(text: str, at: int) -> int:
    """Paths end at a blank, an operator or a closing bracket outside brackets and quotes."""
    depth, quote = 0, ""
    while at < len(text):
        here = text[at]
        if quote:
            quote = "" if here == quote else quote
        elif here in "'\"" and depth:
            quote = here
        elif here in "[(":
            depth += 1
        elif here in "])":
            if depth == 0:
                return at
            depth -= 1
        elif depth == 0 and here in " =!<>&|,":
            return at
        at += 1
    return at


def _pattern(text: str) -> re.Pattern[str]:
    body, _, flags = text[1:].rpartition("/")
    try:
        return re.compile(body.replace("\\/", "/"), sum(_FLAGS.get(flag, 0) for flag in flags))
    except re.error as error:
        raise CompileError(f"the regular expression {text} cannot be read: {error}") from None


def _number(text: str) -> Json:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Json, right: Json) -> bool:
    """`==`: a number and a string meet in the left one's type, as in Jayway."""
    if left is UNDEFINED or right is UNDEFINED:
        return False  # not even to each other
    if _is_number(left) and isinstance(right, str):
        try:
            return bool(left == float(right))
        except ValueError:
            return False
    if isinstance(left, str) and _is_number(right):
        return left == json.dumps(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _same(left: Json, right: Json) -> bool:
    alike = type(left) is type(right) or (_is_number(left) and _is_number(right))
    return alike and equal(left, right)


def _ordered(test: Callable[[int], bool]) -> Callable[[Json, Json], bool]:
    def compare(left: Json, right: Json) -> bool:
        if left is UNDEFINED or right is UNDEFINED:
            return False
        if (_is_number(left) and _is_number(right)) or (
            isinstance(left, str) and isinstance(right, str)
        ):
            return test((left > right) - (left < right))  # type: ignore[operator]  # one type
        return False

    return compare


def _matches(left: Any, right: Any) -> bool:
    if isinstance(left, re.Pattern) == isinstance(right, re.Pattern):
        return False
    pattern, value = (left, right) if isinstance(left, re.Pattern) else (right, left)
    values = value if isinstance(value, list) else [value]
    return any(pattern.fullmatch(_as_text(item)) is not None for item in values)


def _as_text(value: Json) -> str:
    if value is UNDEFINED or value is None or isinstance(value, list | dict):
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _contained(value: Json, values: list[Json]) -> bool:
    return any(equal(value, other) for other in values)


def _in(left: Json, right: Json) -> bool:
    return isinstance(right, list) and _contained(left, right)


def _size(left: Json, right: Json) -> bool:
    if not _is_number(right) or left is UNDEFINED or not isinstance(left, str | list):
        return False
    return len(left) == right


def _empty(left: Json, right: Json) -> bool:
    if left is UNDEFINED or not isinstance(left, str | list | dict):
        return False
    return (len(left) == 0) is right


def _contains(left: Json, right: Json) -> bool:
    if left is UNDEFINED or right is UNDEFINED:
        return False
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return isinstance(left, list) and _contained(right, left)


def _lists(test: Callable[[list[Json], list[Json]], bool]) -> Callable[[Json, Json], bool]:
    return lambda left, right: (
        isinstance(left, list) and isinstance(right, list) and test(left, right)
    )


def _never(_left: Json, _right: Json) -> bool:
    return False


OPERATORS: dict[str, Callable[[Json, Json], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": _same,
    "!==": lambda left, right: not _same(left, right),
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "=~": _matches,
    "in": _in,
    "nin": lambda left, right: not _in(left, right),
    "subsetof": _lists(lambda left, right: all(_contained(item, right) for item in left)),
    "anyof": _lists(lambda left, right: any(_contained(item, right) for item in left)),
    "noneof": _lists(lambda left, right: not any(_contained(item, right) for item in left)),
    "size": _size,
    "contains": _contains,
    "empty": _empty,
    # Known to Jayway and of no use there: they never hold for values of JSON.
    "all": _never,
    "type": _never,
    "matches": _never,
    "exists": lambda left, right: isinstance(left, bool) and left is right,
}
