"""Which decisions a JSONata text has: each `test ? this : other`, found in its tokens.

The library tells of an evaluation which branch each condition took, by the place where its test
begins; what it does not tell is which conditions there are. `and` and `or` are no decisions here:
of plain operands the library does not say whether they were asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulator.problems import Location

_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|/\*.*?\*/)
      | (?P<number>\d+(?:\.\d+)?(?:[Ee][-+]?\d+)?)
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      | (?P<symbol>\.\.|:=|!=|<=|>=|~>|\*\*|[][.{}(),@#;:?+\-*/%|=<>^!~&])
      | (?P<name>[^][\s.{}(),@#;:?+\-*/%|=<>^!~&"'`]+)""",
    re.VERBOSE | re.DOTALL,
)
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
# A new operand begins after these, and with it perhaps a test.
_APART: Final = frozenset({",", ";", ":", ":="})
_OPERANDS: Final = frozenset({"*", "**", "%"})  # where an operand may stand: wildcards and parent
_WORDS: Final = frozenset({"and", "or", "in"})
_PLACES: Final = frozenset({"(", ","})  # `?` after these is a placeholder: $f(?, 1)
_FUNCTIONS: Final = frozenset({"function", "λ"})


@dataclass(frozen=True, slots=True)
class Decision:
    """One `test ? this : other`; without `other`, a test that fails gives nothing.

    `test` is its text, `start` where that begins in the expression. `pointer` leads from the field
    to the expression ("/reason"), `location` is where it is written. The library does not tell what
    happens inside a filter (`[…]`): such a decision is not `measured`.
    """

    test: str
    start: int
    measured: bool = True
    pointer: str = ""
    location: Location | None = None


@dataclass(slots=True)
class _Level:
    """Inside one pair of brackets: where the operand that may be a test begins.

    `bars` counts those of a transform, `|place|update|`, of which the third closes it.
    """

    start: int | None = None
    in_filter: bool = False
    of_function: bool = False
    bars: int = 0


def decisions_of(source: str) -> tuple[Decision, ...]:
    """In the order of the text, of an expression that the library has compiled."""
    return tuple(_decisions(source)) if "?" in source else ()


def _decisions(source: str) -> Iterator[Decision]:
    levels = [_Level()]
    ends, before = False, ""  # does the token before end an operand, and what is it
    signature = False
    at = 0
    while (match := _TOKEN.match(source, at)) is not None:
        start, at, text = at, match.end(), match[0]
        if match.lastgroup == "skip":
            continue
        level = levels[-1]
        if signature and text == "<":
            at = source.index("{", at)  # `<n-n?:n>` is no condition
            signature = False
            continue
        signature = False
        if text == "/" and not ends:
            at = _end_of_regex(source, at)
        if level.start is None and not (text in "<>" and not ends):  # the order of a sort
            level.start = start
        decides = text == "?" and before not in _PLACES
        closes = text == "|" and level.bars == 2
        if decides:
            begin = level.start or 0
            yield Decision(source[begin:start].rstrip(), begin, measured=not level.in_filter)
        if text in _OPENING:
            inside = level.in_filter or (text == "[" and ends)
            levels.append(_Level(None, inside, text == "(" and before in _FUNCTIONS))
        elif text in _CLOSING:
            signature = levels.pop().of_function
        elif text == "|" and not ends:
            levels.append(_Level(None, level.in_filter, bars=1))
        elif closes:
            levels.pop()
        elif text == "|":
            level.bars, level.start = 2, None
        elif decides or text in _APART:
            level.start = None
        ends = _is_end(match.lastgroup, text, before, ends=ends, closes=closes)
        before = text


def _is_end(kind: str | None, text: str, before: str, *, ends: bool, closes: bool) -> bool:
    """Does an operand end with this token? A bar that `closes` a transform is one."""
    if kind == "name":
        return not (ends and text in _WORDS)
    if kind == "symbol":
        return (
            text in _CLOSING
            or (text in _OPERANDS and not ends)
            or (text == "/" and not ends)  # a regular expression
            or (text == "?" and before in _PLACES)
            or closes
        )
    return True


def _end_of_regex(source: str, at: int) -> int:
    depth = 0
    while at < len(source):
        sign = source[at]
        if sign == "\\":
            at += 1
        elif sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth -= 1
        elif sign == "/" and depth == 0:
            return at + 1
        at += 1
    return at
