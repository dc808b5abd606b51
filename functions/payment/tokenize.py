"""POST /payments: check, tokenise, start the workflow. The only function that sees the request."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from common.aws import client, error_code, setting
from common.logs import log
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from payment import vault
from payment.cards import Card, Secret, has_card_number, problem

IDEMPOTENCY_LIFE = timedelta(days=7)
LARGEST_BODY = 16_384
_NAMESPACE = uuid.UUID("6f0a2f0e-6a0c-4d0e-9c0b-0d6f6b1f3a57")


class Strict(BaseModel):
    # hide_input: validation errors must never repeat what was sent
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)


class Amount(Strict):
    value: Annotated[int, Field(gt=0, le=999_999_999_999)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CardInput(Strict):
    number: Annotated[str, Field(pattern=r"^\d{12,19}$", repr=False)]
    cvv: Annotated[str, Field(pattern=r"^\d{3,4}$", repr=False)]
    holder: Annotated[str, Field(min_length=1, max_length=100, repr=False)]
    exp_month: Annotated[int, Field(ge=1, le=12)]
    exp_year: Annotated[int, Field(ge=2000, le=2100)]


class Customer(Strict):
    id: Annotated[str, Field(min_length=1, max_length=64)]
    email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")]
    connection_id: Annotated[str, Field(max_length=128)] | None = None


class Request(Strict):
    merchant_id: Annotated[str, Field(min_length=1, max_length=64)]
    order_id: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Amount
    card: CardInput
    billing_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    customer: Customer
    note: Annotated[str, Field(max_length=500)] | None = None


class Refusal(Exception):
    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, **more}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    try:
        status, body = _accept(event, datetime.now(UTC))
    except Refusal as refusal:
        log("payment_refused", status=refusal.status, code=str(refusal.body["code"]))
        status, body = refusal.status, refusal.body
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def _accept(event: dict[str, Any], now: datetime) -> tuple[int, dict[str, Any]]:
    key = _idempotency_key(event)
    request = _parse(event)
    card = Card(
        number=Secret(request.card.number),
        code=Secret(request.card.cvv),
        holder=Secret(request.card.holder),
        exp_month=request.card.exp_month,
        exp_year=request.card.exp_year,
    )
    broken = problem(card, now)
    if broken is not None:
        raise Refusal(422, broken)
    subject = _subject(event)
    if subject is not None and subject != request.customer.id:
        raise Refusal(403, "customer_mismatch")
    payment_id = payment_id_of(request.customer.id, key)
    answer = {"payment_id": payment_id, "status_url": f"/payments/{payment_id}"}
    digest = _digest(request, vault.fingerprint(card.number))
    stored = _claim(f"{request.customer.id}#{key}", digest, now)
    if stored is not None:
        return 200, stored
    life = timedelta(seconds=int(setting("CARD_CACHE_SECONDS")))
    vault.put(payment_id, card, now, life)
    _record(payment_id, request, now)
    _start(payment_id, request, card)
    _complete(f"{request.customer.id}#{key}", answer)
    log("payment_accepted", payment_id=payment_id)
    return 202, answer


def payment_id_of(customer_id: str, key: str) -> str:
    """The same for the same request, so that two racing handlers compute the same id."""
    made = uuid.uuid5(_NAMESPACE, f"{customer_id}#{key}")
    return "pay_" + base64.b32encode(made.bytes).decode().rstrip("=").lower()


def _idempotency_key(event: dict[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    key = headers.get("idempotency-key")
    if not key:
        raise Refusal(400, "idempotency_key_missing")
    try:
        return str(uuid.UUID(key))
    except ValueError:
        raise Refusal(400, "idempotency_key_invalid") from None


def _subject(event: dict[str, Any]) -> str | None:
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    claims = authorizer.get("claims") or authorizer.get("jwt", {}).get("claims") or {}
    return claims.get("sub")


def _parse(event: dict[str, Any]) -> Request:
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        text = base64.b64decode(text).decode("utf-8", "replace")
    if len(text) > LARGEST_BODY:
        raise Refusal(413, "body_too_large")
    try:
        content = json.loads(text)
    except ValueError:
        raise Refusal(400, "body_not_json") from None
    _refuse_stray_numbers(content)
    try:
        return Request.model_validate(content)
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in found["loc"]) for found in error.errors()})
        raise Refusal(422, _field_code(fields), fields=fields) from None


def _field_code(fields: list[str]) -> str:
    return "card_number_invalid" if fields == ["card.number"] else "request_invalid"


def _refuse_stray_numbers(content: Any) -> None:
    """Card data travels in the card object only: a number anywhere else is refused."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name != "card":
                _refuse_stray_numbers(value)
    elif isinstance(content, list):
        for value in content:
            _refuse_stray_numbers(value)
    elif isinstance(content, str | int) and has_card_number(str(content)):
        raise Refusal(422, "card_data_in_free_text")


def _digest(request: Request, fingerprint: str) -> str:
    """Of the fields that are no card data, and the keyed fingerprint of the number."""
    plain = request.model_dump(exclude={"card"})
    text = json.dumps([plain, fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _claim(key: str, digest: str, now: datetime) -> dict[str, Any] | None:
    """None: the request is ours to do. Otherwise the stored answer. Raises Refusal."""
    dynamodb, table = client("dynamodb"), setting("IDEMPOTENCY")
    try:
        dynamodb.put_item(
            TableName=table,
            Item={
                "request_key": {"S": key},
                "digest": {"S": digest},
                "expires_at": {"N": str(int((now + IDEMPOTENCY_LIFE).timestamp()))},
            },
            ConditionExpression="attribute_not_exists(request_key)",
        )
    except Exception as error:
        if error_code(error) != "ConditionalCheckFailedException":
            raise
        found = dynamodb.get_item(
            TableName=table, Key={"request_key": {"S": key}}, ConsistentRead=True
        )["Item"]
        if found["digest"]["S"] != digest:
            raise Refusal(422, "idempotency_key_reused") from None
        if "answer" not in found:
            raise Refusal(409, "request_in_progress") from None
        answer: dict[str, Any] = json.loads(found["answer"]["S"])
        return answer
    return None


def _complete(key: str, answer: dict[str, Any]) -> None:
    client("dynamodb").update_item(
        TableName=setting("IDEMPOTENCY"),
        Key={"request_key": {"S": key}},
        UpdateExpression="SET answer = :answer",
        ExpressionAttributeValues={":answer": {"S": json.dumps(answer)}},
    )


def _record(payment_id: str, request: Request, now: datetime) -> None:
    contact = {
        "email": {"S": request.customer.email},
        "connection_id": {"S": request.customer.connection_id or ""},
    }
    client("dynamodb").put_item(
        TableName=setting("PAYMENTS"),
        Item={
            "payment_id": {"S": payment_id},
            "customer_id": {"S": request.customer.id},
            "order_id": {"S": request.order_id},
            "amount": {"N": str(request.amount.value)},
            "currency": {"S": request.amount.currency},
            "contact": {"M": contact},
            "status": {"S": "ACCEPTED"},
            "statuses": {"L": [{"S": "ACCEPTED"}]},
            "accepted_at": {"S": now.isoformat()},
        },
    )


def _start(payment_id: str, request: Request, card: Card) -> None:
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
            "last4": card.last4,
            "issuer_country": request.billing_country,
        },
    }
    client("stepfunctions").start_execution(
        stateMachineArn=setting("PAYMENT_WORKFLOW"),
        name=payment_id,
        input=json.dumps(payload, sort_keys=True),
    )
