"""What a Task's Resource may be: a function, an activity, or an integration in one of its patterns."""

from __future__ import annotations

import re
from typing import Final

from simulator.asl.integrations import (
    MAP_ONLY,
    OPTIMISED,
    PARTITIONS,
    PATTERNS,
    REMOVED_SDK,
    SDK,
    TOKEN,
)
from simulator.asl.reading import Reader, one_of
from simulator.problems import did_you_mean

_ARN = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>[^:]+):(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.+)"
)
# arn:...:function:name, with a version or an alias behind it (docs).
_FUNCTION = re.compile(r"function:[A-Za-z0-9_-]+(:(\$LATEST|[A-Za-z0-9_-]+))?")
_LOOKS: Final = "an integration looks like arn:aws:states:::lambda:invoke"


def check_resource(reader: Reader, resource: str) -> None:
    """Report a Resource that the service does not know.

    Places for substitutions (`${...}`) are left alone: what they become is not known here.
    """
    if "${" in resource:
        return
    found = _ARN.fullmatch(resource)
    if found is None:
        reader.add("ASL020", f"'{resource}' is not an ARN", "Resource", _LOOKS)
        return
    partition = found["partition"]
    if partition not in PARTITIONS:
        hint = one_of(partition, PARTITIONS)
        reader.add("ASL020", f"there is no partition '{partition}'", "Resource", hint)
        return
    service, rest = found["service"], found["rest"]
    if service != "states" or found["region"] or found["account"]:
        _check_direct(reader, resource, service, rest)
        return
    integration, _, action = rest.partition(":")
    if integration == SDK:
        _check_sdk(reader, resource, action)
    elif integration in OPTIMISED:
        _check_optimised(reader, integration, action)
    elif action in MAP_ONLY.get(integration, ()):
        reader.add(
            "ASL020",
            f"{integration}:{action} stands in an ItemReader or a ResultWriter, not in a Task",
            "Resource",
            f"arn:aws:states:::aws-sdk:{integration}:{action} calls the API",
        )
    else:
        reader.add(
            "ASL020",
            f"the service has no integration '{integration}'",
            "Resource",
            did_you_mean(integration, {*OPTIMISED, SDK})
            or f"arn:aws:states:::aws-sdk:{integration}:<action> calls any API",
        )


def _check_direct(reader: Reader, resource: str, service: str, rest: str) -> None:
    if service == "lambda" and rest.startswith("function:"):
        if not _FUNCTION.fullmatch(rest):
            _check_function(reader, resource, rest)
    elif service == "states" and rest.startswith("activity:"):
        if reader.report.kind == "EXPRESS":
            reader.add(
                "ASL022",
                "activities need a STANDARD workflow, and this one is EXPRESS",
                "Resource",
            )
    else:
        reader.add(
            "ASL020",
            f"'{resource}' is neither a function, nor an activity, nor an integration",
            "Resource",
            _LOOKS,
        )


def _check_function(reader: Reader, resource: str, rest: str) -> None:
    """A function's ARN that has more in it than a name and a version."""
    name, dot, pattern = rest.partition(".")
    if dot and pattern in PATTERNS:
        reader.add(
            "ASL021",
            f"a function's ARN does not know the pattern '.{pattern}'",
            "Resource",
            f"arn:aws:states:::lambda:invoke.{TOKEN} with FunctionName '{name.partition(':')[2]}'"
            " waits for a token",
        )
    else:
        reader.add("ASL020", f"'{resource}' is not the ARN of a function", "Resource")


def _check_optimised(reader: Reader, integration: str, action: str) -> None:
    name, dot, suffix = action.partition(".")
    actions = OPTIMISED[integration]
    if name not in actions:
        also = "" if integration == "http" else (
            f"; arn:aws:states:::aws-sdk:{integration}:{name} calls any API"
        )  # fmt: skip
        reader.add(
            "ASL020",
            f"the integration {integration} has no action '{name}'",
            "Resource",
            did_you_mean(name, actions) or f"it has {', '.join(sorted(actions))}{also}",
        )
        return
    if not dot:
        return
    if suffix not in PATTERNS:
        reader.add(
            "ASL020",
            f"'.{suffix}' is not an integration pattern",
            "Resource",
            one_of(suffix, PATTERNS),
        )
    elif suffix not in actions[name]:
        others = [f".{pattern}" for pattern in PATTERNS if pattern in actions[name]]
        reader.add(
            "ASL021",
            f"{integration}:{name} does not know the pattern '.{suffix}'",
            "Resource",
            f"use {', '.join(others)}, or no pattern" if others else None,
        )
    elif reader.report.kind == "EXPRESS":
        _refuse_express(reader, suffix)


def _refuse_express(reader: Reader, suffix: str) -> None:
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
    if service in REMOVED_SDK:
        reader.add("ASL020", f"the service has given up its integration '{service}'", "Resource")
    elif service != service.lower() or not service.isalnum():
        plain = "".join(letter for letter in service.lower() if letter.isalnum())
        reader.add(
            "ASL020",
            f"an SDK service is written in small letters without punctuation: '{service}'",
            "Resource",
            f"did you mean 'arn:aws:states:::aws-sdk:{plain}:{name}'?",
        )
    if name[0].isupper():
        lowered = name[0].lower() + name[1:]
        reader.add(
            "ASL020",
            f"an API action is written in camel case: '{name}'",
            "Resource",
            f"did you mean 'arn:aws:states:::aws-sdk:{service}:{lowered}'?",
        )
    if dot and suffix != TOKEN:
        reader.add(
            "ASL021", f"an AWS SDK integration does not know the pattern '.{suffix}'", "Resource"
        )
    elif dot and reader.report.kind == "EXPRESS":
        _refuse_express(reader, suffix)
