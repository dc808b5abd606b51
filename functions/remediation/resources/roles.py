"""IAM roles: the trust policy, and the sessions that were given out under it."""

from __future__ import annotations

import json
import re
from typing import Any

from common.aws import error_code, setting

from remediation.errors import CannotUndo, NoSafeChange, ResourceUnmodifiable
from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource, tags_of
from remediation.state import State

OLDER_SESSIONS = "AADenyOlderSessions"
_RESERVED = re.compile(r":role/(aws-service-role|aws-reserved/sso\.amazonaws\.com)/")


class Role(Resource):
    resource_type = "AWS::IAM::Role"
    service = "iam"
    largest = 8192  # adjustable up to this, quota L-C07B4B0D (IAM quotas, docs)
    needs_policy = True

    def limit(self) -> int:
        return int(setting("TRUST_POLICY_LENGTH"))

    def tags(self) -> dict[str, str]:
        """ResourceUnmodifiable for roles of AWS services and of Identity Center."""
        if _RESERVED.search(self.arn):
            raise ResourceUnmodifiable("the role is reserved for an AWS service")
        with self.calling():
            return tags_of(self.client.get_role(RoleName=self.name)["Role"].get("Tags"))

    def read(self) -> State:
        with self.calling():
            role = self.client.get_role(RoleName=self.name)["Role"]
        policy: Policy = role["AssumeRolePolicyDocument"]
        return State(policy if policy.get("Statement") else None, older_sessions=self._older())

    def _older(self) -> str:
        try:
            with self.calling("NoSuchEntity"):
                found = self.client.get_role_policy(RoleName=self.name, PolicyName=OLDER_SESSIONS)
        except Exception as error:
            if error_code(error) == "NoSuchEntity":
                return ""
            raise
        (statement,) = found["PolicyDocument"]["Statement"]
        return str(statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])

    def denial(self, *, conditional: bool) -> Statement:
        if self.finding["principal"]["kind"] == "canonical":
            raise NoSafeChange(
                f"{self.finding['principal']['value']} cannot be named by {self.resource_type}"
            )
        return denial(self.finding, list(self.finding["actions"]), conditional=conditional)

    def write_policy(self, policy: Policy | None, revision: str) -> None:  # noqa: ARG002 - has none
        if policy is None:
            # IAM takes no empty policy; a role that only we deny was changed by somebody else.
            raise CannotUndo("nothing would be left of the policy")
        with self.calling():
            self.client.update_assume_role_policy(
                RoleName=self.name, PolicyDocument=text_of(policy)
            )

    def put(self, state: State, wanted: State) -> None:
        """First no new sessions, then an end of the old ones: none slips in between."""
        super().put(state, wanted)
        if wanted.older_sessions == state.older_sessions:
            return
        with self.calling():
            if not wanted.older_sessions:
                self.client.delete_role_policy(RoleName=self.name, PolicyName=OLDER_SESSIONS)
                return
            self.client.put_role_policy(
                RoleName=self.name,
                PolicyName=OLDER_SESSIONS,
                PolicyDocument=json.dumps(_ended(wanted.older_sessions)),
            )

    def preview(self, state: State) -> dict[str, Any]:
        return {"iamRole": {"trustPolicy": text_of(state.policy or {})}}

    def policy_kind(self) -> str:
        return "AWS::IAM::AssumeRolePolicyDocument"


def _ended(before: str) -> Policy:
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": before}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
