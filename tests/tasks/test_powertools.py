"""A project that takes everything from aws-lambda-powertools: each utility as its users write it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.project.project import Project
from simulator.simulation import Simulation

START = datetime(2026, 3, 1, tzinfo=UTC)
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    CodeUri: functions/
    Runtime: python3.12
    Timeout: 10
    Environment:
      Variables:
        POWERTOOLS_SERVICE_NAME: shop
        POWERTOOLS_METRICS_NAMESPACE: Shop
        CLAIMS: !Ref Claims
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Handler: api.handler
      Events:
        All: {Type: Api, Properties: {Path: "/{proxy+}", Method: ANY}}
  Batch:
    Type: AWS::Serverless::Function
    Properties:
      Handler: batch.handler
      Events:
        Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}}
  Once:
    Type: AWS::Serverless::Function
    Properties: {Handler: once.handler}
  Parse:
    Type: AWS::Serverless::Function
    Properties: {Handler: parse.handler}
  Read:
    Type: AWS::Serverless::Function
    Properties: {Handler: read.handler}
  Trace:
    Type: AWS::Serverless::Function
    Properties: {Handler: trace.handler}
  Orders:
    Type: AWS::SQS::Queue
    Properties: {QueueName: orders, VisibilityTimeout: 60, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Claims:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: expiration, Enabled: true}
  Limit: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/limit, Type: String, Value: "7"}}
  Token: {Type: AWS::SecretsManager::Secret, Properties: {Name: shop/token, SecretString: '{"key": "s3cret"}'}}
"""
CODE = {
    "trace": """\
from aws_lambda_powertools import Tracer

tracer = Tracer()


@tracer.capture_method
def double(number):
    tracer.put_annotation(key="number", value=number)
    return number * 2


@tracer.capture_lambda_handler
def handler(event, context):
    with tracer.provider.in_subsegment("## work"):
        return {"twice": double(event["number"])}
""",
    "api": """\
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit

logger, metrics = Logger(), Metrics()
app = APIGatewayRestResolver()


@app.get("/orders/<order>")
def order(order):
    logger.append_keys(order=order)
    logger.info("looked up")
    metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
    if order == "none":
        raise NotFoundError("no such order")
    return {"order": order, "customer": app.current_event.get_query_string_value("c", "nobody")}


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    return app.resolve(event, context)
""",
    "batch": """\
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

logger, processor = Logger(), BatchProcessor(event_type=EventType.SQS)


def work(record):
    order = record.json_body
    logger.info("order", extra={"number": order["number"]})
    if order["number"] < 0:
        raise ValueError("no such number")


def handler(event, context):
    return process_partial_response(event=event, record_handler=work, processor=processor, context=context)
""",
    "once": """\
import os
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

made = []


@idempotent(
    persistence_store=DynamoDBPersistenceLayer(table_name=os.environ["CLAIMS"]),
    config=IdempotencyConfig(event_key_jmespath="key", expires_after_seconds=3600),
)
def handler(event, context):
    made.append(event["key"])
    return {"made": len(made), "key": event["key"]}
""",
    "parse": """\
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError, event_parser


class Order(BaseModel):
    number: int


def handler(event, context):
    try:
        return typed(event, context)
    except ValidationError as error:
        return {"refused": error.errors()[0]["type"]}


@event_parser(model=Order)
def typed(event: Order, context):
    return {"twice": event.number * 2}
""",
    "read": """\
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.feature_flags import AppConfigStore, FeatureFlags


class Kept(AppConfigStore):
    def get_configuration(self):
        return {"discount": {"default": False, "rules": {"gold": {
            "when_match": True,
            "conditions": [{"action": "EQUALS", "key": "tier", "value": "gold"}]}}}}

    get_raw_configuration = property(get_configuration)


flags = FeatureFlags(store=Kept(environment="dev", application="shop", name="flags"))


def handler(event, context):
    return {
        "limit": parameters.get_parameter("/shop/limit", max_age=300),
        "key": parameters.get_secret("shop/token", transform="json")["key"],
        "discount": flags.evaluate(name="discount", context=event, default=False),
    }
""",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    pytest.importorskip("aws_lambda_powertools")
    root = tmp_path_factory.mktemp("shop")
    (root / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    (root / "functions").mkdir()
    for name, text in CODE.items():
        (root / "functions" / f"{name}.py").write_text(text, encoding="utf-8")
    return Project.load(Path(root))


@pytest.fixture
def world(project):
    with Simulation(project, start=START) as made:
        yield made


def lines(world, function):
    """What a function logged, as JSON, call by call."""
    done = [one for one in world.lambdas.invocations if one.function == function]
    return [[json.loads(line) for line in one.logs.splitlines()] for one in done]


def look_up(world):
    answers = [
        world.request("GET", "/orders/7", query={"c": "ann"}),
        world.request("GET", "/orders/none"),
    ]
    return [(one.status, one.body) for one in answers], lines(world, "Api")


def test_a_traced_handler_needs_no_daemon(world):
    pytest.importorskip("aws_xray_sdk")
    for number in (1, 2):
        done = world.lambdas.invoke("Trace", {"number": number})
        assert (done.error, done.result, done.logs) == (None, {"twice": number * 2}, "")


def test_logger_metrics_and_resolver(world):
    answers, logged = look_up(world)

    assert answers == [
        (200, {"order": "7", "customer": "ann"}),
        (404, {"statusCode": 404, "message": "no such order"}),
    ]
    said, cold, counted = logged[0]
    assert (
        said.items()
        >= {
            "level": "INFO",
            "message": "looked up",
            "order": "7",
            "service": "shop",
            "timestamp": "2026-03-01 00:00:00,000+0000",
            "cold_start": True,
            "function_request_id": world.lambdas.invocations[0].request_id,
        }.items()
    )
    assert (cold["ColdStart"], counted["Orders"]) == ([1.0], [1.0])
    assert [entry.get("cold_start") for entry in logged[1]] == [False, None]


def test_a_second_world_in_this_process_starts_cold_and_says_the_same(project):
    found = []
    for _ in range(2):
        with Simulation(project, start=START) as world:
            found.append(look_up(world))
    assert found[0] == found[1]


def test_a_batch_reports_its_failures(world):
    queue = world.cloud.client("sqs")
    url = queue.get_queue_url(QueueName="orders")["QueueUrl"]
    for number in (1, -1, 2):
        queue.send_message(QueueUrl=url, MessageBody=json.dumps({"number": number}))
    world.run()

    dead = queue.get_queue_url(QueueName="dead")["QueueUrl"]
    left = queue.receive_message(QueueUrl=dead)["Messages"]
    assert [json.loads(message["Body"]) for message in left] == [{"number": -1}]
    assert [entry["number"] for call in lines(world, "Batch") for entry in call if "number" in entry] == [
        1, -1, 2,
    ]  # fmt: skip


def test_an_idempotent_handler_runs_once_a_key(world):
    answers = [world.lambdas.invoke("Once", {"key": key}).result for key in ("a", "a", "b")]
    assert answers == [{"made": 1, "key": "a"}, {"made": 1, "key": "a"}, {"made": 2, "key": "b"}]
    world.run(until=timedelta(hours=2))
    assert world.lambdas.invoke("Once", {"key": "a"}).result == {"made": 3, "key": "a"}


def test_the_parser_refuses_what_is_no_order(world):
    answers = [
        world.lambdas.invoke("Parse", event).result
        for event in ({"number": 3}, {"number": "x"}, {})
    ]
    assert answers == [{"twice": 6}, {"refused": "int_parsing"}, {"refused": "missing"}]


def test_parameters_are_this_worlds_and_flags_follow_their_rules(project):
    found = []
    for limit, tier in (("7", "gold"), ("8", "silver")):
        with Simulation(project, start=START) as world:
            ssm = world.cloud.client("ssm")
            ssm.put_parameter(Name="/shop/limit", Value=limit, Overwrite=True)
            found.append(world.lambdas.invoke("Read", {"tier": tier}).result)
    assert found == [
        {"limit": "7", "key": "s3cret", "discount": True},
        {"limit": "8", "key": "s3cret", "discount": False},
    ]
