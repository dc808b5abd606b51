"""The tables of the reporting account: ReportFacts has the rows, ReportDays how old they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from common.aws import client, error_code, setting

from reporting.rows import Row, Table

_NUMBERS: Final = ("count", "gross", "fees")


def ages(days: list[str]) -> dict[str, datetime]:
    """When the rows of each day were true, for the days of which there are some."""
    table = setting("REPORT_DAYS")
    wanted: dict[str, Any] = {table: {"Keys": [{"day": {"S": day}} for day in days]}}
    found: dict[str, datetime] = {}
    while wanted:
        answer = client("dynamodb").batch_get_item(RequestItems=wanted)
        for item in answer["Responses"].get(table, []):
            found[item["day"]["S"]] = datetime.fromisoformat(item["as_of"]["S"])
        wanted = answer.get("UnprocessedKeys") or {}
    return found


def rows_of(day: str) -> Iterator[dict[str, Any]]:
    """In the order of currency and status."""
    for item in _items(day):
        currency, _, status = item["currency_status"]["S"].partition("#")
        numbers = {name: int(item[name]["N"]) for name in _NUMBERS}
        yield {"date": day, "currency": currency, "status": status, **numbers}


def _items(day: str) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        page = client("dynamodb").query(
            TableName=setting("REPORT_FACTS"),
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": day}},
            ConsistentRead=True,
            **start,
        )
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def store(table: Table) -> None:
    """Each day whole, in one transaction. Again is the same; an older table changes nothing."""
    for day in table.days:
        _store_day(day, table.as_of, [row for row in table.rows if row.date == day])


def _store_day(day: str, as_of: str, rows: list[Row]) -> None:
    keys = {f"{row.currency}#{row.status}" for row in rows}
    gone = [key for item in _items(day) if (key := item["currency_status"]["S"]) not in keys]
    facts = setting("REPORT_FACTS")
    writes: list[dict[str, Any]] = [
        {
            "Put": {
                "TableName": setting("REPORT_DAYS"),
                "Item": {"day": {"S": day}, "as_of": {"S": as_of}},
                "ConditionExpression": "attribute_not_exists(as_of) OR as_of <= :as_of",
                "ExpressionAttributeValues": {":as_of": {"S": as_of}},
            }
        },
        *({"Put": {"TableName": facts, "Item": _item(row)}} for row in rows),
        *({"Delete": {"TableName": facts, "Key": _key(day, key)}} for key in gone),
    ]
    try:
        client("dynamodb").transact_write_items(TransactItems=writes)
    except Exception as error:
        if error_code(error) != "TransactionCanceledException" or not _is_newer(day, as_of):
            raise


def _is_newer(day: str, as_of: str) -> bool:
    known = ages([day]).get(day)
    return known is not None and known > datetime.fromisoformat(as_of)


def _key(day: str, key: str) -> dict[str, Any]:
    return {"day": {"S": day}, "currency_status": {"S": key}}


def _item(row: Row) -> dict[str, Any]:
    numbers = {name: {"N": str(getattr(row, name))} for name in _NUMBERS}
    return {**_key(row.date, f"{row.currency}#{row.status}"), **numbers}
