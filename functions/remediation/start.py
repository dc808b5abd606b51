"""A finding's event starts its execution: the same event again finds it started."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from common.aws import client, error_code, setting
from common.logs import log

from remediation import store
from remediation.errors import FindingMalformed
from remediation.findings import normalize


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """EventBridge cannot name executions; this can: one a finding and update.

    An event that is no finding goes to the workflow under the event's own id, and from there to the
    dead-letter queue.
    """
    try:
        finding = normalize(event)
    except FindingMalformed as error:
        _remember(event, str(error))
        return {"started": _start(f"event-{event['id']}", event)}
    finding_id = finding["finding_id"]
    update = hashlib.sha256(finding["updated_at"].encode()).hexdigest()[:12]
    execution = f"{finding_id}-{update}"
    started = _start(execution, event)
    # After the start: if this fails, the event comes again and nothing is lost but a count.
    store.count_delivery(finding_id, execution)
    log("finding delivered", finding_id=finding_id, outcome="started" if started else "known")
    return {"started": started}


def _remember(event: dict[str, Any], reason: str) -> None:
    """A record for the event's finding, when it names one of which nothing is known yet."""
    detail = event.get("detail")
    finding_id = detail.get("id") or detail.get("findingId") if isinstance(detail, dict) else None
    if isinstance(finding_id, str) and finding_id:
        rejected = "REJECTED_MALFORMED"
        fields = {"status": rejected, "statuses": [rejected], "reason": reason}
        store.create(finding_id, fields)


def _start(name: str, event: dict[str, Any]) -> bool:
    """False when an execution of this name is known; a running one answers as if it were new."""
    try:
        client("stepfunctions").start_execution(
            stateMachineArn=setting("REMEDIATION_WORKFLOW"),
            name=name,
            input=json.dumps(event, sort_keys=True),
        )
    except Exception as error:
        if error_code(error) == "ExecutionAlreadyExists":
            return False
        raise
    return True
