"""World: what fixtures, steps, probes and invariants see of one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.scenarios.channels import OUTSIDE, Channel, channels
from simulator.scenarios.scenario import Scenario

if TYPE_CHECKING:  # reading a scenario must not load the AWS stand-ins
    from simulator.aws.calls import ApiCall
    from simulator.engine.execution import Execution
    from simulator.simulation.world import Simulation
    from simulator.sources.http import HttpResponse

# Calls by this name are ours: they set up or look, and are no part of what the project does.
OBSERVER = OUTSIDE


@dataclass(slots=True)
class World:
    """One scenario and its simulation. `notes` is the application's own memory for this run.

    `workflow` is the project's name of the scenario's workflow, None when it names none.
    `answers` are the responses to the scenario's own `http` steps, in their order; `too_late` says
    which steps answered a task that was over.
    """

    simulation: Simulation
    scenario: Scenario
    workflow: str | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, HttpResponse] = field(default_factory=dict)
    queue_depths_max: dict[str, int] = field(default_factory=dict)
    too_late: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.simulation.now

    @property
    def calls(self) -> list[ApiCall]:
        """The AWS calls of handlers and states, without those of the vocabulary itself."""
        return [call for call in self.simulation.cloud.calls if call.caller != OBSERVER]

    @property
    def responses(self) -> Sequence[HttpResponse]:
        return self.simulation.responses

    @property
    def executions(self) -> list[Execution]:
        return list(self.simulation.executions)

    def own_executions(self) -> list[Execution]:
        """Those of the scenario's workflow; all when it names none."""
        if self.workflow is None:
            return self.executions
        return [run for run in self.simulation.executions if run.workflow == self.workflow]

    def client(self, service: str) -> Any:
        """A boto3 client of the world's stand-ins."""
        return self.simulation.cloud.client(service)

    def in_accounts(self) -> Iterator[str]:
        """Every account of the project in turn: inside the loop, clients reach it unobserved."""
        accounts = dict.fromkeys(part.account for part in self.simulation.project.parts)
        for account in accounts:
            with self.simulation.cloud.inside(account), self.simulation.cloud.calling(OBSERVER):
                yield account

    def environment(self, name: str, value: str) -> None:
        """Set a variable for every function; before the first step."""
        self.simulation.lambdas.environment[name] = value

    def resource(self, logical_id: str) -> str:
        """The physical id. UsageError when the template has no such resource."""
        return self.simulation.resource(logical_id)

    def channels(self) -> Iterator[Channel]:
        """Everything that came out of the run, as texts."""
        return channels(self.simulation)
