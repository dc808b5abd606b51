"""KMS keys: the key policy and the grants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from remediation import access
from remediation.changes import Plan
from remediation.errors import CannotUndo
from remediation.findings import sid
from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource, tags_of
from remediation.state import State

_GRANT = ("GrantId", "GranteePrincipal", "Operations", "Constraints", "RetiringPrincipal", "Name")


class Key(Resource):
    resource_type = "AWS::KMS::Key"
    service = "kms"
    largest = 32 * 1024
    needs_policy = True
    parts = ("grants",)

    def tags(self) -> dict[str, str]:
        with self.calling():
            found = self.client.list_resource_tags(KeyId=self.arn)
        return tags_of(found.get("Tags"), "TagKey", "TagValue")

    def read(self) -> State:
        with self.calling():
            text = self.client.get_key_policy(KeyId=self.arn, PolicyName="default")["Policy"]
            pages = self.client.get_paginator("list_grants").paginate(KeyId=self.arn)
            grants = [_grant(entry) for page in pages for entry in page["Grants"]]
        return State(self.read_text(text), grants=tuple(grants))

    def denial(self, *, conditional: bool) -> Statement:
        return denial(self.finding, "kms:*", "*", conditional=conditional)

    def plans(self, state: State, *, conditional: bool) -> Iterator[Plan]:
        """Access that is by grant only ends with the grant."""
        grants = [
            grant["GrantId"] for grant in state.grants if access.is_grantee(self.finding, grant)
        ]
        asked = access.requests_of(self.finding)
        if grants and not any(access.allowed(state.policy, request) for request in asked):
            ours = sid(self.finding["finding_id"])
            yield {"strategy": "revoke_grant", "sid": ours, "grants": grants}
        yield from super().plans(state, conditional=conditional)

    def write_policy(self, policy: Policy | None, revision: str) -> None:  # noqa: ARG002 - has none
        """BypassPolicyLockoutSafetyCheck stays false: KMS refuses what would lock everybody out."""
        if policy is None:
            raise CannotUndo("nothing would be left of the policy")
        with self.calling():
            self.client.put_key_policy(KeyId=self.arn, PolicyName="default", Policy=text_of(policy))

    def put(self, state: State, wanted: State) -> None:
        """A grant that comes back has a new id."""
        super().put(state, wanted)
        keep = {grant["GrantId"] for grant in wanted.grants}
        known = {grant["GrantId"] for grant in state.grants}
        with self.calling():
            for grant_id in sorted(known - keep):
                self.client.revoke_grant(KeyId=self.arn, GrantId=grant_id)
            for grant in wanted.grants:
                if grant["GrantId"] not in known:
                    given = {key: value for key, value in grant.items() if key != "GrantId"}
                    self.client.create_grant(KeyId=self.arn, **given)

    def preview(self, state: State) -> dict[str, Any]:
        grants = [
            {
                "granteePrincipal": grant["GranteePrincipal"],
                "operations": grant["Operations"],
                "issuingAccount": self.finding["resource_account"],
            }
            for grant in state.grants
        ]
        policies = {"default": text_of(state.policy)} if state.policy else {}
        return {"kmsKey": {"keyPolicies": policies, "grants": grants}}


def _grant(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in _GRANT if entry.get(name)}
