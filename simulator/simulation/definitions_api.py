"""ValidateStateMachineDefinition and TestState: definitions without a machine of this world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.asl.diagnostics import diagnose
from simulator.aws.calls import ServiceError
from simulator.aws.models import Models
from simulator.engine.state_test import test_state
from simulator.engine.state_test_error import StateTestError
from simulator.simulation.requests import Action, Answer, Request

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation


class DefinitionsApi:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def actions(self) -> Mapping[str, Action]:
        return {
            "ValidateStateMachineDefinition": self.validate,
            "TestState": self.test_state,
        }

    def validate(self, request: Request) -> Answer:
        return diagnose(
            request["definition"],
            request.get("type", "STANDARD"),
            severity=request.get("severity", "ERROR"),
            most=request.get("maxResults", 0),
        ).answer()

    def test_state(self, request: Request) -> Answer:
        """A Task without a mock runs as it does in this world, and its calls are the world's."""
        simulation = self._simulation
        try:
            return test_state(
                request,
                apis=Models(),
                tasks=simulation.engine.runtime.tasks,
                now=simulation.now,
                seed=simulation.seed,
            )
        except StateTestError as error:
            raise ServiceError(error.code, error.message) from None
