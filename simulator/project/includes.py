"""Replaces Fn::Transform with AWS::Include by the content of the local file, with its places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from simulator.errors import SourceError
from simulator.problems import Location, Problem, did_you_mean
from simulator.project.document import Document, escape
from simulator.values import Json

FUNCTION = "Fn::Transform"
_INCLUDE = "AWS::Include"
_HINT = "name a local file in Location, or write the content out"


def with_includes(document: Document) -> Document:
    """A transform that cannot be replaced stays as it is, and is among the problems."""
    return _Includer(document).document_with_them()


class _Includer:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.marks = dict(document.marks)
        self.places: dict[str, Location] = {}

    def document_with_them(self) -> Document:
        value = self._sections(
            {
                name: self._expand(section, f"/{escape(name)}")
                for name, section in self.document.value.items()
            }
        )
        problems = (*self.document.problems, *self.problems)
        return replace(
            self.document, value=value, problems=problems, marks=self.marks, places=self.places
        )

    def _sections(self, value: dict[str, Json]) -> dict[str, Json]:
        """AWS::Include in the section Transform gives whole sections, or parts of them."""
        named = value.get("Transform")
        transforms = named if isinstance(named, list) else [named]
        left: list[Json] = []
        for index, transform in enumerate(transforms):
            if not isinstance(transform, dict) or transform.get("Name") != _INCLUDE:
                left.append(transform)
                continue
            place = f"/Transform/{index}" if isinstance(named, list) else "/Transform"
            content = self._content(transform, place)
            for name, section in (content.value if content else {}).items():
                own = value.get(name)
                both = isinstance(own, dict) and isinstance(section, dict)
                value[name] = {**section, **own} if both else own or section  # type: ignore[dict-item]
            if content:
                self._place(content, "", place)
        if len(left) < len(transforms):
            value["Transform"] = left
        return value

    def _expand(self, value: Json, pointer: str) -> Json:
        if isinstance(value, list):
            return [self._expand(item, f"{pointer}/{index}") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        found = {
            key: item if key == FUNCTION else self._expand(item, f"{pointer}/{escape(key)}")
            for key, item in value.items()
        }
        if FUNCTION not in found:
            return found
        place = f"{pointer}/{FUNCTION}"
        content = self._content(found[FUNCTION], place)
        if content is None:
            return found
        del found[FUNCTION]
        self._place(content, pointer, place)
        return {**content.value, **found}

    def _content(self, transform: Json, pointer: str) -> Document | None:
        given: Mapping[str, Json] = transform if isinstance(transform, dict) else {}
        if given.get("Name") != _INCLUDE:
            message = f"{FUNCTION}: the macro {given.get('Name')} is not known here"
            return self._refuse("PRJ024", message, pointer, "write the content out")
        parameters = given.get("Parameters")
        location = parameters.get("Location") if isinstance(parameters, dict) else None
        if not isinstance(location, str) or "://" in location:
            message = "AWS::Include of a file in S3 is not supported"
            return self._refuse("PRJ024", message, pointer, _HINT)
        path = self.document.path.parent / location
        try:
            content = Document.read(path)
        except SourceError as error:
            if path.is_file():
                self.problems += error.problems
                return None
            message = f"the included file '{location}' cannot be read: No such file or directory"
            hint = did_you_mean(path.name, _names(path.parent))
            return self._refuse("PRJ009", message, f"{pointer}/Parameters/Location", hint)
        self.problems += content.problems
        # AWS: an included file has no transforms of its own (docs).
        if FUNCTION in str(content.value):
            message = f"an included file cannot have {FUNCTION} itself"
            return self._refuse("PRJ024", message, pointer, _HINT)
        return content

    def _refuse(self, code: str, message: str, pointer: str, hint: str | None) -> Document | None:
        self.problems.append(Problem(code, message, self.document.locate(pointer), hint))
        return None

    def _place(self, content: Document, below: str, transform: str) -> None:
        """What the template writes itself keeps its place."""
        for inner in content.marks:
            pointer = f"{below}{inner}"
            if inner and pointer not in self.marks:
                self.marks[pointer] = self.marks[transform]
                self.places[pointer] = content.locate(inner)


def _names(folder: Path) -> list[str]:
    return [item.name for item in folder.iterdir()] if folder.is_dir() else []
