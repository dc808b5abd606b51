"""What happens to a boto3 call on its way: record, fault, guard, emulation, moto."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from simulator.aws.calls import ServiceError
from simulator.aws.cloud import Cloud
from simulator.aws.faults import Fault
from simulator.errors import SimulatorError, UsageError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLE = {
    "TableName": "Payments",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def cloud():
    with Cloud("111122223333", "us-east-1", lambda: NOW) as made:
        made.client("dynamodb").create_table(**TABLE)
        made.calls.clear()
        yield made


def put(cloud, key="p-1", caller="Settle", **more):
    with cloud.calling(caller):
        return cloud.client("dynamodb").put_item(
            TableName="Payments", Item={"id": {"S": key}}, **more
        )


def ids(cloud):
    items = cloud.client("dynamodb").scan(TableName="Payments")["Items"]
    return sorted(item["id"]["S"] for item in items)


def code_of(caught):
    return caught.value.response["Error"]["Code"]


def test_a_call_is_recorded_with_caller_time_and_result(cloud):
    put(cloud)

    assert [(call.name, call.caller, call.at, call.parameters) for call in cloud.calls] == [
        (
            "dynamodb:PutItem",
            "Settle",
            NOW,
            {"TableName": "Payments", "Item": {"id": {"S": "p-1"}}},
        )
    ]
    assert cloud.calls[0].error is None
    assert cloud.calls[0].result["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_failed_call_is_recorded_with_its_code(cloud):
    with pytest.raises(ClientError):
        cloud.client("dynamodb").get_item(TableName="Payment", Key={"id": {"S": "x"}})

    assert [(call.error, call.result) for call in cloud.calls] == [
        ("ResourceNotFoundException", None)
    ]


def test_what_the_caller_does_to_its_parameters_later_is_not_in_the_record(cloud):
    item = {"id": {"S": "p-1"}}
    cloud.client("dynamodb").put_item(TableName="Payments", Item=item)
    item["id"]["S"] = "changed"

    assert cloud.calls[0].parameters["Item"] == {"id": {"S": "p-1"}}


def test_what_the_caller_does_to_the_answer_later_is_not_in_the_record(cloud):
    put(cloud)
    answer = cloud.client("dynamodb").scan(TableName="Payments")
    answer["Items"][0]["id"]["S"] = "changed"
    answer["Items"].append("more")

    assert cloud.calls[-1].result["Items"] == [{"id": {"S": "p-1"}}]


def test_sets_and_byte_arrays_are_recorded_as_they_were(cloud):
    tags, blob = {"a"}, bytearray(b"x")
    with cloud.calling("Settle"):
        boto3.resource("dynamodb").Table("Payments").put_item(
            Item={"id": "p-1", "tags": tags, "blob": blob}
        )
    tags.add("b")
    blob.extend(b"y")

    assert cloud.calls[0].parameters["Item"] == {"id": "p-1", "tags": {"a"}, "blob": b"x"}


@pytest.mark.parametrize(
    ("operation", "method", "parameters", "error"),
    [
        ("ExecuteStatement", "execute_statement", {"Statement": "nonsense"}, "TypeError: "),
        ("Scan", "scan", {"TableName": "Payments", "FilterExpression": "a = :b"}, "KeyError: ':b'"),
    ],
)
def test_a_stand_in_that_breaks_down_is_an_error_for_people_and_is_remembered(
    cloud, operation, method, parameters, error
):
    with cloud.calling("Settle"), pytest.raises(SimulatorError) as caught:
        getattr(cloud.client("dynamodb"), method)(**parameters)

    told = str(caught.value)
    assert told.startswith(
        f"Settle calls dynamodb:{operation}, and the stand-in breaks down on it: {error}"
    )
    assert told.endswith(f"world.simulation.cloud.emulate('dynamodb', '{operation}', handler)")
    assert cloud.unsupported == [caught.value]


def test_parameters_that_botocore_refuses_are_the_callers_own_mistake(cloud):
    with pytest.raises(ParamValidationError):
        cloud.client("dynamodb").put_item(Item={})

    assert cloud.unsupported == []


def test_a_stream_can_be_a_parameter(cloud, tmp_path):
    client = cloud.client("s3")
    client.create_bucket(Bucket="reports")
    (tmp_path / "a.txt").write_bytes(b"from a file")
    with (tmp_path / "a.txt").open("rb") as file:
        client.put_object(Bucket="reports", Key="file", Body=file)
    client.put_object(Bucket="reports", Key="memory", Body=BytesIO(b"from memory"))

    bodies = [client.get_object(Bucket="reports", Key=key)["Body"] for key in ("file", "memory")]

    assert [body.read() for body in bodies] == [b"from a file", b"from memory"]


def test_a_fault_changes_nothing_and_the_next_call_works(cloud):
    cloud.inject(Fault("dynamodb", "PutItem", "ThrottlingException", "slow down"))

    with pytest.raises(ClientError) as caught:
        put(cloud, "p-1")
    put(cloud, "p-2")

    assert caught.value.response["Error"] == {"Code": "ThrottlingException", "Message": "slow down"}
    assert caught.value.operation_name == "PutItem"
    assert ids(cloud) == ["p-2"]
    assert [call.error for call in cloud.calls[:2]] == ["ThrottlingException", None]


def test_a_fault_has_the_exception_class_that_handlers_catch(cloud):
    cloud.inject(
        Fault("dynamodb", "PutItem", "ConditionalCheckFailedException", function="Settle", times=-1)
    )

    with pytest.raises(cloud.client("dynamodb").exceptions.ConditionalCheckFailedException):
        put(cloud)
    put(cloud, caller="Refund")


def test_an_ignored_call_looks_fine_and_changes_nothing(cloud):
    cloud.inject(Fault("dynamodb", "PutItem", effect="ignored"))

    answer = put(cloud)

    assert set(answer) == {"ResponseMetadata"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert ids(cloud) == []


def test_a_late_fault_lets_the_call_take_effect(cloud):
    cloud.inject(Fault("dynamodb", "PutItem", "InternalServerError", effect="after"))

    with pytest.raises(ClientError) as caught:
        put(cloud)

    assert code_of(caught) == "InternalServerError"
    assert ids(cloud) == ["p-1"]
    assert cloud.calls[0].error == "InternalServerError"


@pytest.mark.parametrize("caller", ["simulator", "scenario"])
def test_the_world_itself_is_never_hit_by_a_fault(cloud, caller):
    fault = Fault("dynamodb", "PutItem", "Throttling")
    cloud.inject(fault)

    put(cloud, caller=caller)

    assert fault.times == 1


def test_the_first_fault_that_fits_is_used_up_before_the_second(cloud):
    cloud.inject(Fault("dynamodb", "PutItem", "First"))
    cloud.inject(Fault("dynamodb", "PutItem", "Second"))
    codes = []
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            put(cloud)
        codes.append(code_of(caught))

    assert codes == ["First", "Second"]


def test_a_call_meets_fault_then_guard_then_emulation(cloud):
    met = []
    cloud.guard("dynamodb", "PutItem", lambda call: met.append(f"guard {call.caller}"))
    cloud.guard("dynamodb", "*", lambda _call: met.append("every guard"))
    cloud.emulate("dynamodb", "PutItem", lambda _call: met.append("emulation") or {})
    cloud.inject(Fault("dynamodb", "PutItem", "Throttling"))

    with pytest.raises(ClientError):
        put(cloud)
    assert met == []
    put(cloud)

    assert met == ["guard Settle", "every guard", "emulation"]
    assert ids(cloud) == []


def test_a_guard_refuses_before_anything_happens(cloud):
    def refuse(_call):
        raise ServiceError("AccessDenied", "not you", 403)

    cloud.guard("dynamodb", "PutItem", refuse)

    with pytest.raises(ClientError) as caught:
        put(cloud)

    assert caught.value.response["Error"] == {"Code": "AccessDenied", "Message": "not you"}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert ids(cloud) == []


def test_an_emulation_answers_for_a_service_that_moto_lacks(cloud):
    cloud.emulate("accessanalyzer", "*", lambda call: {"by": "star", "asked": call.parameters})
    cloud.emulate("accessanalyzer", "ListAnalyzers", lambda _call: {"analyzers": []})
    client = cloud.client("accessanalyzer")

    exact = client.list_analyzers()
    other = client.get_analyzer(analyzerName="a")

    assert exact["analyzers"] == []
    assert (other["by"], other["asked"]) == ("star", {"analyzerName": "a"})


def test_the_last_emulation_registered_wins(cloud):
    cloud.emulate("sqs", "ListQueues", lambda _call: {"QueueUrls": ["first"]})
    cloud.emulate("sqs", "ListQueues", lambda _call: {"QueueUrls": ["second"]})

    assert cloud.client("sqs").list_queues()["QueueUrls"] == ["second"]


def test_listeners_hear_only_of_calls_that_succeeded(cloud):
    heard = []
    cloud.on_call(lambda call: heard.append((call.operation, call.result is not None)))
    cloud.inject(Fault("dynamodb", "PutItem", "Throttling"))

    with pytest.raises(ClientError):
        put(cloud)
    put(cloud)

    assert heard == [("PutItem", True)]


@pytest.mark.parametrize(
    ("service", "operation", "method", "parameters"),
    [
        ("accessanalyzer", "ListAnalyzers", "list_analyzers", {}),  # no such service in moto
        ("dynamodb", "ListGlobalTables", "list_global_tables", {}),  # no such operation
        (
            "iam",
            "SimulateCustomPolicy",
            "simulate_custom_policy",
            {"PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"]},
        ),
    ],
)
def test_what_moto_lacks_is_no_client_error_and_is_remembered(
    cloud, service, operation, method, parameters
):
    with cloud.calling("Analyse"), pytest.raises(UsageError) as caught:
        getattr(cloud.client(service), method)(**parameters)

    assert str(caught.value).startswith(f"Analyse calls {service}:{operation}, which")
    assert f"cloud.emulate('{service}', '{operation}', handler)" in str(caught.value)
    assert cloud.unsupported == [caught.value]


def test_moto_sees_virtual_time(cloud):
    client = cloud.client("kms")
    first = client.create_key()["KeyMetadata"]["CreationDate"]
    with cloud.running("Settle"):
        cloud.spend(timedelta(minutes=5))
        second = client.create_key()["KeyMetadata"]["CreationDate"]

    assert (first, second) == (NOW, NOW + timedelta(minutes=5))
    assert [call.at for call in cloud.calls] == [NOW, NOW + timedelta(minutes=5)]


def test_consumed_capacity_is_told_only_when_it_is_asked_for(cloud):
    request = {
        "TableName": "Payments",
        "Key": {"id": {"S": "p-1"}},
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    client = cloud.client("dynamodb")
    plain = client.update_item(**request)
    asked = client.update_item(**request, ReturnConsumedCapacity="TOTAL")

    assert (set(plain), "ConsumedCapacity" in asked) == ({"ResponseMetadata"}, True)


def test_a_condition_that_does_not_hold_refuses_the_write(cloud):
    put(cloud)

    with pytest.raises(ClientError) as caught:
        put(cloud, ConditionExpression="attribute_not_exists(id)")

    assert code_of(caught) == "ConditionalCheckFailedException"


def test_a_transaction_is_written_whole_or_not_at_all(cloud):
    put(cloud, "p-1")

    def write(*keys):
        cloud.client("dynamodb").transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": "Payments",
                        "Item": {"id": {"S": key}},
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                }
                for key in keys
            ]
        )

    write("p-2", "p-3")
    with pytest.raises(ClientError) as caught:
        write("p-4", "p-1")

    reasons = caught.value.response["CancellationReasons"]
    assert code_of(caught) == "TransactionCanceledException"
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert ids(cloud) == ["p-1", "p-2", "p-3"]


def test_an_item_past_its_expiry_is_still_there_until_somebody_deletes_it(cloud):
    # AWS: expired items are deleted "within a few days" and readable until then (docs).
    client = cloud.client("dynamodb")
    client.update_time_to_live(
        TableName="Payments", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    past = str(int(NOW.timestamp()) - 1)
    client.put_item(TableName="Payments", Item={"id": {"S": "old"}, "until": {"N": past}})

    assert ids(cloud) == ["old"]


def test_boto3_resources_and_clients_made_elsewhere_come_through_here_too(cloud):
    with cloud.calling("Settle"):
        boto3.resource("dynamodb").Table("Payments").put_item(Item={"id": "r-1"})
        boto3.session.Session().client("dynamodb").delete_item(
            TableName="Payments", Key={"id": {"S": "none"}}
        )

    assert [(call.operation, call.caller) for call in cloud.calls] == [
        ("PutItem", "Settle"),
        ("DeleteItem", "Settle"),
    ]
    assert ids(cloud) == ["r-1"]


def test_a_held_message_is_shown_again_at_once_however_old_it_is(cloud):
    """AWS: 0 ends the invisibility now; the twelve hours count from the receipt (docs)."""
    now = [NOW]
    cloud._now = lambda: now[0]
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    now[0] += timedelta(days=1)
    held = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]

    def visible():
        names = ["ApproximateNumberOfMessages"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return found["Attributes"][names[0]]

    def change(seconds, handle=held):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=seconds)

    assert visible() == "0"
    change(0)
    assert visible() == "1"
    change(60)
    assert visible() == "0"
    now[0] += timedelta(seconds=61)
    assert visible() == "1"
    for seconds, handle, code in (
        (0, "nobody's", "ReceiptHandleIsInvalid"),
        (43_201, held, "InvalidParameterValue"),
    ):
        with pytest.raises(ClientError) as refused:
            change(seconds, handle)
        assert refused.value.response["Error"]["Code"] == code
