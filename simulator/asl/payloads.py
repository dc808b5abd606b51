"""Payload templates: keys that end in `.$` hold a path or an intrinsic function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from simulator.asl import aws_words
from simulator.asl.building import make_object
from simulator.asl.expressions import (
    CompileError,
    EvaluationError,
    Expression,
    Scope,
    constant,
)
from simulator.asl.intrinsics import compile_intrinsic
from simulator.asl.paths import compile_path
from simulator.values import Json, compact

DYNAMIC = ".$"


def compile_template(value: Json, *, field: str = "Parameters") -> Expression:
    """Any JSON; constant parts are shared by all results, not copied.

    Raises CompileError whose pointer says where inside. Evaluation raises States.Runtime when a
    path finds nothing (recorded text) and States.IntrinsicFailure.
    """
    if isinstance(value, dict):
        return _object(value, field)
    if isinstance(value, list):
        return _array(value, field)
    return constant(value)


def _object(value: dict[str, Json], field: str) -> Expression:
    template: dict[str, Json] = {}
    live: list[tuple[str, Callable[[Json, Scope], Json]]] = []
    parts: list[Expression] = []
    for key, item in value.items():
        name = key.removesuffix(DYNAMIC)
        step = f"/{key.replace('~', '~0').replace('/', '~1')}"
        if name in template:
            raise CompileError(
                f"the key '{name}' stands here twice: with and without '.$'", pointer=step
            )
        try:
            made = (
                _dynamic(key, item)
                if key.endswith(DYNAMIC)
                else compile_template(item, field=field)
            )
        except CompileError as error:
            error.pointer = step + error.pointer
            raise
        template[name] = None if key.endswith(DYNAMIC) else item
        if key.endswith(DYNAMIC) or not made.is_constant:
            live.append((name, made.evaluate))
            parts.append(made)
    if not live:
        return constant(value)
    return _merged(value, make_object(template, live), parts)


def _array(value: list[Json], field: str) -> Expression:
    parts: list[Expression] = []
    for index, item in enumerate(value):
        try:
            parts.append(compile_template(item, field=field))
        except CompileError as error:
            error.pointer = f"/{index}{error.pointer}"
            raise
    if all(part.is_constant for part in parts):
        return constant(value)
    live = [part.evaluate for part in parts]
    return _merged(value, lambda data, scope: [get(data, scope) for get in live], parts)


def _merged(
    value: Json, evaluate: Callable[[Json, Scope], Json], parts: Collection[Expression]
) -> Expression:
    return Expression(
        value,
        evaluate,
        variables=frozenset().union(*(part.variables for part in parts)),
        reads_context=_any(part.reads_context for part in parts),
        reads_token=_any(part.reads_token for part in parts),
    )


def _any(flags: Iterable[bool]) -> bool:
    return any(flags)


def _dynamic(key: str, text: Json) -> Expression:
    if not isinstance(text, str):
        raise CompileError(
            f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic"
            " function call",
            hint="leave '.$' out of the key for a literal value",
            aws=aws_words.dynamic_field(key),
        )
    try:
        if text.startswith("$"):
            return compile_path(text, lambda data: _no_such_path(key, text, data))
        return compile_intrinsic(text)
    except CompileError as error:
        detail = f"{error.message[:1].lower()}{error.message[1:]}"
        raise CompileError(
            f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic"
            f" function call: {detail}",
            hint=error.hint,
            offset=error.offset,
            aws=aws_words.dynamic_field(key),
        ) from None


def _no_such_path(key: str, text: str, data: Json) -> str:
    """What templates say (recorded)."""
    return (
        f"The JSONPath '{text}' specified for the field '{key}' could not be found in the"
        f" input '{compact(data)}'"
    )


def worded(path: Expression, key: str, text: str) -> Expression:
    """A path that finds nothing is reported in the words of templates (recorded)."""
    find = path.evaluate

    def evaluate(data: Json, scope: Scope) -> Json:
        try:
            return find(data, scope)
        except EvaluationError as error:
            raise EvaluationError(error.error, _no_such_path(key, text, data)) from None

    return _merged(text, evaluate, [path])
