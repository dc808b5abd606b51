"""The Sdk metadata that optimised integrations add to a service's answer (recorded shapes)."""

from __future__ import annotations

import hashlib
import uuid

from simulator.engine.ports import TaskCall
from simulator.values import Json


def request_id(call: TaskCall) -> str:
    """The same for the same attempt of the same run."""
    text = f"{call.execution}/{call.where}/{call.entry}/{call.attempt}"
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


def sdk_metadata(call: TaskCall, length: int = 0) -> dict[str, Json]:
    identity = request_id(call)
    headers = {
        "Connection": "keep-alive",
        "Content-Length": str(length),
        "Content-Type": "application/x-amz-json-1.0",
        "x-amzn-RequestId": identity,
    }
    many: Json = {name: [value] for name, value in headers.items()}
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": many,
            "HttpHeaders": dict(headers),
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": identity},
    }
