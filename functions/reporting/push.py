"""ReportPush, in the account of the payments: whole days go to the other account's bus.

The account of the reports needs no credentials for this one. An event brings everything that is known of
a day: what was lost, doubled or late is mended by the next one. The index follows its table with a delay,
so a schedule sends the last days again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.aws import client, setting
from common.logs import log

from reporting.export import table_of

SOURCE: Final = "payments.reports"
DETAIL_TYPE: Final = "DailyPayments"
_AGAIN: Final = timedelta(days=2)  # what a schedule sends: today and so many days before


class NotSent(Exception):
    """The other account's bus did not take the event."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """For a payment's event: the day on which it was accepted. For a schedule: the last days."""
    days = _days(event)
    for day in days:
        table = table_of([day])
        entry = {
            "EventBusName": setting("REPORT_BUS"),
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": json.dumps(table, sort_keys=True),
        }
        answer = client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise NotSent(answer["Entries"][0].get("ErrorCode", ""))
        log("report_pushed", count=len(table["rows"]))
    return {"days": len(days)}


def _days(event: dict[str, Any]) -> list[str]:
    payment = (event.get("detail") or {}).get("payment_id")
    if payment is None:
        today = datetime.now(UTC).date()
        return [(today - timedelta(days=back)).isoformat() for back in range(_AGAIN.days + 1)]
    found = client("dynamodb").get_item(
        TableName=setting("PAYMENTS"),
        Key={"payment_id": {"S": str(payment)}},
        ProjectionExpression="accepted_on",
        ConsistentRead=True,
    )
    item = found.get("Item") or {}
    return [item["accepted_on"]["S"]] if "accepted_on" in item else []
