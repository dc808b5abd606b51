"""What roles may do with the project's things, also through roles that they assume."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulator.permissions.policies import Role, roles_of
from simulator.project.project import Project

ASSUME: Final = "sts:AssumeRole"
_EXCEPT: Final = frozenset({"NotAction", "NotResource"})


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one resource, as the policy writes them; `account` is the role's."""

    account: str
    action: str
    resource: str


def permissions(project: Project, role: str) -> Iterator[Permission]:
    """Of the role with this ARN, and of the project's roles that it may assume.

    AssumeRole itself is given for roles that no template of the project has.
    """
    yield from _permissions(project, role, set())


def _permissions(project: Project, role: str, seen: set[str]) -> Iterator[Permission]:
    found = _role(project, role)
    if found is None or role in seen:
        return
    seen.add(role)
    part, known = found
    for statement in known.statements:
        if statement.is_of_aws or not statement.is_allow or statement.body.keys() & _EXCEPT:
            continue  # flows to whole services would say nothing; runs tell which there are
        for action in statement.actions:
            for arn in statement.resources:
                if action == ASSUME and _role(project, arn) is not None:
                    yield from _permissions(project, arn, seen)
                else:
                    yield Permission(part.account, action, arn)


def is_known(project: Project, role: str) -> bool:
    """Does a template of the project have the role with this ARN?"""
    return _role(project, role) is not None


def _role(project: Project, arn: str) -> tuple[Project, Role] | None:
    for part in project.parts:
        for role in roles_of(part.template):
            if role.arn == arn:
                return part, role
    return None
