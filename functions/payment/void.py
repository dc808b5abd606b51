"""Give an authorisation back before any money has moved."""

from __future__ import annotations

from typing import Any

from payment import attempts, provider
from payment.errors import ProviderNotProcessed, ProviderRejected


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected."""
    payment_id = event["payment_id"]
    key = f"{payment_id}:void"
    stored = attempts.begin(payment_id, key)
    if stored is not None:
        return stored
    try:
        provider.void(event["reference"], key)
    except ProviderNotProcessed:
        attempts.not_processed(payment_id, key)
        raise
    except provider.Refused as error:
        raise ProviderRejected(str(error)) from None
    answer = {"outcome": "voided"}
    attempts.answered(payment_id, key, answer)
    return answer
