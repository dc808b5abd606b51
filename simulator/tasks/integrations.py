"""Which runner does the work of which integration."""

from __future__ import annotations

from simulator.engine.ports import TaskRunner
from simulator.tasks.credentials import Credentialed
from simulator.tasks.http import ApiGatewayTasks, HttpTasks
from simulator.tasks.jobs import Jobs
from simulator.tasks.services import Services
from simulator.tasks.world import World


def integration_runners(
    world: World, lambdas: TaskRunner, nested: TaskRunner
) -> list[tuple[str, TaskRunner]]:
    """Patterns for Mounts, the most precise first; each sees the calls whose role may be assumed."""
    services = Services(world.cloud)
    found: list[tuple[str, TaskRunner]] = [
        ("arn:*:lambda:*", lambdas),
        ("arn:*:states:::lambda:invoke*", lambdas),
        ("arn:*:states:::states:startExecution*", nested),
        ("arn:*:states:::http:invoke", HttpTasks(world)),
        ("arn:*:states:::apigateway:invoke*", ApiGatewayTasks(world)),
        ("arn:*:states:::*.sync*", Jobs(world, services)),
        ("arn:*:states:::*", services),
    ]
    return [(pattern, Credentialed(world, runner)) for pattern, runner in found]
