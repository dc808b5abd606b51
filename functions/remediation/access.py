"""Who may assume a role under a trust policy: the local check before and after every change.

Of conditions we know the keys of the caller (aws:...) and the common operators. Anything else is taken
as met in an Allow and as not met in a Deny, so that a doubt shows as access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from common.aws import setting

from remediation import settings
from remediation.findings import account_of
from remediation.policies import statements


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks for an action; `keys` are the global condition keys of the caller."""

    who: str
    action: str
    kind: str = "AWS"
    keys: Mapping[str, str] = field(default_factory=dict)


def allowed(policy: Mapping[str, Any], request: Request) -> bool:
    """An explicit deny wins; without an allow nobody may."""
    found = False
    for statement in statements(policy):
        deny = statement.get("Effect") == "Deny"
        if not _concerns(statement, request):
            continue
        if not _met(statement.get("Condition") or {}, request, unknown=not deny):
            continue
        if deny:
            return False
        found = True
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _concerns(statement: Mapping[str, Any], request: Request) -> bool:
    actions = [str(action).lower() for action in _listed(statement.get("Action", []))]
    if not any(fnmatchcase(request.action.lower(), action) for action in actions):
        return False
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    return any(_is(str(entry), request) for entry in _listed(principal.get(request.kind, [])))


def _is(entry: str, request: Request) -> bool:
    if entry in ("*", request.who):
        return True
    account = request.keys.get("aws:PrincipalAccount", "")
    return (
        bool(account)
        and request.kind == "AWS"
        and (entry == account or entry.endswith(f":iam::{account}:root"))
    )


def _met(condition: Mapping[str, Any], request: Request, *, unknown: bool) -> bool:
    return all(
        _holds(operator, key, _listed(wanted), request, unknown=unknown)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda got, want: got == want,
    "StringEqualsIgnoreCase": lambda got, want: got.lower() == want.lower(),
    "StringLike": fnmatchcase,
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "Bool": lambda got, want: got.lower() == want.lower(),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def _holds(operator: str, key: str, wanted: list[Any], request: Request, *, unknown: bool) -> bool:
    name = operator.removesuffix("IfExists")
    positive = _NEGATED.get(name, name)
    test = _TESTS.get(positive)
    if test is None:
        return unknown
    got = next(
        (value for known, value in request.keys.items() if known.lower() == key.lower()), None
    )
    if got is None:
        # A negated operator is met by an absent key, as the ...IfExists forms are (IAM, docs).
        return name != operator or positive != name or (unknown and not key.startswith("aws:"))
    met = any(test(got, str(want)) for want in wanted)
    return met != (positive != name)


def requests_of(finding: Mapping[str, Any]) -> list[Request]:
    """The finding's own side: what must end."""
    principal = finding["principal"]
    kind, value = principal["kind"], principal["value"]
    account = account_of(principal)
    who = {
        "aws_account": f"arn:{finding['partition']}:iam::{account}:role/Any",
        "anyone": f"arn:{finding['partition']}:iam::000000000000:role/Any",
    }.get(kind, value)
    if kind == "anyone":
        account = "000000000000"
    return [_request(who, account, action, kind) for action in finding["actions"]]


def _request(who: str, account: str, action: str, kind: str = "") -> Request:
    if kind == "federated":
        return Request(who, action, "Federated")
    keys = {"aws:PrincipalArn": who, "aws:PrincipalIsAWSService": "false"}
    if account:
        keys["aws:PrincipalAccount"] = account
        if account == setting("OWN_ACCOUNT") or account in settings.listed("ORGANIZATION_ACCOUNTS"):
            keys["aws:PrincipalOrgID"] = setting("ORGANIZATION_ID")
    return Request(who, action, "AWS", keys)


def bystanders(finding: Mapping[str, Any], policy: Mapping[str, Any]) -> Iterator[Request]:
    """Everybody else that we know of: trusted accounts, who stands in the policy, AWS services."""
    partition, own = finding["partition"], set(map(str, map(_asked, requests_of(finding))))
    found: list[Request] = []
    for action in finding["actions"]:
        found += [
            _request(f"arn:{partition}:iam::{account}:role/Any", account, action)
            for account in sorted(settings.zone_of_trust())
        ]
    for statement in statements(policy):
        principal = statement.get("Principal")
        if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
            continue
        for action in map(str, _listed(statement.get("Action", []))):
            for service in map(str, _listed(principal.get("Service", []))):
                keys = {"aws:PrincipalIsAWSService": "true"}
                found.append(Request(service, action, "Service", keys))
            found += [
                Request(provider, action, "Federated")
                for provider in map(str, _listed(principal.get("Federated", [])))
            ]
            for arn in map(str, _listed(principal.get("AWS", []))):
                account = arn if arn.isdigit() else (arn.split(":") + [""] * 5)[4]
                if account:
                    who = (
                        f"arn:{partition}:iam::{account}:role/Any"
                        if arn.isdigit() or arn.endswith(":root")
                        else arn
                    )
                    found.append(_request(who, account, action))
    for request in found:
        if str(_asked(request)) not in own and not _same_side(finding, request):
            yield request


def _asked(request: Request) -> tuple[str, str]:
    return request.who, request.action


def _same_side(finding: Mapping[str, Any], request: Request) -> bool:
    """Does the finding mean this caller too?"""
    kind = finding["principal"]["kind"]
    account = request.keys.get("aws:PrincipalAccount", "")
    if request.action not in finding["actions"]:
        return False
    if kind == "anyone":
        return request.kind == "AWS" and account not in settings.zone_of_trust()
    return bool(kind == "aws_account" and account == finding["principal"]["value"])


def differences(
    finding: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[str]:
    """What is wrong with a change; empty when only the finding's side loses, and loses all."""
    wrong = [
        f"{request.who} may still {request.action}"
        for request in requests_of(finding)
        if allowed(after, request)
    ]
    wrong += [
        f"{request.who} would {'lose' if allowed(before, request) else 'gain'} {request.action}"
        for request in bystanders(finding, before)
        if allowed(before, request) != allowed(after, request)
    ]
    return wrong
