"""SNS as an event source: the event a subscribed function gets, and what a filter policy reads."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from simulator.values import Json, parse_json


def sns_event(
    entry: Mapping[str, Any], topic_arn: str, subscription: str, message_id: str, now: datetime
) -> Json:
    """Lambda's event for one message; `entry` has the parameters of Publish (docs)."""
    at = now.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    attributes: dict[str, Json] = {
        name: {"Type": value.get("DataType", "String"), "Value": _value(value)}
        for name, value in (entry.get("MessageAttributes") or {}).items()
    }
    message: dict[str, Json] = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic_arn,
        "Subject": entry.get("Subject"),
        "Message": message_of(entry),
        "Timestamp": at,
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertUrl": "EXAMPLE",
        "UnsubscribeUrl": "EXAMPLE",
        "MessageAttributes": attributes,
    }
    record: dict[str, Json] = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": message,
    }
    return {"Records": [record]}


def message_of(entry: Mapping[str, Any]) -> str:
    """AWS: with MessageStructure json, each protocol has its own text beside the default (docs)."""
    text = str(entry.get("Message", ""))
    if entry.get("MessageStructure") != "json":
        return text
    texts = parse_json(text)
    return str(texts.get("lambda", texts.get("default", ""))) if isinstance(texts, dict) else text


def _value(attribute: Mapping[str, Any]) -> str:
    binary = attribute.get("BinaryValue")
    if binary is not None:
        raw = binary if isinstance(binary, bytes) else str(binary).encode()
        return base64.b64encode(raw).decode("ascii")
    return str(attribute.get("StringValue", ""))


def filtered_value(entry: Mapping[str, Any], *, body: bool) -> Json:
    """What a filter policy is held against: the message's JSON, or its attributes (docs)."""
    if body:
        try:
            return parse_json(message_of(entry))
        except ValueError:
            return None
    found: dict[str, Json] = {}
    for name, attribute in (entry.get("MessageAttributes") or {}).items():
        kind, text = attribute.get("DataType", "String"), str(attribute.get("StringValue", ""))
        if kind.startswith(("Number", "String.Array")):
            try:
                found[name] = parse_json(text)
            except ValueError:
                continue  # AWS: an attribute that cannot be read matches nothing
        elif not kind.startswith("Binary"):
            found[name] = text
    return found
