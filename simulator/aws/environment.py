"""Environment variables of a world: dummy credentials, and no way to any network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

DEAD_PROXY: Final = "http://127.0.0.1:9"  # nothing listens there
ACCESS_KEY: Final = "testing"
ACCOUNT_VARIABLE: Final = "MOTO_ACCOUNT_ID"  # moto asks no further when it is set
_REMOVED: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CA_BUNDLE",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
)


def world_variables(account: str, region: str) -> dict[str, str]:
    variables = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_SECURITY_TOKEN": "testing",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        ACCOUNT_VARIABLE: account,
    }
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        variables[name] = DEAD_PROXY
    return variables


@contextmanager
def variables(wanted: Mapping[str, str], *, only: bool = False) -> Iterator[None]:
    """os.environ with these set (with `only`, no AWS_ ones beside them), restored afterwards."""
    saved = dict(os.environ)
    gone = [
        name
        for name in saved
        if name in _REMOVED
        or name.startswith("AWS_ENDPOINT_URL")
        or (only and name.startswith("AWS_"))
    ]
    for name in gone:
        del os.environ[name]
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name in set(os.environ) - set(saved):
            del os.environ[name]
        for name, value in saved.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
