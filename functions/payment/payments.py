"""The payment record: what is known of a payment outside its workflow. Never card data."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from common.aws import error_code, setting

from payment.aws import client, is_condition_failure

FINAL: Final = frozenset({"COMPLETED", "REJECTED", "DECLINED", "CANCELLED", "REFUNDED", "EXPIRED"})
AT_REST: Final = FINAL | {"PARKED"}


def key(payment_id: str) -> dict[str, Any]:
    return {"payment_id": {"S": payment_id}}


def get(payment_id: str) -> dict[str, Any] | None:
    """The item as DynamoDB has it; None when there is no such payment."""
    found = client("dynamodb").get_item(
        TableName=setting("PAYMENTS"), Key=key(payment_id), ConsistentRead=True
    )
    item: dict[str, Any] | None = found.get("Item")
    return item


def status_of(item: dict[str, Any]) -> str:
    return str(item["status"]["S"])


def number(item: dict[str, Any], name: str) -> int:
    """A number of the record; 0 when it is not there."""
    return int(item[name]["N"]) if name in item else 0


def start(name: str, payload: str) -> None:
    """Start a run of the payment workflow, once: a second start under this name changes nothing."""
    try:
        client("stepfunctions").start_execution(
            stateMachineArn=setting("PAYMENT_WORKFLOW"), name=name, input=payload
        )
    except Exception as error:
        # AWS: says so of an ended execution, and of a running one with another input.
        if error_code(error) != "ExecutionAlreadyExists":
            raise


def workflow_input(item: dict[str, Any]) -> dict[str, Any]:
    """What the payment's execution was started with."""
    found: dict[str, Any] = json.loads(item["input"]["S"])
    return found


def create(item: dict[str, Any]) -> None:
    """Once: a payment that is there already has gone its way since."""
    try:
        client("dynamodb").put_item(
            TableName=setting("PAYMENTS"),
            Item=item,
            ConditionExpression="attribute_not_exists(payment_id)",
        )
    except Exception as error:
        if not is_condition_failure(error):
            raise


def wait(payment_id: str, status: str, token: str, due_at: datetime, **more: str) -> None:
    """The payment waits for somebody who will bring the token back. Again is the same."""
    names = {"#status": "status", **{f"#{name}": name for name in more}}
    values = {
        ":status": {"S": status},
        ":entry": {"L": [{"S": status}]},
        ":token": {"S": token},
        ":due": {"S": due_at.isoformat()},
        **{f":{name}": {"S": value} for name, value in more.items()},
    }
    settings = "".join(f", #{name} = :{name}" for name in more)
    try:
        client("dynamodb").update_item(
            TableName=setting("PAYMENTS"),
            Key=key(payment_id),
            UpdateExpression="SET #status = :status, statuses = list_append(statuses, :entry),"
            f" task_token = :token, due_at = :due{settings}",
            ConditionExpression="attribute_not_exists(task_token) OR task_token <> :token",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except Exception as error:
        if not is_condition_failure(error):
            raise


def awaiting_reconciliation(most: int) -> list[str]:
    """Payments of which nobody knows whether money moved; those that have waited longest first."""
    found = client("dynamodb").query(
        TableName=setting("PAYMENTS"),
        IndexName="WaitingPayments",
        KeyConditionExpression="#status = :waiting",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":waiting": {"S": "AWAITING_RECONCILIATION"}},
        Limit=most,
    )
    return [str(item["payment_id"]["S"]) for item in found["Items"]]


def reserve_refund(payment_id: str, refund_id: str, amount: int, captured: int) -> bool:
    """Refunds together never exceed what was captured, whoever asks for them at the same time.

    False when it cannot be, or was before: read the record again to know which.
    """
    try:
        client("dynamodb").update_item(
            TableName=setting("PAYMENTS"),
            Key=key(payment_id),
            UpdateExpression="SET refund_reserved = refund_reserved + :amount, refunds.#id = :amount",
            ConditionExpression="#status = :completed AND refund_reserved <= :limit"
            " AND attribute_not_exists(refunds.#id)",
            ExpressionAttributeNames={"#status": "status", "#id": refund_id},
            ExpressionAttributeValues={
                ":completed": {"S": "COMPLETED"},
                ":amount": {"N": str(amount)},
                ":limit": {"N": str(captured - amount)},
            },
        )
    except Exception as error:
        if is_condition_failure(error):
            return False
        raise
    return True
