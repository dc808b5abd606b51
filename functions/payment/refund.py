"""Give captured money back, once a refund id."""

from __future__ import annotations

from typing import Any

from payment import attempts, provider
from payment.aws import task
from payment.errors import ProviderNotProcessed, ProviderRejected


@task
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected."""
    payment_id, key = event["payment_id"], event["key"]
    stored = attempts.begin(payment_id, key, context.aws_request_id)
    if stored is not None:
        return stored
    try:
        provider.refund(event["reference"], key, event["amount"], event["refund_id"])
    except ProviderNotProcessed:
        attempts.not_processed(payment_id, key)
        raise
    except provider.Refused as error:
        raise ProviderRejected(error.code) from None
    answer = {"outcome": "refunded"}
    attempts.answered(payment_id, key, answer)
    return answer
