"""What a Task's Resource may be, and what of it is not supported yet."""

from __future__ import annotations

import re
from typing import Final

from simulator.asl.reading import Reader
from simulator.problems import did_you_mean

_ARN = re.compile(r"arn:[^:]+:(?P<service>[^:]+):(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.+)")
SUFFIXES: Final = ("sync", "sync:2", "waitForTaskToken")
# Optimised integrations whose request-response and callback forms the simulator runs.
OPTIMISED: Final[dict[str, frozenset[str]]] = {
    "lambda": frozenset({"invoke"}),
    "dynamodb": frozenset({"getItem", "putItem", "updateItem", "deleteItem"}),
    "sqs": frozenset({"sendMessage"}),
    "sns": frozenset({"publish"}),
    "events": frozenset({"putEvents"}),
    "states": frozenset({"startExecution"}),
}
# Optimised integrations of the service that are known and refused by name.
SCRIPT: Final = "script the state's results: run --results FILE, or given.mocks of a scenario"
LATER: Final = frozenset(
    {
        "apigateway", "athena", "batch", "bedrock", "codebuild", "databrew", "ecs", "eks",
        "elasticmapreduce", "emr-containers", "emr-serverless", "glue", "http", "mediaconvert",
        "sagemaker",
    }
)  # fmt: skip


def check_resource(reader: Reader, resource: str) -> None:
    """Report a Resource that is not an ARN, unknown, or not supported yet."""
    found = _ARN.fullmatch(resource)
    if found is None:
        if "${" not in resource:
            reader.add(
                "ASL020",
                f"'{resource}' is not an ARN",
                "Resource",
                "an integration looks like arn:aws:states:::lambda:invoke",
            )
        return
    service, rest = found["service"], found["rest"]
    if service != "states" or found["region"] or found["account"]:
        _check_direct(reader, resource, service, rest)
        return
    integration, _, action = rest.partition(":")
    if integration == "aws-sdk":
        _check_sdk(reader, resource, action)
    elif integration in LATER:
        reader.add(
            "ASL903",
            f"the integration {integration} is not supported yet",
            "Resource",
            SCRIPT,
        )
    elif integration not in OPTIMISED:
        reader.add(
            "ASL020",
            f"the service has no integration '{integration}'",
            "Resource",
            did_you_mean(integration, {*OPTIMISED, *LATER, "aws-sdk"})
            or f"arn:aws:states:::aws-sdk:{integration}:<action> calls any API",
        )
    else:
        _check_optimised(reader, integration, action)


def _check_direct(reader: Reader, resource: str, service: str, rest: str) -> None:
    if service == "lambda" and rest.startswith("function:"):
        return
    if service == "states" and rest.startswith("activity:"):
        reader.add("ASL902", "activities are not supported yet", "Resource", SCRIPT)
        return
    reader.add(
        "ASL020",
        f"'{resource}' is neither a function, nor an activity, nor an integration",
        "Resource",
        "an integration looks like arn:aws:states:::lambda:invoke",
    )


def _check_optimised(reader: Reader, integration: str, action: str) -> None:
    name, dot, suffix = action.partition(".")
    if name not in OPTIMISED[integration]:
        reader.add(
            "ASL020",
            f"the integration {integration} has no action '{name}'",
            "Resource",
            did_you_mean(name, OPTIMISED[integration])
            or f"it has {', '.join(sorted(OPTIMISED[integration]))};"
            f" arn:aws:states:::aws-sdk:{integration}:{name} calls any API",
        )
    if not dot:
        return
    if suffix not in SUFFIXES:
        hint = did_you_mean(suffix, SUFFIXES) or f"it may be {', '.join(SUFFIXES)}"
        reader.add("ASL020", f"'.{suffix}' is not an integration pattern", "Resource", hint)
    elif suffix.startswith("sync") and integration != "states":
        reader.add(
            "ASL021",
            f"{integration}:{name} does not know the pattern '.{suffix}'",
            "Resource",
            "use .waitForTaskToken, or no pattern",
        )
    elif integration == "dynamodb":
        reader.add("ASL021", f"dynamodb:{name} does not know the pattern '.{suffix}'", "Resource")
    elif reader.report.kind == "EXPRESS":
        reader.add(
            "ASL022",
            f"the pattern '.{suffix}' needs a STANDARD workflow, and this one is EXPRESS",
            "Resource",
        )


def _check_sdk(reader: Reader, resource: str, action: str) -> None:
    service, colon, name = action.partition(":")
    name, dot, suffix = name.partition(".")
    if not service or not colon or not name:
        reader.add(
            "ASL020",
            f"'{resource}' names no API action",
            "Resource",
            "write arn:aws:states:::aws-sdk:<service>:<action>",
        )
        return
    if name[0].isupper():
        lowered = name[0].lower() + name[1:]
        reader.add(
            "ASL020",
            f"an API action is written in camel case: '{name}'",
            "Resource",
            f"did you mean 'arn:aws:states:::aws-sdk:{service}:{lowered}'?",
        )
    if dot and suffix != "waitForTaskToken":
        reader.add(
            "ASL021", f"an AWS SDK integration does not know the pattern '.{suffix}'", "Resource"
        )
    elif dot and reader.report.kind == "EXPRESS":
        reader.add(
            "ASL022",
            f"the pattern '.{suffix}' needs a STANDARD workflow, and this one is EXPRESS",
            "Resource",
        )
