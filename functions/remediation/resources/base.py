"""Resource: read the state, plan a change of it, and put a state."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from common.aws import error_code

from remediation import accounts, policies
from remediation.changes import Plan
from remediation.errors import (
    NoSafeChange,
    NotApplied,
    PolicyChanged,
    PrincipalGone,
    ResourceGone,
)
from remediation.findings import sid
from remediation.policies import Policy, Statement, statements
from remediation.state import State

# What services say when they do not do it, and would say again.
_REFUSED = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "AuthorizationError", "InvalidAttributeValue",
        "InvalidParameter", "InvalidParameterException", "InvalidParameterValue", "InvalidRequestException",
        "KMSInvalidStateException", "LimitExceeded", "LimitExceededException", "MalformedPolicy",
        "MalformedPolicyDocument", "MalformedPolicyDocumentException", "OverLimit",
        "PolicyLengthExceededException", "PublicPolicyException", "UnmodifiableEntity",
        "UnsupportedOperation", "UnsupportedOperationException", "ValidationException",
    }
)  # fmt: skip
# What services with an optimistic lock say when somebody else was faster.
_CHANGED = frozenset(
    {
        "ConflictException", "OperationAborted", "PolicyNotFoundException", "PreconditionFailedException",
        "ResourceConflictException",
    }
)  # fmt: skip
_GONE = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue", "NoSuchBucket", "NoSuchEntity", "NotFound", "NotFoundException",
        "QueueDoesNotExist", "RepositoryNotFoundException", "ResourceNotFound", "ResourceNotFoundException",
    }
)  # fmt: skip
# Each service says in its own words that a principal does not exist.
_NO_PRINCIPAL = re.compile(
    "invalid principal|PrincipalNotFound|unsupported principal", re.IGNORECASE
)


class Resource(ABC):
    """A finding's resource. Every method may raise ResourceGone.

    `largest`, `most_statements` and `most_principals` are the service's limits for its policy;
    `parts` are what decides about access besides the policy, by its name in State; some types
    cannot be without a policy.
    """

    resource_type: ClassVar[str]
    service: ClassVar[str]
    largest: ClassVar[int]
    most_statements: ClassVar[int | None] = None
    most_principals: ClassVar[int | None] = None
    parts: ClassVar[tuple[str, ...]] = ()
    needs_policy: ClassVar[bool] = False

    def __init__(self, finding: Mapping[str, Any]) -> None:
        self.finding = finding
        self.arn: str = finding["resource_arn"]
        self.name: str = finding["resource_name"]
        self.client = accounts.client_for(self.service, finding)

    @abstractmethod
    def tags(self) -> dict[str, str]:
        """The resource's tags; also how we see that it exists."""

    @abstractmethod
    def read(self) -> State:
        """What the service says now."""

    @abstractmethod
    def denial(self, *, conditional: bool) -> Statement:
        """The statement of our own for this type."""

    @abstractmethod
    def write_policy(self, policy: Policy | None, revision: str) -> None:
        """Raises NotApplied, PrincipalGone."""

    def preview(self, state: State) -> dict[str, Any] | None:
        """The state as an access preview's configuration; None where there is no preview."""
        raise NotImplementedError(state)

    def policy_kind(self) -> str | None:
        """The type of policy for ValidatePolicy, where it knows one."""
        return None

    def put(self, state: State, wanted: State) -> None:
        """From the state that was read to another one. Raises NotApplied, PrincipalGone."""
        if wanted.policy != state.policy:
            self.write_policy(wanted.policy, state.revision)

    # -- plans -----------------------------------------------------------------------------------

    def plans(self, state: State, *, conditional: bool) -> Iterator[Plan]:
        """Candidates, the best first; the caller tries each against the limits and everybody's access."""
        statement = self.denial(conditional=conditional)
        ours = {"sid": statement["Sid"], "statement": statement}
        taken = policies.find(state.policy, statement["Sid"])
        if taken is None or taken.get("Effect") == "Deny":
            yield {"strategy": "add_deny", **ours}  # an Allow by that name is none of ours
        if isinstance(statement["Principal"], Mapping) and "Condition" not in statement:
            for known in statements(state.policy):
                if _takes(known, statement):
                    yield {"strategy": "merge_deny", "sid": known["Sid"], "statement": statement}
        removed = policies.without_allows(state.policy, self.finding)
        if removed != state.policy and not conditional:
            yield {"strategy": "remove_allow", "sid": sid(self.finding["finding_id"])}

    def check_size(self, state: State) -> None:
        """NoSafeChange for a policy that the service would refuse."""
        if state.policy is None:
            if self.needs_policy:
                raise NoSafeChange("nothing would be left of the policy")
            return
        length = len(policies.text_of(state.policy))
        if length > self.limit():
            raise NoSafeChange(f"the policy would have {length} characters")
        entries = statements(state.policy)
        if self.most_statements and len(entries) > self.most_statements:
            raise NoSafeChange(f"the policy would have {len(entries)} statements")
        for entry in entries:
            principal = entry.get("Principal")
            named = principal.values() if isinstance(principal, Mapping) else ()
            count = sum(len(policies.listed(found)) for found in named)
            if self.most_principals and count > self.most_principals:
                raise NoSafeChange(f"a statement would have {count} principals")

    def limit(self) -> int:
        return self.largest

    # -- for the types ---------------------------------------------------------------------------

    @contextmanager
    def calling(self, *absent: str) -> Iterator[None]:
        """The service's refusals by our names; codes in `absent` are left to the caller."""
        try:
            yield
        except Exception as error:
            code = error_code(error)
            if code in absent:
                raise
            if code in _GONE:
                raise ResourceGone(self.name) from None
            if code in _CHANGED:
                raise PolicyChanged(code) from None
            if code in _REFUSED:
                if _NO_PRINCIPAL.search(str(error)):
                    raise PrincipalGone(code) from None
                raise NotApplied(code) from None
            raise

    def read_text(self, text: str | None) -> Policy | None:
        """A policy as the service returns it; without statements it is none."""
        policy = json.loads(text) if text else None
        return policy if policy and policy.get("Statement") else None


def _takes(known: Statement, ours: Statement) -> bool:
    """May our principal join this statement?"""
    return (
        str(known.get("Sid", "")).startswith("AADeny")
        and known["Sid"] != ours["Sid"]
        and isinstance(known.get("Principal"), Mapping)
        and "*" not in policies.listed(known["Principal"].get("AWS", []))
        and {**known, "Principal": None, "Sid": None} == {**ours, "Principal": None, "Sid": None}
    )


def tags_of(entries: Any, key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {tag[key]: tag[value] for tag in entries or ()}
