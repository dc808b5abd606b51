"""S3 buckets: bucket policy, access control list and Block Public Access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from common.aws import error_code

from remediation import policies
from remediation.changes import Plan
from remediation.findings import sid
from remediation.policies import Policy, Statement, denial, text_of
from remediation.resources.base import Resource, tags_of
from remediation.state import State


class Bucket(Resource):
    resource_type = "AWS::S3::Bucket"
    service = "s3"
    largest = 20 * 1024
    parts = ("public_access_block", "acl")

    def tags(self) -> dict[str, str]:
        found = self._get("get_bucket_tagging", "NoSuchTagSet", "TagSet")
        return tags_of(found)

    def read(self) -> State:
        text = self._get("get_bucket_policy", "NoSuchBucketPolicy", "Policy")
        block = self._get(
            "get_public_access_block",
            "NoSuchPublicAccessBlockConfiguration",
            "PublicAccessBlockConfiguration",
        )
        acl = self._get("get_bucket_acl", "", None)
        owner = acl["Owner"].get("ID")
        others = [grant for grant in acl["Grants"] if grant["Grantee"].get("ID", "") != owner]
        return State(self.read_text(text), public_access_block=block, acl=tuple(others))

    def _get(self, operation: str, absent: str, key: str | None) -> Any:
        try:
            with self.calling(absent):
                found = getattr(self.client, operation)(Bucket=self.name)
        except Exception as error:
            if error_code(error) == absent:
                return None
            raise
        return found if key is None else found[key]

    def denial(self, *, conditional: bool) -> Statement:
        """Bucket and objects; access points of the bucket are covered as well (docs)."""
        everything = [self.arn, f"{self.arn}/*"]
        return denial(self.finding, "s3:*", everything, everyone="*", conditional=conditional)

    def plans(self, state: State, *, conditional: bool) -> Iterator[Plan]:
        """Public access by the switches that exist for it, unless another account would lose what a
        public policy gives it by name (RestrictPublicBuckets shuts it out, docs).
        """
        public = self.finding["principal"]["kind"] == "anyone" or any(
            source.get("type") == "BUCKET_ACL" for source in self.finding["sources"]
        )
        if public and not self._names_others(state.policy):
            yield {"strategy": "block_public_access", "sid": sid(self.finding["finding_id"])}
        yield from super().plans(state, conditional=conditional)

    def _names_others(self, policy: Policy | None) -> bool:
        for statement in policies.statements(policy):
            principal = statement.get("Principal")
            if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
                continue
            for entry in map(str, policies.listed(principal.get("AWS", []))):
                if entry != "*" and self.finding["resource_account"] not in entry:
                    return True
        return False

    def write_policy(self, policy: Policy | None, revision: str) -> None:  # noqa: ARG002 - has none
        with self.calling():
            if policy is None:
                self.client.delete_bucket_policy(Bucket=self.name)
            else:
                self.client.put_bucket_policy(Bucket=self.name, Policy=text_of(policy))

    def put(self, state: State, wanted: State) -> None:
        super().put(state, wanted)
        if wanted.public_access_block == state.public_access_block:
            return
        with self.calling():
            if wanted.public_access_block is None:
                self.client.delete_public_access_block(Bucket=self.name)
            else:
                self.client.put_public_access_block(
                    Bucket=self.name,
                    PublicAccessBlockConfiguration=dict(wanted.public_access_block),
                )

    def preview(self, state: State) -> dict[str, Any]:
        block = state.public_access_block or {}
        bucket: dict[str, Any] = {
            "bucketPublicAccessBlock": {
                "ignorePublicAcls": block.get("IgnorePublicAcls", False),
                "restrictPublicBuckets": block.get("RestrictPublicBuckets", False),
            },
            "bucketAclGrants": [
                {"permission": grant["Permission"], "grantee": _grantee(grant["Grantee"])}
                for grant in state.acl
            ],
        }
        if state.policy is not None:
            bucket["bucketPolicy"] = text_of(state.policy)
        return {"s3Bucket": bucket}

    def policy_kind(self) -> str:
        return self.resource_type


def _grantee(grantee: Mapping[str, str]) -> dict[str, str]:
    return {"uri": grantee["URI"]} if "URI" in grantee else {"id": grantee["ID"]}
