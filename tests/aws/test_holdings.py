"""What is read from the stand-ins themselves is what their API answers, and changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.aws.cloud import Cloud
from simulator.aws.holdings import Queue, Table

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
ACCOUNT = "111122223333"
ITEM = {
    "id": {"S": "a"},
    "at": {"N": "7"},
    "binary": {"B": b"\x00\xff"},
    "binaries": {"BS": [b"a", b"b"]},
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
    "numbers": {"NS": ["1", "2"]},
    "list": {"L": [{"S": "x"}, {"M": {"deep": {"L": [{"B": b"\x01"}]}}}, {"SS": ["q"]}]},
}


class World:
    """A Cloud whose clock can be set."""

    def __init__(self):
        self.now = NOW
        self.cloud = Cloud(ACCOUNT, "us-east-1", lambda: self.now)


@pytest.fixture
def world():
    made = World()
    with made.cloud:
        yield made


def make_table(client, name, *keys, expiry=None):
    kinds = {"id": "S", "at": "N"}
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kinds[key]} for key in sorted(keys)
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    if expiry:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": expiry}
        )


def test_tables_hold_what_scan_gives(world):
    client = world.cloud.client("dynamodb")
    make_table(client, "Payments", "id", "at", expiry="gone_at")
    make_table(client, "Empty", "id")
    for number in ("10", "9"):
        client.put_item(TableName="Payments", Item=ITEM | {"at": {"N": number}})
    made = len(world.cloud.calls)

    assert world.cloud.tables() == [
        Table(
            "Payments",
            ("id", "at"),
            "gone_at",
            (ITEM | {"at": {"N": "9"}}, ITEM | {"at": {"N": "10"}}),
        ),
        Table("Empty", ("id",), "", ()),
    ]

    assert len(world.cloud.calls) == made
    assert list(world.cloud.tables()[0].items) == client.scan(TableName="Payments")["Items"]


def test_what_was_read_is_a_copy(world):
    client = world.cloud.client("dynamodb")
    make_table(client, "T", "id")
    client.put_item(TableName="T", Item={"id": {"S": "a"}, "numbers": {"NS": ["1"]}})
    world.cloud.tables()[0].items[0]["numbers"]["NS"].append("2")
    assert world.cloud.tables()[0].items[0]["numbers"] == {"NS": ["1"]}


def test_tables_are_those_of_the_account(world):
    make_table(world.cloud.client("dynamodb"), "Ours", "id")
    with world.cloud.inside("444455556666"):
        assert world.cloud.tables() == []
        make_table(world.cloud.client("dynamodb"), "Theirs", "id")
        assert [table.name for table in world.cloud.tables()] == ["Theirs"]
    assert [table.name for table in world.cloud.tables()] == ["Ours"]


def test_queues_hold_delayed_and_taken_messages_that_are_not_visible(world):
    client = world.cloud.client("sqs")
    url = client.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]

    def counted():
        world.now += timedelta(
            milliseconds=1
        )  # a message is there after the instant of its sending
        found = client.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        [queue] = world.cloud.queues()
        assert queue.visible == int(found["Attributes"]["ApproximateNumberOfMessages"])
        return queue

    client.send_message(QueueUrl=url, MessageBody="first")
    assert counted() == Queue("work", 1, ("first",))
    client.receive_message(QueueUrl=url)
    client.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=10)
    client.send_message(QueueUrl=url, MessageBody="now")
    assert counted() == Queue("work", 1, ("first", "later", "now"))
    world.now += timedelta(seconds=10)
    assert counted().visible == 2
    world.now += timedelta(seconds=19, milliseconds=994)
    for _ in range(6):  # across the end of the time for which it was taken, to the millisecond
        counted()
    assert counted().visible == 3
