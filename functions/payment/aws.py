"""AWS clients with a little patience, and the errors that are worth it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import HTTPClientError
from common.aws import error_code

from payment.errors import ServiceBusy

# One retry, and it is ours: every write here can be made twice, so a reply that was lost is no harm.
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
PAUSE_SECONDS: Final = 0.2
TRANSIENT: Final = frozenset(
    {
        "DependencyTimeoutException",
        "InternalError",
        "InternalErrorException",
        "InternalFailure",
        "InternalServerError",
        "KMSInternalException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


def is_transient(error: Exception) -> bool:
    return isinstance(error, HTTPClientError) or error_code(error) in TRANSIENT


class Patient:
    """A client whose calls are tried once more after a transient error."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        def call(**parameters: Any) -> Any:
            try:
                return method(**parameters)
            except Exception as error:
                if not is_transient(error):
                    raise
            time.sleep(PAUSE_SECONDS)
            return method(**parameters)

        return call


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    return Patient(boto3.client(service, config=_CONFIG, endpoint_url=endpoint))


def is_condition_failure(error: Exception) -> bool:
    """Somebody else, or an earlier try of ours, has written what this condition forbids."""
    return error_code(error) == "ConditionalCheckFailedException"


def task(
    handler: Callable[[dict[str, Any], Any], dict[str, Any]],
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A handler of the workflow: what AWS refuses for now becomes ServiceBusy, which is retried."""

    @wraps(handler)
    def run(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        except Exception as error:
            if is_transient(error):
                raise ServiceBusy(error_code(error) or type(error).__name__) from None
            raise

    return run
