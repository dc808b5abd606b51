"""The findings table: one record a finding, and what happened to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from common.aws import client, error_code, setting

_READ = TypeDeserializer().deserialize
_WRITE = TypeSerializer().serialize


def _key(finding_id: str) -> dict[str, Any]:
    return {"finding_id": {"S": finding_id}}


def get(finding_id: str) -> dict[str, Any]:
    """The record as plain values; {} when there is none."""
    item = (
        client("dynamodb")
        .get_item(TableName=setting("FINDINGS"), Key=_key(finding_id), ConsistentRead=True)
        .get("Item", {})
    )
    return {name: _READ(value) for name, value in item.items()}


def put(finding_id: str, fields: Mapping[str, Any], *, status: str | None = None) -> None:
    """Set fields; with `status`, the status and its history too."""
    names = {f"#{index}": name for index, name in enumerate(fields)}
    values = {f":{index}": _WRITE(value) for index, value in enumerate(fields.values())}
    sets = [f"#{index} = :{index}" for index in range(len(fields))]
    if status is not None:
        names |= {"#status": "status", "#statuses": "statuses"}
        values |= {":status": {"S": status}, ":entry": {"L": [{"S": status}]}, ":none": {"L": []}}
        sets += [
            "#status = :status",
            "#statuses = list_append(if_not_exists(#statuses, :none), :entry)",
        ]
    client("dynamodb").update_item(
        TableName=setting("FINDINGS"),
        Key=_key(finding_id),
        UpdateExpression="SET " + ", ".join(sets),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )


def create(finding_id: str, fields: Mapping[str, Any]) -> bool:
    """False when the record exists."""
    item = {name: _WRITE(value) for name, value in fields.items()}
    try:
        client("dynamodb").put_item(
            TableName=setting("FINDINGS"),
            Item={**_key(finding_id), **item},
            ConditionExpression="attribute_not_exists(finding_id)",
        )
    except Exception as error:
        if error_code(error) == "ConditionalCheckFailedException":
            return False
        raise
    return True


def count_delivery(finding_id: str, execution: str) -> None:
    """Deliveries of events, and the executions that they are for."""
    client("dynamodb").update_item(
        TableName=setting("FINDINGS"),
        Key=_key(finding_id),
        UpdateExpression="ADD deliveries :one, executions :execution",
        ExpressionAttributeValues={":one": {"N": "1"}, ":execution": {"SS": [execution]}},
    )


def count_change(finding_id: str) -> None:
    client("dynamodb").update_item(
        TableName=setting("FINDINGS"),
        Key=_key(finding_id),
        UpdateExpression="ADD changes :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def mark_sent(finding_id: str, message: str) -> None:
    client("dynamodb").update_item(
        TableName=setting("FINDINGS"),
        Key=_key(finding_id),
        UpdateExpression="ADD messages :message",
        ExpressionAttributeValues={":message": {"SS": [message]}},
    )


def accepted_before(moment: str) -> list[dict[str, Any]]:
    """The records of findings whose access was accepted before `moment`, an ISO time in UTC."""
    pages = (
        client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=setting("FINDINGS"),
            FilterExpression="#status = :accepted AND closed_at < :moment",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":accepted": {"S": "CLOSED_INTENDED"},
                ":moment": {"S": moment},
            },
        )
    )
    found = [item for page in pages for item in page["Items"]]
    return [{name: _READ(value) for name, value in item.items()} for item in found]


def reopen(finding_id: str) -> None:
    """The finding is as if it had not been decided, nor blocked before."""
    client("dynamodb").update_item(
        TableName=setting("FINDINGS"),
        Key=_key(finding_id),
        UpdateExpression="SET #status = :status, statuses = list_append(statuses, :entry)"
        " REMOVE decision, changes, blocked_at, confirmed_at",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":status": {"S": "REOPENED"},
            ":entry": {"L": [{"S": "REOPENED"}]},
        },
    )


def supersede(token: str, cause: str) -> None:
    """The wait for a decision ends with an error that the workflow catches; one that is over, stays."""
    with _unless_over():
        client("stepfunctions").send_task_failure(taskToken=token, error="Superseded", cause=cause)


def decide(token: str, decision: Mapping[str, str]) -> None:
    """The wait ends with a decision that is no person's; one that is over, stays."""
    with _unless_over():
        client("stepfunctions").send_task_success(taskToken=token, output=as_text(decision))


@contextmanager
def _unless_over() -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        if error_code(problem) not in ("TaskTimedOut", "TaskDoesNotExist"):
            raise


def as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def now() -> str:
    return datetime.now(UTC).isoformat()


def moment() -> str:
    """Now as IAM writes dates in conditions."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
