"""One world after another, and the function that runs in it."""

import os
import random
import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from simulator.aws.cloud import Cloud
from simulator.aws.faults import Fault, FunctionKilled
from simulator.errors import UsageError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


KEY = "0a1b2c3d-0000-4000-8000-00000000000a"


def world(account="111122223333", region="us-east-1", seed=0):
    return Cloud(account, region, lambda: NOW, seed=seed)


def identifiers(seed):
    """What moto and we make up while the same things are done."""
    with world(seed=seed) as cloud:
        sqs, kms, iam = (cloud.client(name) for name in ("sqs", "kms", "iam"))
        url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
        return [
            sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"],
            sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"],
            kms.create_key()["KeyMetadata"]["KeyId"],
            iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["RoleId"],
            cloud.request_id(),
        ]


def test_the_environment_is_the_worlds_inside_and_the_callers_after(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    before = dict(os.environ)

    with world(region="eu-west-1"):
        inside = (os.environ.get("AWS_PROFILE"), os.environ["AWS_REGION"])

    assert inside == (None, "eu-west-1")
    assert dict(os.environ) == before


def test_a_world_begins_empty():
    made = []
    for _ in range(3):
        with world() as cloud:
            s3, sqs = cloud.client("s3"), cloud.client("sqs")
            made.append((s3.list_buckets()["Buckets"], sqs.list_queues().get("QueueUrls", [])))
            s3.create_bucket(Bucket="reports")
            sqs.create_queue(QueueName="jobs")

    assert made == [([], [])] * 3


def secrets_and_keys(seed):
    """What moto takes from the system's chance, and botocore for a request."""
    with world(seed=seed) as cloud:
        kms, store, sts = (cloud.client(name) for name in ("kms", "secretsmanager", "sts"))
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        made = store.create_secret(Name="card", SecretString="x")
        role = {"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "abc"}
        return [
            kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"],
            kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"],
            kms.generate_random(NumberOfBytes=16)["Plaintext"],
            made["ARN"],
            made["VersionId"],
            store.put_secret_value(SecretId="card", SecretString="y")["VersionId"],
            store.get_random_password()["RandomPassword"],
            sts.assume_role(**role)["Credentials"]["SessionToken"],
        ]


def drawn(seed):
    """What a handler may draw."""
    with world(seed=seed):
        return [str(uuid.uuid4()), secrets.token_hex(), random.random(), os.urandom(8)]


@pytest.mark.parametrize("made", [identifiers, secrets_and_keys, drawn])
def test_equal_seeds_make_equal_bytes_and_others_do_not(made):
    assert made(1) == made(1)
    assert not set(made(1)) & set(made(2))


def test_chance_is_the_systems_own_after_a_world():
    before, state = os.urandom, random.getstate()
    with world():
        random.random()
        assert os.urandom is not before

    assert os.urandom is before
    assert random.getstate() == state
    assert uuid.uuid4() != uuid.uuid4()


def test_each_world_has_the_account_and_the_region_it_was_given():
    arns = []
    for account, region in (("111122223333", "us-east-1"), ("444455556666", "eu-west-1")):
        with world(account, region) as cloud:
            arns.append(cloud.client("sns").create_topic(Name="alerts")["TopicArn"])
            assert cloud.client("sts").get_caller_identity()["Account"] == account

    assert arns == [
        "arn:aws:sns:us-east-1:111122223333:alerts",
        "arn:aws:sns:eu-west-1:444455556666:alerts",
    ]


def test_a_client_made_in_one_world_works_in_the_next():
    with world():
        old = boto3.client("sqs")
        old.create_queue(QueueName="jobs")

    with world() as cloud:
        with cloud.calling("Handler"):
            assert old.list_queues().get("QueueUrls") is None
        assert [(call.name, call.caller) for call in cloud.calls] == [("sqs:ListQueues", "Handler")]


def test_only_one_world_at_a_time_and_the_first_one_survives():
    with world() as cloud:
        before = dict(os.environ)
        with pytest.raises(UsageError, match="running already"):
            world("444455556666").__enter__()
        assert dict(os.environ) == before
        assert cloud.client("sts").get_caller_identity()["Account"] == "111122223333"


def test_an_error_inside_ends_the_world():
    with pytest.raises(LookupError), world():
        raise LookupError

    with world() as cloud:
        assert cloud.calls == []


def test_clients_are_made_once():
    with world() as cloud:
        assert cloud.client("sqs") is cloud.client("sqs")


def test_callers_nest():
    cloud = world()
    seen = [cloud.caller]
    with cloud.calling("Outer"):
        with cloud.calling("Inner"):
            seen.append(cloud.caller)
        seen.append(cloud.caller)
    seen.append(cloud.caller)

    assert seen == ["simulator", "Inner", "Outer", "simulator"]


def test_a_running_function_is_the_caller_and_sees_virtual_time():
    with world() as cloud:
        with cloud.running("Settle") as running:
            cloud.spend(timedelta(seconds=1.5))
            seen = (cloud.caller, cloud.is_running, time.time(), cloud.now)
        assert (cloud.is_running, cloud.now) == (False, NOW)

    later = NOW + timedelta(seconds=1.5)
    assert seen == ("Settle", True, later.timestamp(), later)
    assert (running.name, running.took) == ("Settle", timedelta(seconds=1.5))


def test_the_time_of_a_function_called_by_a_function_is_spent_by_both():
    with world() as cloud, cloud.running("Outer") as outer:
        cloud.spend(timedelta(seconds=1))
        with cloud.running("Inner") as inner:
            assert cloud.now == NOW + timedelta(seconds=1)
            cloud.spend(timedelta(seconds=2))
        assert datetime.now(UTC) == cloud.now == NOW + timedelta(seconds=3)

    assert (outer.took, inner.took) == (timedelta(seconds=3), timedelta(seconds=2))


def test_time_cannot_be_spent_when_nothing_runs():
    with world() as cloud:
        cloud.spend(timedelta(hours=1))

        assert cloud.now == NOW


def test_a_function_may_spend_its_limit_and_not_more():
    with world() as cloud, cloud.running("Settle", timedelta(seconds=3)) as running:
        cloud.spend(timedelta(seconds=3))
        with pytest.raises(FunctionKilled) as caught:
            cloud.spend(timedelta(milliseconds=1))

    assert caught.value.reason == "timeout"
    assert running.took == timedelta(seconds=3)


def test_no_handlers_except_exception_sees_a_kill():
    assert not issubclass(FunctionKilled, Exception)


def test_a_kill_is_used_up_by_its_function_and_moment_only():
    cloud = world()
    cloud.inject(Fault(function="Settle", kill="before", times=2))
    asked = [("Settle", "after"), ("Refund", "before"), *[("Settle", "before")] * 3]

    assert [cloud.kill_for(*one) for one in asked] == [False, False, True, True, False]


def test_a_key_can_get_the_id_that_a_template_knows():
    with world() as cloud:
        kms = cloud.client("kms")
        created = kms.create_key(Tags=[{"TagKey": "owner", "TagValue": "us"}])["KeyMetadata"]
        cloud.rename_key(created["KeyId"], KEY)

        found = kms.describe_key(KeyId=KEY)["KeyMetadata"]
        assert found["Arn"] == f"arn:aws:kms:us-east-1:111122223333:key/{KEY}"
        assert kms.list_resource_tags(KeyId=KEY)["Tags"] == [{"TagKey": "owner", "TagValue": "us"}]
        sealed = kms.encrypt(KeyId=KEY, Plaintext=b"secret")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret"
