"""ApplyRemediation: one write, and never twice."""

from __future__ import annotations

from typing import Any

from common.logs import log

from remediation import policies, roles, store


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises NotApplied with the service's error code, ResourceGone."""
    finding, statement = event["finding"], event["plan"]["statement"]
    policy, _ = roles.describe(finding["resource_name"])
    if policies.find(policy, statement["Sid"]) == statement:
        return {"changed": False}  # an earlier attempt took effect although nobody heard of it
    roles.write(finding["resource_name"], policies.with_statement(policy, statement))
    store.count_change(finding["finding_id"])
    log("applied", finding_id=finding["finding_id"], resource=finding["resource_arn"])
    return {"changed": True}
