"""The files for `sam local invoke`: each is what its function gets, here and in the container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.functions.samples import FINDING

EVENTS = Path(__file__).parents[1] / "events"


def event(name):
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


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
        (
            "CalculateFees",
            "payment-fees",
            {"fee": 105, "components": {"base_bp": 290, "fixed": 30}, "rules": "2026-01-01"},
        ),
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


def test_the_sample_export_has_the_days_that_were_asked_for(invoke):
    table = invoke("ReportExport", event("report-export")).result
    assert (table["days"], table["rows"]) == (["2026-01-15", "2026-01-16"], [])


@pytest.mark.parametrize(("name", "status"), [("report-request", 200), ("report-refused", 403)])
def test_the_sample_report_is_for_analysts(invoke, name, status):
    assert invoke("BuildReport", event(name)).result["statusCode"] == status


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
        "report-export",
        "report-refused",
        "report-request",
    }
    assert {path.stem for path in EVENTS.glob("*.json")} == tried
