"""What a Task's Resource may be."""

import pytest


@pytest.mark.parametrize(
    ("resource", "code", "message", "hint"),
    [
        ("lambda", "ASL020", "'lambda' is not an ARN", "an integration looks like arn:aws:states:::lambda:invoke"),
        (
            "arn:aws:s3:::bucket",
            "ASL020",
            "'arn:aws:s3:::bucket' is neither a function, nor an activity, nor an integration",
            "an integration looks like arn:aws:states:::lambda:invoke",
        ),
        (
            "arn:aws:states:us-east-1:1:activity:A",
            "ASL902", "activities are not supported yet", "script the state's results: run --results FILE, or given.mocks of a scenario",
        ),
        (
            "arn:aws:states:::lamda:invoke",
            "ASL020", "the service has no integration 'lamda'", "did you mean 'lambda'?",
        ),
        (
            "arn:aws:states:::quantum:leap",
            "ASL020", "the service has no integration 'quantum'",
            "arn:aws:states:::aws-sdk:quantum:<action> calls any API",
        ),
        (
            "arn:aws:states:::glue:startJobRun.sync",
            "ASL903", "the integration glue is not supported yet",
            "script the state's results: run --results FILE, or given.mocks of a scenario",
        ),
        (
            "arn:aws:states:::dynamodb:query",
            "ASL020", "the integration dynamodb has no action 'query'",
            "it has deleteItem, getItem, putItem, updateItem;"
            " arn:aws:states:::aws-sdk:dynamodb:query calls any API",
        ),
        (
            "arn:aws:states:::lambda:invok",
            "ASL020", "the integration lambda has no action 'invok'", "did you mean 'invoke'?",
        ),
        (
            "arn:aws:states:::lambda:invoke.waitForToken",
            "ASL020", "'.waitForToken' is not an integration pattern",
            "did you mean 'waitForTaskToken'?",
        ),
        (
            "arn:aws:states:::lambda:invoke.sync",
            "ASL021", "lambda:invoke does not know the pattern '.sync'",
            "use .waitForTaskToken, or no pattern",
        ),
        (
            "arn:aws:states:::dynamodb:getItem.waitForTaskToken",
            "ASL021", "dynamodb:getItem does not know the pattern '.waitForTaskToken'", None,
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb",
            "ASL020", "'arn:aws:states:::aws-sdk:dynamodb' names no API action",
            "write arn:aws:states:::aws-sdk:<service>:<action>",
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb:ListTables",
            "ASL020", "an API action is written in camel case: 'ListTables'",
            "did you mean 'arn:aws:states:::aws-sdk:dynamodb:listTables'?",
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb:listTables.sync",
            "ASL021", "an AWS SDK integration does not know the pattern '.sync'", None,
        ),
    ],
)  # fmt: skip
def test_resources_that_the_service_or_the_simulator_does_not_know(
    only, resource, code, message, hint
):
    found = only({"Type": "Task", "Resource": resource})
    assert found == (code, "/States/S/Resource", message, hint)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken",
    ],
)
def test_express_workflows_know_no_callbacks(only, resource):
    found = only({"Type": "Task", "Resource": resource}, "EXPRESS")
    assert found[:3] == (
        "ASL022",
        "/States/S/Resource",
        "the pattern '.waitForTaskToken' needs a STANDARD workflow, and this one is EXPRESS",
    )
