"""POST /payments/{payment_id}/refunds: the back office gives money back, once a key."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from common.logs import log

from payment import api, claims, payments
from payment.api import Answer, Refusal
from payment.requests import RefundRequest

_NAMESPACE: Final = uuid.UUID("0d1c3f7e-3a53-4c7b-9a55-7f0f8f6a1d20")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.answered(event, lambda sent: _accept(sent, context.aws_request_id))


def _accept(event: dict[str, Any], invocation: str) -> Answer:
    now = datetime.now(UTC)
    key = api.idempotency_key(event)
    request = api.parsed(api.json_of(api.raw_body(event)), RefundRequest)
    payment_id = api.path_parameter(event, "payment_id")
    item = payments.get(payment_id) if payment_id else None
    if item is None:
        raise Refusal(404, "payment_not_found")
    digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
    try:
        claimed = claims.claim(f"refund#{payment_id}#{key}", digest, invocation, now)
    except claims.Reused:
        raise Refusal(422, "idempotency_key_reused") from None
    except claims.InProgress:
        raise Refusal(409, "request_in_progress") from None
    if claimed.answer is not None:
        return 200, claimed.answer
    refund_id = _refund_id(payment_id, key)
    refused = _reserve(item, request, refund_id)
    if refused is not None:
        claims.release(claimed)
        raise refused
    _start(item, request, refund_id)
    answer = {"payment_id": payment_id, "refund_id": refund_id}
    claims.complete(claimed, answer)
    log("refund_accepted", payment_id=payment_id, reason=request.reason)
    return 202, answer


def _refund_id(payment_id: str, key: str) -> str:
    made = uuid.uuid5(_NAMESPACE, f"{payment_id}#{key}").bytes
    return base64.b32encode(made).decode().rstrip("=").lower()


def _reserve(item: dict[str, Any], request: RefundRequest, refund_id: str) -> Refusal | None:
    payment_id = item["payment_id"]["S"]
    if request.amount.currency != item["currency"]["S"]:
        return Refusal(422, "currency_mismatch")
    captured = payments.number(item, "captured")
    if payments.reserve_refund(payment_id, refund_id, request.amount.value, captured):
        return None
    found = payments.get(payment_id) or item
    if refund_id in found["refunds"]["M"]:
        return None  # reserved by an earlier try of this very request
    if payments.status_of(found) != "COMPLETED":
        return Refusal(409, "payment_not_refundable")
    return Refusal(422, "refund_exceeds_payment")


def _start(item: dict[str, Any], request: RefundRequest, refund_id: str) -> None:
    payload = {
        **payments.workflow_input(item),
        "resume": "refund",
        "reference": item["reference"]["S"],
        "refund": {"id": refund_id, "amount": request.amount.model_dump()},
    }
    name = f"{item['payment_id']['S']}-refund-{refund_id}"
    payments.start(name, json.dumps(payload, sort_keys=True))
