"""One execution at a time works on a resource: IAM has no conditional write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.aws import client, error_code, setting

from remediation.errors import (
    LockedToAllow,
    LockedToRestore,
    ReleasedToArchive,
    ReleasedToClose,
    ReleasedToEscalate,
    ReleasedToFail,
    ReleasedToPlanned,
    ResourceLocked,
)

LEASE: Final = timedelta(minutes=10)
# The workflow has one state to take the lock and one to release it: where it goes from there is an
# error unless it is the main way.
_ACQUIRED: Final = {"allow": LockedToAllow, "restore": LockedToRestore}
_RELEASED: Final = {
    "archive": ReleasedToArchive,
    "close": ReleasedToClose,
    "escalate": ReleasedToEscalate,
    "fail": ReleasedToFail,
    "planned": ReleasedToPlanned,
}


def acquire(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{resource_arn, owner, purpose}. The owner may take it again; a lease that ran out is free.

    Raises ResourceLocked; LockedToAllow or LockedToRestore by purpose.
    """
    now = datetime.now(UTC)
    try:
        client("dynamodb").put_item(
            TableName=setting("LOCKS"),
            Item={
                "resource_arn": {"S": event["resource_arn"]},
                "owner": {"S": event["owner"]},
                "leased_until": {"N": str(int((now + LEASE).timestamp()))},
            },
            ConditionExpression="attribute_not_exists(resource_arn) OR #owner = :me OR leased_until < :now",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={
                ":me": {"S": event["owner"]},
                ":now": {"N": str(int(now.timestamp()))},
            },
        )
    except Exception as error:
        if error_code(error) == "ConditionalCheckFailedException":
            raise ResourceLocked(event["resource_arn"]) from None
        raise
    way = _ACQUIRED.get(event["purpose"])
    if way is not None:
        raise way(event["purpose"])
    return {"locked": True}


def release(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{resource_arn, owner, then}. Somebody else's lock is left alone.

    Raises ReleasedToArchive, ReleasedToClose, ReleasedToEscalate, ReleasedToFail or
    ReleasedToPlanned by `then`.
    """
    try:
        client("dynamodb").delete_item(
            TableName=setting("LOCKS"),
            Key={"resource_arn": {"S": event["resource_arn"]}},
            ConditionExpression="attribute_not_exists(resource_arn) OR #owner = :me",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":me": {"S": event["owner"]}},
        )
    except Exception as error:
        if error_code(error) != "ConditionalCheckFailedException":
            raise
    way = _RELEASED.get(event["then"])
    if way is not None:
        raise way(event["then"])
    return {"locked": False}
