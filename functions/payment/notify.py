"""Tell the customer, once a channel: an outbox row is claimed, sent, marked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.aws import client, error_code, setting
from common.logs import log

from payment.errors import NotificationFailed, PaymentWaiting

LEASE: Final = timedelta(minutes=1)
# Status → the template of each channel. Texts never say why a card was declined.
TEMPLATES: Final = {
    "COMPLETED": {"web": "payment_completed", "email": "payment_receipt"},
    "REJECTED": {"web": "payment_invalid", "email": "payment_invalid"},
    "DECLINED": {"web": "payment_declined", "email": "payment_declined"},
    "CANCELLED": {"web": "payment_cancelled", "email": "payment_cancelled"},
    "EXPIRED": {"web": "payment_expired", "email": "payment_expired"},
    "RETRY_SCHEDULED": {"web": "payment_delayed", "email": "payment_delayed"},
}
TEXTS: Final = {
    "payment_completed": "Your payment has been completed.",
    "payment_receipt": "Thank you. This is the receipt of your payment.",
    "payment_invalid": "Your payment could not be accepted. You have not been charged.",
    "payment_declined": "Your payment was declined. Please use another card.",
    "payment_cancelled": "Your payment was cancelled. You have not been charged.",
    "payment_expired": "Please enter your card details again to complete your payment.",
    "payment_delayed": "Your payment takes longer than usual. You need not do anything.",
}
_LATER = frozenset(
    {
        "InternalFailure",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_GONE = frozenset({"GoneException", "ForbiddenException"})
WAITING: Final = frozenset({"RETRY_SCHEDULED"})


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises NotificationFailed when a channel should be tried again; PaymentWaiting when the
    payment is not at its end.
    """
    payment_id, status = event["payment_id"], event["status"]
    payment = client("dynamodb").get_item(
        TableName=setting("PAYMENTS"), Key={"payment_id": {"S": payment_id}}, ConsistentRead=True
    )["Item"]
    contact = payment["contact"]["M"]
    failed = []
    for channel, template in TEMPLATES[status].items():
        target = contact["connection_id" if channel == "web" else "email"]["S"]
        if not _deliver(payment_id, channel, template, target):
            failed.append(channel)
    if failed:
        raise NotificationFailed(", ".join(failed))
    if status in WAITING:
        raise PaymentWaiting(status)
    return {"notified": sorted(TEMPLATES[status])}


def _deliver(payment_id: str, channel: str, template: str, target: str) -> bool:
    """False: try again later. A channel that is done is not tried again."""
    row = f"{channel}#{template}"
    if not _claim(payment_id, row):
        return True
    state = "UNDELIVERABLE" if not target else _send(payment_id, channel, template, target)
    _mark(payment_id, row, state)
    log("notification", payment_id=payment_id, channel=channel, template=template, outcome=state)
    return state != "PENDING"


def _send(payment_id: str, channel: str, template: str, target: str) -> str:
    try:
        if channel == "web":
            frame = {"payment_id": payment_id, "template": template, "text": TEXTS[template]}
            client("apigatewaymanagementapi", setting("SOCKET_URL")).post_to_connection(
                ConnectionId=target, Data=json.dumps(frame).encode()
            )
        else:
            client("ses").send_email(
                Source=setting("SENDER"),
                Destination={"ToAddresses": [target]},
                Message={
                    "Subject": {"Data": "Your payment"},
                    "Body": {"Text": {"Data": f"{TEXTS[template]}\nReference: {payment_id}"}},
                },
                Tags=[
                    {"Name": "template", "Value": template},
                    {"Name": "payment_id", "Value": payment_id},
                ],
            )
    except Exception as error:
        code = error_code(error)
        if channel == "web" and code in _GONE:
            return "UNDELIVERABLE"  # the customer has left the page: nothing is wrong
        if code in _LATER:
            return "PENDING"
        raise
    return "SENT"


def _claim(payment_id: str, row: str) -> bool:
    """True when this run may send. A lease that has run out may be claimed again."""
    now = datetime.now(UTC)
    try:
        client("dynamodb").update_item(
            TableName=setting("OUTBOX"),
            Key={"payment_id": {"S": payment_id}, "message": {"S": row}},
            UpdateExpression="SET #state = :sending, leased_until = :until",
            ConditionExpression="attribute_not_exists(#state) OR #state = :pending"
            " OR (#state = :sending AND leased_until < :now)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":sending": {"S": "SENDING"},
                ":pending": {"S": "PENDING"},
                ":until": {"N": str(int((now + LEASE).timestamp()))},
                ":now": {"N": str(int(now.timestamp()))},
            },
        )
    except Exception as error:
        if error_code(error) == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _mark(payment_id: str, row: str, state: str) -> None:
    client("dynamodb").update_item(
        TableName=setting("OUTBOX"),
        Key={"payment_id": {"S": payment_id}, "message": {"S": row}},
        UpdateExpression="SET #state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": state}},
    )
