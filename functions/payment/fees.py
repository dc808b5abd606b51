"""The merchant's cost of a payment: integers in minor units, rounded once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from common.aws import setting

from payment.aws import task


@cache
def rules() -> dict[str, Any]:
    """The dated table that belongs to this version of the code."""
    text = Path(__file__).with_name("fee_rules.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def fee(amount: int, currency: str, *, cross_border: bool, conversion: bool) -> dict[str, Any]:
    """The fee and its components; never more than the amount."""
    table = rules()
    rule = table["currencies"].get(currency, table["other"])
    points = {"base_bp": rule["base_bp"]}
    if cross_border:
        points["cross_border_bp"] = table["cross_border_bp"]
    if conversion:
        points["fx_bp"] = table["fx_bp"]
    # half up, in integers: no float ever holds money
    total = (amount * sum(points.values()) * 2 + 10_000) // 20_000 + rule["fixed"]
    return {
        "fee": min(total, amount),
        "components": {**points, "fixed": rule["fixed"]},
        "rules": table["version"],
    }


@task
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    amount = event["amount"]
    return fee(
        amount["value"],
        amount["currency"],
        cross_border=event["card"]["issuer_country"] != setting("MERCHANT_COUNTRY"),
        conversion=amount["currency"] != setting("SETTLEMENT_CURRENCY"),
    )
