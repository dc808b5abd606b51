"""Take the authorised money."""

from __future__ import annotations

from typing import Any

from common.logs import log

from payment import attempts, provider
from payment.errors import CaptureRefused, ProviderNotProcessed


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, CaptureRefused."""
    payment_id = event["payment_id"]
    key = f"{payment_id}:capture"
    stored = attempts.begin(payment_id, key)
    if stored is not None:
        return stored
    try:
        provider.capture(event["reference"], key, event["amount"])
    except ProviderNotProcessed:
        attempts.not_processed(payment_id, key)
        raise
    except (provider.Refused, provider.NotFound) as error:
        attempts.answered(payment_id, key, {"outcome": "refused"})
        log("capture_refused", payment_id=payment_id, code=str(error))
        raise CaptureRefused(str(error)) from None
    answer = {"outcome": "captured"}
    attempts.answered(payment_id, key, answer)
    return answer
