"""Policies that AWS manages, by their ARNs: as many as moto has documents of."""

from __future__ import annotations

import json
from functools import cache
from typing import Any


@cache
def managed_policy(arn: str) -> dict[str, Any] | None:
    """The document of `arn:aws:iam::aws:policy/...`, of whichever partition; None: not known."""
    _, _, path = arn.partition(":aws:policy/")
    found = _all().get(path.rpartition("/")[2])
    if not path or found is None or found["Path"].strip("/") != path.rpartition("/")[0]:
        return None
    document: dict[str, Any] = found["Document"]
    return document


@cache
def _all() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    data: dict[str, Any] = json.loads(aws_managed_policies_data)
    return data
