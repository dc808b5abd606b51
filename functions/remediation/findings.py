"""One form for external, internal and unused-access findings (facts: Access Analyzer's events)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from remediation.errors import FindingMalformed

FAMILIES: Final = {
    "Access Analyzer Finding": "external",
    "Internal Access Finding": "internal",
    "Unused Access Finding for IAM entities": "unused",
}
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+")
_ACCOUNT = re.compile(r"\d{12}")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


def normalize(event: Mapping[str, Any]) -> dict[str, Any]:
    """The finding of an EventBridge event; FindingMalformed says which field cannot be trusted.

    Blanks around values are dropped; a value with blanks inside is refused, never repaired.
    """
    family = FAMILIES.get(str(event.get("detail-type")))
    detail = event.get("detail")
    if family is None or not isinstance(detail, Mapping):
        raise FindingMalformed("this is no finding")
    finding_id = _text(detail, "findingId" if family == "unused" else "id")
    if not _ID.fullmatch(finding_id):
        raise FindingMalformed("the finding's id is malformed")
    resource = _text(detail, "resource")
    partition = _arn(resource, "resource")
    error = _optional(detail, "error")
    principal = None if error or family != "external" else _principal(detail.get("principal"))
    return {
        "finding_id": finding_id,
        "family": family,
        "analyzer_arn": _analyzer(event),
        "analyzer_account": _text(event, "account"),
        "resource_account": _text(detail, "accountId"),
        "region": _optional(detail, "region") or _text(event, "region"),
        "partition": partition,
        "resource_type": _text(detail, "resourceType"),
        "resource_arn": resource,
        "resource_name": resource.rpartition("/")[2]
        if "/" in resource
        else resource.rpartition(":")[2],
        "principal": principal,
        "twin": _twin(resource, principal, partition),
        "actions": _actions(detail) if principal else [],
        "condition": dict(detail.get("condition") or {}),
        "is_public": bool(detail.get("isPublic", False)),
        "sources": _sources(detail),
        "status": _text(detail, "status"),
        "is_deleted": bool(detail.get("isDeleted", False)),
        "error": error,
        "updated_at": _moment(detail, "updatedAt"),
    }


def _text(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str) or not found.strip() or re.search(r"\s", found.strip()):
        raise FindingMalformed(f"'{name}' is missing or malformed")
    return found.strip()


def _moment(values: Mapping[str, Any], name: str) -> str:
    """A time of whole seconds or of nanoseconds, written so that texts are ordered as their times are."""
    match = _MOMENT.fullmatch(_text(values, name))
    if match is None:
        raise FindingMalformed(f"'{name}' is no time in UTC")
    fraction = (match[2] or "").rstrip("0")
    return f"{match[1]}.{fraction}" if fraction else match[1]


def _optional(values: Mapping[str, Any], name: str) -> str:
    return _text(values, name) if values.get(name) else ""


def _arn(text: str, name: str) -> str:
    """The ARN's partition."""
    match = _ARN.fullmatch(text)
    if match is None:
        raise FindingMalformed(f"'{name}' is no ARN")
    return match[1]


def _analyzer(event: Mapping[str, Any]) -> str:
    resources = event.get("resources")
    if not isinstance(resources, list) or not resources:
        raise FindingMalformed("the event names no analyser")
    found = _text({"analyser": resources[0]}, "analyser")
    _arn(found, "analyser")
    return found


def _actions(detail: Mapping[str, Any]) -> list[str]:
    actions = detail.get("action")
    if not isinstance(actions, list) or not actions:
        raise FindingMalformed("'action' is missing or malformed")
    return [_text({"action": action}, "action") for action in actions]


def _twin(resource: str, principal: Mapping[str, str] | None, partition: str) -> str:
    """What the findings of one role in several Regions have in common."""
    return f"{resource}#{(principal or {}).get('value', '')}#{partition}"


def _sources(detail: Mapping[str, Any]) -> list[dict[str, str]]:
    """How a bucket gives the access: {"type": "POLICY" | "BUCKET_ACL" | ...}."""
    found = detail.get("sources") or []
    if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
        raise FindingMalformed("'sources' is malformed")
    return [{"type": _text(entry, "type")} for entry in found]


def _principal(value: Any) -> dict[str, str]:
    """{kind, value}: an account's own ARN and its number are the same thing."""
    if not isinstance(value, Mapping) or len(value) != 1:
        raise FindingMalformed("'principal' has not exactly one entry")
    (kind,) = value
    text = _text(value, kind)
    if kind == "CanonicalUser":
        return {"kind": "canonical", "value": text}
    if kind not in ("AWS", "Federated"):
        raise FindingMalformed(f"'principal' has the unknown kind {kind}")
    if kind == "Federated":
        return {
            "kind": "federated",
            "value": text,
        }  # a provider's ARN, or a name such as accounts.google.com
    if text == "*":
        return {"kind": "anyone", "value": text}
    if _ACCOUNT.fullmatch(text):
        return {"kind": "aws_account", "value": text}
    _arn(text, "principal")
    account = text.split(":")[4]
    if text.endswith(f":iam::{account}:root"):
        return {"kind": "aws_account", "value": account}
    return {"kind": "aws_arn", "value": text}


def account_of(principal: Mapping[str, str] | None) -> str:
    """The principal's account; empty when it has none."""
    if principal is None or principal["kind"] in ("anyone", "canonical"):
        return ""
    if principal["kind"] == "aws_account":
        return principal["value"]
    parts = principal["value"].split(":")
    return parts[4] if len(parts) > 5 else ""


def sid(finding_id: str) -> str:
    """IAM takes letters and digits only."""
    return "AADeny" + finding_id.replace("-", "")
