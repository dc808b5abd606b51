"""An execution's history as Step Functions writes it to CloudWatch Logs.

Shape and levels: recorded and documented, facts in the service's guide to logging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from simulator.engine.clock import ticks_of
from simulator.engine.history import HistoryEvent
from simulator.values import Json, compact

Level: TypeAlias = Literal["ALL", "ERROR", "FATAL", "OFF"]

PAYLOAD_BYTES: Final = 248 * 1024  # docs: of one text, once it is escaped
FATAL: Final = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
ERROR: Final = FATAL | {
    "FailStateEntered",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed",
    "LambdaFunctionTimedOut",
    "MapIterationAborted",
    "MapIterationFailed",
    "MapRunAborted",
    "MapRunFailed",
    "MapStateAborted",
    "MapStateFailed",
    "ParallelStateAborted",
    "ParallelStateFailed",
    "TaskFailed",
    "TaskStartFailed",
    "TaskStateAborted",
    "TaskSubmitFailed",
    "TaskTimedOut",
    "WaitStateAborted",
}
# Each payload and the member that says whether it was cut. Parameters have none.
_PAYLOADS: Final = {"input": "inputDetails", "output": "outputDetails", "parameters": ""}
# What `includeExecutionData: false` leaves out; the last two are guesses.
_DATA: Final = frozenset(
    {
        *_PAYLOADS,
        "inputDetails",
        "outputDetails",
        "assignedVariables",
        "assignedVariablesDetails",
    }
)


def is_logged(kind: str, level: str) -> bool:
    """Is an event of this type written at this level?"""
    if level == "ALL":
        return True
    return kind in {"ERROR": ERROR, "FATAL": FATAL}.get(level, frozenset())


def without_data(details: Mapping[str, Json]) -> dict[str, Json]:
    """Details without what the states worked on; names, roles, errors and causes stay (recorded)."""
    return {name: value for name, value in details.items() if name not in _DATA}


def log_records(
    history: Sequence[HistoryEvent],
    execution: str,
    level: str,
    *,
    data: bool,
    after: int = 0,
) -> Iterator[tuple[HistoryEvent, dict[str, Json]]]:
    """The records of the events with an id over `after`, each with its event.

    Everything but the details is text: ids, times in milliseconds, the count of redrives.
    """
    redrives = 0
    for event in history:
        redrives += event.type == "ExecutionRedriven"
        if event.id <= after or not is_logged(event.type, level):
            continue
        details = _cut(event.details) if data else without_data(event.details)
        yield (
            event,
            {
                "id": str(event.id),
                "type": event.type,
                "details": details,
                "previous_event_id": str(event.previous),
                "event_timestamp": str(ticks_of(event.at) // 1000),
                "execution_arn": execution,
                "redrive_count": str(redrives),
            },
        )


def _cut(details: Mapping[str, Json]) -> dict[str, Json]:
    """Long payloads are cut, and their details say so."""
    found = dict(details)
    for name, member in _PAYLOADS.items():
        text = found.get(name)
        if isinstance(text, str) and len(text) * 6 > PAYLOAD_BYTES:
            shortened = _shortened(text)
            if shortened != text:
                found[name] = shortened
                if member:
                    found[member] = {"truncated": True}
    return found


def _shortened(text: str) -> str:
    """The longest beginning whose JSON text has at most PAYLOAD_BYTES bytes."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(compact(text[:middle]).encode("utf-8", "surrogatepass")) - 2 <= PAYLOAD_BYTES:
            low = middle
        else:
            high = middle - 1
    return text[:low]
