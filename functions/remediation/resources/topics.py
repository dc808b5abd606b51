"""SNS topics."""

from __future__ import annotations

from typing import Any, Final

from remediation.errors import CannotUndo
from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource, tags_of
from remediation.state import State

# SNS refuses wildcards and every action that is none of a topic's policy (docs).
ACTIONS: Final = (
    "SNS:AddPermission",
    "SNS:DeleteTopic",
    "SNS:GetTopicAttributes",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
    "SNS:RemovePermission",
    "SNS:SetTopicAttributes",
    "SNS:Subscribe",
)


class Topic(Resource):
    resource_type = "AWS::SNS::Topic"
    service = "sns"
    largest = 30 * 1024
    needs_policy = True

    def tags(self) -> dict[str, str]:
        with self.calling():
            return tags_of(self.client.list_tags_for_resource(ResourceArn=self.arn).get("Tags"))

    def read(self) -> State:
        with self.calling():
            found = self.client.get_topic_attributes(TopicArn=self.arn)["Attributes"]
        return State(self.read_text(found.get("Policy")))

    def denial(self, *, conditional: bool) -> Statement:
        return denial(self.finding, list(ACTIONS), self.arn, conditional=conditional)

    def write_policy(self, policy: Policy | None, revision: str) -> None:  # noqa: ARG002 - has none
        if policy is None:
            raise CannotUndo("a topic cannot be without a policy")
        with self.calling():
            self.client.set_topic_attributes(
                TopicArn=self.arn, AttributeName="Policy", AttributeValue=text_of(policy)
            )

    def preview(self, state: State) -> dict[str, Any]:
        return {"snsTopic": {"topicPolicy": text_of(state.policy or {})}}
