"""What actions of services do with data: read it, write it, or start something with it."""

from __future__ import annotations

import re
from typing import Final

from simulator.diagrams.flows import Verb
from simulator.permissions.actions import prefix

# Names that integrations give to services, beside boto3's.
_INTEGRATIONS: Final = {"sfn": "states", "eventbridge": "events"}
_INVOKES: Final = re.compile(r"lambda:Invoke\w*|states:Start\w*Execution")
_READS: Final = re.compile(
    r"\w+-?\w*:(Get|BatchGet|TransactGet|Query|Scan|List|Describe|Receive|Head|Select|Search"
    r"|Decrypt|GenerateDataKey|Check|Validate|Lookup)\w*"
)
# No data of the application: telemetry, sessions, receipts, settings of the service itself.
_WITHOUT_DATA: Final = re.compile(
    r"(logs|xray|cloudwatch|sts):\w*|sqs:(DeleteMessage\w*|ChangeMessageVisibility\w*|GetQueue\w+)"
    r"|dynamodb:DescribeTable|kms:(DescribeKey|CreateGrant|ReEncrypt\w*)"
    r"|events:(PutRule|PutTargets|DescribeRule)"
)


def prefix_of(service: str) -> str:
    """IAM's prefix of a service: `states` of `stepfunctions`."""
    return _INTEGRATIONS.get(service) or prefix(service)


def action_of(service: str, operation: str) -> str:
    """`dynamodb:GetItem`, from whatever way of writing it."""
    return f"{prefix_of(service)}:{operation[:1].upper()}{operation[1:]}"


def verbs_of(action: str) -> tuple[Verb, ...]:
    """What an action of a policy or a call does; nothing: it moves no data of the application.

    `dynamodb:*` reads and writes, `dynamodb:Get*` reads.
    """
    known = action.rstrip("*")
    if _WITHOUT_DATA.fullmatch(known):
        return ()
    if _INVOKES.fullmatch(known):
        return ("invokes",)
    if known.endswith(":") or not known:
        return ("reads", "writes")
    return ("reads",) if _READS.fullmatch(known) else ("writes",)
