"""Resources that exist before a scenario begins, and what their policies are now."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from simulator.errors import UsageError
from simulator.scenarios.vocabulary import World

Policy = dict[str, Any]


def create(world: World, resource: Mapping[str, Any]) -> None:
    """UsageError for types that no scenario needs yet."""
    if resource["type"] != "AWS::IAM::Role":
        raise UsageError(f"the vocabulary cannot create resources of {resource['type']} yet")
    if f":{world.simulation.project.account}:" not in resource["arn"]:
        raise UsageError(
            f"the vocabulary cannot create {resource['arn']}: it is in another account"
        )
    with world.simulation.cloud.calling("scenario"):
        world.client("iam").create_role(
            RoleName=resource["name"],
            Path=resource.get("path", "/"),
            AssumeRolePolicyDocument=json.dumps(resource["trust_policy"]),
            Tags=[{"Key": key, "Value": value} for key, value in resource.get("tags", {}).items()],
        )
    originals(world)[resource["arn"]] = copy.deepcopy(resource["trust_policy"])


def originals(world: World) -> dict[str, Policy]:
    """The policies before the first step, by ARN."""
    found: dict[str, Policy] = world.notes.setdefault("originals", {})
    return found


def policy_of(world: World, arn: str) -> Policy | None:
    """None when the resource does not exist."""
    iam = world.client("iam")
    with world.simulation.cloud.calling("scenario"):
        try:
            role = iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
    policy: Policy = role["AssumeRolePolicyDocument"]
    return policy


def restore(world: World, arn: str) -> None:
    """Somebody outside the workflow puts the first policy back."""
    with world.simulation.cloud.calling("scenario"):
        world.client("iam").update_assume_role_policy(
            RoleName=arn.rpartition("/")[2], PolicyDocument=json.dumps(originals(world)[arn])
        )


def statements(policy: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    found = [] if policy is None else policy["Statement"]
    return found if isinstance(found, list) else [found]


def added(world: World) -> list[dict[str, Any]]:
    """Statements that were not there before, over all resources of the scenario."""
    return [
        statement
        for arn, original in originals(world).items()
        for statement in statements(policy_of(world, arn))
        if statement not in statements(original)
    ]
