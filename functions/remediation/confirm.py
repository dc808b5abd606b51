"""ConfirmResolved: the analyser's own word that the access is gone."""

from __future__ import annotations

from typing import Any

from common.aws import client, error_code

from remediation import store
from remediation.errors import FindingStillActive


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises FindingStillActive: the workflow asks again."""
    finding = event["finding"]
    record = store.get(finding["finding_id"])
    if str(record.get("confirmed_at", "")) >= str(record.get("blocked_at", "")) != "":
        return {"confirmed_by": "event"}
    try:
        found = client("accessanalyzer").get_finding(
            analyzerArn=finding["analyzer_arn"], id=finding["finding_id"]
        )["finding"]
    except Exception as error:
        if error_code(error) == "ResourceNotFoundException":
            return {"confirmed_by": "absence"}
        raise
    if found["status"] == "ACTIVE":
        raise FindingStillActive(finding["finding_id"])
    return {"confirmed_by": "inquiry"}
