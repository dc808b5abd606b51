"""RequestDecision: keep the task token where only the approver's function finds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from remediation import store
from remediation.errors import Superseded
from remediation.notify import decision_id


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises Superseded when a newer update of the finding has been claimed.

    {finding, token, wait_seconds, execution}. The workflow waits for the token, not for this
    answer.
    """
    record = store.get(event["finding"]["finding_id"])
    if record.get("claimed_by", event["execution"]) != event["execution"]:
        raise Superseded(event["finding"]["updated_at"])
    due = datetime.now(UTC) + timedelta(seconds=event["wait_seconds"])
    store.put(
        event["finding"]["finding_id"],
        {
            "task_token": event["token"],
            "decision_id": decision_id(event["execution"]),
            "due_at": due.isoformat(),
        },
        status="AWAITING_DECISION",
    )
    return {"waiting": True}
