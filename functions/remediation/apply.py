"""ApplyRemediation: one change, and never twice."""

from __future__ import annotations

from typing import Any

from common.logs import log

from remediation import changes, resources, store
from remediation.errors import NotApplied, PrincipalGone


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises NotApplied with the service's error code, PrincipalGone, ResourceGone."""
    finding, plan = event["finding"], event["plan"]
    resource = resources.of(finding)
    state = resource.read()
    if changes.is_done(state, plan, finding):
        return {"changed": False}  # an earlier attempt took effect although nobody heard of it
    try:
        resource.put(state, changes.after(state, plan, finding, store.moment()))
    except PrincipalGone as error:
        if plan["conditional"]:
            raise NotApplied(str(error)) from None  # it is not our principal that is refused
        raise
    store.count_change(finding["finding_id"])
    log("applied", finding_id=finding["finding_id"], resource=finding["resource_arn"])
    return {"changed": True}
