"""Permissions as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from simulator.permissions.judge import Permissions, Right, RoleReport
from simulator.values import Json

_STATUSES = ("used", "service", "kept", "unused")
_HEADS = ("granted", "used", "by service", "kept", "unused", "missing")


def permissions_text(found: Permissions) -> str:
    """One line a role, and below it what nobody uses and what is missing."""
    width = max([len("role"), *(len(role.name) for role in found.roles)])
    lines = [f"{'role':<{width}}  " + "  ".join(_HEADS)]
    for role in found.roles:
        numbers = (len(role.rights), *(role.count(s) for s in _STATUSES), len(role.missing))  # type: ignore[arg-type]  # a Status each
        cells = (f"{number:>{len(head)}}" for number, head in zip(numbers, _HEADS, strict=True))
        lines.append(f"{role.name:<{width}}  " + "  ".join(cells))
        lines += _details(role)
    lines += [f"outside the templates: {arn} makes calls" for arn in found.outside]
    lines += [f"kept for nothing: '{name}'; take it out of the settings" for name in found.stale]
    lines.append(summary(found))
    return "\n".join(lines) + "\n"


def summary(found: Permissions) -> str:
    total = sum(len(role.rights) for role in found.roles)
    return (
        f"{len(found.roles)} roles, {total} rights: {found.count('used')} used,"
        f" {found.count('service')} by services, {found.count('kept')} kept,"
        f" {found.count('unused')} unused; {found.missing} missing"
    )


def _details(role: RoleReport) -> Iterator[str]:
    for arn in role.unread:
        yield f"  unread   {arn}: its document is not known here, so nothing is called missing"
    for right in role.unused:
        yield f"  unused   {right.action} on {right.resource} ({right.location})"
    for need in role.missing:
        why = f", as {need.reason}" if need.reason else ""
        yield f"  missing  {need.action} on {need.resource or 'something'}: {need.by}{why} ({role.location})"


def explained(role: RoleReport) -> str:
    """Every right of one role with its reason."""
    lines = [f"{role.name} {role.arn} ({role.location})"]
    lines += [f"  {right.status:<8} {_line(right)}" for right in role.rights]
    lines += [line for line in _details(role) if not line.startswith("  unused")]
    return "\n".join(lines) + "\n"


def _line(right: Right) -> str:
    said = f"{right.action} on {right.resource}"
    return f"{said}: {right.why}" if right.why else said


def permissions_json(found: Permissions) -> str:
    """An object of roles, each with its rights and what is missing."""
    value: Json = {
        "schema": "permissions/1",
        "roles": [_role(role) for role in found.roles],
        "outside": list(found.outside),
        "stale": list(found.stale),
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _role(role: RoleReport) -> Json:
    return {
        "role": role.name,
        "arn": role.arn,
        "location": str(role.location),
        "unread": list(role.unread),
        "rights": [
            {
                "action": right.action,
                "resource": right.resource,
                "policy": right.policy,
                "location": str(right.location),
                "status": right.status,
                "why": right.why,
            }
            for right in role.rights
        ],
        "missing": [
            {
                "action": need.action,
                "resource": need.resource or None,
                "by": need.by,
                "reason": need.reason,
            }
            for need in role.missing
        ],
    }
