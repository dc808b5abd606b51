"""Ask the provider for the money: one call a key, whatever happens around it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from common.aws import setting
from common.logs import log

from payment import attempts, declines, metrics, provider, vault
from payment.aws import task
from payment.cards import Card
from payment.errors import ActionRequired, CardKeyDenied, ProviderNotProcessed

KEY_DENIED: Final = "CardKeyDenied"


@task
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`authentication` is the provider's name of a challenge that the customer has passed.

    Raises ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected, CardDataUnavailable,
    CardKeyDenied, ActionRequired. A decline is an answer, not an error.
    """
    payment_id, key = event["payment_id"], event["key"]
    try:
        card = vault.get(payment_id, datetime.now(UTC))
    except CardKeyDenied:
        metrics.count(KEY_DENIED)
        raise
    answer = attempts.begin(payment_id, key, context.aws_request_id)
    if answer is None:
        answer = _ask(event, card, key)
    if answer["outcome"] == "action_required":
        if not event.get("authentication"):
            raise ActionRequired(setting("ACTION_SECONDS"))
        # The issuer asks again after a challenge was passed: one is enough.
        return {"outcome": "declined", "reference": "", "retry": declines.AUTHENTICATE}
    return answer


def _ask(event: dict[str, Any], card: Card, key: str) -> dict[str, Any]:
    payment_id = event["payment_id"]
    try:
        found = provider.authorize(
            payment_id, key, event["amount"], card, authentication=event.get("authentication") or ""
        )
    except ProviderNotProcessed:
        attempts.not_processed(payment_id, key)
        raise
    answer = judged(found, event["attempt"])
    attempts.answered(payment_id, key, answer)
    log("authorized", payment_id=payment_id, outcome=found.outcome, attempt=event["attempt"])
    return answer


def judged(found: provider.Authorization, attempt: int) -> dict[str, Any]:
    """The provider's answer, with what a decline means for us."""
    answer: dict[str, Any] = found.as_json()
    if found.outcome == "action_required":
        answer["action_url"] = found.action_url
    if found.outcome == "declined":
        most = int(setting("MAX_ATTEMPTS"))
        answer["retry"] = declines.category(
            found.response_code, found.retry, attempt=attempt, most=most
        )
    return answer
