"""The text of an intrinsic function call → an Expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from simulator.asl.expressions import (
    CompileError,
    EvaluationError,
    Expression,
    Scope,
    constant,
)
from simulator.asl.intrinsic_functions import FUNCTIONS, filling
from simulator.asl.path_syntax import split_root
from simulator.asl.paths import compile_path
from simulator.problems import did_you_mean
from simulator.values import Json, compact, parse_json

Evaluate: TypeAlias = "Callable[[Json, Scope], Json]"

MOST_NESTED: Final = 10  # AWS: intrinsic functions in one field (docs)
_NAME = re.compile(r"States\.\w+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"(?:true|false|null)\b")
_ESCAPES = frozenset("'{}\\")


def compile_intrinsic(text: str) -> Expression:
    """`States.Format('{}', $.a)`. Raises CompileError with the offset.

    Evaluation raises EvaluationError States.IntrinsicFailure, and what paths raise.
    """
    parser = _Parser(text)
    made = parser.call()
    parser.blanks()
    if parser.at < len(text):
        raise parser.error("text after the call's closing bracket")
    return made


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.calls = 0

    def error(self, message: str, hint: str | None = None) -> CompileError:
        return CompileError(message, hint=hint, offset=self.at)

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def call(self) -> Expression:
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise self.error(
                f"'{self.text}' is neither a path nor an intrinsic function",
                "a path begins with $, a function with States.",
            )
        name = found[0]
        function = FUNCTIONS.get(name)
        if function is None:
            raise self.error(
                f"there is no intrinsic function '{name}'",
                did_you_mean(name, FUNCTIONS) or f"it may be {', '.join(sorted(FUNCTIONS))}",
            )
        self.calls += 1
        if self.calls > MOST_NESTED:
            raise self.error(f"more than {MOST_NESTED} intrinsic functions in one field")
        self.at = found.end()
        if self.peek() != "(":
            raise self.error(f"'{name}' needs its arguments in brackets right after the name")
        arguments = self.arguments()
        low, high = function.arity
        if not low <= len(arguments) <= high:
            wanted = str(low) if low == high else f"{low} to {high}"
            if high > 1000:
                wanted = f"at least {low}"
            raise self.error(f"'{name}' takes {wanted} arguments, not {len(arguments)}")
        return _expression(self.text, name, function.compute, arguments)

    def arguments(self) -> list[Expression]:
        self.at += 1
        self.blanks()
        found: list[Expression] = []
        if self.peek() == ")":
            self.at += 1
            return found
        while True:
            self.blanks()
            found.append(self.argument())
            self.blanks()
            here = self.peek()
            if here not in (",", ")"):
                raise self.error("arguments are separated by commas and closed by ')'")
            self.at += 1
            if here == ")":
                return found

    def argument(self) -> Expression:
        here = self.peek()
        if here == "'":
            return constant(self.quoted())
        if here == "$":
            return self.path()
        for pattern in (_NUMBER, _WORD):
            found = pattern.match(self.text, self.at)
            if found is not None:
                try:
                    value = parse_json(found[0])
                except ValueError:  # no finite number, or too many digits
                    raise self.error(f"the number {found[0][:20]} is too large") from None
                self.at = found.end()
                return constant(value)
        return self.call()

    def quoted(self) -> str:
        r"""A text in single quotes; `\{` and `\}` stay escaped for States.Format."""
        self.at += 1
        found: list[str] = []
        while (here := self.peek()) != "'":
            if not here:
                raise self.error("a text is not closed by a single quote")
            if here == "\\":
                self.at += 1
                here = self.peek()
                if here not in _ESCAPES:
                    raise self.error(f"'\\{here}' is not an escape", r"only \' \{ \} and \\ are")
                here = {"{": "\\{", "}": "\\}", "\\": "\\\\"}.get(here, here)
            found.append(here)
            self.at += 1
        self.at += 1
        return "".join(found)

    def path(self) -> Expression:
        begin = self.at
        self.at = path_end(self.text, begin)
        path, call = self.text[begin : self.at], self.text

        def words(data: Json) -> str:
            """A path that finds nothing is reported with the whole call."""
            return (
                f"The function '{call}' had the following error: The JsonPath argument for the field"
                f" '{path}' could not be found in the input '{compact(data)}'"
            )

        try:
            is_variable = split_root(path)[0] not in {"$", "$$"}
            return compile_path(path, None if is_variable else words)
        except CompileError as error:
            error.offset = begin + (error.offset or 0)
            raise


def path_end(text: str, at: int) -> int:
    """A path ends at a blank, a comma or a closing bracket outside its own brackets and quotes."""
    depth, quote = 0, ""
    while at < len(text):
        here = text[at]
        if quote:
            if here == "\\":
                at += 1
            elif here == quote:
                quote = ""
        elif depth and here in "'\"":
            quote = here
        elif here in "([":
            depth += 1
        elif here in ")]":
            if depth == 0:
                return at
            depth -= 1
        elif depth == 0 and (here == "," or here.isspace()):
            return at
        at += 1
    return at


def _expression(
    text: str, name: str, compute: Callable[..., Json], arguments: list[Expression]
) -> Expression:
    template = arguments[0].source if arguments and arguments[0].is_constant else None
    if name == "States.Format" and isinstance(template, str):
        evaluate = _guarded(text, filling(template), [_live(part) for part in arguments[1:]])
    else:
        live = [
            part.evaluate if name == "States.Format" and not index else _live(part)
            for index, part in enumerate(arguments)
        ]
        evaluate = _guarded(text, compute, live)
    return Expression(
        text,
        evaluate,
        variables=frozenset().union(*(part.variables for part in arguments)),
        reads_context=any(part.reads_context for part in arguments),
        reads_token=any(part.reads_token for part in arguments),
    )


def _live(part: Expression) -> Evaluate:
    if part.is_constant and isinstance(part.source, str):
        return constant(_unescaped(part.source)).evaluate
    return part.evaluate


def _guarded(text: str, compute: Callable[..., Json], live: list[Evaluate]) -> Evaluate:
    """`compute` on what the arguments give; what it refuses is States.IntrinsicFailure."""

    def failed(error: Exception) -> EvaluationError:
        return EvaluationError(
            "States.IntrinsicFailure", f"The function '{text}' had the following error: {error}"
        )

    if len(live) == 1:
        (only,) = live

        def evaluate_one(data: Json, scope: Scope) -> Json:
            value = only(data, scope)
            try:
                return compute(scope, value)
            except (ValueError, TypeError, OverflowError) as error:
                raise failed(error) from None

        return evaluate_one
    if len(live) == 2:
        first, second = live

        def evaluate_two(data: Json, scope: Scope) -> Json:
            one, other = first(data, scope), second(data, scope)
            try:
                return compute(scope, one, other)
            except (ValueError, TypeError, OverflowError) as error:
                raise failed(error) from None

        return evaluate_two

    def evaluate(data: Json, scope: Scope) -> Json:
        values = [get(data, scope) for get in live]
        try:
            return compute(scope, *values)
        except (ValueError, TypeError, OverflowError) as error:
            raise failed(error) from None

    return evaluate


def _unescaped(text: str) -> str:
    return re.sub(r"\\([{}\\])", r"\1", text)
