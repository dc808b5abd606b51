"""The attempt record: written before a provider call, so that no call is made twice unawares."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from common.aws import client, error_code, setting

from payment.errors import ProviderOutcomeUnknown

SENT, ANSWERED, NOT_PROCESSED = "SENT", "ANSWERED", "NOT_PROCESSED"


def _key(payment_id: str, key: str) -> dict[str, Any]:
    return {"payment_id": {"S": payment_id}, "idempotency_key": {"S": key}}


def begin(payment_id: str, key: str) -> dict[str, Any] | None:
    """The stored answer when there is one; None when the call may be made now.

    Raises ProviderOutcomeUnknown when the call was made before and nobody knows its answer.
    """
    try:
        client("dynamodb").put_item(
            TableName=setting("ATTEMPTS"),
            Item={
                **_key(payment_id, key),
                "state": {"S": SENT},
                "sent_at": {"S": datetime.now(UTC).isoformat()},
            },
            ConditionExpression="attribute_not_exists(payment_id) OR #state = :not_processed",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":not_processed": {"S": NOT_PROCESSED}},
        )
    except Exception as error:
        if error_code(error) != "ConditionalCheckFailedException":
            raise
        return _answer(payment_id, key)
    return None


def _answer(payment_id: str, key: str) -> dict[str, Any]:
    item = client("dynamodb").get_item(
        TableName=setting("ATTEMPTS"), Key=_key(payment_id, key), ConsistentRead=True
    )["Item"]
    if item["state"]["S"] != ANSWERED:
        raise ProviderOutcomeUnknown("this call was made before, and its answer is not known")
    found: dict[str, Any] = json.loads(item["answer"]["S"])
    return found


def sent_at(payment_id: str, key: str) -> datetime | None:
    item = (
        client("dynamodb")
        .get_item(TableName=setting("ATTEMPTS"), Key=_key(payment_id, key), ConsistentRead=True)
        .get("Item")
    )
    return None if item is None else datetime.fromisoformat(item["sent_at"]["S"])


def _close(payment_id: str, key: str, state: str, answer: dict[str, Any] | None) -> None:
    update, values = "SET #state = :state", {":state": {"S": state}}
    if answer is not None:
        update += ", answer = :answer"
        values[":answer"] = {"S": json.dumps(answer, sort_keys=True)}
    client("dynamodb").update_item(
        TableName=setting("ATTEMPTS"),
        Key=_key(payment_id, key),
        UpdateExpression=update,
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues=values,
    )


def answered(payment_id: str, key: str, answer: dict[str, Any]) -> None:
    _close(payment_id, key, ANSWERED, answer)


def not_processed(payment_id: str, key: str) -> None:
    """The provider did nothing: the same call may be made again under the same key."""
    _close(payment_id, key, NOT_PROCESSED, None)
