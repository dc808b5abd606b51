"""The resource types that are remediated: one module each, all behind `base.Resource`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remediation.errors import NotifyOnly
from remediation.resources.base import Resource
from remediation.resources.buckets import Bucket
from remediation.resources.functions import Function
from remediation.resources.keys import Key
from remediation.resources.queues import Queue
from remediation.resources.repositories import Repository
from remediation.resources.roles import Role
from remediation.resources.secrets import Secret
from remediation.resources.tables import Stream, Table
from remediation.resources.topics import Topic

# Snapshots, file systems, layers and directory buckets are shared by attributes, not by policies:
# their findings are notified only.
TYPES: Mapping[str, type[Resource]] = {
    kind.resource_type: kind
    for kind in (Bucket, Function, Key, Queue, Repository, Role, Secret, Stream, Table, Topic)
}

__all__ = ["TYPES", "Resource", "of"]


def of(finding: Mapping[str, Any]) -> Resource:
    """NotifyOnly for a type that is not remediated; ResourceUnmodifiable as accounts.client_for."""
    kind = TYPES.get(finding["resource_type"])
    if kind is None:
        raise NotifyOnly(f"findings of {finding['resource_type']} are not remediated automatically")
    return kind(finding)
