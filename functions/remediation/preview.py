"""PreviewRemediation: ask the analyser what the change would do, before it is made."""

from __future__ import annotations

from typing import Any

from common.aws import client

from remediation import changes, policies, resources, settings, store
from remediation.errors import NoSafeChange, PlannedOnly, PreviewPending
from remediation.resources import Resource
from remediation.state import State

_SERIOUS = ("ERROR", "SECURITY_WARNING")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raises PreviewPending while the preview is made (the workflow calls again), NoSafeChange,
    PlannedOnly in dry-run mode.
    """
    finding, plan = event["finding"], event["plan"]
    resource = resources.of(finding)
    state = resource.read()
    if changes.is_done(state, plan, finding):
        return {"previewed": False}  # in place since an update before: nothing would change
    planned = changes.after(state, plan, finding)
    new = _complaints(resource, planned) - _complaints(resource, state)
    if new:
        raise NoSafeChange(f"the policy would have new problems: {', '.join(sorted(new))}")
    configuration = resource.preview(planned)
    # Only an analyser of the resource's own account can preview.
    previewed = (
        configuration is not None and finding["analyzer_account"] == finding["resource_account"]
    )
    if configuration is not None and previewed:
        _preview(finding, configuration)
    if settings.mode(finding["resource_type"]) == "dry-run":
        raise PlannedOnly("dry-run")
    return {"previewed": previewed}


def _complaints(resource: Resource, state: State) -> set[str]:
    if state.policy is None:
        return set()
    kind = resource.policy_kind()
    pages = (
        client("accessanalyzer")
        .get_paginator("validate_policy")
        .paginate(
            policyDocument=policies.text_of(state.policy),
            policyType="RESOURCE_POLICY",
            **({} if kind is None else {"validatePolicyResourceType": kind}),
        )
    )
    found = [finding for page in pages for finding in page["findings"]]
    return {finding["issueCode"] for finding in found if finding["findingType"] in _SERIOUS}


def _preview(finding: dict[str, Any], configuration: dict[str, Any]) -> None:
    analyzer, finding_id = finding["analyzer_arn"], finding["finding_id"]
    digest = policies.fingerprint(configuration)
    known = store.get(finding_id).get("preview", {})
    if known.get("sha256") != digest:
        answer = client("accessanalyzer").create_access_preview(
            analyzerArn=analyzer, configurations={finding["resource_arn"]: configuration}
        )
        known = {"id": answer["id"], "sha256": digest}
        store.put(finding_id, {"preview": known})
    preview = client("accessanalyzer").get_access_preview(
        accessPreviewId=known["id"], analyzerArn=analyzer
    )["accessPreview"]
    if preview["status"] == "CREATING":
        raise PreviewPending(known["id"])
    if preview["status"] != "COMPLETED":
        reason = preview.get("statusReason", {}).get("code", "unknown")
        raise NoSafeChange(f"the preview failed: {reason}")
    pages = (
        client("accessanalyzer")
        .get_paginator("list_access_preview_findings")
        .paginate(accessPreviewId=known["id"], analyzerArn=analyzer)
    )
    _judge(finding_id, [entry for page in pages for entry in page["findings"]])


def _judge(finding_id: str, found: list[dict[str, Any]]) -> None:
    if any(entry["changeType"] == "NEW" for entry in found):
        raise NoSafeChange("the change would open new access")
    ours = [entry for entry in found if entry.get("existingFindingId") == finding_id]
    if not any(
        entry["changeType"] == "CHANGED" and entry["status"] == "RESOLVED" for entry in ours
    ):
        raise NoSafeChange("the change would not resolve the finding")
