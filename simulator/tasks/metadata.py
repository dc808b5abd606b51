"""The Sdk metadata that optimised integrations add to a service's answer (recorded shapes)."""

from __future__ import annotations

import hashlib
import uuid
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from simulator.engine.ports import TaskCall
from simulator.values import Json

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_JSON: Final = "application/x-amz-json-1.0"
# Header names in the order of the service's answers; values that are "" are made for each answer.
_USUAL: Final = {
    "x-amzn-RequestId": "", "connection": "keep-alive", "Content-Length": "", "Date": "",
    "Content-Type": _JSON,
}  # fmt: skip
_HEADERS: Final[Mapping[str, Mapping[str, str]]] = {
    "dynamodb": {
        "Server": "Server", "Connection": "keep-alive", "x-amzn-RequestId": "", "x-amz-crc32": "",
        "Content-Length": "", "Date": "", "Content-Type": _JSON,
    },
    "ecs": {
        "x-amzn-RequestId": "", "Content-Length": "", "Date": "",
        "Content-Type": "application/x-amz-json-1.1",
    },
    "lambda": {
        "X-Amz-Executed-Version": "$LATEST", "x-amzn-Remapped-Content-Length": "0",
        "Connection": "keep-alive", "x-amzn-RequestId": "", "Content-Length": "", "Date": "",
        "X-Amzn-Trace-Id": "", "Content-Type": "application/json",
    },
    "sns": {**_USUAL, "Content-Type": "text/xml"},
}  # fmt: skip


def request_id(call: TaskCall) -> str:
    """The same for the same attempt of the same run."""
    text = f"{call.execution}/{call.where}/{call.entry}/{call.attempt}"
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


def _trace(identity: str) -> str:
    """24 hexadecimal digits, every fourth a letter: never a row that looks like a card number."""
    digits = identity.replace("-", "")[:24]
    return "".join(
        "abcdef"[int(digit, 16) % 6] if place % 4 == 0 else digit
        for place, digit in enumerate(digits)
    )


def sdk_metadata(
    call: TaskCall, length: int = 0, service: str = "", now: datetime = _START
) -> dict[str, Json]:
    """SdkHttpMetadata and SdkResponseMetadata. `length` is the answer's, `now` its virtual time."""
    identity = request_id(call)
    made = {
        "x-amzn-RequestId": identity,
        "Content-Length": str(length),
        "Date": now.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "x-amz-crc32": str(zlib.crc32(identity.encode())),
        "X-Amzn-Trace-Id": f"root=1-{int(now.timestamp()):08x}-{_trace(identity)};sampled=0",
    }
    headers = {name: value or made[name] for name, value in _HEADERS.get(service, _USUAL).items()}
    many: Json = {name: [value] for name, value in headers.items()}
    one: Json = dict(sorted(headers.items(), key=lambda item: item[0].lower()))
    return {
        "SdkHttpMetadata": {"AllHttpHeaders": many, "HttpHeaders": one, "HttpStatusCode": 200},
        "SdkResponseMetadata": {"RequestId": identity},
    }
