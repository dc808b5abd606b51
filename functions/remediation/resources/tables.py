"""DynamoDB tables and streams: the policy has an optimistic lock."""

from __future__ import annotations

from typing import Any

from common.aws import error_code

from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource, tags_of
from remediation.state import State


class Table(Resource):
    resource_type = "AWS::DynamoDB::Table"
    service = "dynamodb"
    largest = 20 * 1024

    def tags(self) -> dict[str, str]:
        table = self.arn.partition("/stream/")[0]
        with self.calling():
            return tags_of(self.client.list_tags_of_resource(ResourceArn=table).get("Tags"))

    def read(self) -> State:
        try:
            with self.calling("PolicyNotFoundException"):
                found = self.client.get_resource_policy(ResourceArn=self.arn)
        except Exception as error:
            if error_code(error) == "PolicyNotFoundException":
                return State(None)
            raise
        return State(self.read_text(found["Policy"]), found["RevisionId"])

    def denial(self, *, conditional: bool) -> Statement:
        return denial(self.finding, "dynamodb:*", self.arn, conditional=conditional)

    def write_policy(self, policy: Policy | None, revision: str) -> None:
        """With the optimistic lock: PolicyChanged when somebody else was faster."""
        lock = {"ExpectedRevisionId": revision} if revision else {}
        with self.calling():
            if policy is None:
                self.client.delete_resource_policy(ResourceArn=self.arn, **lock)
                return
            lock = lock or {"ExpectedRevisionId": "NO_POLICY"}
            self.client.put_resource_policy(ResourceArn=self.arn, Policy=text_of(policy), **lock)

    def preview(self, state: State) -> dict[str, Any]:
        return {"dynamodbTable": {"tablePolicy": text_of(state.policy or {})}}

    def policy_kind(self) -> str | None:
        return self.resource_type


class Stream(Table):
    resource_type = "AWS::DynamoDB::Stream"

    def preview(self, state: State) -> dict[str, Any]:
        return {"dynamodbStream": {"streamPolicy": text_of(state.policy or {})}}

    def policy_kind(self) -> None:
        return None
