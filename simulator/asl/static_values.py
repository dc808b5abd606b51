"""Texts that look like paths where nobody evaluates them: the service's own warnings (docs)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from simulator.asl.choices import COMPARISONS
from simulator.asl.source import escape
from simulator.values import Json

# (code, message, pointer). The messages are the codes' descriptions in the API reference.
Warned: TypeAlias = tuple[str, str, str]
_TEMPLATES: Final = ("Parameters", "ResultSelector", "ItemSelector", "Assign")
_INNER_TEMPLATES: Final = (
    ("ItemReader", "Parameters"), ("ResultWriter", "Parameters"), ("ItemBatcher", "BatchInput"),
)  # fmt: skip
_DYNAMIC = re.compile(r"\$\$?(\.[^.\s]|\[)|\$\$?$|States\.\w+\(")
_NO_DOLLAR: Final = "No .$ on a field that appears to be a JSONPath or Intrinsic Function."
_NO_PATH: Final = "Field value looks like a path, but field name does not end with 'Path'."
_STATIC: Final = "Attempt to use a path in the result of a pass state."


def static_values(definition: Mapping[str, Any]) -> Iterator[Warned]:
    """NO_DOLLAR, NO_PATH and PASS_RESULT_IS_STATIC of a definition, whatever else is wrong with it."""
    yield from _graph(definition, "", str(definition.get("QueryLanguage", "JSONPath")))


def looks_dynamic(value: Json) -> bool:
    """A path or the call of an intrinsic function, by its beginning."""
    return isinstance(value, str) and _DYNAMIC.match(value) is not None


def _graph(graph: Mapping[str, Any], pointer: str, language: str) -> Iterator[Warned]:
    states = graph.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            yield from _state(state, f"{pointer}/States/{escape(name)}", language)


def _state(state: Mapping[str, Any], pointer: str, language: str) -> Iterator[Warned]:
    if state.get("QueryLanguage", language) == "JSONPath":
        yield from _templates(state, pointer)
        yield from _literals(state, pointer)
    branches = state.get("Branches")
    for index, branch in enumerate(branches if isinstance(branches, list) else ()):
        if isinstance(branch, dict):
            yield from _graph(branch, f"{pointer}/Branches/{index}", language)
    for field in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(field), dict):
            yield from _graph(state[field], f"{pointer}/{field}", language)


def _templates(state: Mapping[str, Any], pointer: str) -> Iterator[Warned]:
    for field in _TEMPLATES:
        yield from _template(state.get(field), f"{pointer}/{field}")
    for outer, field in _INNER_TEMPLATES:
        if isinstance(state.get(outer), dict):
            yield from _template(state[outer].get(field), f"{pointer}/{outer}/{field}")
    if state.get("Type") == "Pass" and _has_dynamic(state.get("Result")):
        yield "PASS_RESULT_IS_STATIC", _STATIC, f"{pointer}/Result"


def _template(value: Json, pointer: str) -> Iterator[Warned]:
    if isinstance(value, dict):
        for key, item in value.items():
            place = f"{pointer}/{escape(key)}"
            if not key.endswith(".$") and looks_dynamic(item):
                yield "NO_DOLLAR", _NO_DOLLAR, place
            yield from _template(item, place)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _template(item, f"{pointer}/{index}")


def _has_dynamic(value: Json) -> bool:
    if isinstance(value, dict):
        return any(key.endswith(".$") or _has_dynamic(item) for key, item in value.items())
    if isinstance(value, list):
        return any(map(_has_dynamic, value))
    return looks_dynamic(value)


def _literals(state: Mapping[str, Any], pointer: str) -> Iterator[Warned]:
    """Fields that have a twin whose name ends in Path."""
    if state.get("Type") == "Fail":
        for field in ("Error", "Cause"):
            if looks_dynamic(state.get(field)):
                yield "NO_PATH", _NO_PATH, f"{pointer}/{field}"
    elif state.get("Type") == "Choice":
        yield from _comparisons(state.get("Choices"), f"{pointer}/Choices")


def _comparisons(value: Json, pointer: str) -> Iterator[Warned]:
    if isinstance(value, dict):
        for key, item in value.items():
            place = f"{pointer}/{escape(key)}"
            if key in COMPARISONS and looks_dynamic(item):
                yield "NO_PATH", _NO_PATH, place
            yield from _comparisons(item, place)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _comparisons(item, f"{pointer}/{index}")
