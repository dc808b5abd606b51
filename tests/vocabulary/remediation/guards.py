"""What AWS refuses and the stand-ins accept: guards in front of the calls that write policies.

Facts: moto 5.2.5 measured; limits and messages from each service's documentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.aws.calls import ApiCall, ServiceError
from simulator.scenarios.vocabulary import World
from tests.vocabulary.remediation.evaluator import State, allows, effects
from tests.vocabulary.remediation.resources import originals, owner_of, state_of

_SID = re.compile("[A-Za-z0-9]*")
_PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:(aws|aws-cn|aws-us-gov):(iam|sts)::(\d{12}:(root|(user|role|assumed-role)/\S+))"
    r"|arn:aws:iam::cloudfront:user/\S+|A[A-Z]{3}[A-Z0-9]{16,}"
)
_TOPIC_ACTIONS: Final = frozenset(
    f"sns:{name}".lower()
    for name in (
        "AddPermission", "DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic", "Publish",
        "RemovePermission", "SetTopicAttributes", "Subscribe", "Receive",
    )
)  # fmt: skip
_TRUST_POLICY: Final = 2048


def install(world: World) -> None:
    cloud = world.simulation.cloud
    quotas: Any = world.scenario.given.get("quotas") or {}
    longest = quotas.get("role_trust_policy_length", _TRUST_POLICY)

    def trust(call: ApiCall) -> None:
        policy = _document(call.parameters["PolicyDocument"], "MalformedPolicyDocument")
        _sizes(policy, longest, "LimitExceeded")
        _principals(policy, "MalformedPolicyDocument", "Invalid principal in policy")
        for entry in _statements(policy):
            if not _SID.fullmatch(entry.get("Sid", "")):
                message = (
                    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies"
                )
                raise ServiceError("MalformedPolicyDocument", f"{message} [0-9A-Za-z]*")
        for arn in originals(world):
            reserved = "/aws-service-role/" in arn or "/aws-reserved/" in arn
            if reserved and arn.endswith(f"/{call.parameters['RoleName']}"):
                message = f"Cannot perform the operation on the protected role '{arn}'"
                raise ServiceError("UnmodifiableEntity", message)

    def bucket(call: ApiCall) -> None:
        policy = _document(call.parameters["Policy"], "MalformedPolicy")
        _sizes(policy, 20 * 1024, "MalformedPolicy")
        _principals(policy, "MalformedPolicy", "Invalid principal in policy")
        _unique(policy, "MalformedPolicy")
        arn = f"arn:aws:s3:::{call.parameters['Bucket']}"
        for entry in _statements(policy):
            for resource in _many(entry.get("Resource", [])):
                if resource != arn and not resource.startswith(f"{arn}/"):
                    raise ServiceError("MalformedPolicy", "Policy has invalid resource")
        state = state_of(world, arn) if arn in originals(world) else None
        block = (state or State(None)).block or {}
        public = any(_is_public(entry) for entry in _statements(policy))
        if public and block.get("BlockPublicPolicy"):
            raise ServiceError("AccessDenied", "Access Denied", 403)

    def key(call: ApiCall) -> None:
        policy = _document(call.parameters["Policy"], "MalformedPolicyDocumentException")
        _sizes(policy, 32 * 1024, "LimitExceededException")
        gone = "Policy contains a statement with one or more invalid principals."
        _principals(policy, "MalformedPolicyDocumentException", gone)
        account = owner_of(world, call.parameters["KeyId"])
        administrator = f"arn:aws:iam::{account}:role/Any"
        if not call.parameters.get("BypassPolicyLockoutSafetyCheck") and not allows(
            policy, administrator, "kms:PutKeyPolicy"
        ):
            message = (
                "The new key policy will not allow you to update the key policy in the future."
            )
            raise ServiceError("MalformedPolicyDocumentException", message)

    def queue(call: ApiCall) -> None:
        text = call.parameters["Attributes"].get("Policy")
        if not text:
            return
        policy = _document(text, "InvalidAttributeValue")
        _sizes(policy, 8 * 1024, "InvalidAttributeValue")
        _principals(policy, "InvalidAttributeValue", "Invalid principal in policy")
        entries = _statements(policy)
        named = [_many(found) for entry in entries for found in _named(entry)]
        if len(entries) > 20 or any(len(found) > 50 for found in named):
            raise ServiceError("OverLimit", "The policy has too many statements or principals", 403)

    def topic(call: ApiCall) -> None:
        if call.parameters["AttributeName"] != "Policy":
            return
        policy = _document(call.parameters["AttributeValue"], "InvalidParameter")
        _sizes(policy, 30 * 1024, "InvalidParameter")
        _principals(
            policy, "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"
        )
        for entry in _statements(policy):
            if not {action.lower() for action in _many(entry["Action"])} <= _TOPIC_ACTIONS:
                message = "Invalid parameter: Policy statement action out of service scope!"
                raise ServiceError("InvalidParameter", message)

    def secret(call: ApiCall) -> None:
        policy = _document(call.parameters["ResourcePolicy"], "MalformedPolicyDocumentException")
        _sizes(policy, 20 * 1024, "InvalidParameterException")
        _principals(
            policy,
            "MalformedPolicyDocumentException",
            "This resource policy contains an unsupported principal.",
        )
        # Judged as a whole, denials too (Secrets Manager, docs: by automated reasoning).
        public = any(_is_public(entry) for entry in _statements(policy)) and not _strangers_denied(
            policy
        )
        if call.parameters.get("BlockPublicPolicy") and public:
            raise ServiceError("PublicPolicyException", "The policy grants public access")

    def repository(call: ApiCall) -> None:
        policy = _document(call.parameters["policyText"], "InvalidParameterException")
        _sizes(policy, 10 * 1024, "InvalidParameterException")
        _principals(policy, "InvalidParameterException", "Invalid principal in policy")

    def table(call: ApiCall) -> None:
        policy = _document(call.parameters["Policy"], "ValidationException")
        _sizes(policy, 20 * 1024, "ValidationException")
        _principals(policy, "ValidationException", "Invalid principal in policy")

    for service, operation, check in (
        ("iam", "UpdateAssumeRolePolicy", trust),
        ("s3", "PutBucketPolicy", bucket),
        ("kms", "PutKeyPolicy", key),
        ("sqs", "SetQueueAttributes", queue),
        ("sns", "SetTopicAttributes", topic),
        ("secretsmanager", "PutResourcePolicy", secret),
        ("ecr", "SetRepositoryPolicy", repository),
        ("dynamodb", "PutResourcePolicy", table),
    ):
        cloud.guard(service, operation, _of_the_application(check))


def _of_the_application(check: Any) -> Any:
    """Scenarios may begin with what AWS would refuse, such as a key that nobody can manage."""

    def guard(call: ApiCall) -> None:
        if call.caller != "scenario":
            check(call)

    return guard


def _document(text: str, code: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise ServiceError(code, "Syntax errors in policy.") from None
    if not isinstance(found, dict) or not _statements(found):
        raise ServiceError(code, "Syntax errors in policy.")
    return found


def _statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _many(policy.get("Statement", []))


def _named(statement: Mapping[str, Any]) -> Iterator[Any]:
    principal = statement.get("Principal")
    yield from principal.values() if isinstance(principal, Mapping) else ()


def _sizes(policy: Mapping[str, Any], largest: int, code: str) -> None:
    """White space is not counted."""
    if len(json.dumps(policy, separators=(",", ":"))) > largest:
        raise ServiceError(code, f"Cannot exceed {largest} characters", 409)


def _principals(policy: Mapping[str, Any], code: str, message: str) -> None:
    for entry in _statements(policy):
        principal = entry.get("Principal")
        for name in _many(principal.get("AWS", [])) if isinstance(principal, Mapping) else ():
            if not _PRINCIPAL.fullmatch(name):
                raise ServiceError(code, f'{message}: "AWS":"{name}"')


def _unique(policy: Mapping[str, Any], code: str) -> None:
    names = [entry["Sid"] for entry in _statements(policy) if entry.get("Sid")]
    if len(names) != len(set(names)):
        raise ServiceError(code, "Statement IDs (SID) in a single policy must be unique.")


def _is_public(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    everybody = principal == "*" or (
        isinstance(principal, Mapping) and "*" in _many(principal.get("AWS", []))
    )
    return statement["Effect"] == "Allow" and everybody and not statement.get("Condition")


def _strangers_denied(policy: Mapping[str, Any]) -> bool:
    stranger = "arn:aws:iam::000000000000:role/Any"
    return "Deny" in effects(policy, stranger, "secretsmanager:GetSecretValue")


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
