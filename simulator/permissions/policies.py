"""Roles of templates with all their policies, and whether those allow an action."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, TypeAlias

from simulator.aws.managed_policies import managed_policy
from simulator.aws.trust import trusts
from simulator.permissions.needs import Need
from simulator.problems import Location
from simulator.project.template import Resource, Template

# Where each type has its policy, and the property that names what the policy is of.
_OF_RESOURCES: Final = {
    "AWS::KMS::Key": ("KeyPolicy", ""),
    "AWS::Lambda::Permission": ("", "FunctionName"),
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy", "SecretId"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"),
}
_Body: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an identity policy. `policy` is its name; `location` its place.

    `is_of_aws`: of a policy that AWS manages, which names no resource of the project.
    """

    body: _Body
    policy: str
    location: Location
    is_of_aws: bool = False

    @property
    def is_allow(self) -> bool:
        return self.body.get("Effect") == "Allow"

    @property
    def actions(self) -> list[str]:
        """Patterns; a NotAction gives one, "not " before its list."""
        if "NotAction" in self.body:
            return [f"not {', '.join(map(str, listed(self.body['NotAction'])))}"]
        return [str(item) for item in listed(self.body.get("Action"))]

    @property
    def resources(self) -> list[str]:
        if "NotResource" in self.body:
            return [f"not {', '.join(map(str, listed(self.body['NotResource'])))}"]
        return [str(item) for item in listed(self.body.get("Resource"))]

    def means(self, need: Need) -> bool:
        return any(fits(item, need.action) for item in self.actions) and any(
            covers(item, need.resource) for item in self.resources
        )


@dataclass(frozen=True, slots=True)
class Role:
    """`boundary` are the statements of its permissions boundary; None: it has none.

    `services` are the service principals that its trust policy lets assume it. `unread` are managed
    policies whose document nobody has here.
    """

    name: str
    arn: str
    location: Location
    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None = None
    services: tuple[str, ...] = ()
    is_for_services_only: bool = False
    unread: tuple[str, ...] = ()


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def fits(pattern: str, action: str) -> bool:
    """IAM's wildcards; actions do not mind the case (docs)."""
    if pattern.startswith("not "):
        return not any(fits(item, action) for item in pattern[4:].split(", "))
    return _like(pattern.lower()).fullmatch(action.lower()) is not None


def covers(pattern: str, resource: str) -> bool:
    """A resource that is not known is covered by every pattern."""
    if not resource:
        return True
    if pattern.startswith("not "):
        return not any(covers(item, resource) for item in pattern[4:].split(", "))
    return _like(pattern).fullmatch(resource) is not None


@lru_cache(maxsize=4096)
def _like(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


# -- roles of templates ---------------------------------------------------------------------------


def roles_of(template: Template) -> Iterator[Role]:
    """Every role of the template: what the transform made of SAM's policies is there already."""
    attached = _attached(template)
    for role in template.of_type("AWS::IAM::Role"):
        found, unread = [], []
        for number, policy in enumerate(listed(role.properties.get("Policies"))):
            inside = f"/Properties/Policies/{number}/PolicyDocument"
            found += _statements(template, role, str(policy.get("PolicyName")), policy.get("PolicyDocument"), inside)  # fmt: skip
        for arn in map(str, listed(role.properties.get("ManagedPolicyArns"))):
            read = _managed(template, role, arn)
            unread += [arn] if read is None else []
            found += read or ()
        boundary = role.properties.get("PermissionsBoundary")
        trust: Any = role.properties.get("AssumeRolePolicyDocument") or {}
        principals = [item.get("Principal") or {} for item in listed(trust.get("Statement"))]
        yield Role(
            name=role.logical_id,
            arn=role.arn or role.physical_id,
            location=role.location,
            statements=(*found, *attached.get(role.name, ())),
            boundary=None if not boundary else tuple(_managed(template, role, str(boundary)) or ()),
            services=tuple(_services(principals)),
            is_for_services_only=all(
                isinstance(item, Mapping) and set(item) == {"Service"} for item in principals
            ),
            unread=tuple(unread),
        )


def _services(principals: Iterable[Any]) -> Iterator[str]:
    for item in principals:
        if isinstance(item, Mapping):
            yield from map(str, listed(item.get("Service")))


def _attached(template: Template) -> dict[str, list[Statement]]:
    """Policies that name their roles, by the roles' names."""
    found: dict[str, list[Statement]] = {}
    for policy in template.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):  # fmt: skip
        properties = policy.properties
        for name in (*listed(properties.get("Roles")), *listed(properties.get("RoleName"))):
            found.setdefault(str(name), []).extend(_of_policy(template, policy))
    return found


def _of_policy(template: Template, policy: Resource) -> list[Statement]:
    document = policy.properties.get("PolicyDocument")
    inside = "/Properties/PolicyDocument"
    return _statements(template, policy, policy.logical_id, document, inside)


def _managed(template: Template, role: Resource, arn: str) -> list[Statement] | None:
    for policy in template.of_type("AWS::IAM::ManagedPolicy"):
        if policy.physical_id == arn:
            return _of_policy(template, policy)
    document = managed_policy(arn)
    if document is None:
        return None
    read = _statements(template, role, arn.rpartition("/")[2], document, "/Properties")
    return [replace(statement, is_of_aws=True) for statement in read]


def _statements(
    template: Template, owner: Resource, policy: str, document: Any, inside: str
) -> list[Statement]:
    bodies = listed(document.get("Statement")) if isinstance(document, Mapping) else []
    return [
        Statement(body, policy, template.locate(owner.origin, f"{inside}/Statement/{number}"))
        for number, body in enumerate(bodies)
        if isinstance(body, Mapping)
    ]


# -- decisions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResourcePolicies:
    """Policies of the templates' resources: statements by the ARN of what they are of."""

    _by_arn: Mapping[str, tuple[_Body, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, templates: Iterable[Template]) -> ResourcePolicies:
        found: dict[str, tuple[_Body, ...]] = {}
        for template in templates:
            arns = {item.physical_id: item.arn for item in template.resources.values() if item.arn}
            for owner in template.of_type(*_OF_RESOURCES):
                member, names = _OF_RESOURCES[owner.type]
                document: Any = owner.properties.get(member) if member else _permission(owner)
                bodies = tuple(listed((document or {}).get("Statement")))
                named = listed(owner.properties.get(names)) if names else [owner.physical_id]
                for name in map(str, named):
                    arn = arns.get(name, name) or name
                    found[arn] = (*found.get(arn, ()), *bodies)
        return cls(found)

    def of_resource(self, arn: str) -> tuple[_Body, ...] | None:
        return self._by_arn.get(arn)

    def allow(self, need: Need, *, account: bool) -> bool | None:
        """None: the resource has no policy here. With `account` a grant to the role's whole account
        counts, which leaves it to the role's own policies.
        """
        bodies = self.of_resource(need.resource)
        if bodies is None:
            return None
        keys = dict(need.context)
        relevant = (_relevant(body, keys, direct=not need.reason) for body in bodies)
        kept = [body for body in relevant if body is not None]
        if not account:
            kept = [body for body in kept if _names_role(body, need.role)]
        return trusts(json.dumps({"Statement": kept}), need.role, keys, need.action)


def _permission(owner: Resource) -> dict[str, Any]:
    """The statement that AddPermission makes (docs)."""
    who = str(owner.properties.get("Principal", ""))
    body = {
        "Effect": "Allow",
        "Principal": {"Service" if who.endswith(".amazonaws.com") else "AWS": who},
        "Action": owner.properties.get("Action"),
    }
    return {"Statement": [body]}


def _relevant(body: _Body, keys: Mapping[str, str], *, direct: bool) -> _Body | None:
    """The statement with those of its conditions that are known; None for a Deny with others.

    Of a call that a run made itself (`direct`) the whole encryption context is known.
    """
    known = {name.lower() for name in (*keys, "aws:PrincipalArn", "aws:PrincipalAccount")}
    kept: dict[str, Any] = {}
    for operator, line in (body.get("Condition") or {}).items():
        for key, wanted in line.items():
            if key.lower() in known or (
                direct and key.lower().startswith("kms:encryptioncontext:")
            ):
                kept.setdefault(operator, {})[key] = wanted
            elif body.get("Effect") == "Deny":
                return None
    return {**body, "Condition": kept}


def _names_role(body: _Body, role: str) -> bool:
    principal = body.get("Principal")
    named = listed(principal.get("AWS")) if isinstance(principal, Mapping) else []
    return body.get("Effect") == "Deny" or role in named


def allowed(role: Role, need: Need, resources: ResourcePolicies) -> bool:
    """Would IAM allow it? A Deny without conditions wins; conditions of an Allow count as met, but
    for the caller's ARN and encryption contexts in resource policies.

    A KMS key's policy has to agree, whatever the role's own policies say (docs).
    """
    if any(not item.is_allow and not item.body.get("Condition") and need.resource and item.means(need) for item in role.statements):  # fmt: skip
        return False
    if role.boundary is not None and not _granted(role.boundary, need):
        return False
    own = _granted(role.statements, need)
    if need.action.startswith("kms:"):
        by_key = resources.allow(need, account=True)
        return bool(resources.allow(need, account=False)) or (own and by_key is not False)
    return own or bool(resources.allow(need, account=False))


def _granted(statements: Iterable[Statement], need: Need) -> bool:
    return any(item.is_allow and item.means(need) for item in statements)
