"""Service integrations: what goes out, what comes back, what it is called when it goes wrong."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from simulator.aws.calls import ServiceError
from simulator.aws.faults import Fault
from simulator.engine.ports import Success
from simulator.errors import UsageError
from tests.tasks.conftest import ACCOUNT, states, task

TABLE, ITEM = "lab-Table", {"id": {"S": "1"}, "card_id": {"S": "c"}}
QUEUE = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/lab-Queue"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:lab-Topic"
PUT = task("dynamodb:putItem", {"TableName": TABLE, "Item": ITEM})


def run(world, payload=None):
    execution = world.start("Main", payload or {})
    world.run()
    return execution


def bare(output):
    """Without the metadata of the SDK."""
    return {name: value for name, value in output.items() if not name.startswith("Sdk")}


def received(world):
    with world.cloud.calling("scenario"):
        client = world.cloud.client("sqs")
        return [message["Body"] for message in client.receive_message(QueueUrl=QUEUE)["Messages"]]


# -- optimised integrations -------------------------------------------------------------------------


def test_items_are_put_got_updated_and_deleted(lab):
    key = {"TableName": TABLE, "Key": {"id": {"S": "1"}}}
    update = {
        **key,
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "2"}},
        "ReturnValues": "UPDATED_NEW",
    }
    world = lab(
        Main=states(
            Put={**PUT, "ResultPath": "$.put"},
            Update={**task("dynamodb:updateItem", update), "ResultPath": "$.update"},
            Get={**task("dynamodb:getItem", key), "ResultPath": "$.get"},
            Delete={**task("dynamodb:deleteItem", key), "ResultPath": "$.delete"},
            Again={**task("dynamodb:getItem", key), "ResultPath": "$.again"},
        )
    )
    output = run(world).output
    assert {name: bare(value) for name, value in output.items()} == {
        "put": {},
        "update": {"Attributes": {"n": {"N": "2"}}},
        "get": {"Item": {**ITEM, "n": {"N": "2"}}},
        "delete": {},
        "again": {},
    }
    assert output["put"]["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_a_text_is_an_attribute_value_of_type_s(lab):
    """The optimised integration only; published runs of aws-samples show it."""
    item = {"id": "1", "tags": {"L": ["a", {"N": "2"}]}}
    world = lab(
        Main=states(
            Put={
                **task("dynamodb:putItem", {"TableName": TABLE, "Item": item}),
                "ResultPath": None,
            },
            Get=task("dynamodb:getItem", {"TableName": TABLE, "Key": {"id": "1"}}),
        )
    )
    assert bare(run(world).output) == {
        "Item": {"id": {"S": "1"}, "tags": {"L": [{"S": "a"}, {"N": "2"}]}}
    }


def test_calls_of_a_state_are_made_by_it(lab):
    world = lab(Main=states(Save=PUT))
    run(world)
    assert [(call.name, call.caller) for call in world.cloud.calls] == [
        ("dynamodb:PutItem", "Save")
    ]


def test_a_message_that_is_an_object_is_sent_as_json_and_unknown_fields_are_dropped(lab):
    send = task("sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": {"a": 1}, "Unknown": 1})
    world = lab(Main=states(Send=send))
    output = bare(run(world).output)
    assert set(output) == {"MD5OfMessageBody", "MessageId"}
    assert received(world) == ['{"a":1}']


def test_a_notification_reaches_the_topics_queue(lab):
    world = lab(Main=states(Tell=task("sns:publish", {"TopicArn": TOPIC, "Message": {"a": 1}})))
    assert set(bare(run(world).output)) == {"MessageId"}
    (body,) = received(world)
    assert json.loads(body)["Message"] == '{"a":1}'


PUT_EVENT = {"Entries": [{"Source": "lab", "DetailType": "made", "Detail": {"a": 1}}]}


def test_events_are_put_on_the_bus_and_the_answer_has_no_metadata(lab):
    world = lab(Main=states(Put=task("events:putEvents", PUT_EVENT)))
    output = run(world).output
    assert (set(output), output["FailedEntryCount"]) == ({"Entries", "FailedEntryCount"}, 0)
    (routed,) = world.routed
    assert (routed.event["source"], routed.event["detail"]) == ("lab", {"a": 1})


def test_an_event_that_fails_fails_the_task_with_the_answer_as_its_cause(lab):
    world = lab(Main=states(Put=task("events:putEvents", PUT_EVENT)))
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    world.cloud.emulate("events", "PutEvents", lambda _call: answer)
    done = run(world)
    assert (done.error, json.loads(done.cause)) == ("EventBridge.FailedEntry", answer)


@pytest.mark.parametrize(
    ("resource", "parameters"),
    [
        (
            "events:putEvents",
            {"Entries": [{**PUT_EVENT["Entries"][0], "Detail": {"t.$": "$$.Task.Token"}}]},
        ),
        ("sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": {"t.$": "$$.Task.Token"}}),
        ("sns:publish", {"TopicArn": TOPIC, "Message": {"t.$": "$$.Task.Token"}}),
        (
            "aws-sdk:sqs:sendMessage",
            {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"},
        ),
    ],
)
def test_a_callback_task_waits_for_its_token(lab, resource, parameters):
    world = lab(Main=states(Ask=task(f"{resource}.waitForTaskToken", parameters)))
    execution = world.start("Main", {})
    world.run(until=timedelta(hours=1))
    assert execution.status == "RUNNING"
    (opened,) = world.open_tasks()
    world.settle(opened.token, Success("yes"))
    world.run()
    assert (execution.status, execution.output) == ("SUCCEEDED", "yes")


@pytest.mark.parametrize(
    ("state", "error", "cause"),
    [
        (
            task("dynamodb:putItem", {"TableName": "None", "Item": ITEM}),
            "DynamoDB.ResourceNotFoundException",
            "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code:"
            " ResourceNotFoundException; Request ID: ",
        ),
        (
            task(
                "dynamodb:putItem",
                {"TableName": TABLE, "Item": ITEM, "ConditionExpression": "attribute_exists(id)"},
            ),
            "DynamoDB.ConditionalCheckFailedException",
            "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400;",
        ),
        (
            task("dynamodb:putItem", {"TableName": TABLE, "Item": {"n": {"S": "1"}}}),
            "DynamoDB.AmazonDynamoDBException",  # ValidationException is not in the model
            "One or more parameter values were invalid: Missing the key id in the item",
        ),
        (
            task("sqs:sendMessage", {"QueueUrl": f"{QUEUE}x", "MessageBody": "x"}),
            "SQS.QueueDoesNotExistException",
            "The specified queue does not exist. (Service: AmazonSQS; Status Code: 400;",
        ),
        (
            task("sns:publish", {"TopicArn": f"{TOPIC}x", "Message": "x"}),
            "SNS.NotFoundException",
            "Endpoint does not exist (Service: AmazonSNS; Status Code: 404;",
        ),
        (
            task("aws-sdk:dynamodb:describeTable", {"TableName": "None"}),
            "DynamoDb.ResourceNotFoundException",
            "Requested resource not found: Table: None not found (Service: DynamoDb, Status Code:"
            " 400, Request ID: ",
        ),
        (
            task("aws-sdk:s3:getObject", {"Bucket": "none", "Key": "k"}),
            "S3.NoSuchBucketException",
            "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: ",
        ),
        (
            task("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "none"}),
            "SecretsManager.ResourceNotFoundException",
            "Secrets Manager can't find the specified secret. (Service: SecretsManager, Status",
        ),
        (
            task("aws-sdk:dynamodb:putItem", {"TableName": TABLE, "Item": {"n": {"S": "1"}}}),
            "DynamoDb.DynamoDbException",
            "One or more parameter values were invalid: Missing the key id in the item (Service:"
            " DynamoDb, Status Code: 400, Request ID: ",
        ),
        (
            task("aws-sdk:sfn:describeExecution", {"ExecutionArn": "arn:none"}),
            "Sfn.ExecutionDoesNotExistException",
            "Execution Does Not Exist: 'arn:none' (Service: Sfn, Status Code: 400, Request ID: ",
        ),
    ],
)
def test_a_refusal_has_the_integrations_name_and_cause(once, state, error, cause):
    done = once(state)
    assert done.error == error
    assert done.cause.startswith(cause)


@pytest.mark.parametrize(
    ("resource", "parameters", "error", "cause"),
    [
        (  # recorded
            "sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": None},
            "SQS.AmazonSQSException",
            "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code:"
            " 400; Error Code: MissingParameter; Request ID: ",
        ),
        (  # recorded
            "sqs:sendMessage", {"QueueUrl": "http://no-such-queue-1", "MessageBody": "a"},
            "SQS.SdkClientException",
            "Unable to execute HTTP request: no-such-queue-1: Name or service not known",
        ),
        (  # recorded
            "aws-sdk:dynamodb:putItem", {"TableName": "None", "Item": None},
            "DynamoDb.DynamoDbException",
            "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member"
            " must not be null (Service: DynamoDb, Status Code: 400, Request ID: ",
        ),
        (
            "aws-sdk:dynamodb:putItem", {},
            "DynamoDb.DynamoDbException",
            "2 validation errors detected: Value null at 'tableName' failed to satisfy constraint:"
            " Member must not be null; Value null at 'item' failed",
        ),
        (
            "glue:startJobRun", {"JobName": "none"},
            "Glue.EntityNotFoundException", "Job none not found. (Service: AWSGlue; Status Code: 400",
        ),
        (
            "ecs:runTask", {"Cluster": "none", "TaskDefinition": "none"},
            "ECS.ClusterNotFoundException", "Cluster not found. (Service: AmazonECS; Status Code: 400",
        ),
        (
            "aws-sdk:s3:getObject", {"Bucket": "none", "Key": "k"},
            "S3.NoSuchBucketException", "The specified bucket does not exist (Service: S3, Status",
        ),
        (
            "aws-sdk:secretsmanager:createSecret", {"Name": None},
            "SecretsManager.SecretsManagerException", "1 validation error detected: Value null at",
        ),
    ],
)  # fmt: skip
def test_what_services_answer_to_calls_they_cannot_do(once, resource, parameters, error, cause):
    done = once(task(resource, parameters))
    assert (done.error, done.cause[: len(cause)]) == (error, cause)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("text data", b'"text data"'), (False, b"false"), (0, b"0"), ({"A": "b"}, b'{"A":"b"}'),
        (["a", "b"], b'["a","b"]'),
    ],
)  # fmt: skip
def test_a_body_is_written_as_json(lab, body, kept):
    """Recorded: the ETags are those of these texts."""
    put = task("aws-sdk:s3:putObject", {"Bucket": "bucket", "Key": "k", "Body": body})
    world = lab(Main=states(Put=put))
    with world.cloud.calling("scenario"):
        client = world.cloud.client("s3")
        client.create_bucket(Bucket="bucket")
        assert run(world).status == "SUCCEEDED"
        assert client.get_object(Bucket="bucket", Key="k")["Body"].read() == kept


def test_s3_has_two_request_ids(once):
    """Recorded."""
    done = once(task("aws-sdk:s3:getObject", {"Bucket": "none", "Key": "k"}))
    assert ", Extended Request ID: " in done.cause


def test_names_of_answers_are_those_of_each_sdk(lab):
    """Recorded: the optimised integration keeps MD5OfMessageBody; the newer SDK writes Md5."""
    given = {"QueueUrl": QUEUE, "MessageBody": "a"}
    world = lab(
        Main=states(
            Old={**task("sqs:sendMessage", given), "ResultPath": "$.old"},
            New={**task("aws-sdk:sqs:sendMessage", given), "ResultPath": "$.new"},
        )
    )
    output = run(world).output
    assert set(bare(output["old"])) == {"MD5OfMessageBody", "MessageId"}
    assert set(output["new"]) == {"Md5OfMessageBody", "MessageId"}


def test_the_metadata_of_dynamodb_is_as_recorded(once):
    headers = once(PUT).output["SdkHttpMetadata"]["AllHttpHeaders"]
    assert list(headers) == [
        "Server", "Connection", "x-amzn-RequestId", "x-amz-crc32", "Content-Length", "Date",
        "Content-Type",
    ]  # fmt: skip
    assert (headers["Content-Length"], headers["Content-Type"]) == (
        ["2"],
        ["application/x-amz-json-1.0"],
    )


def test_a_cluster_of_emr_has_its_own_names(lab):
    world = lab(
        Main=states(Make=task("elasticmapreduce:createCluster", {"Name": "n", "Instances": {}}))
    )
    world.cloud.emulate("emr", "RunJobFlow", lambda _call: {"JobFlowId": "j", "ClusterArn": "a"})
    assert bare(run(world).output) == {"ClusterId": "j", "ClusterArn": "a"}


def test_what_a_model_answers_is_parsed(lab):
    state = task("bedrock:invokeModel", {"ModelId": "m", "Body": {"prompt": "hello"}})
    world = lab(Main=states(Ask=state))
    sent = []

    def answer(call):
        sent.append(json.loads(call.parameters["body"]))
        return {"body": io.BytesIO(b'{"completion":"hi"}'), "contentType": "application/json"}

    world.cloud.emulate("bedrock-runtime", "InvokeModel", answer)
    assert bare(run(world).output) == {
        "Body": {"completion": "hi"},
        "ContentType": "application/json",
    }
    assert sent == [{"prompt": "hello"}]


def test_a_models_question_that_is_not_there_fails_the_task(once):
    given = {"ModelId": "m", "Input": {"S3Uri": "s3://none/in.json"}}
    done = once(task("bedrock:invokeModel", given))
    assert done.error == "Bedrock.NoSuchBucketException"


def test_a_models_question_and_answer_may_lie_in_s3(lab):
    given = {
        "ModelId": "m",
        "Input": {"S3Uri": "s3://bucket/in.json"},
        "Output": {"S3Uri": "s3://bucket/out/it.json"},
    }
    world = lab(Main=states(Ask=task("bedrock:invokeModel", given)))
    with world.cloud.calling("scenario"):
        client = world.cloud.client("s3")
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="in.json", Body=b'{"prompt":"hello"}')
        world.cloud.emulate(
            "bedrock-runtime", "InvokeModel",
            lambda call: {"body": io.BytesIO(call.parameters["body"]), "contentType": "a"},
        )  # fmt: skip
        assert bare(run(world).output) == {"Body": "s3://bucket/out/it.json", "ContentType": "a"}
        kept = client.get_object(Bucket="bucket", Key="out/it.json")["Body"].read()
        assert kept == b'{"prompt":"hello"}'


@pytest.mark.parametrize(
    ("resource", "parameters", "told"),
    [
        (
            "eks:call",
            {
                "ClusterName": "c", "CertificateAuthority": "a", "Endpoint": "e", "Method": "GET",
                "Path": "/",
            },
            "eks:call reaches into a Kubernetes cluster; script the state's results",
        ),
        (
            "elasticmapreduce:modifyInstanceFleetByName",
            {"ClusterId": "j", "InstanceFleetName": "f", "InstanceFleet": {}},
            "looks instances up by name, which the stand-ins cannot do; script the state's results",
        ),
    ],
)  # fmt: skip
def test_what_no_stand_in_can_do_is_refused_with_a_way_out(lab, resource, parameters, told):
    world = lab(Main=states(Do=task(resource, parameters)))
    world.start("Main", {})
    with pytest.raises(UsageError, match=told):
        world.run()


def test_a_fault_fails_the_state_as_the_service_would(lab):
    retry = {"ErrorEquals": ["DynamoDB.ProvisionedThroughputExceededException"]}
    world = lab(Main=states(Save={**PUT, "Retry": [retry]}))
    world.cloud.inject(
        Fault(
            "dynamodb", "PutItem", "ProvisionedThroughputExceededException", function="Save",
            times=2, table=f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}",
        )
    )  # fmt: skip
    done = run(world)
    assert (done.status, [call.error for call in world.cloud.calls]) == (
        "SUCCEEDED",
        ["ProvisionedThroughputExceededException"] * 2 + [None],
    )


# -- SDK integrations -------------------------------------------------------------------------------


def test_sdk_answers_have_pascal_case_names_and_iso_times(lab):
    world = lab(
        Main=states(
            Describe=task("aws-sdk:sfn:describeStateMachine", {"StateMachineArn.$": "$$.StateMachine.Id"})
        )
    )  # fmt: skip
    output = run(world).output
    assert (output["Name"], output["CreationDate"], output["Type"]) == (
        "lab-Main",
        "2026-01-01T00:00:00Z",
        "STANDARD",
    )


def test_sdk_answers_keep_the_keys_of_data(once):
    state = task("aws-sdk:dynamodb:putItem", {"TableName": TABLE, "Item": ITEM})
    assert once(state).output == {}


def test_an_sdk_call_sends_tokens_that_a_task_waits_for(lab):
    send = task("aws-sdk:sfn:sendTaskSuccess", {"TaskToken.$": "$.token", "Output": {"sent": True}})
    ask = task(
        "sqs:sendMessage.waitForTaskToken", {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"}
    )
    world = lab(Main=states(Ask=ask), Sender=states(Send=send))
    waiting = world.start("Main", {})
    world.run(until=timedelta(seconds=1))
    sender = world.start("Sender", {"token": world.open_tasks()[0].token})
    world.run()
    assert (waiting.output, sender.output) == ({"sent": True}, {})


def test_an_unknown_field_fails_the_execution(once):
    done = once(task("aws-sdk:dynamodb:getItem", {"TabelName": TABLE, "Key": {}}))
    assert done.error == "States.Runtime"
    assert done.cause.endswith('[The field "TabelName" is not supported by Step Functions]')


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (
            {"TableName": 5, "Key": {"id": {"S": "1"}}},
            "[The value for the field 'TableName' must be a STRING]",
        ),
        ({"TableName": TABLE, "Key": "1"}, "[The value for the field 'Key' must be an OBJECT]"),
        ({"TableName": TABLE}, "[The field 'Key' is required but was missing]"),
    ],
)
def test_parameters_that_cannot_be_sent_fail_the_execution(once, parameters, told):
    done = once(task("dynamodb:getItem", parameters))
    assert (done.error, told in done.cause) == ("States.Runtime", True)


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("aws-sdk:dynamobd:getItem", "no AWS SDK client is called 'dynamobd'; did you mean"),
        ("aws-sdk:dynamodb:getItm", "dynamodb has no action 'getItm'; did you mean 'getItem'"),
    ],
)
def test_a_service_or_action_that_does_not_exist_is_refused(lab, resource, told):
    world = lab(Main=states(A=task(resource, {})))
    world.start("Main", {})
    with pytest.raises(UsageError, match=told):
        world.run()


def test_what_the_stand_ins_lack_is_said_with_the_state(lab):
    world = lab(Main=states(Look=task("aws-sdk:accessanalyzer:listAnalyzers", {})))
    world.start("Main", {})
    with pytest.raises(
        UsageError, match="Look calls accessanalyzer:ListAnalyzers, which the stand"
    ):
        world.run()


def test_an_emulation_refuses_as_the_service_would(lab):
    def refuse(_call):
        raise ServiceError("AccessDeniedException", "not you", 403)

    world = lab(Main=states(Look=task("aws-sdk:accessanalyzer:listAnalyzers", {})))
    world.cloud.emulate("accessanalyzer", "*", refuse)
    done = run(world)
    assert done.error == "AccessAnalyzer.AccessDeniedException"
    assert done.cause.startswith("not you (Service: AccessAnalyzer, Status Code: 403, Request ID: ")


def test_a_crash_of_a_stand_in_is_said_with_the_state(lab):
    world = lab(Main=states(Ask=task("aws-sdk:dynamodb:executeStatement", {"Statement": "odd"})))
    world.start("Main", {})
    with pytest.raises(Exception, match="Ask calls dynamodb:ExecuteStatement, and the stand-in br"):
        world.run()
