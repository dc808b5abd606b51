"""AWS clients, made when they are first used."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# Short: the state machine retries what is worth retrying, and says so in its history.
CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 2})


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    return boto3.client(service, config=CONFIG, endpoint_url=endpoint)


def setting(name: str) -> str:
    """An environment variable that the template sets. KeyError names it."""
    return os.environ[name]


def error_code(error: Exception) -> str:
    """The AWS error code of botocore's ClientError; empty for other exceptions."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
