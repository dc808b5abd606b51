"""What the template says about remediation, read when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from common.aws import setting

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def listed(name: str) -> list[str]:
    """A comma-separated setting."""
    return [entry.strip() for entry in setting(name).split(",") if entry.strip()]


def duration(text: str) -> timedelta:
    """An ISO-8601 duration of days to seconds. ValueError when it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"'{text}' is no duration such as P7D")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def decision_waits() -> list[int]:
    """Seconds to wait for the owner: until each reminder, then until the decision is overdue."""
    last = duration(setting("DECISION_TIMEOUT"))
    moments = {duration(text) for text in listed("REMINDERS_AFTER")}
    waits, before = [], timedelta(0)
    for moment in sorted({moment for moment in moments if timedelta(0) < moment < last} | {last}):
        waits.append(int((moment - before).total_seconds()))
        before = moment
    return waits


def mode(resource_type: str) -> str:
    """enforce, dry-run or notify: of the type, or the one without a type ("enforce,AWS::KMS::Key=notify")."""
    found = dict(entry.rpartition("=")[::2] for entry in listed("MODE"))
    return found.get(resource_type) or found.get("", "enforce")


def zone_of_trust(finding: Mapping[str, Any]) -> set[str]:
    """Accounts that may have access to the finding's resource."""
    return {
        setting("OWN_ACCOUNT"),
        finding["resource_account"],
        *listed("ORGANIZATION_ACCOUNTS"),
        *listed("TRUSTED_ACCOUNTS"),
    }


def guard(finding: Mapping[str, Any]) -> dict[str, Any]:
    """The condition that keeps the zone of trust and AWS services out of a deny for everyone."""
    own, trusted = finding["resource_account"], listed("TRUSTED_ACCOUNTS")
    keys: dict[str, Any] = {"aws:PrincipalAccount": [own, *trusted] if trusted else own}
    if setting("ORGANIZATION_ID"):
        keys["aws:PrincipalOrgID"] = setting("ORGANIZATION_ID")
    return {
        "StringNotEqualsIfExists": keys,
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
