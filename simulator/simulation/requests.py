"""What every operation of the Step Functions API checks first: limits, names, ARNs, pages.

Texts are recorded unless tagged.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from simulator.asl.json_errors import json_error
from simulator.aws import naming
from simulator.aws.calls import ServiceError
from simulator.values import canonical

Answer: TypeAlias = dict[str, Any]
Request: TypeAlias = dict[str, Any]
Action: TypeAlias = Callable[[Request], Answer]

DEFAULT_PAGE: Final = 100  # docs; maxResults 0 means the same (recorded)
_LONGEST_NAME: Final = 80
_FORBIDDEN: Final = re.compile(
    r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010ffff]"
)
# The order in which the service lists an enumeration's members, where it is known.
_ENUMS: Final = {
    "ExecutionStatus": "SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING",
}
# Members with errors of their own: names are InvalidName, definitions InvalidDefinition.
_OWN_ERRORS: Final = frozenset({"Name", "Definition"})


def check_limits(operation: str, request: Mapping[str, Any]) -> None:
    """The limits of the service's model that boto3 does not check. Raises ValidationException."""
    shape = naming.operation("stepfunctions", operation).input_shape
    found = [] if shape is None else list(_breaches(shape, request, ""))
    if found:
        plural = "" if len(found) == 1 else "s"
        raise invalid(f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


def _breaches(shape: Any, value: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        for name, item in value.items():
            if name in shape.members:
                at = f"{where}.{name}" if where else name
                yield from _breaches(shape.members[name], item, at)
        return
    if kind == "list" and isinstance(value, list):
        for index, item in enumerate(value, 1):
            yield from _breaches(shape.member, item, f"{where}.{index}.member")
    rule = None if shape.name in _OWN_ERRORS else _broken(shape, value)
    if rule is not None:
        shown = "" if shape.metadata.get("sensitive") else f" '{value}'"
        yield f"Value{shown} at '{where}' failed to satisfy constraint: Member must {rule}"


def _broken(shape: Any, value: Any) -> str | None:
    """The first limit that a value breaks, in the service's words."""
    kind, limits = shape.type_name, shape.metadata
    if kind in ("integer", "long", "float", "double"):
        if "max" in limits and value > limits["max"]:
            return f"have value less than or equal to {limits['max']}"
        return None
    if kind == "list":
        if "max" in limits and len(value) > limits["max"]:
            return f"have length less than or equal to {limits['max']}"
        return None
    if kind != "string" or not isinstance(value, str):
        return None
    if "max" in limits and len(value) > limits["max"]:
        return f"have length less than or equal to {limits['max']}"
    if limits.get("enum") and value not in limits["enum"]:
        names = _ENUMS.get(shape.name) or ", ".join(limits["enum"])
        return f"satisfy enum value set: [{names}]"
    if "pattern" in limits and re.fullmatch(limits["pattern"], value) is None:
        return f"satisfy regular expression pattern: {limits['pattern']}"
    return None


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def check_name(name: str) -> None:
    """Names of machines, activities and executions (docs, recorded). Raises InvalidName."""
    if not 1 <= len(name) <= _LONGEST_NAME or _FORBIDDEN.search(name):
        raise ServiceError("InvalidName", f"Invalid Name: '{name}'")


def kind_of(arn: str) -> str:
    """stateMachine, execution, express, mapRun, activity; "" for what names nothing. Raises InvalidArn."""
    if not arn.startswith("arn:"):
        raise invalid_arn(f"Invalid ARN prefix: {arn}")
    parts = arn.split(":")
    return parts[5] if len(parts) > 6 else ""


def check_kind(arn: str, *kinds: str) -> str:
    """The ARN names one of these things. Raises InvalidArn."""
    kind = kind_of(arn)
    if kind and kind not in kinds:
        raise invalid_arn(f"Resource type not valid in this context: {kind}")
    return kind


def invalid_arn(why: str) -> ServiceError:
    return ServiceError("InvalidArn", f"Invalid Arn: '{why}'")


def not_found(arn: str) -> ServiceError:
    return ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def missing_resource(arn: str | None = None) -> ServiceError:
    text = "Request references a resource that does not exist."
    return ServiceError("ResourceNotFound", text if arn is None else f"Resource not found: '{arn}'")


def not_json(text: str, error: ValueError) -> str:
    """Why a text is not JSON, in the words of the service's reader; else in Python's."""
    wrong = json_error(text)
    return str(error) if wrong is None else wrong.reason


def page(member: str, items: Sequence[Any], request: Request) -> Answer:
    """One page of a list and, when there are more, the token of the next. Raises InvalidToken.

    A token belongs to the request that it was made for; only maxResults may differ.
    """
    size = request.get("maxResults") or DEFAULT_PAGE
    asked = {key: value for key, value in request.items() if key not in ("maxResults", "nextToken")}
    owner = hashlib.sha256(canonical([member, asked]).encode()).hexdigest()[:32]
    start = 0
    if (token := request.get("nextToken")) is not None:
        start = _offset(token, owner)
    answer: Answer = {member: list(items[start : start + size])}
    if start + size < len(items):
        answer["nextToken"] = base64.b64encode(f"{owner}{start + size}".encode()).decode()
    return answer


def _offset(token: str, owner: str) -> int:
    try:
        text = base64.b64decode(token, validate=True).decode("ascii")
    except ValueError:
        text = ""
    number = text.removeprefix(owner)
    if number == text or not number.isdecimal():
        raise ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
    return int(number)
