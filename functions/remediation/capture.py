"""CaptureOriginal: a snapshot that can be restored, before anything is written."""

from __future__ import annotations

from typing import Any

from remediation import roles, store
from remediation.findings import sid
from remediation.policies import fingerprint, without_statement


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises ResourceGone. A statement of ours that is there already is no part of the original."""
    finding = event["finding"]
    policy, _ = roles.describe(finding["resource_name"])
    original = without_statement(policy, sid(finding["finding_id"]))
    snapshot = {
        "policy": store.as_text(original),
        "sha256": fingerprint(original),
        "taken_at": store.now(),
    }
    store.put(finding["finding_id"], {"snapshot": snapshot})
    return {"sha256": snapshot["sha256"]}
