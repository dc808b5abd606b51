"""NormalizeFinding: the event as a finding, and how long to wait for its owner."""

from __future__ import annotations

from typing import Any

from remediation import settings
from remediation.findings import normalize


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises FindingMalformed."""
    return {"finding": normalize(event), "waits": settings.decision_waits()}
