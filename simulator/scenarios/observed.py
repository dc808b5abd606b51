"""What a run left behind in the stand-ins: queue depths and alarms."""

from __future__ import annotations

import json
import operator
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.aws.calls import ApiCall
from simulator.scenarios.world import World


def queue_depths(world: World) -> dict[str, int]:
    """Visible messages by queue name, now."""
    found: dict[str, int] = {}
    for _ in world.in_accounts():
        found |= {queue.name: queue.visible for queue in world.simulation.cloud.queues()}
    return found


def watch_queues(world: World) -> None:
    """Keep the greatest depth of every queue: it can only grow when something is sent."""

    def see(call: ApiCall) -> None:
        if (call.service, call.operation.startswith("Send")) == ("sqs", True) or (
            call.service == "sns" and call.operation.startswith("Publish")
        ):
            for name, depth in queue_depths(world).items():
                world.queue_depths_max[name] = max(depth, world.queue_depths_max.get(name, 0))

    world.simulation.cloud.on_call(see)


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric."""

    namespace: str
    metric: str
    dimensions: frozenset[tuple[str, str]]
    value: float
    at: datetime


def alarms_at_some_time(world: World) -> tuple[list[str], set[str]]:
    """Names of all metric alarms, and of those that some points of the run put into ALARM.

    Points: PutMetricData calls, embedded metrics in function logs, AWS/SQS queue depths, and how
    executions ended (AWS/States).
    """
    alarms: list[Any] = []
    for _ in world.in_accounts():
        alarms += world.client("cloudwatch").describe_alarms().get("MetricAlarms", [])
    points = list(_points(world))
    return (
        [alarm["AlarmName"] for alarm in alarms],
        {alarm["AlarmName"] for alarm in alarms if _raised(alarm, points)},
    )


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}


def _raised(alarm: Mapping[str, Any], points: Sequence[Point]) -> bool:
    wanted = frozenset((part["Name"], part["Value"]) for part in alarm.get("Dimensions", []))
    period = int(alarm.get("Period") or 60)
    buckets: dict[int, list[float]] = defaultdict(list)
    for point in points:
        if (point.namespace, point.metric, point.dimensions) == (
            alarm.get("Namespace"),
            alarm.get("MetricName"),
            wanted,
        ):
            buckets[int(point.at.timestamp()) // period].append(point.value)
    statistic: Any = _STATISTICS.get(alarm.get("Statistic", "Sum"), sum)
    compare: Any = _COMPARE.get(alarm["ComparisonOperator"], operator.ge)
    bad = {at for at, values in buckets.items() if compare(statistic(values), alarm["Threshold"])}
    length = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or length)
    return any(sum(at - back in bad for back in range(length)) >= needed for at in bad)


def _points(world: World) -> Iterator[Point]:
    for call in world.calls:
        if (call.service, call.operation) == ("cloudwatch", "PutMetricData") and not call.error:
            for datum in call.parameters.get("MetricData", []):
                dimensions = frozenset(
                    (part["Name"], part["Value"]) for part in datum.get("Dimensions", [])
                )
                values = datum.get("Values") or [datum.get("Value", 0)]
                for value in values:
                    namespace = call.parameters["Namespace"]
                    yield Point(namespace, datum["MetricName"], dimensions, float(value), call.at)
    for invocation in world.simulation.lambdas.invocations:
        for line in invocation.logs.splitlines():
            yield from _embedded(line, invocation.at)
    yield from _executions(world)
    now = world.now
    for name, depth in world.queue_depths_max.items():
        place = frozenset({("QueueName", name)})
        yield Point("AWS/SQS", "ApproximateNumberOfMessagesVisible", place, float(depth), now)


_ENDED: Mapping[str, str] = {
    "ABORTED": "ExecutionsAborted",
    "FAILED": "ExecutionsFailed",
    "SUCCEEDED": "ExecutionsSucceeded",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def _executions(world: World) -> Iterator[Point]:
    for run in world.executions:
        if run.stopped_at is not None and run.status in _ENDED:
            place = frozenset({("StateMachineArn", run.state_machine_arn)})
            yield Point("AWS/States", _ENDED[run.status], place, 1.0, run.stopped_at)


def _embedded(line: str, at: datetime) -> Iterator[Point]:
    """The embedded metric format: a JSON line whose `_aws` names its metrics."""
    start = line.find("{")
    if start < 0 or '"_aws"' not in line:
        return
    try:
        entry = json.loads(line[start:])
    except ValueError:
        return
    for metrics in entry.get("_aws", {}).get("CloudWatchMetrics", []):
        for names in metrics.get("Dimensions") or [[]]:
            dimensions = frozenset((name, str(entry.get(name))) for name in names)
            for metric in metrics.get("Metrics", []):
                written = entry.get(metric["Name"])
                for value in written if isinstance(written, list) else [written]:
                    if isinstance(value, int | float):
                        yield Point(
                            metrics["Namespace"], metric["Name"], dimensions, float(value), at
                        )
