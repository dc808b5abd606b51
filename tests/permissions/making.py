"""Roles and needs, written down; and what a report says of them."""

from __future__ import annotations

from simulator.permissions.needs import Need

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
REGION = "us-east-1"


def arn(service, resource):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


TABLE = arn("dynamodb", "table/orders")


def role(*statements, service="lambda", **properties):
    """An AWS::IAM::Role "worker" with one inline policy of these (action, resource) or statements."""
    bodies = [
        one if isinstance(one, dict) else {"Effect": "Allow", "Action": one[0], "Resource": one[1]}
        for one in statements
    ]
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
    }
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": bodies}}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "worker",
            "AssumeRolePolicyDocument": {"Statement": [trust]},
            "Policies": [policy] if bodies else [],
            **properties,
        },
    }


def need(action, resource="", **more):
    return Need(ROLE, action, resource, "function Work", **more)


def missing(report):
    return {(item.action, item.resource) for item in report.missing}


def unused(report):
    return {(right.action, right.resource) for right in report.unused}


def statuses(report):
    return {right.action: right.status for right in report.rights}
