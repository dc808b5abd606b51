"""The service integrations of Step Functions: their actions, and the patterns that each one knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.asl.apis import Apis, Shape
from simulator.asl.faults import Fault, faults
from simulator.asl.own_parameters import KNOWN, MANY_VALUES, OWN, RENAMED
from simulator.values import Json

SYNC, SYNC_2, TOKEN = "sync", "sync:2", "waitForTaskToken"
PATTERNS: Final = (SYNC, SYNC_2, TOKEN)
SDK: Final = "aws-sdk"
PARTITIONS: Final = frozenset(
    {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
)

_PLAIN: Final = frozenset[str]()
_JOB: Final = frozenset({SYNC})
_CALLBACK: Final = frozenset({TOKEN})
_BOTH: Final = _JOB | _CALLBACK

# Sources: the developer guide's page of each integration; `dynamodb:query` is refused (recorded).
OPTIMISED: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "apigateway": {"invoke": _CALLBACK},
    "athena": {
        "startQueryExecution": _JOB, "stopQueryExecution": _PLAIN, "getQueryExecution": _PLAIN,
        "getQueryResults": _PLAIN,
    },
    "batch": {"submitJob": _JOB},
    "bedrock": {"invokeModel": _CALLBACK, "createModelCustomizationJob": _JOB},
    "bedrockagentcore": {"invokeHarness": _PLAIN},
    "codebuild": {
        "startBuild": _JOB, "stopBuild": _PLAIN, "batchDeleteBuilds": _PLAIN,
        "batchGetReports": _PLAIN, "startBuildBatch": _JOB, "stopBuildBatch": _PLAIN,
        "retryBuildBatch": _JOB, "deleteBuildBatch": _PLAIN,
    },
    "databrew": {"startJobRun": _JOB},
    "dynamodb": {
        "getItem": _PLAIN, "putItem": _PLAIN, "updateItem": _PLAIN, "deleteItem": _PLAIN,
    },
    "ecs": {"runTask": _BOTH},
    "eks": {
        "createCluster": _JOB, "deleteCluster": _JOB, "createNodegroup": _JOB,
        "deleteNodegroup": _JOB, "createFargateProfile": _JOB, "deleteFargateProfile": _JOB,
        "runJob": _BOTH, "call": _CALLBACK,
    },
    "elasticmapreduce": {
        "createCluster": _JOB, "terminateCluster": _JOB, "addStep": _JOB, "cancelStep": _PLAIN,
        "setClusterTerminationProtection": _PLAIN, "modifyInstanceFleetByName": _PLAIN,
        "modifyInstanceGroupByName": _PLAIN,
    },
    "emr-containers": {
        "createVirtualCluster": _PLAIN, "deleteVirtualCluster": _JOB, "startJobRun": _JOB,
    },
    "emr-serverless": {
        "createApplication": _JOB, "startApplication": _JOB, "stopApplication": _JOB,
        "deleteApplication": _JOB, "startJobRun": _JOB, "cancelJobRun": _JOB,
    },
    "events": {"putEvents": _CALLBACK},
    "glue": {"startJobRun": _JOB},
    "http": {"invoke": _PLAIN},
    "lambda": {"invoke": _CALLBACK},
    "mediaconvert": {"createJob": _JOB},
    "sagemaker": {
        "createTrainingJob": _JOB, "createTransformJob": _JOB, "createProcessingJob": _JOB,
        "createHyperParameterTuningJob": _JOB, "createLabelingJob": _JOB, "createModel": _PLAIN,
        "createEndpoint": _PLAIN, "createEndpointConfig": _PLAIN, "updateEndpoint": _PLAIN,
    },
    "sns": {"publish": _CALLBACK},
    "sqs": {"sendMessage": _CALLBACK},
    "states": {"startExecution": frozenset({SYNC, SYNC_2, TOKEN})},
}  # fmt: skip

# What stands in the ItemReader and the ResultWriter of a distributed Map, and nowhere else (docs).
MAP_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "s3": frozenset({"getObject", "listObjectsV2", "putObject"})
}

# AWS SDK integrations that the service has given up: March and June 2026 (announcements).
REMOVED_SDK: Final = frozenset(
    {
        "apptest", "elastictranscoder", "evidently", "lexmodelbuilding", "lexruntime", "opsworks",
        "opsworkscm", "qldb", "qldbsession", "robomaker", "worklink",
    }
)  # fmt: skip

# AWS: a text is an attribute value of type S in the optimised integration (published runs).
PLAIN: Final = {"dynamodb": "AttributeValue"}
# AWS: what SQS does not know is dropped, not refused (recorded by others).
LENIENT: Final = frozenset({"sqs"})
_ARN = re.compile(r"arn:(?P<partition>[^:]+):states:::(?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class Integration:
    """`arn:aws:states:::<service>:<action>.<pattern>`; with `is_sdk`, aws-sdk stands before them.

    `pattern` is "" for request-response.
    """

    service: str
    action: str
    pattern: str
    is_sdk: bool

    @property
    def is_job(self) -> bool:
        return self.pattern in {SYNC, SYNC_2}


def read_integration(resource: str) -> Integration | None:
    """What a Resource calls; None for functions, activities, and what is no integration."""
    found = _ARN.fullmatch(resource)
    if found is None:
        return None
    rest = found["rest"]
    is_sdk = rest.startswith(f"{SDK}:")
    service, _, action = rest.removeprefix(f"{SDK}:").partition(":")
    name, _, pattern = action.partition(".")
    return Integration(service, name, pattern, is_sdk)


def shape_of(integration: Integration, apis: Apis | None) -> Shape | None:
    """The shape of an integration's parameters; None when it is not known (without `apis`: often)."""
    key = (integration.service, integration.action)
    if not integration.is_sdk and key in (KNOWN if apis is None else OWN):
        return KNOWN[key]
    if apis is None:
        return None
    if not integration.is_sdk:
        key = RENAMED.get(key, key)
    operation = apis.operation(*key)
    return None if operation is None else operation.input


_WITHOUT_NAMES: Final = frozenset(
    {"string", "document", "boolean", "integer", "long", "float", "double"}
)


def parameter_check(
    resource: str, apis: Apis | None = None, *, names_only: bool = False
) -> Callable[[Json], str | None] | None:
    """Says why evaluated parameters cannot start a task: AWS's words inside the brackets of
    "could not be used to start the Task: [...]"; None when they can.

    None instead of a check for functions, activities and what needs no check. Without `apis` only
    the integrations are checked whose parameters the language knows by itself. With
    `names_only` only names and the shape of headers are judged: the rest is for the called service
    to say.
    """
    integration = read_integration(resource)
    if integration is None or integration.service in LENIENT:
        return None
    shape = shape_of(integration, apis)
    if shape is None:
        return None
    plain = plain_texts(integration)
    # What has no names inside: a payload of nothing else need not be walked at every call.
    simple = {name for name, item in shape.members.items() if item.kind in _WITHOUT_NAMES}

    def check(payload: Json) -> str | None:
        if not isinstance(payload, dict) or (names_only and payload.keys() <= simple):
            return None
        # Header and query objects are judged as wholes (recorded).
        wrong = [
            name
            for name, member in shape.members.items()
            if member is MANY_VALUES and any(faults(member, payload.get(name)))
        ]
        others = {name: item for name, item in payload.items() if name not in wrong}
        texts = [
            _words(fault)
            for fault in faults(shape, others, plain=plain)
            # AWS: an SDK sends what is given; the service says what it misses (recorded for null).
            if fault.certain
            and not (integration.is_sdk and fault.kind == "missing")
            and (fault.kind == "unknown" or not names_only)
        ]
        texts += [f"The value of the field '{name}' has an invalid format" for name in wrong]
        return ", ".join(dict.fromkeys(texts)) or None

    return check


STARTED_BY: Final = "AWS Step Functions"


def sent_parameters(resource: str) -> Callable[[Json], Json] | None:
    """What the service adds to evaluated parameters before it schedules the task; None: nothing.

    AWS: the tasks of ecs:runTask.sync say who started them (recorded).
    """
    integration = read_integration(resource)
    if integration is None or not integration.is_job:
        return None
    if (integration.service, integration.action) != ("ecs", "runTask"):
        return None

    def add(payload: Json) -> Json:
        return {**payload, "StartedBy": STARTED_BY} if isinstance(payload, dict) else payload

    return add


def _words(fault: Fault) -> str:
    if fault.kind == "unknown":
        return f'The field "{fault.field}" is not supported by Step Functions'
    if fault.kind == "missing":
        return f"The field '{fault.field}' is required but was missing"
    return f"The value for the field '{fault.field}' must be {_aws_kind(fault)}"


_AWS_KINDS: Final = {
    "structure": "an OBJECT", "map": "an OBJECT", "list": "an ARRAY", "boolean": "a BOOLEAN",
    "integer": "a NUMBER", "long": "a NUMBER", "float": "a NUMBER", "double": "a NUMBER",
}  # fmt: skip


def _aws_kind(fault: Fault) -> str:
    """STRING is recorded by others; the rest is a guess in the same style."""
    return _AWS_KINDS.get(fault.wanted or "string", "a STRING")


def plain_texts(integration: Integration) -> str | None:
    return None if integration.is_sdk else PLAIN.get(integration.service)
