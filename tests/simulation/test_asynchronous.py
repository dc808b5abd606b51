"""Topics, filtered queues, targets and schedules of one project, on virtual time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import UsageError
from simulator.project.project import Project
from simulator.simulation import Simulation

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-1:123456789012:app-T"

HEAD = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, Timeout: 5, CodeUri: src/}}
Resources:
  T: {Type: AWS::SNS::Topic, Properties: {TopicName: app-T}}
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: app-Q}}
"""
APP = """\
import boto3

def work(event, context):
    if event.get("fail"):
        raise RuntimeError("no")
    return event

def tell(event, context):
    import time
    time.sleep(2)
    boto3.client("sns").publish(TopicArn=event["topic"], Message="told")
    time.sleep(1)
"""


def function(events: str = "", handler: str = "app.work") -> str:
    own = f", Events: {{{events}}}" if events else ""
    return f"{{Type: AWS::Serverless::Function, Properties: {{Handler: {handler}{own}}}}}"


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., Simulation]]:
    """build(resources, code, **options) → a running world; `resources` are lines of YAML."""
    with ExitStack() as stack:

        def world(resources: str, code: str = APP, **options: Any) -> Simulation:
            root = tmp_path / "app"
            (root / "src").mkdir(parents=True)
            (root / "template.yaml").write_text(HEAD + resources, encoding="utf-8")
            (root / "src" / "app.py").write_text(code, encoding="utf-8")
            made = Simulation(Project.load(root), start=START, **options)
            return stack.enter_context(made)

        yield world


def seen(world: Simulation) -> list[tuple[str, float, Any]]:
    """Which functions ran, after how many seconds, with what."""
    return [
        (call.function, (call.at - START).total_seconds(), call.payload)
        for call in world.lambdas.invocations
    ]


def publish(world: Simulation, message: str = "m", **more: Any) -> None:
    with world.cloud.calling("scenario"):
        world.cloud.client("sns").publish(TopicArn=TOPIC, Message=message, **more)


# -- topics -----------------------------------------------------------------------------------------


def test_a_published_message_invokes_the_subscribed_function_with_lambdas_event(build):
    world = build(f"  F: {function('E: {Type: SNS, Properties: {Topic: !Ref T}}')}\n")
    attributes = {
        "kind": {"DataType": "String", "StringValue": "a"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    publish(world, "hello", Subject="s", MessageAttributes=attributes)
    assert seen(world) == []
    world.run()
    ((name, at, event),) = seen(world)
    (record,) = event["Records"]
    identity = record["Sns"].pop("MessageId")
    assert (name, at, identity) == ("F", 0, world.cloud.calls[0].result["MessageId"])
    assert record == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{TOPIC}:app-F",
        "Sns": {
            "Type": "Notification",
            "TopicArn": TOPIC,
            "Subject": "s",
            "Message": "hello",
            "Timestamp": "2026-01-01T12:00:00.000Z",
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": "EXAMPLE",
            "UnsubscribeUrl": "EXAMPLE",
            "MessageAttributes": {
                "kind": {"Type": "String", "Value": "a"},
                "raw": {"Type": "Binary", "Value": "AAE="},
            },
        },
    }


def test_a_message_published_by_a_function_arrives_when_it_was_published(build):
    listener = function("E: {Type: SNS, Properties: {Topic: !Ref T}}")
    world = build(f"  F: {listener}\n  G: {function('', 'app.tell')}\n")
    world.lambdas.invoke("G", {"topic": TOPIC})
    world.run()
    assert [(name, at) for name, at, _ in seen(world)] == [("G", 0), ("F", 2)]


def test_every_message_of_a_batch_is_delivered(build):
    world = build(f"  F: {function('E: {Type: SNS, Properties: {Topic: !Ref T}}')}\n")
    entries = [{"Id": name, "Message": name, "Subject": name} for name in ("a", "b")]
    with world.cloud.calling("scenario"):
        world.cloud.client("sns").publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    world.run()
    assert [event["Records"][0]["Sns"]["Message"] for _, _, event in seen(world)] == ["a", "b"]


def test_a_message_structure_has_a_text_for_functions(build):
    world = build(f"  F: {function('E: {Type: SNS, Properties: {Topic: !Ref T}}')}\n")
    publish(world, '{"default": "d", "lambda": "l"}', MessageStructure="json")
    publish(world, '{"default": "d"}', MessageStructure="json")
    world.run()
    assert [event["Records"][0]["Sns"]["Message"] for _, _, event in seen(world)] == ["l", "d"]


def text(value):
    return {"DataType": "String", "StringValue": value}


@pytest.mark.parametrize(
    ("policy", "message", "attributes", "wanted"),
    [
        ("{kind: [a]}", "m", {"kind": text("a")}, True),
        ("{kind: [a]}", "m", {"kind": text("b")}, False),
        ("{kind: [a]}", "m", {}, False),
        (
            "{n: [{numeric: ['>', 5]}]}",
            "m",
            {"n": {"DataType": "Number", "StringValue": "6"}},
            True,
        ),
        ("{k: [b]}", "m", {"k": {"DataType": "String.Array", "StringValue": '["a", "b"]'}}, True),
        ("{k: [{exists: true}]}", "m", {"k": {"DataType": "Binary", "BinaryValue": b"x"}}, False),
        ("{kind: [a]}, FilterPolicyScope: MessageBody", '{"kind": "a"}', {}, True),
        ("{kind: [a]}, FilterPolicyScope: MessageBody", '{"kind": "b"}', {}, False),
        ("{kind: [a]}, FilterPolicyScope: MessageBody", "no json", {}, False),
    ],
)
def test_a_filter_policy_decides_who_gets_a_message(build, policy, message, attributes, wanted):
    events = f"E: {{Type: SNS, Properties: {{Topic: !Ref T, FilterPolicy: {policy}}}}}"
    world = build(f"  F: {function(events)}\n")
    publish(world, message, MessageAttributes=attributes)
    world.run()
    assert len(seen(world)) == wanted


def test_a_function_that_fails_on_a_message_is_tried_again_and_then_given_up(build):
    world = build(
        f"  F: {function('E: {Type: SNS, Properties: {Topic: !Ref T}}')}\n",
        "def work(event, context): raise RuntimeError('no')\n",
    )
    publish(world)
    world.run()
    assert [at for _, at, _ in seen(world)] == [0, 60, 180]
    (lost,) = world.targets.undelivered
    assert (lost.source, lost.target, lost.at) == (
        "topic app-T",
        "app-F",
        START + timedelta(minutes=3),
    )


def test_a_topic_of_somebody_else_invokes_nobody(build):
    world = build(f"  F: {function('E: {Type: SNS, Properties: {Topic: !Ref T}}')}\n")
    with world.cloud.calling("scenario"):
        client = world.cloud.client("sns")
        client.publish(TopicArn=client.create_topic(Name="other")["TopicArn"], Message="m")
    world.run()
    assert seen(world) == []


# -- queues -----------------------------------------------------------------------------------------


def queue_events(more=""):
    return f"E: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn{more}}}}}"


def test_a_filtered_queue_hands_over_what_a_filter_wants_and_drops_the_rest(build):
    pattern = '{"body": {"kind": ["a"]}}'
    more = f", FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}"
    world = build(f"  F: {function(queue_events(more))}\n")
    for body in ('{"kind": "a"}', '{"kind": "b"}', "plain", "[1]"):
        world.send_message("app-Q", body)
    world.run()
    assert [[record["body"] for record in event["Records"]] for _, _, event in seen(world)] == [
        ['{"kind": "a"}']
    ]
    with world.cloud.calling("scenario"):
        client = world.cloud.client("sqs")
        url = client.get_queue_url(QueueName="app-Q")["QueueUrl"]
        world.at(START + timedelta(hours=1), lambda: None)
        world.run()
        assert "Messages" not in client.receive_message(QueueUrl=url)


def test_a_queue_whose_messages_no_filter_wants_invokes_nobody(build):
    more = ', FilterCriteria: {Filters: [{Pattern: \'{"body": ["a"]}\'}]}'
    world = build(f"  F: {function(queue_events(more))}\n")
    world.send_message("app-Q", "b")
    world.run()
    assert seen(world) == []


def test_a_batching_window_and_a_delay_put_the_invocation_off(build):
    world = build(f"  F: {function(queue_events(', MaximumBatchingWindowInSeconds: 20'))}\n")
    with world.cloud.calling("scenario"):
        client = world.cloud.client("sqs")
        url = client.get_queue_url(QueueName="app-Q")["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody="now")
        client.send_message_batch(
            QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "later", "DelaySeconds": 60}]
        )
    world.run()
    bodies = [[record["body"] for record in event["Records"]] for _, _, event in seen(world)]
    assert (bodies, [at for _, at, _ in seen(world)]) == ([["now"], ["later"]], [20, 80])


def test_a_message_to_a_queue_that_nobody_polls_stays_there(build):
    world = build(f"  F: {function(queue_events(', Enabled: false'))}\n")
    world.send_message("app-Q", "m")
    world.run()
    assert seen(world) == []


def test_a_topic_hands_to_a_polled_queue(build):
    subscription = (
        "  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: sqs,"
        " Endpoint: !GetAtt Q.Arn}}\n"
    )
    world = build(f"  F: {function(queue_events())}\n{subscription}")
    publish(world, "hello")
    world.run()
    ((_, _, event),) = seen(world)
    assert json.loads(event["Records"][0]["body"])["Message"] == "hello"


# -- rules and schedules ----------------------------------------------------------------------------


def rule(*targets):
    lines = "".join(f"        - {target}\n" for target in targets)
    return (
        "  R:\n    Type: AWS::Events::Rule\n    Properties:\n      Name: app-R\n"
        f"      EventPattern: {{source: [app]}}\n      Targets:\n{lines}"
    )


EVENT = {"source": "app", "detail-type": "made", "detail": {"n": 1}}


def test_a_rule_delivers_to_topics_buses_and_logs(build):
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/orders"
    text = (
        "  F: " + function("E: {Type: SNS, Properties: {Topic: !Ref T}},"
        "B: {Type: EventBridgeRule, Properties: {EventBusName: !Ref Bus, Pattern: {source: [app]}}}")
        + "\n  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}\n"
        "  L: {Type: AWS::Logs::LogGroup}\n"
        + rule(
            "{Id: a, Arn: !Ref T, InputPath: $.detail}",
            f"{{Id: b, Arn: '{bus}'}}",
            "{Id: c, Arn: !GetAtt L.Arn}",
        )
    )  # fmt: skip
    world = build(text)
    world.publish(EVENT)
    world.run()
    assert sorted((item.bus, item.matched) for item in world.routed) == [
        ("default", ("app-R",)),
        ("orders", ("app-FB",)),
    ]
    payloads = [event for _, _, event in seen(world)]
    assert payloads[0] == EVENT
    assert payloads[1]["Records"][0]["Sns"]["Message"] == '{"n":1}'


def test_a_target_nobody_stands_for_is_refused_when_it_is_reached(build):
    world = build(rule("{Id: a, Arn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s'}"))
    with pytest.raises(
        UsageError, match=r"rule app-R has the target arn:aws:kinesis:.*cannot deliv"
    ):
        world.publish(EVENT)


@pytest.mark.parametrize(
    ("kind", "properties", "source", "resource", "detail"),
    [
        ("Schedule", "Schedule: rate(1 day)", "aws.events", "events:us-east-1:123456789012:rule/tick", {}),
        ("ScheduleV2", "ScheduleExpression: rate(1 day)", "aws.scheduler", "scheduler:us-east-1:123456789012:schedule/default/tick", "{}"),
    ],
)  # fmt: skip
def test_a_schedule_sends_the_event_of_its_kind(build, kind, properties, source, resource, detail):
    events = f"E: {{Type: {kind}, Properties: {{Name: tick, {properties}}}}}"
    world = build(f"  F: {function(events)}\n")
    world.fire("tick")
    world.run()
    ((_, _, event),) = seen(world)
    assert (event["source"], event["resources"], event["detail"]) == (
        source,
        [f"arn:aws:{resource}"],
        detail,
    )


def test_a_schedule_sends_its_input_instead(build):
    events = (
        "E: {Type: Schedule, Properties: {Name: tick, Schedule: rate(1 day), Input: '{\"a\": 1}'}}"
    )
    world = build(f"  F: {function(events)}\n")
    world.fire("tick")
    world.run()
    assert [event for _, _, event in seen(world)] == [{"a": 1}]


def test_automatic_schedules_fire_at_their_times_while_there_is_work(build):
    events = (
        "A: {Type: Schedule, Properties: {Schedule: rate(6 hours)}},"
        "B: {Type: Schedule, Properties: {Schedule: 'cron(0 18 * * ? *)'}},"
        "C: {Type: Schedule, Properties: {Schedule: rate(1 hour), Enabled: false}}"
    )
    world = build(f"  F: {function(events)}\n", schedules="automatic")
    world.at(START + timedelta(hours=13), lambda: None)
    world.run()
    assert [at / 3600 for _, at, _ in seen(world)] == [6, 6, 12]


# -- the world itself -------------------------------------------------------------------------------


def test_what_is_done_while_resources_are_created_is_nobodys_call(build):
    world = build(f"  F: {function()}\n")
    assert world.cloud.calls == []


def test_two_worlds_of_one_seed_agree_to_the_byte_and_of_others_do_not(tmp_path):
    (tmp_path / "src").mkdir()
    code = "import uuid\ndef work(event, context): return str(uuid.uuid4())\n"
    (tmp_path / "src" / "app.py").write_text(code)
    (tmp_path / "template.yaml").write_text(f"{HEAD}  F: {function()}\n")
    project = Project.load(tmp_path)

    def drawn(seed):
        with Simulation(project, start=START, seed=seed) as world:
            world.send_message("app-Q", "m")
            made = world.cloud.calls[-1].result["MessageId"]
            return [world.lambdas.invoke("F", {}).result, made, world.new_name("x")]

    assert drawn(1) == drawn(1)
    assert not set(drawn(1)) & set(drawn(2))


def test_an_error_while_the_world_is_made_leaves_none_behind(tmp_path):
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: text}}\n"
    )
    project = Project.load(tmp_path)
    for _ in range(2):
        with pytest.raises(Exception, match="'Q' cannot be created"):
            Simulation(project, start=START).__enter__()
