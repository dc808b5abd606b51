"""TestState with mocks: the API models, Map and Parallel, HTTP Tasks."""

from __future__ import annotations

import json

import pytest

from simulator.engine.mock_validation import _POLLED
from simulator.engine.ports import Failure, Success
from simulator.engine.state_http import Exchange

ROLE = "arn:aws:iam::111122223333:role/role"
VALIDATION = "ValidationException"
PASS = {"Type": "Pass", "End": True}
CONFIG = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
EACH = {
    "Type": "Map",
    "ItemProcessor": {"ProcessorConfig": CONFIG, "StartAt": "One", "States": {"One": PASS}},
    "End": True,
}
BOTH = {
    "Type": "Parallel",
    "Branches": [{"StartAt": name, "States": {name: PASS}} for name in ("A", "B")],
    "End": True,
}


def task(resource, **more):
    arn = f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": arn, "Parameters": {}, "End": True, **more}


def result(value, **more):
    return {"result": json.dumps(value), **more}


DYNAMO = "dynamodb:getItem"
START = "states:startExecution"
STARTED = {"ExecutionArn": "arn", "StartDate": "2026-01-01T00:00:00Z"}
DESCRIBED = {**STARTED, "StateMachineArn": "arn", "Status": "SUCCEEDED"}


@pytest.mark.parametrize(
    ("resource", "value", "detail"),
    [
        (START, {"StartDate": "x"}, "Required field 'ExecutionArn' is missing"),
        (START, {**STARTED, "ExecutionArn": None}, "Required field 'ExecutionArn' is missing"),
        (f"{START}.sync", STARTED, "Required field 'StateMachineArn' is missing"),
        (f"{START}.sync:2", {**DESCRIBED, "StopDate": 1}, "Field 'StopDate' must be a string"),
        (f"{START}.sync", {**DESCRIBED, "Output": {}}, "Field 'Output' must be a string"),
        (
            f"{START}.sync",
            {**DESCRIBED, "Status": "DONE"},
            "Field 'Status' is not an expected value",
        ),
        ("aws-sdk:sfn:startExecution", {}, "Required field 'ExecutionArn' is missing"),
        ("lambda:invoke", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
        ("aws-sdk:lambda:invoke", {"Payload": {}}, "Field 'Payload' must be a string"),
        (DYNAMO, {"Item": []}, "Field 'Item' must be an object"),
        (DYNAMO, {"Item": {"id": "x"}}, "Field 'id' must be an object"),
        (DYNAMO, {"Item": {"id": {"S": 1}}}, "Field 'S' must be a string"),
        (DYNAMO, {"Item": {"id": {"BOOL": "x"}}}, "Field 'BOOL' must be a boolean"),
        ("sqs:sendMessage", {"MD5OfMessageBody": 1}, "Field 'MD5OfMessageBody' must be a string"),
        ("events:putEvents", {"Entries": ["x"]}, "Field 'Entries' must be an object"),
        (
            "aws-sdk:lambda:getFunction",
            {"Configuration": {"Timeout": 0}},
            "Field 'Timeout' is less than the minimum value",
        ),
        (
            "aws-sdk:dynamodb:describeTable",
            {"Table": {"TableName": "abc", "AttributeDefinitions": [{}]}},
            "Required field 'AttributeName' is missing",
        ),
        (
            "aws-sdk:s3:listObjectsV2",
            {"Contents": [{"Key": ""}]},
            "Field 'Key' is smaller than the minimum length",
        ),
    ],
)
def test_a_mock_is_like_the_answer_of_the_api(resource, value, detail, refused, ask):
    state = task(resource)
    refusal = (VALIDATION, f"Mock result schema validation error: {detail}")
    assert refused(state, {}, mock=result(value)) == refusal
    if detail.startswith("Required"):
        mock = result(value, fieldValidationMode="PRESENT")
        assert ask(state, {}, mock=mock)["status"] == "SUCCEEDED"
    else:
        assert refused(state, {}, mock=result(value, fieldValidationMode="PRESENT")) == refusal
    mock = result(value, fieldValidationMode="NONE")
    assert ask(state, {}, mock=mock)["output"] == value
    assert ask(state, {}, mock=result(value), apis=None)["output"] == value


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        (START, {**STARTED, "Unknown": 1}),
        (f"{START}.sync", DESCRIBED),
        (f"{START}.sync:2", {**DESCRIBED, "Output": {"any": ["JSON"]}, "Input": 1}),
        (f"{START}.waitForTaskToken", "anything"),
        ("lambda:invoke", {"Payload": {"any": "JSON"}, "StatusCode": 200}),
        ("aws-sdk:s3:getObject", {"LastModified": "x", "Body": "text", "ContentLength": 4}),
        (DYNAMO, {"Item": {"id": {"S": "x"}, "n": {"N": "1"}, "on": {"BOOL": True}}}),
        ("ecs:runTask.sync", {"TaskArn": "arn", "LastStatus": "STOPPED"}),
        ("http:invoke", {"ResponseBody": 1, "StatusCode": "x"}),
        ("apigateway:invoke", [1]),
        ("eks:call", {"ResponseBody": 1}),
        ("elasticmapreduce:addStep.sync", {"Step": 1}),
    ],
)
def test_mocks_that_fit_and_integrations_that_are_not_checked(resource, value, ask):
    assert ask(task(resource), {}, mock=result(value))["output"] == value


@pytest.mark.parametrize("resource", ["function:f", "activity:a"])
def test_functions_and_activities_may_answer_anything(resource, ask):
    service = "lambda" if resource.startswith("function") else "states"
    state = task("") | {"Resource": f"arn:aws:{service}:us-east-1:111122223333:{resource}"}
    assert ask(state, {}, mock=result([1]))["output"] == [1]


def test_a_mock_of_an_api_is_an_object(refused):
    assert refused(task(DYNAMO), {}, mock=result([])) == (
        VALIDATION,
        "Mocked result must be a JSON object.",
    )
    assert refused(task(DYNAMO), {}, mock={"result": "{"}) == (
        VALIDATION,
        "Mocked result must be valid JSON",
    )


def test_every_job_is_polled_by_an_api_that_exists():
    from simulator.aws.models import Models

    models = Models()
    assert all(models.operation(service, polled) for (service, _), polled in _POLLED.items())


@pytest.mark.parametrize(
    ("state", "value", "message"),
    [
        (BOTH, {}, "Mocked result must be an array."),
        (
            BOTH,
            [1],
            "Mocked result must contain the same number of items as number of Parallel branches.",
        ),
        (EACH, {}, "Mocked result must be an array."),
    ],
)
def test_results_of_branches_and_iterations(state, value, message, refused):
    assert refused(state, [], mock=result(value)) == (VALIDATION, message)


def test_the_result_of_a_map_with_a_writer_is_an_object(ask, refused):
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}
    state = {**EACH, "ResultWriter": writer}
    assert refused(state, [], mock=result([]))[1] == "Mocked result must be a JSON object."
    assert ask(state, [], mock=result({"MapRunArn": "a"}))["output"] == {"MapRunArn": "a"}
    shaped = {**EACH, "ResultWriter": {"WriterConfig": {"Transformation": "COMPACT"}}}
    assert ask(shaped, [], mock=result([1]))["output"] == [1]


def test_a_parallel_state_evaluates_what_goes_in_and_shows_what_comes_out(ask):
    state = {**BOTH, "Parameters": {"x.$": "$.a"}, "ResultSelector": {"all.$": "$"}}
    assert ask(state, {"a": 1}, mock=result([1, 2])) == {
        "status": "SUCCEEDED",
        "output": {"all": [1, 2]},
        "inspectionData": {
            "input": {"a": 1},
            "afterResultSelector": {"all": [1, 2]},
            "afterResultPath": {"all": [1, 2]},
        },
    }
    assert ask(state, {}, mock=result([1, 2]))["error"] == "States.Runtime"


def test_an_error_of_a_branch(ask, refused):
    state = {**BOTH, "Catch": [{"ErrorEquals": ["Oops"], "Next": "Yes", "ResultPath": None}]}
    mock = {"errorOutput": {"error": "Oops"}}
    found = ask(state, 1, mock=mock, stateConfiguration={"errorCausedByState": "B"})
    assert (found["status"], found["nextState"], found["output"]) == ("CAUGHT_ERROR", "Yes", 1)
    assert "cause" not in found
    unknown = refused(state, 1, mock=mock, stateConfiguration={"errorCausedByState": "C"})
    assert unknown == (VALIDATION, "State not found in definition")


def test_a_jsonpath_map_shows_its_items_and_its_limits(ask):
    state = {
        **EACH,
        "InputPath": "$.in",
        "ItemsPath": "$.list",
        "ItemSelector": {
            "n.$": "$$.Map.Item.Value",
            "i.$": "$$.Map.Item.Index",
            "all.$": "$.all",
        },
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"b": 1}},
        "MaxConcurrencyPath": "$.most",
        "ToleratedFailurePercentage": 50,
        "ToleratedFailureCount": 3,
        "ResultPath": "$.out",
    }
    payload = {"in": {"list": [7, 8, 9], "all": 0, "most": 4}}
    selected = [{"n": n, "i": i, "all": 0} for i, n in enumerate([7, 8, 9])]
    assert ask(state, payload, mock=result(["x", "y"]))["inspectionData"] == {
        "input": payload,
        "afterInputPath": payload["in"],
        "afterItemsPath": [7, 8, 9],
        "afterItemSelector": selected,
        "afterItemBatcher": [
            {"BatchInput": {"b": 1}, "Items": selected[:2]},
            {"BatchInput": {"b": 1}, "Items": selected[2:]},
        ],
        "maxConcurrency": 4,
        "toleratedFailureCount": 3,
        "toleratedFailurePercentage": 50.0,
        "afterResultSelector": ["x", "y"],
        "afterResultPath": {**payload, "out": ["x", "y"]},
    }


def test_a_plain_jsonpath_map(ask):
    """As in the announcement of the API, and with the concurrency that recordings show."""
    found = ask(EACH, [{"itemId": 1}, {"itemId": 2}], mock=result([1, 2]))
    assert found["inspectionData"] == {
        "input": [{"itemId": 1}, {"itemId": 2}],
        "afterInputPath": [{"itemId": 1}, {"itemId": 2}],
        "maxConcurrency": 0,
        "afterResultSelector": [1, 2],
        "afterResultPath": [1, 2],
    }


def test_a_map_whose_items_are_no_array(ask):
    found = ask({**EACH, "ItemsPath": "$.n"}, {"n": 1}, mock=result([]))
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    jsonata = {**EACH, "QueryLanguage": "JSONata", "Items": "{% $states.input.n %}"}
    found = ask(jsonata, {"n": 1}, mock=result([]))
    assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_a_map_over_the_members_of_an_object(ask):
    state = {**EACH, "ItemsPath": "$.o", "ItemSelector": {"k.$": "$$.Map.Item.Key"}}
    found = ask(state, {"o": {"a": 1, "b": 2}}, mock=result([1, 2]))["inspectionData"]
    assert found["afterItemsPath"] == {"a": 1, "b": 2}
    assert found["afterItemSelector"] == [{"k": "a"}, {"k": "b"}]


@pytest.mark.parametrize(
    ("more", "failures", "status"),
    [
        ({}, 3, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 1, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 1, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 100}, 3, "SUCCEEDED"),
        ({"ToleratedFailureCount": 0, "ToleratedFailurePercentage": 100}, 1, "FAILED"),
    ],
)
def test_failed_iterations_and_the_tolerance(more, failures, status, ask):
    configured = {"mapIterationFailureCount": failures}
    found = ask({**EACH, **more}, [1, 2, 3], mock=result([0] * 3), stateConfiguration=configured)
    assert found["status"] == status
    if status == "FAILED":
        assert (found["error"], found["cause"]) == (
            "States.ExceedToleratedFailureThreshold",
            "The specified tolerated failure threshold was exceeded",
        )


def test_a_mocked_error_is_not_replaced_by_that_of_the_tolerance(ask):
    catch = [{"ErrorEquals": ["Oops"], "Next": "Yes"}]
    state = {**EACH, "ToleratedFailureCount": 1, "Catch": catch}
    configured = {"mapIterationFailureCount": 2, "errorCausedByState": "One"}
    mock = {"errorOutput": {"error": "Oops", "cause": "why"}}
    found = ask(state, [1, 2, 3], mock=mock, stateConfiguration=configured)
    assert (found["status"], found["error"], found["cause"]) == ("CAUGHT_ERROR", "Oops", "why")
    assert found["inspectionData"]["toleratedFailureCount"] == 1


def test_more_failures_than_iterations(refused):
    message = (
        "Map iteration failure count must be less than or equal to the number of Map iterations"
    )
    configured = {"mapIterationFailureCount": 3}
    by_result = refused(EACH, [1, 2], mock=result([1, 2]), stateConfiguration=configured)
    mock = {"errorOutput": {"error": "Oops"}}
    by_items = refused(EACH, [1, 2], mock=mock, stateConfiguration=configured)
    assert by_result == by_items == (VALIDATION, message)


READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "Parameters": {"Bucket": "b", "Key.$": "$.key"},
}
CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "PIPE"}
GIVEN = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"]}


@pytest.mark.parametrize(
    ("config", "text", "items"),
    [
        ({"InputType": "JSON"}, "[1, 2]", [1, 2]),
        ({"InputType": "JSON", "MaxItems": 1}, "[1, 2]", [1]),
        ({"InputType": "JSON", "ItemsPointer": "/a/0/b"}, '{"a": [{"b": [3]}]}', [3]),
        ({"InputType": "JSONL"}, '{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (CSV, "a|b\n1|2\n3", [{"a": "1", "b": "2"}, {"a": "3", "b": ""}]),
        (GIVEN, 'p,"q,r"\n', [{"x": "p", "y": "q,r"}]),
    ],
)
def test_what_the_item_reader_has_read(config, text, items, ask):
    state = {
        **EACH,
        "ItemReader": {**READER, "ReaderConfig": config},
        "ItemSelector": {"v.$": "$$.Map.Item.Value"},
    }
    configured = {"mapItemReaderData": text}
    found = ask(state, {"key": "k"}, mock=result([]), stateConfiguration=configured)
    assert found["inspectionData"]["afterItemSelector"] == [{"v": item} for item in items]
    assert found["inspectionData"].get("afterItemsPointer") == (
        items if "ItemsPointer" in config else None
    )
    without = ask(state, {"key": "k"}, mock=result([]))["inspectionData"]
    assert "afterItemSelector" not in without
    assert ask(state, {}, mock=result([]))["error"] == "States.Runtime"


@pytest.mark.parametrize(
    ("config", "text", "reason"),
    [
        ({"InputType": "JSON"}, "[", "Expecting value: line 1 column 2 (char 1)"),
        ({"InputType": "JSON"}, "1", "it has no items"),
        (
            {"InputType": "JSON", "ItemsPointer": "/b"},
            "{}",
            "ItemsPointer '/b' finds nothing in it",
        ),
        ({"InputType": "PARQUET"}, "PAR1", "Parquet is not text"),
    ],
)
def test_reader_data_that_cannot_be_read(config, text, reason, refused):
    state = {**EACH, "ItemReader": {**READER, "ReaderConfig": config}}
    configured = {"mapItemReaderData": text}
    found = refused(state, {"key": "k"}, mock=result([]), stateConfiguration=configured)
    assert found == (
        VALIDATION,
        f"stateConfiguration.mapItemReaderData cannot be read: {reason}",
    )


HTTP = task(
    "http:invoke",
    Parameters={
        "ApiEndpoint": "https://example.com/a",
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": "arn"},
        "Headers": {"x": "1"},
        "QueryParameters": {"q": ["1", "a b"]},
        "RequestBody": {"n.$": "$.n"},
    },
)
REQUEST = {
    "protocol": "https",
    "method": "POST",
    "url": "https://example.com/a?q=1&q=a%20b",
    "headers": "[x: 1, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1,"
    " Range: bytes=0-262144]",
    "body": '{"n":1}',
}
ANSWER = {
    "Headers": {"content-type": ["application/json"]},
    "ResponseBody": {"ok": True},
    "StatusCode": 200,
    "StatusText": "OK",
}
RESPONSE = {
    "protocol": "https",
    "statusCode": "200",
    "statusMessage": "OK",
    "headers": "[content-type: application/json]",
    "body": '{"ok":true}',
}


def test_an_http_task_shows_its_request_and_response_in_a_trace(ask, answering):
    tasks = answering(Success(ANSWER))
    found = ask(HTTP, {"n": 1}, tasks=tasks, roleArn=ROLE, inspectionLevel="TRACE")
    assert found["output"] == ANSWER
    assert found["inspectionData"]["request"] == REQUEST
    assert found["inspectionData"]["response"] == RESPONSE
    debugged = ask(HTTP, {"n": 1}, tasks=tasks, roleArn=ROLE)["inspectionData"]
    mocked = ask(HTTP, {"n": 1}, mock=result(ANSWER), inspectionLevel="TRACE")["inspectionData"]
    assert not {"request", "response"} & (debugged.keys() | mocked.keys())


@pytest.mark.parametrize(
    ("failure", "response"),
    [
        (
            Failure("States.Http.StatusCode.404", "gone"),
            {"protocol": "https", "statusCode": "404", "body": "gone"},
        ),
        (Failure("States.Http.Socket", "no route"), None),
    ],
)
def test_an_http_task_that_fails(failure, response, ask, answering):
    found = ask(HTTP, {"n": 1}, tasks=answering(failure), roleArn=ROLE, inspectionLevel="TRACE")
    assert (found["status"], found["error"]) == ("FAILED", failure.error)
    assert found["inspectionData"]["request"] == REQUEST
    assert found["inspectionData"].get("response") == response


@pytest.mark.parametrize("reveal", [True, False])
def test_a_runner_that_knows_what_it_sent_tells_it_with_or_without_secrets(reveal, ask, answering):
    class Knowing(answering):
        def exchange(self, call, *, reveal):
            assert call is self.calls[-1]
            return Exchange({"headers": "secret" if reveal else ""}, RESPONSE)

    found = ask(
        HTTP,
        {"n": 1},
        tasks=Knowing(Success(ANSWER)),
        roleArn=ROLE,
        inspectionLevel="TRACE",
        revealSecrets=reveal,
    )
    assert found["inspectionData"]["request"] == {"headers": "secret" if reveal else ""}
