"""Secrets by the name of the variable that holds their ARN, read once a container."""

from __future__ import annotations

from functools import cache

from common.aws import setting

from payment.aws import client


@cache
def text(variable: str) -> str:
    answer = client("secretsmanager").get_secret_value(SecretId=setting(variable))
    return str(answer["SecretString"])
