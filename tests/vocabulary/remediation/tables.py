"""DynamoDB tables and streams before a scenario begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.scenarios.vocabulary import World
from tests.vocabulary.remediation.evaluator import State
from tests.vocabulary.remediation.shapes import pairs, parsed


def _table(arn: str) -> str:
    return arn.partition(":table/")[2].partition("/")[0]


def create(_world: World, dynamodb: Any, resource: Mapping[str, Any]) -> None:
    """A stream's ARN makes its table with a stream of that label."""
    from moto.dynamodb.models import dynamodb_backends

    name, label = _table(resource["arn"]), resource["arn"].partition("/stream/")[2]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    dynamodb.create_table(
        TableName=name,
        **({"StreamSpecification": stream} if label else {}),
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=pairs(resource),
    )
    if label:
        account, region = resource["arn"].split(":")[4], dynamodb.meta.region_name
        table = dynamodb_backends[account][region].tables[name]
        table.latest_stream_label = label  # the stand-in draws its own
    if resource.get("policy"):
        write(dynamodb, resource["arn"], resource["policy"])


def read(dynamodb: Any, arn: str) -> State:
    dynamodb.describe_table(TableName=_table(arn))
    try:
        return State(parsed(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]))
    except dynamodb.exceptions.PolicyNotFoundException:
        return State(None)


def write(dynamodb: Any, arn: str, policy: Any) -> None:
    if policy is None:
        dynamodb.delete_resource_policy(ResourceArn=arn)
    else:
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))
