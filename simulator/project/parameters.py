"""Template parameters: overrides, defaults and what the template demands of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeGuard

from simulator.problems import Location, Problem, did_you_mean
from simulator.project.document import Document, escape
from simulator.values import Json


def as_text(value: Json) -> str:
    """A scalar as CloudFormation turns it into text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    return "" if value is None else str(value)


def _is_mapping(value: Json) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)


def resolve_parameters(
    document: Document, overrides: Mapping[str, Json]
) -> tuple[dict[str, Json], list[Problem]]:
    """The value of each parameter: a text, or a list of texts for list types."""
    section = document.value.get("Parameters", {})
    declared = section if _is_mapping(section) else {}
    problems = [
        Problem(
            "PRJ014",
            f"the parameter '{name}' is given a value, and the template has no such parameter",
            document.locate("/Parameters"),
            did_you_mean(name, declared),
        )
        for name in overrides
        if name not in declared
    ]
    values: dict[str, Json] = {}
    for name, body in declared.items():
        place = document.locate(f"/Parameters/{escape(name)}")
        if not _is_mapping(body):
            problems.append(Problem("PRJ013", f"the parameter '{name}' is not a mapping", place))
            continue
        values[name] = _value(name, body, overrides, place, problems)
    return values, problems


def _value(
    name: str,
    body: Mapping[str, Json],
    overrides: Mapping[str, Json],
    place: Location,
    problems: list[Problem],
) -> Json:
    kind = as_text(body.get("Type", "String"))
    if name in overrides:
        raw = overrides[name]
    elif "Default" in body:
        raw = body["Default"]
    else:
        hint = (
            f"write Default, or give it a value: --parameter {name}=VALUE, parameter_overrides of"
            " samconfig.toml, or [tool.simulator.parameters]"
        )
        message = f"the parameter '{name}' has no value"
        problems.append(Problem("PRJ012", message, place, hint))
        return [] if _is_list(kind) else ""
    text = as_text(raw)
    if kind.startswith("AWS::SSM::Parameter::Value"):
        message = f"the value of the parameter '{name}' is kept in Parameter Store under '{text}'"
        hint = "a placeholder stands in for it; give a value below [tool.simulator.parameters]"
        if name not in overrides:
            problems.append(Problem("PRJ015", message, place, hint, "warning"))
            return [f"ssm:{text}"] if _is_list(kind) else f"ssm:{text}"
    problems.extend(_violations(name, text, body, place, kind))
    return [part.strip() for part in text.split(",")] if _is_list(kind) else text


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or "List<" in kind


def _violations(
    name: str, text: str, body: Mapping[str, Json], place: Location, kind: str
) -> list[Problem]:
    found: list[str] = []
    hint = None
    parts = [part.strip() for part in text.split(",")] if _is_list(kind) else [text]
    allowed = body.get("AllowedValues")
    if isinstance(allowed, list):
        known = [as_text(item) for item in allowed]
        for part in parts:
            if part not in known:
                found.append(f"'{part}' is not among its AllowedValues ({', '.join(known)})")
                hint = did_you_mean(part, known)
    pattern = body.get("AllowedPattern")
    if isinstance(pattern, str):
        try:
            if not re.fullmatch(pattern, text):
                found.append(f"'{text}' does not match its AllowedPattern {pattern}")
        except re.error as error:
            found.append(f"its AllowedPattern {pattern} is no regular expression: {error}")
    if kind == "Number" and not re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        found.append(f"'{text}' is not a number")
    found.extend(_out_of_range(text, body, kind))
    return [
        Problem("PRJ013", f"the parameter '{name}': {message}", place, hint) for message in found
    ]


def _out_of_range(text: str, body: Mapping[str, Json], kind: str) -> list[str]:
    found = []
    for limit, below in (("MinLength", True), ("MaxLength", False)):
        bound = body.get(limit)
        if bound is not None and as_text(bound).isdigit():
            size = int(as_text(bound))
            if (len(text) < size) if below else (len(text) > size):
                found.append(f"'{text}' has {len(text)} characters; {limit} is {size}")
    if kind == "Number":
        for limit, below in (("MinValue", True), ("MaxValue", False)):
            bound = body.get(limit)
            try:
                number, edge = float(text), float(as_text(bound))
            except ValueError:
                continue
            if (number < edge) if below else (number > edge):
                found.append(f"{text} is outside {limit} {as_text(bound)}")
    return found
