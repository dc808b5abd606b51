"""Take the authorised money."""

from __future__ import annotations

from typing import Any

from common.logs import log

from payment import attempts, provider
from payment.aws import task
from payment.errors import CaptureRefused, ProviderNotProcessed


@task
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, CaptureRefused."""
    payment_id, key = event["payment_id"], event["key"]
    stored = attempts.begin(payment_id, key, context.aws_request_id)
    if stored is not None:
        if stored["outcome"] == "refused":
            raise CaptureRefused(stored["code"])
        return stored
    try:
        provider.capture(event["reference"], key, event["amount"])
    except ProviderNotProcessed:
        attempts.not_processed(payment_id, key)
        raise
    except provider.Refused as error:
        attempts.answered(payment_id, key, {"outcome": "refused", "code": error.code})
        log("capture_refused", payment_id=payment_id, code=error.code)
        raise CaptureRefused(error.code) from None
    answer = {"outcome": "captured"}
    attempts.answered(payment_id, key, answer)
    return answer
