"""The last act of every payment: nothing of the card stays, and the workflow ends as it must."""

from __future__ import annotations

from typing import Any, Final

from payment import vault
from payment.aws import task
from payment.errors import (
    PaymentCancelled,
    PaymentDeclined,
    PaymentExpired,
    PaymentParked,
    PaymentRefunded,
    PaymentRejected,
)

# The end state of each status but COMPLETED, by the error that the workflow catches.
ENDS: Final = {
    "CANCELLED": PaymentCancelled,
    "DECLINED": PaymentDeclined,
    "EXPIRED": PaymentExpired,
    "PARKED": PaymentParked,
    "REFUNDED": PaymentRefunded,
    "REJECTED": PaymentRejected,
}


@task
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Deletes both cache items, then raises the error of the payment's end, if it has one."""
    vault.delete(event["payment_id"])
    end = ENDS.get(event["status"])
    if end is not None:
        raise end(event["status"])
    return {"cleared": True}
