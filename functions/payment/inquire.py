"""What became of a call to the provider whose answer was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.aws import setting

from payment import attempts, provider
from payment.authorize import judged
from payment.aws import task
from payment.errors import OutcomeStillUnknown, ProviderNotProcessed, ProviderOutcomeUnknown

# What the provider says of a payment → which of our calls it is the answer to.
_ANSWERS: Final = {
    "auth": frozenset(
        {"approved", "partially_approved", "declined", "captured", "voided", "refunded"}
    ),
    "capture": frozenset({"captured", "voided", "refunded"}),
    "void": frozenset({"voided", "captured"}),
    "refund": frozenset({"refunded"}),
}


@task
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The provider's answer, or {"outcome": "not_found"} once that counts.

    Raises OutcomeStillUnknown.
    """
    payment_id, key = event["payment_id"], event["key"]
    operation = key.split(":")[1]
    sent_at = attempts.sent_at(payment_id, key)
    if sent_at is None:
        return {"outcome": "not_found"}  # we never called
    try:
        found = provider.inquire(payment_id)
    except (ProviderNotProcessed, ProviderOutcomeUnknown):
        raise OutcomeStillUnknown("the provider gave no answer") from None
    if found is not None and found.outcome in _ANSWERS[operation]:
        answer = judged(found, event.get("attempt") or 1)
        attempts.answered(payment_id, key, answer)
        return answer
    if _undone(operation, found) and _settled(sent_at):
        attempts.not_processed(payment_id, key)
        return {"outcome": "not_found"}
    raise OutcomeStillUnknown("the provider knows no outcome yet")


def _undone(operation: str, found: provider.Authorization | None) -> bool:
    """The provider shows the payment as it was before our call."""
    if found is None:
        return True
    before = {"capture": "approved", "void": "approved", "refund": "captured"}
    return found.outcome == before.get(operation)


def _settled(sent_at: datetime) -> bool:
    """Before the settling delay "not found" may only mean "not yet"."""
    return datetime.now(UTC) - sent_at >= timedelta(seconds=int(setting("SETTLING_SECONDS")))
