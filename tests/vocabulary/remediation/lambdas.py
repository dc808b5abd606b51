"""Lambda functions and their aliases before a scenario begins."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from simulator.scenarios.vocabulary import World
from tests.vocabulary.remediation.evaluator import State
from tests.vocabulary.remediation.shapes import parsed, statements


def _function(arn: str) -> str:
    return arn.split(":")[6]


def _alias(arn: str) -> str:
    return ":".join(arn.split(":")[7:])


def create(_world: World, client: Any, resource: Mapping[str, Any]) -> None:
    """An ARN with a name after the function's makes an alias of that name."""
    import boto3
    from moto.iam.models import iam_backends

    arn = resource["arn"]
    account = arn.split(":")[4]
    role = f"arn:aws:iam::{account}:role/lambda"
    if not any(known.arn == role for known in iam_backends[account]["aws"].roles.values()):
        trust = '{"Version": "2012-10-17", "Statement": []}'
        boto3.client("iam").create_role(RoleName="lambda", AssumeRolePolicyDocument=trust)
    client.create_function(
        FunctionName=_function(arn),
        Role=role,
        Runtime="python3.11",
        Handler="app.handler",
        Code={"ZipFile": b"x"},
        Tags=resource.get("tags") or {},
    )
    if _alias(arn):
        version = client.publish_version(FunctionName=_function(arn))["Version"]
        client.create_alias(FunctionName=_function(arn), Name=_alias(arn), FunctionVersion=version)
    write(client, arn, resource.get("policy"))


def read(client: Any, arn: str) -> State:
    client.get_function_configuration(FunctionName=arn)
    try:
        return State(parsed(client.get_policy(FunctionName=arn)["Policy"]))
    except client.exceptions.ResourceNotFoundException:
        return State(None)


def write(_client: Any, arn: str, policy: Any) -> None:
    """As it is: AddPermission of the stand-in would write it otherwise than AWS does."""
    from moto.awslambda.models import lambda_backends

    account, region = arn.split(":")[4], arn.split(":")[3]
    function = lambda_backends[account][region].get_function(arn)
    function.policy.statements = copy.deepcopy(statements(policy))
