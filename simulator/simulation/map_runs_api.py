"""Map Runs: list, describe, update. Shapes recorded; texts of refusals are guesses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.aws.calls import ServiceError
from simulator.engine.clock import moment_of
from simulator.simulation.requests import (
    Action,
    Answer,
    Request,
    check_kind,
    invalid,
    page,
)

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation


class MapRunsApi:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def actions(self) -> Mapping[str, Action]:
        return {
            "ListMapRuns": self.list,
            "DescribeMapRun": self.describe,
            "UpdateMapRun": self.update,
        }

    def list(self, request: Request) -> Answer:
        """Of one execution, the newest first (guess)."""
        arn = request["executionArn"]
        check_kind(arn, "execution")
        run = self._simulation.execution(arn)
        if run is None:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        found = [
            {
                "executionArn": map_run.execution_arn,
                "mapRunArn": map_run.arn,
                "stateMachineArn": map_run.state_machine_arn,
                "startDate": moment_of(map_run.started),
                **({} if map_run.stopped is None else {"stopDate": moment_of(map_run.stopped)}),
            }
            for map_run in reversed(run.map_runs)
        ]
        return page("mapRuns", found, request)

    def describe(self, request: Request) -> Answer:
        map_run = self._simulation.map_run(request["mapRunArn"])
        dates = {
            "startDate": map_run.started,
            "stopDate": map_run.stopped,
            "redriveDate": map_run.redriven,
        }
        moments = {name: moment_of(at) for name, at in dates.items() if at is not None}
        return {**map_run.describe(), **moments}

    def update(self, request: Request) -> Answer:
        """While it runs: concurrency and tolerated failures; what is not given stays."""
        map_run = self._simulation.map_run(request["mapRunArn"])
        if map_run.status != "RUNNING":
            raise invalid(f"Map Run is {map_run.status} and cannot be updated: '{map_run.arn}'")
        share = request.get("toleratedFailurePercentage")
        if share is not None and not 0 <= share <= 100:
            raise invalid("toleratedFailurePercentage must be between 0 and 100")
        if "maxConcurrency" in request:
            limit = self._simulation.engine.runtime.limits.distributed_map_concurrency
            map_run.max_concurrency = min(request["maxConcurrency"] or limit, limit)
        if "toleratedFailureCount" in request:
            map_run.tolerated_count = request["toleratedFailureCount"]
        if share is not None:
            map_run.tolerated_percentage = share
        return {}
