"""Secrets by the name of the variable that holds their ARN."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from common.aws import error_code, setting

from payment.aws import client

KEPT_SECONDS: Final = 300  # a container lives for hours, and must see a rotation


def text(variable: str, stage: str = "AWSCURRENT", *, fresh: bool = False) -> str:
    """Raises what the service says; `fresh` does not take what was read a while ago."""
    try:
        found = _kept(stage).get(
            setting(variable), max_age=KEPT_SECONDS, force_fetch=fresh, VersionStage=stage
        )
    except GetParameterError as error:
        raise error.__context__ or error from None  # callers know AWS's errors
    return str(found)


@cache
def _kept(_stage: str) -> SecretsProvider:
    # One a stage: a provider does not tell two versions of one secret from each other.
    return SecretsProvider(boto3_client=client("secretsmanager"))


def in_force(variable: str) -> Iterator[str]:
    """The secret as it was read, as it is now, and the one before: while it is replaced, each counts."""
    yield text(variable)
    yield text(variable, fresh=True)
    try:
        yield text(variable, "AWSPREVIOUS", fresh=True)
    except Exception as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
