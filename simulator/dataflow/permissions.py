"""What roles may do: policies written in the templates. Managed policies of AWS are not known here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from simulator.project.project import Project
from simulator.project.template import Resource, Template

ASSUME: Final = "sts:AssumeRole"


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
    part, resource = found
    for statement in _statements(part.template, resource):
        for action in map(str, _listed(statement.get("Action"))):
            for arn in map(str, _listed(statement.get("Resource"))):
                if action == ASSUME and _role(project, arn) is not None:
                    yield from _permissions(project, arn, seen)
                else:
                    yield Permission(part.account, action, arn)


def is_known(project: Project, role: str) -> bool:
    """Does a template of the project have the role with this ARN?"""
    return _role(project, role) is not None


def _role(project: Project, arn: str) -> tuple[Project, Resource] | None:
    for part in project.parts:
        for resource in part.template.of_type("AWS::IAM::Role"):
            if resource.arn == arn:
                return part, resource
    return None


def _statements(template: Template, role: Resource) -> Iterator[dict[str, Any]]:
    """What is allowed: by inline policies, and by those of the template that are attached."""
    documents: list[Any] = [
        policy.get("PolicyDocument")
        for policy in _listed(role.properties.get("Policies"))
        if isinstance(policy, dict)
    ]
    attached = {str(item) for item in _listed(role.properties.get("ManagedPolicyArns"))}
    for policy in template.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        roles = {str(item) for item in _listed(policy.properties.get("Roles"))}
        if {role.physical_id, role.name} & roles or {policy.arn, policy.physical_id} & attached:
            documents.append(policy.properties.get("PolicyDocument"))
    for document in documents:
        for statement in _listed(document.get("Statement") if isinstance(document, dict) else None):
            if isinstance(statement, dict) and statement.get("Effect") == "Allow":
                yield statement


def _listed(value: Any) -> list[Any]:
    """IAM writes one thing as itself and several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
