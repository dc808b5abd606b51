"""A strict Jinja environment that remembers the template line of each rendered line."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
)
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment

from simulator.errors import SourceError
from simulator.problems import Location, Problem, did_you_mean
from simulator.values import Json, parse_json

# A marker names a template and a line and belongs to the text after it. No JSON text has these
# characters; `tojson` of what a macro wrote has them escaped.
_MARK = re.compile(r"(?:\x01|\\u0001)(\d+):(\d+)(?:\x02|\\u0002)")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_UNDEFINED = re.compile(r"'(?P<name>[^']+)' is undefined")
_NO_MACRO = re.compile(r"TemplateModule object' has no attribute '(?P<name>[^']+)'")


@dataclass(frozen=True, slots=True)
class Rendered:
    """`text` is JSON in the one form of rendered files."""

    text: str
    template: Path
    _origins: tuple[Location, ...] = field(repr=False)

    def origin(self, line: int) -> Location:
        """The line of the template or macro file that wrote a line of the text."""
        if 1 <= line <= len(self._origins):
            return self._origins[line - 1]
        return Location(self.template)


def render(template: Path, parameters: Mapping[str, Json]) -> Rendered:
    """Raises SourceError: RND001 to RND007, each at the template's line."""
    root = template.parent
    text = _run(template, parameters, _environment(root, None))
    names: list[str] = []
    marked = _run(template, parameters, _environment(root, names))
    places = _Places(marked, [root / name for name in names], text, template)
    tokens = [(match.group(), match.start()) for match in _TOKEN.finditer(text)]
    value = _parse(text, tokens, places)
    _refuse_duplicates(tokens, places)
    normal = normalised(value)
    return Rendered(normal, template, tuple(_line_origins(normal, tokens, places)))


def normalised(value: Json) -> str:
    """The one form of rendered files. ValueError: a number too big for JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


# --- the environment ------------------------------------------------------------------------------


class _Markers(Extension):
    """Puts a marker before each line of plain text and before each expression."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        names: list[str] = self.environment.simulator_names  # type: ignore[attr-defined]
        name = stream.name or ""
        if name not in names:
            names.append(name)
        number = names.index(name)
        for token in stream:
            if token.type == "data":
                lines = token.value.split("\n")
                text = "\n".join(
                    f"\x01{number}:{token.lineno + index}\x02{line}"
                    for index, line in enumerate(lines)
                )
                yield Token(token.lineno, "data", text)
            else:
                if token.type == "variable_begin":
                    yield Token(token.lineno, "data", f"\x01{number}:{token.lineno}\x02")
                yield token


def _environment(root: Path, names: list[str] | None) -> Environment:
    """`names` collects the templates that the markers count; None renders without markers."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # it writes JSON, not HTML
        extensions=[] if names is None else [_Markers],
    )
    environment.simulator_names = names  # type: ignore[attr-defined]
    environment.filters["tojson"] = _to_json
    # Chance has no place in a file that is committed.
    del environment.filters["random"], environment.globals["lipsum"]
    return environment


def _to_json(value: object, indent: int | None = None) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises UndefinedError
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def _run(template: Path, parameters: Mapping[str, Json], environment: Environment) -> str:
    try:
        return environment.get_template(template.name).render(parameters)
    except TemplateSyntaxError as error:
        place = Location(template.parent / (error.name or template.name), error.lineno)
        raise SourceError(
            [Problem("RND002", f"template syntax: {error.message}", place)]
        ) from error
    except TemplateNotFound as error:
        _refuse_missing(template, error, environment)
    except UndefinedError as error:
        place = _raised_at(error.__traceback__, template)
        message = str(error.message)
        hint = None
        if match := _UNDEFINED.search(message):
            hint = did_you_mean(match["name"], parameters) or "name it in parameters.yaml"
        elif match := _NO_MACRO.search(message):
            message = f"the imported file has no '{match['name']}'"
        raise SourceError([Problem("RND003", message, place, hint)]) from error
    except Exception as error:
        place = _raised_at(error.__traceback__, template)
        message = f"the template fails: {type(error).__name__}: {error}"
        raise SourceError([Problem("RND005", message, place)]) from error


def _refuse_missing(template: Path, error: TemplateNotFound, environment: Environment) -> NoReturn:
    name = str(error.name or error)
    if name == template.name:
        problem = Problem("RND001", "there is no such template", Location(template))
    else:
        hint = did_you_mean(name, environment.list_templates(extensions=["j2"]))
        place = _raised_at(error.__traceback__, template)
        message = f"there is no '{name}' to import or include"
        problem = Problem(
            "RND004", message, place, hint or "names count from the template's folder"
        )
    raise SourceError([problem]) from error


def _raised_at(trace: TracebackType | None, template: Path) -> Location:
    """Jinja rewrites tracebacks: its frames carry the template's file and line."""
    found = Location(template)
    root = template.parent
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(root) and file.suffix != ".py":
            found = Location(file, trace.tb_lineno)
        trace = trace.tb_next
    return found


# --- places ---------------------------------------------------------------------------------------


class _Places:
    """Offset in the rendered text → the place in the template."""

    def __init__(self, marked: str, paths: list[Path], text: str, template: Path) -> None:
        self._starts: list[int] = []
        self._locations: list[Location] = []
        self._template = template
        position = length = 0
        plain: list[str] = []
        for match in _MARK.finditer(marked):
            plain.append(marked[position : match.start()])
            length += match.start() - position
            position = match.end()
            self._starts.append(length)
            self._locations.append(Location(paths[int(match[1])], int(match[2])))
        plain.append(marked[position:])
        if "".join(plain) != text:  # a template that measures or compares what macros write
            self._starts, self._locations = [], []

    def at(self, offset: int) -> Location:
        index = bisect_right(self._starts, offset) - 1
        return self._locations[index] if index >= 0 else Location(self._template)


def _parse(text: str, tokens: Iterable[tuple[str, int]], places: _Places) -> Json:
    try:
        value = parse_json(text)
        normalised(value).encode()
    except json.JSONDecodeError as error:
        # What is missing is missing after the last thing that is there.
        before = [start for _, start in tokens if start <= error.pos]
        offset = error.pos if text[error.pos :].strip() else (before or [0])[-1]
        found = " ".join(text[offset:].split())[:30] or "nothing"
        message = f"what it renders is not JSON: {error.msg}, at {found}"
        hint = None
        if error.msg.startswith(("Expecting property name", "Illegal trailing", "Expecting value")):
            hint = "is there a comma before a closing bracket, or a value without | tojson?"
        raise SourceError([Problem("RND006", message, places.at(offset), hint)]) from error
    except (ValueError, RecursionError) as error:
        wrong = ("NaN", "Infinity", "-Infinity")
        offset = next((start for token, start in tokens if token in wrong), 0)
        message = f"what it renders is not JSON: {error}"
        raise SourceError([Problem("RND006", message, places.at(offset))]) from error
    return value


def _refuse_duplicates(tokens: list[tuple[str, int]], places: _Places) -> None:
    problems = []
    stack: list[set[str] | None] = []
    for index, (word, start) in enumerate(tokens):
        if word in "{[":
            stack.append(set() if word == "{" else None)
        elif word in "}]":
            stack.pop()
        elif word[0] == '"' and index + 1 < len(tokens) and tokens[index + 1][0] == ":":
            keys = stack[-1]
            key = str(json.loads(word))
            if keys is not None and key in keys:
                message = f"the key {word} is there twice in one object"
                problems.append(Problem("RND007", message, places.at(start)))
            elif keys is not None:
                keys.add(key)
    if problems:
        raise SourceError(problems)


def _line_origins(
    normal: str, tokens: list[tuple[str, int]], places: _Places
) -> Iterator[Location]:
    """Both texts have the same tokens, so a line's first token leads to the place."""
    count = 0
    for line in normal[:-1].split("\n"):
        yield places.at(tokens[count][1])
        count += sum(1 for _ in _TOKEN.finditer(line))
