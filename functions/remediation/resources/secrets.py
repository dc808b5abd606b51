"""Secrets of Secrets Manager."""

from __future__ import annotations

from typing import Any

from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource, tags_of
from remediation.state import State


class Secret(Resource):
    resource_type = "AWS::SecretsManager::Secret"
    service = "secretsmanager"
    largest = 20 * 1024

    def tags(self) -> dict[str, str]:
        with self.calling():
            return tags_of(self.client.describe_secret(SecretId=self.arn).get("Tags"))

    def read(self) -> State:
        with self.calling():
            found = self.client.get_resource_policy(SecretId=self.arn)
        return State(self.read_text(found.get("ResourcePolicy")))

    def denial(self, *, conditional: bool) -> Statement:
        return denial(self.finding, "secretsmanager:*", "*", conditional=conditional)

    def write_policy(self, policy: Policy | None, revision: str) -> None:  # noqa: ARG002 - has none
        """BlockPublicPolicy: the service itself refuses a policy that is open to everybody."""
        with self.calling():
            if policy is None:
                self.client.delete_resource_policy(SecretId=self.arn)
            else:
                self.client.put_resource_policy(
                    SecretId=self.arn, ResourcePolicy=text_of(policy), BlockPublicPolicy=True
                )

    def preview(self, state: State) -> dict[str, Any]:
        return {"secretsManagerSecret": {"secretPolicy": text_of(state.policy or {})}}
