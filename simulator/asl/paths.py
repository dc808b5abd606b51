"""Paths: compiled once to closures; a definite path is a few subscripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from simulator.asl.expressions import CompileError, EvaluationError, Expression, Scope
from simulator.asl.path_filters import UNDEFINED, Operand, compile_filter
from simulator.asl.path_functions import FUNCTIONS
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
    split_root,
    tokenize,
)
from simulator.problems import did_you_mean
from simulator.values import Json, compact

Get: TypeAlias = "Callable[[Json], Json]"
Emit: TypeAlias = "Callable[[Json], None]"
Visit: TypeAlias = "Callable[[Json, Json, Emit], None]"  # (node, root, emit)

_JAVA = {
    str: "java.lang.String",
    list: "java.util.ArrayList",
    dict: "java.util.LinkedHashMap",
    bool: "java.lang.Boolean",
    float: "java.lang.Double",
    int: "java.lang.Integer",
}


@dataclass(frozen=True, slots=True)
class Path:
    """A path's text taken apart. `root` is "$", "$$" or the name of a variable."""

    text: str
    root: str
    tokens: tuple[Token, ...]

    @property
    def definite(self) -> bool:
        """True when the path can only mean one value: names and single indexes."""
        return _definite(self.tokens)


@dataclass(frozen=True, slots=True)
class ReferencePath:
    """A path that names one place: names and indexes only. `$` has no tokens."""

    text: str
    tokens: tuple[str | int, ...]

    def write(self, document: Json, value: Json) -> Json:
        """A document with `value` there; shares all that is beside the path, makes objects on it.

        Raises EvaluationError States.ResultPathMatchFailure.
        """
        tokens = self.tokens
        if not tokens:
            return value
        if len(tokens) == 1 and type(document) is dict and type(tokens[0]) is str:
            copy = document.copy()
            copy[tokens[0]] = value
            return copy
        try:
            return _put(document, tokens, 0, value)
        except (TypeError, IndexError):
            raise EvaluationError(
                "States.ResultPathMatchFailure",
                f"Unable to apply ReferencePath {self.text} to input {compact(document)}",
            ) from None


def _put(node: Json, tokens: tuple[str | int, ...], at: int, value: Json) -> Json:
    if at == len(tokens):
        return value
    token = tokens[at]
    if isinstance(token, str):
        if node is not None and not isinstance(node, dict):
            raise TypeError
        copy: Any = {} if node is None else node.copy()
        copy[token] = _put(copy.get(token), tokens, at + 1, value)
        return cast("Json", copy)
    if not isinstance(node, list):
        raise TypeError
    items = node.copy()
    items[token] = _put(items[token], tokens, at + 1, value)
    return items


def parse_path(text: str) -> Path:
    """Raises CompileError with a hint."""
    root, start = split_root(text)
    return Path(text, root, tuple(tokenize(text, start)))


def compile_path(text: str) -> Expression:
    """Any path, with any root. Raises CompileError.

    Evaluation raises EvaluationError States.Runtime when a definite path finds nothing; an
    indefinite one gives a list, empty when nothing matches (recorded).
    """
    path = parse_path(text)
    return _expression(path, _compile(path))


def reference_path(text: str) -> ReferencePath:
    """For ResultPath: `$` only as the root. Raises CompileError."""
    path = parse_path(text)
    if path.root != "$":
        what = "the context object" if path.root == "$$" else f"the variable '{path.root}'"
        raise CompileError(
            f"'{text}' would write to {what}", hint="ResultPath begins with $", offset=0
        )
    return ReferencePath(text, _reference_tokens(path))


def compile_reference(text: str) -> Expression:
    """A reference path in a field that reads: any root, names and indexes only."""
    path = parse_path(text)
    _reference_tokens(path)
    return _expression(path, _compile(path))


def _reference_tokens(path: Path) -> tuple[str | int, ...]:
    tokens: list[str | int] = []
    for token in path.tokens:
        if isinstance(token, Names) and len(token.names) == 1:
            tokens.append(token.names[0])
        elif isinstance(token, Indexes) and len(token.indexes) == 1:
            tokens.append(token.indexes[0])
        else:
            raise CompileError(
                f"'{path.text}' is not a reference path",
                hint="use names and single indexes only: $.a['b'][0]",
            )
    return tuple(tokens)


def _expression(path: Path, get: Get) -> Expression:
    root, text = path.root, path.text

    if root == "$":
        if not path.tokens:
            return Expression(text, lambda data, _scope: data)
        return Expression(text, lambda data, _scope: get(data))
    if root == "$$":
        names = [token.names[0] for token in path.tokens[:2] if isinstance(token, Names)]
        return Expression(
            text,
            lambda _data, scope: get(scope.context),
            reads_context=True,
            reads_token=names == ["Task", "Token"][: len(names)],
        )

    def read(_data: Json, scope: Scope) -> Json:
        try:
            value = scope.variables[root]
        except KeyError:
            raise EvaluationError(
                "States.Runtime",
                f"Invalid path '{text}' : the variable '{root}' has not been assigned",
            ) from None
        return get(value)

    return Expression(text, read, variables=frozenset({root}))


def _definite(tokens: Sequence[Token]) -> bool:
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


def _compile(path: Path) -> Get:
    tokens = path.tokens
    if all(
        (isinstance(token, Names) and len(token.names) == 1)
        or (isinstance(token, Indexes) and len(token.indexes) == 1)
        for token in tokens
    ):
        return _single(path, _reference_tokens(path))
    tokens = _inverted(tokens)
    visit = _visitor(tokens, 0, path.text)
    if _definite(tokens):

        def get(data: Json) -> Json:
            found: list[Json] = []
            visit(data, data, found.append)
            if not found:
                raise _missing(path.text, f"No results for path: {_normal(tokens)}")
            return found[0]

        return get

    def get_all(data: Json) -> Json:
        found: list[Json] = []
        visit(data, data, found.append)
        return found

    return get_all


def _single(path: Path, tokens: tuple[str | int, ...]) -> Get:
    """One value by names and indexes: the common case, without any allocation."""
    text = path.text
    if len(tokens) == 1 and isinstance(tokens[0], str):
        name = tokens[0]

        def get_one(data: Any) -> Json:
            if type(data) is dict and name in data:
                return cast("Json", data[name])
            raise _not_found(text, data, tokens)

        return get_one
    if all(isinstance(token, str) for token in tokens):

        def get_named(data: Any) -> Json:
            value = data
            try:
                for token in tokens:
                    value = value[token]
            except (KeyError, TypeError, IndexError):
                raise _not_found(text, data, tokens) from None
            return cast("Json", value)

        return get_named

    def get(data: Any) -> Json:
        value = data
        try:
            for token in tokens:
                if token.__class__ is int and type(value) is not list:
                    raise TypeError  # noqa: TRY301 - a text has characters, a path does not see them
                value = value[token]
        except (KeyError, TypeError, IndexError):
            raise _not_found(text, data, tokens) from None
        return cast("Json", value)

    return get


def _missing(text: str, detail: str) -> EvaluationError:
    return EvaluationError("States.Runtime", f"Invalid path '{text}' : {detail}")


def _show(token: str | int) -> str:
    return f"['{token}']" if isinstance(token, str) else f"[{token}]"


def _not_found(text: str, data: Json, tokens: Sequence[str | int]) -> EvaluationError:
    """Says how far the path came, in the words of the service (recorded) and Jayway's."""
    node: Any = data
    way = "$"
    for at, token in enumerate(tokens):
        if isinstance(token, str):
            if not isinstance(node, dict):
                kind = "null" if node is None else _JAVA[type(node)]
                return _missing(
                    text,
                    f"Expected to find an object with property ['{token}'] in path {way} but found"
                    f" '{kind}'. This is not a json object according to the JsonProvider:"
                    " 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
                )
            way += _show(token)
            if token not in node:
                if at + 1 < len(tokens):
                    return _missing(text, f"Missing property in path {way}")
                break
        elif node is None:
            return _missing(text, f"The path {way} is null")
        elif not isinstance(node, list):
            shown = node if isinstance(node, str) else compact(node)
            return _missing(
                text,
                f"Filter: [{token}] can only be applied to arrays. Current context is: {shown}",
            )
        elif not -len(node) <= token < len(node):
            break
        node = node[token]
    return _missing(text, "No results for path: $" + "".join(map(_show, tokens)))


def _normal(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if isinstance(token, Names):
            parts.append("[" + ",".join(f"'{name}'" for name in token.names) + "]")
        elif isinstance(token, Indexes):
            parts.append(f"[{','.join(map(str, token.indexes))}]")
        elif isinstance(token, Function):
            parts.append(f".{token.name}()")
    return "$" + "".join(parts)


def _inverted(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Jayway: `$..price.sum()` means `$.sum($..price)`."""
    if len(tokens) > 1 and isinstance(tokens[0], Scan) and isinstance(tokens[-1], Function):
        last = tokens[-1]
        return (_OverAll(last.name, last.arguments, tokens[:-1]),)
    return tokens


@dataclass(frozen=True, slots=True)
class _OverAll(Function):
    inner: tuple[Token, ...] = ()


def _visitor(tokens: Sequence[Token], at: int, text: str) -> Visit:
    """What the tokens from `at` do with one node. An indefinite path ignores what is missing."""
    if at == len(tokens):
        return lambda node, _root, emit: emit(node)
    token = tokens[at]
    if isinstance(token, Scan):
        return _scan(tokens, at, text)
    after = _visitor(tokens, at + 1, text)
    if isinstance(token, Names):
        return _names(token.names, after, is_last=at + 1 == len(tokens))
    if isinstance(token, Wildcard):
        return _wildcard(after)
    if isinstance(token, Indexes):
        return _indexes(token.indexes, after)
    if isinstance(token, Slice):
        return _slice(token, after)
    if isinstance(token, Filter):
        return _filter(token, after)
    return _function(token, after, text)


def _names(names: tuple[str, ...], after: Visit, *, is_last: bool) -> Visit:
    if len(names) == 1:
        name = names[0]

        def visit(node: Json, root: Json, emit: Emit) -> None:
            if type(node) is dict and name in node:
                after(node[name], root, emit)

        return visit

    def visit_many(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is not dict:
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
    tokens = _inverted(tuple(tokenize(text, 1)))
    visit, definite, from_node = _visitor(tokens, 0, text), _definite(tokens), text[0] == "@"

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


def _filter(token: Filter, after: Visit) -> Visit:
    test = compile_filter(token.text, _operand)

    def visit(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is list:
            for item in node:
                if test(item, root):
                    after(item, root, emit)
        elif type(node) is dict and test(node, root):
            after(node, root, emit)

    return visit


def _function(token: Function, after: Visit, text: str) -> Visit:
    compute = FUNCTIONS.get(token.name)
    if compute is None:
        raise CompileError(
            f"Function with name: {token.name} does not exist in '{text}'",
            hint=did_you_mean(token.name, FUNCTIONS),
        )
    readers: list[Operand] = []
    for argument in token.arguments:
        if isinstance(argument, Literal):
            readers.append(lambda _node, _root, value=argument.value: value)  # type: ignore[misc]  # bound now
        else:
            readers.append(_operand(argument.text)[0])
    if isinstance(token, _OverAll):
        inner = _visitor(token.inner, 0, text)

        def gather(node: Json, root: Json) -> Json:
            found: list[Json] = []
            inner(node, root, found.append)
            return found

        readers.insert(0, gather)

    def visit(node: Json, root: Json, emit: Emit) -> None:
        after(compute(node, [read(node, root) for read in readers]), root, emit)

    return visit


def _scan(tokens: Sequence[Token], at: int, text: str) -> Visit:
    """`..`: the next token is tried at every node, parents before children (as Jayway walks)."""
    token = tokens[at + 1]
    here, is_last = _visitor(tokens, at + 1, text), at + 2 == len(tokens)
    beyond = _visitor(tokens, at + 2, text)
    on_array = isinstance(token, Indexes | Slice)
    on_both = isinstance(token, Wildcard)

    def walk(node: Json, root: Json, emit: Emit) -> None:
        if type(node) is dict:
            if not on_array:
                here(node, root, emit)
            for value in node.values():
                walk(value, root, emit)
        elif type(node) is list:
            if is_last and (on_array or on_both):
                here(node, root, emit)
            elif on_array or on_both:
                # Jayway goes on with every element here, whatever index the path names.
                for value in node:
                    beyond(value, root, emit)
            for value in node:
                walk(value, root, emit)

    return walk
