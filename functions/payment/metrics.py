"""Metrics in the embedded format: what alarms watch."""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE: Final = "Payments"


def count(name: str) -> None:
    """One more of `name`, without dimensions: alarms are about all payments together."""
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=NAMESPACE):
        pass
