"""Every 15 minutes: what is over age leaves the card caches, and what could not be purged before.

The count is the evidence that nothing over age is kept (PCI DSS 3.2.1); the tables' own expiry is
late and only the last resort.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from common.aws import setting
from common.logs import log

from payment import metrics, vault
from payment.aws import client, is_condition_failure, task

RUNS: Final = "CardSweeps"
FAILED: Final = "CardSweepFailed"


@task
def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{"cards": removed, "codes": removed, "purged": payments cleared after all, "failed": count}."""
    now = int(datetime.now(UTC).timestamp())
    counts = {"cards": 0, "codes": 0, "purged": 0, "failed": 0}
    for name, table in (("cards", "CARD_CACHE"), ("codes", "SAD_CACHE")):
        for payment_id in _over_age(setting(table), now):
            counts[name if _remove(setting(table), payment_id, now) else "failed"] += 1
    for message in _unpurged():
        counts["purged" if _purge(message) else "failed"] += 1
    for name, count in sorted(counts.items()):
        log("swept", operation=name, count=count)
    metrics.count(RUNS)
    if counts["failed"]:
        metrics.count(FAILED)
    return counts


def _over_age(table: str, now: int) -> Iterator[str]:
    start: dict[str, Any] = {}
    while True:
        page = client("dynamodb").scan(
            TableName=table,
            FilterExpression="expires_at <= :now",
            ExpressionAttributeValues={":now": {"N": str(now)}},
            ProjectionExpression="payment_id",  # never the ciphertext
            ConsistentRead=True,
            **start,
        )
        yield from (item["payment_id"]["S"] for item in page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _remove(table: str, payment_id: str, now: int) -> bool:
    try:
        client("dynamodb").delete_item(
            TableName=table,
            Key={"payment_id": {"S": payment_id}},
            ConditionExpression="expires_at <= :now",
            ExpressionAttributeValues={":now": {"N": str(now)}},
        )
    except Exception as error:  # noqa: BLE001 - the others are still swept; the count tells
        return is_condition_failure(error)
    return True


def _unpurged() -> Iterator[dict[str, Any]]:
    """Each once: what fails again stays invisible until a later run."""
    while True:
        batch = client("sqs").receive_message(
            QueueUrl=setting("CLEANUP_QUEUE"), MaxNumberOfMessages=10
        )
        messages = batch.get("Messages") or []
        if not messages:
            return
        yield from messages


def _purge(message: dict[str, Any]) -> bool:
    try:
        vault.delete(str(json.loads(message["Body"])["payment_id"]))
    except Exception as error:  # noqa: BLE001 - the message comes back; the count tells
        log("purge_failed", code=type(error).__name__)
        return False
    client("sqs").delete_message(
        QueueUrl=setting("CLEANUP_QUEUE"), ReceiptHandle=message["ReceiptHandle"]
    )
    return True
