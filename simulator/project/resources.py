"""Creates the template's resources in the AWS stand-ins, under their physical names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, Protocol, TypeAlias, runtime_checkable

from simulator.errors import SimulatorError
from simulator.project.parameters import as_text
from simulator.project.project import Project
from simulator.project.properties import PROPERTIES
from simulator.project.tables import create_table
from simulator.project.template import Resource
from simulator.values import Json, compact


class Clients(Protocol):
    """What a Cloud gives: one client for each service, and work that can wait until it is asked."""

    def client(self, service: str) -> Any: ...

    def defer(self, service: str, make: Callable[[], None]) -> None: ...


@runtime_checkable
class Keys(Protocol):
    """A Cloud that can give a key the id that the template's references already name."""

    def rename_key(self, created: str, wanted: str) -> None: ...


@runtime_checkable
class Accounts(Protocol):
    """A Cloud that has several accounts."""

    def inside(self, account: str) -> AbstractContextManager[None]: ...


Creator: TypeAlias = Callable[[Resource, Clients], None]


def create(project: Project, cloud: Clients) -> None:
    """In the order of their dependencies; a type without stand-in is among the warnings."""
    for part in project.parts:
        account = part.account
        for resource in part.template.resources.values():
            creator = CREATORS.get(resource.type)
            if creator is None:
                continue
            service = _DEFERRED.get(resource.type)
            if service is None:
                _create(creator, resource, cloud, account)
            else:
                cloud.defer(service, partial(_create, creator, resource, cloud, account))


def _create(creator: Creator, resource: Resource, cloud: Clients, account: str) -> None:
    inside = cloud.inside(account) if isinstance(cloud, Accounts) else nullcontext()
    try:
        with inside:
            creator(resource, cloud)
    except Exception as error:
        message = f"{resource.location}: '{resource.logical_id}' cannot be created: {error}"
        raise SimulatorError(message) from error


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _json_text(value: Json) -> str:
    return compact(value) if isinstance(value, dict | list) else as_text(value)


def _given(properties: Mapping[str, Json], *names: str) -> dict[str, Json]:
    return {name: properties[name] for name in names if properties.get(name) is not None}


_KEY_TAG = "simulator:id"
_QUEUE_ATTRIBUTES = PROPERTIES["AWS::SQS::Queue"] - {"QueueName", "Tags"}


def _table(resource: Resource, cloud: Clients) -> None:
    create_table(cloud.client("dynamodb"), resource.name, resource.properties)


def _queue(resource: Resource, cloud: Clients) -> None:
    attributes = {
        name: _json_text(value)
        for name, value in resource.properties.items()
        if name in _QUEUE_ATTRIBUTES
    }
    cloud.client("sqs").create_queue(QueueName=resource.name, Attributes=attributes)


def _topic(resource: Resource, cloud: Clients) -> None:
    attributes = {
        name: _json_text(value)
        for name, value in resource.properties.items()
        if name in {"DisplayName", "FifoTopic", "ContentBasedDeduplication", "KmsMasterKeyId"}
    }
    cloud.client("sns").create_topic(Name=resource.name, Attributes=attributes)
    for item in _list(resource.properties.get("Subscription")):
        _subscribe(cloud, {**item, "TopicArn": resource.arn})


def _subscription(resource: Resource, cloud: Clients) -> None:
    _subscribe(cloud, resource.properties)


def _subscribe(cloud: Clients, properties: Mapping[str, Json]) -> None:
    if properties.get("Protocol") == "lambda":
        return  # the simulation delivers to functions itself: project.topic_sources
    names = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")
    cloud.client("sns").subscribe(
        TopicArn=as_text(properties.get("TopicArn")),
        Protocol=as_text(properties.get("Protocol")),
        Endpoint=as_text(properties.get("Endpoint")),
        Attributes={name: _json_text(value) for name, value in _given(properties, *names).items()},
        ReturnSubscriptionArn=True,
    )


def _bucket(resource: Resource, cloud: Clients) -> None:
    client = cloud.client("s3")
    region = client.meta.region_name
    # AWS: us-east-1 is the one Region that must not be named (docs).
    placed = {} if region == "us-east-1" else {"LocationConstraint": region}
    client.create_bucket(
        Bucket=resource.name, **({"CreateBucketConfiguration": placed} if placed else {})
    )
    versioning = _mapping(resource.properties.get("VersioningConfiguration"))
    if versioning:
        client.put_bucket_versioning(Bucket=resource.name, VersioningConfiguration=versioning)


def _bucket_policy(resource: Resource, cloud: Clients) -> None:
    cloud.client("s3").put_bucket_policy(
        Bucket=as_text(resource.properties.get("Bucket")),
        Policy=_json_text(resource.properties.get("PolicyDocument")),
    )


def _key(resource: Resource, cloud: Clients) -> None:
    properties = resource.properties
    given = _given(properties, "Description", "KeySpec", "KeyUsage", "MultiRegion")
    if "KeyPolicy" in properties:
        given["Policy"] = _json_text(properties["KeyPolicy"])
    created = cloud.client("kms").create_key(
        Tags=[{"TagKey": _KEY_TAG, "TagValue": resource.physical_id}], **given
    )["KeyMetadata"]["KeyId"]
    if isinstance(cloud, Keys):
        cloud.rename_key(created, resource.physical_id)


def _alias(resource: Resource, cloud: Clients) -> None:
    target = as_text(resource.properties.get("TargetKeyId"))
    cloud.client("kms").create_alias(AliasName=resource.name, TargetKeyId=_created(cloud, target))


def _created(cloud: Clients, target: str) -> str:
    """The id the stand-in gave to the key that the template calls `target` (an id or ARN)."""
    client = cloud.client("kms")
    wanted = {"TagKey": _KEY_TAG, "TagValue": target.rpartition("/")[2]}
    for item in client.list_keys()["Keys"]:
        if wanted in client.list_resource_tags(KeyId=item["KeyId"])["Tags"]:
            return str(item["KeyId"])
    return target


def _parameter(resource: Resource, cloud: Clients) -> None:
    properties = resource.properties
    cloud.client("ssm").put_parameter(
        Name=resource.name,
        Type=as_text(properties.get("Type", "String")),
        Value=as_text(properties.get("Value")),
        **_given(properties, "Description", "Tier", "AllowedPattern"),
    )


def _secret(resource: Resource, cloud: Clients) -> None:
    properties = resource.properties
    given = _given(properties, "Description", "KmsKeyId", "SecretString")
    generate = _mapping(properties.get("GenerateSecretString"))
    if generate:
        # AWS makes random characters here; a run must repeat to the byte, so these are fixed.
        length = int(as_text(generate.get("PasswordLength", 32)))
        generated = (resource.logical_id * length)[:length]
        key = generate.get("GenerateStringKey")
        template = as_text(generate.get("SecretStringTemplate") or "{}")
        given["SecretString"] = (
            f"{template.rstrip().removesuffix('}').rstrip()}"
            f"{'' if template.strip() == '{}' else ','}{compact(key)}:{compact(generated)}}}"
            if key
            else generated
        )
    # moto takes the ARN's ending from this tag; without it, it would be random.
    tag = {"Key": "_custom_id_", "Value": as_text(resource.arn)[-6:]}
    cloud.client("secretsmanager").create_secret(Name=resource.name, Tags=[tag], **given)


def _identity(resource: Resource, cloud: Clients) -> None:
    client = cloud.client("ses")
    if "@" in resource.name:
        client.verify_email_identity(EmailAddress=resource.name)
    else:
        client.verify_domain_identity(Domain=resource.name)


def _event_bus(resource: Resource, cloud: Clients) -> None:
    if resource.name != "default":
        cloud.client("events").create_event_bus(Name=resource.name)


def _alarm(resource: Resource, cloud: Clients) -> None:
    client = cloud.client("cloudwatch")
    known = set(client.meta.service_model.operation_model("PutMetricAlarm").input_shape.members)
    given = _given(resource.properties, *sorted(known - {"AlarmName"}))
    for name in ("EvaluationPeriods", "Period", "DatapointsToAlarm"):
        if name in given:
            given[name] = int(as_text(given[name]))
    if "Threshold" in given:
        given["Threshold"] = float(as_text(given["Threshold"]))
    client.put_metric_alarm(AlarmName=resource.name, **given)


def _log_group(resource: Resource, cloud: Clients) -> None:
    client = cloud.client("logs")
    client.create_log_group(logGroupName=resource.name)
    days = resource.properties.get("RetentionInDays")
    if days is not None:
        client.put_retention_policy(logGroupName=resource.name, retentionInDays=int(as_text(days)))


def _connection(resource: Resource, cloud: Clients) -> None:
    properties = resource.properties
    cloud.client("events").create_connection(
        Name=resource.name,
        **_given(properties, "AuthorizationType", "AuthParameters", "Description"),
    )


def _role(resource: Resource, cloud: Clients) -> None:
    client = cloud.client("iam")
    properties = resource.properties
    client.create_role(
        RoleName=resource.name,
        AssumeRolePolicyDocument=_json_text(properties.get("AssumeRolePolicyDocument")),
        **_given(properties, "Path", "Description"),
    )
    for policy in _list(properties.get("Policies")):
        # SAM's policy templates name no version, and moto demands this one.
        document = {"Version": "2012-10-17", **_mapping(policy.get("PolicyDocument"))}
        client.put_role_policy(
            RoleName=resource.name,
            PolicyName=as_text(policy.get("PolicyName")),
            PolicyDocument=compact(document),
        )


CREATORS: Mapping[str, Creator] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Connection": _connection,
    "AWS::Events::EventBus": _event_bus,
    "AWS::IAM::Role": _role,
    "AWS::KMS::Alias": _alias,
    "AWS::KMS::Key": _key,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SES::EmailIdentity": _identity,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SSM::Parameter": _parameter,
    "AWS::SecretsManager::Secret": _secret,
}
# Types that only their own service looks at, and most worlds never: made at its first call.
_DEFERRED: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "cloudwatch",
    "AWS::IAM::Role": "iam",
    "AWS::Logs::LogGroup": "logs",
}
