"""What the functions behind the API share: reading a request, refusing it, answering it."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable
from typing import Any, Final, TypeVar

from common.answers import http_answer
from common.logs import log
from pydantic import BaseModel, ConfigDict, ValidationError

from payment import alerts
from payment.cards import has_card_number

LARGEST_BODY: Final = 16_384
STRAY: Final = "card_data_in_free_text"
CARD_DATA: Final = "card_data_in_message"  # the alert of every number in a wrong place
Answer = tuple[int, dict[str, Any]]


class Strict(BaseModel):
    # hide_input: validation errors must never repeat what was sent
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)


M = TypeVar("M", bound=BaseModel)


class Refusal(Exception):
    """An HTTP answer that says no: its status, and the code that the client reads."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, **more}


def answered(event: dict[str, Any], accept: Callable[[dict[str, Any]], Answer]) -> dict[str, Any]:
    """The proxy integration's answer to a request."""
    try:
        status, body = accept(event)
    except Refusal as refusal:
        log("request_refused", status=refusal.status, code=str(refusal.body["code"]))
        if refusal.body["code"] == STRAY:
            alerts.alert(CARD_DATA)  # PCI DSS 12.10.7: card data where it must not be
        status, body = refusal.status, refusal.body
    return http_answer(status, body)


def headers_of(event: dict[str, Any]) -> dict[str, str]:
    """By names in small letters."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def idempotency_key(event: dict[str, Any]) -> str:
    key = headers_of(event).get("idempotency-key")
    if not key:
        raise Refusal(400, "idempotency_key_missing")
    try:
        return str(uuid.UUID(key))
    except ValueError:
        raise Refusal(400, "idempotency_key_invalid") from None


def subject(event: dict[str, Any]) -> str | None:
    """Whose verified token came with the request; None without one."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    claims = authorizer.get("claims") or authorizer.get("jwt", {}).get("claims") or {}
    found: str | None = claims.get("sub")
    return found


def path_parameter(event: dict[str, Any], name: str) -> str:
    return str((event.get("pathParameters") or {}).get(name) or "")


def raw_body(event: dict[str, Any]) -> bytes:
    """The bytes that were sent. Raises Refusal for too many, or what is no base64."""
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Refusal(400, "body_not_json") from None
    else:
        data = text.encode("utf-8", "replace")
    if len(data) > LARGEST_BODY:
        raise Refusal(413, "body_too_large")
    return data


def json_of(data: bytes) -> Any:
    """Raises Refusal: no JSON, or a number that JSON does not have."""
    try:
        return json.loads(data.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal(400, "body_not_json") from None


def _no_number(name: str) -> Any:
    raise ValueError(name)


def parsed(content: Any, model: type[M], code: Callable[[list[str]], str] | None = None) -> M:
    """`code` gives the refusal's code from the fields that are wrong."""
    refuse_stray_numbers(content)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        fields = sorted({_path(found["loc"], found["type"]) for found in error.errors()})
        raise Refusal(422, code(fields) if code else "request_invalid", fields=fields) from None


def _path(location: tuple[int | str, ...], kind: str) -> str:
    # The name of a field that nobody knows is input: it may hold anything.
    parts = [str(part) for part in location]
    return ".".join([*parts[:-1], "(unknown)"] if kind == "extra_forbidden" else parts)


def refuse_stray_numbers(content: Any, *, outside: str = "card") -> None:
    """Card data travels in the card object only: a number anywhere else is refused."""
    if isinstance(content, dict):
        for name, value in content.items():
            if has_card_number(name):
                raise Refusal(422, STRAY)
            if name != outside:
                refuse_stray_numbers(value, outside="")
    elif isinstance(content, list):
        for value in content:
            refuse_stray_numbers(value, outside="")
    elif isinstance(content, str | int | float) and has_card_number(str(content)):
        raise Refusal(422, STRAY)
