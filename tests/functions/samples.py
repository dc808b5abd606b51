"""The finding of tests/events/StartRemediation.json in our one form."""

from __future__ import annotations

from typing import Any

FINDING: dict[str, Any] = {
    "finding_id": "8f76cdb3-ee60-42d6-a855-d7041235e1ef",
    "family": "external",
    "analyzer_arn": "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/account-analyzer",
    "analyzer_account": "111122223333",
    "resource_account": "111122223333",
    "region": "us-east-1",
    "partition": "aws",
    "resource_type": "AWS::IAM::Role",
    "resource_arn": "arn:aws:iam::111122223333:role/Audit_CrossAccountRole",
    "resource_name": "Audit_CrossAccountRole",
    "principal": {"kind": "aws_arn", "value": "arn:aws:iam::999988887777:user/Alice"},
    "twin": (
        "arn:aws:iam::111122223333:role/Audit_CrossAccountRole"
        "#arn:aws:iam::999988887777:user/Alice#aws"
    ),
    "actions": ["sts:AssumeRole"],
    "condition": {},
    "is_public": False,
    "sources": [],
    "status": "ACTIVE",
    "is_deleted": False,
    "error": "",
    "updated_at": "2026-01-15T10:00:00Z",
}
