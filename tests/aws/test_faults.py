"""Which calls a fault wants, and how often."""

from datetime import UTC, datetime

import pytest

from simulator.aws.calls import ApiCall, ServiceError
from simulator.aws.faults import EFFECTS, KILLS, Fault
from simulator.errors import UsageError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ARN = "arn:aws:dynamodb:us-east-1:111122223333:table/Payments"


def call(operation, caller="Settle", service="dynamodb", **parameters):
    return ApiCall(service, operation, parameters, caller, NOW)


def test_a_call_has_the_name_people_write():
    assert call("PutItem").name == "dynamodb:PutItem"


def test_a_refusal_carries_code_message_and_status():
    error = ServiceError("Throttling", "slow down", 429)

    assert (error.code, error.message, error.status) == ("Throttling", "slow down", 429)
    assert str(error) == "slow down"


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (Fault("dynamodb", "PutItem"), True),
        (Fault("dynamodb", "GetItem"), False),
        (Fault("dynamodbstreams", "PutItem"), False),
        (Fault("dynamodb", "PutItem", function="Settle"), True),
        (Fault("dynamodb", "PutItem", function="Refund"), False),
        (Fault("dynamodb", "PutItem", table="Payments"), True),
        (Fault("dynamodb", "PutItem", table="Ledger"), False),
        (Fault("dynamodb", "PutItem", times=0), False),
        (Fault("dynamodb", "PutItem", times=-1), True),
        (Fault("dynamodb", "PutItem", kill="before"), False),
    ],
)
def test_a_fault_wants_only_the_calls_that_fit_all_its_fields(fault, wanted):
    assert fault.wants(call("PutItem", TableName="Payments")) is wanted


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("GetItem", {"TableName": "Payments"}),
        ("GetItem", {"TableName": ARN}),
        ("Query", {"TableName": f"{ARN}/index/ByCard"}),
        ("BatchGetItem", {"RequestItems": {ARN: {"Keys": []}}}),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": ARN}}]}),
        ("BatchWriteItem", {"RequestItems": {"Ledger": [], "Payments": []}}),
        ("BatchGetItem", {"RequestItems": {"Payments": {"Keys": []}}}),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "Ledger"}},
                    {"Put": {"TableName": "Payments"}},
                ]
            },
        ),
    ],
)
@pytest.mark.parametrize("table", ["Payments", ARN])
def test_a_table_is_found_wherever_a_call_names_it(table, operation, parameters):
    wanted = call(operation, **parameters)

    assert Fault("dynamodb", operation, table=table).wants(wanted)
    assert not Fault("dynamodb", operation, table="Orders").wants(wanted)


def test_a_table_does_not_fit_a_call_without_tables():
    assert not Fault("sqs", "SendMessage", table="Payments").wants(
        call("SendMessage", service="sqs", QueueUrl="https://q")
    )


def test_times_count_down_to_nothing_and_minus_one_for_ever():
    twice, always = Fault("s3", "PutObject", times=2), Fault("s3", "PutObject", times=-1)
    put = call("PutObject", service="s3")
    wanted = []
    for _ in range(3):
        wanted.append((twice.wants(put), always.wants(put)))
        twice.spend()
        always.spend()

    assert wanted == [(True, True), (True, True), (False, True)]
    assert (twice.times, always.times) == (0, -1)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("effect", "ignord", "a fault has no effect 'ignord'; did you mean 'ignored'?"),
        ("effect", "", "a fault has no effect ''; it may be before, after, ignored"),
        ("kill", "befor", "a fault has no kill 'befor'; did you mean 'before'?"),
        (
            "kill",
            "x",
            "a fault has no kill 'x'; it may be before, before_provider_call, after_provider_reply, after",
        ),
    ],
)
def test_a_fault_that_could_never_happen_is_refused(field, value, message):
    with pytest.raises(UsageError) as caught:
        Fault("dynamodb", "PutItem", **{field: value})

    assert str(caught.value) == message


def test_every_known_effect_and_kill_is_accepted():
    assert [Fault(effect=effect).effect for effect in (None, *EFFECTS)] == [None, *EFFECTS]
    assert [Fault(kill=kill).kill for kill in (None, *KILLS)] == [None, *KILLS]
