"""Calls of boto3 → IAM's action and resource, one line each."""

from __future__ import annotations

import pytest

from simulator.permissions.arns import Place
from simulator.permissions.needs import asked

PLACE = Place("123456789012", "eu-west-1")
HERE = "eu-west-1:123456789012"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/jobs"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:order"


def pairs(client, operation, **parameters):
    found = asked("role", client, operation, parameters, PLACE, "function Work")
    return [(need.action, need.resource) for need in found]


@pytest.mark.parametrize(
    ("client", "operation", "parameters", "action", "resource"),
    [
        ("dynamodb", "GetItem", {"TableName": "t"}, "dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/t"),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, "dynamodb:Query", f"arn:aws:dynamodb:{HERE}:table/t/index/i"),
        ("dynamodb", "GetResourcePolicy", {"ResourceArn": "arn:aws:dynamodb:x:1:table/t"}, "dynamodb:GetResourcePolicy", "arn:aws:dynamodb:x:1:table/t"),
        ("dynamodb", "ListTables", {}, "dynamodb:ListTables", ""),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k/1"}, "s3:GetObject", "arn:aws:s3:::b/k/1"),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "VersionId": "v"}, "s3:GetObjectVersion", "arn:aws:s3:::b/k"),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, "s3:GetObject", "arn:aws:s3:::b/k"),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, "s3:ListBucket", "arn:aws:s3:::b"),
        ("s3", "DeletePublicAccessBlock", {"Bucket": "b"}, "s3:PutBucketPublicAccessBlock", "arn:aws:s3:::b"),
        ("s3", "ListBuckets", {}, "s3:ListAllMyBuckets", ""),
        ("lambda", "Invoke", {"FunctionName": "f"}, "lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:f"),
        ("lambda", "Invoke", {"FunctionName": "f", "Qualifier": "live"}, "lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:f:live"),
        ("lambda", "Invoke", {"FunctionName": "111122223333:function:f"}, "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f"),
        ("lambda", "ListTags", {"Resource": f"arn:aws:lambda:{HERE}:function:f"}, "lambda:ListTags", f"arn:aws:lambda:{HERE}:function:f"),
        ("sqs", "SendMessageBatch", {"QueueUrl": QUEUE}, "sqs:SendMessage", "arn:aws:sqs:eu-central-1:111122223333:jobs"),
        ("sqs", "GetQueueUrl", {"QueueName": "jobs"}, "sqs:GetQueueUrl", f"arn:aws:sqs:{HERE}:jobs"),
        ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{HERE}:t"}, "sns:Publish", f"arn:aws:sns:{HERE}:t"),
        ("sns", "Publish", {"PhoneNumber": "+49"}, "sns:Publish", ""),
        ("stepfunctions", "StartExecution", {"stateMachineArn": MACHINE}, "states:StartExecution", MACHINE),
        ("stepfunctions", "SendTaskSuccess", {"taskToken": "x"}, "states:SendTaskSuccess", ""),
        ("kms", "Decrypt", {"KeyId": "1-2"}, "kms:Decrypt", f"arn:aws:kms:{HERE}:key/1-2"),
        ("kms", "Decrypt", {"KeyId": "alias/data"}, "kms:Decrypt", ""),
        ("secretsmanager", "GetSecretValue", {"SecretId": "name"}, "secretsmanager:GetSecretValue", ""),
        ("iam", "PutRolePolicy", {"RoleName": "r", "PolicyName": "p"}, "iam:PutRolePolicy", "arn:aws:iam::123456789012:role/r"),
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/r"}, "sts:AssumeRole", "arn:aws:iam::1:role/r"),
        ("ssm", "GetParameter", {"Name": "/a/b"}, "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/a/b"),
        ("accessanalyzer", "GetFinding", {"analyzerArn": "arn:aws:access-analyzer:x:1:analyzer/a"}, "access-analyzer:GetFinding", "arn:aws:access-analyzer:x:1:analyzer/a"),
        ("ecr", "GetRepositoryPolicy", {"repositoryName": "r"}, "ecr:GetRepositoryPolicy", f"arn:aws:ecr:{HERE}:repository/r"),
        ("sesv2", "SendEmail", {}, "ses:SendEmail", ""),
        ("apigatewaymanagementapi", "PostToConnection", {"ConnectionId": "c"}, "execute-api:ManageConnections", ""),
        ("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s"}, "logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:g:log-stream:s"),
    ],
)  # fmt: skip
def test_a_call_is_one_action_on_one_resource(client, operation, parameters, action, resource):
    assert pairs(client, operation, **parameters) == [(action, resource)]


def test_a_transaction_is_an_action_for_each_of_its_items():
    items = [
        {"ConditionCheck": {"TableName": "a"}},
        {"Put": {"TableName": "b"}},
        {"Update": {"TableName": "a"}},
        {"Delete": {"TableName": "c"}},
    ]
    assert pairs("dynamodb", "TransactWriteItems", TransactItems=items) == [
        ("dynamodb:ConditionCheckItem", f"arn:aws:dynamodb:{HERE}:table/a"),
        ("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/b"),
        ("dynamodb:UpdateItem", f"arn:aws:dynamodb:{HERE}:table/a"),
        ("dynamodb:DeleteItem", f"arn:aws:dynamodb:{HERE}:table/c"),
    ]
    got = pairs("dynamodb", "TransactGetItems", TransactItems=[{"Get": {"TableName": "a"}}])
    assert got == [("dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/a")]


def test_a_batch_is_an_action_on_each_of_its_tables():
    assert pairs("dynamodb", "BatchGetItem", RequestItems={"a": {}, "b": {}}) == [
        ("dynamodb:BatchGetItem", f"arn:aws:dynamodb:{HERE}:table/a"),
        ("dynamodb:BatchGetItem", f"arn:aws:dynamodb:{HERE}:table/b"),
    ]


def test_partiql_is_asked_by_its_first_word():
    statements = [{"Statement": "insert into t value {}"}, {"Statement": "SELECT * FROM t"}]
    assert pairs("dynamodb", "BatchExecuteStatement", Statements=statements) == [
        ("dynamodb:PartiQLInsert", ""),
        ("dynamodb:PartiQLSelect", ""),
    ]


def test_a_copy_reads_and_writes():
    assert pairs("s3", "CopyObject", Bucket="to", Key="x", CopySource="from/a/b?versionId=1") == [
        ("s3:GetObject", "arn:aws:s3:::from/a/b"),
        ("s3:PutObject", "arn:aws:s3:::to/x"),
    ]


def test_objects_are_deleted_one_by_one():
    delete = {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]}
    assert pairs("s3", "DeleteObjects", Bucket="b", Delete=delete) == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::b/b"),
    ]


def test_events_go_to_the_bus_of_each_entry():
    entries = [{"EventBusName": "shop"}, {}]
    assert pairs("events", "PutEvents", Entries=entries) == [
        ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/shop"),
        ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/default"),
    ]


def test_who_one_is_needs_no_permission():
    assert pairs("sts", "GetCallerIdentity") == []


def test_a_role_that_is_handed_over_is_passed():
    target = {"Arn": "arn:aws:lambda:x:1:function:f", "RoleArn": "arn:aws:iam::1:role/scheduler"}
    assert pairs("scheduler", "CreateSchedule", Name="s", Target=target) == [
        ("scheduler:CreateSchedule", ""),
        ("iam:PassRole", "arn:aws:iam::1:role/scheduler"),
    ]


def test_the_encryption_context_goes_with_the_call():
    (need,) = asked("r", "kms", "Decrypt", {"EncryptionContext": {"purpose": "pan"}}, PLACE, "f")
    assert need.context == (("kms:EncryptionContext:purpose", "pan"),)
