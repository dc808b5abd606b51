"""Mistakes of the stand-ins (moto 5.2.5) that AWS does not make, each put right once
a process, when the call is first made.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def removed_permissions() -> None:
    """RemovePermission: moto compares a RevisionId, as a list of one, with the text, and refuses all;
    and it takes the statement from the function whatever Qualifier is given.
    """
    from moto.awslambda import models, responses

    remove, respond = (
        models.LambdaBackend.remove_permission,
        responses.LambdaResponse.remove_permission,
    )

    def from_version(backend: Any, function_name: str, sid: str, revision: Any = "") -> None:
        one = revision[0] if isinstance(revision, list) else revision
        remove(backend, function_name, sid, one)

    def corrected(response: Any) -> Any:
        qualifier = response.querystring.get("Qualifier", [None])[0]
        if qualifier:
            parts = response.path.split("/")  # .../functions/NAME/policy/SID
            parts[-3] += f":{qualifier}"
            response.path = "/".join(parts)
        return respond(response)

    models.LambdaBackend.remove_permission = from_version  # type: ignore[method-assign, assignment]  # the correction
    responses.LambdaResponse.remove_permission = corrected  # type: ignore[method-assign, assignment]  # the correction


@cache
def policies_of_streams() -> None:
    """Resource policies of DynamoDB: moto knows those of tables, AWS those of their streams as well."""
    from moto.dynamodb.models import DynamoDBBackend

    for name in ("put_resource_policy", "get_resource_policy", "delete_resource_policy"):
        setattr(DynamoDBBackend, name, _of_streams(getattr(DynamoDBBackend, name)))


def _of_streams(original: Any) -> Any:
    """The stand-in looks for a table named as the ARN's last part, which is a stream's label."""

    def corrected(backend: Any, resource_arn: str, *more: Any, **named: Any) -> Any:
        table_arn, _, label = resource_arn.partition("/stream/")
        table = backend.tables.get(table_arn.rpartition("/")[2])
        if not label or table is None or table.latest_stream_label != label:
            return original(backend, resource_arn, *more, **named)
        backend.tables[label] = table
        try:
            return original(backend, resource_arn, *more, **named)
        finally:
            del backend.tables[label]

    return corrected
