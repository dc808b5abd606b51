"""ApiCall: one call of an AWS API, as the gateway records it; ServiceError: a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(slots=True)
class ApiCall:
    """`service` is boto3's client name, `caller` a function's, state's or source's name.

    `result`, `error` (the code) and `took` (virtual time) are filled when it has been answered.
    `account` is the one that is reached, `region` that of the client; `role` the ARN of the role that
    was assumed for the call, or "". `principal` is the ARN of the role of the function that calls, or
    "" when no function does.
    """

    service: str
    operation: str
    parameters: dict[str, Any]
    caller: str
    at: datetime
    result: dict[str, Any] | None = None
    error: str | None = None
    account: str = ""
    role: str = ""
    principal: str = ""
    region: str = ""
    took: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


class ServiceError(Exception):
    """An AWS API refuses: the caller sees botocore's ClientError with this code."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def refusal(error: Exception) -> str | None:
    """The code with which an AWS API refused a call; None for every other error."""
    if isinstance(error, ServiceError):
        return error.code
    found = getattr(error, "response", None)
    code = found.get("Error", {}).get("Code") if isinstance(found, dict) else None
    return code if isinstance(code, str) else None
