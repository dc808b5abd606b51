"""A TestState request, read and checked as far as it can be without the definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.asl.json_errors import json_error
from simulator.engine.state_test_error import StateTestError, invalid, json_or
from simulator.engine.state_test_members import check_members
from simulator.values import Json, parse_json

_TEXTS: Final = frozenset(
    {"Id", "Name", "RoleArn", "StartTime", "EnteredTime", "RedriveTime", "Token"}
)
# The context object's members (docs), without Map, which nobody may give.
_CONTEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "Execution": (
        "Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime",
    ),
    "State": ("EnteredTime", "Name", "RetryCount"),
    "StateMachine": ("Id", "Name"),
    "Task": ("Token",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mock:
    """Exactly one of `result` (JSON text) and `error`; `mode` is the fieldValidationMode."""

    result: str | None
    error: str | None
    cause: str | None
    mode: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to test. `input_text` is the caller's own text of `input`; `retries` are the attempts
    that the retrier in question has made; `iteration_failures` is None when not given.
    """

    definition: str
    state_name: str | None
    input: Json
    input_text: str
    level: str
    reveal: bool
    variables: dict[str, Json]
    role_arn: str | None
    mock: Mock | None
    context: dict[str, Json] | None
    retries: int
    error_caused_by: str | None
    iteration_failures: int | None
    reader_data: str | None


def read_request(request: Mapping[str, Json]) -> Wanted:
    """Raises StateTestError. The texts are recorded unless they say otherwise."""
    check_members(request)
    given: Any = request
    configuration = given.get("stateConfiguration", {})
    role = given.get("roleArn")
    if role is not None and not role.startswith("arn:"):
        raise StateTestError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {role}'")
    mock = _mock(given)
    if mock is None:
        _check_without_mock(given)
    text = given.get("input", "{}")
    return Wanted(
        definition=given["definition"],
        state_name=given.get("stateName"),
        input=_input(text),
        input_text=text,
        level=given.get("inspectionLevel", "INFO"),
        reveal=given.get("revealSecrets", False),
        variables=_variables(given.get("variables")),
        role_arn=role,
        mock=mock,
        context=_context(given.get("context")),
        retries=configuration.get("retrierRetryCount", 0),
        error_caused_by=configuration.get("errorCausedByState"),
        iteration_failures=configuration.get("mapIterationFailureCount"),
        reader_data=configuration.get("mapItemReaderData"),
    )


def _mock(given: Any) -> Mock | None:
    mock = given.get("mock")
    if mock is None:
        return None
    if ("result" in mock) == ("errorOutput" in mock):  # neither of them: a guess
        raise invalid(
            "A test mock should have only one of the following fields: [result, errorOutput]."
        )
    if given.get("revealSecrets"):
        raise invalid("TestState does not support RevealSecrets when a mock is specified.")
    error = mock.get("errorOutput", {})
    mode = mock.get("fieldValidationMode", "STRICT")
    return Mock(mock.get("result"), error.get("error"), error.get("cause"), mode)


def _check_without_mock(given: Any) -> None:
    """MapIterationFailureCount is recorded; the others are documented, and worded like it."""
    configured = given.get("stateConfiguration", {})
    for member in (
        "mapIterationFailureCount", "retrierRetryCount", "errorCausedByState", "mapItemReaderData",
    ):  # fmt: skip
        if member in configured:
            name = f"{member[:1].upper()}{member[1:]}"
            raise invalid(f"TestState does not support {name} when a mock is not specified.")
    if "context" in given:
        raise invalid("TestState does not support Context when a mock is not specified.")


def _input(text: str) -> Json:
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        wrong = json_error(text)
        reason = str(error) if wrong is None else wrong.reason
        if not text.strip():
            reason = "Invalid execution input."
        raise StateTestError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{reason}'"
        ) from None


def _variables(text: str | None) -> dict[str, Json]:
    """The words are a guess."""
    if text is None:
        return {}
    value = json_or(text, "Variables must be valid JSON")
    if not isinstance(value, dict):
        raise invalid("Variables must be a JSON object.")
    return value


def _context(text: str | None) -> dict[str, Json] | None:
    if text is None:
        return None
    start = "Invalid Context object provided: "
    value = json_or(text, f"{start}Context must be valid JSON")  # a guess
    if not isinstance(value, dict):
        raise invalid(f"{start}Context must be a JSON object")  # a guess
    for name, members in value.items():
        if name == "Map":
            raise invalid(f"{start}'Map' field is not supported when mocking a Context object")
        if name not in _CONTEXT:
            raise invalid(f"{start}Field '{name}' is not allowed")
        if not isinstance(members, dict):
            raise invalid(f"{start}{name} must be an object")  # a guess
        for member, item in members.items():
            if member not in _CONTEXT[name]:
                raise invalid(f"{start}Field '{member}' is not allowed")
            _check_member(start, f"{name}.{member}", member, item)
    return value


def _check_member(start: str, path: str, member: str, value: Json) -> None:
    if member in _TEXTS and not isinstance(value, str):
        raise invalid(f"{start}{path} must be a string")
    number = isinstance(value, int) and not isinstance(value, bool)
    if member in ("RetryCount", "RedriveCount") and not number:
        raise invalid(f"{start}{path} must be a number")  # a guess
