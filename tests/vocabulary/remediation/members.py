"""Member accounts as stacks/member.yaml makes them: the role that the workflow assumes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simulator.project.resources import CREATORS
from simulator.project.template import Template
from simulator.scenarios.vocabulary import World
from tests.vocabulary.remediation.resources import owner_of

STACK = Path(__file__).parents[3] / "stacks" / "member.yaml"


def prepare(world: World, accounts: Iterable[str]) -> None:
    """Deploys the stack where the scenario's resources are, in accounts other than ours."""
    project, cloud = world.simulation.project, world.simulation.cloud
    given: Any = world.scenario.given.get("resources") or []
    owners = {owner_of(world, resource["arn"]) for resource in given}
    for account in sorted(owners.intersection(accounts) - {project.account}):
        parameters = {"RemediationAccount": project.account, "RemediationStack": project.name}
        template = Template.read(STACK, parameters, account, project.region)
        with cloud.calling("scenario"), cloud.inside(account):
            for role in template.of_type("AWS::IAM::Role"):
                CREATORS[role.type](role, cloud)
