"""Card data: types that cannot be printed, and the rules a number must meet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_BRANDS = (
    ("amex", re.compile(r"3[47]"), (15,), 4),
    ("diners", re.compile(r"3(?:0[0-5]|[689])"), (14, 16, 19), 3),
    ("jcb", re.compile(r"35"), (16, 17, 18, 19), 3),
    ("visa", re.compile(r"4"), (13, 16, 19), 3),
    ("mastercard", re.compile(r"5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)"), (16,), 3),
    ("discover", re.compile(r"6(?:011|4[4-9]|5)"), (16, 17, 18, 19), 3),
    ("unionpay", re.compile(r"62|81"), (16, 17, 18, 19), 3),
)
_NUMBERS = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")


class Secret:
    """A text that shows nothing of itself; `reveal()` is easy to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("card data is not pickled")


@dataclass(frozen=True, slots=True)
class Card:
    """What the customer entered. Numbers and codes are digits only."""

    number: Secret
    code: Secret
    holder: Secret
    exp_month: int
    exp_year: int

    @property
    def brand(self) -> str:
        found = _brand(self.number.reveal())
        return found[0] if found else "unknown"

    @property
    def bin(self) -> str:
        return self.number.reveal()[:6]

    @property
    def last4(self) -> str:
        return self.number.reveal()[-4:]


def _brand(number: str) -> tuple[str, tuple[int, ...], int] | None:
    for name, pattern, lengths, code_length in _BRANDS:
        if pattern.match(number):
            return name, lengths, code_length
    return None


def luhn(number: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def problem(card: Card, now: datetime) -> str | None:
    """The code of the first rule that a card breaks; None when it may be sent to the provider."""
    number = card.number.reveal()
    found = _brand(number)
    if found is None or len(number) not in found[1] or not luhn(number):
        return "card_number_invalid"
    if (card.exp_year, card.exp_month) < (now.year, now.month):
        return "card_expired"
    if len(card.code.reveal()) != found[2]:
        return "card_code_invalid"
    return None


def has_card_number(text: str) -> bool:
    """Is there something in a free text that looks like a card number?"""
    for found in _NUMBERS.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        brand = _brand(digits)
        if brand is not None and len(digits) in brand[1] and luhn(digits):
            return True
    return False
