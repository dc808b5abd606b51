"""Parameters of the optimised integrations that are not one call of one API (docs), as shapes.

Also of those whose parameters are checked while a workflow runs, before the task is scheduled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulator.asl.apis import Kind, Shape

_ANY: Final = Shape("Any", "document")
_TEXT: Final = Shape("Text", "string")
_FLAG: Final = Shape("Flag", "boolean")
_WHOLE: Final = Shape("Whole", "integer")


def _structure(required: str = "", /, **members: Shape) -> Shape:
    return Shape("Own", "structure", tuple(required.split()), inside=lambda: members)


def _collection(kind: Kind, element: Shape) -> Shape:
    return Shape("Own", kind, inside=lambda: {"element": element})


# AWS: header and query values are arrays here (docs, recorded), and nothing else.
MANY_VALUES: Final = _collection("map", _collection("list", _TEXT))
_CONNECTION: Final = _structure("ConnectionArn", ConnectionArn=_TEXT)
_CLUSTER: Final = {"ClusterName": _TEXT, "CertificateAuthority": _TEXT, "Endpoint": _TEXT}
_PLACE: Final = _structure("S3Uri", S3Uri=_TEXT)
_EMR: Final = {"ClusterId": _TEXT}

# (service, action) → the shape of Parameters or Arguments.
OWN: Final[Mapping[tuple[str, str], Shape]] = {
    ("apigateway", "invoke"): _structure(
        "ApiEndpoint Method",
        ApiEndpoint=_TEXT, Method=_TEXT, Headers=MANY_VALUES, Stage=_TEXT, Path=_TEXT,
        QueryParameters=MANY_VALUES, RequestBody=_ANY, AllowNullValues=_FLAG, AuthType=_TEXT,
    ),
    ("http", "invoke"): _structure(
        "ApiEndpoint Method",
        ApiEndpoint=_TEXT, Method=_TEXT, Authentication=_CONNECTION, InvocationConfig=_CONNECTION,
        Headers=_ANY, QueryParameters=_ANY, RequestBody=_ANY,
        Transform=_structure(
            RequestBodyEncoding=_TEXT, RequestEncodingOptions=_structure(ArrayFormat=_TEXT)
        ),
    ),
    ("bedrock", "invokeModel"): _structure(
        "ModelId",
        ModelId=_TEXT, Body=_ANY, Input=_PLACE, Output=_PLACE, Accept=_TEXT, ContentType=_TEXT,
        GuardrailIdentifier=_TEXT, GuardrailVersion=_TEXT, Trace=_TEXT,
        PerformanceConfigLatency=_TEXT, ServiceTier=_TEXT,
    ),
    ("eks", "call"): _structure(
        "ClusterName CertificateAuthority Endpoint Method Path",
        **_CLUSTER, Method=_TEXT, Path=_TEXT, QueryParameters=_ANY, RequestBody=_ANY,
    ),
    ("eks", "runJob"): _structure(
        "ClusterName CertificateAuthority Endpoint Job",
        **_CLUSTER, Job=_ANY, Namespace=_TEXT, LogOptions=_ANY,
    ),
    ("elasticmapreduce", "terminateCluster"): _structure("ClusterId", **_EMR),
    ("elasticmapreduce", "addStep"): _structure(
        "ClusterId Step", **_EMR, Step=_ANY, ExecutionRoleArn=_TEXT
    ),
    ("elasticmapreduce", "cancelStep"): _structure("ClusterId StepId", **_EMR, StepId=_TEXT),
    ("elasticmapreduce", "setClusterTerminationProtection"): _structure(
        "ClusterId TerminationProtected", **_EMR, TerminationProtected=_FLAG
    ),
    ("elasticmapreduce", "modifyInstanceFleetByName"): _structure(
        "ClusterId InstanceFleetName InstanceFleet",
        **_EMR, InstanceFleetName=_TEXT,
        InstanceFleet=_structure(
            TargetOnDemandCapacity=_WHOLE, TargetSpotCapacity=_WHOLE, ResizeSpecifications=_ANY,
            InstanceTypeConfigs=_ANY, Context=_TEXT,
        ),
    ),
    ("elasticmapreduce", "modifyInstanceGroupByName"): _structure(
        "ClusterId InstanceGroupName InstanceGroup",
        **_EMR, InstanceGroupName=_TEXT,
        InstanceGroup=_structure(
            InstanceCount=_WHOLE, EC2InstanceIdsToTerminate=_ANY, Ec2InstanceIdsToTerminate=_ANY,
            ShrinkPolicy=_ANY, ReconfigurationType=_TEXT, Configurations=_ANY,
        ),
    ),
}  # fmt: skip

# Optimised integrations that are one call, and whose short lists the engine knows by itself.
KNOWN: Final[Mapping[tuple[str, str], Shape]] = {
    **OWN,
    ("lambda", "invoke"): _structure(
        "FunctionName",
        FunctionName=_TEXT, Payload=_TEXT, ClientContext=_TEXT, InvocationType=_TEXT,
        Qualifier=_TEXT, LogType=_TEXT,
    ),
    ("states", "startExecution"): _structure(
        "StateMachineArn", StateMachineArn=_TEXT, Input=_ANY, Name=_TEXT, TraceHeader=_TEXT
    ),
}  # fmt: skip
# What AWS calls by another name than its API: EMR's createCluster is RunJobFlow.
RENAMED: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("elasticmapreduce", "createCluster"): ("emr", "runJobFlow")
}
