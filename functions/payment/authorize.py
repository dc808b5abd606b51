"""Ask the provider for the money: one call a key, whatever happens around it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from common.logs import log

from payment import attempts, provider, vault
from payment.errors import ProviderNotProcessed


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected, CardDataUnavailable,
    CardKeyDenied. A decline is an answer, not an error.
    """
    payment_id = event["payment_id"]
    key = f"{payment_id}:auth:{event['attempt']}"
    card, has_code = vault.get(payment_id, datetime.now(UTC))
    stored = attempts.begin(payment_id, key)
    if stored is not None:
        return stored
    try:
        found = provider.authorize(payment_id, key, event["amount"], card, with_code=has_code)
    except ProviderNotProcessed:
        attempts.not_processed(payment_id, key)
        raise
    answer = found.as_json()
    attempts.answered(payment_id, key, answer)
    log("authorized", payment_id=payment_id, outcome=found.outcome)
    return answer
