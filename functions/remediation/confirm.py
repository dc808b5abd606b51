"""ConfirmResolved: the analyser's own word that the access is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.aws import client, error_code

from remediation import store
from remediation.errors import FindingStillActive


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """How it was confirmed, and the status that this means. Raises FindingStillActive: the workflow
    asks again.
    """
    finding = event["finding"]
    record = store.get(finding["finding_id"])
    if str(record.get("closed_elsewhere_at", "")) >= str(record.get("blocked_at", "")) != "":
        return {"confirmed_by": "event", "status": "CLOSED_RESOLVED_ELSEWHERE"}
    return {"confirmed_by": _confirmed(finding, record), "status": "CLOSED_BLOCKED"}


def _confirmed(finding: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    if str(record.get("confirmed_at", "")) >= str(record.get("blocked_at", "")) != "":
        return "event"
    try:
        found = client("accessanalyzer").get_finding(
            analyzerArn=finding["analyzer_arn"], id=finding["finding_id"]
        )["finding"]
    except Exception as error:
        if error_code(error) == "ResourceNotFoundException":
            return "absence"
        raise
    if found["status"] == "ACTIVE":
        raise FindingStillActive(finding["finding_id"])
    return "inquiry"
