"""May this transaction be processed for this merchant at all?"""

from __future__ import annotations

from typing import Any

from common.aws import setting

from payment import velocity
from payment.aws import client, task
from payment.errors import TransactionInvalid


@task
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises TransactionInvalid with the reason's code."""
    enabled = set(setting("ENABLED_CURRENCIES").split(","))
    amount = event["amount"]
    if amount["currency"] not in enabled:
        raise TransactionInvalid("currency_not_supported")
    if not 0 < amount["value"] <= int(setting("LARGEST_AMOUNT")):
        raise TransactionInvalid("amount_out_of_range")
    _check_order(event)
    if velocity.attempts(event["payment_id"]) > int(setting("VELOCITY_LIMIT")):
        raise TransactionInvalid("velocity_limit")
    return {"valid": True}


def _check_order(event: dict[str, Any]) -> None:
    """What the shop knows of the order; one that it does not know may be paid.

    Two payments at the same time both get through here: only one of them confirms the order.
    """
    found = client("dynamodb").get_item(
        TableName=setting("ORDERS"),
        Key={"order_id": {"S": event["order_id"]}},
        ConsistentRead=True,
    )
    order, amount = found.get("Item", {}), event["amount"]
    if order.get("payment_id", {}).get("S", event["payment_id"]) != event["payment_id"]:
        raise TransactionInvalid("duplicate_payment")
    if "amount" in order:
        wanted = order["amount"]["M"]
        if int(wanted["value"]["N"]) != amount["value"]:
            raise TransactionInvalid("amount_mismatch")
        if wanted["currency"]["S"] != amount["currency"]:
            raise TransactionInvalid("amount_mismatch")
