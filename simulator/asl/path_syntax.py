"""The text of a path → tokens, in the Jayway JsonPath dialect that the service runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.asl.expressions import CompileError
from simulator.values import Json

_BAD_BRACKET = "Could not parse token starting at position {}. Expected ?, ', 0-9, *"
_INDEX = re.compile(r"-?\d{1,10}")
_INDEX_START = frozenset("0123456789-:")
_INDEX_LETTERS = frozenset("0123456789-:, ")
_SLICE = re.compile(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(:\s*-?\d*\s*)?")
_VARIABLE = re.compile(r"\$([^\W\d]\w*)")


@dataclass(frozen=True, slots=True)
class Names:
    """`.a`, `['a']`, or several: `['a','b']`."""

    names: tuple[str, ...]
    quote: str = field(default="'", compare=False)  # as written, for messages


@dataclass(frozen=True, slots=True)
class Indexes:
    """`[0]`, `[-1]`, `[0,2]`."""

    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    pass


@dataclass(frozen=True, slots=True)
class Scan:
    """`..`: the next token applies to every node below."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(...)]`; `text` is what stands between the parentheses."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Function:
    """`.length()`; arguments are JSON values or paths' texts."""

    name: str
    arguments: tuple[Literal | PathArgument, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    value: Json


@dataclass(frozen=True, slots=True)
class PathArgument:
    text: str


Token: TypeAlias = Names | Indexes | Slice | Wildcard | Scan | Filter | Function


def split_root(text: str) -> tuple[str, int]:
    """The root of a path and where its tokens begin: "$", "$$" or a variable's name.

    Raises CompileError when the text does not begin as a path.
    """
    if text.startswith("$$"):
        return "$$", 2
    named = _VARIABLE.match(text)
    if named:
        return named[1], named.end()
    if text.startswith("$"):
        return "$", 1
    raise CompileError(
        f"'{text}' is not a path", hint="a path begins with $, $$ or $variable", offset=0
    )


def tokenize(text: str, start: int) -> list[Token]:
    """The tokens of `text` from `start`. Raises CompileError with Jayway's words."""
    reader = _Reader(text.rstrip(), start)
    tokens: list[Token] = []
    while not reader.at_end:
        tokens.extend(reader.read())
    if tokens and isinstance(tokens[-1], Scan):
        raise CompileError("Path must not end with a '.' or '..'", offset=len(text) - 1)
    return tokens


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.text)

    def read(self) -> list[Token]:
        here = self.text[self.at]
        if here == "[":
            return self._bracket()
        if here == ".":
            return self._dots()
        raise CompileError(
            f"Illegal character at position {self.at} expected '.' or '['", offset=self.at
        )

    def _dots(self) -> list[Token]:
        text = self.text
        scan = text.startswith("..", self.at)
        self.at += 2 if scan else 1
        if self.at_end:
            raise CompileError("Path must not end with a '.' or '..'", offset=self.at - 1)
        here = text[self.at]
        tokens: list[Token] = [Scan()] if scan else []
        if here == "[" and scan:
            return [*tokens, *self._bracket()]
        if here == "." and scan:
            raise CompileError(f"Character '.' on position {self.at} is not valid.", offset=self.at)
        if here in " .[":
            raise CompileError(
                f"Could not parse token starting at position {self.at}", offset=self.at
            )
        if here == "*":
            self.at += 1
            return [*tokens, Wildcard()]
        return [*tokens, self._name()]

    def _name(self) -> Token:
        text, begin = self.text, self.at
        found: list[str] = []
        while not self.at_end and text[self.at] not in ".[":
            here = text[self.at]
            if here == " ":
                raise CompileError(
                    "Use bracket notion ['my prop'] if your property contains blank characters."
                    f" position: {begin}",
                    offset=self.at,
                )
            if here == "(":
                return self._function("".join(found))
            if here == "\\" and self.at + 1 < len(text):  # spec: escapes special characters
                self.at += 1
            found.append(text[self.at])
            self.at += 1
        return Names(("".join(found),))

    def _function(self, name: str) -> Function:
        end = _closing(self.text, self.at, "(", ")")
        if end is None:
            raise CompileError(
                f"Arguments to function: '{name}' are not closed properly.", offset=self.at
            )
        inside = self.text[self.at + 1 : end]
        found = [_argument(part) for part in _split(inside)] if inside.strip() else []
        arguments = tuple(argument for argument in found if argument is not None)
        self.at = end + 1
        return Function(name, arguments)

    def _bracket(self) -> list[Token]:
        text, begin = self.text, self.at
        inside = begin + 1
        while inside < len(text) and text[inside] == " ":
            inside += 1
        if inside >= len(text):
            self.at = len(text)  # recorded of the reference: "$.a[" is "$.a"
            return []
        if text[inside] in "'\"":
            return [self._quoted(inside)]
        if text[inside] == "?":
            return [self._filter(inside)]
        end = text.find("]", inside)
        content = text[inside:end] if end >= 0 else ""
        token: Token | None = None
        if content.strip() == "*":
            token = Wildcard()
        elif end >= 0 and content[:1] in _INDEX_START and set(content) <= _INDEX_LETTERS:
            token = _sliced(content, begin) if ":" in content else _indexed(content, begin)
        if token is None:
            raise CompileError(_BAD_BRACKET.format(begin), offset=begin)
        self.at = end + 1
        return [token]

    def _quoted(self, at: int) -> Names:
        """`['a','b']`; Jayway does not mind what else stands between the names."""
        text = self.text
        names: list[str] = []
        delimiter = text[at]
        comma = False
        while at < len(text):
            here = text[at]
            if here == "]":
                if comma:
                    raise CompileError(f"Found empty property at index {at}", offset=at)
                self.at = at + 1
                return Names(tuple(names), delimiter)
            if here == ",":
                if comma:
                    raise CompileError(f"Found empty property at index {at}", offset=at)
                comma = True
            elif here == delimiter:
                name, at = self._property(at)
                names.append(name)
                comma = False
                if text[at + 1 :].lstrip()[:1] not in (",", "]"):
                    raise CompileError(
                        "Property must be separated by comma or Property must be terminated close"
                        f" square bracket at index {at}",
                        offset=at,
                    )
            at += 1
        raise CompileError("Property has not been closed - missing closing ]", offset=len(text) - 1)

    def _property(self, at: int) -> tuple[str, int]:
        """The name between the quotes that begin at `at`, and where they end."""
        text, quote = self.text, self.text[at]
        at += 1
        found = []
        while at < len(text) and text[at] != quote:
            # Only the quote and the backslash are escaped; others keep it (recorded).
            if text[at] == "\\" and text[at + 1 : at + 2] in (quote, "\\"):
                at += 1
            found.append(text[at])
            at += 1
        if at >= len(text):
            raise CompileError(
                f"Property has not been closed - missing closing {quote}", offset=len(text) - 1
            )
        return "".join(found), at

    def _filter(self, at: int) -> Filter:
        text = self.text
        opened = re.compile(r"\?\s*\(").match(text, at)
        end = _closing(text, opened.end() - 1, "(", ")") if opened else None
        closed = re.compile(r"\s*\]").match(text, end + 1) if end is not None else None
        if opened is None or end is None or closed is None:
            raise CompileError(_BAD_BRACKET.format(self.at), offset=self.at)
        self.at = closed.end()
        return Filter(text[opened.end() : end], opened.end())


def _indexed(content: str, begin: int) -> Indexes:
    indexes = []
    for part in content.split(","):
        found = _INDEX.fullmatch(part.strip())
        if found is None or not -(2**31) <= int(part) < 2**31:
            reason = f"Failed to parse token in ArrayIndexOperation: {part.strip()}"
            raise CompileError(reason.rstrip(), offset=begin)
        indexes.append(int(part))
    return Indexes(tuple(indexes))


def _sliced(content: str, begin: int) -> Slice:
    found = _SLICE.fullmatch(content)
    if found is None or (found[1] is None and found[2] is None):
        raise CompileError(f"Failed to parse SliceOperation: {content}", offset=begin)
    first, last = found[1], found[2]
    return Slice(None if first is None else int(first), None if last is None else int(last))


def _closing(text: str, at: int, left: str, right: str) -> int | None:
    """The index of the bracket that closes the one at `at`; quotes and /regex/ are skipped."""
    depth, quote = 0, ""
    while at < len(text):
        here = text[at]
        if quote:
            if here == "\\":
                at += 1
            elif here == quote:
                quote = ""
        elif here in "'\"" or (here == "/" and text[:at].rstrip().endswith("=~")):
            quote = here
        elif here == left:
            depth += 1
        elif here == right:
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None


def _split(text: str) -> list[str]:
    """Comma-separated arguments; commas inside brackets and quotes do not count."""
    parts, depth, quote, begin = [], 0, "", 0
    for at, here in enumerate(text):
        if quote:
            quote = "" if here == quote else quote
        elif here in "'\"":
            quote = here
        elif here in "([{":
            depth += 1
        elif here in ")]}":
            depth -= 1
        elif here == "," and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    parts.append(text[begin:])
    return parts


def _argument(text: str) -> Literal | PathArgument | None:
    """None for what Jayway passes over: texts in single quotes, words, arrays."""
    text = text.strip()
    if text.startswith(("$", "@")):
        return PathArgument(text)
    if not text.lstrip("-")[:1].isdigit() and not text.startswith(('"', "{")):
        return None
    try:
        return Literal(json.loads(text))
    except ValueError:
        raise CompileError(f"'{text}' is neither JSON nor a path") from None
