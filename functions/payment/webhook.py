"""POST /webhooks/provider: what the provider says on its own. Nothing is read before it is verified."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from common.logs import log
from pydantic import Field

from payment import alerts, api, claims, payments, secrets
from payment.api import Answer, Refusal, Strict
from payment.decide import settle
from payment.requests import Amount

TOLERANCE: Final = 5 * 60  # seconds
_SECONDS: Final = re.compile("[0-9]{1,11}")
DONE: Final = {"received": True}
# Type → what it says of the money; by the operation that the payment waits to hear of.
_OUTCOMES: Final = {
    "payment.authorized": ("auth", "approved"),
    "payment.captured": ("capture", "captured"),
    "payment.declined": ("auth", "declined"),
    "payment.refunded": ("refund", "refunded"),
    "payment.voided": ("void", "voided"),
}


class Event(Strict):
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    type: Annotated[str, Field(pattern=r"^[a-z_]{1,32}\.[a-z_]{1,32}$")]
    payment_ref: Annotated[str, Field(pattern=r"^pay_[a-z0-9]{1,64}$")]
    reference: Annotated[str, Field(max_length=128)] | None = None
    refund_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None
    amount: Amount | None = None
    authentication: Annotated[str, Field(max_length=128)] | None = None


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.answered(event, lambda sent: _accept(sent, context.aws_request_id))


def _accept(event: dict[str, Any], invocation: str) -> Answer:
    now = datetime.now(UTC)
    body = api.raw_body(event)
    verify(api.headers_of(event), body, secrets.in_force("WEBHOOK_SECRET"), now)
    found = api.parsed(api.json_of(body), Event)
    digest = hashlib.sha256(body).hexdigest()
    try:
        claimed = claims.claim(f"webhook#{found.id}", digest, invocation, now)
    except claims.Reused:
        raise Refusal(422, "event_id_reused") from None
    except claims.InProgress:
        raise Refusal(409, "event_in_progress") from None
    if claimed.answer is None:
        _act(found)
        claims.complete(claimed, DONE)
    return 200, DONE


def verify(headers: dict[str, str], body: bytes, keys: Iterable[str], now: datetime) -> None:
    """HMAC-SHA-256 over `id.timestamp.body`, at most five minutes old. Raises Refusal.

    Old and new signatures may come together while a secret is replaced: "v1,… v1,…". One of them
    must be made with one of the keys.
    """
    event_id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = f"{event_id}.{sent}.".encode() + body
    given = [_signature(text) for text in headers.get("webhook-signature", "").split(" ")]
    for key in keys:
        wanted = hmac.new(key.encode(), signed, hashlib.sha256).digest()
        # Every one is compared, so that the time does not tell which came near.
        if [True for one in given if hmac.compare_digest(one, wanted)]:
            break
    else:
        alerts.alert("webhook_signature_invalid")
        raise Refusal(401, "webhook_signature_invalid")
    if not _SECONDS.fullmatch(sent) or abs(now.timestamp() - int(sent)) > TOLERANCE:
        alerts.alert("webhook_timestamp_outside_tolerance")
        raise Refusal(401, "webhook_timestamp_outside_tolerance")


def _signature(text: str) -> bytes:
    version, _, value = text.partition(",")
    try:
        return base64.b64decode(value, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""


def _act(found: Event) -> None:
    """Statuses only move forward; what is unknown, late or told before changes nothing."""
    item = payments.get(found.payment_ref)
    status = None if item is None else payments.status_of(item)
    outcome = "ignored"
    if (
        item is not None
        and status == "AWAITING_CUSTOMER"
        and found.type.startswith("authentication.")
    ):
        settle(item, _challenge(found))
        outcome = "authentication"
    elif item is not None and status == "AWAITING_RECONCILIATION" and found.type in _OUTCOMES:
        operation, said = _OUTCOMES[found.type]
        if item["pending_key"]["S"].split(":")[1] == operation:
            answer = {
                "outcome": said,
                "reference": found.reference or found.payment_ref,
                "retry": "",
            }
            settle(item, answer)
            outcome = said
    elif item is not None and status == "COMPLETED" and found.type == "payment.refunded":
        _book_refund(item, found)
        outcome = "refunded"
    log("webhook", payment_id=found.payment_ref, operation=found.type, outcome=outcome)


def _challenge(found: Event) -> dict[str, str]:
    passed = found.type == "authentication.completed"
    return {
        "authentication": "success" if passed else "failed",
        "cavv_ref": found.authentication or found.id,
    }


def _book_refund(item: dict[str, Any], found: Event) -> None:
    """A refund that somebody made at the provider itself; one of ours is under way already."""
    payment_id = item["payment_id"]["S"]
    left = payments.number(item, "captured") - payments.number(item, "refund_reserved")
    refund_id = found.refund_id or found.id[:40]
    if left <= 0:
        return
    amount = min(left, found.amount.value if found.amount else left)
    captured = payments.number(item, "captured")
    if not payments.reserve_refund(payment_id, refund_id, amount, captured):
        log("refund_reserved_before", payment_id=payment_id)
    refund = {"id": refund_id, "amount": {"value": amount, "currency": item["currency"]["S"]}}
    payload = {**payments.workflow_input(item), "resume": "refund_reported", "refund": refund}
    payments.start(f"{payment_id}-refund-{refund_id}", json.dumps(payload, sort_keys=True))
