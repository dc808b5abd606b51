"""GET /payments/{payment_id}: how far a payment is, for the customer who made it."""

from __future__ import annotations

from typing import Any

from payment import api, payments
from payment.api import Answer, Refusal


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return api.answered(event, _look)


def _look(event: dict[str, Any]) -> Answer:
    payment_id = api.path_parameter(event, "payment_id")
    item = payments.get(payment_id) if payment_id else None
    # Somebody else's payment looks like none at all.
    if item is None or item["customer_id"]["S"] != api.subject(event):
        raise Refusal(404, "payment_not_found")
    status = payments.status_of(item)
    answer: dict[str, Any] = {
        "payment_id": payment_id,
        "status": status,
        "amount": {"value": payments.number(item, "amount"), "currency": item["currency"]["S"]},
    }
    if status == "AWAITING_CUSTOMER":
        answer["action_url"] = item["action_url"]["S"]
    return 200, answer
