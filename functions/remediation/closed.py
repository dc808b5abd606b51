"""A finding was resolved, archived or deleted: by our own block, or by somebody else."""

from __future__ import annotations

from typing import Any

from common.logs import log

from remediation import store
from remediation.findings import normalize


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A block that is confirmed still waits for its owner; anything else ends the wait."""
    finding = normalize(event)
    finding_id = finding["finding_id"]
    closed = {
        "status": "CLOSED_ELSEWHERE",
        "statuses": ["CLOSED_ELSEWHERE"],
        "updated_at": finding["updated_at"],
    }
    if store.create(finding_id, closed):
        return {"outcome": "recorded"}
    record = store.get(finding_id)
    before = str(record.get("updated_at", ""))
    if finding["updated_at"] < before or (
        finding["updated_at"] == before and not finding["is_deleted"]
    ):
        return {"outcome": "older"}  # events come late and out of order
    ours = finding["status"] == "RESOLVED" and not finding["is_deleted"]
    if ours and record.get("blocked_at"):
        store.put(finding_id, {"confirmed_at": store.now(), "updated_at": finding["updated_at"]})
        return {"outcome": "confirmed"}
    store.put(finding_id, {"closed_elsewhere_at": store.now()})
    if record.get("status") == "AWAITING_DECISION":
        store.decide(record["task_token"], {"decision": "RESOLVED_ELSEWHERE"})
    # Last: an event that comes again because something failed is not an older one.
    store.put(finding_id, {"updated_at": finding["updated_at"]})
    log("closed elsewhere", finding_id=finding_id, status=finding["status"])
    return {"outcome": "closed"}
