"""POST /payments as it must look."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from payment.api import Strict

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]


class Amount(Strict):
    value: Annotated[int, Field(gt=0, le=999_999_999_999)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CardInput(Strict):
    number: Annotated[str, Field(pattern=r"^[0-9]{12,19}$", repr=False)]
    cvv: Annotated[str, Field(pattern=r"^[0-9]{3,4}$", repr=False)]
    holder: Annotated[str, Field(min_length=1, max_length=100, repr=False)]
    exp_month: Annotated[int, Field(ge=1, le=12)]
    exp_year: Annotated[int, Field(ge=2000, le=2100)]


class Customer(Strict):
    id: Id
    email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$", repr=False)]
    connection_id: Annotated[str, Field(max_length=128)] | None = None


class PaymentRequest(Strict):
    merchant_id: Id
    order_id: Id
    amount: Amount
    card: CardInput
    billing_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    customer: Customer
    note: Annotated[str, Field(max_length=500)] | None = None


class RefundRequest(Strict):
    amount: Amount
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def card_code(fields: list[str]) -> str:
    """The code of a refused payment request, from the fields that are wrong."""
    return "card_number_invalid" if fields == ["card.number"] else "request_invalid"
