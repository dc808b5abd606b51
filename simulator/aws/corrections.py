"""Mistakes of the stand-ins (moto 5.2.5) that AWS does not make, each put right once
a process, when the call is first made.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def revision_of_permissions() -> None:
    """RemovePermission with a RevisionId: moto compares a list of one with the text, and refuses all."""
    from moto.awslambda import models

    remove = models.LambdaBackend.remove_permission

    def corrected(backend: Any, function_name: str, sid: str, revision: Any = "") -> None:
        one = revision[0] if isinstance(revision, list) else revision
        remove(backend, function_name, sid, one)

    models.LambdaBackend.remove_permission = corrected  # type: ignore[method-assign, assignment]  # the correction
