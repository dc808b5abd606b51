"""The texts of messages: what was found, what was changed, what to do. Only `decision_requested`
and `blocked` say that access is blocked, and both are sent after read-back only.
"""

from __future__ import annotations

from typing import Any, Final

LONGEST_SUBJECT: Final = 99  # SNS: fewer than 100 ASCII characters, no line break

SUBJECTS: Final = {
    "decision_requested": "Decision needed: external access to {name} is blocked",
    "decision_reminder": "Reminder: decide about the access to {name}",
    "decision_expired": "No decision: the block on {name} stays",
    "planned": "Dry-run: external access to {name} would be blocked",
    "notified": "External access to {name} was found",
    "manual_action_required": "Action required: {name} could not be handled",
    "analysis_error": "Access to {name} could not be analysed",
    "remediation_failed": "Remediation of {name} failed",
    "follow_up_failed": "The finding about {name} could not be completed",
    "flapping": "The block on {name} is undone again and again",
}
_BODIES: Final = {
    "decision_requested": (
        "The access of {principal} to {resource} ({actions}) has been blocked: {change}."
        " Everybody else keeps access.{advice}{stack}{creator}\nPlease decide whether the access is intended. Decision: {decision_id}"
    ),
    "decision_reminder": "The access of {principal} to {resource} waits for your decision. Decision: {decision_id}",
    "decision_expired": "Nobody decided about the access of {principal} to {resource}. The block stays: {change}.",
    "planned": "{principal} can use {resource} ({actions}). In enforce mode it would be blocked: {change}.",
    "notified": "{principal} can use {resource} ({actions}). Nothing was changed: {reason}.",
    "manual_action_required": (
        "{principal} can use {resource} ({actions}), and this could not be changed: {reason}. Please look."
    ),
    "analysis_error": "Access Analyzer cannot read {resource}: {reason}. Nothing is known about who can use it.",
    "remediation_failed": "{principal} may still use {resource} ({actions}). The change failed: {reason}.",
    "follow_up_failed": (
        "The finding about {principal} and {resource} was worked on, and a later step failed: {reason}."
        " Please look at the resource. What was planned: {change}."
    ),
    "flapping": "{principal} can use {resource} again: {reason}. It is not blocked again automatically.",
}

# What the owner of a resource of this type should do besides deciding.
_ADVICE: Final = {
    "AWS::KMS::Key": " Data that was encrypted under the key may have been read.",
    "AWS::SecretsManager::Secret": " Please rotate the secret: it may have been read.",
}
_STACK: Final = " The stack {} has made the resource: its next update would undo the block."
_CREATOR: Final = " {} has made the resource, and may not decide."
_CHANGES: Final = {
    "add_deny": "the statement {sid} is in its policy",
    "merge_deny": "the principal is in the statement {sid} of its policy",
    "remove_allow": "no statement of its policy names the principal",
    "remove_permission": "the permission {names} is not in its policy",
    "block_public_access": "Block Public Access is on",
    "revoke_grant": "the grant {names} is revoked",
}


def change_text(plan: dict[str, Any] | None) -> str:
    """What a plan does, in words that are true before and after it is done."""
    if plan is None:
        return "no change"
    names = ", ".join(plan.get("sids") or plan.get("grants") or ())
    text = _CHANGES[plan["strategy"]].format(sid=plan["sid"], names=names)
    ended = plan.get("end_sessions_after")
    return f"{text}, and sessions from before {ended} are ended" if ended else text


def render(template: str, finding: dict[str, Any], facts: dict[str, str]) -> tuple[str, str]:
    """(subject, text). KeyError when a template wants something that is not there."""
    principal = finding["principal"] or {"value": "somebody"}
    values = {
        "name": finding["resource_name"],
        "resource": finding["resource_arn"],
        "principal": "anyone" if principal["value"] == "*" else principal["value"],
        "advice": _ADVICE.get(finding["resource_type"], ""),
        "actions": ", ".join(finding["actions"]) or "no action named",
        **facts,
        "stack": _STACK.format(facts["stack"]) if facts["stack"] else "",
        "creator": _CREATOR.format(facts["creator"]) if facts["creator"] else "",
    }
    subject = SUBJECTS[template].format_map(values)
    ascii_only = subject.encode("ascii", "replace").decode()
    text = f"{_BODIES[template].format_map(values)}\nFinding: {finding['finding_id']}"
    return ascii_only[:LONGEST_SUBJECT], text
