"""Expression and Scope: what paths, payload templates, intrinsics, JSONata and choices produce."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.asl.jsonata_decisions import Decision
from simulator.problems import AwsWords
from simulator.values import Json

Evaluate: TypeAlias = "Callable[[Json, Scope], Json]"
UNSET: Json = "<unset>"  # compared by identity: no result and no error output in this phase


class EvaluationError(Exception):
    """A workflow's error raised while an expression is evaluated; the engine turns it into one.

    `error` is AWS's name ("States.Runtime", "States.QueryEvaluationError", ...), `cause` the text
    without the prefix "An error occurred while executing the state ...", `location` the slash path
    inside the state that JSONata errors carry ("Output/result").
    """

    def __init__(self, error: str, cause: str, location: str | None = None) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.location = location


class Scope:
    """Everything an expression may see besides its own `$`.

    `input` is the raw state input ($states.input); `result` and `error_output` are UNSET where they
    do not exist. `context` (the context object, `$$`) is built when somebody reads it. `now` is the
    virtual time in milliseconds since the epoch, for $now() and $millis(). `draw()` is the only
    source of chance: a number that depends on the run's seed and on the count of draws alone.
    """

    __slots__ = (
        "_build_context", "_context", "_draws", "error_output", "input", "now", "result", "seed",
        "variables",
    )  # fmt: skip

    def __init__(
        self,
        input: Json,  # noqa: A002 - AWS's word
        *,
        context: Json | Callable[[], Json] = None,
        variables: Mapping[str, Json] | None = None,
        result: Json = UNSET,
        error_output: Json = UNSET,
        now: int = 0,
        seed: str = "",
    ) -> None:
        self.input = input
        self.variables: Mapping[str, Json] = {} if variables is None else variables
        self.result = result
        self.error_output = error_output
        self.now = now
        self.seed = seed
        self._draws = 0
        self._build_context = context if callable(context) else None
        self._context: Json = None if callable(context) else context

    @property
    def context(self) -> Json:
        if self._build_context is not None:
            self._context = self._build_context()
            self._build_context = None
        return self._context

    def decided(self, number: int, branch: str) -> None:
        """Told by audited expressions: the decision, counted within the state, took this branch."""

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """What is drawn inside is drawn again afterwards."""
        before = self._draws
        try:
            yield
        finally:
            self._draws = before

    def draw(self) -> int:
        """The next 128 bits of this scope's chance."""
        self._draws += 1
        digest = hashlib.sha256(f"{self.seed}:{self._draws}".encode()).digest()
        return int.from_bytes(digest[:16], "big")

    def uuid(self) -> str:
        """A version 4 UUID from one draw."""
        text = f"{self.draw():032x}"
        variant = "89ab"[int(text[16], 16) % 4]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class Expression:
    """Compiled once, evaluated often.

    `evaluate(data, scope)`: `data` is what `$` means in this field (JSONPath); JSONata ignores it
    and reads `scope`. Raises EvaluationError. `source` is the text or template as written.
    A constant always gives the same value and reads nothing. An expression with `decisions` can be
    had `audited`: an `evaluate` that tells the scope of each, the first having this number.
    """

    source: Json
    evaluate: Evaluate = field(compare=False, repr=False)
    is_constant: bool = False
    variables: frozenset[str] = frozenset()  # workflow variables it reads
    reads_context: bool = False
    reads_token: bool = False  # $$.Task.Token or $states.context.Task.Token
    decisions: tuple[Decision, ...] = ()
    audited: Callable[[int], Evaluate] | None = field(default=None, compare=False, repr=False)

    @property
    def quoted(self) -> Json:
        """The source as causes quote it: JSONata without its delimiters (recorded)."""
        text = self.source
        if isinstance(text, str) and text.startswith("{%"):
            return text.removeprefix("{%").removesuffix("%}").strip()
        return text


def constant(value: Json) -> Expression:
    return Expression(value, lambda _data, _scope: value, is_constant=True)


class CompileError(Exception):
    """An expression's text is wrong; `offset` is the 0-based place in the text when known.

    `pointer` says where inside a payload template ("/items/0/id.$"). `aws` is what the service says,
    so many steps of the pointer further out.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        pointer: str = "",
        offset: int | None = None,
        aws: AwsWords | None = None,
        aws_steps: int = 0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.pointer = pointer
        self.offset = offset
        self.aws = aws
        self.aws_steps = aws_steps
