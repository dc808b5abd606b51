"""Double entry, append only: one transaction a business event, written once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from common.aws import error_code, setting

from payment import payments
from payment.aws import client, task


def capture_entries(amount: int, fee: int, currency: str) -> list[dict[str, Any]]:
    """Accounts and amounts of a capture; they sum to zero."""
    return [
        {"account": "psp_receivable", "amount": amount - fee, "currency": currency},
        {"account": "fee_expense", "amount": fee, "currency": currency},
        {"account": "sales", "amount": -amount, "currency": currency},
    ]


def refund_entries(amount: int, currency: str) -> list[dict[str, Any]]:
    """Accounts and amounts of a refund; they sum to zero. The fee stays paid."""
    return [
        {"account": "refunds", "amount": amount, "currency": currency},
        {"account": "psp_receivable", "amount": -amount, "currency": currency},
    ]


@task
def capture(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Writing the same event again changes nothing."""
    amount, payment_id = event["amount"], event["payment_id"]
    entries = capture_entries(amount["value"], event["fee"], amount["currency"])
    _post(payment_id, f"{payment_id}:capture", entries, {"captured": amount["value"]})
    return {"entries": len(entries)}


@task
def reversal(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Books a refund and says whether anything of the payment is left."""
    amount, payment_id = event["amount"], event["payment_id"]
    entries = refund_entries(amount["value"], amount["currency"])
    transaction = f"{payment_id}:refund:{event['refund_id']}"
    _post(payment_id, transaction, entries, {"refunded": amount["value"]})
    item = payments.get(payment_id) or {}
    left = payments.number(item, "captured") - payments.number(item, "refunded")
    return {"entries": len(entries), "left": left}


def _post(
    payment_id: str, transaction: str, entries: list[dict[str, Any]], totals: dict[str, int]
) -> None:
    """The entries, and the payment's own totals with them: both or neither, once."""
    adds = ", ".join(f"{name} :{name}" for name in totals)
    total = {
        "TableName": setting("PAYMENTS"),
        "Key": payments.key(payment_id),
        "UpdateExpression": f"ADD {adds}",
        "ExpressionAttributeValues": {f":{name}": {"N": str(n)} for name, n in totals.items()},
    }
    try:
        client("dynamodb").transact_write_items(
            # The token protects for ten minutes, the condition for ever.
            ClientRequestToken=hashlib.sha256(transaction.encode()).hexdigest()[:36],
            TransactItems=[
                *({"Put": _put(transaction, line, entry)} for line, entry in enumerate(entries)),
                {"Update": total},
            ],
        )
    except Exception as error:
        if error_code(error) != "TransactionCanceledException" or not _is_written(transaction):
            raise


def _put(transaction: str, number: int, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "TableName": setting("LEDGER"),
        "Item": {
            "transaction_id": {"S": transaction},
            "line": {"N": str(number)},
            "account": {"S": entry["account"]},
            "amount": {"N": str(entry["amount"])},
            "currency": {"S": entry["currency"]},
            "booked_at": {"S": datetime.now(UTC).isoformat()},
        },
        "ConditionExpression": "attribute_not_exists(transaction_id)",
    }


def _is_written(transaction: str) -> bool:
    found = client("dynamodb").get_item(
        TableName=setting("LEDGER"),
        Key={"transaction_id": {"S": transaction}, "line": {"N": "0"}},
        ConsistentRead=True,
    )
    return "Item" in found
