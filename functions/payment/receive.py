"""The retry queue, read: references that may be worked on go on, poison goes into quarantine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from common.aws import setting
from common.logs import log
from pydantic import Field, ValidationError

from payment import alerts, payments
from payment.api import CARD_DATA, Strict
from payment.aws import client, task
from payment.cards import has_card_number

MOST: Final = 100  # messages a run
_CARD_FIELDS: Final = frozenset(
    {"card", "cid", "cvc", "cvc2", "cvv", "cvv2", "pan", "security_code"}
)


class Reference(Strict):
    """All that a retry message may say."""

    schema_version: Literal[1]
    payment_id: Annotated[str, Field(pattern=r"^pay_[a-z0-9_]{1,64}$")]
    reason: Annotated[str, Field(pattern=r"^[a-z_]{1,64}$")]
    attempt: Annotated[int, Field(ge=1, le=100)] | None = None
    not_before: Annotated[str, Field(max_length=40)] | None = None
    first_failed_at: Annotated[str, Field(max_length=40)] | None = None


class Poison(Exception):
    """The message can never be worked on; its reason is a code."""


@task
def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{"messages": [{payment_id, reason, not_before, message_id, receipt_handle}]}.

    A payment that waits for reconciliation has no message: its ids are empty.
    """
    waiting = payments.awaiting_reconciliation(MOST)  # first: messages that are read are hidden
    found = []
    for message in _received():
        try:
            reference = _read(message["Body"])
        except Poison as poison:
            _quarantine(message, str(poison))
            continue
        found.append(
            {
                "payment_id": reference.payment_id,
                "reason": reference.reason,
                "not_before": reference.not_before or "",
                "message_id": message["MessageId"],
                "receipt_handle": message["ReceiptHandle"],
            }
        )
    log("retry_queue_read", count=len(found))
    known = {message["payment_id"] for message in found}
    found += [_waiting(payment_id) for payment_id in waiting if payment_id not in known]
    return {"messages": found}


def _waiting(payment_id: str) -> dict[str, str]:
    return {
        "payment_id": payment_id,
        "reason": "outcome_unknown",
        "not_before": "",
        "message_id": "",
        "receipt_handle": "",
    }


def _received() -> Iterator[dict[str, Any]]:
    count = 0
    while count < MOST:
        batch = client("sqs").receive_message(
            QueueUrl=setting("RETRY_QUEUE"), MaxNumberOfMessages=10
        )
        messages = batch.get("Messages") or []
        if not messages:
            return
        yield from messages
        count += len(messages)


def _read(body: str) -> Reference:
    """Raises Poison."""
    if has_card_number(body):
        raise Poison(CARD_DATA)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Poison("invalid_json") from None
    if _has_card_fields(content):
        raise Poison(CARD_DATA)
    try:
        reference = Reference.model_validate(content)
        if reference.not_before:
            moment(reference.not_before)
    except (ValidationError, ValueError):
        raise Poison("unsupported_schema") from None
    if payments.get(reference.payment_id) is None:
        raise Poison("payment_not_found")
    return reference


def moment(text: str) -> datetime:
    """Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _has_card_fields(content: Any) -> bool:
    if isinstance(content, dict):
        return any(
            str(name).lower() in _CARD_FIELDS or _has_card_fields(value)
            for name, value in content.items()
        )
    return isinstance(content, list) and any(map(_has_card_fields, content))


def _quarantine(message: dict[str, Any], reason: str) -> None:
    """The body is neither logged nor copied: the record says which message it was, and why."""
    identity = message["MessageId"]
    record = {
        "schema_version": 1,
        "message_id": identity,
        "reason": reason,
        "quarantined_at": datetime.now(UTC).isoformat(),
    }
    client("sqs").send_message(
        QueueUrl=setting("QUARANTINE_QUEUE"), MessageBody=json.dumps(record, sort_keys=True)
    )
    log("quarantined", reason=reason, resource=identity)
    if reason == CARD_DATA:
        alerts.alert(reason, identity)
    client("sqs").delete_message(
        QueueUrl=setting("RETRY_QUEUE"), ReceiptHandle=message["ReceiptHandle"]
    )
