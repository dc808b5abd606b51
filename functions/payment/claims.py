"""Claims: a request that is sent again is answered, not done, again.

Powertools' idempotency would take a lost reply to its own write for somebody else's request, and
answer 409 to nobody else than the sender: here the invocation knows its own claim.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from common.aws import setting

from payment.aws import client, is_condition_failure

LIFE: Final = timedelta(days=7)  # longer than any provider keeps our keys
LEASE: Final = timedelta(seconds=45)  # longer than any function here may run


class Reused(Exception):
    """The key came before with another content."""


class InProgress(Exception):
    """Somebody works on this request now."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`answer` is None when the request is ours to do."""

    key: str
    answer: dict[str, Any] | None = None


def claim(key: str, digest: str, owner: str, now: datetime) -> Claim:
    """Raises Reused, InProgress.

    Whoever died while working on it has a lease that ends: then the same request is ours. `owner`
    is this invocation, so that a lost reply to the write does not look like somebody else's claim.
    """
    try:
        client("dynamodb").put_item(
            TableName=setting("IDEMPOTENCY"), **_write(key, digest, owner, now)
        )
    except Exception as error:
        if not is_condition_failure(error):
            raise
        return _found(key, digest, owner)
    return Claim(key)


def _write(key: str, digest: str, owner: str, now: datetime) -> dict[str, Any]:
    return {
        "Item": {
            "request_key": {"S": key},
            "digest": {"S": digest},
            "owner": {"S": owner},
            "leased_until": {"N": str(int((now + LEASE).timestamp()))},
            "expires_at": {"N": str(int((now + LIFE).timestamp()))},
        },
        # The table removes expired items days late: over age counts as absent.
        "ConditionExpression": "attribute_not_exists(request_key) OR expires_at <= :now OR"
        " (attribute_not_exists(answer) AND digest = :digest AND leased_until < :now)",
        "ExpressionAttributeValues": {
            ":now": {"N": str(int(now.timestamp()))},
            ":digest": {"S": digest},
        },
    }


def _found(key: str, digest: str, owner: str) -> Claim:
    item = client("dynamodb").get_item(
        TableName=setting("IDEMPOTENCY"), Key={"request_key": {"S": key}}, ConsistentRead=True
    )["Item"]
    if item["digest"]["S"] != digest:
        raise Reused
    if "answer" in item:
        return Claim(key, json.loads(item["answer"]["S"]))
    if item["owner"]["S"] != owner:
        raise InProgress
    return Claim(key)


def complete(claimed: Claim, answer: dict[str, Any]) -> None:
    client("dynamodb").update_item(
        TableName=setting("IDEMPOTENCY"),
        Key={"request_key": {"S": claimed.key}},
        UpdateExpression="SET answer = :answer",
        ExpressionAttributeValues={":answer": {"S": json.dumps(answer, sort_keys=True)}},
    )


def release(claimed: Claim) -> None:
    """The request was refused: when it comes again it is looked at again."""
    client("dynamodb").delete_item(
        TableName=setting("IDEMPOTENCY"), Key={"request_key": {"S": claimed.key}}
    )
