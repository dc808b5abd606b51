"""ReportExport, in the account of the payments: rows without card data, from an index without it.

The index PaymentFacts has day, currency, status, amount and fee of a payment; this function's role can
read nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from common.aws import client, setting
from common.logs import log

from reporting import rows


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{"days": [...]} → as_of, days, rows. Raises NotAllowed before anything else could leave."""
    asked = event.get("days") if set(event) == {"days"} else None
    if not isinstance(asked, list) or not 0 < len(asked) <= rows.MOST_DAYS:
        raise ValueError(f"ask for 1 to {rows.MOST_DAYS} days")
    days = sorted({rows.day(str(text)).isoformat() for text in asked})
    table = table_of(days)
    log("report_exported", count=len(table["rows"]))
    return table


def table_of(days: list[str]) -> dict[str, Any]:
    """The table of these days as it is now, checked. Raises NotAllowed."""
    as_of = datetime.now(
        UTC
    ).isoformat()  # before reading: what comes later belongs to the next one
    found = [row for day in days for row in _rows(day)]
    return rows.checked({"as_of": as_of, "days": days, "rows": found}).model_dump()


def _rows(day: str) -> Iterator[dict[str, Any]]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for item in _facts(day):
        total = sums[item["currency"]["S"], item["status"]["S"]]
        for place, value in enumerate((1, _number(item, "amount"), _number(item, "fee"))):
            total[place] += value
    for (currency, status), (count, gross, fees) in sorted(sums.items()):
        yield {
            "date": day,
            "currency": currency,
            "status": status,
            "count": count,
            "gross": gross,
            "fees": fees,
        }


def _facts(day: str) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        page = client("dynamodb").query(
            TableName=setting("PAYMENTS"),
            IndexName=setting("FACTS_INDEX"),
            KeyConditionExpression="accepted_on = :day",
            ExpressionAttributeValues={":day": {"S": day}},
            **start,
        )
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _number(item: dict[str, Any], name: str) -> int:
    return int(item[name]["N"]) if name in item else 0
