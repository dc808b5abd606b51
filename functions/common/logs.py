"""One JSON line an event. Only fields named here can be logged: nothing else of a payload."""

from __future__ import annotations

import json
from typing import Any

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
    print(json.dumps({"event": event, **fields}, sort_keys=True))
