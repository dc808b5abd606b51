"""ChangeMessageVisibility as SQS has it: moto counts its twelve hours from the sending.

AWS: the maximum is counted from when the message was received, and with 0 the message is there for
the next receiver at once (docs).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.aws.calls import ServiceError

LONGEST = 43_200  # seconds


def change(account: str, region: str, parameters: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Raises ServiceError: no such message, or too long a time."""
    import moto.sqs.models

    backend = moto.sqs.models.sqs_backends[account][region]
    queue = backend.get_queue(str(parameters["QueueUrl"]).rsplit("/", 1)[-1])
    timeout = int(parameters["VisibilityTimeout"])
    if not 0 <= timeout <= LONGEST:
        message = f"Value {timeout} for parameter VisibilityTimeout is invalid."
        raise ServiceError("InvalidParameterValue", message)
    for held in queue._messages:  # noqa: SLF001 - moto has no other way to a held message
        if held.had_receipt_handle(parameters["ReceiptHandle"]):
            # moto: visible after this instant, not at it.
            held.visible_at = int(now.timestamp() * 1000) + timeout * 1000 - (not timeout)
            if not timeout and held in queue.pending_messages:
                queue.pending_messages.remove(held)
            return {}
    raise ServiceError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
