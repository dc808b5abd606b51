"""What becomes of one message of the retry queue."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.aws import error_code, setting
from common.logs import log

from payment import metrics, payments, provider, vault
from payment.authorize import judged
from payment.aws import client, is_condition_failure, task
from payment.errors import ProviderNotProcessed, ProviderOutcomeUnknown
from payment.receive import moment

DELETE: Final = {"action": "delete"}
LEAVE: Final = {"action": "leave"}
OVERDUE: Final = "ReconciliationOverdue"
# Answers of an inquiry that end the waiting of a payment for reconciliation.
_DEFINITE: Final = frozenset({"approved", "captured", "declined", "refunded", "voided"})


@task
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{"action": "delete" | "leave"}, or "start" with the name and input of an execution."""
    item = payments.get(event["payment_id"])
    if item is None:
        return DELETE
    if not event["receipt_handle"]:
        if payments.status_of(item) == "AWAITING_RECONCILIATION":
            _reconcile(item, datetime.now(UTC))
        return LEAVE  # no message speaks of it
    found = _decide(event, item, datetime.now(UTC))
    log("redrive", payment_id=event["payment_id"], outcome=found["action"])
    if found["action"] == "leave":
        _show_again(event)
    return found


def _decide(event: dict[str, Any], item: dict[str, Any], now: datetime) -> dict[str, Any]:
    status = payments.status_of(item)
    if status == "AWAITING_RECONCILIATION":
        return DELETE if _reconcile(item, now) else LEAVE
    if status == "RECEIVED":
        # Locked before, and nobody knows whether its run was started: the name makes it one.
        return _start(item) if payments.number(item, "redrives_started") else LEAVE
    if status != "RETRY_SCHEDULED":
        return DELETE
    due = [text for text in (event["not_before"], item["retry_at"]["S"]) if text]
    if any(moment(text) > now for text in due):
        return LEAVE
    locked = _lock(item, *_resume(item, now))
    return DELETE if locked is None else _start(locked)


def _resume(item: dict[str, Any], now: datetime) -> tuple[str, int]:
    """How the payment goes on, and with which attempt.

    A new attempt, and with it a new key, only after a definite "no".
    """
    attempt = payments.number(item, "attempts")
    if item["reason"]["S"] == "capture_unavailable":
        return "capture", attempt
    if not vault.has_card(item["payment_id"]["S"], now):
        return "expired", attempt
    if item["reason"]["S"] != "soft_decline":
        return "authorize", attempt
    window = timedelta(days=int(setting("RETRY_WINDOW_DAYS")))
    first = moment(item["first_failed_at"]["S"])
    if attempt >= int(setting("MAX_ATTEMPTS")) or now - first > window:
        return "exhausted", attempt
    return "authorize", attempt + 1


def _lock(item: dict[str, Any], resume: str, attempt: int) -> dict[str, Any] | None:
    """The record as this run, or another one at the same time, has locked it."""
    payment_id, run = item["payment_id"]["S"], payments.number(item, "redrives_started")
    try:
        client("dynamodb").update_item(
            TableName=setting("PAYMENTS"),
            Key=payments.key(payment_id),
            UpdateExpression="SET #status = :received, statuses = list_append(statuses, :entry),"
            " redrives_started = :next, #resume = :resume, attempts = :attempt",
            ConditionExpression="#status = :scheduled AND redrives_started = :run",
            ExpressionAttributeNames={"#status": "status", "#resume": "resume"},
            ExpressionAttributeValues={
                ":received": {"S": "RECEIVED"},
                ":entry": {"L": [{"S": "RECEIVED"}]},
                ":scheduled": {"S": "RETRY_SCHEDULED"},
                ":run": {"N": str(run)},
                ":next": {"N": str(run + 1)},
                ":resume": {"S": resume},
                ":attempt": {"N": str(attempt)},
            },
        )
    except Exception as error:
        if not is_condition_failure(error):
            raise
    locked = payments.get(payment_id)
    if locked is None or payments.status_of(locked) != "RECEIVED":
        return None
    return locked


def _start(item: dict[str, Any]) -> dict[str, Any]:
    """The same name and input for the same lock: whoever starts it again changes nothing."""
    run = payments.number(item, "redrives_started")
    return {
        "action": "start",
        "name": f"{item['payment_id']['S']}-r{run}",
        "input": {
            **payments.workflow_input(item),
            "resume": item["resume"]["S"],
            "attempt": payments.number(item, "attempts"),
            "redrive": run,
            "reference": item.get("reference", {}).get("S", ""),
            "first_failed_at": item["first_failed_at"]["S"],
        },
    }


def _reconcile(item: dict[str, Any], now: datetime) -> bool:
    done = reconciled(item)
    if not done and now > moment(item["due_at"]["S"]):
        metrics.count(OVERDUE)
    return done


def reconciled(item: dict[str, Any]) -> bool:
    """Asks the provider once more; a definite answer lets the payment's execution go on.

    So does one that it knows nothing of an authorisation: the execution inquires again and, past
    the settling delay, may authorise under the same key.
    """
    payment_id, key = item["payment_id"]["S"], item["pending_key"]["S"]
    try:
        found = provider.inquire(payment_id)
    except (ProviderNotProcessed, ProviderOutcomeUnknown):
        return False
    if found is None:
        return key.split(":")[1] == "auth" and settle(item, {"outcome": "not_found"})
    if found.outcome not in _DEFINITE:
        return False
    answer = judged(found, payments.number(item, "attempts") or 1)
    log("reconciled", payment_id=payment_id, operation=key.split(":")[1], outcome=found.outcome)
    return settle(item, answer)


def settle(item: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Bring the payment's task token back; True also when somebody has done it before."""
    try:
        client("stepfunctions").send_task_success(
            taskToken=item["task_token"]["S"], output=json.dumps(answer, sort_keys=True)
        )
    except Exception as error:
        if error_code(error) not in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"):
            raise
    return True


def _show_again(event: dict[str, Any]) -> None:
    """The next run may see the message, however soon it comes."""
    client("sqs").change_message_visibility(
        QueueUrl=setting("RETRY_QUEUE"), ReceiptHandle=event["receipt_handle"], VisibilityTimeout=0
    )
