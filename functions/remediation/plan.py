"""PlanRemediation: the smallest change that blocks the finding and nobody else."""

from __future__ import annotations

import json
from typing import Any

from common.aws import setting

from remediation import access, baseline, changes, resources, store
from remediation.changes import Plan
from remediation.errors import NoSafeChange
from remediation.resources import Resource
from remediation.state import State

_ROLE = "AWS::IAM::Role"


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{finding, principal_gone} → the plan. Raises NoSafeChange, ResourceGone.

    `principal_gone`: the service refused the principal, which must be named in a condition.
    """
    finding = event["finding"]
    resource = resources.of(finding)
    record = store.get(finding["finding_id"])
    state = baseline.of(resource.read(), finding, record)
    conditional = event.get("principal_gone", False)
    plan = _first_safe(resource, state, conditional=conditional) | {"conditional": conditional}
    if finding["resource_type"] == _ROLE and setting("REVOKE_SESSIONS") == "true":
        plan["end_sessions_after"] = store.moment()
    statements = [plan["statement"]] if "statement" in plan else []
    store.put(
        finding["finding_id"],
        {
            "plan": plan["strategy"],
            "change": json.dumps(plan, sort_keys=True),
            "planned_statements": json.dumps(statements),
        },
    )
    return plan


def _first_safe(resource: Resource, state: State, *, conditional: bool) -> Plan:
    """NoSafeChange gives the reason of every candidate."""
    reasons: dict[str, None] = {}
    for plan in resource.plans(state, conditional=conditional):
        planned = changes.after(state, plan, resource.finding)
        try:
            resource.check_size(planned)
        except NoSafeChange as error:
            reasons[str(error)] = None
            continue
        wrong = access.differences(resource.finding, state, planned)
        if not wrong:
            return plan
        reasons["; ".join(wrong)] = None
    raise NoSafeChange("; ".join(reasons) or "nothing in the policy gives this access")
