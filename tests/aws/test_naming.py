"""AWS's names, in and out."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from simulator.aws.naming import (
    BadParameters,
    client_name,
    exception_name,
    is_bad_parameters,
    method_name,
    operation,
    output_of,
    sdk_title,
    to_output,
    to_parameters,
)
from simulator.errors import UsageError


@pytest.mark.parametrize(
    ("sdk", "boto3"),
    [
        ("dynamodb", "dynamodb"),
        ("sfn", "stepfunctions"),
        ("eventbridge", "events"),
        ("cloudwatchlogs", "logs"),
        ("accessanalyzer", "accessanalyzer"),
        ("cognitoidentityprovider", "cognito-idp"),
        ("cognitoidp", "cognito-idp"),  # boto3's own name, which people write too
        ("elasticloadbalancing", "elb"),
        ("elasticloadbalancingv2", "elbv2"),
        ("costexplorer", "ce"),
        ("costandusagereportservice", "cur"),
        ("costandusagereport", "cur"),
        ("applicationdiscoveryservice", "discovery"),
        ("databasemigrationservice", "dms"),
        ("databasemigration", "dms"),
        ("configservice", "config"),
        ("directoryservice", "ds"),
        ("directoryservicedata", "ds-data"),
        ("elasticsearchservice", "es"),
        ("iotdataplane", "iot-data"),
        ("iotjobsdataplane", "iot-jobs-data"),
        ("lexmodelbuildingservice", "lex-models"),
        ("lexruntimeservice", "lex-runtime"),
        ("lexmodelsv2", "lexv2-models"),
        ("lexruntimev2", "lexv2-runtime"),
        ("marketplaceentitlementservice", "marketplace-entitlement"),
        ("marketplacemetering", "meteringmarketplace"),
        ("migrationhub", "mgh"),
        ("pinpointsmsvoice", "pinpoint-sms-voice"),
        ("serverlessapplicationrepository", "serverlessrepo"),
        ("simpledb", "sdb"),
    ],
)
def test_a_service_is_found_by_the_name_the_sdk_gives_it(sdk, boto3):
    assert client_name(sdk) == boto3


def test_an_unknown_service_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match=r"no AWS SDK client is called 'dynamobd'.*dynamodb"):
        client_name("dynamobd")


def test_an_action_is_found_and_has_a_python_method():
    found = operation("dynamodb", "transactWriteItems")

    assert (found.name, method_name(found)) == ("TransactWriteItems", "transact_write_items")


def test_an_unknown_action_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match=r"dynamodb has no action 'putItm'.*putItem"):
        operation("dynamodb", "putItm")


def test_parameters_get_the_names_and_types_the_sdk_wants():
    send = operation("sqs", "sendMessage")
    invoke = operation("lambda", "invoke")

    # AWS: an object where a text is wanted is written as JSON (recorded)
    assert to_parameters(send, {"QueueUrl": "q", "MessageBody": {"a": 1}}) == {
        "QueueUrl": "q",
        "MessageBody": '{"a":1}',
    }
    assert to_parameters(invoke, {"FunctionName": "f", "Payload": "{}"}) == {
        "FunctionName": "f",
        "Payload": b"{}",
    }


def test_keys_of_maps_are_data_and_stay():
    put = operation("dynamodb", "putItem")

    assert to_parameters(put, {"TableName": "T", "Item": {"card_id": {"S": "x"}}}) == {
        "TableName": "T",
        "Item": {"card_id": {"S": "x"}},
    }


def test_members_in_pascal_case_reach_apis_with_other_cases():
    post = operation("accessanalyzer", "getFinding")

    assert to_parameters(post, {"AnalyzerArn": "a", "Id": "1"}) == {"analyzerArn": "a", "id": "1"}


def test_an_unknown_parameter_is_refused_with_its_place():
    put = operation("dynamodb", "putItem")

    with pytest.raises(BadParameters, match=r"The field 'TabelName' is not supported.*TableName"):
        to_parameters(put, {"TabelName": "T"})


@pytest.mark.parametrize("payload", [[], "text", None, 3])
def test_parameters_must_be_an_object(payload):
    with pytest.raises(BadParameters, match="must be an object"):
        to_parameters(operation("dynamodb", "putItem"), payload)


def test_an_answer_is_json_with_pascal_case_names_and_no_metadata():
    answer = {
        "analyzers": [{"arn": "a", "createdAt": datetime(2026, 3, 1, 12, tzinfo=UTC)}],
        "Body": BytesIO(b"text"),
        "Raw": b"raw",
        "ResponseMetadata": {"HTTPStatusCode": 200},
    }

    assert to_output(answer) == {
        "Analyzers": [{"Arn": "a", "CreatedAt": "2026-03-01T12:00:00Z"}],
        "Body": "text",
        "Raw": "raw",
    }


def test_an_answers_own_map_keys_are_not_renamed():
    get = operation("dynamodb", "getItem")
    answer = {"Item": {"card_id": {"S": "x"}}, "ResponseMetadata": {}}

    assert output_of(get, answer) == {"Item": {"card_id": {"S": "x"}}}


def test_an_operation_without_output_gives_an_empty_object():
    assert output_of(operation("sqs", "deleteMessage"), {"ResponseMetadata": {}}) == {}


@pytest.mark.parametrize(
    ("client", "title"),
    [
        ("dynamodb", "DynamoDb"),
        ("stepfunctions", "Sfn"),
        ("secretsmanager", "SecretsManager"),
        ("s3", "S3"),
    ],
)
def test_errors_name_a_service_as_the_sdk_does(client, title):
    assert sdk_title(client) == title


@pytest.mark.parametrize(
    ("client", "code", "name"),
    [
        ("dynamodb", "ConditionalCheckFailedException", "ConditionalCheckFailedException"),
        ("s3", "NoSuchBucket", "NoSuchBucket"),
        ("sns", "NotFound", "NotFoundException"),
        ("sqs", "QueueDoesNotExist", "QueueDoesNotExist"),
        ("dynamodb", "NoSuchBucket", None),
        ("dynamodb", "ValidationException", None),
    ],
)
def test_a_services_own_exceptions_are_found_by_their_code(client, code, name):
    assert exception_name(client, code) == name


def test_only_what_botocore_does_not_send_is_a_matter_of_parameters():
    assert is_bad_parameters(ParamValidationError(report="x"))
    assert not is_bad_parameters(ClientError({}, "x"))
