"""May this transaction be processed for this merchant at all?"""

from __future__ import annotations

from typing import Any

from common.aws import setting

from payment import velocity
from payment.aws import task
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
    if velocity.attempts(event["payment_id"]) > int(setting("VELOCITY_LIMIT")):
        raise TransactionInvalid("velocity_limit")
    return {"valid": True}
