"""Credentials of a task: a role is assumed before the call, if it lets itself be assumed."""

from __future__ import annotations

import json

import boto3
import pytest

from simulator.aws.trust import trusts
from tests.tasks.conftest import ACCOUNT, states, task

OTHER = "210987654321"
OWN = f"arn:aws:iam::{ACCOUNT}:role/lab-MainRole"


def policy(principal, action="sts:AssumeRole", effect="Allow"):
    statement = {"Effect": effect, "Principal": principal, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("text", "can"),
    [
        (policy({"AWS": OWN}), True),
        (policy({"AWS": [OWN, "arn:aws:iam::1:role/x"]}), True),
        (policy({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), True),
        (policy({"AWS": ACCOUNT}), True),
        (policy("*"), True),
        (policy({"AWS": OWN}, ["sts:TagSession", "sts:AssumeRole"]), True),
        (policy({"AWS": OWN}, "sts:TagSession"), False),
        (policy({"AWS": OWN}, effect="Deny"), False),
        (policy({"Service": "states.amazonaws.com"}), False),
        (policy({"AWS": f"arn:aws:iam::{OTHER}:root"}), False),
        ("no policy", False),
        ("[]", False),
    ],
)
def test_whom_a_trust_policy_trusts(text, can):
    assert trusts(text, OWN) is can


def test_a_deny_wins():
    statements = [
        json.loads(policy({"AWS": OWN}, effect=way))["Statement"][0] for way in ("Allow", "Deny")
    ]
    assert not trusts(json.dumps({"Statement": statements}), OWN)


ROLE = f"arn:aws:iam::{OTHER}:role/Reader"
LIST = task("aws-sdk:dynamodb:listTables", {}, Credentials={"RoleArn": ROLE})


def other_account(world, trust):
    """A role and a table of the other account, as its own administrator makes them."""
    keys = world.cloud.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{OTHER}:role/Administrator", RoleSessionName="test"
    )["Credentials"]
    given = {
        "region_name": "us-east-1",
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    iam, dynamodb = boto3.client("iam", **given), boto3.client("dynamodb", **given)
    iam.create_role(RoleName="Reader", AssumeRolePolicyDocument=trust)
    dynamodb.create_table(
        TableName="Theirs",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )


def run(world):
    execution = world.start("Main", {})
    world.run()
    return execution


def test_the_call_reaches_the_roles_account(lab):
    world = lab(Main=states(List=LIST))
    other_account(world, policy({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    done = run(world)
    assert (done.error, done.cause, done.output) == (None, None, {"TableNames": ["Theirs"]})
    scheduled = next(e for e in world.executions[0].history if e.type == "TaskScheduled")
    assert scheduled.to_aws()["taskScheduledEventDetails"]["taskCredentials"] == {"roleArn": ROLE}


@pytest.mark.parametrize("trust", [policy({"AWS": f"arn:aws:iam::{OTHER}:root"}), None])
def test_a_role_that_trusts_others_or_does_not_exist_fails_the_task(lab, trust):
    world = lab(Main=states(List=LIST))
    if trust is not None:
        other_account(world, trust)
    done = run(world)
    own = world.role_of(done.state_machine_arn)
    assert (done.error, done.cause) == (
        "States.TaskFailed",
        f"The role {own} is not authorized to assume the task state's role, {ROLE}.",
    )
    assert own.startswith(f"arn:aws:iam::{ACCOUNT}:role/")


def test_a_function_runs_with_a_role_too(lab):
    state = {
        "Type": "Task",
        "Resource": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:lab-Work",
        "Credentials": {"RoleArn.$": "$.role"},
    }
    world = lab("def work(event, context): return 1", Main=states(Work=state))
    execution = world.start("Main", {"role": ROLE})
    world.run()
    assert execution.error == "States.TaskFailed"
    assert world.lambdas.invocations == []
