"""VerifyApplied: what the service says now, not what was sent. Only this lets a message say "blocked"."""

from __future__ import annotations

import json
from typing import Any

from remediation import access, policies, roles, store
from remediation.errors import NotVerified


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises NotVerified, ResourceGone."""
    finding, statement = event["finding"], event["plan"]["statement"]
    finding_id = finding["finding_id"]
    policy, _ = roles.describe(finding["resource_name"])
    if policies.find(policy, statement["Sid"]) != statement:
        raise NotVerified("the statement is not there")
    original = json.loads(store.get(finding_id)["snapshot"]["policy"])
    wrong = access.differences(finding, original, policy)
    if wrong:
        raise NotVerified("; ".join(wrong))
    store.put(finding_id, {"blocked_at": store.now()}, status="BLOCKED")
    return {"verified": True}
