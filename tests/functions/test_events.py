"""The files for `sam local invoke`: each is what its function gets, here and in the container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EVENTS = Path(__file__).parents[1] / "events"


def event(name):
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


FINDING = {
    "finding_id": "8f76cdb3-ee60-42d6-a855-d7041235e1ef",
    "family": "external",
    "analyzer_arn": "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/account-analyzer",
    "analyzer_account": "111122223333",
    "resource_account": "111122223333",
    "region": "us-east-1",
    "partition": "aws",
    "resource_type": "AWS::IAM::Role",
    "resource_arn": "arn:aws:iam::111122223333:role/Audit_CrossAccountRole",
    "resource_name": "Audit_CrossAccountRole",
    "principal": {"kind": "aws_arn", "value": "arn:aws:iam::999988887777:user/Alice"},
    "actions": ["sts:AssumeRole"],
    "condition": {},
    "is_public": False,
    "status": "ACTIVE",
    "is_deleted": False,
    "error": "",
    "updated_at": "2026-01-15T10:00:00Z",
}


@pytest.mark.parametrize(
    ("function", "name", "result"),
    [
        (
            "NormalizeFinding",
            "finding-active",
            {"finding": FINDING, "waits": [86400, 172800, 345600]},
        ),
        ("StartRemediation", "finding-active", {"started": True}),
        ("StartRemediation", "finding-unused", {"started": True}),
        ("StartRemediation", "finding-error", {"started": True}),
        ("FindingClosed", "finding-resolved", {"outcome": "recorded"}),
        ("ValidateTransaction", "payment-validate", {"valid": True}),
        ("CalculateFees", "payment-fees", {"fee": 105, "fixed": 30, "basis_points": {"base": 290}}),
    ],
)
def test_a_sample_event_is_answered_by_its_function(invoke, function, name, result):
    assert invoke(function, event(name)).result == result


def test_a_refused_transaction_is_an_error_the_workflow_catches(invoke):
    done = invoke("ValidateTransaction", event("payment-validate-refused"))
    assert done.error is not None
    assert (done.error.error, done.result["errorMessage"]) == (
        "TransactionInvalid",
        "currency_not_supported",
    )


def test_the_sample_request_is_accepted_by_the_api(invoke):
    answer = invoke("TokenizeCard", event("payment-request")).result
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"]).keys() >= {"payment_id"}


def test_every_file_is_tried_here():
    tried = {
        "finding-active",
        "finding-error",
        "finding-resolved",
        "finding-unused",
        "payment-fees",
        "payment-request",
        "payment-validate",
        "payment-validate-refused",
    }
    assert {path.stem for path in EVENTS.glob("*.json")} == tried
