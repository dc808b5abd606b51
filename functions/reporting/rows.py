"""What may cross the border between the accounts: the fields of one row, and nothing else.

Both sides check the same schema, before sending and before storing. Free text never crosses.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final, Literal

from payment.cards import has_card_number
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
MOST_DAYS: Final = 92


class NotAllowed(Exception):
    """Rows that are not made of allowed fields alone. Says which, never what was in them."""


class Row(BaseModel):
    """Payments of one day, currency and status; amounts in minor units."""

    # hide_input: an error must not repeat what was not to cross
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)

    date: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    status: Literal[
        "ACCEPTED", "AWAITING_CUSTOMER", "AWAITING_RECONCILIATION", "CANCELLED", "COMPLETED", "DECLINED",
        "EXPIRED", "PARKED", "RECEIVED", "REFUNDED", "REJECTED", "RETRY_SCHEDULED",
    ]  # fmt: skip
    count: int = Field(ge=1)
    gross: int = Field(ge=0)
    fees: int = Field(ge=0)

    @field_validator("date")
    @classmethod
    def _is_day(cls, value: str) -> str:
        day(value)
        return value

    @field_validator("count", "gross", "fees")
    @classmethod
    def _is_no_card(cls, value: int) -> int:
        """An allowed field must not carry a card number across as if it were a sum."""
        if has_card_number(str(value)):
            raise ValueError("like a card number")
        return value


class Table(BaseModel):
    """What an export answers, and what an event about one day brings."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)

    as_of: str
    days: list[str] = Field(max_length=MOST_DAYS)
    rows: list[Row]

    @field_validator("as_of")
    @classmethod
    def _is_instant(cls, value: str) -> str:
        if datetime.fromisoformat(value).tzinfo is None:
            raise ValueError("no time zone")
        return value

    @field_validator("days")
    @classmethod
    def _are_days(cls, value: list[str]) -> list[str]:
        for text in value:
            day(text)
        return value


def day(text: str) -> date:
    """ValueError for anything but YYYY-MM-DD."""
    if not _DAY.fullmatch(text):
        raise ValueError("not a day")
    return date.fromisoformat(text)


def checked(content: Any) -> Table:
    """Raises NotAllowed: an unknown field, a value of another shape, a row of a day not asked for."""
    try:
        table = Table.model_validate(content)
    except ValidationError as error:
        # The name of a field that nobody knows is content itself.
        kinds = sorted(
            {f"{_place(found['loc'], found['type'])}: {found['type']}" for found in error.errors()}
        )
        raise NotAllowed("; ".join(kinds)) from None
    if stray := {row.date for row in table.rows} - set(table.days):
        raise NotAllowed(f"{len(stray)} rows of days that are not in the table")
    keys = [(row.date, row.currency, row.status) for row in table.rows]
    if len(set(keys)) < len(keys):
        raise NotAllowed("two rows of one day, currency and status")
    return table


def _place(location: tuple[int | str, ...], kind: str) -> str:
    parts = [part for part in location if isinstance(part, str)]
    return ".".join([*parts[:-1], "(unknown)"] if kind == "extra_forbidden" else parts)
