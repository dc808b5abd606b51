"""APIs as workflows see them: names, shapes, limits."""

import pytest

from simulator.asl.apis import EMPTY, Operation, Shape
from simulator.aws.models import Models
from simulator.aws.naming import action_spelling, spelling


def operation(service: str, action: str) -> Operation:
    found = Models().operation(service, action)
    assert found is not None
    return found


def at(shape: Shape, *path: str) -> Shape:
    for name in path:
        inner = shape.element if name == "[]" else shape.members[name]
        assert inner is not None
        shape = inner
    return shape


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("executionArn", "ExecutionArn"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ETag", "ETag"),
        ("ACL", "Acl"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("VolumeARN", "VolumeARN"),
        ("x", "X"),
    ],
)
def test_a_member_is_spelled_as_the_java_sdk_does(name: str, spelled: str) -> None:
    assert spelling(name) == spelled


def test_an_action_is_in_camel_case() -> None:
    assert [action_spelling(name) for name in ("PutItem", "DescribeDBInstances", "IAMThing")] == [
        "putItem",
        "describeDBInstances",
        "iamThing",
    ]


def test_an_operation_has_its_input_output_and_errors() -> None:
    found = operation("dynamodb", "putItem")
    assert (found.client, found.title, found.name) == ("dynamodb", "DynamoDb", "PutItem")
    assert found.input.required == ("TableName", "Item")
    assert "ConditionalCheckFailedException" in found.errors
    assert at(found.output, "ConsumedCapacity", "CapacityUnits").kind == "double"


def test_shapes_that_contain_themselves_are_finite() -> None:
    value = at(operation("dynamodb", "putItem").input, "Item", "[]")
    assert at(value, "L", "[]") is value
    assert at(value, "M", "[]") is value


def test_limits_of_numbers_texts_and_enums() -> None:
    output = operation("lambda", "getFunction").output
    memory = at(output, "Configuration", "MemorySize")
    assert (memory.kind, memory.minimum) == ("integer", 128)
    assert memory.maximum is not None
    assert memory.maximum >= 10240
    assert "STANDARD" in at(operation("s3", "getObject").output, "StorageClass").enum
    assert at(operation("s3", "getObject").output, "Body").kind == "blob"
    assert at(operation("sqs", "sendMessage").input, "QueueUrl").kind == "string"


@pytest.mark.parametrize(
    ("service", "action", "client"),
    [
        ("states", "startExecution", "stepfunctions"),
        ("sfn", "startExecution", "stepfunctions"),
        ("events", "putEvents", "events"),
        ("eventbridge", "putEvents", "events"),
        ("cloudwatchlogs", "putLogEvents", "logs"),
        ("emr-containers", "startJobRun", "emr-containers"),
        ("bedrock", "invokeModel", "bedrock-runtime"),
    ],
)
def test_optimised_and_sdk_names_find_the_same_api(service: str, action: str, client: str) -> None:
    assert operation(service, action).client == client


def test_members_of_camel_case_apis_are_in_pascal_case() -> None:
    found = operation("states", "startExecution")
    assert found.output.required == ("ExecutionArn", "StartDate")
    assert found.output.members["StartDate"].kind == "timestamp"


def test_a_token_that_the_sdk_makes_is_not_required() -> None:
    found = operation("ecs", "runTask").input
    assert "ClientToken" in found.members
    assert "ClientToken" not in found.required


def test_what_is_no_api_is_none() -> None:
    models = Models()
    assert models.operation("http", "invoke") is None
    assert models.operation("eks", "call") is None
    assert models.operation("nothing", "here") is None
    assert models.operation("dynamodb", "putitem") is None
    assert models.actions("nothing") == ()
    assert models.actions("http") == ()


def test_names_for_hints() -> None:
    models = Models()
    assert {"dynamodb", "sfn", "cloudwatchlogs"} <= set(models.services())
    assert "putItem" in models.actions("dynamodb")


def test_an_operation_without_output_gives_an_empty_structure() -> None:
    assert operation("sqs", "deleteQueue").output is EMPTY
    assert EMPTY.members == {}
    assert EMPTY.element is None


def test_any_json_is_a_document() -> None:
    schema = at(
        operation("bedrockruntime", "converse").input, "ToolConfig", "Tools", "[]", "ToolSpec"
    )
    assert at(schema, "InputSchema", "Json").kind == "document"
