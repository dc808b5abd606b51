"""Service integrations: the optimised ones and every AWS SDK action, through boto3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from simulator.asl.integrations import (
    LENIENT,
    PLAIN,
    Integration,
    parameter_check,
    read_integration,
)
from simulator.aws import naming
from simulator.aws.cloud import Cloud
from simulator.aws.models import Models
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.errors import UsageError
from simulator.tasks.bedrock import with_input, with_output
from simulator.tasks.metadata import sdk_metadata
from simulator.tasks.refusals import lacking, no_such_host, not_startable, refused
from simulator.values import Json, compact

APIS: Final = Models()
# Integration → boto3's client, where the two names differ.
_CLIENTS: Final = {"elasticmapreduce": "emr", "bedrockagentcore": "bedrock-agentcore"}
_MOVED: Final = {("bedrock", "invokeModel"): "bedrock-runtime"}
# EMR's actions that another operation does.
_ACTIONS: Final = {
    ("elasticmapreduce", "createCluster"): "runJobFlow",
    ("elasticmapreduce", "terminateCluster"): "terminateJobFlows",
    ("elasticmapreduce", "addStep"): "addJobFlowSteps",
    ("elasticmapreduce", "cancelStep"): "cancelSteps",
    ("elasticmapreduce", "setClusterTerminationProtection"): "setTerminationProtection",
}
# AWS: answers without the SDK's metadata (events recorded, athena's and others' a guess).
_BARE: Final = frozenset({"events"})
# AWS: SDKs of these name empty lists (ecs recorded, batch in published runs).
_FILLED: Final = frozenset({"ecs", "batch"})
SCRIPT: Final = "script the state's results: run --results FILE, or given.mocks of a scenario"


class Services:
    """Request-response: one call of one API, as the state's execution role or its Credentials."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def run(self, call: TaskCall) -> TaskResult:
        """UsageError when the service or its action does not exist, or cannot run here."""
        integration = read_integration(call.resource)
        if integration is None:
            raise UsageError(f"{call.resource} is no integration")
        client, action = client_of(integration)
        model = naming.operation(client, action)
        check = _check(call.resource)
        words = None if check is None else check(call.payload)
        if words is not None:
            return not_startable(call, words)
        optimised = None if integration.is_sdk else integration.service
        try:
            given = _given(call.payload, integration, model)
            if client == "bedrock-runtime" and optimised and isinstance(given, dict):
                given = with_input(self._cloud, call, given)
            parameters = naming.to_parameters(
                model,
                given,
                plain=PLAIN.get(integration.service) if optimised else None,
            )
        except naming.BadParameters as error:
            return not_startable(call, str(error))
        except Exception as error:  # the input of a model that cannot be read
            response = getattr(error, "response", None)
            if response is None:
                raise
            return refused(response, "s3", optimised, call)
        if missing := naming.missing(model, parameters):
            return lacking(missing, client, optimised, call)
        return self._call(call, integration, client, model, parameters)

    def _call(
        self,
        call: TaskCall,
        integration: Integration,
        client: str,
        model: Any,
        parameters: dict[str, Any],
    ) -> TaskResult:
        cloud = self._cloud
        optimised = None if integration.is_sdk else integration.service
        host = str(urlsplit(str(parameters.get("QueueUrl", ""))).hostname or "")
        if optimised == "sqs" and host and not host.endswith((".amazonaws.com", "localhost")):
            return no_such_host(host, optimised)
        try:
            with cloud.calling(call.state):
                api = cloud.client(client, call.credentials)
                answer = getattr(api, naming.method_name(model))(**parameters)
                output = naming.output_of(
                    model, answer, optimised=optimised is not None, fill=optimised in _FILLED
                )
                if optimised == "bedrock" and isinstance(output, dict):
                    output = with_output(cloud, call, output)
        except Exception as error:
            response = getattr(error, "response", None)
            if response is not None:
                return refused(response, client, optimised, call)
            if naming.is_bad_parameters(error):
                return not_startable(call, str(error))
            raise
        return _answered(call, integration, _shaped(integration, output), cloud.now)


def client_of(integration: Integration) -> tuple[str, str]:
    """boto3's client and the action. UsageError for what is no call of one API."""
    service, action = integration.service, integration.action
    if integration.is_sdk:
        return naming.client_name(service), action
    named = _ACTIONS.get((service, action), action)
    client = _MOVED.get((service, action)) or _CLIENTS.get(service, service)
    if service == "eks" and action in ("runJob", "call"):
        raise UsageError(f"eks:{action} reaches into a Kubernetes cluster; {SCRIPT}")
    if service == "elasticmapreduce" and action.startswith("modify"):
        raise UsageError(
            f"elasticmapreduce:{action} looks instances up by name, which the stand-ins cannot do;"
            f" {SCRIPT}"
        )
    return client, named


@cache
def _check(resource: str) -> Callable[[Json], str | None] | None:
    return parameter_check(resource, APIS)


def _given(payload: Json, integration: Integration, model: Any) -> Json:
    """Parameters as the operation takes them: without those that SQS drops, EMR's by its names."""
    if not isinstance(payload, dict):
        return payload
    service, action = integration.service, integration.action
    if integration.is_sdk:
        return payload
    if service in LENIENT:
        known = set(model.input_shape.members)
        return {name: value for name, value in payload.items() if name in known}
    if service == "elasticmapreduce":
        return _emr(action, payload)
    return payload


def _emr(action: str, payload: dict[str, Json]) -> dict[str, Json]:
    cluster = payload.get("ClusterId")
    if action == "terminateCluster":
        return {"JobFlowIds": [cluster]}
    if action == "setClusterTerminationProtection":
        return {
            "JobFlowIds": [cluster],
            "TerminationProtected": payload.get("TerminationProtected"),
        }
    if action == "addStep":
        return {
            "JobFlowId": cluster,
            "Steps": [payload.get("Step")],
            "ExecutionRoleArn": payload.get("ExecutionRoleArn"),
        }
    if action == "cancelStep":
        return {"ClusterId": cluster, "StepIds": [payload.get("StepId")]}
    return payload


def _shaped(integration: Integration, output: Json) -> Json:
    """An answer as the optimised integration gives it: EMR's ids have its own names (docs)."""
    if integration.service != "elasticmapreduce" or not isinstance(output, dict):
        return output
    if integration.action == "createCluster":
        return {"ClusterId": output.get("JobFlowId"), "ClusterArn": output.get("ClusterArn")}
    if integration.action == "addStep":
        steps = output.get("StepIds")
        return {"StepId": steps[0] if isinstance(steps, list) and steps else None}
    return output


def _answered(call: TaskCall, integration: Integration, output: Json, now: datetime) -> TaskResult:
    if integration.is_sdk or not isinstance(output, dict):
        pass
    elif integration.service == "events":
        # AWS: a failed entry fails the task, with the response as the cause (recorded).
        if output.get("FailedEntryCount"):
            return Failure("EventBridge.FailedEntry", compact(output))
    elif integration.service == "ecs" and output.get("Failures"):
        # AWS: no task could be started (docs name the error; the cause is a guess).
        return Failure("AmazonECS.Unknown", compact(output))
    if not integration.is_sdk and integration.service not in _BARE and isinstance(output, dict):
        length = len(compact(output))
        output = dict(
            sorted({**output, **sdk_metadata(call, length, integration.service, now)}.items())
        )
    return Success(output) if call.token is None else Pending(output)
