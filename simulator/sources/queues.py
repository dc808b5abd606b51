"""SQS as an event source: the event a function gets, and what its answer says of each message."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.events.patterns import Pattern
from simulator.values import Json, parse_json


def sqs_event(messages: Sequence[Mapping[str, Any]], queue_arn: str, region: str) -> Json:
    """Lambda's event for messages as boto3's receive_message gives them."""
    return {"Records": [_record(message, queue_arn, region) for message in messages]}


def _record(message: Mapping[str, Any], queue_arn: str, region: str) -> Json:
    record: dict[str, Json] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes") or {}),
        "messageAttributes": {
            name: _attribute(value)
            for name, value in (message.get("MessageAttributes") or {}).items()
        },
    }
    if message.get("MD5OfMessageAttributes"):
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    record["md5OfBody"] = message.get("MD5OfBody", "")
    record["eventSource"] = "aws:sqs"
    record["eventSourceARN"] = queue_arn
    record["awsRegion"] = region
    return record


def _attribute(value: Mapping[str, Any]) -> Json:
    attribute: dict[str, Json] = {}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        binary = value["BinaryValue"]
        raw = binary if isinstance(binary, bytes) else str(binary).encode()
        attribute["binaryValue"] = base64.b64encode(raw).decode("ascii")
    attribute["stringListValues"] = []
    attribute["binaryListValues"] = []
    attribute["dataType"] = value.get("DataType", "String")
    return attribute


def wants(filters: Sequence[Pattern], message: Mapping[str, Any]) -> bool:
    """Does one of the source's filters want this message? AWS: a JSON body is read as such (docs)."""
    if not filters:
        return True
    body: Json = message["Body"]
    try:
        parsed = parse_json(message["Body"])
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        body = parsed
    return any(pattern.matches({"body": body}) for pattern in filters)


def failed_message_ids(result: Json, ids: Sequence[str]) -> list[str]:
    """Which messages come back to the queue, in the batch's order.

    AWS: no answer, null, {} and an empty or null list mean that all succeeded; an answer that
    cannot be read, an empty or unknown id mean that all failed (docs).
    """
    if result is None:
        return []
    if not isinstance(result, dict):
        return list(ids)
    failures = result.get("batchItemFailures")
    if failures is None:
        return []
    if not isinstance(failures, list):
        return list(ids)
    named: set[str] = set()
    for item in failures:
        identity = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(identity, str) or identity not in ids:
            return list(ids)
        named.add(identity)
    return [identity for identity in ids if identity in named]
