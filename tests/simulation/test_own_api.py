"""States that call the project's own API: apigateway:invoke and http:invoke find its functions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from simulator.project.project import Project
from simulator.simulation import Simulation

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, CodeUri: src/}}
Resources:
  Gate:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.echo
      Events:
        Post:
          Type: Api
          Properties: {RestApiId: !Ref Gate, Path: '/orders/{id}', Method: post}
  Link:
    Type: AWS::Events::Connection
    Properties:
      AuthorizationType: API_KEY
      AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: x-key, ApiKeyValue: k}}
  Main:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: main.asl.json
      DefinitionSubstitutions:
        Api: !Ref Gate
        Link: !GetAtt Link.Arn
"""
CODE = """\
import json

def echo(event, context):
    found = {name: event[name] for name in ("path", "httpMethod", "body", "pathParameters")}
    found["headers"] = {name.lower(): value for name, value in event["headers"].items()}
    found["query"] = event["multiValueQueryStringParameters"]
    return {"statusCode": 201, "headers": {"x-own": "1"}, "body": json.dumps(found)}
"""
HOST = "${Api}.execute-api.us-east-1.amazonaws.com"
INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::apigateway:invoke",
    "Parameters": {
        "ApiEndpoint": HOST,
        "Method": "POST",
        "Stage": "prod",
        "Path": "/orders/7",
        "Headers": {"Custom": ["a"]},
        "QueryParameters": {"q": ["1", "2"]},
        "RequestBody": {"n": 1},
    },
    "End": True,
}


@pytest.fixture
def call(tmp_path):
    """call(state) → the execution of a machine with this one state."""

    def play(state):
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "app.py").write_text(CODE, encoding="utf-8")
        (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
        unused = {"Type": "Pass", "Result": {"api": "${Api}", "link": "${Link}"}, "Next": "Do"}
        machine = {"StartAt": "Names", "States": {"Names": unused, "Do": state}}
        (tmp_path / "main.asl.json").write_text(json.dumps(machine), encoding="utf-8")
        start = datetime(2026, 1, 1, tzinfo=UTC)
        with Simulation(Project.load(tmp_path), start=start) as world:
            execution = world.start("Main", {})
            world.run()
        return execution

    return play


def test_apigateway_invoke_reaches_the_projects_function(call):
    done = call(INVOKE)
    output = done.output
    assert (output["StatusCode"], output["StatusText"], output["Headers"]["x-own"]) == (
        201,
        "Created",
        ["1"],
    )
    body = output["ResponseBody"]
    assert {
        name: body[name] for name in ("path", "httpMethod", "body", "pathParameters", "query")
    } == {
        "path": "/orders/7",
        "httpMethod": "POST",
        "body": '{"n":1}',
        "pathParameters": {"id": "7"},
        "query": {"q": ["1", "2"]},
    }
    assert body["headers"]["custom"] == "a"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"Path": "none"}, "Missing Authentication Token"), ({"Stage": "test"}, "Forbidden")],
)
def test_what_the_api_does_not_have_is_refused(call, parameters, message):
    """Recorded: a path without a method is 403."""
    done = call({**INVOKE, "Parameters": {**INVOKE["Parameters"], **parameters}})
    assert (done.error, json.loads(done.cause)) == ("ApiGateway.403", {"message": message})


def test_headers_that_are_no_arrays_keep_the_task_from_starting(call):
    """Recorded."""
    done = call({**INVOKE, "Parameters": {**INVOKE["Parameters"], "Headers": {"a": "b"}}})
    assert done.error == "States.Runtime"
    assert done.cause.endswith(
        "could not be used to start the Task: [The value of the field 'Headers' has an invalid format]"
    )
    assert "TaskScheduled" not in {event.type for event in done.history}


def test_an_http_task_with_the_templates_connection_reaches_it_too(call):
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": f"https://{HOST}/prod/orders/8",
            "Method": "POST",
            "Authentication": {"ConnectionArn": "${Link}"},
            "RequestBody": {"n": 2},
        },
        "End": True,
    }
    done = call(state)
    assert (done.error, done.output["StatusCode"]) == (None, 201)
    body = done.output["ResponseBody"]
    assert (body["path"], body["headers"]["x-key"]) == ("/orders/8", "k")
