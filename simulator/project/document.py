"""Reads a template (YAML with CloudFormation's short tags, or JSON) and knows the place of it all."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from simulator.errors import SourceError
from simulator.problems import Location, Problem
from simulator.values import Json, parse_json

# The short forms of intrinsic functions; all others are `!Name` → `Fn::Name`.
_BARE_TAGS = frozenset({"Ref", "Condition"})
_KNOWN_TAGS = frozenset(
    {
        *_BARE_TAGS, "And", "Base64", "Cidr", "Equals", "FindInMap", "GetAtt", "GetAZs", "If",
        "ImportValue", "Join", "Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString",
        "Transform", "Contains", "ForEach",
    }
)  # fmt: skip
_PREFIX = "tag:yaml.org,2002:"


def escape(key: str) -> str:
    """One key as a JSON pointer segment."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape(segment: str) -> str:
    return segment.replace("~1", "/").replace("~0", "~")


@dataclass(frozen=True, slots=True)
class Document:
    """A template as plain JSON; `locate` gives the line and column of every pointer in it.

    `places` has the pointers whose value another file gave; their mark is where that is said.
    """

    path: Path
    value: dict[str, Json]
    problems: tuple[Problem, ...] = ()
    marks: dict[str, tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)
    places: dict[str, Location] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def read(cls, path: Path) -> Document:
        """SourceError when there is no usable document at all."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise SourceError(
                [Problem("PRJ001", f"the template cannot be read: {reason}", Location(path))]
            ) from error
        return cls.of_text(text, path)

    @classmethod
    def of_text(cls, text: str, path: Path) -> Document:
        composer = _Composer(path)
        # JSON may be indented with tabs, YAML may not; a blank is as wide, so places stay true.
        is_json = path.suffix == ".json"
        value = composer.read(text.replace("\t", " ") if is_json else text)
        if is_json:
            value = _strict_json(text, path)
        if not isinstance(value, dict):
            problem = Problem(
                "PRJ002",
                "the template is not a mapping",
                Location(path, 1, 1),
                "start with Resources:",
            )
            raise SourceError([*composer.problems, problem])
        return cls(path, value, tuple(composer.problems), composer.marks)

    def locate(self, pointer: str) -> Location:
        """The place of `pointer`, or of the nearest thing around it."""
        known = pointer
        while known and known not in self.marks:
            known = known.rpartition("/")[0]
        if known in self.places:
            return replace(self.places[known], pointer=pointer)
        line, column = self.marks.get(known, (1, 1))
        return Location(self.path, line, column, pointer)


def _compose(text: str) -> yaml.Node | None:
    """With libyaml where it is there, six times as fast; errors are worded by the other reader."""
    fast = getattr(yaml, "CSafeLoader", None)
    if fast is not None:
        try:
            return yaml.compose(text, Loader=fast)
        except yaml.YAMLError:
            pass
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _strict_json(text: str, path: Path) -> Json:
    try:
        return parse_json(text)
    except json.JSONDecodeError as error:
        place = Location(path, error.lineno, error.colno)
        raise SourceError([Problem("PRJ002", f"not JSON: {error.msg}", place)]) from error
    except ValueError as error:
        raise SourceError([Problem("PRJ002", f"not JSON: {error}", Location(path))]) from error


class _Composer:
    """YAML nodes → JSON, with the mark of every pointer and every problem on the way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.marks: dict[str, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()

    def read(self, text: str) -> Json:
        try:
            node = _compose(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Location(self.path, mark.line + 1, mark.column + 1) if mark else None
            message = f"not YAML: {error.problem or error.context}"
            raise SourceError([Problem("PRJ002", message, place or Location(self.path))]) from error
        except yaml.YAMLError as error:
            raise SourceError(
                [Problem("PRJ002", f"not YAML: {error}", Location(self.path))]
            ) from error
        if node is None:
            raise SourceError([Problem("PRJ002", "the file is empty", Location(self.path))])
        self._mark("", node)
        return self._build(node, "")

    def _mark(self, pointer: str, node: yaml.Node, key: yaml.Node | None = None) -> None:
        mark = node.start_mark
        if key is not None and (
            mark.line > key.start_mark.line or not isinstance(node, yaml.ScalarNode)
        ):
            mark = key.start_mark  # a block is where its name stands
        self.marks[pointer] = (mark.line + 1, mark.column + 1)

    def _report(
        self,
        code: str,
        message: str,
        node: yaml.Node,
        hint: str | None = None,
        *,
        warn: bool = False,
    ) -> None:
        place = Location(self.path, node.start_mark.line + 1, node.start_mark.column + 1)
        self.problems.append(Problem(code, message, place, hint, "warning" if warn else "error"))

    def _build(self, node: yaml.Node, pointer: str) -> Json:
        if id(node) in self._open:
            self._report("PRJ002", "a YAML alias contains itself", node)
            return None
        self._open.add(id(node))
        try:
            if node.tag.startswith("!"):
                return self._tagged(node, pointer)
            return self._plain(node, pointer)
        finally:
            self._open.discard(id(node))

    def _tagged(self, node: yaml.Node, pointer: str) -> Json:
        name = node.tag.lstrip("!")
        if name not in _KNOWN_TAGS:
            known = ", ".join(f"!{tag}" for tag in sorted(_KNOWN_TAGS))
            self._report("PRJ003", f"unknown tag !{name}", node, f"CloudFormation knows {known}")
            return None
        key = name if name in _BARE_TAGS else f"Fn::{name}"
        inner = f"{pointer}/{escape(key)}"
        self._mark(inner, node)
        value = self._plain(node, inner)
        if name == "GetAtt" and isinstance(value, str):
            logical_id, _, attribute = value.partition(".")
            value = [logical_id, attribute]
        return {key: value}

    def _plain(self, node: yaml.Node, pointer: str) -> Json:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, pointer)
        if isinstance(node, yaml.SequenceNode):
            items: list[Json] = []
            for index, item in enumerate(node.value):
                place = f"{pointer}/{index}"
                self._mark(place, item)
                items.append(self._build(item, place))
            return items
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, pointer: str) -> Json:
        found: dict[str, Json] = {}
        for key_node, value_node in self._entries(node):
            if not isinstance(key_node, yaml.ScalarNode):
                self._report("PRJ002", "a key must be a plain text", key_node)
                continue
            key = str(key_node.value)
            place = f"{pointer}/{escape(key)}"
            if key in found:
                # SAM CLI reads the last one, and so do CloudFormation's own readers.
                message = f"the key '{key}' stands here twice; the last one counts"
                self._report("PRJ004", message, key_node, "delete one of them", warn=True)
                for lost in [mark for mark in self.marks if mark.startswith(f"{place}/")]:
                    del self.marks[lost]
            self._mark(place, value_node, key_node)
            found[key] = self._build(value_node, place)
        return found

    def _entries(self, node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
        """Its own keys, after those it merges in (`<<: *anchor`) and does not write itself.

        CloudFormation knows no merge keys; SAM CLI writes them out before it deploys.
        """
        own: list[tuple[yaml.Node, yaml.Node]] = []
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if key.tag != f"{_PREFIX}merge":
                own.append((key, value))
                continue
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(source, yaml.MappingNode) or id(source) in self._open:
                    self._report("PRJ002", "<< merges mappings, and not the one it is in", key)
                    continue
                inner = {str(entry[0].value): entry for entry in self._entries(source)}
                merged = {**inner, **merged}  # the first of several wins
        written = {str(key.value) for key, _ in own}
        return [entry for name, entry in merged.items() if name not in written] + own

    def _scalar(self, node: yaml.Node) -> Json:
        text = str(node.value)
        kind = node.tag.removeprefix(_PREFIX)
        if kind == "null":
            return None
        if kind in {"bool", "int", "float"}:
            value = yaml.SafeLoader("").construct_object(node)  # YAML 1.1, as CloudFormation reads
            if isinstance(value, float) and not math.isfinite(value):
                self._report("PRJ002", f"{text} is not a JSON number", node)
                return None
            return value if isinstance(value, bool | int | float) else text
        return text  # dates too: `Version: 2012-10-17` is text for CloudFormation


def walk(value: Json, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Every node of a document with its pointer, parents first."""
    yield pointer, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, f"{pointer}/{index}")
