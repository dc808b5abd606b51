"""The payment provider's HTTP interface, and what each of its answers means to us."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import urllib3
from common.aws import setting

from payment.cards import Card
from payment.errors import ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected

CONNECT_SECONDS = 2
READ_SECONDS = 20  # below the function's own timeout by ten seconds


class NotFound(Exception):
    """The provider knows no such payment."""


class Refused(Exception):
    """A definite 4xx; `code` is the provider's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Authorization:
    """`outcome` is approved, partially_approved, declined or action_required."""

    outcome: str
    reference: str
    auth_code: str = ""
    response_code: str = ""
    retry: str = ""

    def as_json(self) -> dict[str, str]:
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
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    try:
        answer = _pool().request(
            method,
            setting("PROVIDER_URL") + path,
            body=None if body is None else json.dumps(body),
            headers=headers,
        )
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
        raise ProviderNotProcessed("no connection was made") from None
    except urllib3.exceptions.HTTPError as error:
        raise ProviderOutcomeUnknown(type(error).__name__) from None
    return _read(answer.status, answer.headers, answer.data)


def _read(status: int, headers: Any, data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data) if data else {}
    except ValueError:
        content = None
    if status < 300 and isinstance(content, dict):
        return content
    if status == 429 or headers.get("Transient-Error") == "true":
        raise ProviderNotProcessed(f"status {status}")
    if status == 503 and isinstance(content, dict) and content.get("processed") is False:
        raise ProviderNotProcessed("status 503, not processed")
    if status == 404:
        raise NotFound
    if 400 <= status < 500 and status not in (409, 422):
        code = content.get("code") if isinstance(content, dict) else None
        raise Refused(str(code or f"status_{status}"))
    raise ProviderOutcomeUnknown(f"status {status}")


def authorize(
    payment_id: str, key: str, amount: dict[str, Any], card: Card, *, with_code: bool
) -> Authorization:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, ProviderRejected."""
    details: dict[str, Any] = {
        "number": card.number.reveal(),
        "holder": card.holder.reveal(),
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }
    if with_code:
        details["cvv"] = card.code.reveal()
    body = {"merchant_reference": payment_id, "amount": amount, "card": details}
    try:
        return _authorization(_call("POST", "/authorizations", key, body))
    except (Refused, NotFound) as error:
        raise ProviderRejected(str(error)) from None


def _authorization(content: dict[str, Any]) -> Authorization:
    return Authorization(
        outcome=str(content.get("status", "unknown")),
        reference=str(content.get("reference", "")),
        auth_code=str(content.get("auth_code", "")),
        response_code=str(content.get("response_code", "")),
        retry=str(content.get("retry", "")),
    )


def capture(reference: str, key: str, amount: dict[str, Any]) -> None:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, Refused."""
    _call("POST", f"/authorizations/{reference}/captures", key, {"amount": amount})


def void(reference: str, key: str) -> None:
    """Raises ProviderNotProcessed, ProviderOutcomeUnknown, Refused."""
    _call("POST", f"/authorizations/{reference}/voids", key, {})


def inquire(payment_id: str) -> Authorization | None:
    """What the provider knows of a payment; None when it knows nothing."""
    try:
        return _authorization(_call("GET", f"/payments/{payment_id}", None, None))
    except NotFound:
        return None
