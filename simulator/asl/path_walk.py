"""Walking a document along tokens: what an indefinite path finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias, cast

from simulator.asl.expressions import CompileError, EvaluationError
from simulator.asl.path_filters import UNDEFINED, Operand, compile_filter
from simulator.asl.path_functions import FUNCTIONS, PathFunctionError, java_text
from simulator.asl.path_syntax import (
    Filter,
    Function,
    Indexes,
    Literal,
    Names,
    Scan,
    Slice,
    Token,
    Wildcard,
    tokenize,
)
from simulator.problems import did_you_mean
from simulator.values import Json

Emit: TypeAlias = "Callable[[Json], None]"
Visit: TypeAlias = "Callable[[Json, Json, Emit], None]"  # (node, root, emit)


def is_definite(tokens: Sequence[Token]) -> bool:
    last = len(tokens) - 1
    for at, token in enumerate(tokens):
        if isinstance(token, Names):
            if len(token.names) > 1 and at != last:
                return False
        elif isinstance(token, Indexes):
            if len(token.indexes) > 1:
                return False
        elif not isinstance(token, Function):
            return False
    return True


def inverted(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Jayway: `$..price.sum()` means `$.sum($..price)`."""
    if len(tokens) > 1 and isinstance(tokens[0], Scan) and isinstance(tokens[-1], Function):
        last = tokens[-1]
        return (_OverAll(last.name, last.arguments, tokens[:-1]),)
    return tokens


@dataclass(frozen=True, slots=True)
class _OverAll(Function):
    inner: tuple[Token, ...] = ()


def make_visit(tokens: Sequence[Token], at: int, text: str) -> Visit:
    """What the tokens from `at` do with one node. An indefinite path ignores what is missing."""
    if at == len(tokens):
        return lambda node, _root, emit: emit(node)
    token = tokens[at]
    if isinstance(token, Scan):
        return _scan(tokens, at, text)
    after = make_visit(tokens, at + 1, text)
    if isinstance(token, Names):
        of_scan = at > 0 and isinstance(tokens[at - 1], Scan)
        return _names(token.names, after, is_last=at + 1 == len(tokens), of_scan=of_scan)
    if isinstance(token, Wildcard):
        return _wildcard(after)
    if isinstance(token, Indexes):
        return _indexes(token.indexes, after)
    if isinstance(token, Slice):
        return _slice(token, after)
    if isinstance(token, Filter):
        return _filter(token, after, text if is_definite(tokens[:at]) else None)
    return _function(token, after, text)


def _names(names: tuple[str, ...], after: Visit, *, is_last: bool, of_scan: bool) -> Visit:
    if len(names) == 1:
        name = names[0]

        def visit(node: Json, root: Json, emit: Emit) -> None:
            if type(node) is dict and name in node:
                after(node[name], root, emit)

        return visit

    def visit_many(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is not dict or (of_scan and not node.keys() >= set(names)):
            return
        present = {name: node[name] for name in names if name in node}
        if is_last:
            emit(cast("Json", present))
        else:
            for value in present.values():
                after(value, root, emit)

    return visit_many


def _wildcard(after: Visit) -> Visit:
    def visit(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is dict:
            for value in node.values():
                after(value, root, emit)
        elif type(node) is list:
            for value in node:
                after(value, root, emit)

    return visit


def _indexes(indexes: tuple[int, ...], after: Visit) -> Visit:
    def visit(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is list:
            for index in indexes:
                if -len(node) <= index < len(node):
                    after(node[index], root, emit)

    return visit


def _slice(token: Slice, after: Visit) -> Visit:
    first, last = token.first, token.last

    def visit(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is not list or not node:
            return
        size = len(node)
        if last is None:
            begin = first or 0
            chosen = range(max(size + begin, 0) if begin < 0 else begin, size)
        elif first is None:
            chosen = range(min(size, size + last if last < 0 else last))
        else:
            chosen = range(first, min(size, last))  # Jayway: negative bounds are indexes here
        for index in chosen:
            if -size <= index < size:
                after(node[index], root, emit)

    return visit


def _operand(text: str) -> tuple[Operand, bool]:
    """A path inside a filter: `@...` or `$...`; UNDEFINED when a definite one finds nothing."""
    tokens = inverted(tuple(tokenize(text, 1)))
    visit, definite, from_node = make_visit(tokens, 0, text), is_definite(tokens), text[0] == "@"

    def get(node: Json, root: Json) -> Json:
        found: list[Json] = []
        try:
            visit(node if from_node else root, root, found.append)
        except EvaluationError:
            return UNDEFINED
        if not definite:
            return found
        return found[0] if found else UNDEFINED

    return get, definite


def _filter(token: Filter, after: Visit, only: str | None) -> Visit:
    """`only` is the path's text when the filter can meet but one value, which must be no scalar."""
    test = compile_filter(token.text, _operand)

    def visit(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is list:
            for item in node:
                if test(item, root):
                    after(item, root, emit)
        elif type(node) is dict:
            if test(node, root):
                after(node, root, emit)
        elif only is not None:
            raise EvaluationError(
                "States.Runtime",
                f"Invalid path '{only}' : Filter: [?] can not be applied to primitives. Current context"
                f" is: {java_text(node)}",
            )

    return visit


def _function(token: Function, after: Visit, text: str) -> Visit:
    compute = FUNCTIONS.get(token.name)
    if compute is None:
        raise CompileError(
            f"Function with name: {token.name} does not exist.",
            hint=did_you_mean(token.name, FUNCTIONS),
        )
    if token.name in {"length", "size"} and (isinstance(token, _OverAll) or token.arguments):
        return _length_of(token, after, text)
    readers: list[Operand] = []
    for argument in token.arguments:
        if isinstance(argument, Literal):
            readers.append(lambda _node, _root, value=argument.value: value)  # type: ignore[misc]  # bound now
        else:
            readers.append(_operand(argument.text)[0])
    if isinstance(token, _OverAll):
        inner = make_visit(token.inner, 0, text)

        def gather(node: Json, root: Json) -> Json:
            found: list[Json] = []
            inner(node, root, found.append)
            return found

        readers.insert(0, gather)

    def visit(node: Json, root: Json, emit: Emit) -> None:
        try:
            value = compute(node, [read(node, root) for read in readers])
        except PathFunctionError as error:
            raise EvaluationError("States.Runtime", f"Invalid path '{text}' : {error}") from None
        after(value, root, emit)

    return visit


def _length_of(token: Function, after: Visit, text: str) -> Visit:
    """Jayway: `length(path)` counts what is one step below the path, when that can be many things;
    below one thing it looks at the last one only. Otherwise it is the length of the node itself.
    """
    if isinstance(token, _OverAll):
        path = token.inner
    elif isinstance(first := token.arguments[0], Literal):
        path = ()
        if isinstance(first.value, list):
            size = len(first.value)
            return lambda _node, root, emit: after(size, root, emit)
    else:
        path = tuple(tokenize(first.text, 1))
    below = make_visit((*path, Wildcard()), 0, text)
    is_one = is_definite(path)

    def visit(node: Json, root: Json, emit: Emit) -> None:
        found: list[Json] = []
        if path and not isinstance(path[-1], Function):
            below(root, root, found.append)
        counted = (found[-1] if found else None) if is_one else found
        if not isinstance(counted, list):
            counted = node if isinstance(node, list | dict) else None
        after(None if counted is None else len(counted), root, emit)

    return visit


class _Abort(Exception):
    """Jayway gives up at the first element of an array when `..*` is followed by a name."""


def _scan(tokens: Sequence[Token], at: int, text: str) -> Visit:
    """`..`: the next token is tried at every node, parents before children (as Jayway walks)."""
    token = tokens[at + 1]
    here, is_last = make_visit(tokens, at + 1, text), at + 2 == len(tokens)
    beyond = make_visit(tokens, at + 2, text)
    on_array = isinstance(token, Indexes | Slice)
    on_both = isinstance(token, Wildcard)
    stops = on_both and not is_last and isinstance(tokens[at + 2], Names)

    def walk(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is dict:
            if not on_array:
                here(node, root, emit)
            for value in node.values():
                walk(value, root, emit)
        elif type(node) is list:
            if is_last and (on_array or on_both):
                here(node, root, emit)
            elif stops and node:
                raise _Abort
            elif on_array or on_both:
                # Jayway goes on with every element here, whatever index the path names.
                for value in node:
                    beyond(value, root, emit)
            for value in node:
                walk(value, root, emit)

    if not stops:
        return walk

    def walk_to_the_first_element(node: Json, root: Json, emit: Emit) -> None:
        with suppress(_Abort):
            walk(node, root, emit)

    return walk_to_the_first_element
