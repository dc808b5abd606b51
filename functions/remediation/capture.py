"""CaptureOriginal: a snapshot that can be restored, before anything is written."""

from __future__ import annotations

from typing import Any

from remediation import baseline, resources, store
from remediation.state import to_snapshot


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises ResourceGone. A change of ours that is there already is no part of the original."""
    finding = event["finding"]
    record = store.get(finding["finding_id"])
    resource = resources.of(finding)
    original = baseline.of(resource.read(), finding, record)
    snapshot = to_snapshot(original, store.now(), resource.parts)
    store.put(finding["finding_id"], {"snapshot": snapshot})
    return {"sha256": snapshot["sha256"]}
