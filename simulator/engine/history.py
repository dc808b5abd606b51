"""History events with AWS's names, ids, links and details.

The engine keeps an execution's events in one flat list, its log, FIELDS entries an event: a list
costs the garbage collector nothing. They become objects, and AWS's dictionaries, when somebody
reads them. Values never change once they flow between states, so the log holds them as they are.
Shapes: recorded, but where a comment says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypeAlias, cast, overload

from simulator.engine.clock import moment_of
from simulator.values import Json, compact

# An event in the log: type, previousEventId, ticks, name of the state, and what the details are made
# of: a tuple, or a JSON value alone, which is the input or the output.
Raw: TypeAlias = tuple[str, int, int, str | None, Any]
FIELDS = 5
Details: TypeAlias = dict[str, Json]
KEPT: Json = {"truncated": False}


class Text(str):
    """JSON text to be shown as it is: the caller's own input, byte for byte (recorded)."""

    __slots__ = ()


def _text(value: Json) -> str:
    return str(value) if type(value) is Text else compact(value)


def _started(
    given: Json, role_arn: str, alias_arn: str | None = None, version_arn: str | None = None
) -> Details:
    details: Details = {"input": _text(given), "inputDetails": KEPT, "roleArn": role_arn}
    if alias_arn is not None:
        details["stateMachineAliasArn"] = alias_arn
    if version_arn is not None:
        details["stateMachineVersionArn"] = version_arn
    return details


def _error_and_cause(error: str | None, cause: str | None) -> Details:
    details: Details = {}
    if error is not None:
        details["error"] = error
    if cause is not None:
        details["cause"] = cause
    return details


def _exited(name: str, output: Json, assigned: Mapping[str, Json] | None) -> Details:
    details: Details = {"name": name, "output": _text(output), "outputDetails": KEPT}
    if assigned:
        details["assignedVariables"] = {key: compact(value) for key, value in assigned.items()}
        details["assignedVariablesDetails"] = KEPT
    return details


def _limits(timeout: int | None, heartbeat: int | None, credentials: str | None) -> Details:
    details: Details = {}
    if timeout is not None:
        details["timeoutInSeconds"] = timeout
    if heartbeat is not None:
        details["heartbeatInSeconds"] = heartbeat
    if credentials is not None:
        details["taskCredentials"] = {"roleArn": credentials}
    return details


def _output(output: Json) -> Details:
    return {"output": _text(output), "outputDetails": KEPT}


def _resource(kind: str, name: str) -> Details:
    return {"resourceType": kind, "resource": name}


def _evaluation(state: str, error: str, cause: str, location: str | None) -> Details:
    details: Details = {"state": state, "error": error, "cause": cause}
    if location is not None:
        details["location"] = location
    return details


_TASK_ENDS = ("LambdaFunction", "Activity")
_DRESS: dict[str, tuple[str, Callable[..., Details]]] = {
    "ExecutionStarted": ("executionStartedEventDetails", _started),
    "ExecutionSucceeded": ("executionSucceededEventDetails", _output),
    "ExecutionFailed": ("executionFailedEventDetails", _error_and_cause),
    "ExecutionAborted": ("executionAbortedEventDetails", _error_and_cause),
    "ExecutionTimedOut": ("executionTimedOutEventDetails", _error_and_cause),
    "LambdaFunctionScheduled": (
        "lambdaFunctionScheduledEventDetails",
        lambda resource, payload, *limits: {
            "resource": resource,
            "input": _text(payload),
            "inputDetails": KEPT,
            **_limits(*limits),
        },
    ),
    "TaskScheduled": (
        "taskScheduledEventDetails",
        lambda kind, name, region, parameters, *limits: {
            **_resource(kind, name),
            "region": region,
            "parameters": _text(parameters),
            **_limits(*limits),
        },
    ),
    "TaskStarted": ("taskStartedEventDetails", _resource),
    "TaskSubmitted": (
        "taskSubmittedEventDetails",
        lambda kind, name, output: {**_resource(kind, name), **_output(output)},
    ),
    "TaskSucceeded": (
        "taskSucceededEventDetails",
        lambda kind, name, output: {**_resource(kind, name), **_output(output)},
    ),
    "TaskFailed": (
        "taskFailedEventDetails",
        lambda kind, name, *error: {**_resource(kind, name), **_error_and_cause(*error)},
    ),
    "TaskTimedOut": (
        "taskTimedOutEventDetails",
        lambda kind, name, *error: {**_resource(kind, name), **_error_and_cause(*error)},
    ),
    "MapStateStarted": ("mapStateStartedEventDetails", lambda length: {"length": length}),
    "MapRunStarted": ("mapRunStartedEventDetails", lambda arn: {"mapRunArn": arn}),
    "MapRunFailed": ("mapRunFailedEventDetails", _error_and_cause),
    "MapRunRedriven": (
        "mapRunRedrivenEventDetails",
        lambda arn, count: {"mapRunArn": arn, "redriveCount": count},
    ),
    "ExecutionRedriven": (
        "executionRedrivenEventDetails",
        lambda count: {"redriveCount": count},
    ),
    "EvaluationFailed": ("evaluationFailedEventDetails", _evaluation),
    "ActivityScheduled": (
        "activityScheduledEventDetails",
        lambda resource, payload, *limits: {
            "resource": resource,
            "input": _text(payload),
            "inputDetails": KEPT,
            **_limits(*limits),
        },
    ),
    "ActivityStarted": (
        "activityStartedEventDetails",
        lambda worker: {} if worker is None else {"workerName": worker},
    ),
}
for _prefix in _TASK_ENDS:
    _member = _prefix[0].lower() + _prefix[1:]
    _DRESS[f"{_prefix}Succeeded"] = (f"{_member}SucceededEventDetails", _output)
    _DRESS[f"{_prefix}Failed"] = (f"{_member}FailedEventDetails", _error_and_cause)
    _DRESS[f"{_prefix}TimedOut"] = (f"{_member}TimedOutEventDetails", _error_and_cause)
for _suffix in ("Started", "Succeeded", "Failed", "Aborted"):
    _DRESS[f"MapIteration{_suffix}"] = (
        f"mapIteration{_suffix}EventDetails",
        lambda name, index: {"name": name, "index": index},
    )


@cache
def _clothes(kind: str) -> tuple[str | None, Callable[..., Details] | None]:
    """The detail member of a type and what makes it of the parts; _moved does without any."""
    if kind.endswith("StateEntered"):
        return "stateEnteredEventDetails", None
    if kind.endswith("StateExited"):
        return "stateExitedEventDetails", None
    return _DRESS.get(kind, (None, None))


def _moved(raw: Raw) -> Details:
    """Details of an event about entering or leaving a state."""
    kind, _, _, state, parts = raw
    value, assigned = parts, None
    if type(parts) is tuple:
        value, assigned = parts if len(parts) > 1 else (parts[0], None)
    if kind.endswith("StateEntered"):
        return {"name": state, "input": _text(value), "inputDetails": KEPT}
    return _exited(state or "", value, assigned)


@lru_cache(maxsize=256)  # many events share an instant
def _timestamp(ticks: int) -> str:
    return moment_of(ticks).isoformat(timespec="milliseconds")


class HistoryEvent:
    """One event; `details` is AWS's detail member, {} for types that have none."""

    __slots__ = ("_raw", "id")

    def __init__(self, event_id: int, raw: Raw) -> None:
        self.id = event_id
        self._raw = raw

    @property
    def type(self) -> str:
        return self._raw[0]

    @property
    def previous(self) -> int:
        return self._raw[1]

    @property
    def at(self) -> datetime:
        return moment_of(self._raw[2])

    @property
    def state(self) -> str | None:
        """The state this event belongs to; None for the execution's own events."""
        return self._raw[3]

    @property
    def member(self) -> str | None:
        """The name of the detail member, "taskFailedEventDetails"; None when there is none."""
        return _clothes(self._raw[0])[0]

    @property
    def details(self) -> Details:
        name, dress = _clothes(self._raw[0])
        if name is None:
            return {}
        if dress is None:
            return _moved(self._raw)
        return dress(*self.parts)

    @property
    def parts(self) -> tuple[Any, ...]:
        """The values behind the details, not as text: for coverage and expectations."""
        parts = self._raw[4]
        if type(parts) is tuple:
            return parts
        return (parts, None) if self._raw[0].endswith("StateExited") else (parts,)

    def to_aws(self) -> dict[str, Json]:
        """As GetExecutionHistory gives it; the timestamp is ISO-8601 text in UTC."""
        kind, previous, ticks, _, _ = self._raw
        event: dict[str, Json] = {
            "timestamp": _timestamp(ticks),
            "type": kind,
            "id": self.id,
            "previousEventId": previous,
        }
        name = _clothes(kind)[0]
        if name is not None:
            event[name] = self.details
        return event

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HistoryEvent):
            return NotImplemented
        return self.id == other.id and self.to_aws() == other.to_aws()

    def __hash__(self) -> int:
        return hash((self.id, self._raw[:4]))

    def __repr__(self) -> str:
        return f"{self.id} {self.type} ←{self.previous}" + (f" {self.state}" if self.state else "")


class History(Sequence[HistoryEvent]):
    """A live view of an execution's log."""

    __slots__ = ("_log",)

    def __init__(self, log: list[Any]) -> None:
        self._log = log

    def __len__(self) -> int:
        return len(self._log) // FIELDS

    @overload
    def __getitem__(self, index: int) -> HistoryEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[HistoryEvent]: ...
    def __getitem__(self, index: int | slice) -> HistoryEvent | list[HistoryEvent]:
        count = len(self)
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(count))]
        place = index + count if index < 0 else index
        if not 0 <= place < count:
            raise IndexError(index)
        at = place * FIELDS
        return HistoryEvent(place + 1, cast("Raw", tuple(self._log[at : at + FIELDS])))
