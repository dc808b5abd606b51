"""The Step Functions API as handlers and SDK integrations call it inside a world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.aws.calls import ApiCall
from simulator.aws.parameters import check_parameters
from simulator.errors import UsageError
from simulator.simulation.activities import ActivitiesApi
from simulator.simulation.definitions_api import DefinitionsApi
from simulator.simulation.executions_api import ExecutionsApi
from simulator.simulation.machines_api import MachinesApi
from simulator.simulation.map_runs_api import MapRunsApi
from simulator.simulation.requests import Action, Answer, check_limits
from simulator.simulation.versions_api import VersionsApi

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation


class StatesApi:
    """Answers as the service does; each group of operations has a module of its own."""

    def __init__(self, simulation: Simulation) -> None:
        groups = (
            MachinesApi,
            VersionsApi,
            ExecutionsApi,
            MapRunsApi,
            ActivitiesApi,
            DefinitionsApi,
        )
        self._actions: Mapping[str, Action] = {
            name: action for group in groups for name, action in group(simulation).actions().items()
        }

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(self._actions)

    def call(self, call: ApiCall) -> Answer:
        """Raises ServiceError with AWS's code, and botocore's error for what boto3 would not send."""
        action = self._actions.get(call.operation)
        if action is None:  # a newer boto3 knows operations that we do not
            raise UsageError(
                f"stepfunctions:{call.operation} (called by {call.caller}) is not supported in a"
                f" simulation; supported: {', '.join(sorted(self._actions))}"
            )
        check_parameters(call.service, call.operation, call.parameters)
        check_limits(call.operation, call.parameters)
        return action(dict(call.parameters))
