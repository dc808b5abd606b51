"""Clients for the account and Region of a finding's resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from common.aws import CONFIG, client, error_code, setting

from remediation.errors import ResourceUnmodifiable

_SESSION = "finding-remediation"


def client_for(service: str, finding: Mapping[str, Any]) -> Any:
    """In a member account through its remediation role, for this invocation only.

    Raises ResourceUnmodifiable when the member account does not let us in.
    """
    account, region = finding["resource_account"], finding["region"]
    if account == setting("OWN_ACCOUNT"):
        return boto3.client(service, region_name=region, config=CONFIG)
    role = f"arn:{finding['partition']}:iam::{account}:role/{setting('MEMBER_ROLE')}"
    try:
        found = client("sts").assume_role(RoleArn=role, RoleSessionName=_SESSION)["Credentials"]
    except Exception as error:
        if error_code(error) == "AccessDenied":
            raise ResourceUnmodifiable(
                f"the account {account} does not let us assume {role}"
            ) from None
        raise
    return boto3.client(
        service,
        region_name=region,
        config=CONFIG,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )
