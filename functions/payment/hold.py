"""States that wait for somebody: their task token goes into the payment record, nowhere else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.logs import log

from payment import attempts, metrics, notify, payments
from payment.aws import task

RECONCILED_WITHIN: Final = timedelta(days=2)
RECONCILIATION: Final = "AwaitingReconciliation"


@task
def customer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """AwaitCustomerAction: the browser is sent to the issuer, whose answer brings the token back."""
    payment_id = event["payment_id"]
    found = attempts.get(payment_id, event["key"])
    answer = {} if found is None else json.loads(found["answer"]["S"])
    due = datetime.now(UTC) + timedelta(seconds=event["seconds"])
    payments.wait(
        payment_id,
        "AWAITING_CUSTOMER",
        event["token"],
        due,
        action_url=str(answer.get("action_url", "")),
    )
    # Whoever cannot be told asks for the payment's status and sees it there.
    notify.tell(payment_id, "AWAITING_CUSTOMER", context.aws_request_id)
    return {"waiting": True}


@task
def reconciliation(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """AwaitReconciliation: nobody knows whether money moved; an alarm says so."""
    payment_id = event["payment_id"]
    due = datetime.now(UTC) + RECONCILED_WITHIN
    payments.wait(
        payment_id, "AWAITING_RECONCILIATION", event["token"], due, pending_key=event["key"]
    )
    log("awaiting_reconciliation", payment_id=payment_id)
    metrics.count(RECONCILIATION)
    return {"waiting": True}
