"""Double entry, append only: one transaction a business event, written once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from common.aws import client, error_code, setting

from payment.errors import LedgerUnavailable

_LATER = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


def capture_entries(amount: int, fee: int, currency: str) -> list[dict[str, Any]]:
    """Accounts and amounts of a capture; they sum to zero."""
    return [
        {"account": "psp_receivable", "amount": amount - fee, "currency": currency},
        {"account": "fee_expense", "amount": fee, "currency": currency},
        {"account": "sales", "amount": -amount, "currency": currency},
    ]


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises LedgerUnavailable. Writing the same event again changes nothing."""
    amount = event["amount"]
    entries = capture_entries(amount["value"], event["fee"], amount["currency"])
    transaction = f"{event['payment_id']}:capture"
    try:
        client("dynamodb").transact_write_items(
            # The token protects for ten minutes, the condition for ever.
            ClientRequestToken=hashlib.sha256(transaction.encode()).hexdigest()[:36],
            TransactItems=[
                {"Put": _put(transaction, number, entry)} for number, entry in enumerate(entries)
            ],
        )
    except Exception as error:
        code = error_code(error)
        if code in _LATER:
            raise LedgerUnavailable(code) from None
        if code != "TransactionCanceledException" or not _is_written(transaction):
            raise
    return {"transaction": transaction, "entries": len(entries)}


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
