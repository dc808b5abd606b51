"""Take our change back: after a failure, because the access is intended, or on request."""

from __future__ import annotations

import json
from typing import Any

from common.logs import log

from remediation import changes, resources, store
from remediation.errors import CannotUndo, NotApplied, PrincipalGone, ResourceGone
from remediation.state import from_snapshot


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """RemoveRemediation, RestoreOriginal and RollBack: proved by read-back.

    The snapshot comes back if nothing but our change differs from it; otherwise only our change
    goes, and somebody's later changes stay. Raises CannotUndo.
    """
    finding = event["finding"]
    record = store.get(finding["finding_id"])
    if "change" not in record:
        return {"changed": False}  # nothing was planned, so nothing was written
    plan, original = json.loads(record["change"]), from_snapshot(record["snapshot"])
    try:
        resource = resources.of(finding)
        state = resource.read()
        wanted = changes.undone(state, plan, finding, original)
        if wanted == state:
            return {"changed": False}
        resource.put(state, wanted)
        now = resource.read()
    except ResourceGone:
        return {"changed": False}
    except (NotApplied, PrincipalGone) as error:
        raise CannotUndo(str(error)) from None
    if not _alike(now, wanted):
        raise CannotUndo("read-back shows another policy")
    log("undone", finding_id=finding["finding_id"], resource=finding["resource_arn"])
    return {"changed": True}


def _alike(now: Any, wanted: Any) -> bool:
    """Grants that came back have other ids."""
    return (now.policy, now.public_access_block, now.older_sessions, len(now.grants)) == (
        wanted.policy, wanted.public_access_block, wanted.older_sessions, len(wanted.grants),
    )  # fmt: skip
