"""Does a mocked result look like what the service's API answers? fieldValidationMode of TestState.

Sources: STRICT wants every required field, PRESENT only looks at those that are there, NONE at
nothing (docs); unknown fields are ignored, timestamps are texts (recorded). All texts are recorded
but those that a comment calls a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator.asl.apis import NUMBERS, Apis, Kind, Operation, Shape
from simulator.asl.integrations import TOKEN, Integration
from simulator.engine.state_test_error import StateTestError, invalid
from simulator.values import Json

# What is asked until a job has ended: a .sync result is checked against the answer to that (docs).
_POLLED: Final[Mapping[tuple[str, str], str]] = {
    ("athena", "startQueryExecution"): "getQueryExecution",
    ("batch", "submitJob"): "describeJobs",
    ("bedrock", "createModelCustomizationJob"): "getModelCustomizationJob",
    ("codebuild", "retryBuildBatch"): "batchGetBuildBatches",
    ("codebuild", "startBuild"): "batchGetBuilds",
    ("codebuild", "startBuildBatch"): "batchGetBuildBatches",
    ("databrew", "startJobRun"): "describeJobRun",
    ("ecs", "runTask"): "describeTasks",
    ("eks", "createCluster"): "describeCluster",
    ("eks", "createFargateProfile"): "describeFargateProfile",
    ("eks", "createNodegroup"): "describeNodegroup",
    ("eks", "deleteCluster"): "describeCluster",
    ("eks", "deleteFargateProfile"): "describeFargateProfile",
    ("eks", "deleteNodegroup"): "describeNodegroup",
    ("emr-containers", "deleteVirtualCluster"): "describeVirtualCluster",
    ("emr-containers", "startJobRun"): "describeJobRun",
    ("emr-serverless", "createApplication"): "getApplication",
    ("emr-serverless", "deleteApplication"): "getApplication",
    ("emr-serverless", "startApplication"): "getApplication",
    ("emr-serverless", "startJobRun"): "getJobRun",
    ("emr-serverless", "stopApplication"): "getApplication",
    ("glue", "startJobRun"): "getJobRun",
    ("mediaconvert", "createJob"): "getJob",
    ("sagemaker", "createHyperParameterTuningJob"): "describeHyperParameterTuningJob",
    ("sagemaker", "createLabelingJob"): "describeLabelingJob",
    ("sagemaker", "createProcessingJob"): "describeProcessingJob",
    ("sagemaker", "createTrainingJob"): "describeTrainingJob",
    ("sagemaker", "createTransformJob"): "describeTransformJob",
    ("states", "startExecution"): "describeExecution",
}
# Fields that an optimised integration gives as any JSON, whatever the API says (recorded).
_ANY_JSON: Final[Mapping[tuple[str, str, str], frozenset[str]]] = {
    ("lambda", "invoke", ""): frozenset({"Payload"}),
    ("bedrock", "invokeModel", ""): frozenset({"Body"}),
    ("states", "startExecution", "sync:2"): frozenset({"Input", "Output"}),
}
# Optimised integrations that put another answer together from what their API streams (docs).
_OWN_ANSWER: Final = frozenset({("bedrockagentcore", "invokeHarness")})
_NAMES: Final[Mapping[Kind, str]] = {
    "structure": "an object",
    "map": "an object",
    "list": "an array",
    "string": "a string",
    "timestamp": "a string",
    "blob": "a string",
    "boolean": "a boolean",
}


# Limits of the service's copy of a model where the public model has moved on since: (client, shape).
_MAXIMA: Final[Mapping[tuple[str, str], float]] = {
    ("lambda", "MemorySize"): 10_240,  # recorded in 2025; 32,768 in the model of 2026
}


def check_result(value: Json, integration: Integration, mode: str, apis: Apis) -> None:
    """`mode` is STRICT, PRESENT or NONE. Raises StateTestError for the first wrong field.

    Nothing is known of what a worker sends back (.waitForTaskToken), nor of integrations that are
    not one API call (HTTP, API Gateway, EKS call and runJob): these are not checked (docs).
    """
    if mode == "NONE" or integration.pattern == TOKEN:
        return
    operation = _operation(integration, apis)
    if operation is None:
        return
    if not isinstance(value, dict):
        raise invalid("Mocked result must be a JSON object.")
    key = (integration.service, integration.action, integration.pattern)
    free = frozenset() if integration.is_sdk else _ANY_JSON.get(key, frozenset())
    _Check(operation.client, strict=mode == "STRICT").structure(value, operation.output, free)


def _operation(integration: Integration, apis: Apis) -> Operation | None:
    """The API call whose answer the result is like."""
    service, action = integration.service, integration.action
    if integration.is_job:
        polled = _POLLED.get((service, action))
        return None if polled is None else apis.operation(service, polled)
    if not integration.is_sdk and (service, action) in _OWN_ANSWER:
        return None
    return apis.operation(service, action)


@dataclass(frozen=True, slots=True)
class _Check:
    client: str
    strict: bool

    def structure(
        self, value: dict[str, Json], shape: Shape, free: frozenset[str] = frozenset()
    ) -> None:
        """Fields in the order of the model; null is as if the field were not there (guess)."""
        members = shape.members
        keys = _keys(value, members)
        if self.strict:
            for name in shape.required:
                if value.get(keys.get(name, name)) is None:
                    raise _error(f"Required field '{name}' is missing")
        for name, member in members.items():
            key = keys.get(name, name)
            if name not in free and value.get(key) is not None:
                self.field(value[key], member, key)

    def field(self, value: Json, shape: Shape, name: str) -> None:
        """`name` is the field's, or that of the list or map around it."""
        kind = shape.kind
        if kind == "document":
            return
        if not _is_kind(value, kind):
            raise _error(f"Field '{name}' must be {_NAMES.get(kind, 'a number')}")
        if isinstance(value, str) and shape.enum and value not in shape.enum:
            raise _error(f"Field '{name}' is not an expected value")
        if kind == "structure" and isinstance(value, dict):
            self.structure(value, shape)
            return
        if kind not in ("timestamp", "blob"):
            self.range(value, shape, name)
        element = shape.element
        if element is None:
            return
        if isinstance(value, dict):
            for key, item in value.items():
                self.field(item, element, key)
        elif isinstance(value, list):
            for item in value:
                self.field(item, element, name)

    def range(self, value: Json, shape: Shape, name: str) -> None:
        """A number's value, a text's length, a list's or map's size."""
        least, most = shape.minimum, _MAXIMA.get((self.client, shape.name), shape.maximum)
        if isinstance(value, str | list | dict):
            if least is not None and len(value) < least:
                raise _error(f"Field '{name}' is smaller than the minimum length")
            if most is not None and len(value) > most:
                raise _error(f"Field '{name}' exceeds the maximum length")  # a guess
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if least is not None and value < least:
                raise _error(f"Field '{name}' is less than the minimum value")
            if most is not None and value > most:
                raise _error(f"Field '{name}' exceeds the maximum value")


def _keys(value: dict[str, Json], members: Mapping[str, Shape]) -> Mapping[str, str]:
    """Members that stand under another key than the model's name.

    Abbreviations may stand in capitals (MD5OfMessageBody, BOOL), as optimised integrations have them
    (recorded); a name with a small first letter is another one (recorded).
    """
    others = [key for key in value if key not in members and key[:1].isupper()]
    if not others:
        return {}
    names = {name.lower(): name for name in members if name not in value}
    return {names[key.lower()]: key for key in others if key.lower() in names}


def _is_kind(value: Json, kind: Kind) -> bool:
    if kind in ("structure", "map"):
        return isinstance(value, dict)
    if kind == "list":
        return isinstance(value, list)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _error(detail: str) -> StateTestError:
    return invalid(f"Mock result schema validation error: {detail}")
