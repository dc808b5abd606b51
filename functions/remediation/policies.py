"""Policies as data: a statement in, a principal out, and how long the result is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from remediation import settings
from remediation.errors import NoSafeChange
from remediation.findings import sid

Policy = dict[str, Any]
Statement = dict[str, Any]
VERSION = "2012-10-17"


def text_of(policy: Mapping[str, Any]) -> str:
    """Without white space: the services do not count it."""
    return json.dumps(policy, separators=(",", ":"))


def fingerprint(value: Any) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(policy: Mapping[str, Any] | None) -> list[Statement]:
    return list(listed(policy.get("Statement", []))) if policy else []


def rebuilt(policy: Policy | None, entries: list[Statement]) -> Policy | None:
    """The policy with other statements; None when none are left."""
    if not entries:
        return None
    return {**(policy or {"Version": VERSION}), "Statement": entries}


def find(policy: Mapping[str, Any] | None, name: str) -> Statement | None:
    return next((entry for entry in statements(policy) if entry.get("Sid") == name), None)


def with_statement(policy: Policy | None, statement: Statement) -> Policy:
    """The statement is there once, however often this is done; others that were merged into it stay."""
    known = find(policy, statement["Sid"])
    if known is not None and covers(known, statement):
        return dict(policy or {})
    rest = [entry for entry in statements(policy) if entry.get("Sid") != statement["Sid"]]
    return {**(policy or {"Version": VERSION}), "Statement": [*rest, dict(statement)]}


def covers(known: Statement, wanted: Statement) -> bool:
    """`known` is `wanted`, for its principal and perhaps for others."""
    if {**known, "Principal": None, "Sid": None} != {**wanted, "Principal": None, "Sid": None}:
        return False
    return known["Principal"] == wanted["Principal"] or not principals_missing(known, wanted)


def principals_missing(known: Statement, wanted: Statement) -> list[tuple[str, str]]:
    """(kind, principal) that `wanted` names and `known` does not."""
    have, want = known.get("Principal"), wanted["Principal"]
    if not isinstance(have, Mapping) or not isinstance(want, Mapping):
        return [] if have == want else [("*", "*")]
    return [
        (kind, entry)
        for kind, entries in want.items()
        for entry in listed(entries)
        if entry not in listed(have.get(kind, []))
    ]


def merged(policy: Policy, name: str, statement: Statement) -> Policy:
    """The principal of `statement` joins the statement of that name."""
    entries = []
    for known in statements(policy):
        principal = known.get("Principal")
        if known.get("Sid") == name and isinstance(principal, Mapping):
            more = dict(principal)
            for kind, entry in principals_missing(known, statement):
                more[kind] = [*listed(more.get(kind, [])), entry]
            known = {**known, "Principal": more}  # noqa: PLW2901 - the statement as it becomes
        entries.append(known)
    return {**policy, "Statement": entries}


def without_principal(policy: Policy | None, name: str, statement: Statement) -> Policy | None:
    """The principal of `statement` leaves the statement of that name, which goes when it is the last."""
    entries = []
    for known in statements(policy):
        left = known
        if known.get("Sid") == name:
            if not isinstance(known.get("Principal"), Mapping) or known["Principal"] == "*":
                continue
            gone = statement["Principal"]
            reduced = _without(known, gone) if isinstance(gone, Mapping) else None
            if reduced is None:
                continue
            left = reduced
        entries.append(left)
    return rebuilt(policy, entries)


def _without(statement: Statement, gone: Mapping[str, Any]) -> Statement | None:
    """None when nobody is left; a list of one becomes the text that it was."""
    principal = {}
    for kind, entries in statement["Principal"].items():
        rest = [entry for entry in listed(entries) if entry not in listed(gone.get(kind, []))]
        if rest == listed(entries):
            principal[kind] = entries
        elif rest:
            principal[kind] = rest if len(rest) > 1 else rest[0]
    return {**statement, "Principal": principal} if principal else None


def names_of(finding: Mapping[str, Any]) -> dict[str, list[str]]:
    """How an Allow may name the finding's principal literally."""
    kind, value = finding["principal"]["kind"], finding["principal"]["value"]
    if kind == "aws_account":
        return {"AWS": [value, f"arn:{finding['partition']}:iam::{value}:root"]}
    return {
        "aws_arn": {"AWS": [value]},
        "federated": {"Federated": [value]},
        "canonical": {"CanonicalUser": [value]},
        "anyone": {"AWS": ["*"]},
    }[kind]


def without_allows(policy: Policy | None, finding: Mapping[str, Any]) -> Policy | None:
    """No Allow names the finding's principal any more; None when nothing is left."""
    gone, entries = names_of(finding), []
    for known in statements(policy):
        left: Statement | None = known
        if known.get("Effect") == "Allow":
            principal = known.get("Principal")
            if principal == "*" and finding["principal"]["kind"] == "anyone":
                left = None
            elif isinstance(principal, Mapping):
                left = _without(known, gone)
        if left is not None:
            entries.append(left)
    return rebuilt(policy, entries)


def denial(
    finding: Mapping[str, Any],
    action: Any,
    resource: Any = None,
    *,
    everyone: Any = None,
    conditional: bool = False,
) -> Statement:
    """The statement that takes the finding's principal out of a policy.

    `conditional` names the principal in a condition: a deleted one is refused as a Principal.
    `everyone` is how the service writes anyone. NoSafeChange for a principal that cannot be denied.
    """
    principal = finding["principal"]
    kind, value = principal["kind"], principal["value"]
    everyone = {"AWS": "*"} if everyone is None else everyone
    condition: dict[str, Any] = {}
    if kind == "anyone":
        who, condition = everyone, settings.guard(finding)
    elif conditional:
        if kind != "aws_arn":
            raise NoSafeChange(f"the service does not know the principal {value}")
        who, condition = everyone, {"ArnEquals": {"aws:PrincipalArn": value}}
    elif kind == "aws_account":
        who = {"AWS": f"arn:{finding['partition']}:iam::{value}:root"}
    else:
        ((name, (entry,)),) = names_of(finding).items()
        who = {name: entry}
    statement = {"Sid": sid(finding["finding_id"]), "Effect": "Deny", "Principal": who}
    statement["Action"] = action
    if resource is not None:
        statement["Resource"] = resource
    if condition:
        statement["Condition"] = condition
    return statement
