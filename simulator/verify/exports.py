"""A user's own execution, as the AWS CLI prints it, in the form of a recording.

Three answers belong together: get-execution-history (needed), describe-execution, and
describe-state-machine-for-execution or describe-state-machine. They may stand in one file, as
members `history`, `execution` and `machine` or put together into one object, or in files
NAME.history.json, NAME.execution.json and NAME.machine.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from simulator.asl.source import Source
from simulator.values import Json, parse_json
from simulator.verify.moments import together
from simulator.verify.threads import Follower, Key, Place, details_of, homes, name_of

_PARTS: Final = ("history", "execution", "machine")
_STATUS: Final = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_TASKS: Final = ("LambdaFunction", "Activity", "Task")
_ACCOUNT, _REGION = "123456789012", "us-east-1"
_DATA: Final = frozenset({"inputDetails", "outputDetails"})


class Incomplete(Exception):
    """The parts of an export do not make an execution that can be replayed."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def parts_of(value: Any) -> dict[str, Any]:
    """Which of history, execution and machine a JSON value is or holds; {} when none of them."""
    if not isinstance(value, dict):
        return {}
    nested = {name: value[name] for name in _PARTS if isinstance(value.get(name), dict)}
    if nested and "events" in nested.get("history", {"events": None}):
        return nested
    found: dict[str, Any] = {}
    if isinstance(value.get("events"), list):
        found["history"] = value
    if isinstance(value.get("executionArn"), str) and "status" in value:
        found["execution"] = value
    if isinstance(value.get("definition"), str):
        found["machine"] = value
    return found


def export_of(
    parts: Mapping[str, Any], name: str, area: str, path: Path, other: Json = None
) -> dict[str, Any]:
    """`other` is the definition to run when the export has none.

    Raises Incomplete, and SourceError when the definition is not JSON.
    """
    events = _events(parts)
    execution, machine = parts.get("execution") or {}, parts.get("machine") or {}
    definition = None
    if isinstance(machine.get("definition"), str):
        definition = Source.read(machine["definition"], path.with_name(f"{name} (definition).json"))
    elif other is None:
        raise Incomplete(
            f"there is no definition for the history of '{name}'",
            f"save the output of `aws stepfunctions describe-state-machine-for-execution` as"
            f" {name}.machine.json, or use --definition",
        )
    began = _moment(events[0]["timestamp"])
    arns = _arns(execution, machine, name)
    started = details_of(events[0])
    text = execution.get("input") or started.get("input") or "{}"
    expected = _expected(execution, events)
    value = other if definition is None else definition.value
    return {
        "id": f"{area}/{name}" if area else name,
        "area": area or ".",
        "kind": "execution",
        "type": machine.get("type") or "STANDARD",
        **arns,
        "role_arn": started.get("roleArn") or machine.get("roleArn"),
        "clock": began.isoformat(),
        "recorded_date": began.strftime("%d-%m-%Y, %H:%M:%S"),
        "definition": value,
        "input": _value(text, events[0]),
        "input_text": text,
        "replay": {"mode": "full"},
        "moments": together(events, [_after(event, began) for event in events]),
        "tasks": tasks_of(events, value),
        "actions": _stops(events, began),
        "redrives": [
            _after(event, began) for event in events if event["type"] == "ExecutionRedriven"
        ],
        "setup": [],
        "expected": expected,
        "placeholders": {},
    }


def _events(parts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The whole history in its order. Raises Incomplete."""
    history = parts.get("history")
    if history is None:
        raise Incomplete(
            "there is no history",
            "save the output of `aws stepfunctions get-execution-history` as NAME.history.json",
        )
    events = history["events"]
    needed = {"id", "previousEventId", "timestamp", "type"}
    if not events or not all(isinstance(one, dict) and needed <= one.keys() for one in events):
        raise Incomplete("the history has no events, or events without id, type and timestamp")
    ordered = sorted(events, key=lambda event: int(event["id"]))
    if history.get("nextToken") or [event["id"] for event in ordered] != list(
        range(1, len(ordered) + 1)
    ):
        raise Incomplete("the history is only a part of the whole", "export it without --max-items")
    if ordered[0]["type"] != "ExecutionStarted" or "input" not in details_of(ordered[0]):
        raise Incomplete(
            "the history has no execution data",
            "export it with --include-execution-data",
        )
    for event in ordered:
        _moment(event["timestamp"])
        found = details_of(event)
        if any((found.get(mark) or {}).get("truncated") for mark in _DATA):
            raise Incomplete(f"the data of event {event['id']} was cut off")
    return ordered


def _arns(execution: Mapping[str, Any], machine: Mapping[str, Any], name: str) -> dict[str, str]:
    """Names and ARNs; without describe-execution they are made up."""
    known = execution.get("stateMachineArn") or machine.get("stateMachineArn")
    arn = known or f"arn:aws:states:{_REGION}:{_ACCOUNT}:stateMachine:{machine.get('name') or name}"
    pieces = str(arn).split(":")
    if len(pieces) < 7:
        raise Incomplete(f"'{arn}' is not the ARN of a state machine")
    made_up = ":".join([*pieces[:5], "execution", pieces[6], name])
    run = str(execution.get("executionArn") or made_up)
    return {
        "name": pieces[6],
        "state_machine_arn": ":".join(pieces[:7]),
        "execution_arn": run,
        "execution_name": run.rpartition(":")[2],
        "region": pieces[3],
        "account": pieces[4],
    }


def _expected(execution: Mapping[str, Any], events: Sequence[Any]) -> dict[str, Any]:
    last = events[-1]
    status = _STATUS.get(last["type"], "RUNNING")
    if execution and execution["status"] not in {status, "PENDING_REDRIVE"}:
        raise Incomplete(
            f"the execution is {execution['status']}, and its history ends with {last['type']}",
            "export both again once it has ended",
        )
    own = details_of(last)
    expected: dict[str, Any] = {"status": status, "events": list(events)}
    if status == "SUCCEEDED":
        expected["output"] = _value(own.get("output", "null"), last)
    elif status != "RUNNING":
        expected |= {"error": own.get("error"), "cause": own.get("cause")}
    if status == "TIMED_OUT":
        expected |= {"error": None, "cause": None}  # AWS: only the event names it (recorded)
    return expected


def _stops(events: Sequence[Any], began: datetime) -> list[dict[str, Any]]:
    last = events[-1]
    if last["type"] != "ExecutionAborted":
        return []
    given = {key: value for key, value in details_of(last).items() if key in {"error", "cause"}}
    return [{"operation": "stop_execution", "after": _after(last, began), "params": given}]


# -- what the tasks answered -------------------------------------------------------------------


class _Tasks:
    """Collects tasks while a history is walked through. Only one is open in a thread."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self._entries: Counter[tuple[Key, str]] = Counter()
        self._attempts: Counter[tuple[Key, str]] = Counter()
        self._open: dict[Key, dict[str, Any]] = {}

    def see(self, event: Mapping[str, Any], place: Place) -> None:
        kind = event["type"]
        if kind == "TaskStateEntered":
            where = (place.key, place.state or "")
            self._entries[where] += 1
            self._attempts[where] = 0
            return
        prefix = next((prefix for prefix in _TASKS if kind.startswith(prefix)), None)
        if prefix is None or kind.startswith("TaskState"):
            return
        stage, details = kind.removeprefix(prefix), details_of(event)
        if stage == "Scheduled":
            self._schedule(event, place, details)
            return
        task = self._open.get(place.key) or self._schedule(event, place, details)
        if stage == "Started":
            task["started_event"] = event["id"] - 1
            task["worker_name"] = details.get("workerName")
        elif stage == "Submitted":
            task["submitted"] = _value(details.get("output", "{}"), event)
        else:
            self._end(event, place, task, stage, details)

    def _schedule(
        self, event: Mapping[str, Any], place: Place, details: Mapping[str, Any]
    ) -> dict[str, Any]:
        state = place.state or ""
        where = (place.key, state)
        self._attempts[where] += 1
        task: dict[str, Any] = {
            "state": state,
            "path": [list(step) for step in place.key],
            "entry": self._entries[where],
            "attempt": self._attempts[where],
            "scheduled_event": event["id"] - 1,
            "submitted": None,
            "result": {"status": "unknown"},
        }
        if "heartbeatInSeconds" in details:
            task["heartbeat_seconds"] = details["heartbeatInSeconds"]
        self._open[place.key] = task
        self.found.append(task)
        return task

    def _end(
        self,
        event: Mapping[str, Any],
        place: Place,
        task: dict[str, Any],
        stage: str,
        details: Mapping[str, Any],
    ) -> None:
        del self._open[place.key]
        task["finished_event"] = event["id"] - 1
        if stage == "Succeeded":
            output = _value(details.get("output", "null"), event)
            task["result"] = {"status": "succeeded", "output": output}
        elif stage == "TimedOut":
            task["result"] = {"status": "timed_out"}
        else:  # Failed, ScheduleFailed, StartFailed, SubmitFailed
            error, cause = details.get("error"), details.get("cause")
            task["result"] = {"status": "failed", "error": error, "cause": cause}


def tasks_of(events: Sequence[Mapping[str, Any]], definition: Any) -> list[dict[str, Any]]:
    """Every attempt of a Task state with its answer, in the form of a recording's `tasks`.

    One that had not ended is `unknown`.
    """
    follower = Follower(homes(definition))
    tasks = _Tasks()
    for event in events:
        index, name = details_of(event).get("index"), name_of(event)
        place = follower.add(event["id"], event["type"], event["previousEventId"], name, index)
        tasks.see(event, place)
    return tasks.found


def _value(text: Any, event: Mapping[str, Any]) -> Any:
    """The value of a payload. Raises Incomplete when it is not JSON."""
    if not isinstance(text, str):
        return text
    try:
        return parse_json(text)
    except (ValueError, RecursionError):
        raise Incomplete(f"the data of event {event.get('id')} is not JSON") from None


def _after(event: Mapping[str, Any], began: datetime) -> int:
    """Microseconds since the start; events of one millisecond keep their order."""
    return (_moment(event["timestamp"]) - began) // timedelta(microseconds=1) + int(event["id"]) - 1


def _moment(value: Any) -> datetime:
    """The CLI prints times as ISO-8601 text, or as seconds since 1970. Raises Incomplete."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise Incomplete(f"{value!r} is not a time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
