"""How often one card was tried lately: by its keyed fingerprint, in a table without any digits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from common.aws import setting

from payment.aws import client, is_condition_failure

WINDOW: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=1)


def note(payment_id: str, fingerprint: str, now: datetime) -> None:
    """One attempt a payment, however often this is called for it."""
    dynamodb, table = client("dynamodb"), setting("VELOCITY")
    expires = {"N": str(int((now + KEPT).timestamp()))}
    own = {
        **_own(payment_id),
        "fingerprint": {"S": fingerprint},
        "noted_at": {"S": _moment(now)},
        "expires_at": expires,
    }
    try:
        dynamodb.put_item(
            TableName=table, Item=own, ConditionExpression="attribute_not_exists(subject)"
        )
    except Exception as error:
        if not is_condition_failure(error):
            raise
        # An earlier try of this request: its instant counts, so that there is one row for it.
        own = dynamodb.get_item(TableName=table, Key=_own(payment_id), ConsistentRead=True)["Item"]
    dynamodb.put_item(
        TableName=table,
        Item={
            "subject": own["fingerprint"],
            "moment": {"S": f"{own['noted_at']['S']}#{payment_id}"},
            "expires_at": expires,
        },
    )


def _own(payment_id: str) -> dict[str, Any]:
    return {"subject": {"S": payment_id}, "moment": {"S": "fingerprint"}}


def attempts(payment_id: str) -> int:
    """Payments tried with the same card in the hour that ends with this one, itself included."""
    dynamodb, table = client("dynamodb"), setting("VELOCITY")
    found = dynamodb.get_item(TableName=table, Key=_own(payment_id), ConsistentRead=True)
    own = found.get("Item")
    if own is None:
        return 0
    noted = datetime.fromisoformat(own["noted_at"]["S"])
    count = 0
    more: dict[str, Any] = {}
    while True:
        page = dynamodb.query(
            TableName=table,
            KeyConditionExpression="subject = :card AND moment BETWEEN :from AND :to",
            ExpressionAttributeValues={
                ":card": own["fingerprint"],
                ":from": {"S": _moment(noted - WINDOW)},
                # "$" comes after "#": all payments of that instant are in.
                ":to": {"S": f"{_moment(noted)}$"},
            },
            ConsistentRead=True,
            Select="COUNT",
            **more,
        )
        count += int(page["Count"])
        if "LastEvaluatedKey" not in page:
            return count
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
