"""Payments, and the messages about them."""

from __future__ import annotations

from typing import Any

from simulator.scenarios.vocabulary import World
from tests.vocabulary.payment.provider import FakeProvider
from tests.vocabulary.tables import items

FINAL = frozenset({"COMPLETED", "REJECTED", "DECLINED", "CANCELLED", "REFUNDED", "EXPIRED"})
WAITING = frozenset({"RETRY_SCHEDULED", "AWAITING_CUSTOMER", "AWAITING_RECONCILIATION", "PARKED"})


def provider(world: World) -> FakeProvider:
    found: FakeProvider = world.notes["provider"]
    return found


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
