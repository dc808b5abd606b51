"""Metrics of the reporting account: each has an alarm."""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE: Final = "Reporting"
DENIED: Final = "ReportExportDenied"
FAILED: Final = "ReportExportFailed"
NOT_ALLOWED: Final = "ReportNotAllowed"
REFUSED: Final = "ReportCallerRefused"


def count(name: str) -> None:
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=NAMESPACE):
        pass
