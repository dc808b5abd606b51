"""The payment provider's HTTP interface, and what each of its answers means to us."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import urllib3
from common.aws import setting

from payment import secrets
from payment.cards import Card
from payment.errors import ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected

CONNECT_SECONDS = 2
READ_SECONDS = 20  # below the function's own timeout by ten seconds
LARGEST_ANSWER = 65_536
_AUTHORIZATION_OUTCOMES = frozenset(
    {"approved", "partially_approved", "declined", "action_required"}
)


class Refused(Exception):
    """A definite 4xx; `code` is the provider's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotFound(Refused):
    """The provider knows no such payment."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """`outcome` is approved, partially_approved, declined or action_required."""

    outcome: str
    reference: str
    auth_code: str = ""
    response_code: str = ""
    retry: str = ""
    action_url: str = ""

    def as_json(self) -> dict[str, str]:
        """What the workflow may know: neither the issuer's code nor where a challenge is."""
        return {
            "outcome": self.outcome,
            "reference": self.reference,
            "auth_code": self.auth_code,
            "retry": self.retry,
        }


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False
    )


def _call(method: str, path: str, key: str | None, body: dict[str, Any] | None) -> dict[str, Any]:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, Refused, NotFound."""
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {secrets.text('PROVIDER_SECRET')}",
    }
    if key is not None:
        headers["Idempotency-Key"] = key
    try:
        answer = _pool().request(
            method,
            setting("PROVIDER_URL") + path,
            body=None if body is None else json.dumps(body),
            headers=headers,
            preload_content=False,
        )
        data = answer.read(LARGEST_ANSWER + 1)
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
        raise ProviderNotProcessed("no connection was made") from None
    except urllib3.exceptions.HTTPError as error:
        raise ProviderOutcomeUnknown(type(error).__name__) from None
    if len(data) > LARGEST_ANSWER:
        answer.close()  # what is left of it would be read as the next call's answer
    return _read(answer.status, answer.headers, data)


def _read(status: int, headers: Any, data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_ANSWER:
        raise ProviderOutcomeUnknown("the answer is too long")
    try:
        content = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        content = None
    if status < 300 and isinstance(content, dict):
        return content
    if status in (409, 422):
        # Another request under this key is at work: nobody knows yet what becomes of it.
        raise ProviderOutcomeUnknown(f"status {status}")
    if status == 429 or headers.get("Transient-Error") == "true":
        raise ProviderNotProcessed(f"status {status}")
    if status == 503 and isinstance(content, dict) and content.get("processed") is False:
        raise ProviderNotProcessed("status 503, not processed")
    if status == 404:
        raise NotFound("not_found")
    if 400 <= status < 500:
        code = content.get("code") if isinstance(content, dict) else None
        raise Refused(str(code or f"status_{status}"))
    raise ProviderOutcomeUnknown(f"status {status}")


def authorize(
    payment_id: str, key: str, amount: dict[str, Any], card: Card, *, authentication: str = ""
) -> Authorization:
    """Without the code when the card has none any more.

    Raises ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected.
    """
    details: dict[str, Any] = {
        "number": card.number.reveal(),
        "holder": card.holder.reveal(),
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }
    if card.code.reveal():
        details["cvv"] = card.code.reveal()
    body = {"merchant_reference": payment_id, "amount": amount, "card": details}
    if authentication:
        body["authentication"] = {"reference": authentication}
    try:
        found = _authorization(_call("POST", "/authorizations", key, body))
    except Refused as error:
        raise ProviderRejected(error.code) from None
    if found.outcome not in _AUTHORIZATION_OUTCOMES:
        raise ProviderOutcomeUnknown("the answer has no outcome")
    return found


def _authorization(content: dict[str, Any]) -> Authorization:
    return Authorization(
        outcome=str(content.get("status", "unknown")),
        reference=str(content.get("reference", "")),
        auth_code=str(content.get("auth_code", "")),
        response_code=str(content.get("response_code", "")),
        retry=str(content.get("retry", "")),
        action_url=str(content.get("action_url", "")),
    )


def capture(reference: str, key: str, amount: dict[str, Any]) -> None:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, Refused."""
    _change(reference, "captures", key, {"amount": amount}, "captured")


def void(reference: str, key: str) -> None:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, Refused."""
    _change(reference, "voids", key, {}, "voided")


def refund(reference: str, key: str, amount: dict[str, Any], refund_id: str) -> None:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, Refused."""
    body = {"amount": amount, "refund_id": refund_id}
    _change(reference, "refunds", key, body, "refunded")


def _change(reference: str, what: str, key: str, body: dict[str, Any], done: str) -> None:
    """A 2xx is a yes only when it says so: "pending" is none yet."""
    answer = _call("POST", f"/authorizations/{quote(reference, safe='')}/{what}", key, body)
    status = answer.get("status")
    if status in ("declined", "refused"):
        raise Refused(str(answer.get("code") or status))
    if status != done:
        raise ProviderOutcomeUnknown(f"the answer does not say {done}")


def inquire(payment_id: str) -> Authorization | None:
    """What the provider knows of a payment; None when it knows nothing.

    Raises ProviderNotProcessed, ProviderOutcomeUnknown.
    """
    try:
        return _authorization(_call("GET", f"/payments/{payment_id}", None, None))
    except NotFound:
        return None
    except Refused as error:
        raise ProviderOutcomeUnknown(error.code) from None
