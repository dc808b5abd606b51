"""EvaluateFinding: is this ours to block? Every other answer is an error that the workflow catches."""

from __future__ import annotations

import json
import re
from typing import Any

from common.aws import setting

from remediation import resources, settings, store
from remediation.errors import (
    AnalysisFailed,
    Flapping,
    LinkedToPrimary,
    NotifyOnly,
    TrustedPrincipal,
)
from remediation.findings import account_of

ROLE = "AWS::IAM::Role"
_UNTIL = re.compile(r"exempt-until-(\d{4}-\d\d-\d\d)")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Returns {severity, stack, creator}: what messages say.

    Raises AnalysisFailed, NotifyOnly, TrustedPrincipal, LinkedToPrimary, ResourceUnmodifiable,
    ResourceGone, Flapping.
    """
    finding = event["finding"]
    record = store.get(finding["finding_id"])
    if record.get("task_token"):
        # The wait of the update before: this one asks again, or has a reason not to.
        store.supersede(record["task_token"], finding["updated_at"])
    if finding["error"]:
        raise AnalysisFailed(finding["error"])
    if finding["family"] != "external":
        raise NotifyOnly(f"an {finding['family']} finding is never blocked")
    kind = finding["resource_type"]
    if kind not in resources.TYPES or kind not in settings.listed("AUTO_REMEDIATE"):
        raise NotifyOnly(f"findings of {kind} are not remediated automatically")
    ours = [setting("OWN_ACCOUNT"), *settings.listed("ORGANIZATION_ACCOUNTS")]
    if finding["resource_account"] not in ours:
        raise NotifyOnly("the resource belongs to an account outside the organisation")
    if (
        account_of(finding["principal"]) in settings.zone_of_trust(finding)
        and finding["principal"]["kind"] != "federated"
    ):
        raise TrustedPrincipal(account_of(finding["principal"]))
    if kind == ROLE and finding["region"] != setting("PRIMARY_REGION"):
        raise LinkedToPrimary(setting("PRIMARY_REGION"))
    tags = resources.of(finding).tags()
    exempt = setting("EXEMPT_TAG")
    if exempt and _exempts(tags.get(exempt)):
        raise NotifyOnly(f"the resource carries the tag {exempt}")
    if json.loads(record.get("decision", "{}")).get("decision") == "ROLL_BACK":
        raise NotifyOnly("its owner has accepted the access")
    if settings.mode(kind) == "notify":
        raise NotifyOnly("remediation only notifies")
    stack = tags.get("aws:cloudformation:stack-name", "")
    if int(record.get("changes", 0)) > int(setting("MAX_REAPPLY")):
        raise Flapping(
            f"the stack {stack} puts the policy back" if stack else "the policy was put back"
        )
    severity = (
        "critical" if finding["is_public"] or finding["principal"]["kind"] == "anyone" else "high"
    )
    facts = {"severity": severity, "stack": stack, "creator": tags.get(setting("CREATOR_TAG"), "")}
    about = {name: finding[name] for name in ("analyzer_arn", "resource_arn")}
    store.put(finding["finding_id"], {**facts, **about})
    return facts


def _exempts(tag: str | None) -> bool:
    """exempt-until-2026-06-30 is over on the day after; any other value exempts until it is removed."""
    if tag is None:
        return False
    until = _UNTIL.fullmatch(tag)
    return until is None or store.now()[:10] <= until[1]
