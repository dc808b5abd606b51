"""Parameters of integrations against what the APIs take; and in AWS's words while a task starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.asl.integrations import parameter_check
from simulator.asl.parameters import check_parameters
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.aws.models import Models

APIS = Models()
ARN = "arn:aws:states:::"
PATH = Path("flow.asl.json")
CASES = Path(__file__).parents[2].parent / "shared" / "recordings" / "cases"


def found(resource, parameters=None, field="Parameters", **more):
    state = {"Type": "Task", "Resource": ARN + resource, "End": True, **more}
    if parameters is not None:
        state[field] = parameters
    if field == "Arguments":
        state["QueryLanguage"] = "JSONata"
    source = Source.of({"StartAt": "Do", "States": {"Do": state}}, PATH)
    machine, problems = parse(source)
    assert machine is not None, problems
    problems = check_parameters(machine, APIS, source.locate)
    place = f"/States/Do/{field}"
    return [
        (p.code, p.severity, p.location.pointer.removeprefix(place), p.message, p.hint)
        for p in problems
    ]


KEY = {"id": {"S": "1"}}
SOUND = [
    ("dynamodb:getItem", {"TableName": "T", "Key": KEY}),
    ("dynamodb:getItem", {"TableName": "T", "Key": {"id": "a text is of type S"}}),
    ("aws-sdk:dynamodb:query", {"TableName.$": "$.table", "Limit.$": "$.limit"}),
    ("aws-sdk:dynamodb:putItem", {"TableName": "T", "Item": {"id.$": "$.id", "n": {"N.$": "$.n"}}}),
    ("lambda:invoke", {"FunctionName": "f", "Payload": {"Anything": 1}}),
    ("sns:publish", {"TopicArn": "arn", "Message": {"any": ["thing"]}}),
    ("events:putEvents", {"Entries": [{"Detail": {"a": 1}, "DetailType": "d", "Source": "s"}]}),
    ("states:startExecution.sync:2", {"StateMachineArn": "arn", "Input": {"a.$": "$.a"}}),
    ("aws-sdk:rds:stopDBInstance", {"DbInstanceIdentifier": "a"}),
    ("aws-sdk:sfn:startExecution", {"StateMachineArn": "arn", "Input": {"a": 1}}),
    ("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k", "Body": 1}),
    ("batch:submitJob.sync", {"JobName": "a", "JobQueue": "q", "JobDefinition": "d"}),
    ("elasticmapreduce:addStep.sync", {"ClusterId": "j", "Step": {"Name": "s"}}),
    ("elasticmapreduce:createCluster", {"Name": "n", "Instances": {"InstanceCount": 1}}),
    (
        "http:invoke",
        {
            "ApiEndpoint": "https://a.example", "Method": "GET", "Headers": {"a": "b"},
            "InvocationConfig": {"ConnectionArn": "arn"},
        },
    ),
    (
        "apigateway:invoke",
        {"ApiEndpoint": "a", "Method": "GET", "Headers": {"a": ["b"], "c.$": "States.Array($.d)"}},
    ),
    ("dynamodb:getItem", None),  # the state's input is what it sends
    ("dynamodb:getItem", {"TableName.$": "$.t", "Key.$": "$.k"}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters"), SOUND, ids=[case[0] for case in SOUND])
def test_what_the_apis_take_is_no_problem(resource, parameters):
    assert found(resource, parameters) == []


def test_expressions_may_give_anything():
    assert found("dynamodb:getItem", "{% $states.input %}", "Arguments") == []
    whole = {"TableName": "{% $t %}", "Key": "{% $states.input.key %}"}
    assert found("dynamodb:getItem", whole, "Arguments") == []
    entries = {"Entries": "{% [1, 2].{'Detail': $} %}"}
    assert found("events:putEvents", entries, "Arguments") == []


FAULTS = [
    (
        "dynamodb:getItem", {"TableNam": "T", "Key": KEY},
        [
            (
                "ASL302", "error", "",
                "dynamodb:getItem needs the parameter 'TableName', which 'Do' lacks", None,
            ),
            (
                "ASL301", "error", "/TableNam",
                "dynamodb:getItem has no parameter 'TableNam', which 'Do' passes",
                "did you mean 'TableName'?",
            ),
        ],
    ),
    (
        "aws-sdk:dynamodb:query", {"TableName": "T", "IndxName.$": "$.i"},
        [
            (
                "ASL301", "error", "/IndxName.$",
                "aws-sdk:dynamodb:query has no parameter 'IndxName', which 'Do' passes",
                "did you mean 'IndexName'?",
            )
        ],
    ),
    (
        "events:putEvents", {"Entries": [{"Sorce": "a"}]},
        [
            (
                "ASL301", "error", "/Entries/0/Sorce",
                "events:putEvents has no parameter 'Sorce', which 'Do' passes",
                "did you mean 'Source'?",
            )
        ],
    ),
    (  # the first letter is always large (docs)
        "aws-sdk:batch:terminateJob", {"jobId": "a", "Reason": "b"},
        [
            (
                "ASL301", "error", "/jobId",
                "aws-sdk:batch:terminateJob has no parameter 'jobId', which 'Do' passes",
                "did you mean 'JobId'?",
            )
        ],
    ),
    (  # our spelling of inner capitals may be the wrong one
        "aws-sdk:rds:stopDBInstance", {"DBInstanceIdentifier": "a"},
        [
            (
                "ASL301", "warning", "/DBInstanceIdentifier",
                "aws-sdk:rds:stopDBInstance has no parameter 'DBInstanceIdentifier', which 'Do'"
                " passes",
                "did you mean 'DbInstanceIdentifier'?",
            )
        ],
    ),
    (  # the API may have got it since
        "aws-sdk:sqs:listQueues", {"Zzyzx": 1},
        [
            (
                "ASL301", "warning", "/Zzyzx",
                "aws-sdk:sqs:listQueues has no parameter 'Zzyzx', which 'Do' passes", None,
            )
        ],
    ),
    (  # SQS drops what it does not know
        "sqs:sendMessage", {"QueueUrl": "u", "MessageBody": "b", "DelaySecond": 1},
        [
            (
                "ASL301", "warning", "/DelaySecond",
                "sqs:sendMessage has no parameter 'DelaySecond', which 'Do' passes",
                "did you mean 'DelaySeconds'?",
            )
        ],
    ),
    (
        "http:invoke", {"ApiEndpoint": "https://a.example", "Method": "GET"},
        [
            (
                "ASL302", "error", "",
                "http:invoke needs the parameter 'Authentication', which 'Do' lacks",
                "an EventBridge connection: InvocationConfig.ConnectionArn",
            )
        ],
    ),
    (
        "apigateway:invoke", {"ApiEndpoint": "a", "Method": "GET", "Headers": {"a": "b"}},
        [
            (
                "ASL303", "error", "/Headers/a",
                "the parameter 'a' of apigateway:invoke must be an array", None,
            )
        ],
    ),
    (
        "dynamodb:getItem", {"TableName": 5, "Key": [1]},
        [
            (
                "ASL303", "error", "/Key",
                "the parameter 'Key' of dynamodb:getItem must be an object", None,
            ),
            (
                "ASL303", "error", "/TableName",
                "the parameter 'TableName' of dynamodb:getItem must be a text", None,
            ),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "parameters", "problems"), FAULTS, ids=[f"{case[0]} {case[1]}" for case in FAULTS]
)
def test_what_the_apis_refuse(resource, parameters, problems):
    assert sorted(found(resource, parameters)) == sorted(problems)


@pytest.mark.parametrize(
    ("resource", "severity", "message", "hint"),
    [
        (
            "aws-sdk:dynamodb:putItme", "error",
            "the API of dynamodb has no action 'putItme'", "did you mean 'putItem'?",
        ),
        (
            "aws-sdk:dynamodbb:putItem", "error",
            "the AWS SDK has no service 'dynamodbb'", "did you mean 'dynamodb'?",
        ),
        ("aws-sdk:zzyzx:go", "warning", "the AWS SDK has no service 'zzyzx'", None),
    ],
)  # fmt: skip
def test_apis_that_do_not_exist(resource, severity, message, hint):
    assert found(resource) == [("ASL304", severity, "/States/Do/Resource", message, hint)]


# -- while a task starts ----------------------------------------------------------------------------

STARTED = [
    ("lambda:invoke", {"FunctionName": "f", "Payload": [1]}, None),
    ("lambda:invoke", {"FunctionName": "f", "Payload": None}, None),
    (
        "lambda:invoke", {"FunctionName": "f", "Payload": 1},
        "The value for the field 'Payload' must be a STRING",
    ),
    (
        "lambda:invoke.waitForTaskToken", {"FunctionName": "f", "TaskToken": "t"},
        'The field "TaskToken" is not supported by Step Functions',
    ),
    ("lambda:invoke", {"Payload": {}}, "The field 'FunctionName' is required but was missing"),
    (
        "apigateway:invoke",
        {"ApiEndpoint": "a", "Method": "GET", "Headers": {"a": "b"}, "QueryParameters": "?a=b"},
        "The value of the field 'Headers' has an invalid format, The value of the field"
        " 'QueryParameters' has an invalid format",
    ),
    ("apigateway:invoke", {"ApiEndpoint": "a", "Method": "GET", "Headers": {"a": ["b"]}}, None),
    ("states:startExecution", {"StateMachineArn": "a", "Input": 5}, None),
    (
        "states:startExecution.sync", {"StateMachineArn": "a", "Inputs": {}},
        'The field "Inputs" is not supported by Step Functions',
    ),
    ("lambda:invoke", "no object", None),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "payload", "words"), STARTED)
def test_what_keeps_a_task_from_starting(resource, payload, words):
    check = parameter_check(ARN + resource)
    assert check is not None
    assert check(payload) == words


def test_apis_are_checked_when_they_are_known():
    resource = f"{ARN}aws-sdk:dynamodb:getItem"
    assert parameter_check(resource) is None
    check = parameter_check(resource, APIS)
    assert check is not None
    assert check({"TableNam": "t", "Key": {}}) == (
        'The field "TableNam" is not supported by Step Functions'
    )


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:lambda:us-east-1:1:function:f", f"{ARN}sqs:sendMessage", "arn:aws:states:::x"],
)
def test_nothing_to_check(resource):
    assert parameter_check(resource) is None


def recordings():
    for path in sorted(CASES.glob("*/*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        if case["kind"] == "execution" and isinstance(case.get("definition"), dict):
            yield case


@pytest.mark.skipif(not CASES.is_dir(), reason="the recordings are not here")
@pytest.mark.slow
def test_no_recorded_definition_and_no_recorded_call_is_refused():
    refused = []
    for case in recordings():
        source = Source.of(case["definition"], PATH)
        machine, _ = parse(source, kind=case.get("type") or "STANDARD")
        if machine is None:
            continue  # another test's matter
        refused += [(case["id"], str(p)) for p in check_parameters(machine, APIS, source.locate)]
        for event in case["expected"].get("events") or []:
            made = event.get("taskScheduledEventDetails")
            if made is None:
                continue
            resource = f"{ARN}{made['resourceType']}:{made['resource']}"
            for apis in (None, APIS):
                check = parameter_check(resource, apis)
                if check is not None and (words := check(made["parameters"])):
                    refused.append((case["id"], words))
    assert refused == []
