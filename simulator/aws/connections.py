"""Connections of EventBridge: how an HTTP Task proves who it is, and what it always sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Connection:
    """`kind` is API_KEY, BASIC or OAUTH_CLIENT_CREDENTIALS; `parameters` the AuthParameters."""

    arn: str
    state: str
    kind: str
    parameters: Mapping[str, Any]


def connection_of(arn: str) -> Connection | None:
    """The connection with this ARN (its last part, the id, is not compared); None: no such one.

    Secrets are in it: DescribeConnection would not tell them.
    """
    from moto.events.models import events_backends

    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "events" or not parts[5].startswith("connection/"):
        return None
    region, account, name = parts[3], parts[4], parts[5].split("/")[1]
    if account not in events_backends or region not in events_backends[account]:
        return None
    found = events_backends[account][region].connections.get(name)
    if found is None:
        return None
    return Connection(arn, found.state, found.authorization_type, found.auth_parameters)
