"""ExecutionLogs: what executions write to the log groups of their machines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.aws import log_groups
from simulator.aws.calls import ApiCall
from simulator.engine.execution import Execution
from simulator.engine.logs import log_records
from simulator.values import compact

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation


@dataclass(slots=True)
class _Watched:
    """One execution; events up to the id `written` are in its stream."""

    run: Execution
    level: str
    data: bool
    group: str
    stream: str
    written: int = 0


class ExecutionLogs:
    """Written when somebody looks: before any call of CloudWatch Logs in this world.

    AWS: delivery is best effort and may be late (docs); here everything is there at once.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._watched: dict[str, _Watched] = {}

    def install(self) -> None:
        self._simulation.cloud.guard("logs", "*", self._before)

    def exists(self, group_arn: str) -> bool:
        """Is there the log group of a destination's ARN, which ends in `:*`?"""
        name = group_of(group_arn)
        return name is not None and log_groups.group_exists(self._simulation.cloud, name)

    def watch(self, run: Execution, config: Mapping[str, Any]) -> None:
        """From now on, by the configuration that the machine has now."""
        level = config.get("level", "OFF")
        destinations = config.get("destinations") or ()
        if level == "OFF" or not destinations:
            return
        group = group_of(destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", ""))
        if group is None:
            return
        digest = hashlib.sha256(run.arn.encode()).hexdigest()[:8]
        machine = run.workflow.partition("/")[0]
        stream = f"states/{machine}/{run.started_at:%Y-%m-%d-%H-%M}/{digest}"  # guess, but its head
        data = bool(config.get("includeExecutionData"))
        self._watched[run.arn] = _Watched(run, level, data, group, stream)

    def _before(self, call: ApiCall) -> None:  # noqa: ARG002 - a guard
        self.flush()

    def flush(self) -> None:
        """Write what has happened since the last time."""
        for watched in [*self._watched.values()]:
            self._flush(watched)

    def _flush(self, watched: _Watched) -> None:
        run = watched.run
        records = log_records(
            run.history, run.arn, watched.level, data=watched.data, after=watched.written
        )
        events = [(event.at, compact(record)) for event, record in records]
        watched.written = run.event_count
        cloud = self._simulation.cloud
        if events and log_groups.group_exists(cloud, watched.group):
            log_groups.append(cloud, watched.group, watched.stream, events)
        for map_run in run.map_runs:
            for child in map_run.children:
                if child.run is not None:
                    self._flush(self._child_of(watched, child.run))

    def _child_of(self, watched: _Watched, child: Execution) -> _Watched:
        """The children of a distributed Map log where their parent does."""
        known = self._watched.get(child.arn)
        if known is None:
            digest = hashlib.sha256(child.arn.encode()).hexdigest()[:8]
            stream = f"{watched.stream.rpartition('/')[0]}/{digest}"
            known = _Watched(child, watched.level, watched.data, watched.group, stream)
            self._watched[child.arn] = known
        return known


def group_of(arn: str) -> str | None:
    """The name in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`; None for anything else."""
    parts = arn.split(":")
    if len(parts) == 8 and parts[2] == "logs" and parts[5] == "log-group" and parts[7] == "*":
        return parts[6]
    return None
