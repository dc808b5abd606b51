"""The service integrations of Step Functions: their actions, and the patterns that each one knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
