"""IAM roles: read and write their trust policy."""

from __future__ import annotations

import re
from typing import Any

from common.aws import client, error_code

from remediation.errors import NotApplied, ResourceGone, ResourceUnmodifiable
from remediation.policies import Policy, text_of

_RESERVED = re.compile(r":role/(aws-service-role|aws-reserved/sso\.amazonaws\.com)/")


def check_modifiable(arn: str) -> None:
    """ResourceUnmodifiable for roles that belong to AWS services and to Identity Center."""
    if _RESERVED.search(arn):
        raise ResourceUnmodifiable("the role is reserved for an AWS service")


def describe(name: str) -> tuple[Policy, dict[str, str]]:
    """The trust policy and the tags. ResourceGone when the role does not exist."""
    try:
        role = client("iam").get_role(RoleName=name)["Role"]
    except Exception as error:
        if error_code(error) == "NoSuchEntity":
            raise ResourceGone(name) from None
        raise
    policy: Policy = role["AssumeRolePolicyDocument"]
    return policy, {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}


def write(name: str, policy: Policy) -> None:
    """NotApplied with the service's error code when IAM refuses; throttling is left to the retries."""
    try:
        client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=text_of(policy))
    except Exception as error:
        code = error_code(error)
        if code == "NoSuchEntity":
            raise ResourceGone(name) from None
        if code in _REFUSED:
            raise NotApplied(code) from None
        raise


_REFUSED = frozenset(
    {"AccessDenied", "LimitExceeded", "MalformedPolicyDocument", "UnmodifiableEntity"}
)


def tags_that_matter(tags: dict[str, str]) -> dict[str, Any]:
    """For messages: the stack that would undo the change with its next update."""
    return {"stack": tags.get("aws:cloudformation:stack-name", "")}
