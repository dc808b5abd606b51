"""What every function behind an API answers with."""

from __future__ import annotations

import json
import os
from typing import Any


def http_answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """The proxy integration's answer. The page named by PAGE_ORIGIN, if any, may read it (CORS)."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if origin := os.environ.get("PAGE_ORIGIN"):
        headers["Access-Control-Allow-Origin"] = origin
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
