"""May somebody do something with a resource? Written for the tests alone, so that the functions' own
check is judged by another one.

Facts: IAM policy evaluation logic, S3 Block Public Access, KMS grants (docs). Refuses what it does
not know instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ACCOUNT = re.compile(r"arn:[a-z-]+:(?:iam|sts)::(\d{12}):")


_ACL_ACTIONS = {
    "READ": {
        "s3:listbucket",
        "s3:listbucketversions",
        "s3:listbucketmultipartuploads",
        "s3:getobject",
    },
    "WRITE": {"s3:putobject", "s3:deleteobject", "s3:deleteobjectversion"},
    "READ_ACP": {"s3:getbucketacl"},
    "WRITE_ACP": {"s3:putbucketacl"},
}


@dataclass(frozen=True, slots=True)
class State:
    """Who can use a resource: `block` is Block Public Access, `acl` the grants to others than the
    owner, `grants` a key's, `inline` the policies of a role by name.
    """

    policy: Mapping[str, Any] | None
    block: Mapping[str, bool] | None = None
    acl: tuple[Mapping[str, Any], ...] = ()
    grants: tuple[Mapping[str, Any], ...] = ()
    inline: tuple[tuple[str, Any], ...] = ()


def may(
    state: State,
    who: str,
    action: str,
    *,
    account: str,
    organization: Mapping[str, Any] | None = None,
) -> bool:
    """By policy, list and grants together; `account` owns the resource."""
    policy, block = state.policy or {}, state.block or {}
    found = effects(policy, who, action, organization=organization)
    if "Deny" in found:
        return False
    for entry in state.acl:
        uri = str(entry["Grantee"].get("URI", ""))
        public = uri.endswith(("/global/AllUsers", "/global/AuthenticatedUsers"))
        if (public and not block.get("IgnorePublicAcls") and not is_service(who)) or (
            entry["Grantee"].get("ID") == who
        ):
            permission = entry["Permission"]
            if permission == "FULL_CONTROL" or action.lower() in _ACL_ACTIONS[permission]:
                return True
    for grant in state.grants:
        grantee = {"Principal": {"AWS": grant["GranteePrincipal"]}}
        named = _names(grantee, who, _caller(who, organization or {}))
        if named and action.partition(":")[2] in grant["Operations"]:
            return True
    if "Allow" not in found:
        return False
    inside = is_service(who) or f"::{account}:" in who
    public = any(
        entry["Effect"] == "Allow" and not entry.get("Condition") and _everybody(entry)
        for entry in _many(policy.get("Statement", []))
    )
    return inside or not (block.get("RestrictPublicBuckets") and public)


def _everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or (
        isinstance(principal, Mapping) and "*" in _many(principal.get("AWS", []))
    )


def allows(
    policy: Mapping[str, Any],
    who: str,
    action: str,
    *,
    organization: Mapping[str, Any] | None = None,
) -> bool:
    """`who` is an ARN, a service such as cloudtrail.amazonaws.com, or a federated provider.

    `organization` is {"id", "accounts"}: its members carry aws:PrincipalOrgID.
    """
    return effects(policy, who, action, organization=organization) == {"Allow"}


def effects(
    policy: Mapping[str, Any],
    who: str,
    action: str,
    *,
    organization: Mapping[str, Any] | None = None,
) -> set[str]:
    """The effects of the statements that concern the request."""
    caller = _caller(who, organization or {})
    return {
        statement["Effect"]
        for statement in _many(policy.get("Statement", []))
        if _names(statement, who, caller)
        and _acts(statement, action)
        and _conditions(statement.get("Condition", {}), caller, statement["Effect"])
    }


def _caller(who: str, organization: Mapping[str, Any]) -> dict[str, str]:
    """The condition keys that a request of this caller carries."""
    if is_service(who):
        return {"aws:principalisawsservice": "true"}
    keys = {"aws:principalisawsservice": "false"}
    found = _ACCOUNT.match(who)
    if found and not _is_provider(who):
        keys |= {"aws:principalarn": who, "aws:principalaccount": found[1]}
        if found[1] in organization.get("accounts", ()):
            keys["aws:principalorgid"] = organization["id"]
    return keys


# Identity providers that are named, not by an ARN (IAM, docs).
_PROVIDERS = frozenset(
    {
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
    }
)


def _is_provider(who: str) -> bool:
    return ":saml-provider/" in who or ":oidc-provider/" in who or who in _PROVIDERS


def is_service(who: str) -> bool:
    return who.endswith(".amazonaws.com") and not _is_provider(who)


def _acts(statement: Mapping[str, Any], action: str) -> bool:
    """NotAction is every action but those."""
    names = statement.get("Action", statement.get("NotAction", []))
    named = any(_like(action.lower(), str(name).lower()) for name in _many(names))
    return named == ("Action" in statement)


def _names(statement: Mapping[str, Any], who: str, caller: Mapping[str, str]) -> bool:
    if "NotPrincipal" in statement:
        excepted = {"Effect": "Allow", "Principal": statement["NotPrincipal"]}
        return not _names(excepted, who, caller)
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        raise NotImplementedError(f"a statement without a plain Principal: {statement}")
    if statement.get("Effect") == "Deny" and "*" in _many(principal.get("AWS", [])):
        return True  # AWS: equivalent to "*", which services are part of (docs)
    kind = "AWS"
    if is_service(who):
        kind = "Service"
    elif _is_provider(who):
        kind = "Federated"
    elif re.fullmatch("[0-9a-f]{64}", who):
        kind = "CanonicalUser"
    account = caller.get("aws:principalaccount", "-")
    for entry in map(str, _many(principal.get(kind, []))):
        if entry in ("*", who, account) or re.fullmatch(rf"arn:[a-z-]+:iam::{account}:root", entry):
            return True
    return False


def _conditions(conditions: Mapping[str, Any], caller: Mapping[str, str], effect: str) -> bool:
    """Every line must hold. Keys of the service itself (sts:ExternalId) are the caller's choice:
    an outsider can meet them in an Allow and avoid them in a Deny."""
    for operator, line in conditions.items():
        for key, wanted in line.items():
            if not key.lower().startswith("aws:"):
                if effect == "Deny":
                    return False
                continue
            if not _line(
                operator, caller.get(key.lower()), [str(value) for value in _many(wanted)]
            ):
                return False
    return True


def _line(operator: str, got: str | None, wanted: list[str]) -> bool:
    base = operator.removesuffix("IfExists")
    negative = "Not" in base
    if got is None:
        return negative or base != operator
    if base in ("StringEquals", "StringNotEquals", "Bool", "ArnEquals", "ArnNotEquals"):
        found = any(
            _like(got, value) if base.startswith("Arn") else got == value for value in wanted
        )
    elif base in ("StringLike", "StringNotLike", "ArnLike", "ArnNotLike"):
        found = any(_like(got, value) for value in wanted)
    else:
        raise NotImplementedError(f"the condition operator {operator}")
    return found != negative


def _like(text: str, pattern: str) -> bool:
    parts = re.split(r"([*?])", pattern)
    expression = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(expression, text) is not None


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
