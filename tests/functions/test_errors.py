"""Functions raise errors by the names that the workflows catch, and workflows catch no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RENDERED = Path(__file__).parents[2] / "workflows" / "rendered"
# Lambda's, Step Functions' and the SDK's own; every other name is one of ours.
FOREIGN = ("States.", "Lambda.", "Sandbox.", "DynamoDB.", "AccessAnalyzer.", "ClientError")
BOTO = {
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "InternalServerError",
    "InternalServerException", "ServiceFailureException", "ServiceUnavailableException",
    "ConcurrentModificationException", "ReadTimeoutError", "ConnectTimeoutError", "ConnectionClosedError",
    "EndpointConnectionError",
}  # fmt: skip
# Raised by the workflows' own callers, not by a function of a Task.
SENT = {"remediation": {"ResolvedElsewhere"}, "payment": {"AuthenticationFailed"}}
# Nothing to do but park the payment or fail the finding: States.ALL has them.
LEFT_TO_ALL = {
    "payment": {"NotificationFailed", "ProviderRejected"},
    "remediation": {
        "CannotUndo",
        "FindingMalformed",
        "NotApplied",
        "NotVerified",
        "PolicyChanged",
        "NotificationFailed",
    },
}


def named(value, keys):
    """The error names below Retry or Catch, anywhere in a definition."""
    if isinstance(value, list):
        return {name for item in value for name in named(item, keys)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, item in value.items():
        if key in keys:
            found |= {name for entry in item for name in entry["ErrorEquals"]}
        else:
            found |= named(item, keys)
    return {name for name in found - BOTO if not name.startswith(FOREIGN)}


@pytest.fixture(params=["payment", "remediation"])
def half(request, functions):
    module = functions(f"{request.param}.errors")
    definition = json.loads((RENDERED / f"{request.param}.asl.json").read_text(encoding="utf-8"))
    own = {
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    return request.param, own, definition


def test_a_workflow_names_errors_that_functions_raise(half):
    name, own, definition = half
    assert named(definition, {"Retry", "Catch"}) - SENT[name] <= own


def test_every_error_has_a_catcher_of_its_own_or_is_left_to_all(half):
    name, own, definition = half
    assert (
        own - named(definition, {"Catch"}) - {"PreviewPending", "ResourceLocked"}
        == (LEFT_TO_ALL[name])
    )
