"""The merchant's cost of a payment: integers in minor units, rounded once."""

from __future__ import annotations

from typing import Any, Final

from common.aws import setting

# Sample rules of 2026-01-01: basis points and fixed part in minor units, by currency.
RULES: Final = {"EUR": (290, 30), "JPY": (360, 0), "KWD": (290, 100), "USD": (290, 30)}
DEFAULT_RULE: Final = (290, 30)
CROSS_BORDER: Final = 150
CONVERSION: Final = 100


def fee(amount: int, currency: str, *, cross_border: bool, conversion: bool) -> dict[str, Any]:
    """The fee and its parts; never more than the amount."""
    base, fixed = RULES.get(currency, DEFAULT_RULE)
    parts = {"base": base}
    if cross_border:
        parts["cross_border"] = CROSS_BORDER
    if conversion:
        parts["conversion"] = CONVERSION
    # half up, in integers: no float ever holds money
    total = (amount * sum(parts.values()) * 2 + 10_000) // 20_000 + fixed
    return {"fee": min(total, amount), "fixed": fixed, "basis_points": parts}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    amount = event["amount"]
    return fee(
        amount["value"],
        amount["currency"],
        cross_border=event["card"]["issuer_country"] != setting("MERCHANT_COUNTRY"),
        conversion=amount["currency"] != setting("SETTLEMENT_CURRENCY"),
    )
