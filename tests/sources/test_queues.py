"""The event of an SQS batch, and which messages come back."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.sources.queues import failed_message_ids, sqs_event
from simulator.values import Json

ARN = "arn:aws:sqs:us-east-1:111122223333:jobs"


def test_a_message_becomes_a_record_in_lambdas_words() -> None:
    message: dict[str, Any] = {
        "MessageId": "m-1",
        "ReceiptHandle": "r-1",
        "Body": "{}",
        "MD5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
        "Attributes": {"ApproximateReceiveCount": "1"},
        "MessageAttributes": {
            "kind": {"StringValue": "a", "DataType": "String"},
            "raw": {"BinaryValue": b"\x00\x01", "DataType": "Binary"},
        },
        "MD5OfMessageAttributes": "abc",
    }
    empty: Json = []
    assert sqs_event([message], ARN, "us-east-1") == {
        "Records": [
            {
                "messageId": "m-1",
                "receiptHandle": "r-1",
                "body": "{}",
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {
                    "kind": {
                        "stringValue": "a",
                        "stringListValues": empty,
                        "binaryListValues": empty,
                        "dataType": "String",
                    },
                    "raw": {
                        "binaryValue": "AAE=",
                        "stringListValues": empty,
                        "binaryListValues": empty,
                        "dataType": "Binary",
                    },
                },
                "md5OfMessageAttributes": "abc",
                "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
                "eventSource": "aws:sqs",
                "eventSourceARN": ARN,
                "awsRegion": "us-east-1",
            }
        ]
    }


def failures(*ids: Json) -> Json:
    return {"batchItemFailures": [{"itemIdentifier": identity} for identity in ids]}


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        (None, []),
        ({}, []),
        ({"batchItemFailures": None}, []),
        (failures(), []),
        (failures("c", "a"), ["a", "c"]),
        (failures(""), ["a", "b", "c"]),
        (failures(None), ["a", "b", "c"]),
        (failures("unknown"), ["a", "b", "c"]),
        ({"batchItemFailures": [{"id": "a"}]}, ["a", "b", "c"]),
        ({"batchItemFailures": ["a"]}, ["a", "b", "c"]),
        ({"batchItemFailures": "a"}, ["a", "b", "c"]),
        ("done", ["a", "b", "c"]),
    ],
)
def test_an_answer_names_the_messages_that_come_back(result: Json, failed: list[str]) -> None:
    assert failed_message_ids(result, ["a", "b", "c"]) == failed
