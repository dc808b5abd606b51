"""The price table: data with a date. Prices change; look them up before quoting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars, as known in the year `date`. `express_gb_second` are tiers: up to so many GB-seconds a month, at this price.

    The `free_` allowances of a month are told and not taken off.
    """

    region: str
    date: str
    source: str
    standard_transition: float
    express_request: float
    express_gb_second: tuple[tuple[float, float], ...]
    lambda_request: float
    lambda_gb_second: float
    free_transitions: int
    free_lambda_requests: int
    free_lambda_gb_seconds: int


_HOUR: Final = 3600
PRICES: Final = Prices(
    region="us-east-1",
    date="2026",
    source="the pages 'AWS Step Functions Pricing' and 'AWS Lambda Pricing' (x86, first tier)",
    standard_transition=0.025 / 1_000,
    express_request=1.00 / 1_000_000,
    express_gb_second=(  # the page gives GB-hours
        (1_000 * _HOUR, 0.06000 / _HOUR),
        (5_000 * _HOUR, 0.03000 / _HOUR),
        (float("inf"), 0.01642 / _HOUR),
    ),
    lambda_request=0.20 / 1_000_000,
    lambda_gb_second=0.0000166667,
    free_transitions=4_000,
    free_lambda_requests=1_000_000,
    free_lambda_gb_seconds=400_000,
)
