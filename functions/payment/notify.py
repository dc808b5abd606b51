"""Tell who has to know, once a channel: an outbox row is claimed, sent, marked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.aws import error_code, setting
from common.logs import log

from payment import metrics, notices, payments
from payment.aws import client, is_condition_failure, task
from payment.errors import NotificationFailed, PaymentWaiting

LEASE: Final = timedelta(seconds=15)  # longer than this function may run, shorter than its retries
# The customer has left the page, or the address can never be reached: nothing to try again.
_UNREACHABLE: Final = frozenset({"GoneException", "ForbiddenException", "MessageRejected"})
WAITING: Final = frozenset({"RETRY_SCHEDULED"})
FAILED: Final = "NotificationFailed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: `row` is its name in the outbox and the same for ever."""

    payment_id: str
    status: str
    channel: str
    template: str
    row: str
    contact: dict[str, str]
    facts: dict[str, Any]


@task
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises NotificationFailed when a channel should be tried again; PaymentWaiting when the
    payment is not at its end.
    """
    payment_id, status = event["payment_id"], event["status"]
    failed = tell(payment_id, status, context.aws_request_id, event.get("refund_id") or "")
    if failed:
        metrics.count(FAILED)
        raise NotificationFailed(", ".join(failed))
    if status in WAITING:
        raise PaymentWaiting(status)
    return {"notified": True}


def tell(payment_id: str, status: str, owner: str, refund_id: str = "") -> list[str]:
    """The channels that have to be tried again; `owner` is this invocation."""
    item = payments.get(payment_id) or {}
    found = _notices(item, payment_id, status, refund_id)
    return [notice.channel for notice in found if not _deliver(notice, owner)]


def _notices(item: dict[str, Any], payment_id: str, status: str, refund_id: str) -> list[Notice]:
    reason = item.get("reason", {}).get("S", "")
    contact = {name: value["S"] for name, value in item["contact"]["M"].items()}
    facts = {
        "amount": payments.number(item, "amount"),
        "currency": item["currency"]["S"],
        "fee": payments.number(item, "fee"),
        "refunded": payments.number(item, "refunded"),
    }
    # A payment has one refund in full, but may have many in part.
    more = f"#{refund_id}" if status == "PARTIALLY_REFUNDED" else ""
    return [
        Notice(payment_id, status, channel, template, f"{channel}#{template}{more}", contact, facts)
        for channel, template in notices.templates(status, reason).items()
    ]


def _deliver(notice: Notice, owner: str) -> bool:
    """False: try again later. A channel that is done is not tried again."""
    claimed = _claim(notice, owner)
    if claimed is not None:
        return claimed != "SENDING"
    state = _send(notice)
    _mark(notice, state)
    log(
        "notification", payment_id=notice.payment_id, channel=notice.channel,
        template=notice.template, outcome=state,
    )  # fmt: skip
    return state != "PENDING"


def _send(notice: Notice) -> str:
    try:
        return "SENT" if _CHANNELS[notice.channel](notice) else "UNDELIVERABLE"
    except Exception as error:  # noqa: BLE001 - no channel may keep another one from its message
        code = error_code(error) or type(error).__name__
        if code in _UNREACHABLE:
            return "UNDELIVERABLE"
        log("notification_failed", channel=notice.channel, code=code)
        return "PENDING"


def _web(notice: Notice) -> bool:
    connection = notice.contact.get("connection_id")
    if not connection:
        return False
    frame = {
        "message_id": _message_id(notice),
        "payment_id": notice.payment_id,
        "template": notice.template,
        "text": notices.TEXTS[notice.template],
    }
    client("apigatewaymanagementapi", setting("SOCKET_URL")).post_to_connection(
        ConnectionId=connection, Data=json.dumps(frame).encode()
    )
    return True


def _mail(notice: Notice) -> bool:
    text = notices.TEXTS[notice.template]
    client("ses").send_email(
        Source=setting("SENDER"),
        Destination={"ToAddresses": [notice.contact["email"]]},
        Message={
            "Subject": {"Data": "Your payment"},
            "Body": {"Text": {"Data": f"{text}\nReference: {_message_id(notice)}"}},
        },
        Tags=[
            {"Name": "template", "Value": notice.template},
            {"Name": "payment_id", "Value": notice.payment_id},
        ],
    )
    return True


def _topic(notice: Notice) -> bool:
    client("sns").publish(
        TopicArn=setting("TOPIC"),
        Message=json.dumps(_change(notice), sort_keys=True),
        MessageAttributes={"status": {"DataType": "String", "StringValue": notice.status}},
    )
    return True


def _bus(notice: Notice) -> bool:
    entry = {
        "Source": "payments",
        "DetailType": "PaymentStatusChanged",
        "EventBusName": setting("BUS"),
        "Detail": json.dumps({**_change(notice), **notice.facts}, sort_keys=True),
    }
    answer = client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise NotificationFailed(answer["Entries"][0].get("ErrorCode", ""))
    return True


_CHANNELS: Final[dict[str, Callable[[Notice], bool]]] = {
    notices.WEB: _web,
    notices.MAIL: _mail,
    notices.TOPIC: _topic,
    notices.BUS: _bus,
}


def _change(notice: Notice) -> dict[str, str]:
    return {
        "message_id": _message_id(notice),
        "payment_id": notice.payment_id,
        "status": notice.status,
    }


def _message_id(notice: Notice) -> str:
    """The same when a message is sent again after a crash: readers can tell."""
    return f"{notice.payment_id}/{notice.row}"


def _claim(notice: Notice, owner: str) -> str | None:
    """None when this run may send, or else the state that the row is in.

    A lease that has run out may be claimed again.
    """
    now = datetime.now(UTC)
    try:
        client("dynamodb").update_item(
            TableName=setting("OUTBOX"),
            Key=_key(notice),
            UpdateExpression="SET #state = :sending, leased_until = :until, claimed_by = :owner",
            ConditionExpression="attribute_not_exists(#state) OR #state = :pending"
            " OR (#state = :sending AND (leased_until < :now OR claimed_by = :owner))",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":sending": {"S": "SENDING"},
                ":pending": {"S": "PENDING"},
                ":owner": {"S": owner},
                ":until": {"N": str(int((now + LEASE).timestamp()))},
                ":now": {"N": str(int(now.timestamp()))},
            },
        )
    except Exception as error:
        if not is_condition_failure(error):
            raise
    else:
        return None
    found = client("dynamodb").get_item(
        TableName=setting("OUTBOX"), Key=_key(notice), ConsistentRead=True
    )
    return str(found["Item"]["state"]["S"])


def _mark(notice: Notice, state: str) -> None:
    client("dynamodb").update_item(
        TableName=setting("OUTBOX"),
        Key=_key(notice),
        UpdateExpression="SET #state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": state}},
    )


def _key(notice: Notice) -> dict[str, Any]:
    return {"payment_id": {"S": notice.payment_id}, "message": {"S": notice.row}}
