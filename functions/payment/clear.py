"""The last act of every payment: nothing of the card stays, and the workflow ends as it must."""

from __future__ import annotations

from typing import Any, Final

from payment import vault
from payment.errors import (
    PaymentCancelled,
    PaymentDeclined,
    PaymentExpired,
    PaymentRejected,
)

# The end state of each final status but COMPLETED, by the error that the workflow catches.
ENDS: Final = {
    "CANCELLED": PaymentCancelled,
    "DECLINED": PaymentDeclined,
    "EXPIRED": PaymentExpired,
    "REJECTED": PaymentRejected,
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Deletes both cache items, then raises the error of the payment's end, if it has one."""
    vault.delete(event["payment_id"])
    end = ENDS.get(event["status"])
    if end is not None:
        raise end(event["status"])
    return {"cleared": True}
