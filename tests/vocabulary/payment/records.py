"""Payments, and the messages about them."""

from __future__ import annotations

import json
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


def messages_in(world: World, queue: str) -> list[dict[str, Any]]:
    """The bodies of all messages of one of our queues, also of those that somebody holds now.

    From the calls: reading a queue would take its messages away.
    """
    url = world.resource(queue)
    gone: set[str] = set()
    found: dict[str, dict[str, Any]] = {}
    handles: dict[str, str] = {}
    for call in world.simulation.cloud.calls:
        if call.service != "sqs" or call.parameters.get("QueueUrl") != url or call.error:
            continue
        if call.operation == "SendMessage" and call.result:
            found[call.result["MessageId"]] = json.loads(call.parameters["MessageBody"])
        elif call.operation == "ReceiveMessage" and call.result:
            for message in call.result.get("Messages", ()):
                handles[message["ReceiptHandle"]] = message["MessageId"]
        elif call.operation == "DeleteMessage":
            gone.add(handles.get(call.parameters["ReceiptHandle"], ""))
    return [body for name, body in found.items() if name not in gone]


def published(world: World, topic: str) -> list[dict[str, Any]]:
    """Messages that were published to one of our topics."""
    arn = world.resource(topic)
    return [
        json.loads(call.parameters["Message"])
        for call in world.calls
        if call.name == "sns:Publish" and call.parameters.get("TopicArn") == arn and not call.error
    ]


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
    frame: dict[str, str] = json.loads(data)
    return frame
