"""Resources that exist before a scenario begins, and who can use them now."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from simulator.aws.calls import ApiCall
from simulator.errors import UsageError
from simulator.scenarios.vocabulary import World
from tests.vocabulary.remediation import lambdas, tables
from tests.vocabulary.remediation.evaluator import State
from tests.vocabulary.remediation.events import details
from tests.vocabulary.remediation.shapes import Policy, name_of, pairs, parsed, statements

_SERVICES = {
    "AWS::IAM::Role": "iam",
    "AWS::S3::Bucket": "s3",
    "AWS::KMS::Key": "kms",
    "AWS::SQS::Queue": "sqs",
    "AWS::SNS::Topic": "sns",
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::ECR::Repository": "ecr",
    "AWS::Lambda::Function": "lambda",
    "AWS::DynamoDB::Stream": "dynamodb",
    "AWS::DynamoDB::Table": "dynamodb",
}
SHARED_BY_ATTRIBUTES = frozenset(
    {
        "AWS::EC2::Snapshot", "AWS::EFS::FileSystem", "AWS::Lambda::LayerVersion", "AWS::RDS::DBClusterSnapshot",
        "AWS::RDS::DBSnapshot", "AWS::S3Express::DirectoryBucket", "AWS::IAM::User",
    }
)  # fmt: skip
# The calls that change who can use a resource.
WRITES = frozenset(
    {
        "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy", "s3:PutPublicAccessBlock", "s3:DeletePublicAccessBlock", "s3:PutBucketAcl",
        "kms:PutKeyPolicy", "kms:RevokeGrant", "kms:CreateGrant", "sqs:SetQueueAttributes", "sns:SetTopicAttributes",
        "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy", "ecr:SetRepositoryPolicy",
        "ecr:DeleteRepositoryPolicy", "lambda:AddPermission", "lambda:RemovePermission",
        "dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy",
    }
)  # fmt: skip
# The calls that read it.
READS = frozenset(
    {
        "iam:GetRole", "s3:GetBucketPolicy", "s3:GetPublicAccessBlock", "kms:GetKeyPolicy", "sqs:GetQueueAttributes",
        "sns:GetTopicAttributes", "secretsmanager:GetResourcePolicy", "ecr:GetRepositoryPolicy", "lambda:GetPolicy",
        "dynamodb:GetResourcePolicy",
    }
)  # fmt: skip
# How a read says that there is no policy.
NO_POLICY = frozenset(
    {
        "NoSuchBucketPolicy", "PolicyNotFoundException", "RepositoryPolicyNotFoundException",
        "ResourceNotFoundException",
    }
)  # fmt: skip


def owner_of(world: World, arn: str) -> str:
    """The account: in the ARN, or in the finding's event for a bucket; else the project's."""
    named = arn.split(":")[4]
    for detail in details(world):
        if detail["resource"] == arn:
            named = named or str(detail.get("accountId", ""))
    return named or world.simulation.project.account


@contextmanager
def as_owner(world: World, arn: str) -> Iterator[Callable[[str], Any]]:
    """Clients by service, in the account and Region of the resource; their calls are ours."""
    import boto3

    cloud = world.simulation.cloud
    region = arn.split(":")[3] or cloud.region
    with cloud.calling("scenario"), cloud.inside(owner_of(world, arn)):
        yield lambda service: boto3.client(service, region_name=region)


def create(world: World, resource: Mapping[str, Any]) -> None:
    """UsageError for a type that neither the stand-ins nor the findings know."""
    kind, arn = resource["type"], resource["arn"]
    if kind in SHARED_BY_ATTRIBUTES:
        return
    if kind not in _CREATORS:
        raise UsageError(f"the vocabulary cannot create resources of {kind}")
    types(world)[arn] = kind
    with as_owner(world, arn) as client:
        _CREATORS[kind](world, client(_SERVICES[kind]), resource)
    state = state_of(world, arn)
    if state is None:
        raise UsageError(f"{arn} was not created as it is named")
    originals(world)[arn] = copy.deepcopy(state)
    timeline(world).append(Change({arn: state}))


def types(world: World) -> dict[str, str]:
    found: dict[str, str] = world.notes.setdefault("types", {})
    return found


def originals(world: World) -> dict[str, State]:
    """The states before the first step, by ARN."""
    found: dict[str, State] = world.notes.setdefault("originals", {})
    return found


@dataclass(slots=True)
class Change:
    """The states after a change, and the call that made it or, if that one failed after its effect,
    the call that saw it; None for somebody outside.
    """

    states: dict[str, State]
    call: ApiCall | None = None

    @property
    def caller(self) -> str:
        return "" if self.call is None else self.call.caller


def timeline(world: World) -> list[Change]:
    """Every change, in order; the first entries are the resources as they were made."""
    found: list[Change] = world.notes.setdefault("timeline", [])
    return found


def remember(world: World, call: ApiCall | None = None) -> None:
    found = {arn: state_of(world, arn) for arn in originals(world)}
    states = {arn: state for arn, state in found.items() if state}
    if call is None or call.name in WRITES or states != timeline(world)[-1].states:
        timeline(world).append(Change(states, call))


def state_of(world: World, arn: str) -> State | None:
    """None when the resource does not exist."""
    kind = types(world)[arn]
    with as_owner(world, arn) as client:
        service = client(_SERVICES[kind])
        try:
            return _READERS[kind](service, arn)
        except service.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise


_ABSENT = frozenset(
    {
        "NoSuchEntity", "NoSuchBucket", "NotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "NotFound",
        "ResourceNotFoundException", "RepositoryNotFoundException", "QueueDoesNotExist",
    }
)  # fmt: skip


def policy_of(world: World, arn: str) -> Policy | None:
    """None without a policy, and when the resource does not exist."""
    state = state_of(world, arn)
    return None if state is None or state.policy is None else dict(state.policy)


def restore(world: World, arn: str) -> None:
    """Somebody outside the workflow puts the first policy back, a bucket's switches and a key's grants."""
    kind, original = types(world)[arn], originals(world)[arn]
    with as_owner(world, arn) as client:
        service = client(_SERVICES[kind])
        _WRITERS[kind](service, arn, original.policy)
        if kind == "AWS::S3::Bucket":
            _write_block(service, arn, original.block)
        elif kind == "AWS::KMS::Key":
            known = {grant["GrantId"] for grant in _read_key(service, arn).grants}
            for grant in original.grants:
                if grant["GrantId"] not in known:
                    service.create_grant(KeyId=arn, **_given(grant))
    remember(world)


def added(world: World) -> list[dict[str, Any]]:
    """Statements that were not there before, over all resources of the scenario."""
    return [
        statement
        for arn, original in originals(world).items()
        for statement in statements(policy_of(world, arn))
        if statement not in statements(original.policy)
    ]


# -- by type ---------------------------------------------------------------------------------------


def _create_role(_world: World, iam: Any, resource: Mapping[str, Any]) -> None:
    iam.create_role(
        RoleName=resource["name"],
        Path=resource.get("path", "/"),
        AssumeRolePolicyDocument=json.dumps(resource["trust_policy"]),
        Tags=pairs(resource),
    )


def _read_role(iam: Any, arn: str) -> State:
    role = iam.get_role(RoleName=name_of(arn))["Role"]
    names = iam.list_role_policies(RoleName=name_of(arn))["PolicyNames"]
    inline = tuple(
        (name, iam.get_role_policy(RoleName=name_of(arn), PolicyName=name)["PolicyDocument"])
        for name in names
    )
    return State(role["AssumeRolePolicyDocument"], inline=inline)


def _write_role(iam: Any, arn: str, policy: Any) -> None:
    iam.update_assume_role_policy(RoleName=name_of(arn), PolicyDocument=json.dumps(policy))


def _create_bucket(world: World, s3: Any, resource: Mapping[str, Any]) -> None:
    from moto.s3.models import s3_backends

    name, region = resource["name"], s3.meta.region_name
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **({} if region == "us-east-1" else place))
    if resource.get("acl"):
        owner = s3.get_bucket_acl(Bucket=name)["Owner"]
        own = {
            "Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]},
            "Permission": "FULL_CONTROL",
        }
        s3.put_bucket_acl(
            Bucket=name,
            AccessControlPolicy={"Owner": owner, "Grants": [own, *resource["acl"]]},
        )
    if resource.get("public_access_block"):
        _write_block(s3, resource["arn"], resource["public_access_block"])
    if resource.get("tags"):
        # Tags of AWS (aws:cloudformation:stack-name) are refused from anybody else.
        backend = s3_backends[owner_of(world, resource["arn"])]["aws"]
        backend.put_bucket_tagging(name, resource["tags"])
    _write_bucket(s3, resource["arn"], resource.get("policy"))


def _read_bucket(s3: Any, arn: str) -> State:
    name = name_of(arn)
    acl = s3.get_bucket_acl(Bucket=name)
    others = [
        grant for grant in acl["Grants"] if grant["Grantee"].get("ID", "") != acl["Owner"]["ID"]
    ]
    policy = block = None
    try:
        policy = parsed(s3.get_bucket_policy(Bucket=name)["Policy"])
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
    try:
        found = s3.get_public_access_block(Bucket=name)
        block = found["PublicAccessBlockConfiguration"]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
    return State(policy, block, tuple(others))


def _write_bucket(s3: Any, arn: str, policy: Any) -> None:
    if policy is None:
        s3.delete_bucket_policy(Bucket=name_of(arn))
    else:
        s3.put_bucket_policy(Bucket=name_of(arn), Policy=json.dumps(policy))


def _write_block(s3: Any, arn: str, block: Any) -> None:
    if block is None:
        s3.delete_public_access_block(Bucket=name_of(arn))
    else:
        s3.put_public_access_block(Bucket=name_of(arn), PublicAccessBlockConfiguration=block)


def _create_key(world: World, kms: Any, resource: Mapping[str, Any]) -> None:
    from moto.kms.models import kms_backends

    from simulator.aws import gateway

    arn = resource["arn"]
    created = kms.create_key(Tags=pairs(resource, "TagKey", "TagValue"))["KeyMetadata"]["KeyId"]
    gateway.rename_key(owner_of(world, arn), kms.meta.region_name, created, name_of(arn))
    _write_key(kms, arn, resource["policy"])
    for grant in resource.get("grants", ()):
        made = kms.create_grant(KeyId=arn, **_given(grant))["GrantId"]
        if "GrantId" in grant:
            grants = (
                kms_backends[owner_of(world, arn)][kms.meta.region_name].keys[name_of(arn)].grants
            )
            grants[grant["GrantId"]] = grants.pop(made)
            grants[grant["GrantId"]].id = grant["GrantId"]


_GRANT = ("GranteePrincipal", "Operations", "RetiringPrincipal", "Constraints", "Name")


def _given(grant: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of CreateGrant among what a grant says."""
    return {key: value for key, value in grant.items() if key in _GRANT and value}


def _read_key(kms: Any, arn: str) -> State:
    policy = parsed(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    return State(policy, grants=tuple(kms.list_grants(KeyId=arn)["Grants"]))


def _write_key(kms: Any, arn: str, policy: Any) -> None:
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=json.dumps(policy))


def _create_queue(_world: World, sqs: Any, resource: Mapping[str, Any]) -> None:
    text = {"Policy": json.dumps(resource["policy"])} if resource.get("policy") else {}
    fifo = {"FifoQueue": "true"} if resource["arn"].endswith(".fifo") else {}
    sqs.create_queue(
        QueueName=name_of(resource["arn"]), Attributes=text | fifo, tags=resource.get("tags") or {}
    )


def _queue(sqs: Any, arn: str) -> str:
    return str(sqs.get_queue_url(QueueName=name_of(arn))["QueueUrl"])


def _read_queue(sqs: Any, arn: str) -> State:
    found = sqs.get_queue_attributes(QueueUrl=_queue(sqs, arn), AttributeNames=["Policy"])
    return State(parsed(found.get("Attributes", {}).get("Policy")))


def _write_queue(sqs: Any, arn: str, policy: Any) -> None:
    text = json.dumps(policy) if policy else ""
    sqs.set_queue_attributes(QueueUrl=_queue(sqs, arn), Attributes={"Policy": text})


def _create_topic(_world: World, sns: Any, resource: Mapping[str, Any]) -> None:
    sns.create_topic(Name=name_of(resource["arn"]), Tags=pairs(resource))
    _write_topic(sns, resource["arn"], resource["policy"])


def _read_topic(sns: Any, arn: str) -> State:
    return State(parsed(sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")))


def _write_topic(sns: Any, arn: str, policy: Any) -> None:
    sns.set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )


def _create_secret(world: World, secrets: Any, resource: Mapping[str, Any]) -> None:
    from moto.secretsmanager.models import secretsmanager_backends

    arn = resource["arn"]
    name = arn.partition(":secret:")[2][:-7]  # AWS: a hyphen and six letters end the ARN (docs)
    secrets.create_secret(Name=name, SecretString="x", Tags=pairs(resource))
    region = secrets.meta.region_name
    backend = secretsmanager_backends[owner_of(world, arn)][region]
    backend.secrets[name].arn = arn  # the stand-in draws its own letters
    if resource.get("policy"):
        _write_secret(secrets, arn, resource["policy"])


def _read_secret(secrets: Any, arn: str) -> State:
    return State(parsed(secrets.get_resource_policy(SecretId=arn).get("ResourcePolicy")))


def _write_secret(secrets: Any, arn: str, policy: Any) -> None:
    if policy is None:
        secrets.delete_resource_policy(SecretId=arn)
    else:
        secrets.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(policy))


def _repository(arn: str) -> str:
    return arn.partition(":repository/")[2]


def _create_repository(_world: World, ecr: Any, resource: Mapping[str, Any]) -> None:
    ecr.create_repository(repositoryName=_repository(resource["arn"]), tags=pairs(resource))
    if resource.get("policy"):
        _write_repository(ecr, resource["arn"], resource["policy"])


def _read_repository(ecr: Any, arn: str) -> State:
    try:
        text = ecr.get_repository_policy(repositoryName=_repository(arn))["policyText"]
    except ecr.exceptions.RepositoryPolicyNotFoundException:
        return State(None)
    return State(parsed(text))


def _write_repository(ecr: Any, arn: str, policy: Any) -> None:
    if policy is None:
        ecr.delete_repository_policy(repositoryName=_repository(arn))
    else:
        ecr.set_repository_policy(repositoryName=_repository(arn), policyText=json.dumps(policy))


_CREATORS: dict[str, Callable[[World, Any, Mapping[str, Any]], None]] = {
    "AWS::IAM::Role": _create_role,
    "AWS::S3::Bucket": _create_bucket,
    "AWS::KMS::Key": _create_key,
    "AWS::SQS::Queue": _create_queue,
    "AWS::SNS::Topic": _create_topic,
    "AWS::SecretsManager::Secret": _create_secret,
    "AWS::ECR::Repository": _create_repository,
    "AWS::Lambda::Function": lambdas.create,
    "AWS::DynamoDB::Stream": tables.create,
    "AWS::DynamoDB::Table": tables.create,
}
_READERS: dict[str, Callable[[Any, str], State]] = {
    "AWS::IAM::Role": _read_role,
    "AWS::S3::Bucket": _read_bucket,
    "AWS::KMS::Key": _read_key,
    "AWS::SQS::Queue": _read_queue,
    "AWS::SNS::Topic": _read_topic,
    "AWS::SecretsManager::Secret": _read_secret,
    "AWS::ECR::Repository": _read_repository,
    "AWS::Lambda::Function": lambdas.read,
    "AWS::DynamoDB::Stream": tables.read,
    "AWS::DynamoDB::Table": tables.read,
}
_WRITERS: dict[str, Callable[[Any, str, Any], None]] = {
    "AWS::IAM::Role": _write_role,
    "AWS::S3::Bucket": _write_bucket,
    "AWS::KMS::Key": _write_key,
    "AWS::SQS::Queue": _write_queue,
    "AWS::SNS::Topic": _write_topic,
    "AWS::SecretsManager::Secret": _write_secret,
    "AWS::ECR::Repository": _write_repository,
    "AWS::Lambda::Function": lambdas.write,
    "AWS::DynamoDB::Stream": tables.write,
    "AWS::DynamoDB::Table": tables.write,
}
