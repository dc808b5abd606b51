"""What the template's resources are in the stand-ins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.aws.cloud import Cloud
from simulator.errors import SimulatorError
from simulator.project.resources import create
from tests.project.conftest import ACCOUNT, arn


@pytest.fixture
def made(load: Callable[..., Any]) -> Iterator[Callable[..., Cloud]]:
    """made(resources) → a cloud with the resources of this YAML."""
    with ExitStack() as stack:

        def build(resources: str, toml: str = "") -> Cloud:
            files = {"simulator.toml": toml} if toml else None
            project = load("Resources:\n" + resources, files)
            now = datetime(2026, 1, 1, tzinfo=UTC)
            cloud = stack.enter_context(Cloud(project.account, project.region, lambda: now))
            create(project, cloud)
            return cloud

        yield build


def test_a_table_has_its_indexes_stream_expiry_and_protection(made):
    cloud = made("""\
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      ProvisionedThroughput: {ReadCapacityUnits: '5', WriteCapacityUnits: 6}
      KeySchema: [{AttributeName: id, KeyType: HASH}, {AttributeName: at, KeyType: RANGE}]
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
        - {AttributeName: at, AttributeType: S}
        - {AttributeName: card, AttributeType: S}
      GlobalSecondaryIndexes:
        - IndexName: ByCard
          KeySchema: [{AttributeName: card, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          ProvisionedThroughput: {ReadCapacityUnits: 1}
      LocalSecondaryIndexes:
        - IndexName: ByCardHere
          KeySchema: [{AttributeName: id, KeyType: HASH}, {AttributeName: card, KeyType: RANGE}]
          Projection: {ProjectionType: KEYS_ONLY}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: until, Enabled: true}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      SSESpecification: {SSEEnabled: true, SSEType: KMS}
      DeletionProtectionEnabled: true
""")
    client = cloud.client("dynamodb")
    table = client.describe_table(TableName="shop-T")["Table"]
    throughput = table["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (5, 6)
    (index,) = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]) == ("ByCard", {"ProjectionType": "ALL"})
    assert [item["IndexName"] for item in table["LocalSecondaryIndexes"]] == ["ByCardHere"]
    assert table["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert (table["DeletionProtectionEnabled"], table["SSEDescription"]["SSEType"]) == (True, "KMS")
    expiry = client.describe_time_to_live(TableName="shop-T")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    backups = client.describe_continuous_backups(TableName="shop-T")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_expiry_and_recovery_that_are_off_stay_off(made):
    cloud = made("""\
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: own
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      TimeToLiveSpecification: {AttributeName: until, Enabled: false}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: false}
""")
    client = cloud.client("dynamodb")
    expiry = client.describe_time_to_live(TableName="own")["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "DISABLED"


def test_a_queue_has_its_attributes_and_redrives(made):
    cloud = made("""\
  Q:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 45
      DelaySeconds: 5
      Name: unknown
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
      Tags: [{Key: a, Value: b}]
  Dead: {Type: AWS::SQS::Queue}
  Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true}}
""")
    client = cloud.client("sqs")
    url = client.get_queue_url(QueueName="shop-Q")["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("45", "5")
    assert json.loads(found["RedrivePolicy"]) == {
        "deadLetterTargetArn": arn("sqs", "shop-Dead"),
        "maxReceiveCount": 3,
    }
    assert url == f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/shop-Q"
    assert client.get_queue_url(QueueName="shop-Fifo.fifo")


def test_a_topic_hands_to_its_subscribers(made):
    cloud = made("""\
  T:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: alerts
      Subscription: [{Protocol: sqs, Endpoint: !GetAtt Q.Arn}]
  Q: {Type: AWS::SQS::Queue}
  Raw: {Type: AWS::SQS::Queue}
  S:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref T
      Protocol: sqs
      Endpoint: !GetAtt Raw.Arn
      RawMessageDelivery: true
      FilterPolicy: {kind: [a]}
""")
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    kind = {"kind": {"DataType": "String", "StringValue": "a"}}
    sns.publish(TopicArn=arn("sns", "shop-T"), Message="one", MessageAttributes=kind)
    sns.publish(TopicArn=arn("sns", "shop-T"), Message="two")
    counts = []
    for name in ("shop-Q", "shop-Raw"):
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        counts.append([message["Body"] for message in found])
    assert (len(counts[0]), counts[1]) == (2, ["one"])


def test_a_key_has_the_id_and_the_alias_that_the_template_names(made, load):
    resources = """\
  K: {Type: AWS::KMS::Key, Properties: {Description: cards, KeyPolicy: {Statement: []}}}
  A: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/cards, TargetKeyId: !Ref K}}
  B: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/byarn, TargetKeyId: !GetAtt K.Arn}}
"""
    kms = made(resources).client("kms")
    wanted = load("Resources:\n" + resources).physical_id("K")
    for name in ("alias/cards", "alias/byarn", wanted):
        found = kms.describe_key(KeyId=name)["KeyMetadata"]
        assert (found["KeyId"], found["Description"]) == (wanted, "cards")
        assert found["Arn"] == arn("kms", f"key/{wanted}")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("SecretString: x", "x"),
        ("GenerateSecretString: {PasswordLength: 5}", "Secre"),
        (
            "GenerateSecretString: {PasswordLength: 3, GenerateStringKey: key,"
            ' SecretStringTemplate: \'{"user": "me"}\'}',
            '{"user": "me","key":"Sec"}',
        ),
        ("GenerateSecretString: {PasswordLength: 3, GenerateStringKey: key}", '{"key":"Sec"}'),
    ],
)
def test_a_secret_has_the_arn_that_the_template_names_and_a_value_that_repeats(
    made, load, properties, expected
):
    resources = f"  Secret: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: card, {properties}}}}}\n"
    client = made(resources).client("secretsmanager")
    wanted = load("Resources:\n" + resources).physical_id("Secret")
    for name in ("card", wanted):
        found = client.get_secret_value(SecretId=name)
        assert (found["SecretString"], found["ARN"]) == (expected, wanted)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_bucket_is_in_its_region_with_versions_and_policy(made, region):
    cloud = made(
        """\
  B: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument: {Version: '2012-10-17', Statement: []}
""",
        f'region = "{region}"\n',
    )
    client = cloud.client("s3")
    place = client.get_bucket_location(Bucket="shop-b")["LocationConstraint"]
    assert (place, client.get_bucket_versioning(Bucket="shop-b")["Status"]) == (
        None if region == "us-east-1" else region,
        "Enabled",
    )
    assert '"2012-10-17"' in client.get_bucket_policy(Bucket="shop-b")["Policy"]


def test_a_parameter_has_its_value(made):
    cloud = made("""\
  P: {Type: AWS::SSM::Parameter, Properties: {Name: /card/limit, Value: 5, Type: String}}
  L: {Type: AWS::SSM::Parameter, Properties: {Value: 'a,b', Type: StringList}}
""")
    client = cloud.client("ssm")
    found = client.get_parameters(Names=["/card/limit", "shop-L"])["Parameters"]
    assert {item["Name"]: (item["Value"], item["Type"]) for item in found} == {
        "/card/limit": ("5", "String"),
        "shop-L": ("a,b", "StringList"),
    }


def test_a_role_has_its_policies(made):
    cloud = made("""\
  R:
    Type: AWS::IAM::Role
    Properties:
      Path: /app/
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
      Policies: [{PolicyName: own, PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}}]
""")
    client = cloud.client("iam")
    assert client.get_role(RoleName="shop-R")["Role"]["Arn"] == (
        f"arn:aws:iam::{ACCOUNT}:role/app/shop-R"
    )
    assert client.list_role_policies(RoleName="shop-R")["PolicyNames"] == ["own"]


def test_buses_log_groups_alarms_and_senders_are_there(made):
    cloud = made("""\
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  Default: {Type: AWS::Events::EventBus, Properties: {Name: default}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /app, RetentionInDays: 30}}
  Plain: {Type: AWS::Logs::LogGroup}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: declines
      Namespace: Shop
      MetricName: Declined
      Statistic: Sum
      Period: '60'
      EvaluationPeriods: '1'
      Threshold: '2'
      ComparisonOperator: GreaterThanThreshold
      Colour: red  # unknown, and left out
  Mail: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: us@shop.example}}
  Domain: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: shop.example}}
""")
    buses = cloud.client("events").list_event_buses()["EventBuses"]
    assert sorted(bus["Name"] for bus in buses) == ["default", "orders"]
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    assert {item["logGroupName"]: item.get("retentionInDays") for item in groups} == {
        "/app": 30,
        "shop-Plain": None,
    }
    (alarm,) = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"], alarm["Period"]) == ("declines", 2.0, 60)
    assert cloud.client("ses").list_identities()["Identities"] == [
        "us@shop.example",
        "shop.example",
    ]


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("{Type: AWS::SQS::Queue, Properties: {RedrivePolicy: text}}", "JSONDecodeError"),
        ("{Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: soon}}", "ValueError"),
        ("{Type: AWS::DynamoDB::Table, Properties: {KeySchema: []}}", "KeySchema"),
        ("{Type: AWS::SecretsManager::Secret, Properties: {Name: ''}}", "Name"),
    ],
)
def test_a_resource_that_cannot_be_created_is_said_at_its_place(made, resource, told):
    with pytest.raises(SimulatorError) as caught:
        made(f"  Odd: {resource}\n")
    text = str(caught.value)
    assert "template.yaml:2:3: 'Odd' cannot be created: " in text
    assert told in text
