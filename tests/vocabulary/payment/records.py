"""Reading the application's tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from tests.vocabulary.payment.provider import FakeProvider

from simulator.scenarios.vocabulary import World

_DESERIALIZE = TypeDeserializer().deserialize
FINAL = frozenset({"COMPLETED", "REJECTED", "DECLINED", "CANCELLED", "REFUNDED", "EXPIRED"})
WAITING = frozenset({"RETRY_SCHEDULED", "AWAITING_CUSTOMER", "AWAITING_RECONCILIATION", "PARKED"})


def provider(world: World) -> FakeProvider:
    found: FakeProvider = world.notes["provider"]
    return found


def items(world: World, logical_id: str) -> list[dict[str, Any]]:
    """Every item of a table as plain values; whole numbers are ints."""
    table = world.resource(logical_id)
    with world.simulation.cloud.calling("scenario"):
        pages = world.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        found = [item for page in pages for item in page["Items"]]
    return [{name: _plain(_DESERIALIZE(value)) for name, value in item.items()} for item in found]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def payments(world: World) -> list[dict[str, Any]]:
    return items(world, "Payments")


def sent(world: World) -> list[dict[str, str]]:
    """Messages that went out: channel, template, text."""
    found = []
    for call in world.calls:
        if call.error is not None or call.result is None:
            continue
        if call.name == "apigatewaymanagementapi:PostToConnection":
            frame = _frame(call.parameters["Data"])
            found.append({"channel": "web", "template": frame["template"], "text": frame["text"]})
        elif call.name == "ses:SendEmail":
            tags = {tag["Name"]: tag["Value"] for tag in call.parameters["Tags"]}
            message = call.parameters["Message"]
            text = f"{message['Subject']['Data']}\n{message['Body']['Text']['Data']}"
            found.append({"channel": "email", "template": tags["template"], "text": text})
    return found


def _frame(data: bytes | str) -> dict[str, str]:
    import json

    frame: dict[str, str] = json.loads(data)
    return frame
