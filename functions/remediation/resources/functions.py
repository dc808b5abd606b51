"""Lambda functions: permissions can be given and taken, never denied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from common.aws import error_code

from remediation import policies
from remediation.changes import Plan
from remediation.errors import CannotUndo, NoSafeChange
from remediation.findings import sid
from remediation.policies import Policy, Statement, statements
from remediation.resources.base import Resource
from remediation.state import State

# AddPermission's parameter for each condition that it writes (docs).
_CONDITIONS = {
    ("ArnLike", "aws:sourcearn"): "SourceArn",
    ("StringEquals", "aws:sourceaccount"): "SourceAccount",
    ("StringEquals", "aws:principalorgid"): "PrincipalOrgID",
    ("StringEquals", "lambda:functionurlauthtype"): "FunctionUrlAuthType",
}


class Function(Resource):
    resource_type = "AWS::Lambda::Function"
    service = "lambda"
    largest = 20 * 1024

    def _target(self) -> dict[str, str]:
        """An ARN may end with a version or alias, which has a policy of its own."""
        parts = self.arn.split(":")
        name = {"FunctionName": ":".join(parts[:7])}
        return {**name, "Qualifier": parts[7]} if len(parts) > 7 else name

    def tags(self) -> dict[str, str]:
        with self.calling():
            found = self.client.list_tags(Resource=self._target()["FunctionName"])
        return dict(found.get("Tags") or {})

    def read(self) -> State:
        """A function without a policy answers as one that does not exist; `tags` tells them apart."""
        try:
            with self.calling("ResourceNotFoundException"):
                found = self.client.get_policy(**self._target())
        except Exception as error:
            if error_code(error) == "ResourceNotFoundException":
                self.tags()
                return State(None)
            raise
        return State(self.read_text(found["Policy"]), found["RevisionId"])

    def denial(self, *, conditional: bool) -> Statement:  # noqa: ARG002 - as below
        raise NoSafeChange("a function's policy cannot deny")

    def plans(self, state: State, *, conditional: bool) -> Iterator[Plan]:  # noqa: ARG002 - as above
        allowed = policies.without_allows(state.policy, self.finding)
        names = [
            entry["Sid"] for entry in statements(state.policy) if entry not in statements(allowed)
        ]
        if names:
            ours = sid(self.finding["finding_id"])
            yield {"strategy": "remove_permission", "sid": ours, "sids": names}

    def write_policy(self, policy: Policy | None, revision: str) -> None:
        raise NotImplementedError("permissions are put one by one")

    def put(self, state: State, wanted: State) -> None:
        """With the optimistic lock: PolicyChanged when somebody else was faster."""
        now, then = statements(state.policy), statements(wanted.policy)
        revision = state.revision
        for entry in now:
            if entry not in then:
                with self.calling():
                    self.client.remove_permission(
                        **self._target(), StatementId=entry["Sid"], **_lock(revision)
                    )
                revision = self.read().revision
        for entry in then:
            if entry not in now:
                with self.calling():
                    self.client.add_permission(
                        **self._target(), **_permission(entry), **_lock(revision)
                    )
                revision = self.read().revision

    def preview(self, state: State) -> None:  # noqa: ARG002 - there is none for functions
        return None


def _lock(revision: str) -> dict[str, str]:
    return {"RevisionId": revision} if revision else {}


def _permission(entry: Mapping[str, Any]) -> dict[str, str]:
    """The call that makes the statement. CannotUndo for one that AddPermission cannot write."""
    principal = entry["Principal"]
    if isinstance(principal, Mapping):
        ((_, principal),) = principal.items()
    found = {"StatementId": entry["Sid"], "Action": entry["Action"], "Principal": principal}
    for operator, keys in entry.get("Condition", {}).items():
        for key, value in keys.items():
            name = _CONDITIONS.get((operator, key.lower()))
            if name is None or not isinstance(value, str):
                raise CannotUndo(f"AddPermission has no condition {operator} {key}")
            found[name] = value
    return found
