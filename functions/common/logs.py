"""One JSON line an event. Only fields named here can be logged: nothing else of a payload."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

ALLOWED = frozenset(
    {
        "attempt", "caller", "channel", "code", "count", "finding_id", "operation", "outcome", "payment_id",
        "reason", "resource", "status", "template",
    }
)  # fmt: skip


def log(event: str, **fields: Any) -> None:
    """ValueError when a field is not on the list: card data must not get here by accident."""
    unknown = set(fields) - ALLOWED
    if unknown:
        raise ValueError(f"these fields may not be logged: {', '.join(sorted(unknown))}")
    _logger().info(event, extra=fields)


@cache
def _logger() -> Logger:
    # Without the place in the code: the event says it.
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local")
    return Logger(service=name, level="INFO", location=None)
