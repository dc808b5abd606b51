"""PlanRemediation: the smallest change that blocks the finding and nobody else."""

from __future__ import annotations

import json
from typing import Any

from remediation import access, policies, roles, store
from remediation.errors import NoSafeChange


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{strategy, statement}. Raises NoSafeChange, ResourceGone."""
    finding = event["finding"]
    policy, _ = roles.describe(finding["resource_name"])
    statement = policies.role_denial(finding)
    planned = policies.with_statement(policy, statement)
    length = len(policies.text_of(planned))
    if length > policies.LARGEST_TRUST_POLICY:
        raise NoSafeChange(f"the policy would have {length} characters")
    wrong = access.differences(finding, policy, planned)
    if wrong:
        raise NoSafeChange("; ".join(wrong))
    plan = {"strategy": "add_deny", "statement": statement}
    store.put(
        finding["finding_id"], {"plan": "add_deny", "planned_statements": json.dumps([statement])}
    )
    return plan
