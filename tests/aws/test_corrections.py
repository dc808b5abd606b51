"""What the stand-ins do otherwise than AWS, put right on the way."""

from datetime import UTC, datetime

import pytest

from simulator.aws.cloud import Cloud

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = '{"Version": "2012-10-17", "Statement": []}'


@pytest.fixture
def cloud():
    with Cloud("111122223333", "us-east-1", lambda: NOW) as made:
        yield made


def test_a_stream_has_a_policy_of_its_own(cloud):
    dynamodb = cloud.client("dynamodb")
    table = dynamodb.create_table(
        TableName="Orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]
    stream = table["LatestStreamArn"]
    revision = dynamodb.put_resource_policy(ResourceArn=stream, Policy=POLICY)["RevisionId"]
    assert dynamodb.get_resource_policy(ResourceArn=stream)["RevisionId"] == revision
    with pytest.raises(dynamodb.exceptions.PolicyNotFoundException):
        dynamodb.get_resource_policy(ResourceArn=table["TableArn"])
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.get_resource_policy(ResourceArn=f"{stream}-of-another-day")
    assert dynamodb.list_tables()["TableNames"] == ["Orders"]
    dynamodb.delete_resource_policy(ResourceArn=stream)
    with pytest.raises(dynamodb.exceptions.PolicyNotFoundException):
        dynamodb.get_resource_policy(ResourceArn=stream)


def test_a_permission_is_taken_from_the_alias_that_has_it(cloud):
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = cloud.client("iam").create_role(RoleName="lambda", AssumeRolePolicyDocument=trust)
    client = cloud.client("lambda")
    client.create_function(
        FunctionName="report",
        Role=role["Role"]["Arn"],
        Runtime="python3.11",
        Handler="app.handler",
        Code={"ZipFile": b"x"},
    )
    version = client.publish_version(FunctionName="report")["Version"]
    client.create_alias(FunctionName="report", Name="live", FunctionVersion=version)
    given = {"Action": "lambda:InvokeFunction", "Principal": "999988887777"}
    client.add_permission(FunctionName="report", StatementId="whole", **given)
    client.add_permission(FunctionName="report", StatementId="x", Qualifier="live", **given)
    revision = client.get_policy(FunctionName="report", Qualifier="live")["RevisionId"]
    client.remove_permission(
        FunctionName="report", StatementId="x", Qualifier="live", RevisionId=revision
    )
    assert '"x"' not in client.get_policy(FunctionName="report", Qualifier="live")["Policy"]
    assert '"whole"' in client.get_policy(FunctionName="report")["Policy"]
