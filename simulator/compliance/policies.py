"""Statements of IAM and resource policies, as checks ask about them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simulator.compliance.evidence import Evidence, listed, table
from simulator.project.template import Resource
from simulator.values import Json, compact


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow or Deny of a policy, `owner` being the resource that has the policy."""

    owner: Resource
    body: Mapping[str, Json]

    @property
    def allows(self) -> bool:
        return self.body.get("Effect") == "Allow"

    @property
    def actions(self) -> list[str]:
        return [str(item) for item in listed(self.body.get("Action"))]

    @property
    def resources(self) -> list[str]:
        return [str(item) for item in listed(self.body.get("Resource"))]

    @property
    def condition(self) -> str:
        return compact(self.body.get("Condition") or {})

    def gives(self, action: str) -> bool:
        """Does one of its actions, wildcards and all, mean this one?"""
        return any(_like(pattern, action) for pattern in self.actions)

    def covers(self, arn: str) -> bool:
        return any(_like(pattern, arn) for pattern in self.resources)

    @property
    def is_for_everybody(self) -> bool:
        principal = self.body.get("Principal")
        named = [principal] if isinstance(principal, str) else [
            item for value in table(principal).values() for item in listed(value)
        ]  # fmt: skip
        return "*" in named

    @property
    def denies_without_tls(self) -> bool:
        return (
            self.body.get("Effect") == "Deny"
            and self.is_for_everybody
            and '"aws:SecureTransport":"false"' in self.condition.replace("false}", '"false"}')
        )

    @property
    def denies_deletion(self) -> bool:
        actions = ("s3:DeleteObject", "s3:DeleteObjectVersion")
        denies = self.body.get("Effect") == "Deny" and self.is_for_everybody
        return denies and all(map(self.gives, actions)) and not self.body.get("Condition")


def _like(pattern: str, text: str) -> bool:
    """IAM's wildcards; actions do not mind the case (docs)."""
    made = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(made, text, re.IGNORECASE) is not None


def statements(document: Json, owner: Resource) -> Iterator[Statement]:
    for body in listed(table(document).get("Statement")):
        if isinstance(body, dict):
            yield Statement(owner, body)


def of_roles(evidence: Evidence) -> Iterator[Statement]:
    """What roles may do: inline policies, and managed policies written in the templates."""
    for _, role in evidence.of_type("AWS::IAM::Role"):
        for policy in listed(role.properties.get("Policies")):
            yield from statements(table(policy).get("PolicyDocument"), role)
    for _, policy in evidence.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        yield from statements(policy.properties.get("PolicyDocument"), policy)


def of_people(evidence: Evidence) -> Iterator[Statement]:
    """What permission sets of IAM Identity Center and users of IAM may do."""
    for _, given in evidence.of_type("AWS::SSO::PermissionSet"):
        yield from statements(given.properties.get("InlinePolicy"), given)
    for _, given in evidence.of_type("AWS::IAM::User", "AWS::IAM::Group"):
        for policy in listed(given.properties.get("Policies")):
            yield from statements(table(policy).get("PolicyDocument"), given)


RESOURCE_POLICIES = {
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}


def of_resources(evidence: Evidence, *types: str) -> Iterator[Statement]:
    for _, resource in evidence.of_type(*(types or RESOURCE_POLICIES)):
        yield from statements(resource.properties.get(RESOURCE_POLICIES[resource.type]), resource)
