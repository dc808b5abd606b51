"""POST /findings/{finding_id}/decisions: an approver decides. A link in a mail never does."""

from __future__ import annotations

import json
from typing import Any

from common.answers import http_answer
from common.aws import client, error_code
from common.logs import log

from remediation import store

DECISIONS = ("KEEP_BLOCK", "INTENDED", "ROLL_BACK")
APPROVERS = "finding-approvers"
_LONGEST_JUSTIFICATION = 1000


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """202; 400 for a decision that is none, 403 outside the group and for the resource's creator, 404
    unknown, 409 decided already.
    """
    claims = event["requestContext"].get("authorizer", {}).get("claims", {})
    groups = str(claims.get("cognito:groups", "")).replace(",", " ").split()
    if APPROVERS not in groups:
        return _answer(403, "not_an_approver")
    try:
        body = json.loads(event.get("body") or "")
        wanted, justification = body["decision"], body.get("justification", "")
        decision_id = body["decision_id"]
    except (ValueError, KeyError, TypeError):
        return _answer(400, "malformed_decision")
    if (
        not isinstance(decision_id, str)
        or wanted not in DECISIONS
        or not isinstance(justification, str)
        or len(justification) > _LONGEST_JUSTIFICATION
    ):
        return _answer(400, "malformed_decision")
    if wanted != "KEEP_BLOCK" and not justification.strip():
        return _answer(400, "justification_required")
    finding_id = event["pathParameters"]["finding_id"]
    record = store.get(finding_id)
    if record.get("decision_id") != decision_id:
        return _answer(404, "unknown_decision")
    if record["status"] != "AWAITING_DECISION":
        return _answer(409, "already_decided")
    email = str(claims.get("email", ""))
    if email.lower() == str(record.get("creator", "")).lower() != "":
        log("decision_refused", finding_id=finding_id, outcome="creator_may_not_decide")
        return _answer(403, "creator_may_not_decide")
    output = {
        "decision": wanted,
        "decided_by": email,
        "justification": justification,
    }
    try:
        client("stepfunctions").send_task_success(
            taskToken=record["task_token"], output=json.dumps(output, sort_keys=True)
        )
    except Exception as error:
        if error_code(error) in ("TaskTimedOut", "TaskDoesNotExist"):
            return _answer(409, "already_decided")
        raise
    store.put(
        finding_id,
        {"decided": wanted, "decided_by": output["decided_by"], "justification": justification},
    )
    log("decided", finding_id=finding_id, outcome=wanted)
    return _answer(202, "accepted")


def _answer(status: int, code: str) -> dict[str, Any]:
    return http_answer(status, {"code": code})
