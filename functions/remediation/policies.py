"""Policies as data: our statement in, our statement out, and how long the result is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from remediation import settings
from remediation.errors import NoSafeChange
from remediation.findings import sid

Policy = dict[str, Any]
# Trust policies by default; the quota L-C07B4B0D can be raised (IAM quotas, docs).
LARGEST_TRUST_POLICY = 2048


def text_of(policy: Mapping[str, Any]) -> str:
    """Without white space: IAM does not count it."""
    return json.dumps(policy, separators=(",", ":"))


def fingerprint(policy: Mapping[str, Any]) -> str:
    canonical = json.dumps(policy, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = policy.get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def find(policy: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    return next((entry for entry in statements(policy) if entry.get("Sid") == name), None)


def with_statement(policy: Mapping[str, Any], statement: Mapping[str, Any]) -> Policy:
    """The statement is added once, however often this is done."""
    rest = [entry for entry in statements(policy) if entry.get("Sid") != statement["Sid"]]
    return {**policy, "Statement": [*rest, dict(statement)]}


def without_statement(policy: Mapping[str, Any], name: str) -> Policy:
    return {
        **policy,
        "Statement": [entry for entry in statements(policy) if entry.get("Sid") != name],
    }


def role_denial(finding: Mapping[str, Any]) -> dict[str, Any]:
    """The statement that takes the finding's principal out of a role's trust policy."""
    principal = finding["principal"]
    kind, value = principal["kind"], principal["value"]
    denial: dict[str, Any] = {"Sid": sid(finding["finding_id"]), "Effect": "Deny"}
    if kind == "aws_account":
        denial["Principal"] = {"AWS": f"arn:{finding['partition']}:iam::{value}:root"}
    elif kind == "aws_arn":
        denial["Principal"] = {"AWS": value}
    elif kind == "federated":
        denial["Principal"] = {"Federated": value}
    elif kind == "anyone":
        denial["Principal"] = {"AWS": "*"}
    else:
        raise NoSafeChange(f"a role cannot deny a principal of the kind '{kind}'")
    denial["Action"] = list(finding["actions"])
    if kind == "anyone":
        denial["Condition"] = settings.guard()
    return denial
