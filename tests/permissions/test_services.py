"""What services call on a role's behalf is needed, and explains rights that no run uses."""

from __future__ import annotations

import json

import pytest

from simulator.permissions.services import needs_of_services
from simulator.project.template import Template
from tests.permissions.making import ROLE, arn, missing, need, role, statuses

QUEUE = arn("sqs", "jobs")
MACHINE = arn("states", "stateMachine:order")


def function(**properties):
    code = {"ZipFile": "def work(event, context): pass"}
    base = {"FunctionName": "work", "Runtime": "python3.11", "Handler": "index.work", "Code": code}
    return {"Type": "AWS::Lambda::Function", "Properties": {**base, "Role": ROLE, **properties}}


def of(kind, **properties):
    return {"Type": kind, "Properties": properties}


def wanted(report):
    return {item.action for item in report.missing}


def test_a_function_writes_logs_and_traces(judged):
    resources = {"Work": function(TracingConfig={"Mode": "Active"})}
    report = judged({**resources, "Worker": role()})
    assert missing(report) == {
        ("logs:CreateLogStream", arn("logs", "log-group:/aws/lambda/work:log-stream:any")),
        ("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/work:log-stream:any")),
        ("xray:PutTraceSegments", ""),
        ("xray:PutTelemetryRecords", ""),
    }
    given = role(
        (["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*"),
        (["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"], "*"),
    )
    report = judged({**resources, "Worker": given})
    assert (missing(report), set(statuses(report).values())) == (set(), {"service"})
    assert report.rights[2].why == "Lambda writes the function's logs (function Work)"


def test_logs_of_another_function_are_nobodys(judged):
    other = arn("logs", "log-group:/aws/lambda/other:*")
    report = judged({"Work": function(), "Worker": role(("logs:PutLogEvents", other))})
    assert statuses(report) == {"logs:PutLogEvents": "unused"}
    assert wanted(report) == {"logs:CreateLogStream", "logs:PutLogEvents"}


LOGS = (["logs:CreateLogStream", "logs:PutLogEvents"], "*")


@pytest.mark.parametrize(
    ("source", "actions", "besides"),
    [
        (
            QUEUE,
            {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
            {"sqs:ChangeMessageVisibility"},
        ),
        (
            arn("dynamodb", "table/orders/stream/2026-01-01T00:00:00.000"),
            {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
            {"dynamodb:ListStreams"},
        ),
        (
            arn("kinesis", "stream/clicks"),
            {
                "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
                "kinesis:ListShards",
            },
            {"kinesis:DescribeStream", "kinesis:ListStreams", "kinesis:SubscribeToShard"},
        ),
    ],
)  # fmt: skip
def test_lambda_polls_its_sources(tmp_path, source, actions, besides):
    mapping = of("AWS::Lambda::EventSourceMapping", FunctionName="work", EventSourceArn=source)
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": {"Work": function(), "Source": mapping}}))
    found = list(needs_of_services(Template.read(path, {}, "123456789012", "us-east-1")))
    polled = [one for one in found if one.resource == source]
    assert {one.action for one in polled if not one.optional} == actions
    assert {one.action for one in polled if one.optional} == besides
    assert {(one.role, one.by) for one in polled} == {(ROLE, "function Work")}


def test_a_queue_that_lambda_polls_explains_its_rights(judged):
    mapping = of(
        "AWS::Lambda::EventSourceMapping",
        FunctionName="work",
        EventSourceArn={"Fn::GetAtt": ["Jobs", "Arn"]},
    )
    jobs = of("AWS::SQS::Queue", QueueName="jobs")
    given = role(
        LOGS, ("sqs:*", QUEUE), ("sqs:ChangeMessageVisibility", QUEUE), ("sqs:Send*", QUEUE)
    )
    report = judged({"Work": function(), "Jobs": jobs, "Source": mapping, "Worker": given})
    assert missing(report) == set()
    assert statuses(report) == {
        "logs:CreateLogStream": "service",
        "logs:PutLogEvents": "service",
        "sqs:*": "service",
        "sqs:ChangeMessageVisibility": "service",
        "sqs:Send*": "unused",
    }


def test_destinations_and_dead_letters_of_functions(judged):
    config = of(
        "AWS::Lambda::EventInvokeConfig",
        FunctionName="work",
        Qualifier="$LATEST",
        DestinationConfig={
            "OnSuccess": {"Destination": arn("sns", "done")},
            "OnFailure": {"Destination": arn("events", "event-bus/lost")},
        },
    )
    work = function(DeadLetterConfig={"TargetArn": QUEUE})
    assert missing(judged({"Work": work, "Config": config, "Worker": role(LOGS)})) == {
        ("sns:Publish", arn("sns", "done")),
        ("events:PutEvents", arn("events", "event-bus/lost")),
        ("sqs:SendMessage", QUEUE),
    }


def test_a_function_in_a_vpc(judged):
    work = function(VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})
    assert wanted(judged({"Work": work, "Worker": role(LOGS)})) == {
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DeleteNetworkInterface",
    }


def machine(**properties):
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    base = {"StateMachineName": "order", "RoleArn": ROLE, "Definition": definition}
    return of("AWS::StepFunctions::StateMachine", **{**base, **properties})


def test_logs_traces_and_the_key_of_a_state_machine(judged):
    group = {"LogGroupArn": arn("logs", "log-group:order:*")}
    order = machine(
        LoggingConfiguration={
            "Level": "ALL",
            "Destinations": [{"CloudWatchLogsLogGroup": group}],
        },
        TracingConfiguration={"Enabled": True},
        EncryptionConfiguration={
            "Type": "CUSTOMER_MANAGED_KMS_KEY",
            "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
        },
    )
    report = judged({"Order": order, "Key": open_key(), "Worker": role(service="states")})
    assert wanted(report) == {
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies", "logs:DescribeLogGroups", "xray:PutTraceSegments",
        "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
        "kms:Decrypt", "kms:GenerateDataKey",
    }  # fmt: skip
    assert wanted(judged({"Order": machine(), "Worker": role(service="states")})) == set()


def open_key():
    account = {"AWS": "arn:aws:iam::123456789012:root"}
    grant = {"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}
    return of("AWS::KMS::Key", KeyPolicy={"Statement": [grant]})


# -- rules, schedules, pipes ----------------------------------------------------------------------


def test_a_schedule_calls_its_target_and_its_dead_letter_queue(judged):
    target = {"Arn": MACHINE, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": QUEUE}}
    nightly = of(
        "AWS::Scheduler::Schedule",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )
    resources = {"Order": machine(RoleArn="arn:aws:iam::123456789012:role/other"), "Nightly": nightly, "Jobs": of("AWS::SQS::Queue", QueueName="jobs")}  # fmt: skip
    assert missing(judged({**resources, "Worker": role(service="scheduler")})) == {
        ("states:StartExecution", MACHINE),
        ("sqs:SendMessage", QUEUE),
    }
    given = role(("states:StartExecution", MACHINE), ("sqs:SendMessage", QUEUE), service="scheduler")  # fmt: skip
    report = judged({**resources, "Worker": given})
    assert (missing(report), set(statuses(report).values())) == (set(), {"service"})


def test_a_rule_starts_its_target_with_a_role(judged):
    rule = of(
        "AWS::Events::Rule",
        EventPattern={"source": ["shop"]},
        Targets=[{"Id": "a", "Arn": MACHINE, "RoleArn": ROLE}],
    )
    resources = {"Order": machine(RoleArn="arn:aws:iam::123456789012:role/other"), "Rule": rule}
    report = judged({**resources, "Worker": role(service="events")})
    assert missing(report) == {("states:StartExecution", MACHINE)}


def test_a_pipe_polls_and_delivers(judged):
    pipe = of("AWS::Pipes::Pipe", RoleArn=ROLE, Source=QUEUE, Target=MACHINE)
    report = judged({"Pipe": pipe, "Worker": role(service="pipes")})
    assert missing(report) == {
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
        ("states:StartExecution", MACHINE),
    }


def test_the_role_of_a_service_that_nothing_simulates_is_the_services(judged):
    report = judged({"Worker": role(("logs:PutLogEvents", "*"), service="cloudtrail")})
    assert statuses(report) == {"logs:PutLogEvents": "service"}
    assert report.rights[0].why == "cloudtrail.amazonaws.com has the role; nothing of it is simulated"  # fmt: skip


# -- keys -----------------------------------------------------------------------------------------

GIVEN = {"Ref": "Key"}
ENCRYPTED = {
    "Jobs": of("AWS::SQS::Queue", QueueName="jobs", KmsMasterKeyId=GIVEN),
    "Done": of("AWS::SNS::Topic", TopicName="done", KmsMasterKeyId={"Ref": "Alias"}),
    "Alias": of("AWS::KMS::Alias", AliasName="alias/data", TargetKeyId=GIVEN),
    "Orders": of(
        "AWS::DynamoDB::Table",
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": GIVEN},
    ),
    "Files": of(
        "AWS::S3::Bucket",
        BucketName="files",
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": GIVEN}}
            ]
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("action", "resource", "keys"),
    [
        ("sqs:SendMessage", QUEUE, {"kms:GenerateDataKey", "kms:Decrypt"}),
        ("sqs:ReceiveMessage", QUEUE, {"kms:Decrypt"}),
        ("sqs:DeleteMessage", QUEUE, set()),
        ("sns:Publish", arn("sns", "done"), {"kms:GenerateDataKey", "kms:Decrypt"}),
        ("dynamodb:PutItem", arn("dynamodb", "table/orders"), {"kms:Decrypt"}),
        ("dynamodb:Query", arn("dynamodb", "table/orders/index/day"), {"kms:Decrypt"}),
        ("dynamodb:DescribeTable", arn("dynamodb", "table/orders"), set()),
        ("s3:GetObject", "arn:aws:s3:::files/a/b", {"kms:Decrypt"}),
        ("s3:PutObject", "arn:aws:s3:::files/a/b", {"kms:GenerateDataKey"}),
        ("s3:PutObject", "arn:aws:s3:::others/a/b", set()),
    ],
)
def test_what_is_encrypted_with_a_key_needs_the_key(judged, action, resource, keys):
    given = role((action, "*"))
    report = judged({"Key": open_key(), **ENCRYPTED, "Worker": given}, need(action, resource))
    assert wanted(report) == keys
    with_keys = role((action, "*"), (["kms:Decrypt", "kms:GenerateDataKey"], {"Fn::GetAtt": ["Key", "Arn"]}))  # fmt: skip
    report = judged({"Key": open_key(), **ENCRYPTED, "Worker": with_keys}, need(action, resource))
    assert wanted(report) == set()
    explained = {right for right, status in statuses(report).items() if status == "service"}
    # A writer of a table may have both: the guide does not say which of them it needs when.
    assert explained == (keys | {"kms:GenerateDataKey"} if action == "dynamodb:PutItem" else keys)
