"""The attempt record: written before a provider call, so that no call is made twice unawares."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from common.aws import setting

from payment.aws import client, is_condition_failure
from payment.errors import ProviderOutcomeUnknown

SENT, ANSWERED, NOT_PROCESSED = "SENT", "ANSWERED", "NOT_PROCESSED"


def _key(payment_id: str, key: str) -> dict[str, Any]:
    return {"payment_id": {"S": payment_id}, "idempotency_key": {"S": key}}


def begin(payment_id: str, key: str, owner: str) -> dict[str, Any] | None:
    """The stored answer when there is one; None when the call may be made now.

    Raises ProviderOutcomeUnknown when the call was made before and nobody knows its answer.
    `owner` is this invocation: a reply that was lost must not look like another one's call.
    """
    try:
        client("dynamodb").put_item(
            TableName=setting("ATTEMPTS"),
            Item={
                **_key(payment_id, key),
                "state": {"S": SENT},
                "owner": {"S": owner},
                "sent_at": {"S": datetime.now(UTC).isoformat()},
            },
            ConditionExpression="attribute_not_exists(payment_id) OR #state = :not_processed",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":not_processed": {"S": NOT_PROCESSED}},
        )
    except Exception as error:
        if not is_condition_failure(error):
            raise
        return _answer(payment_id, key, owner)
    return None


def get(payment_id: str, key: str) -> dict[str, Any] | None:
    found = client("dynamodb").get_item(
        TableName=setting("ATTEMPTS"), Key=_key(payment_id, key), ConsistentRead=True
    )
    item: dict[str, Any] | None = found.get("Item")
    return item


def _answer(payment_id: str, key: str, owner: str) -> dict[str, Any] | None:
    item = get(payment_id, key)
    if item is not None and item["state"]["S"] == ANSWERED:
        found: dict[str, Any] = json.loads(item["answer"]["S"])
        return found
    if item is not None and item["state"]["S"] == SENT and item["owner"]["S"] == owner:
        return None
    raise ProviderOutcomeUnknown("this call was made before, and its answer is not known")


def sent_at(payment_id: str, key: str) -> datetime | None:
    item = get(payment_id, key)
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
