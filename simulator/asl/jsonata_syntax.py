"""The part of JSONata that needs no library: text → tree. Everything else is Unsupported.

The text has been compiled by the library before it comes here, so nothing is reported: what this
parser does not know for certain is left to the library whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulator.asl.jsonata_values import as_double
from simulator.values import Json

# Left binding powers of JSONata 2.0.6; what is missing here ends an expression or is Unsupported.
_POWERS: Final = {
    "[": 80, "(": 80, ".": 75, "*": 60, "/": 60, "%": 60, "+": 50, "-": 50, "&": 50,
    "=": 40, "!=": 40, "<": 40, "<=": 40, ">": 40, ">=": 40, "in": 40, "~>": 40,
    "and": 30, "or": 25, "?": 20,
}  # fmt: skip
_CLOSING: Final = frozenset({")", "]", "}", ",", ":", ";", ""})
_PREFIX_POWER: Final = 70
_DEEPEST: Final = 100
_TOKEN = re.compile(
    r"""(?P<skip>\s+|/\*.*?\*/)
      | (?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?)
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<quoted>`[^`]*`)
      | (?P<variable>\$[^\W\d]\w*)
      | (?P<word>[^\W\d]\w*)
      | (?P<symbol>\.\.|:=|!=|<=|>=|~>|\*\*|.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt])|.)', re.DOTALL)
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SURROGATE = re.compile("[\ud800-\udfff]")


class Unsupported(Exception):
    """The library must do it."""


@dataclass(frozen=True, slots=True)
class Literal:
    value: Json


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`; what follows its dots are steps of a path."""

    name: str


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    indexes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    root: Node
    indexes: tuple[int, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation:
    operand: Node


@dataclass(frozen=True, slots=True)
class Condition:
    test: Node
    then: Node
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Object:
    pairs: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`( … )` around one expression: an array inside is no longer an array constructor."""

    inner: Node


Node: TypeAlias = (
    "Literal | Variable | Path | Call | Binary | Negation | Condition | Array | Object | Block"
)
_Tokens: TypeAlias = "list[tuple[str, str]]"  # kind and text


def parse_jsonata(source: str) -> Node:
    """Raises Unsupported."""
    parser = _Parser(_tokens(source))
    node = parser.expression(0)
    parser.expect("")
    return node


def _tokens(source: str) -> _Tokens:
    found: _Tokens = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            raise Unsupported
        if match.lastgroup != "skip":
            found.append((match.lastgroup, match[0]))
        at = match.end()
    return [*found, ("end", "")]


class _Parser:
    def __init__(self, tokens: _Tokens) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def next(self) -> tuple[str, str]:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def peek(self) -> str:
        kind, text = self.tokens[self.at]
        return text if kind in {"symbol", "word"} else kind

    def expect(self, symbol: str) -> None:
        kind, text = self.next()
        if text != symbol or kind not in {"symbol", "end"}:
            raise Unsupported

    def expression(self, power: int) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unsupported
        left = self.prefix()
        while True:
            kind, text = self.tokens[self.at]
            if kind == "end" or (kind == "symbol" and text in _CLOSING):
                break
            if kind not in {"symbol", "word"} or text not in _POWERS:
                raise Unsupported
            if _POWERS[text] <= power:
                break
            self.at += 1
            left = self.infix(text, left)
        self.depth -= 1
        return left

    def prefix(self) -> Node:
        kind, text = self.next()
        if kind == "number":
            return Literal(_number(text))
        if kind == "string":
            return Literal(_text(text))
        if kind == "variable":
            return Variable(text[1:])
        if kind == "word" and text in {"true", "false", "null"}:
            return Literal({"true": True, "false": False, "null": None}[text])
        if kind == "symbol":
            if text == "-":
                return _negated(self.expression(_PREFIX_POWER))
            if text == "(":
                inner = self.expression(0)
                self.expect(")")
                return Block(inner)
            if text == "[":
                return Array(self.listed("]"))
            if text == "{":
                return self.object()
        raise Unsupported

    def infix(self, text: str, left: Node) -> Node:
        if text == ".":
            return self.step(left)
        if text == "[":
            index = self.expression(0)
            self.expect("]")
            return _indexed(left, index)
        if text == "(":
            if not isinstance(left, Variable):
                raise Unsupported
            return Call(left.name, self.listed(")"))
        if text == "?":
            then = self.expression(0)
            if self.peek() != ":":
                return Condition(left, then, None)
            self.at += 1
            return Condition(left, then, self.expression(0))
        right = self.expression(_POWERS[text])
        if text != "~>":
            return Binary(text, left, right)
        if not isinstance(right, Call):  # a value goes into a function made elsewhere
            raise Unsupported
        return Call(right.name, (left, *right.arguments))

    def step(self, left: Node) -> Node:
        kind, text = self.next()
        if kind == "word":
            name = text
        elif kind == "string":
            name = _text(text)
        elif kind == "quoted":
            name = text[1:-1]
        else:
            raise Unsupported
        if text in {"true", "false", "null"} or self.peek() in {"(", "{"}:
            raise Unsupported
        if isinstance(left, Path):
            return Path(left.root, left.indexes, (*left.steps, Step(name)))
        if isinstance(left, Variable | Call | Block):
            return Path(left, (), (Step(name),))
        raise Unsupported

    def listed(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self.peek() != end:
            items.append(self.expression(0))
            while self.peek() == ",":
                self.at += 1
                items.append(self.expression(0))
        self.expect(end)
        return tuple(items)

    def object(self) -> Object:
        pairs: dict[str, Node] = {}
        while self.peek() != "}":
            kind, text = self.next()
            key = _text(text) if kind == "string" else None
            if key is None or key in pairs:
                raise Unsupported
            self.expect(":")
            pairs[key] = self.expression(0)
            if self.peek() != ",":
                break
            self.at += 1
            if self.peek() == "}":
                raise Unsupported
        self.expect("}")
        return Object(tuple(pairs.items()))


def _number(text: str) -> int | float:
    value = as_double(float(text))
    if value is None:
        raise Unsupported
    return value


def _text(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        if not found[2]:
            raise Unsupported
        return _ESCAPES.get(found[2], found[2])

    made = _ESCAPE.sub(one, text[1:-1])
    if _SURROGATE.search(made):
        raise Unsupported
    return made


def _negated(operand: Node) -> Node:
    if isinstance(operand, Literal) and type(operand.value) in (int, float):
        return Literal(-operand.value)  # type: ignore[operator]  # a number
    return Negation(operand)


def _indexed(left: Node, index: Node) -> Node:
    """`left[3]`; only whole numbers, for a filter needs the library."""
    if not isinstance(index, Literal) or type(index.value) is not int:
        raise Unsupported
    if isinstance(left, Path):
        if not left.steps:
            return Path(left.root, (*left.indexes, index.value), ())
        last = left.steps[-1]
        return Path(
            left.root,
            left.indexes,
            (*left.steps[:-1], Step(last.name, (*last.indexes, index.value))),
        )
    if isinstance(left, Variable | Call | Block):
        return Path(left, (index.value,), ())
    raise Unsupported
