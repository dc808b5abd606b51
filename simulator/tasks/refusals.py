"""Errors of service integrations: their names and causes, as the two kinds write them (recorded)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.aws import naming
from simulator.engine.ports import Failure, TaskCall
from simulator.tasks.metadata import request_id
from simulator.values import compact

# Optimised integration → the name before the dot, the label in causes, the SDK's base exception.
# dynamodb, sqs, sns, lambda and states are recorded, ecs, batch, glue, sagemaker, athena and EMR are
# in published runs; the others follow the same rule (guess).
LABELS: Final[Mapping[str, tuple[str, str, str]]] = {
    "athena": ("Athena", "AmazonAthena", "AmazonAthenaException"),
    "batch": ("Batch", "AWSBatch", "AWSBatchException"),
    "bedrock": ("Bedrock", "AmazonBedrock", "AmazonBedrockException"),
    "bedrockagentcore": ("BedrockAgentCore", "BedrockAgentCore", "BedrockAgentCoreException"),
    "codebuild": ("CodeBuild", "AWSCodeBuild", "AWSCodeBuildException"),
    "databrew": ("DataBrew", "AWSGlueDataBrew", "AWSGlueDataBrewException"),
    "dynamodb": ("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "ecs": ("ECS", "AmazonECS", "AmazonECSException"),
    "eks": ("EKS", "AmazonEKS", "AmazonEKSException"),
    "elasticmapreduce": (
        "ElasticMapReduce", "AmazonElasticMapReduce", "AmazonElasticMapReduceException",
    ),
    "emr-containers": ("EMRContainers", "AmazonEMRContainers", "AmazonEMRContainersException"),
    "emr-serverless": ("EMRServerless", "AWSEMRServerless", "AWSEMRServerlessException"),
    "events": ("EventBridge", "AmazonCloudWatchEvents", "AmazonEventBridgeException"),
    "glue": ("Glue", "AWSGlue", "AWSGlueException"),
    "mediaconvert": ("MediaConvert", "AWSMediaConvert", "AWSMediaConvertException"),
    "sagemaker": ("SageMaker", "AmazonSageMaker", "AmazonSageMakerException"),
    "sns": ("SNS", "AmazonSNS", "AmazonSNSException"),
    "sqs": ("SQS", "AmazonSQS", "AmazonSQSException"),
}  # fmt: skip
# Requests are refused in this protocol's own words.
_QUERY_WORDS: Final = frozenset({"sqs", "ec2"})


def not_startable(call: TaskCall, detail: str) -> Failure:
    """Step Functions itself refuses the parameters."""
    return Failure(
        "States.Runtime",
        f"The Parameters '{compact(call.payload)}' could not be used to start the Task: [{detail}]",
    )


def refused(
    response: Mapping[str, Any], client: str, optimised: str | None, call: TaskCall
) -> Failure:
    """The service has answered with an error: botocore's `response`."""
    error = response.get("Error", {})
    code, message = str(error.get("Code", "Unknown")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    identity = request_id(call)
    # AWS: SQS keeps the codes of its old protocol beside the names in its model (docs).
    named = naming.exception_name(client, str(error.get("QueryErrorCode", code)))
    if named is not None and not named.endswith("Exception"):
        named += "Exception"
    if optimised is not None:
        prefix, label, generic = LABELS[optimised]
        cause = (
            f"{message} (Service: {label}; Status Code: {status}; Error Code: {code};"
            f" Request ID: {identity}; Proxy: null)"
        )
        return Failure(f"{prefix}.{named or generic}", cause)
    title = naming.sdk_title(client)
    more = f", Extended Request ID: {identity}" if client == "s3" else ""
    cause = f"{message} (Service: {title}, Status Code: {status}, Request ID: {identity}{more})"
    return Failure(f"{title}.{named or f'{title}Exception'}", cause)


def lacking(missing: list[str], client: str, optimised: str | None, call: TaskCall) -> Failure:
    """The service's answer to a call without these parameters, which botocore would not send.

    The words of SQS and of the JSON protocol are recorded, one parameter each.
    """
    if client in _QUERY_WORDS:
        code = "MissingParameter"
        message = f"The request must contain the parameter {missing[0]}."
    else:
        code = "ValidationException"
        count = len(missing)
        details = "; ".join(
            f"Value null at '{name[:1].lower()}{name[1:]}' failed to satisfy constraint: Member must"
            " not be null"
            for name in missing
        )
        message = f"{count} validation error{'' if count == 1 else 's'} detected: {details}"
    error = {"Error": {"Code": code, "Message": message}}
    return refused(error, client, optimised, call)


def no_such_host(host: str, optimised: str) -> Failure:
    """AWS: the SDK cannot even reach a queue whose URL is none (recorded)."""
    prefix = LABELS[optimised][0]
    cause = f"Unable to execute HTTP request: {host}: Name or service not known"
    return Failure(f"{prefix}.SdkClientException", cause)
