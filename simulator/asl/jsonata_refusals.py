"""What the service refuses although later versions of JSONata know it: `?:`, `??` and `$eval`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from simulator.asl import aws_words
from simulator.asl.expressions import CompileError

_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|/\*.*?\*/) | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      | (?P<regex>/(?:\\.|[^/\\])+/[im]*) | (?P<new>\?:|\?\?) | (?P<word>\$*\w+) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
# `function($a, $b)<s?:s>{`: a question mark before a colon is a part of the signature.
_SIGNATURE: Final = re.compile(r"(?:function|λ)\s*\([^()]*\)\s*(<[^{]*>)\s*\{")


def refuse_what_is_newer(source: str) -> None:
    """The service runs JSONata 2.0.6 without `$eval` (docs). Raises CompileError."""
    signatures = [found.span(1) for found in _SIGNATURE.finditer(source)]
    for at, kind, text in _tokens(source):
        if kind == "new" and not any(begin <= at < end for begin, end in signatures):
            raise CompileError(
                f"The operator '{text}' is not supported in JSONata 2.0.6",
                hint="write it as a conditional: $exists(a) ? a : b",
                offset=at + len("{%"),
                # What its parser makes of the second character, without the code (S0211).
                aws=aws_words.invalid_jsonata(
                    f'The symbol "{text[1]}" cannot be used as a unary operator'
                ),
            )
        if text == "$eval":
            raise CompileError(
                "The function $eval is not supported", hint="use $parse for JSON text"
            )


def _tokens(source: str) -> Iterator[tuple[int, str, str]]:
    at, operand = 0, False
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            return
        kind = found.lastgroup or ""
        if kind == "regex" and operand:  # a division, not a regular expression
            at, operand = at + 1, False
            continue
        if kind != "skip":
            yield at, kind, found[0]
            operand = kind in {"string", "word"} or found[0] in ")]}"
        at = found.end()
