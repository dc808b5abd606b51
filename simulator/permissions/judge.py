"""Rights of roles beside the needs of runs and services: used, unused, missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from simulator.permissions.needs import Need
from simulator.permissions.policies import (
    ResourcePolicies,
    Role,
    Statement,
    allowed,
    covers,
    fits,
    roles_of,
)
from simulator.permissions.services import Keys, needs_of_services
from simulator.permissions.settings import Declared
from simulator.problems import Location
from simulator.project.project import Project
from simulator.project.template import Template

Status: TypeAlias = Literal["used", "service", "kept", "unused"]
# Services whose use of a role is known: by runs, or by permissions.services.
_KNOWN: Final = frozenset(
    f"{name}.amazonaws.com" for name in ("events", "lambda", "pipes", "scheduler", "states")
)


@dataclass(frozen=True, slots=True)
class Right:
    """One action of one Allow on one of its resources, both as the policy writes them.

    `why` says who used it, what a service does with it, or why it is kept; "" for unused ones.
    """

    action: str
    resource: str
    policy: str
    location: Location
    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class RoleReport:
    """`missing` are needs that the role's policies do not allow."""

    name: str
    arn: str
    location: Location
    rights: tuple[Right, ...]
    missing: tuple[Need, ...]
    unread: tuple[str, ...] = ()

    def count(self, status: Status) -> int:
        return sum(right.status == status for right in self.rights)

    @property
    def unused(self) -> tuple[Right, ...]:
        return tuple(right for right in self.rights if right.status == "unused")


@dataclass(frozen=True, slots=True)
class Permissions:
    """`outside` are roles that made calls and are in no template; `stale` names of `kept` that keep
    nothing.
    """

    roles: tuple[RoleReport, ...]
    outside: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        return sum(len(role.missing) for role in self.roles)

    def count(self, status: Status) -> int:
        return sum(role.count(status) for role in self.roles)


def permissions(project: Project, declared: Declared, observed: Iterable[Need]) -> Permissions:
    """Every role of the project's templates beside what runs and services need."""
    own = [part.template for part in project.parts]
    templates = [*own, *declared.templates]
    keys = Keys(templates)
    policies = ResourcePolicies.of(templates)
    needs = _with_keys(
        [*observed, *(need for one in templates for need in needs_of_services(one))], keys
    )
    reports = [
        _report(role, [need for need in needs if need.role == role.arn], policies, declared)
        for template in own
        for role in roles_of(template)
    ]
    known = {report.arn for report in reports}
    strange = [need for need in needs if need.role not in known]
    for template in declared.templates:
        for role in roles_of(template):
            wanted = [_at_home(need, role, template) for need in strange if _is(role, need.role)]
            known |= {need.role for need in strange if _is(role, need.role)}
            reports.append(_report(role, wanted, policies, declared))
    outside = sorted({need.role for need in strange} - known)
    return Permissions(tuple(reports), tuple(outside), tuple(_stale(reports, declared)))


def _stale(reports: Sequence[RoleReport], declared: Declared) -> Iterator[str]:
    """Of roles that are there: which ones are is a matter of the template's parameters."""
    for kept, reason in declared.kept.items():
        roles = [one for one in reports if one.name == kept.partition(" ")[0]]
        used = (right for one in roles for right in one.rights if right.status == "kept")
        if roles and not any(_keeps(kept, right.action) and right.why == reason for right in used):
            yield kept


def _keeps(kept: str, action: str) -> bool:
    return fits(kept.partition(" ")[2], action)


def _with_keys(needs: Sequence[Need], keys: Keys) -> list[Need]:
    found: dict[Need, None] = {}
    for need in needs:
        if need.action.startswith("kms:"):
            need = replace(need, resource=keys.arn(need.resource))  # noqa: PLW2901 - as the key is called
        found[need] = None
        found.update(dict.fromkeys(keys.needs(need)))
    return sorted(found)


def _is(role: Role, arn: str) -> bool:
    """A role that is deployed to many accounts: its name is all that they share."""
    return arn == role.arn or arn.rpartition("/")[2] == role.arn.rpartition("/")[2]


def _at_home(need: Need, role: Role, template: Template) -> Need:
    """As if the need had been in the account that the template was read for."""
    account = need.role.split(":")[4]
    moved = need.resource.replace(f":{account}:", f":{template.place.account}:")
    return replace(need, role=role.arn, resource=moved)


def _report(
    role: Role, needs: Sequence[Need], policies: ResourcePolicies, declared: Declared
) -> RoleReport:
    missing = [
        need
        for need in needs
        if not need.optional and not role.unread and not allowed(role, need, policies)
    ]
    rights = (
        _right(role, statement, action, resource, needs, declared)
        for statement in role.statements
        if statement.is_allow
        for action in statement.actions
        for resource in statement.resources
    )
    return RoleReport(
        role.name, role.arn, role.location, tuple(rights), tuple(_once(missing)), role.unread
    )


def _once(missing: Iterable[Need]) -> Iterator[Need]:
    """The first of those that differ only in who calls."""
    seen: set[tuple[str, str]] = set()
    for need in missing:
        if (need.action, need.resource) not in seen:
            seen.add((need.action, need.resource))
            yield need


def _right(
    role: Role,
    statement: Statement,
    action: str,
    resource: str,
    needs: Sequence[Need],
    declared: Declared,
) -> Right:
    meant = [
        need for need in needs if fits(action, need.action) and covers(resource, need.resource)
    ]
    used = next((need for need in meant if not need.reason), None)
    status: Status = "unused"
    why = ""
    if used is not None:
        status, why = "used", used.by
    elif meant:
        first = min(meant, key=lambda need: (need.optional, need))
        status, why = "service", f"{first.reason} ({first.by})"
    elif role.is_for_services_only and not _KNOWN.intersection(role.services):
        status = "service"
        why = f"{', '.join(role.services)} has the role; nothing of it is simulated"
    else:
        for kept, reason in declared.kept.items():
            if kept.partition(" ")[0] == role.name and _keeps(kept, action):
                status, why = "kept", reason
                break
    return Right(action, resource, statement.policy, statement.location, status, why)
