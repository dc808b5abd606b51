"""The members of a TestState request, and what the SDK and the service say about wrong ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from simulator.engine.state_test_error import StateTestError, invalid
from simulator.values import Json

_PAYLOAD: Final = 262_144


@dataclass(frozen=True, slots=True)
class _Member:
    """`least` and `most` bound a text's length or a number's value; `inside` is a structure's."""

    kind: Literal["string", "integer", "boolean", "structure"] = "string"
    least: int | None = None
    most: int | None = None
    values: tuple[str, ...] = ()
    inside: Mapping[str, _Member] = field(default_factory=dict)
    required: tuple[str, ...] = ()


_PYTHON: Final = {"string": str, "integer": int, "boolean": bool, "structure": dict}
_MOCK: Final = _Member(
    "structure",
    inside={
        "result": _Member(most=_PAYLOAD),
        "errorOutput": _Member(
            "structure",
            inside={"error": _Member(least=0, most=256), "cause": _Member(least=0, most=32_768)},
        ),
        "fieldValidationMode": _Member(values=("STRICT", "PRESENT", "NONE")),
    },
)
_CONFIGURATION: Final = _Member(
    "structure",
    inside={
        "retrierRetryCount": _Member("integer", least=0),
        "errorCausedByState": _Member(least=1, most=80),
        "mapIterationFailureCount": _Member("integer", least=0),
        "mapItemReaderData": _Member(most=_PAYLOAD),
    },
)
# The API's model, 2016-11-23.
_REQUEST: Final = _Member(
    "structure",
    inside={
        "definition": _Member(least=1, most=1_048_576),
        "roleArn": _Member(least=1, most=256),
        "input": _Member(most=_PAYLOAD),
        "inspectionLevel": _Member(values=("INFO", "DEBUG", "TRACE")),
        "revealSecrets": _Member("boolean"),
        "variables": _Member(most=_PAYLOAD),
        "stateName": _Member(least=1, most=80),
        "mock": _MOCK,
        "context": _Member(most=_PAYLOAD),
        "stateConfiguration": _CONFIGURATION,
    },
    required=("definition",),
)


def check_members(request: Mapping[str, Json]) -> None:
    """Raises StateTestError: ParamValidationError in the SDK's words, else ValidationException."""
    wrong = list(_client_side(dict(request), _REQUEST, ""))
    if wrong:
        text = "\n".join(["Parameter validation failed:", *wrong])
        raise StateTestError("ParamValidationError", text)
    broken = list(_server_side(dict(request), _REQUEST, ""))
    if broken:
        count = f"{len(broken)} validation error{'' if len(broken) == 1 else 's'} detected"
        raise invalid(f"{count}: {'; '.join(broken)}")


def _client_side(value: Any, member: _Member, name: str) -> Iterator[str]:
    """What the SDK for Python finds before it sends anything: types, names, least lengths."""
    wanted: Any = _PYTHON[member.kind]
    if not isinstance(value, wanted):
        yield (
            f"Invalid type for parameter {name}, value: {value}, type: {type(value)},"
            f" valid types: {wanted}"
        )
        return
    least = member.least
    if member.kind == "string" and least is not None and len(value) < least:
        yield (
            f"Invalid length for parameter {name}, value: {len(value)}, valid min length: {least}"
        )
    elif member.kind == "integer" and least is not None and value < least:
        yield f"Invalid value for parameter {name}, value: {value}, valid min value: {least}"
    elif member.kind == "structure":
        yield from _structure(value, member, name)


def _structure(value: dict[str, Any], member: _Member, name: str) -> Iterator[str]:
    title = name or "input"
    for required in member.required:
        if required not in value:
            yield f'Missing required parameter in {title}: "{required}"'
    for key in value:
        if key not in member.inside:
            known = ", ".join(member.inside)
            yield f'Unknown parameter in {title}: "{key}", must be one of: {known}'
    for key, item in value.items():
        if key in member.inside:
            yield from _client_side(item, member.inside[key], f"{name}.{key}" if name else key)


def _server_side(value: Any, member: _Member, name: str) -> Iterator[str]:
    if member.values and value not in member.values:
        values = ", ".join(member.values)
        yield _constraint(name, value, f"Member must satisfy enum value set: [{values}]")
    if member.kind == "string" and member.most is not None and len(value) > member.most:
        most = f"Member must have length less than or equal to {member.most}"
        yield _constraint(name, value, most)
    for key, item in value.items() if member.kind == "structure" else ():
        yield from _server_side(item, member.inside[key], f"{name}.{key}" if name else key)
    if name == "mock.errorOutput" and "error" not in value:
        yield (
            "Value null at 'mock.errorOutput.error' failed to satisfy constraint:"
            " Member must not be null"
        )


def _constraint(name: str, value: str, text: str) -> str:
    return f"Value '{value}' at '{name}' failed to satisfy constraint: {text}"
