"""What a Task's Resource may be."""

import pytest

from simulator.asl.integrations import OPTIMISED, Integration, read_integration

LOOKS = "an integration looks like arn:aws:states:::lambda:invoke"
ANY = "arn:aws:states:::aws-sdk:"
UNKNOWN = [
    ("lambda", "ASL020", "'lambda' is not an ARN", LOOKS),
    (
        "arn:aws:s3:::bucket",
        "ASL020", "'arn:aws:s3:::bucket' is neither a function, nor an activity, nor an integration",
        LOOKS,
    ),
    (
        "arn:awss:states:::lambda:invoke",
        "ASL020", "there is no partition 'awss'", "did you mean 'aws'?",
    ),
    (
        "arn:aws:states:::lamda:invoke",
        "ASL020", "the service has no integration 'lamda'", "did you mean 'lambda'?",
    ),
    (
        "arn:aws:states:::quantum:leap",
        "ASL020", "the service has no integration 'quantum'", f"{ANY}quantum:<action> calls any API",
    ),
    (
        "arn:aws:states:::s3:getObject",
        "ASL020", "s3:getObject stands in an ItemReader or a ResultWriter, not in a Task",
        f"{ANY}s3:getObject calls the API",
    ),
    (
        "arn:aws:states:::dynamodb:query",
        "ASL020", "the integration dynamodb has no action 'query'",
        f"it has deleteItem, getItem, putItem, updateItem; {ANY}dynamodb:query calls any API",
    ),
    (
        "arn:aws:states:::http:get",
        "ASL020", "the integration http has no action 'get'", "it has invoke",
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
        "arn:aws:states:::glue:startJobRun.sync:2",
        "ASL021", "glue:startJobRun does not know the pattern '.sync:2'", "use .sync, or no pattern",
    ),
    (
        "arn:aws:states:::athena:getQueryResults.sync",
        "ASL021", "athena:getQueryResults does not know the pattern '.sync'",
        None,
    ),
    (
        "arn:aws:states:::dynamodb:getItem.waitForTaskToken",
        "ASL021", "dynamodb:getItem does not know the pattern '.waitForTaskToken'", None,
    ),
    (
        "arn:aws:states:::http:invoke.waitForTaskToken",
        "ASL021", "http:invoke does not know the pattern '.waitForTaskToken'", None,
    ),
    (
        "arn:aws:states:::aws-sdk:dynamodb",
        "ASL020", "'arn:aws:states:::aws-sdk:dynamodb' names no API action",
        f"write {ANY}<service>:<action>",
    ),
    (
        "arn:aws:states:::aws-sdk:dynamodb:ListTables",
        "ASL020", "an API action is written in camel case: 'ListTables'",
        f"did you mean '{ANY}dynamodb:listTables'?",
    ),
    (
        "arn:aws:states:::aws-sdk:Secrets-Manager:listSecrets",
        "ASL020",
        "an SDK service is written in small letters without punctuation: 'Secrets-Manager'",
        f"did you mean '{ANY}secretsmanager:listSecrets'?",
    ),
    (
        "arn:aws:states:::aws-sdk:qldb:listLedgers",
        "ASL020", "the service has given up its integration 'qldb'", None,
    ),
    (
        "arn:aws:states:::aws-sdk:dynamodb:listTables.sync",
        "ASL021", "an AWS SDK integration does not know the pattern '.sync'", None,
    ),
    (
        "arn:aws:lambda:us-east-1:1:function:F.waitForTaskToken",
        "ASL021", "a function's ARN does not know the pattern '.waitForTaskToken'",
        "arn:aws:states:::lambda:invoke.waitForTaskToken with FunctionName 'F' waits for a token",
    ),
    (
        "arn:aws:lambda:us-east-1:1:function:F:live:2",
        "ASL020", "'arn:aws:lambda:us-east-1:1:function:F:live:2' is not the ARN of a function", None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "code", "message", "hint"), UNKNOWN)
def test_resources_that_the_service_does_not_know(only, resource, code, message, hint):
    found = only({"Type": "Task", "Resource": resource})
    assert found == (code, "/States/S/Resource", message, hint)


@pytest.mark.parametrize(
    "resource",
    [
        "sqs:sendMessage.waitForTaskToken",
        "aws-sdk:sqs:sendMessage.waitForTaskToken",
        "glue:startJobRun.sync",
        "states:startExecution.sync:2",
    ],
)
def test_express_workflows_know_no_jobs_and_no_callbacks(of_state, resource):
    found = of_state({"Type": "Task", "Resource": f"arn:aws:states:::{resource}"}, "EXPRESS")
    pattern = resource.partition(".")[2]
    assert found[0][:3] == (
        "ASL022",
        "/States/S/Resource",
        f"the pattern '.{pattern}' needs a STANDARD workflow, and this one is EXPRESS",
    )


def test_express_workflows_know_no_activities(only):
    arn = "arn:aws:states:us-east-1:1:activity:A"
    assert only({"Type": "Task", "Resource": arn}, "EXPRESS")[:3] == (
        "ASL022",
        "/States/S/Resource",
        "activities need a STANDARD workflow, and this one is EXPRESS",
    )


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:lambda:us-east-1:123456789012:function:F",
        "arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST",
        "arn:aws-cn:lambda:cn-north-1:123456789012:function:F:live",
        "arn:aws:states:us-east-1:123456789012:activity:A",
        "arn:aws-us-gov:states:::dynamodb:putItem",
        "arn:${AWS::Partition}:states:::dynamodb:putItem",
        "${FunctionArn}",
        "arn:aws:states:::${Action}",
        "arn:aws:states:::aws-sdk:bedrockagentcore:invokeAgentRuntime",
        *(
            f"arn:aws:states:::{service}:{action}{pattern}"
            for service, actions in OPTIMISED.items()
            for action, patterns in actions.items()
            for pattern in ["", *(f".{name}" for name in sorted(patterns))]
        ),
    ],
)
def test_what_the_service_has_is_accepted(of_state, resource):
    """A token that nobody sends is another check's matter."""
    found = of_state({"Type": "Task", "Resource": resource})
    assert [problem for problem in found if problem[0] != "ASL202"] == []


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        ("arn:aws:states:::sqs:sendMessage", Integration("sqs", "sendMessage", "", is_sdk=False)),
        (
            "arn:aws-cn:states:::states:startExecution.sync:2",
            Integration("states", "startExecution", "sync:2", is_sdk=False),
        ),
        (
            "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken",
            Integration("sqs", "sendMessage", "waitForTaskToken", is_sdk=True),
        ),
        ("arn:aws:lambda:us-east-1:1:function:F", None),
        ("arn:aws:states:us-east-1:1:activity:A", None),
    ],
)
def test_what_a_resource_calls(resource, wanted):
    found = read_integration(resource)
    assert found == wanted
    assert found is None or found.is_job == (wanted.pattern == "sync:2")
