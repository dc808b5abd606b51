"""What the resource types of a scenario have in common: names in ARNs, tags, policies as texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Policy = dict[str, Any]


def name_of(arn: str) -> str:
    """The last part of the ARN."""
    return arn.rpartition("/")[2].rpartition(":")[2]


def pairs(resource: Mapping[str, Any], key: str = "Key", value: str = "Value") -> list[Any]:
    """The resource's tags as most services write them."""
    return [{key: name, value: text} for name, text in (resource.get("tags") or {}).items()]


def parsed(text: str | None) -> Policy | None:
    found: Policy | None = json.loads(text) if text else None
    return found


def statements(policy: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    found = (policy or {}).get("Statement", [])
    return found if isinstance(found, list) else [found]
