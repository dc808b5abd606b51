"""SQS queues."""

from __future__ import annotations

from typing import Any

from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource
from remediation.state import State


class Queue(Resource):
    resource_type = "AWS::SQS::Queue"
    service = "sqs"
    largest = 8 * 1024
    most_statements = 20
    most_principals = 50

    def _url(self) -> str:
        with self.calling():
            found = self.client.get_queue_url(
                QueueName=self.name, QueueOwnerAWSAccountId=self.finding["resource_account"]
            )
        return str(found["QueueUrl"])

    def tags(self) -> dict[str, str]:
        url = self._url()
        with self.calling():
            return dict(self.client.list_queue_tags(QueueUrl=url).get("Tags") or {})

    def read(self) -> State:
        url = self._url()
        with self.calling():
            found = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        return State(self.read_text(found.get("Attributes", {}).get("Policy")))

    def denial(self, *, conditional: bool) -> Statement:
        return denial(self.finding, "sqs:*", self.arn, conditional=conditional)

    def write_policy(self, policy: Policy | None, revision: str) -> None:  # noqa: ARG002 - has none
        url, text = self._url(), text_of(policy) if policy else ""
        with self.calling():
            self.client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})

    def preview(self, state: State) -> dict[str, Any]:
        return {"sqsQueue": {"queuePolicy": text_of(state.policy or {})}}
