"""What services do on a role's behalf and no run shows: logs, traces, polling, deliveries, keys.

Sources: the developer guides of Lambda (execution role, event sources, destinations), Step Functions
(logging, X-Ray, encryption at rest), EventBridge (targets, Scheduler, Pipes), SQS, SNS, S3, DynamoDB,
Secrets Manager and Kinesis (customer managed keys).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.permissions.needs import Need
from simulator.permissions.policies import listed
from simulator.project.template import Resource, Template

_DELIVERY: Final = (
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
)  # fmt: skip
_TRACES: Final = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
_SAMPLING: Final = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
_SUMMARIES: Final = "xray:GetSamplingStatisticSummaries"
_INTERFACES: Final = (
    "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface",
)  # fmt: skip
_ADDRESSES: Final = (
    "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs", "ec2:GetSecurityGroupsForVpc",
)  # fmt: skip
# What Lambda and Pipes call on a source that they poll.
_POLLED: Final[Mapping[str, tuple[str, ...]]] = {
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "kinesis": ("kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"),
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
}  # fmt: skip
# They may call these too, and go on when they may not.
_POLLED_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "dynamodb": ("dynamodb:ListStreams",),
    "kinesis": ("kinesis:DescribeStream", "kinesis:ListStreams", "kinesis:SubscribeToShard"),
    "sqs": ("sqs:ChangeMessageVisibility",),
}
# A target's service → how something is delivered to it.
_DELIVERED: Final[Mapping[str, str]] = {
    "events": "events:PutEvents",
    "firehose": "firehose:PutRecord",
    "kinesis": "kinesis:PutRecord",
    "lambda": "lambda:InvokeFunction",
    "s3": "s3:PutObject",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
_BOTH: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_DECRYPT: Final = ("kms:Decrypt",)
# An action on something encrypted with a key of one's own → what the caller needs of the key.
_OF_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "kinesis:GetRecords": _DECRYPT,
    "kinesis:PutRecord": ("kms:GenerateDataKey",),
    "kinesis:PutRecords": ("kms:GenerateDataKey",),
    "s3:GetObject": _DECRYPT,
    "s3:GetObjectVersion": _DECRYPT,
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": _DECRYPT,
    "secretsmanager:PutSecretValue": _BOTH,
    "sns:Publish": _BOTH,
    "sqs:ReceiveMessage": _DECRYPT,
    "sqs:SendMessage": _BOTH,
}
# Those of DynamoDB that read or write items: each caller decrypts the table's own key (docs).
_ITEMS: Final = (
    "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem",
    "PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate", "Query", "Scan", "UpdateItem",
)  # fmt: skip
_WRITES: Final = ("BatchWriteItem", "DeleteItem", "PartiQL", "PutItem", "UpdateItem")


@dataclass(frozen=True, slots=True)
class _Behalf:
    """Somebody's role: `by` names the resource that has it."""

    role: str
    by: str

    def need(self, reason: str, action: str, resource: str = "", *, optional: bool = False) -> Need:
        return Need(self.role, action, resource, self.by, reason, optional)

    def needs(
        self, reason: str, actions: Iterable[str], resource: str = "", *, optional: bool = False
    ) -> Iterator[Need]:
        return (self.need(reason, action, resource, optional=optional) for action in actions)


def needs_of_services(template: Template) -> Iterator[Need]:
    for resource in template.resources.values():
        reader = _READERS.get(resource.type)
        if reader is not None:
            yield from reader(template, resource)


# -- functions and state machines -----------------------------------------------------------------


def _function(template: Template, function: Resource) -> Iterator[Need]:
    own = _Behalf(str(function.properties.get("Role")), f"function {function.logical_id}")
    place = template.place
    head = f"arn:aws:logs:{place.region}:{place.account}:log-group:"
    logging = _table(function.properties.get("LoggingConfig"))
    group = head + str(logging.get("LogGroup") or f"/aws/lambda/{function.name}")
    logs = ("logs:CreateLogStream", "logs:PutLogEvents")
    yield from own.needs("Lambda writes the function's logs", logs, f"{group}:log-stream:any")
    made = "Lambda makes a log group that the template does not have"
    yield own.need(made, "logs:CreateLogGroup", group, optional=True)
    if _table(function.properties.get("TracingConfig")).get("Mode") == "Active":
        yield from own.needs("Lambda sends traces to X-Ray", _TRACES)
        yield from own.needs("X-Ray's SDK may ask how to sample", (*_SAMPLING, _SUMMARIES), optional=True)  # fmt: skip
    if _table(function.properties.get("VpcConfig")).get("SubnetIds"):
        yield from own.needs("Lambda puts the function into its VPC", _INTERFACES)
        yield from own.needs("Lambda puts the function into its VPC", _ADDRESSES, optional=True)
    lost = _table(function.properties.get("DeadLetterConfig")).get("TargetArn")
    yield from _delivered(own, "Lambda sends failed events to the dead-letter queue", lost)


def _invoke_config(template: Template, config: Resource) -> Iterator[Need]:
    own = _of_function(template, str(config.properties.get("FunctionName")))
    destinations = _table(config.properties.get("DestinationConfig"))
    for kind in ("OnSuccess", "OnFailure"):
        arn = _table(destinations.get(kind)).get("Destination")
        if own is not None:
            yield from _delivered(own, f"Lambda reports to the {kind} destination", arn)


def _mapping(template: Template, mapping: Resource) -> Iterator[Need]:
    own = _of_function(template, str(mapping.properties.get("FunctionName")))
    if own is None:
        return
    yield from _polled(own, "Lambda", str(mapping.properties.get("EventSourceArn")))
    destinations = _table(mapping.properties.get("DestinationConfig"))
    arn = _table(destinations.get("OnFailure")).get("Destination")
    yield from _delivered(own, "Lambda reports to the OnFailure destination", arn)


def _of_function(template: Template, name: str) -> _Behalf | None:
    """By name or ARN, a version or an alias left out."""
    parts = name.split(":")
    plain = parts[6] if len(parts) > 6 else parts[0]
    for function in template.of_type("AWS::Lambda::Function"):
        if plain in (function.name, function.physical_id):
            return _Behalf(str(function.properties.get("Role")), f"function {function.logical_id}")
    return None


def _machine(_template: Template, machine: Resource) -> Iterator[Need]:
    properties = machine.properties
    own = _Behalf(str(properties.get("RoleArn")), f"state machine {machine.logical_id}")
    logging = _table(properties.get("LoggingConfiguration"))
    key = _table(properties.get("EncryptionConfiguration")).get("KmsKeyId")
    logs = logging.get("Level") not in (None, "OFF")
    if logs:
        yield from own.needs("Step Functions delivers the executions' logs", _DELIVERY)
        also = ("logs:CreateLogStream", "logs:PutLogEvents")
        yield from own.needs("Step Functions delivers the executions' logs", also, optional=True)
    if str(_table(properties.get("TracingConfiguration")).get("Enabled")).lower() == "true":
        yield from own.needs("Step Functions sends traces to X-Ray", (*_TRACES, *_SAMPLING))
        yield own.need("Step Functions sends traces to X-Ray", _SUMMARIES, optional=True)
    if key:
        reason = "Step Functions encrypts histories with the key"
        yield from own.needs(reason, _BOTH, str(key))


# -- rules, schedules, pipes ----------------------------------------------------------------------


def _rule(_template: Template, rule: Resource) -> Iterator[Need]:
    for target in map(_table, listed(rule.properties.get("Targets"))):
        if target.get("RoleArn"):
            own = _Behalf(str(target["RoleArn"]), f"rule {rule.logical_id}")
            yield from _delivered(own, "EventBridge delivers to the target", target.get("Arn"))


def _schedule(_template: Template, schedule: Resource) -> Iterator[Need]:
    target = _table(schedule.properties.get("Target"))
    own = _Behalf(str(target.get("RoleArn")), f"schedule {schedule.logical_id}")
    yield from _delivered(own, "Scheduler calls the target", target.get("Arn"))
    lost = _table(target.get("DeadLetterConfig")).get("Arn")
    yield from _delivered(own, "Scheduler sends what it cannot deliver to the queue", lost)


def _pipe(_template: Template, pipe: Resource) -> Iterator[Need]:
    own = _Behalf(str(pipe.properties.get("RoleArn")), f"pipe {pipe.logical_id}")
    yield from _polled(own, "Pipes", str(pipe.properties.get("Source")))
    for part in ("Enrichment", "Target"):
        yield from _delivered(own, f"Pipes calls the {part.lower()}", pipe.properties.get(part))


def _api_method(_template: Template, method: Resource) -> Iterator[Need]:
    integration = _table(method.properties.get("Integration"))
    role = str(integration.get("Credentials") or "")
    if role.startswith("arn:"):
        own = _Behalf(role, f"method {method.logical_id}")
        uri = str(integration.get("Uri"))
        service = uri.split(":")[4] if uri.count(":") > 4 else ""
        action = _DELIVERED.get(service, f"{service}:*")
        yield own.need("API Gateway calls the integration", action)


def _delivered(own: _Behalf, reason: str, arn: Any) -> Iterator[Need]:
    """SDK targets of Scheduler name the action: arn:aws:scheduler:::aws-sdk:sqs:deleteMessage."""
    if not arn:
        return
    parts = str(arn).split(":")
    service = parts[2] if len(parts) > 2 else ""
    if service == "scheduler" and len(parts) > 7:
        from simulator.aws.naming import client_name, operation
        from simulator.permissions.actions import actions

        client = client_name(parts[6])
        for action, _ in actions(client, operation(client, parts[7]).name, {}):
            yield own.need(reason, action)
    elif service in _DELIVERED:
        yield own.need(reason, _DELIVERED[service], str(arn))


def _polled(own: _Behalf, who: str, arn: str) -> Iterator[Need]:
    service = arn.split(":")[2] if arn.startswith("arn:") else ""
    yield from own.needs(f"{who} polls the source", _POLLED.get(service, ()), arn)
    yield from own.needs(f"{who} polls the source", _POLLED_ALSO.get(service, ()), arn, optional=True)  # fmt: skip


_READERS: Final = {
    "AWS::ApiGateway::Method": _api_method,
    "AWS::Events::Rule": _rule,
    "AWS::Lambda::EventInvokeConfig": _invoke_config,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Function": _function,
    "AWS::Pipes::Pipe": _pipe,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::StepFunctions::StateMachine": _machine,
}


# -- keys -----------------------------------------------------------------------------------------


class Keys:
    """Customer managed keys of the templates: what is encrypted with which."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._arns: dict[str, str] = {}
        self._by_resource: dict[str, str] = {}
        for template in templates:
            for resource in template.resources.values():
                self._learn(resource)

    def _learn(self, resource: Resource) -> None:
        properties = resource.properties
        if resource.type == "AWS::KMS::Key":
            self._arns[resource.physical_id] = resource.arn or resource.physical_id
        elif resource.type == "AWS::KMS::Alias":
            self._arns[str(properties.get("AliasName"))] = str(properties.get("TargetKeyId"))
        key = _key_of(resource)
        if key:
            self._by_resource[resource.arn or resource.physical_id] = key

    def arn(self, key: str) -> str:
        """The key's ARN by its id, its ARN or its alias."""
        found = self._arns.get(key, key)
        return self._arns.get(found, found)

    def of(self, resource: str) -> str:
        """The ARN of the key of a resource, of an object's bucket or an index's table; "" for none."""
        for plain in (resource, resource.partition("/index/")[0], resource.partition("/")[0]):
            if plain in self._by_resource:
                return self.arn(self._by_resource[plain])
        return ""

    def needs(self, need: Need) -> Iterator[Need]:
        """What the caller needs of the key besides."""
        key = self.of(need.resource) if need.resource else ""
        if not key:
            return
        service, _, name = need.action.partition(":")
        wanted = _OF_KEYS.get(need.action, ())
        if service == "dynamodb" and name in _ITEMS:
            wanted = _DECRYPT
        own = _Behalf(need.role, need.by)
        what = f"{need.action} on what the key encrypts"
        yield from own.needs(what, wanted, key, optional=need.optional)
        if service == "dynamodb" and name.startswith(_WRITES):
            yield own.need(what, "kms:GenerateDataKey", key, optional=True)


def _key_of(resource: Resource) -> str:
    """As the template names it: an id, an ARN or an alias; "" for a key of AWS."""
    properties = resource.properties
    if resource.type == "AWS::DynamoDB::Table":
        key = _table(properties.get("SSESpecification")).get("KMSMasterKeyId")
    elif resource.type == "AWS::S3::Bucket":
        rules = _table(properties.get("BucketEncryption")).get("ServerSideEncryptionConfiguration")
        defaults = (_table(_table(item).get("ServerSideEncryptionByDefault")) for item in listed(rules))  # fmt: skip
        key = next((item.get("KMSMasterKeyID") for item in defaults), None)
    elif resource.type == "AWS::Kinesis::Stream":
        key = _table(properties.get("StreamEncryption")).get("KeyId")
    else:
        names = {"AWS::SQS::Queue": "KmsMasterKeyId", "AWS::SNS::Topic": "KmsMasterKeyId", "AWS::SecretsManager::Secret": "KmsKeyId"}  # fmt: skip
        key = properties.get(names.get(resource.type, ""))
    text = str(key or "")
    return "" if text.startswith("alias/aws/") else text


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
