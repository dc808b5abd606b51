"""JSONata: compiled once behind one port. The only module that knows the library `jlens`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import jlens

from simulator.asl import aws_words
from simulator.asl.building import make_object
from simulator.asl.expressions import (
    UNSET,
    CompileError,
    Evaluate,
    EvaluationError,
    Expression,
    Scope,
    constant,
)
from simulator.asl.jsonata_builtins import FUNCTION_NAMES
from simulator.asl.jsonata_closures import compile_closure
from simulator.asl.jsonata_decisions import Decision, decisions_of
from simulator.asl.jsonata_functions import SIGNATURES, FunctionError, functions
from simulator.asl.jsonata_refusals import refuse_what_is_newer
from simulator.asl.jsonata_values import (
    EXACT,
    MISSING,
    Fallback,
    as_double,
    as_json,
    needs_rounding,
    rounded,
    to_15_digits,
)
from simulator.asl.source import escape
from simulator.problems import did_you_mean
from simulator.values import Json, compact

ERROR: Final = "States.QueryEvaluationError"
ALWAYS: Final = frozenset({"input", "context"})
# A deterministic stand-in for the service's limit of one second per expression.
_MAX_STEPS: Final = 20_000_000
# How much an audit keeps: nothing of the values. What is beyond so many nodes or steps, or deeper, is
# not counted; the library breaks down on trees that are very deep.
_TOLD_STEPS: Final = 1_000_000
_TOLD_DEPTH: Final = 1_000
_TOLD: Final[jlens.CaptureLimits] = {
    "max_items": 0,
    "max_string": 0,
    "max_depth": 0,
    "max_rejected": 0,
    "max_nodes": 100_000,
    "max_source": 0,
}
_WHOLE = re.compile(r"(-?\d+)\.0\b")
_STACK: Final = (
    "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as"
    " tail-recursive."
)
_LIMITS: Final = {
    "D1011": _STACK,
    "U1006": "Expression evaluation timeout: Check for infinite loop",
}
_TYPES: Final[dict[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_CHANCE = ("$random", "$shuffle", "$uuid")


def is_jsonata(text: Json) -> bool:
    """Exactly `{%...%}`, without blanks outside (recorded)."""
    return (
        isinstance(text, str)
        and text.startswith("{%")
        and text.endswith("%}")
        and len(text) >= len("{%%}")
    )


def compile_jsonata(
    text: str, *, location: str, allow: Collection[str] = frozenset()
) -> Expression:
    """One `{% ... %}` text. `location` is the field's slash path inside the state.

    `allow` names the members of $states that exist here besides input and context. Raises
    CompileError; evaluation raises EvaluationError States.QueryEvaluationError.
    """
    source = text[2:-2].strip()
    refuse_what_is_newer(source)
    try:
        engine = jlens.Expression(source)
    except jlens.JlensError as error:
        offset = 2 + error.position if error.position is not None else None
        raise CompileError(
            f"The JSONata expression '{source}' has a syntax error. {error.code}: {error}",
            offset=offset,
            aws=aws_words.invalid_jsonata(str(error)),
        ) from None
    cell: list[Scope] = []
    _register(engine, source, cell)
    reads = engine.reads()
    bindings: Mapping[str, Any] = reads["bindings"]
    states: Any = bindings.get("states", {})
    _check_reads(source, reads, states, ALWAYS | set(allow))
    context = states is True or "context" in states
    bind = _binder(bindings)
    evaluate = _quick(source, location, _evaluator(engine, cell, source, location, bind))
    decisions = decisions_of(source)
    return Expression(
        text,
        evaluate,
        is_constant=not bindings
        and not any(word in source for word in (*_CHANCE, "$now", "$millis")),
        variables=frozenset(bindings) - {"states"} - FUNCTION_NAMES,
        reads_context=context,
        reads_token=context and _reads_token(states),
        decisions=decisions,
        audited=_auditor(engine, cell, decisions, bind, evaluate) if decisions else None,
    )


def _reads_token(states: Any) -> bool:
    context: Any = True if states is True else states["context"]
    task: Any = True if context is True else context.get("Task", {})
    return task is True or "Token" in task


def _register(engine: jlens.Expression, source: str, cell: list[Scope]) -> None:
    for name, implementation in functions(cell).items():
        engine.register_function(name, implementation, SIGNATURES[name])
    if "|" in source:  # a transform works on a clone
        engine.register_function("clone", to_15_digits, "<(oa)-:o>")


def _check_reads(source: str, reads: Any, states: Any, allowed: Collection[str]) -> None:
    if isinstance(states, dict):
        for member in states:
            if member not in allowed:
                known = ", ".join(f"$states.{name}" for name in sorted(allowed))
                raise CompileError(
                    f"$states.{member} does not exist in this field",
                    hint=did_you_mean(member, allowed) or f"it may read {known}",
                    aws=aws_words.no_such_member(member),
                )
    names = reads.get("input")
    if isinstance(names, dict) and names:
        # Only named fields count: the library reports "everything" for calls it cannot see into.
        name = min(names)
        raise CompileError(
            f"There is no input document: '{name}' means nothing at the top level",
            hint=f"write $states.input.{name} for the state's input",
            aws=aws_words.top_level_reference(name),
        )
    if source.split(".", maxsplit=1)[0].strip() in ("$", "$$"):
        raise CompileError(
            "There is no input document: $ and $$ mean nothing at the top level",
            hint="write $states.input for the state's input",
            aws=aws_words.unsupported_root(source.split(".", maxsplit=1)[0].strip()),
        )


def _quick(
    source: str, location: str, evaluate: Callable[[Json, Scope], Json]
) -> Callable[[Json, Scope], Json]:
    """The expression as closures where that is possible, with the library behind them."""
    get = compile_closure(source)
    if get is None:
        return evaluate

    def read(data: Json, scope: Scope) -> Json:
        try:
            value = get(scope)
            kind = type(value)
            if kind is dict or kind is list:
                if needs_rounding(value):
                    value = rounded(value)
            elif (kind is int or kind is float) and not -EXACT <= value <= EXACT:
                value = as_double(value)
        except (Fallback, RecursionError):
            return evaluate(data, scope)
        if value is MISSING:
            raise _nothing(source, location)
        return value  # type: ignore[no-any-return]

    return read


def _member(scope: Scope, member: str) -> Any:
    if member == "input":
        return scope.input
    if member == "context":
        return scope.context
    value = scope.result if member == "result" else scope.error_output
    return MISSING if value is UNSET else value


def _prune(value: Any, read: Any) -> Any:
    """Only what the expression reads, so that the rest need not be converted."""
    if read is True or type(value) is not dict or not read:
        return value
    return {name: _prune(value[name], inner) for name, inner in read.items() if name in value}


def _binder(bindings: Mapping[str, Any]) -> Callable[[Scope], dict[str, Any]]:
    """What the library must know of a scope for one expression."""
    states: Any = bindings.get("states")
    members = (
        ["input", "context", "result", "errorOutput"] if states is True else list(states or ())
    )
    wanted = [(member, True if states is True else states[member]) for member in members]
    variables = [(name, read) for name, read in bindings.items() if name != "states"]

    def bind(scope: Scope) -> dict[str, Any]:
        bound: dict[str, Any] = {}
        if wanted:
            own: dict[str, Any] = {}
            for member, read in wanted:
                value = _member(scope, member)
                if value is not MISSING:
                    own[member] = _prune(value, read)
            bound["states"] = own
        for name, read in variables:
            if name in scope.variables:
                bound[name] = _prune(scope.variables[name], read)
        return bound

    return bind


def _evaluator(
    engine: jlens.Expression,
    cell: list[Scope],
    source: str,
    location: str,
    bind: Callable[[Scope], dict[str, Any]],
) -> Evaluate:
    by_chance = "$shuffle" in source

    def evaluate(_data: Json, scope: Scope) -> Json:
        bound = bind(scope)
        cell[:] = (scope,)
        seed = scope.draw() & 0xFFFFFFFF if by_chance else 0
        try:
            result = engine.evaluate(None, bound, max_steps=_MAX_STEPS, now=scope.now, seed=seed)
            if result is None and (
                engine.evaluate_json(None, bound, max_steps=_MAX_STEPS, now=scope.now, seed=seed)
                is None
            ):
                raise _no_value(source, location, bound, scope)
        except (jlens.JlensError, FunctionError) as error:
            raise _failed(source, location, *_as_reference(error)) from None
        except (TypeError, ValueError, RecursionError) as error:
            raise _failed(source, location, *_not_bound(error)) from None
        return as_json(result)  # type: ignore[no-any-return]  # Json by the library's contract

    return evaluate


def _auditor(
    engine: jlens.Expression,
    cell: list[Scope],
    decisions: Sequence[Decision],
    bind: Callable[[Scope], dict[str, Any]],
    evaluate: Evaluate,
) -> Callable[[int], Evaluate]:
    """The same value from the same evaluation, after the library has told how it decides."""
    numbers = {one.start: number for number, one in enumerate(decisions) if one.measured}
    by_chance = "$shuffle" in engine.source

    def audited(first: int) -> Evaluate:
        def evaluate_audited(data: Json, scope: Scope) -> Json:
            with scope.rehearsal():
                cell[:] = (scope,)
                try:
                    told = engine.evaluate_with_audit(
                        None, bind(scope), level="decisions", limits=_TOLD,
                        max_steps=_TOLD_STEPS, max_depth=_TOLD_DEPTH, now=scope.now,
                        seed=scope.draw() & 0xFFFFFFFF if by_chance else 0,
                    )  # fmt: skip
                except (TypeError, ValueError, RecursionError):
                    told = None  # the evaluation says what is wrong
            if told is not None:
                for start, branch in _branches(told["audit"]["root"]):
                    if start in numbers:
                        scope.decided(first + numbers[start], branch)
            return evaluate(data, scope)

        return evaluate_audited

    return audited


def _branches(node: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Where the test of each condition began, and "then" or "else"; a test that is an error has none."""
    found = [node]
    while found:
        one = found.pop()
        if one["kind"] == "condition" and "branch" in one:
            yield one["span"]["start"], "then" if one["branch"] == "then" else "else"
        found += one.get("children", ())


def _not_bound(error: Exception) -> tuple[str, str]:
    """A variable that cannot become a value of JSONata: a number beyond all doubles, or a value
    nested too deeply. Everything else is a mistake of ours.
    """
    text = str(error)
    if isinstance(error, RecursionError) or "levels deep" in text:
        return "U1001", _STACK
    if "too large" not in text:
        raise error
    return "D1001", "Number out of range: null"


def _as_reference(error: jlens.JlensError | FunctionError) -> tuple[str, str]:
    """Code and text as JSONata 2.0.6 has them, and the limits in the service's words (docs)."""
    code, text = error.code, str(error)
    if code in _LIMITS:
        return "U1001", _LIMITS[code]
    if code in {"D3060", "D3061"}:  # $sqrt and $power show -3, not -3.0
        text = _WHOLE.sub(r"\1", text)
    return code, text.replace("1e7.", "1e6.") if code == "D2014" else text


def _no_value(source: str, location: str, bound: dict[str, Any], scope: Scope) -> EvaluationError:
    """Undefined, or a function: the library gives nothing for both, its $type tells them apart."""
    asked = jlens.Expression(f"($result := {source}; $type($result))")
    _register(asked, source, [scope])
    if asked.evaluate(None, bound, max_steps=_MAX_STEPS, now=scope.now, seed=0) != "function":
        return _nothing(source, location)
    return EvaluationError(
        ERROR,
        f"The JSONata expression '{source}' specified for the field '{location}' returned an"
        " unsupported result type.",
        location,
    )


def _nothing(source: str, location: str) -> EvaluationError:
    return EvaluationError(
        ERROR,
        f"The JSONata expression '{source}' specified for the field '{location}' returned nothing"
        " (undefined).",
        location,
    )


def _failed(source: str, location: str, code: str, message: str) -> EvaluationError:
    return EvaluationError(
        ERROR,
        f"The JSONata expression '{source}' specified for the field '{location}' threw an error"
        f" during evaluation. {code}: {message}",
        location,
    )


def type_name(value: Json) -> str:
    """As the service names a result's type."""
    return _TYPES[type(value)]


def expecting(expression: Expression, kinds: Collection[str], location: str) -> Expression:
    """The same expression, refusing results of other types ("boolean", "array", ...)."""
    source = expression.quoted
    expected = {kind for kind, name in _TYPES.items() if name in kinds}
    wanted = "' or '".join(sorted(kinds))

    def checking(get: Evaluate) -> Evaluate:
        def checked(data: Json, scope: Scope) -> Json:
            value = get(data, scope)
            if type(value) not in expected:
                raise EvaluationError(
                    ERROR,
                    f"The JSONata expression '{source}' specified for the field '{location}'"
                    f" returned an unexpected result type. Expected '{wanted}', but was"
                    f" '{type_name(value)}' for value: {compact(value)}",
                    location,
                )
            return value

        return checked

    audited = expression.audited
    return replace(
        expression,
        evaluate=checking(expression.evaluate),
        is_constant=False,
        audited=None if audited is None else lambda first: checking(audited(first)),
    )


def compile_jsonata_template(
    value: Json, *, location: str, allow: Collection[str] = frozenset()
) -> Expression:
    """Any JSON whose texts may be JSONata, at any depth. Constant parts are shared, not copied."""
    if isinstance(value, str):
        if is_jsonata(value):
            return compile_jsonata(value, location=location, allow=allow)
        if value.startswith("{%") or value.endswith("%}"):
            raise CompileError(
                f"'{value}' has only one of the delimiters {{% and %}}",
                hint="a JSONata text begins with {% and ends with %}, without blanks outside",
                aws=aws_words.HALF_DELIMITED,
            )
        return constant(value)
    if isinstance(value, dict):
        return _object(value, location, allow)
    if isinstance(value, list):
        return _array(value, location, allow)
    return constant(value)


def _inside(key: str, value: Json, location: str, allow: Collection[str]) -> Expression:
    try:
        return compile_jsonata_template(value, location=f"{location}/{key}", allow=allow)
    except CompileError as error:
        error.pointer = f"/{escape(key)}{error.pointer}"
        raise


def _object(value: dict[str, Json], location: str, allow: Collection[str]) -> Expression:
    parts = {key: _inside(key, item, location, allow) for key, item in value.items()}
    live = {key: part for key, part in parts.items() if not _literal(part)}
    if not live:
        return constant(value)
    return _merged(value, live, lambda gets: make_object(value, list(zip(live, gets, strict=True))))


def _literal(part: Expression) -> bool:
    return part.is_constant and not is_jsonata(part.source)


def _array(value: list[Json], location: str, allow: Collection[str]) -> Expression:
    parts = [_inside(str(at), item, location, allow) for at, item in enumerate(value)]
    if all(_literal(part) for part in parts):
        return constant(value)
    named = {str(at): part for at, part in enumerate(parts)}
    return _merged(
        value, named, lambda gets: lambda data, scope: [get(data, scope) for get in gets]
    )


def _merged(
    value: Json,
    named: Mapping[str, Expression],
    make: Callable[[list[Evaluate]], Evaluate],
) -> Expression:
    """One expression of those inside, by the keys under which they stand."""
    parts = named.values()
    decisions = [
        replace(one, pointer=f"/{escape(key)}{one.pointer}")
        for key, part in named.items()
        for one in part.decisions
    ]

    def audited(first: int) -> Evaluate:
        gets = []
        for part in parts:
            gets.append(part.evaluate if part.audited is None else part.audited(first))
            first += len(part.decisions)
        return make(gets)

    return Expression(
        value,
        make([part.evaluate for part in parts]),
        variables=frozenset().union(*(part.variables for part in parts)),
        reads_context=any(part.reads_context for part in parts),
        reads_token=any(part.reads_token for part in parts),
        decisions=tuple(decisions),
        audited=audited if decisions else None,
    )
