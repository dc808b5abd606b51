"""A definition's text as JSON, with the place of every value in it. JSON or YAML."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from simulator.errors import SourceError
from simulator.problems import Location, Problem
from simulator.values import Json, parse_json

Origin: TypeAlias = Callable[[int], Location]
Marks: TypeAlias = "dict[str, tuple[int, int]]"  # pointer -> line, column

# Deeper values would exhaust Python's stack in whoever walks them; forty nested states need less.
MOST_NESTED: Final = 200
TOO_DEEP: Final = f"values are nested more than {MOST_NESTED} deep"
YAML_ENDINGS = frozenset({".yaml", ".yml"})
_BLANK = re.compile(r"[ \t\r\n]*")
_ATOM = re.compile(r'"(?:\\.|[^"\\])*"|[^\s,\]}]+')
_CORE_TAGS = frozenset({"null", "bool", "int", "float"})


def escape(key: str) -> str:
    """One key as a JSON pointer segment (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def is_too_deep(value: Json) -> bool:
    """Is anything more than MOST_NESTED objects and arrays down?"""
    level: list[Json] = [value]
    for _ in range(MOST_NESTED + 1):
        below: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return True


@dataclass(frozen=True, slots=True)
class Source:
    """`origin` maps a line of the text to the place that a person edits (a template's line)."""

    value: Json
    path: Path
    problems: tuple[Problem, ...] = ()
    marks: Marks = field(default_factory=dict, compare=False, repr=False)
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @classmethod
    def read(cls, text: str, path: Path, origin: Origin | None = None) -> Source:
        """Raises SourceError (ASL001) when the text is neither JSON nor YAML.

        The path's ending tells which; keys that stand twice are problems (ASL002).
        """
        is_yaml = path.suffix in YAML_ENDINGS
        reader = _YamlReader(path, origin) if is_yaml else _JsonReader(path, origin)
        value = reader.read(text)
        return cls(value, path, tuple(reader.problems), reader.marks, origin)

    @classmethod
    def of(cls, value: Json, path: Path) -> Source:
        """A definition that has no text of its own: places are pointers only."""
        return cls(value, path)

    def locate(self, pointer: str) -> Location:
        """The place of a pointer, or of the nearest thing around it."""
        known = pointer
        while known and known not in self.marks:
            known = known.rpartition("/")[0]
        line, column = self.marks.get(known, (0, 0))
        return _place(self.path, self.origin, line, column, pointer)


def _place(
    path: Path, origin: Origin | None, line: int, column: int, pointer: str = ""
) -> Location:
    if origin is not None and line:
        edited = origin(line)
        return Location(edited.path, edited.line, edited.column, pointer)
    return Location(path, line, column, pointer)


class _JsonReader:
    """The library reads the values; this walk over the same text finds their places."""

    def __init__(self, path: Path, origin: Origin | None) -> None:
        self.path = path
        self.origin = origin
        self.problems: list[Problem] = []
        self.marks: Marks = {}
        self._text = ""
        self._at = 0
        self._line = 1
        self._line_start = 0

    def read(self, text: str) -> Json:
        try:
            value = parse_json(text)
        except json.JSONDecodeError as error:
            place = _place(self.path, self.origin, error.lineno, error.colno)
            raise SourceError([Problem("ASL001", f"not JSON: {error.msg}", place)]) from None
        except (ValueError, RecursionError) as error:
            place = Location(self.path)
            raise SourceError([Problem("ASL001", f"not JSON: {error}", place)]) from None
        if is_too_deep(value):
            raise SourceError([Problem("ASL001", TOO_DEEP, Location(self.path))])
        self._text = text
        self._walk("")
        return value

    def _skip(self) -> None:
        end = _BLANK.match(self._text, self._at)
        self._move(end.end() if end else self._at)

    def _move(self, to: int) -> None:
        newlines = self._text.count("\n", self._at, to)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rfind("\n", self._at, to) + 1
        self._at = to

    def _mark(self) -> tuple[int, int]:
        return self._line, self._at - self._line_start + 1

    def _atom(self) -> str:
        found = _ATOM.match(self._text, self._at)
        if found is None:  # cannot be: the text has been read as JSON
            raise AssertionError(self._at)
        self._move(found.end())
        return found[0]

    def _walk(self, pointer: str) -> None:
        self._skip()
        self.marks.setdefault(pointer, self._mark())
        here = self._text[self._at]
        if here == "{":
            self._object(pointer)
        elif here == "[":
            self._array(pointer)
        else:
            self._atom()

    def _object(self, pointer: str) -> None:
        self._at += 1
        seen: set[str] = set()
        while True:
            self._skip()
            here = self._text[self._at]
            if here == "}":
                self._at += 1
                return
            if here == ",":
                self._at += 1
                continue
            mark = self._mark()
            key = json.loads(self._atom())
            if key in seen:
                place = _place(self.path, self.origin, *mark, pointer)
                self.problems.append(Problem("ASL002", f"the key '{key}' stands here twice", place))
            seen.add(key)
            inner = f"{pointer}/{escape(key)}"
            self.marks[inner] = mark
            self._skip()
            self._at += 1  # the colon
            self._walk(inner)

    def _array(self, pointer: str) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip()
            here = self._text[self._at]
            if here == "]":
                self._at += 1
                return
            if here == ",":
                self._at += 1
                continue
            self._walk(f"{pointer}/{index}")
            index += 1


class _YamlReader:
    def __init__(self, path: Path, origin: Origin | None) -> None:
        self.path = path
        self.origin = origin
        self.problems: list[Problem] = []
        self.marks: Marks = {}
        self._open: set[int] = set()

    def read(self, text: str) -> Json:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            place = _place(self.path, self.origin, line, column)
            message = f"not YAML: {error.problem or error.context}"
            raise SourceError([Problem("ASL001", message, place)]) from None
        except (yaml.YAMLError, RecursionError) as error:
            problem = Problem("ASL001", f"not YAML: {error}", Location(self.path))
            raise SourceError([problem]) from None
        if node is None:
            raise SourceError([Problem("ASL001", "the file is empty", Location(self.path))])
        try:
            value = self._build(node, "")
        except RecursionError:
            raise SourceError([Problem("ASL001", TOO_DEEP, Location(self.path))]) from None
        if is_too_deep(value):
            raise SourceError([Problem("ASL001", TOO_DEEP, Location(self.path))])
        return value

    def _report(self, message: str, node: yaml.Node, code: str = "ASL001") -> None:
        mark = node.start_mark
        place = _place(self.path, self.origin, mark.line + 1, mark.column + 1)
        self.problems.append(Problem(code, message, place))

    def _build(self, node: yaml.Node, pointer: str) -> Json:
        self.marks.setdefault(pointer, (node.start_mark.line + 1, node.start_mark.column + 1))
        if id(node) in self._open:
            self._report("a YAML alias contains itself", node)
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, pointer)
            if isinstance(node, yaml.SequenceNode):
                return [
                    self._build(item, f"{pointer}/{index}") for index, item in enumerate(node.value)
                ]
            return self._scalar(node)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, pointer: str) -> Json:
        made: dict[str, Json] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report("a key must be a text", key_node)
                continue
            key = str(key_node.value)
            if key in made:
                self._report(f"the key '{key}' stands here twice", key_node, "ASL002")
            inner = f"{pointer}/{escape(key)}"
            self.marks[inner] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            made[key] = self._build(value_node, inner)
        return made

    def _scalar(self, node: yaml.Node) -> Json:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if node.tag.startswith("!"):
            self._report(f"the tag {node.tag} means nothing in a definition", node)
        if kind not in _CORE_TAGS:
            return str(node.value)  # a date is a text in a definition
        value: object = yaml.SafeLoader("").construct_object(node)
        if isinstance(value, float) and not math.isfinite(value):
            self._report(f"{node.value} is not a number of JSON", node)
            return None
        if value is None or isinstance(value, bool | int | float):
            return value
        return str(node.value)
