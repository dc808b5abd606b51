"""The price table: data with a date. Prices change; look them up before quoting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars, as known in the year `date`. `express_gb_second` are tiers: up to so many GB-seconds a month, at this price.

    Free allowances are left out.
    """

    region: str
    date: str
    source: str
    standard_transition: float
    express_request: float
    express_gb_second: tuple[tuple[float, float], ...]
    lambda_request: float
    lambda_gb_second: float


_HOUR: Final = 3600
PRICES: Final = Prices(
    region="us-east-1",
    date="2025",
    source="the public price pages of AWS Step Functions and AWS Lambda (x86), first Lambda tier",
    standard_transition=0.025 / 1_000,
    express_request=1.00 / 1_000_000,
    express_gb_second=(  # where the tiers end is a guess
        (1_000 * _HOUR, 0.00001667),
        (5_000 * _HOUR, 0.00000833),
        (float("inf"), 0.00000456),
    ),
    lambda_request=0.20 / 1_000_000,
    lambda_gb_second=0.0000166667,
)
