"""Who outside the zone of trust the policies of a template let in, before anything is deployed.

What IAM Access Analyzer would find afterwards; a Deny is not counted, so that a doubt shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.problems import Location, Problem
from simulator.project.document import escape
from simulator.project.template import Resource, Template

# Where each type has its policy; a Lambda permission is a statement of its own. IAM Access Analyzer
# does not look at event buses: their policies are here because they let in others all the same.
POLICIES: Final = {
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::DynamoDB::Table": "ResourcePolicy/PolicyDocument",
    "AWS::Events::EventBusPolicy": "",
    "AWS::Lambda::Permission": "",
}
_PUBLIC_LISTS: Final = {
    "PublicRead": "read",
    "PublicReadWrite": "read and write",
    "AuthenticatedRead": "read",
}
# Condition keys that say who calls, and that a caller cannot choose.
_OF_CALLERS: Final = frozenset({"aws:principalaccount", "aws:principalarn", "aws:sourceaccount"})
EVERYBODY: Final = "everybody"
_ORGANIZATION: Final = frozenset({"aws:principalorgid", "aws:sourceorgid"})


@dataclass(frozen=True, slots=True)
class Zone:
    """Accounts that may have access, and the organisation's id ("" for none)."""

    accounts: frozenset[str]
    organization: str = ""


def external_access(template: Template, zone: Zone) -> list[Problem]:
    """PRJ120 for each statement that lets somebody outside in, at its place."""
    found: list[Problem] = []
    for resource in template.resources.values():
        if resource.type in POLICIES:
            found += _of(template, resource, zone)
        if resource.type == "AWS::S3::Bucket":
            found += _listed_for_all(template, resource)
    return found


def _listed_for_all(template: Template, resource: Resource) -> Iterator[Problem]:
    """A bucket's access control list is open without any policy."""
    block: Any = resource.properties.get("PublicAccessBlockConfiguration") or {}
    does = _PUBLIC_LISTS.get(str(resource.properties.get("AccessControl")))
    if does and not (block.get("BlockPublicAcls") or block.get("IgnorePublicAcls")):
        message = f"{resource.logical_id} lets everybody {does} by its AccessControl"
        place = template.locate(resource.origin, "/Properties/AccessControl")
        yield Problem("PRJ120", message, place, "leave it out: buckets are private without it")


def _shuts_the_public_out(template: Template, resource: Resource) -> bool:
    """Is it the policy of a bucket that gives what is public to nobody (RestrictPublicBuckets, docs)?"""
    buckets = template.of_type("AWS::S3::Bucket")
    name = resource.properties.get("Bucket")
    for bucket in buckets if resource.type == "AWS::S3::BucketPolicy" else ():
        block: Any = bucket.properties.get("PublicAccessBlockConfiguration") or {}
        if bucket.physical_id == name and block.get("RestrictPublicBuckets"):
            return True
    return False


def _of(template: Template, resource: Resource, zone: Zone) -> Iterator[Problem]:
    path = POLICIES[resource.type]
    policy: Any = resource.properties
    for part in path.split("/") if path else ():
        policy = policy.get(part) if isinstance(policy, Mapping) else None
    if resource.type == "AWS::Lambda::Permission":
        policy = {"Statement": _permission(resource.properties)}
    for statement in _list(policy.get("Statement")) if isinstance(policy, Mapping) else ():
        if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
            continue
        for who in _outside(statement, zone):
            if who == EVERYBODY and _shuts_the_public_out(template, resource):
                continue
            actions = ", ".join(map(str, _list(statement.get("Action"))))
            inside = "/Properties" + "".join(f"/{escape(part)}" for part in path.split("/") if part)
            message = f"{resource.logical_id} lets {who} do {actions or 'something'}"
            place: Location = template.locate(resource.origin, inside)
            hint = "if that is intended: --trust ACCOUNT, or a condition on who calls"
            yield Problem("PRJ120", message, place, hint)


def _permission(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The statement that AddPermission makes (docs)."""
    who = str(properties.get("Principal", ""))
    condition = {}
    if properties.get("PrincipalOrgID"):
        condition = {"StringEquals": {"aws:PrincipalOrgID": properties["PrincipalOrgID"]}}
    principal: Any = {"Service": who} if who.endswith(".amazonaws.com") else {"AWS": who}
    action = properties.get("Action")
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}


def _outside(statement: Mapping[str, Any], zone: Zone) -> Iterator[str]:
    principal = statement.get("Principal")
    if "NotPrincipal" in statement:
        yield "everybody but its NotPrincipal"
        return
    named = principal if isinstance(principal, Mapping) else {"AWS": principal}
    limited = _limited(statement.get("Condition"), zone)
    for kind, entries in named.items():
        for entry in map(str, _list(entries)):
            if kind == "Service" or limited:
                continue  # AWS: services are not reported (docs)
            if entry == "*":
                yield EVERYBODY
            elif kind != "AWS":
                yield f"{kind} {entry}"
            elif _account(entry) not in zone.accounts:
                yield entry


def _limited(conditions: Any, zone: Zone) -> bool:
    """Does a condition keep everybody outside away? Only equality and ARN patterns of our accounts."""
    for operator, line in conditions.items() if isinstance(conditions, Mapping) else ():
        if operator not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike"):
            continue
        for key, wanted in line.items() if isinstance(line, Mapping) else ():
            values = [str(value) for value in _list(wanted)]
            if key.lower() in _OF_CALLERS and all(_account(v) in zone.accounts for v in values):
                return True
            if key.lower() in _ORGANIZATION and values == [zone.organization]:
                return True
    return False


def _account(principal: str) -> str:
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 else principal


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
