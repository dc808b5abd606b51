"""Usage times prices, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from simulator.cost.prices import Prices
from simulator.cost.usage import Usage
from simulator.values import Json

MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario; `used` None when it could not be run."""

    id: str
    used: Usage | None


@dataclass(frozen=True, slots=True)
class Dollars:
    """Of a million runs: the workflows as Standard or as Express, and the functions beside either."""

    standard: float
    express: float
    functions: float


def dollars(used: Usage, prices: Prices, runs: int = MILLION) -> Dollars:
    """So many runs in one month."""
    express = used.executions * runs * prices.express_request
    left, below = used.express_gb_seconds * runs, 0.0
    for limit, price in prices.express_gb_second:
        part = min(left, limit - below)
        express += part * price
        left, below = left - part, limit
    functions = used.lambda_requests * prices.lambda_request
    functions += used.lambda_gb_seconds * prices.lambda_gb_second
    return Dollars(used.transitions * runs * prices.standard_transition, express, functions * runs)


def total(rows: Sequence[Row]) -> Usage:
    """Of the scenarios that ran, once each."""
    return sum((row.used for row in rows if row.used is not None), Usage())


def cost_text(rows: Sequence[Row], prices: Prices) -> str:
    """A line a scenario; dollars are those of a million runs of it."""
    heads = (
        "scenario", "executions", "transitions", "Standard $", "Express GB-s", "Express $",
        "Lambda requests", "Lambda GB-s", "Lambda $", "",
    )  # fmt: skip
    lines = [heads, *(_cells(row.id, row.used, prices) for row in rows)]
    if len(rows) > 1:
        lines.append(_cells("all, once each", total(rows), prices))
    widths = [max(len(line[index]) for line in lines) for index in range(len(heads) - 1)]
    shown = []
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:], strict=True)]
        shown.append("  ".join([*cells, line[-1]]).rstrip())
    return "\n".join([*shown, "", *_words(prices)]) + "\n"


def _cells(name: str, used: Usage | None, prices: Prices) -> tuple[str, ...]:
    if used is None:
        return (name, *[""] * 8, "could not be run")
    price = dollars(used, prices)
    return (
        name,
        str(used.executions),
        str(used.transitions),
        f"{price.standard:.2f}",
        f"{used.express_gb_seconds:.5f}",
        "-" if used.not_express else f"{price.express:.2f}",
        str(used.lambda_requests),
        f"{used.lambda_gb_seconds:.5f}",
        f"{price.functions:.2f}",
        f"no Express: {used.not_express}" if used.not_express else "",
    )


def _words(prices: Prices) -> list[str]:
    return [
        "Counts are of one run; dollars of a million runs in one month. Not taken off, free in a"
        f" month: {prices.free_transitions:,} transitions, {prices.free_lambda_requests:,} Lambda"
        f" requests, {prices.free_lambda_gb_seconds:,} Lambda GB-s.",
        f"Prices: {prices.region}, {prices.date}, from {prices.source}.",
        "An estimate: durations are declared, not measured; other services are not counted.",
    ]


def cost_json(rows: Sequence[Row], prices: Prices) -> str:
    """{"schema": "cost/1", "prices", "free_per_month", "scenarios": [{id, used, dollars_per_million}]}."""
    report: Json = {
        "schema": "cost/1",
        "prices": {"region": prices.region, "date": prices.date, "source": prices.source},
        "free_per_month": {
            "transitions": prices.free_transitions,
            "lambda_requests": prices.free_lambda_requests,
            "lambda_gb_seconds": prices.free_lambda_gb_seconds,
        },
        "scenarios": [_object(row.id, row.used, prices) for row in rows],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _object(name: str, used: Usage | None, prices: Prices) -> Json:
    if used is None:
        return {"id": name, "used": None}
    price = dollars(used, prices)
    return {
        "id": name,
        "used": asdict(used),
        "dollars_per_million": {
            "standard": round(price.standard, 6),
            "express": None if used.not_express else round(price.express, 6),
            "functions": round(price.functions, 6),
        },
    }
