"""Parameters of a call → the ARN of the resource that IAM is asked about (service authorization reference)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

UNKNOWN: Final = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The account and Region that a call reaches."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def resource_arn(action: str, parameters: Mapping[str, Any], place: Place) -> str:
    """UNKNOWN when the parameters do not tell: such a call matches every resource."""
    service = action.partition(":")[0]
    reader = _READERS.get(action) or _READERS.get(service)
    found = reader(parameters, place) if reader is not None else ""
    return found or _given(service, parameters)


def _given(service: str, parameters: Mapping[str, Any]) -> str:
    """The first parameter that is itself an ARN of the service."""
    texts = (value for value in parameters.values() if isinstance(value, str))
    return next((text for text in texts if _is_of(service, text)), UNKNOWN)


def _is_of(service: str, text: str) -> bool:
    return text.startswith("arn:") and text.split(":")[2:3] == [service]


def _text(parameters: Mapping[str, Any], *names: str) -> str:
    """The first of these parameters that there is."""
    values = (parameters.get(name) for name in names)
    return next((value for value in values if isinstance(value, str)), "")


def _named(service: str, resource: str, *names: str) -> Callable[[Mapping[str, Any], Place], str]:
    """A resource whose parameter is its name or its ARN."""

    def read(parameters: Mapping[str, Any], place: Place) -> str:
        text = _text(parameters, *names)
        if not text or text.startswith("arn:"):
            return text
        return place.arn(service, resource.format(text))

    return read


def _table(parameters: Mapping[str, Any], place: Place) -> str:
    found = _named("dynamodb", "table/{}", "TableName", "ResourceArn", "TableArn")(
        parameters, place
    )
    index = _text(parameters, "IndexName")
    return f"{found}/index/{index}" if found and index else found


def _queue(parameters: Mapping[str, Any], place: Place) -> str:
    name = _text(parameters, "QueueName")
    parts = _text(parameters, "QueueUrl").split("/")
    if len(parts) >= 5:
        account, name = parts[-2:]
        host = parts[2].split(".")
        region = host[1] if host[0] == "sqs" and len(host) > 2 else place.region
        return Place(account, region, place.partition).arn("sqs", name)
    return place.arn("sqs", name) if name else UNKNOWN


def _function(parameters: Mapping[str, Any], place: Place) -> str:
    """AWS: a version or an alias is part of what is asked about (docs)."""
    text = _text(parameters, "FunctionName", "Resource")
    if not text:
        return UNKNOWN
    qualifier = _text(parameters, "Qualifier")
    if not text.startswith("arn:"):
        head, function, tail = text.partition("function:")
        account = head.strip(":") if function and head.strip(":").isdigit() else place.account
        name = tail if function else text
        text = Place(account, place.region, place.partition).arn("lambda", f"function:{name}")
    if qualifier and text.count(":") == 6:
        text = f"{text}:{qualifier}"
    return text


def _object(parameters: Mapping[str, Any], place: Place) -> str:
    bucket, key = _text(parameters, "Bucket"), _text(parameters, "Key")
    if not bucket or bucket.startswith("arn:"):
        return bucket
    return f"arn:{place.partition}:s3:::{bucket}" + (f"/{key}" if key else "")


def _key(parameters: Mapping[str, Any], place: Place) -> str:
    text = _text(parameters, "KeyId", "TargetKeyId")
    if not text or "alias/" in text:
        return UNKNOWN  # IAM is asked about the key, which an alias does not tell
    return text if text.startswith("arn:") else place.arn("kms", f"key/{text}")


def _iam(parameters: Mapping[str, Any], place: Place) -> str:
    """Without the path, which the parameters do not tell."""
    for kind in ("Role", "User", "Group"):
        name = _text(parameters, f"{kind}Name")
        if name:
            return f"arn:{place.partition}:iam::{place.account}:{kind.lower()}/{name}"
    return UNKNOWN


def _machine(parameters: Mapping[str, Any], _place: Place) -> str:
    return _text(parameters, "stateMachineArn", "executionArn", "activityArn", "mapRunArn")


def _secret(parameters: Mapping[str, Any], _place: Place) -> str:
    """A name is not enough: the ARN ends in six characters of the service's own."""
    text = _text(parameters, "SecretId")
    return text if text.startswith("arn:") else UNKNOWN


def _parameter(parameters: Mapping[str, Any], place: Place) -> str:
    text = _text(parameters, "Name")
    if not text or text.startswith("arn:"):
        return text
    return place.arn("ssm", f"parameter/{text.lstrip('/')}")


def _topic(parameters: Mapping[str, Any], _place: Place) -> str:
    return _text(parameters, "TopicArn", "TargetArn", "ResourceArn")


def _role(parameters: Mapping[str, Any], _place: Place) -> str:
    return _text(parameters, "RoleArn")


def _log_group(parameters: Mapping[str, Any], place: Place) -> str:
    name = _text(parameters, "logGroupName")
    stream = _text(parameters, "logStreamName")
    if not name:
        return UNKNOWN
    return place.arn("logs", f"log-group:{name}:" + (f"log-stream:{stream}" if stream else "*"))


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Place], str]]] = {
    "access-analyzer": _named("access-analyzer", "analyzer/{}", "analyzerArn", "analyzerName"),
    "dynamodb": _table,
    "ecr": _named("ecr", "repository/{}", "repositoryName", "resourceArn"),
    "events:PutEvents": _named("events", "event-bus/{}", "EventBusName"),
    "iam": _iam,
    "kinesis": _named("kinesis", "stream/{}", "StreamARN", "StreamName"),
    "kms": _key,
    "lambda": _function,
    "logs": _log_group,
    "s3": _object,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
    "ssm": _parameter,
    "states": _machine,
    "sts": _role,
}
