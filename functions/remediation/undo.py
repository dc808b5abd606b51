"""Take our statement out again: after a failure, because the access is intended, or on request."""

from __future__ import annotations

import json
from typing import Any

from common.logs import log

from remediation import policies, roles, store
from remediation.errors import CannotUndo, NotApplied, ResourceGone
from remediation.findings import sid


def remove(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """RemoveRemediation and RollBack: only our statement goes, proved by read-back.

    Somebody's later changes stay. Raises CannotUndo.
    """
    finding = event["finding"]
    return {
        "changed": _write(
            finding, lambda policy: policies.without_statement(policy, sid(finding["finding_id"]))
        )
    }


def restore(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """RestoreOriginal: the snapshot, byte for byte, if nothing but our statement differs from it;
    otherwise as remove. Raises CannotUndo.
    """
    finding = event["finding"]
    original = json.loads(store.get(finding["finding_id"])["snapshot"]["policy"])

    def wanted(policy: policies.Policy) -> policies.Policy:
        rest = policies.without_statement(policy, sid(finding["finding_id"]))
        return original if policies.fingerprint(rest) == policies.fingerprint(original) else rest

    return {"changed": _write(finding, wanted)}


def _write(finding: dict[str, Any], change: Any) -> bool:
    name = finding["resource_name"]
    try:
        policy, _ = roles.describe(name)
        wanted = change(policy)
        if wanted == policy:
            return False
        if not wanted["Statement"]:
            # IAM takes no empty policy; a role that only we deny was changed by somebody else.
            raise CannotUndo("nothing would be left of the policy")
        roles.write(name, wanted)
        now, _ = roles.describe(name)
    except ResourceGone:
        return False
    except NotApplied as error:
        raise CannotUndo(str(error)) from None
    if now != wanted:
        raise CannotUndo("read-back shows another policy")
    log("undone", finding_id=finding["finding_id"], resource=finding["resource_arn"])
    return True
