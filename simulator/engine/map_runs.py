"""MapRun: one run of a distributed Map, and what its limits say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from simulator.engine.clock import iso
from simulator.engine.redrive import not_redrivable
from simulator.values import Json, compact

if TYPE_CHECKING:
    from simulator.engine.execution import Execution

MapRunStatus: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]
EXCEEDED = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"  # AWS: recorded


@dataclass(slots=True)
class Child:
    """One item or batch: `items` counts what it holds; `run` is None until it has started."""

    value: Json
    items: int
    run: Execution | None = None

    @property
    def succeeded(self) -> bool:
        return self.run is not None and self.run.status == "SUCCEEDED"

    @property
    def redrivable(self) -> bool:
        """AWS: children that cannot be redriven, as all EXPRESS ones, start anew (docs)."""
        return self.run is not None and not_redrivable(self.run) is None

    def watch(self, callback: Callable[[Child], None]) -> None:
        if self.run is not None:
            self.run.done.watch(lambda: callback(self))


@dataclass(slots=True)
class MapRun:
    """`tolerated_count` and `tolerated_percentage` may change while it runs (UpdateMapRun).

    Both None: any failure fails the run. `started` and `stopped` are ticks. `total` counts items,
    `lost` those of children that ended without success; `launched` counts the child executions.
    """

    arn: str
    execution_arn: str
    state_machine_arn: str
    state: str
    label: str
    kind: Literal["STANDARD", "EXPRESS"]
    seed: str
    max_concurrency: int
    tolerated_count: int | None
    tolerated_percentage: float | None
    started: int
    children: list[Child] = field(default_factory=list)
    status: MapRunStatus = "RUNNING"
    stopped: int | None = None
    redrive_count: int = 0
    redriven: int | None = None
    total: int = 0
    lost: int = 0
    launched: int = 0

    def breached(self) -> bool:
        """Are more items lost than tolerated? A percentage of 100 tolerates everything (docs)."""
        if not self.lost:
            return False
        count, share = self.tolerated_count, self.tolerated_percentage
        if count is None and share is None:
            return True
        over_count = count is not None and self.lost > count
        over_share = share is not None and self.lost * 100 > share * self.total
        return over_count or over_share

    def revive(self, now: int) -> None:
        """Back to RUNNING for a redrive, at the instant `now`."""
        self.status = "RUNNING"
        self.stopped = None
        self.lost = 0
        self.redrive_count += 1
        self.redriven = now

    def fill(self, children: Iterable[Child]) -> None:
        self.children = list(children)
        self.total = sum(child.items for child in self.children)

    def counts(self, *, items: bool) -> dict[str, Json]:
        """DescribeMapRun's itemCounts or executionCounts (members recorded)."""
        found = dict.fromkeys(_COUNTED, 0)
        for child in self.children:
            weight = child.items if items else 1
            found["total"] += weight
            member = "pending" if child.run is None else _MEMBER[child.run.status]
            found[member] += weight
            # AWS: counts successes also without a ResultWriter (recorded).
            if member == "succeeded":
                found["resultsWritten"] += weight
        return {**found}

    def describe(self) -> dict[str, Json]:
        """DescribeMapRun's answer; times as ISO-8601 text."""
        answer: dict[str, Json] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "startDate": iso(self.started),
            "maxConcurrency": self.max_concurrency,
            "toleratedFailurePercentage": self.tolerated_percentage or 0.0,
            "toleratedFailureCount": self.tolerated_count or 0,
            "itemCounts": self.counts(items=True),
            "executionCounts": self.counts(items=False),
            "redriveCount": self.redrive_count,
        }
        if self.stopped is not None:
            answer["stopDate"] = iso(self.stopped)
        if self.redriven is not None:
            answer["redriveDate"] = iso(self.redriven)
        return answer


_COUNTED = (
    "pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
)  # fmt: skip
_MEMBER = {
    "RUNNING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
}


def record_of(child: Child) -> dict[str, Json]:
    """A child as result files describe it (docs); one that never started is PENDING."""
    run = child.run
    if run is None:
        return {"Input": compact(child.value), "InputDetails": _INCLUDED, "Status": "PENDING"}
    record: dict[str, Json] = {
        "ExecutionArn": run.arn,
        "Input": compact(child.value),
        "InputDetails": _INCLUDED,
        "Name": run.name,
    }
    if run.status == "SUCCEEDED":
        record |= {"Output": compact(run.output), "OutputDetails": _INCLUDED}
    if run.error is not None:
        record["Error"] = run.error
    if run.cause is not None:
        record["Cause"] = run.cause
    record["RedriveCount"] = run.redrive_count
    reason = not_redrivable(run)
    if reason is None:
        record["RedriveStatus"] = "REDRIVABLE"
    else:
        record |= {"RedriveStatus": "NOT_REDRIVABLE", "RedriveStatusReason": reason}
    record |= {
        "StartDate": iso(run.started),
        "StateMachineArn": run.state_machine_arn,
        "Status": run.status,
    }
    if run.stopped is not None:
        record["StopDate"] = iso(run.stopped)
    return record


_INCLUDED: Json = {"Included": True}


def uuid_of(seed: str) -> str:
    """A version 4 UUID: the same text for the same seed."""
    text = hashlib.sha256(seed.encode()).hexdigest()
    variant = "89ab"[int(text[16], 16) % 4]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"
