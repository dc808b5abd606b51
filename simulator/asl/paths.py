"""Paths: compiled once to closures; a definite path is a few subscripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, TypeAlias, cast

from simulator.asl.expressions import CompileError, EvaluationError, Expression, Scope
from simulator.asl.path_functions import java_text
from simulator.asl.path_syntax import Function, Indexes, Names, Token, split_root, tokenize
from simulator.asl.path_walk import inverted, is_definite, make_visit
from simulator.values import Json, compact

# (what `$` means, the scope that a path with this root does not need) -> value
Get: TypeAlias = "Callable[..., Json]"
Words: TypeAlias = "Callable[[Json], str]"  # what to say when a path finds nothing in a document

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
        return is_definite(self.tokens)


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


def compile_path(text: str, words: Words | None = None) -> Expression:
    """Any path, with any root. Raises CompileError.

    Evaluation raises EvaluationError States.Runtime when a definite path finds nothing, in the
    words of a plain path or in `words`; an indefinite one gives a list, empty when nothing matches
    (recorded).
    """
    path = parse_path(text)
    if words is None:
        return _expression(path, _compile(path))
    tokens = _simple(path)
    if path.root == "$" and tokens:
        return _expression(path, _single(path, tokens, words))
    return _reworded(_expression(path, _compile(path)), words)


def _reworded(path: Expression, words: Words) -> Expression:
    find = path.evaluate

    def evaluate(data: Json, scope: Scope) -> Json:
        try:
            return find(data, scope)
        except EvaluationError as error:
            raise EvaluationError(error.error, words(data)) from None

    return replace(path, evaluate=evaluate)


def compile_presence(text: str) -> Callable[[Json, Scope], bool]:
    """Whether a path finds something, without a word about what is missing."""
    path = parse_path(text)
    tokens = _simple(path)
    if path.root == "$" and tokens:

        def is_there(data: Any, _scope: Scope) -> bool:
            for token in tokens:
                if isinstance(token, str):
                    if type(data) is not dict or token not in data:
                        return False
                elif type(data) is not list or not -len(data) <= token < len(data):
                    return False
                data = data[token]
            return True

        return is_there
    find = _expression(path, _compile(path)).evaluate

    def is_found(data: Json, scope: Scope) -> bool:
        try:
            find(data, scope)
        except EvaluationError:
            return False
        return True

    return is_found


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


def _is_single(token: Token) -> bool:
    if isinstance(token, Names):
        return len(token.names) == 1
    return isinstance(token, Indexes) and len(token.indexes) == 1


def _one(token: Token) -> str | int:
    return token.names[0] if isinstance(token, Names) else cast("Indexes", token).indexes[0]


def _reference_tokens(path: Path) -> tuple[str | int, ...]:
    tokens: list[str | int] = []
    for token in path.tokens:
        if _is_single(token):
            tokens.append(_one(token))
        else:
            raise CompileError(
                f"'{path.text}' is not a reference path",
                hint="use names and single indexes only: $.a['b'][0]",
            )
    return tuple(tokens)


def _simple(path: Path) -> tuple[str | int, ...]:
    """Names and indexes; empty for `$` and for every other kind of path."""
    try:
        return _reference_tokens(path)
    except CompileError:
        return ()


def _expression(path: Path, get: Get) -> Expression:
    root, text = path.root, path.text

    if root == "$":
        if not path.tokens:
            return Expression(text, lambda data, _scope: data)
        return Expression(text, get)
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


def _compile(path: Path) -> Get:
    simple = _simple(path)
    if simple or not path.tokens:
        return _single(path, simple)
    tokens = inverted(path.tokens)
    visit = make_visit(tokens, 0, path.text)
    if is_definite(tokens):
        plain = tuple(_one(token) for token in takewhile(_is_single, path.tokens))

        def get(data: Json, _scope: Scope | None = None) -> Json:
            found: list[Json] = []
            visit(data, data, found.append)
            if not found:
                raise _not_found(path, data, plain)
            return found[0]

        return get

    def get_all(data: Json, _scope: Scope | None = None) -> Json:
        found: list[Json] = []
        visit(data, data, found.append)
        return found

    return get_all


def _single(path: Path, tokens: tuple[str | int, ...], words: Words | None = None) -> Get:
    """One value by names and indexes: the common case, without any allocation."""

    def fail(data: Json) -> EvaluationError:
        if words is None:
            return _not_found(path, data, tokens)
        return EvaluationError("States.Runtime", words(data))

    if len(tokens) == 1 and isinstance(tokens[0], str):
        name = tokens[0]

        def get_one(data: Any, _scope: Scope | None = None) -> Json:
            if type(data) is dict and name in data:
                return data[name]  # type: ignore[no-any-return]  # Json
            raise fail(data)

        return get_one
    if all(isinstance(token, str) for token in tokens):

        def get_named(data: Any, _scope: Scope | None = None) -> Json:
            value = data
            try:
                for token in tokens:
                    value = value[token]
            except (KeyError, TypeError, IndexError):
                raise fail(data) from None
            return value  # type: ignore[no-any-return]  # Json

        return get_named

    def get(data: Any, _scope: Scope | None = None) -> Json:
        value = data
        try:
            for token in tokens:
                if token.__class__ is int and type(value) is not list:
                    raise TypeError  # noqa: TRY301 - a text has characters, a path does not see them
                value = value[token]
        except (KeyError, TypeError, IndexError):
            raise fail(data) from None
        return value  # type: ignore[no-any-return]  # Json

    return get


def _missing(text: str, detail: str) -> EvaluationError:
    return EvaluationError("States.Runtime", f"Invalid path '{text}' : {detail}")


def _show(token: Token) -> str:
    if isinstance(token, Names):
        quote = token.quote
        return "[" + ",".join(f"{quote}{name}{quote}" for name in token.names) + "]"
    if isinstance(token, Indexes):
        return f"[{','.join(map(str, token.indexes))}]"
    return f".{token.name}()" if isinstance(token, Function) else ""


def _not_found(path: Path, data: Json, tokens: Sequence[str | int]) -> EvaluationError:
    """Says how far the path came, in the words of the service (recorded) and Jayway's.

    `tokens` are the path's names and indexes up to the first token of another kind.
    """
    node: Any = data
    way = "$"
    for at, token in enumerate(tokens):
        here = way
        way += _show(path.tokens[at])
        if isinstance(token, str):
            if not isinstance(node, dict):
                kind = "null" if node is None else _JAVA[type(node)]
                return _missing(
                    path.text,
                    f"Expected to find an object with property ['{token}'] in path {here} but found"
                    f" '{kind}'. This is not a json object according to the JsonProvider:"
                    " 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
                )
            if token not in node:
                if at + 1 < len(path.tokens):
                    return _missing(path.text, f"Missing property in path {way}")
                break
        elif node is None:
            return _missing(path.text, f"The path {here} is null")
        elif not isinstance(node, list):
            return _missing(
                path.text,
                f"Filter: [{token}] can only be applied to arrays. Current context is:"
                f" {java_text(node)}",
            )
        elif not -len(node) <= token < len(node):
            break
        node = node[token]
    return _missing(path.text, "No results for path: $" + "".join(map(_show, path.tokens)))
