"""Service integrations: the optimised ones and every AWS SDK action, through boto3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.aws import naming
from simulator.aws.cloud import Cloud
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.tasks.metadata import request_id, sdk_metadata
from simulator.values import Json, compact

SDK: Final = "aws-sdk"
# Integration → boto3's client, the name before the dot in errors, the label in their causes.
_OPTIMISED: Final = {
    "dynamodb": ("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "sqs": ("sqs", "SQS", "AmazonSQS", "AmazonSQSException"),
    "sns": ("sns", "SNS", "AmazonSNS", "AmazonSNSException"),
    "events": ("events", "EventBridge", "AmazonCloudWatchEvents", "AmazonEventBridgeException"),
}
# Optimised integrations accept a fixed list; SQS drops what it does not know (recorded).
_DROPS_UNKNOWN: Final = frozenset({"sqs"})
# AWS: a text is an attribute value of type S (published runs; its SDK constructs one from a text).
_PLAIN: Final = {"dynamodb": "AttributeValue"}


class Services:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def run(self, call: TaskCall) -> TaskResult:
        """UsageError when the service or its action does not exist."""
        _, _, rest = call.resource.partition(":::")
        kind, _, action = rest.partition(".")[0].rpartition(":")
        service = kind.removeprefix(f"{SDK}:")
        if kind.startswith(SDK):
            client, optimised = naming.client_name(service), False
        else:
            client, optimised = _OPTIMISED[service][0], True
        model = naming.operation(client, action)
        try:
            parameters = naming.to_parameters(
                model, _given(call.payload, service, model), plain=_PLAIN.get(service)
            )
        except naming.BadParameters as error:
            return _refused(call, str(error))
        return self._call(call, client, model, parameters, service if optimised else None)

    def _call(
        self,
        call: TaskCall,
        client: str,
        model: Any,
        parameters: dict[str, Any],
        optimised: str | None,
    ) -> TaskResult:
        api = self._cloud.client(client)
        try:
            with self._cloud.calling(call.state):
                answer = getattr(api, naming.method_name(model))(**parameters)
        except Exception as error:
            response = getattr(error, "response", None)
            if response is not None:
                return _failed(response, client, optimised, call)
            if naming.is_bad_parameters(error):
                return _refused(call, str(error))
            raise
        output = naming.output_of(model, answer)
        if optimised == "events":
            return _put_events(output, call)
        if optimised is not None and isinstance(output, dict):
            length = len(compact(output))
            output = dict(sorted({**output, **sdk_metadata(call, length)}.items()))
        return Success(output) if call.token is None else Pending(output)


def _given(payload: Json, service: str, model: Any) -> Json:
    """Parameters of optimised SQS calls without those it drops."""
    if service not in _DROPS_UNKNOWN or not isinstance(payload, dict):
        return payload
    known = set(model.input_shape.members)
    return {name: value for name, value in payload.items() if name in known}


def _refused(call: TaskCall, detail: str) -> Failure:
    return Failure(
        "States.Runtime",
        f"The Parameters '{compact(call.payload)}' could not be used to start the Task: [{detail}]",
    )


def _put_events(output: Json, call: TaskCall) -> TaskResult:
    """AWS: a failed entry fails the task, with the response as the cause (recorded)."""
    if isinstance(output, dict) and output.get("FailedEntryCount"):
        return Failure("EventBridge.FailedEntry", compact(output))
    return Success(output) if call.token is None else Pending(output)


def _failed(
    response: Mapping[str, Any], client: str, optimised: str | None, call: TaskCall
) -> Failure:
    """The error's name and cause as the two kinds of integration write them (recorded)."""
    error = response.get("Error", {})
    code, message = str(error.get("Code", "Unknown")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    identity = request_id(call)
    # AWS: SQS keeps the codes of its old protocol beside the names in its model (docs).
    named = naming.exception_name(client, str(error.get("QueryErrorCode", code)))
    if named is not None and not named.endswith("Exception"):
        named += "Exception"
    if optimised is not None:
        _, prefix, label, generic = _OPTIMISED[optimised]
        cause = (
            f"{message} (Service: {label}; Status Code: {status}; Error Code: {code};"
            f" Request ID: {identity}; Proxy: null)"
        )
        return Failure(f"{prefix}.{named or generic}", cause)
    title = naming.sdk_title(client)
    cause = f"{message} (Service: {title}, Status Code: {status}, Request ID: {identity})"
    return Failure(f"{title}.{named or f'{title}Exception'}", cause)
