"""Who may use a resource in a given state: the local check before and after every change.

Of conditions we know the keys of the caller (aws:...) and the common operators. Anything else is taken
as met in an Allow and as not met in a Deny, so that a doubt shows as access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from common.aws import setting

from remediation import settings
from remediation.findings import account_of
from remediation.policies import listed, statements
from remediation.state import State

EVERYBODY: Final = "http://acs.amazonaws.com/groups/global/"  # AllUsers and AuthenticatedUsers
_ACL: Final = {
    "READ": (
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:ListBucketMultipartUploads",
        "s3:GetObject",
    ),
    "WRITE": ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
    "FULL_CONTROL": ("s3:*",),
}


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks for an action; `keys` are the global condition keys of the caller."""

    who: str
    action: str
    kind: str = "AWS"
    keys: Mapping[str, str] = field(default_factory=dict)


def allowed(policy: Mapping[str, Any] | None, request: Request) -> bool:
    """By the policy: an explicit deny wins; without an allow nobody may."""
    return not denied(policy, request) and _matches(policy, request, "Allow")


def denied(policy: Mapping[str, Any] | None, request: Request) -> bool:
    return _matches(policy, request, "Deny")


def may(state: State, request: Request, account: str) -> bool:
    """By everything that the state has; `account` is the resource's own."""
    if denied(state.policy, request):
        return False
    block = state.public_access_block or {}
    if _acl_allows(state, request, ignore_public=block.get("IgnorePublicAcls", False)):
        return True
    if any(_granted(grant, request) for grant in state.grants):
        return True
    if not _matches(state.policy, request, "Allow"):
        return False
    # AWS: then a public policy serves the bucket's own account and AWS services alone (docs).
    inside = request.kind == "Service" or request.keys.get("aws:PrincipalAccount") == account
    return inside or not block.get("RestrictPublicBuckets") or not _is_public(state.policy)


def _matches(policy: Mapping[str, Any] | None, request: Request, effect: str) -> bool:
    return any(
        statement.get("Effect") == effect
        and _concerns(statement, request)
        and _met(statement.get("Condition") or {}, request, unknown=effect == "Allow")
        for statement in statements(policy)
    )


def _is_public(policy: Mapping[str, Any] | None) -> bool:
    """Does an Allow name everybody without a condition on who calls?"""
    stranger = Request("", "*", "AWS", {"aws:PrincipalIsAWSService": "false"})
    for statement in statements(policy):
        principal = statement.get("Principal")
        named = listed(principal.get("AWS", [])) if isinstance(principal, Mapping) else [principal]
        conditions = statement.get("Condition") or {}
        if (
            statement.get("Effect") == "Allow"
            and "*" in named
            and _met(conditions, stranger, unknown=True)
        ):
            return True
    return False


def _acl_allows(state: State, request: Request, *, ignore_public: bool) -> bool:
    for grant in state.acl:
        grantee = grant["Grantee"]
        public = str(grantee.get("URI", "")).startswith(EVERYBODY)
        if public and (ignore_public or request.kind == "Service"):
            continue
        if not public and not (
            request.kind == "CanonicalUser" and grantee.get("ID") == request.who
        ):
            continue
        if any(fnmatchcase(request.action, action) for action in _ACL[grant["Permission"]]):
            return True
    return False


def _granted(grant: Mapping[str, Any], request: Request) -> bool:
    operation = request.action.partition(":")[2]
    return operation in grant["Operations"] and _is(str(grant["GranteePrincipal"]), request)


def is_grantee(finding: Mapping[str, Any], grant: Mapping[str, Any]) -> bool:
    """Is the grant for the finding's principal?"""
    grantee = str(grant["GranteePrincipal"])
    principal = finding["principal"]
    if principal["kind"] == "aws_account":
        return f":{principal['value']}:" in grantee or grantee == principal["value"]
    return bool(grantee == principal["value"])


def _concerns(statement: Mapping[str, Any], request: Request) -> bool:
    """What is said by exception (NotAction, NotPrincipal), or of a part only, counts for an Allow
    and not for a Deny.
    """
    allow = statement.get("Effect") == "Allow"
    if "Action" in statement:
        actions = [str(action).lower() for action in listed(statement["Action"])]
        if not any(fnmatchcase(request.action.lower(), action) for action in actions):
            return False
    elif not allow:
        return False
    if not allow and not _whole(statement):
        return False
    if "Principal" not in statement:
        return allow
    principal = statement["Principal"]
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    if "*" in listed(principal.get("AWS", [])):
        return not allow or request.kind in ("AWS", "CanonicalUser")
    return any(_is(str(entry), request) for entry in listed(principal.get(request.kind, [])))


def _whole(statement: Mapping[str, Any]) -> bool:
    """Does the statement cover the resource and not only some objects of it?"""
    found = [str(entry) for entry in listed(statement.get("Resource", "*"))]
    return any(
        entry == "*" or "/" not in entry or not entry.startswith("arn:aws:s3") for entry in found
    ) or any(entry.partition("/")[2] == "*" for entry in found)


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
        _holds(operator, key, listed(wanted), request, unknown=unknown)
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
    if kind == "canonical":
        return [Request(value, action, "CanonicalUser") for action in finding["actions"]]
    if kind == "anyone":
        return [
            request
            for action in finding["actions"]
            for request in (
                _request(
                    f"arn:{finding['partition']}:iam::000000000000:role/Any", "000000000000", action
                ),
                Request("anonymous", action, "AWS"),
            )
        ]
    account = account_of(principal)
    who = f"arn:{finding['partition']}:iam::{account}:role/Any" if kind == "aws_account" else value
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


def bystanders(finding: Mapping[str, Any], policy: Mapping[str, Any] | None) -> Iterator[Request]:
    """Everybody else that we know of: trusted accounts, who stands in the policy, AWS services."""
    partition, own = finding["partition"], set(map(_asked, requests_of(finding)))
    found: dict[tuple[str, str], Request] = {}

    def add(request: Request) -> None:
        found.setdefault(_asked(request), request)

    for action in finding["actions"]:
        for account in sorted(settings.zone_of_trust(finding)):
            add(_request(f"arn:{partition}:iam::{account}:role/Any", account, action))
    for statement in statements(policy):
        principal = statement.get("Principal")
        if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
            continue
        for action in map(str, listed(statement.get("Action", []))):
            for service in map(str, listed(principal.get("Service", []))):
                add(Request(service, action, "Service", {"aws:PrincipalIsAWSService": "true"}))
            for provider in map(str, listed(principal.get("Federated", []))):
                add(Request(provider, action, "Federated"))
            for user in map(str, listed(principal.get("CanonicalUser", []))):
                add(Request(user, action, "CanonicalUser"))
            for arn in map(str, listed(principal.get("AWS", []))):
                account = arn if arn.isdigit() else (arn.split(":") + [""] * 5)[4]
                whole = arn.isdigit() or arn.endswith(":root")
                if account:
                    who = f"arn:{partition}:iam::{account}:role/Any" if whole else arn
                    add(_request(who, account, action))
    for request in found.values():
        if _asked(request) not in own and not _same_side(finding, request):
            yield request


def _asked(request: Request) -> tuple[str, str]:
    return request.who, request.action


def _same_side(finding: Mapping[str, Any], request: Request) -> bool:
    """Does the finding mean this caller too?"""
    kind = finding["principal"]["kind"]
    account = request.keys.get("aws:PrincipalAccount", "")
    if kind == "aws_account":
        return bool(account == finding["principal"]["value"])
    if kind == "anyone":
        inside = account in settings.zone_of_trust(finding)
        return request.kind in ("AWS", "CanonicalUser") and not inside
    return bool(request.who == finding["principal"]["value"])


def differences(finding: Mapping[str, Any], before: State, after: State) -> list[str]:
    """What is wrong with a change; empty when only the finding's side loses, and loses all.

    Of the public, those inside the zone of trust are no part: what they have as everybody has, goes
    with Block Public Access. What they have otherwise stays, also what their own account lets them do:
    nobody of them may be denied.
    """
    account = finding["resource_account"]
    wrong = [
        f"{request.who} may still {request.action}"
        for request in requests_of(finding)
        if may(after, request, account)
    ]
    for request in bystanders(finding, before.policy):
        was, now = allowed(before.policy, request), allowed(after.policy, request)
        cut = denied(after.policy, request) and not denied(before.policy, request)
        if cut or was != now:
            wrong.append(f"{request.who} would {'lose' if was or cut else 'gain'} {request.action}")
    return wrong
