"""POST /payments: check, tokenise, start the workflow. The only function that sees the request."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from common.aws import setting
from common.logs import log

from payment import api, claims, payments, vault, velocity
from payment.api import Answer, Refusal
from payment.cards import Card, Secret, problem
from payment.requests import PaymentRequest, card_code

_NAMESPACE = uuid.UUID("6f0a2f0e-6a0c-4d0e-9c0b-0d6f6b1f3a57")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.answered(event, lambda sent: _accept(sent, context.aws_request_id))


def _accept(event: dict[str, Any], invocation: str) -> Answer:
    """202 for a payment on its way, 200 for one that has arrived."""
    now = datetime.now(UTC)
    key = api.idempotency_key(event)
    request = api.parsed(api.json_of(api.raw_body(event)), PaymentRequest, card_code)
    card = _card(request)
    broken = problem(card, now)
    if broken is not None:
        raise Refusal(422, broken)
    subject = api.subject(event)
    if subject is not None and subject != request.customer.id:
        raise Refusal(403, "customer_mismatch")
    payment_id = payment_id_of(request.customer.id, key)
    fingerprint = vault.fingerprint(card.number)
    try:
        claimed = claims.claim(
            f"{request.customer.id}#{key}", _digest(request, fingerprint), invocation, now
        )
    except claims.Reused:
        raise Refusal(422, "idempotency_key_reused") from None
    except claims.InProgress:
        raise Refusal(409, "request_in_progress") from None
    if claimed.answer is not None:
        return _status(payment_id), claimed.answer
    answer = {"payment_id": payment_id, "status_url": f"/payments/{payment_id}"}
    _begin(payment_id, request, card, fingerprint, now)
    claims.complete(claimed, answer)
    log("payment_accepted", payment_id=payment_id)
    return 202, answer


def payment_id_of(customer_id: str, key: str) -> str:
    """The same for the same request, so that two racing handlers compute the same id."""
    made = uuid.uuid5(_NAMESPACE, f"{customer_id}#{key}")
    return "pay_" + base64.b32encode(made.bytes).decode().rstrip("=").lower()


def _card(request: PaymentRequest) -> Card:
    return Card(
        number=Secret(request.card.number),
        code=Secret(request.card.cvv),
        holder=Secret(request.card.holder),
        exp_month=request.card.exp_month,
        exp_year=request.card.exp_year,
    )


def _digest(request: PaymentRequest, fingerprint: str) -> str:
    """Of the fields that are no card data, and the keyed fingerprint of the number."""
    plain = request.model_dump(exclude={"card"})
    text = json.dumps([plain, fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _status(payment_id: str) -> int:
    item = payments.get(payment_id)
    return 200 if item is not None and payments.status_of(item) in payments.AT_REST else 202


def _begin(
    payment_id: str, request: PaymentRequest, card: Card, fingerprint: str, now: datetime
) -> None:
    """Every step may find that it was done before, by one who died after it."""
    known = payments.get(payment_id)
    if known is not None and payments.status_of(known) != "ACCEPTED":
        return  # it runs, or has run: its card must not come back
    velocity.note(payment_id, fingerprint, now)
    vault.put(payment_id, card, now, timedelta(seconds=int(setting("CARD_CACHE_SECONDS"))))
    payload = _payload(payment_id, request, card)
    payments.create(_record(payment_id, request, payload, now))
    payments.start(payment_id, payload)


def _record(
    payment_id: str, request: PaymentRequest, payload: str, now: datetime
) -> dict[str, Any]:
    contact = {
        "email": {"S": request.customer.email},
        "connection_id": {"S": request.customer.connection_id or ""},
    }
    return {
        "payment_id": {"S": payment_id},
        "customer_id": {"S": request.customer.id},
        "order_id": {"S": request.order_id},
        "amount": {"N": str(request.amount.value)},
        "currency": {"S": request.amount.currency},
        "contact": {"M": contact},
        "input": {"S": payload},
        "status": {"S": "ACCEPTED"},
        "statuses": {"L": [{"S": "ACCEPTED"}]},
        "attempts": {"N": "0"},
        "captured": {"N": "0"},
        "refunded": {"N": "0"},
        "refund_reserved": {"N": "0"},
        "refunds": {"M": {}},
        "redrives_started": {"N": "0"},
        "accepted_at": {"S": now.isoformat()},
        "accepted_on": {"S": now.date().isoformat()},  # the day of reports: index PaymentFacts
    }


def _payload(payment_id: str, request: PaymentRequest, card: Card) -> str:
    """No time and no request id in the input: the same request starts the same execution."""
    token = base64.b32encode(uuid.uuid5(_NAMESPACE, f"card#{payment_id}").bytes).decode()
    payload = {
        "payment_id": payment_id,
        "merchant_id": request.merchant_id,
        "order_id": request.order_id,
        "customer_id": request.customer.id,
        "amount": request.amount.model_dump(),
        "billing_country": request.billing_country,
        "card": {
            "token": f"tok_{token.rstrip('=').lower()}",
            "brand": card.brand,
            "bin": card.bin,
            "last4": card.last4,
            # The sample has no table of issuers: the card is taken to come from where it is billed.
            "issuer_country": request.billing_country,
        },
    }
    return json.dumps(payload, sort_keys=True)
