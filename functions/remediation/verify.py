"""VerifyApplied: what the service says now, not what was sent. Only this lets a message say "blocked"."""

from __future__ import annotations

from typing import Any

from remediation import access, changes, resources, store
from remediation.errors import NotVerified
from remediation.state import from_snapshot


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises NotVerified, ResourceGone."""
    finding, plan = event["finding"], event["plan"]
    state = resources.of(finding).read()
    if not changes.is_done(state, plan, finding):
        raise NotVerified("the change is not there")
    original = from_snapshot(store.get(finding["finding_id"])["snapshot"])
    wrong = access.differences(finding, original, state)
    if wrong:
        raise NotVerified("; ".join(wrong))
    store.put(finding["finding_id"], {"blocked_at": store.now()}, status="BLOCKED")
    return {"verified": True}
