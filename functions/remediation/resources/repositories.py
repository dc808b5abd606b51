"""ECR repositories."""

from __future__ import annotations

from typing import Any

from common.aws import error_code

from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource, tags_of
from remediation.state import State


class Repository(Resource):
    resource_type = "AWS::ECR::Repository"
    service = "ecr"
    largest = 10 * 1024

    @property
    def _repository(self) -> dict[str, str]:
        """A name may have slashes: it is everything after the type."""
        name = self.arn.partition(":repository/")[2]
        return {"registryId": self.finding["resource_account"], "repositoryName": name}

    def tags(self) -> dict[str, str]:
        with self.calling():
            return tags_of(self.client.list_tags_for_resource(resourceArn=self.arn).get("tags"))

    def read(self) -> State:
        try:
            with self.calling("RepositoryPolicyNotFoundException"):
                found = self.client.get_repository_policy(**self._repository)
        except Exception as error:
            if error_code(error) == "RepositoryPolicyNotFoundException":
                return State(None)
            raise
        return State(self.read_text(found["policyText"]))

    def denial(self, *, conditional: bool) -> Statement:
        return denial(self.finding, "ecr:*", conditional=conditional)

    def write_policy(self, policy: Policy | None, revision: str) -> None:  # noqa: ARG002 - has none
        with self.calling():
            if policy is None:
                self.client.delete_repository_policy(**self._repository)
            else:
                self.client.set_repository_policy(**self._repository, policyText=text_of(policy))

    def preview(self, state: State) -> dict[str, Any]:
        return {"ecrRepository": {"repositoryPolicy": text_of(state.policy or {})}}
