"""API operations → the IAM actions that a caller needs for them (service authorization reference).

An action has its operation's name unless a table here says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

# boto3's client → the prefix of its actions, where the two differ.
_PREFIXES: Final[Mapping[str, str]] = {
    "accessanalyzer": "access-analyzer",
    "apigatewaymanagementapi": "execute-api",
    "appconfigdata": "appconfig",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "cloudsearchdomain": "cloudsearch",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "iot-data": "iot",
    "lex-runtime": "lex",
    "lexv2-runtime": "lex",
    "opensearch": "es",
    "personalize-events": "personalize",
    "personalize-runtime": "personalize",
    "pinpoint": "mobiletargeting",
    "s3control": "s3",
    "sagemaker-runtime": "sagemaker",
    "sesv2": "ses",
    "stepfunctions": "states",
    "timestream-query": "timestream",
    "timestream-write": "timestream",
}

_PUT_OBJECT: Final = ("s3:PutObject",)
# "client:Operation" → its actions, where they have another name or there are none.
_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    # AWS: nobody can be forbidden to ask who they are (docs).
    "sts:GetCallerIdentity": (),
    "sts:GetSessionToken": (),
    "apigatewaymanagementapi:DeleteConnection": ("execute-api:ManageConnections",),
    "apigatewaymanagementapi:GetConnection": ("execute-api:ManageConnections",),
    "apigatewaymanagementapi:PostToConnection": ("execute-api:ManageConnections",),
    "bedrock-runtime:Converse": ("bedrock:InvokeModel",),
    "bedrock-runtime:ConverseStream": ("bedrock:InvokeModelWithResponseStream",),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "lambda:InvokeAsync": ("lambda:InvokeFunction",),
    "lambda:InvokeWithResponseStream": ("lambda:InvokeFunction",),
    "s3:CompleteMultipartUpload": _PUT_OBJECT,
    "s3:CreateMultipartUpload": _PUT_OBJECT,
    "s3:DeleteBucketCors": ("s3:PutBucketCORS",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeleteBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:DeleteBucketTagging": ("s3:PutBucketTagging",),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:PutBucketAccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
    "s3:PutBucketCors": ("s3:PutBucketCORS",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:PutBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:PutObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:SelectObjectContent": ("s3:GetObject",),
    "s3:UploadPart": _PUT_OBJECT,
    "sns:PublishBatch": ("sns:Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
}
# What a VersionId makes of an action.
_OF_VERSIONS: Final[Mapping[str, str]] = {
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}
_TRANSACTED: Final[Mapping[str, str]] = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
# A PartiQL statement's first word → its action.
_PARTIQL: Final[Mapping[str, str]] = {
    "DELETE": "dynamodb:PartiQLDelete",
    "INSERT": "dynamodb:PartiQLInsert",
    "SELECT": "dynamodb:PartiQLSelect",
    "UPDATE": "dynamodb:PartiQLUpdate",
}
# Operations that hand a role to a service, and where in their parameters its ARN stands.
_PASSED: Final[Mapping[str, tuple[str, ...]]] = {
    "batch:RegisterJobDefinition": (
        "containerProperties.jobRoleArn",
        "containerProperties.executionRoleArn",
    ),
    "ecs:RegisterTaskDefinition": ("taskRoleArn", "executionRoleArn"),
    "ecs:RunTask": ("overrides.taskRoleArn", "overrides.executionRoleArn"),
    "events:PutRule": ("RoleArn",),
    "events:PutTargets": ("Targets.RoleArn",),
    "glue:CreateJob": ("Role",),
    "lambda:CreateFunction": ("Role",),
    "lambda:UpdateFunctionConfiguration": ("Role",),
    "sagemaker:CreateModel": ("ExecutionRoleArn",),
    "sagemaker:CreateTrainingJob": ("RoleArn",),
    "scheduler:CreateSchedule": ("Target.RoleArn",),
    "scheduler:UpdateSchedule": ("Target.RoleArn",),
    "stepfunctions:CreateStateMachine": ("roleArn",),
    "stepfunctions:UpdateStateMachine": ("roleArn",),
}


def prefix(client: str) -> str:
    """The part of an action before its colon."""
    return _PREFIXES.get(client, client)


def actions(
    client: str, operation: str, parameters: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each action of a call with the parameters that say on what: one for each part of a batch."""
    name = f"{client}:{operation}"
    if name in _PARTS:
        yield from _PARTS[name](name, parameters)
        return
    for action in _ACTIONS.get(name, (f"{prefix(client)}:{operation}",)):
        versioned = _OF_VERSIONS.get(action, action) if parameters.get("VersionId") else action
        yield versioned, parameters


def passed_roles(client: str, operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """The ARNs of roles that the call hands over, for each of which iam:PassRole is needed."""
    paths = _PASSED.get(f"{client}:{operation}", ())
    return [str(value) for path in paths for value in _at(parameters, path.split("."))]


def _at(value: Any, path: list[str]) -> list[Any]:
    if isinstance(value, list):
        return [found for item in value for found in _at(item, path)]
    if not path:
        return [] if value is None else [value]
    return _at(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []


_Part: TypeAlias = "tuple[str, Mapping[str, Any]]"


def _transacted(_name: str, parameters: Mapping[str, Any]) -> Iterator[_Part]:
    for item in parameters.get("TransactItems") or ():
        for kind, inner in item.items():
            yield _TRANSACTED[kind], inner


def _batched(name: str, parameters: Mapping[str, Any]) -> Iterator[_Part]:
    for table in parameters.get("RequestItems") or ():
        yield name, {"TableName": table}


def _partiql(_name: str, parameters: Mapping[str, Any]) -> Iterator[_Part]:
    given = parameters.get("Statements") or parameters.get("TransactStatements") or [parameters]
    for item in given:
        word = str(item.get("Statement", "")).split(maxsplit=1)[:1]
        yield _PARTIQL.get(word[0].upper() if word else "", _PARTIQL["SELECT"]), {}


def _copied(_name: str, parameters: Mapping[str, Any]) -> Iterator[_Part]:
    source = parameters.get("CopySource")
    if isinstance(source, str):
        bucket, _, key = source.lstrip("/").partition("/")
        source = {"Bucket": bucket, "Key": key.partition("?")[0]}
    yield "s3:GetObject", source or {}
    yield "s3:PutObject", parameters


def _deleted(_name: str, parameters: Mapping[str, Any]) -> Iterator[_Part]:
    for item in (parameters.get("Delete") or {}).get("Objects") or ():
        action = "s3:DeleteObjectVersion" if item.get("VersionId") else "s3:DeleteObject"
        yield action, {"Bucket": parameters.get("Bucket"), **item}


def _put_events(name: str, parameters: Mapping[str, Any]) -> Iterator[_Part]:
    for entry in parameters.get("Entries") or ():
        yield name, {"EventBusName": entry.get("EventBusName") or "default"}


_PARTS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[_Part]]]] = {
    "dynamodb:BatchExecuteStatement": _partiql,
    "dynamodb:BatchGetItem": _batched,
    "dynamodb:BatchWriteItem": _batched,
    "dynamodb:ExecuteStatement": _partiql,
    "dynamodb:ExecuteTransaction": _partiql,
    "dynamodb:TransactGetItems": _transacted,
    "dynamodb:TransactWriteItems": _transacted,
    "events:PutEvents": _put_events,
    "s3:CopyObject": _copied,
    "s3:DeleteObjects": _deleted,
    "s3:UploadPartCopy": _copied,
}
