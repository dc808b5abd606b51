"""What became of an authorisation or capture whose answer was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from common.aws import setting

from payment import attempts, provider
from payment.errors import OutcomeStillUnknown, ProviderNotProcessed, ProviderOutcomeUnknown

_DEFINITE = frozenset({"approved", "declined", "captured", "voided", "refunded"})


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The provider's answer, or {"outcome": "not_found"} once that counts.

    Raises OutcomeStillUnknown.
    """
    payment_id, key = event["payment_id"], event["key"]
    try:
        found = provider.inquire(payment_id)
    except (ProviderNotProcessed, ProviderOutcomeUnknown):
        raise OutcomeStillUnknown("the provider gave no answer") from None
    if found is not None and found.outcome in _DEFINITE:
        answer = found.as_json()
        attempts.answered(payment_id, key, answer)
        return answer
    if found is None and _settled(payment_id, key):
        attempts.not_processed(payment_id, key)
        return {"outcome": "not_found"}
    raise OutcomeStillUnknown("the provider knows no outcome yet")


def _settled(payment_id: str, key: str) -> bool:
    """Before the settling delay "not found" may only mean "not yet"."""
    sent = attempts.sent_at(payment_id, key)
    delay = timedelta(seconds=int(setting("SETTLING_SECONDS")))
    return sent is not None and datetime.now(UTC) - sent >= delay
