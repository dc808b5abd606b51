"""What tables and queues hold, read from the stand-ins themselves.

Checks look at every table and queue many times a run. A call through boto3 takes milliseconds, and
a message that is received is another one afterwards; here nothing is called and nothing changes.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

Item: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class Table:
    """`keys` are the names of its key attributes; `expiry` that of its time to live, "" without.

    `items` are as Scan gives them: {"id": {"S": "p-1"}}, in the order of their keys.
    """

    name: str
    keys: tuple[str, ...]
    expiry: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """`visible` is ApproximateNumberOfMessages; `bodies` are of all messages, taken ones too."""

    name: str
    visible: int
    bodies: tuple[str, ...]


def tables(account: str, region: str) -> list[Table]:
    """Of one account, in the order of their creation."""
    from moto.dynamodb.models import dynamodb_backends

    return [_table(table) for table in dynamodb_backends[account][region].tables.values()]


def queues(account: str, region: str, now: datetime) -> list[Queue]:
    """Of one account as they are at this instant, in the order of their creation."""
    from moto.core.utils import unix_time_millis
    from moto.sqs.models import sqs_backends

    ticks = unix_time_millis(now.astimezone(UTC).replace(tzinfo=None))  # to the bit as moto's own
    return [_queue(queue, ticks) for queue in sqs_backends[account][region].queues.values()]


def _table(table: Any) -> Table:
    ttl = table.ttl
    return Table(
        table.name,
        tuple(name for name in (table.hash_key_attr, table.range_key_attr) if name is not None),
        ttl["AttributeName"] if ttl.get("TimeToLiveStatus") == "ENABLED" else "",
        tuple(
            {name: _value(value) for name, value in item.attrs.items()}
            for item in table.all_items()
        ),
    )


def _value(held: Any) -> dict[str, Any]:
    """Moto keeps what is in lists and maps in its own type, and binary data as base64."""
    kind, value = held.type, held.value
    if kind == "L":
        return {kind: [_value(inner) for inner in value]}
    if kind == "M":
        return {kind: {name: _value(inner) for name, inner in value.items()}}
    if kind == "B":
        return {kind: _bytes(value)}
    if kind == "BS":
        return {kind: [_bytes(inner) for inner in value]}
    return {kind: list(value) if isinstance(value, list) else value}


def _bytes(value: str | bytes) -> bytes:
    return b64decode(value) if isinstance(value, str) else value


def _queue(queue: Any, ticks: float) -> Queue:
    messages = queue._messages  # noqa: SLF001 - moto's `messages` are the visible ones alone
    # moto: visible after that instant, not at it.
    visible = sum(ticks > one.visible_at and ticks >= one.delayed_until for one in messages)
    return Queue(queue.name, visible, tuple(message.body for message in messages))
