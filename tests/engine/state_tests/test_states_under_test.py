"""TestState beyond the recordings: refusals, every state type, mocks of every integration."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from simulator.engine import state_test
from simulator.engine.ports import Failure, Success
from simulator.engine.state_test_error import StateTestError
from simulator.errors import UsageError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROLE = "arn:aws:iam::111122223333:role/role"
PASS = {"Type": "Pass", "End": True}
INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f"},
    "End": True,
}
PARALLEL = {
    "Type": "Parallel",
    "Branches": [{"StartAt": name, "States": {name: PASS}} for name in ("A", "B")],
    "End": True,
}
EACH = {
    "Type": "Map",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": PASS},
    },
    "End": True,
}


def result(value, **more):
    return {"result": json.dumps(value), **more}


def error(name="Oops", cause="why"):
    return {"errorOutput": {"error": name, "cause": cause}}


PARAMETERS = "Parameter validation failed:\n"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, 'Missing required parameter in input: "definition"'),
        (
            {"definition": "{}", "stateName": ""},
            "Invalid length for parameter stateName, value: 0, valid min length: 1",
        ),
        (
            {"definition": 1},
            "Invalid type for parameter definition, value: 1, type: <class 'int'>,"
            " valid types: <class 'str'>",
        ),
        (
            {"definition": "{}", "mock": {"results": "1"}},
            'Unknown parameter in mock: "results", must be one of: result, errorOutput,'
            " fieldValidationMode",
        ),
        (
            {"definition": "{}", "stateConfiguration": {"retrierRetryCount": -1}},
            "Invalid value for parameter stateConfiguration.retrierRetryCount, value: -1,"
            " valid min value: 0",
        ),
        (
            {"definition": "", "revealSecrets": "no"},
            "Invalid length for parameter definition, value: 0, valid min length: 1\n"
            "Invalid type for parameter revealSecrets, value: no, type: <class 'str'>,"
            " valid types: <class 'bool'>",
        ),
    ],
)
def test_what_the_sdk_refuses_is_worded_as_the_sdk_words_it(request_, message):
    import botocore.session
    from botocore.exceptions import ParamValidationError
    from botocore.validate import validate_parameters

    with pytest.raises(StateTestError) as caught:
        state_test.test_state(request_, apis=None, now=NOW)
    assert (caught.value.code, caught.value.message) == (
        "ParamValidationError",
        PARAMETERS + message,
    )
    model = botocore.session.get_session().get_service_model("stepfunctions")
    with pytest.raises(ParamValidationError) as sdk:
        validate_parameters(request_, model.operation_model("TestState").input_shape)
    assert str(sdk.value) == caught.value.message


VALIDATION = "ValidationException"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"inspectionLevel": "ALL"},
            "1 validation error detected: Value 'ALL' at 'inspectionLevel' failed to satisfy"
            " constraint: Member must satisfy enum value set: [INFO, DEBUG, TRACE]",
        ),
        (
            {"stateName": "x" * 81, "mock": {"fieldValidationMode": "SOME", "result": "1"}},
            f"2 validation errors detected: Value '{'x' * 81}' at 'stateName' failed to satisfy"
            " constraint: Member must have length less than or equal to 80; Value 'SOME' at"
            " 'mock.fieldValidationMode' failed to satisfy constraint: Member must satisfy enum"
            " value set: [STRICT, PRESENT, NONE]",
        ),
        (
            {"mock": {"errorOutput": {"cause": "x"}}},
            "1 validation error detected: Value null at 'mock.errorOutput.error' failed to satisfy"
            " constraint: Member must not be null",
        ),
        (
            {"mock": {}},
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (
            {"mock": result(1), "revealSecrets": True},
            "TestState does not support RevealSecrets when a mock is specified.",
        ),
        (
            {"stateConfiguration": {"mapIterationFailureCount": 1}},
            "TestState does not support MapIterationFailureCount when a mock is not specified.",
        ),
        (
            {"stateConfiguration": {"retrierRetryCount": 1}},
            "TestState does not support RetrierRetryCount when a mock is not specified.",
        ),
        ({"context": "{}"}, "TestState does not support Context when a mock is not specified."),
        ({"variables": "{"}, "Variables must be valid JSON"),
        ({"variables": "[]"}, "Variables must be a JSON object."),
        ({"mock": result(1)}, "State type 'Pass' is not supported when a mock is specified"),
    ],
)
def test_what_the_service_refuses_of_the_request(more, message, refused):
    assert refused(PASS, **more) == (VALIDATION, message)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Invalid execution input."),
        (
            "not json",
            "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token"
            " 'null', 'true' or 'false')",
        ),
        (
            "{'a': 1}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
        ),
    ],
)
def test_an_input_that_is_no_json(text, reason, refused):
    assert refused(PASS, input=text) == (
        "InvalidExecutionInput",
        f"Invalid State Machine Execution Input: '{reason}'",
    )


@pytest.mark.parametrize("member", ["input", "variables", "context", "mock"])
def test_json_that_nests_too_deeply_is_refused(member, refused):
    deep = "[" * 100_000 + "]" * 100_000
    mocked = {} if member in ("input", "variables") else {"mock": result({})}
    more = {**mocked, member: {"result": deep} if member == "mock" else deep}
    assert refused(INVOKE if mocked else PASS, **more)[0].endswith(
        "InvalidExecutionInput" if member == "input" else "ValidationException"
    )


def test_a_role_that_is_no_arn(refused):
    assert refused(PASS, roleArn="role") == (
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: role'",
    )


SCHEMA = "SCHEMA_VALIDATION_FAILED: "


@pytest.mark.parametrize(
    ("definition", "more", "message"),
    [
        (
            "not",
            {},
            "INVALID_JSON_DESCRIPTION: Unrecognized token 'not': was expecting (JSON String, Number,"
            " Array, Object or token 'null', 'true' or 'false')\n at [Source: (String)\"not\"; line:"
            ' 1, column: 4] at [Source: (String)"not"; line: 1, column: 4]',
        ),
        (  # a machine needs stateName
            {"StartAt": "A", "States": {"A": PASS}},
            {},
            f"{SCHEMA}These fields are required: [Type] at /States/StateName",
        ),
        (  # and stateName a machine
            PASS,
            {"stateName": "A"},
            f"{SCHEMA}These fields are required: [States, StartAt] at /, {SCHEMA}Field 'Type' is not"
            f" supported at /, {SCHEMA}Field 'End' is not supported at /",
        ),
        (
            {**PARALLEL, "Branches": []},
            {"mock": result([])},
            f"{SCHEMA}Value cannot be empty at /States/StateName/Branches",
        ),
        (
            {"StartAt": "A", "States": {"A": PASS, "B": PASS}},
            {"stateName": "A"},
            'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B',
        ),
    ],
)
def test_a_definition_that_is_wrong(definition, more, message, refused):
    code, words = refused(definition, **more)
    assert code == "InvalidDefinition"
    assert words == f"Invalid State Machine Definition: '{message}'"


def test_states_are_found_at_any_depth(ask, refused):
    inner = {"Type": "Pass", "Parameters": {"n.$": "$$.Map.Item.Index", "me.$": "$$.State.Name"}}
    each = {
        **EACH,
        "ItemProcessor": {"StartAt": "Deep", "States": {"Deep": {**inner, "End": True}}},
    }
    machine = {
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "End": True,
                "Branches": [{"StartAt": "Each", "States": {"Each": each}}],
            }
        },
    }
    assert ask(machine, 5, stateName="Deep")["output"] == {"n": 0, "me": "Deep"}
    missing = refused(machine, stateName="deep")
    assert missing == (VALIDATION, "State not found in definition")


MAP_REFUSED = (
    "TestState API does not support Map or Parallel states. Supported state types include:"
    " [Task, Wait, Pass, Succeed, Fail, Choice]"
)
PATTERN_REFUSED = (
    "TestState API does not support Activity tasks and '.sync' or '.waitForTaskToken' service"
    " integration patterns when a mock is not specified."
)


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (EACH, MAP_REFUSED),
        (PARALLEL, MAP_REFUSED),
        ({**INVOKE, "Resource": f"{INVOKE['Resource']}.waitForTaskToken"}, PATTERN_REFUSED),
        ({**INVOKE, "Resource": "arn:aws:states:::ecs:runTask.sync"}, PATTERN_REFUSED),
        (
            {**INVOKE, "Resource": "arn:aws:states:us-east-1:111122223333:activity:a"},
            PATTERN_REFUSED,
        ),
        (INVOKE, "RoleArn must be specified when testing a Task state"),
    ],
)
def test_states_that_need_a_mock_or_a_role(definition, message, refused):
    assert refused(definition, {}) == (VALIDATION, message)


def test_a_task_without_a_mock_needs_somebody_who_does_it(ask):
    with pytest.raises(UsageError, match="the state 'StateName' calls arn:aws:states:::lambda:inv"):
        ask(INVOKE, {}, roleArn=ROLE)


def test_a_task_without_a_mock_is_done_by_the_runner(ask, answering):
    tasks = answering(Success({"done": 1}))
    function = "arn:aws:lambda:us-east-1:111122223333:function:f"
    asked = {"Type": "Task", "Resource": function, "End": True}
    found = ask({**asked, "TimeoutSeconds": 9}, {"a": 1}, tasks=tasks, roleArn=ROLE)
    assert (found["status"], found["output"]) == ("SUCCEEDED", {"done": 1})
    call = tasks.calls[0]
    assert (call.resource, call.payload, call.attempt, call.timeout, call.token) == (
        asked["Resource"],
        {"a": 1},
        1,
        timedelta(seconds=9),
        None,
    )


@pytest.mark.parametrize(
    ("answer", "status", "name"),
    [
        (Failure("Oops", "why"), "FAILED", "Oops"),
        (Success(1, timedelta(seconds=10)), "FAILED", "States.Timeout"),
        (Success(1, timedelta(seconds=9)), "SUCCEEDED", None),
    ],
)
def test_what_the_runner_answers_is_the_outcome(answer, status, name, ask, answering):
    task = {**INVOKE, "TimeoutSeconds": 9}
    found = ask(task, {}, tasks=answering(answer), roleArn=ROLE)
    assert (found["status"], found.get("error")) == (status, name)


def test_nothing_runs_longer_than_five_minutes(ask, answering):
    slow = answering(Success(1, timedelta(seconds=301)))
    retry = [{"ErrorEquals": ["States.ALL"]}]
    found = ask({**INVOKE, "Retry": retry}, {}, tasks=slow, roleArn=ROLE)
    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
    assert "errorDetails" not in found["inspectionData"]
    assert ask({"Type": "Wait", "Seconds": 300, "End": True}, {})["status"] == "SUCCEEDED"
    assert ask({"Type": "Wait", "Seconds": 301, "End": True}, {})["error"] == "States.Timeout"


@pytest.mark.parametrize(
    ("state", "payload", "expected"),
    [
        (
            {"Type": "Wait", "InputPath": "$.a", "SecondsPath": "$.s", "Next": "Then"},
            {"a": {"s": 1}},
            {
                "status": "SUCCEEDED",
                "output": {"s": 1},
                "nextState": "Then",
                "inspectionData": {"input": {"a": {"s": 1}}, "afterInputPath": {"s": 1}},
            },
        ),
        (
            {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [
                {"Condition": "{% $states.input.n > 1 %}", "Next": "Big", "Assign": {"n": 2},
                 "Output": {"big": True}}], "Default": "Small"},
            {"n": 2},
            {
                "status": "SUCCEEDED",
                "output": {"big": True},
                "nextState": "Big",
                "inspectionData": {"input": {"n": 2}, "variables": {"n": 2}},
            },
        ),
        (
            {"Type": "Choice", "Choices": [
                {"Variable": "$.n", "NumericEquals": 1, "Next": "One"}]},
            {"n": 2},
            {
                "status": "FAILED",
                "error": "States.NoChoiceMatched",
                "cause": "An error occurred while executing the state 'StateName' (entered at the"
                " event id #2). Failed to transition out of the state. The state does not point to"
                " a next state.",
                "inspectionData": {"input": {"n": 2}, "afterInputPath": {"n": 2}},
            },
        ),
        (
            {"Type": "Fail", "ErrorPath": "$.e"},
            {"e": "Oops"},
            {
                "status": "FAILED",
                "error": "Oops",
                "inspectionData": {"input": {"e": "Oops"}, "afterInputPath": {"e": "Oops"}},
            },
        ),
        (
            {"Type": "Succeed", "OutputPath": "$.a"},
            {"a": 1},
            {
                "status": "SUCCEEDED",
                "output": 1,
                "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1}},
            },
        ),
        (
            {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a + $b %}",
             "Assign": {"c": "{% $b %}"}, "End": True},
            {"a": 1},
            {
                "status": "SUCCEEDED",
                "output": 3,
                "inspectionData": {"input": {"a": 1}, "variables": {"b": 2, "c": 2}},
            },
        ),
        (
            {"Type": "Pass", "InputPath": "$.a", "Parameters": {"x.$": "$.missing"}, "End": True},
            {"a": {}},
            {
                "status": "FAILED",
                "error": "States.Runtime",
                "cause": "An error occurred while executing the state 'StateName' (entered at the"
                " event id #2). The JSONPath '$.missing' specified for the field 'x.$' could not be"
                " found in the input '{}'",
                "inspectionData": {"input": {"a": {}}, "afterInputPath": {}},
            },
        ),
    ],
)  # fmt: skip
def test_states_that_call_nothing(state, payload, expected, ask):
    variables = {"variables": '{"b": 2}'} if "$b" in json.dumps(state) else {}
    assert ask(state, payload, **variables) == expected


def test_uuids_are_the_same_in_every_step(ask):
    state = {"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}, "End": True}
    found = ask(state, {})
    assert found["inspectionData"]["afterParameters"] == found["output"]
    assert ask(state, {}) == found


def test_jsonpath_task_shows_every_step(ask):
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "InputPath": "$.in",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$.m"},
        "ResultSelector": {"id.$": "$.MessageId"},
        "ResultPath": "$.sent",
        "OutputPath": "$.sent",
        "Assign": {"whole.$": "$"},
        "Next": "Then",
    }
    sent = {"MD5OfMessageBody": "x", "MessageId": "m"}
    found = ask(task, {"in": {"m": 1}}, mock=result(sent), inspectionLevel="TRACE")
    assert found == {
        "status": "SUCCEEDED",
        "nextState": "Then",
        "output": {"id": "m"},
        "inspectionData": {
            "input": {"in": {"m": 1}},
            "afterInputPath": {"m": 1},
            "afterParameters": {"QueueUrl": "q", "MessageBody": 1},
            "result": sent,
            "afterResultSelector": {"id": "m"},
            "afterResultPath": {"in": {"m": 1}, "sent": {"id": "m"}},
            "variables": {"whole": sent},
        },
    }
    assert "inspectionData" not in ask(
        task, {"in": {"m": 1}}, mock=result(sent), inspectionLevel="INFO"
    )


def test_a_text_is_shown_as_it_came():
    found = state_test.test_state(
        {"definition": json.dumps(PASS), "input": '{ "a":  1 }', "inspectionLevel": "DEBUG"},
        apis=None,
        now=NOW,
    )
    assert found["output"] == '{ "a":  1 }'
    assert found["inspectionData"]["afterResultPath"] == '{ "a":  1 }'


RETRY = [
    {"ErrorEquals": ["Other"]},
    {"ErrorEquals": ["Oops"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2,
     "MaxDelaySeconds": 5},
]  # fmt: skip
CATCH = [
    {"ErrorEquals": ["Other"], "Next": "No"},
    {"ErrorEquals": ["States.ALL"], "Next": "Yes", "ResultPath": "$.error"},
]


@pytest.mark.parametrize(
    ("more", "retries", "expected"),
    [
        ({"Retry": RETRY}, 0, ("RETRIABLE", {"retryIndex": 1, "retryBackoffIntervalSeconds": 3})),
        ({"Retry": RETRY}, 1, ("RETRIABLE", {"retryIndex": 1, "retryBackoffIntervalSeconds": 5})),
        ({"Retry": RETRY}, 2, ("FAILED", {"retryIndex": 1})),
        (
            {"Retry": RETRY, "Catch": CATCH},
            2,
            ("CAUGHT_ERROR", {"retryIndex": 1, "catchIndex": 1}),
        ),
        ({"Catch": CATCH}, 0, ("CAUGHT_ERROR", {"catchIndex": 1})),
        ({"Catch": CATCH[:1]}, 0, ("FAILED", None)),
        ({}, 0, ("FAILED", None)),
    ],
)
def test_an_error_meets_retriers_and_catchers(more, retries, expected, ask):
    found = ask(
        {**INVOKE, "Parameters": {"FunctionName": "f"}, **more},
        {"a": 1},
        mock=error(),
        stateConfiguration={"retrierRetryCount": retries},
    )
    assert (found["status"], found["inspectionData"].get("errorDetails")) == expected
    assert (found["error"], found["cause"]) == ("Oops", "why")
    if expected[0] == "CAUGHT_ERROR":
        assert found["nextState"] == "Yes"
        assert found["output"] == {"a": 1, "error": {"Error": "Oops", "Cause": "why"}}
    else:
        assert not {"output", "nextState"} & found.keys()


def test_nothing_catches_a_runtime_error_but_evaluation_errors_are_caught(ask):
    task = {**INVOKE, "Parameters": {"FunctionName.$": "$.none"}, "Catch": CATCH}
    found = ask(task, {}, mock=result({}))
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    jsonata = {
        "Type": "Task",
        "Resource": INVOKE["Resource"],
        "End": True,
        "QueryLanguage": "JSONata",
        "Arguments": {"FunctionName": "{% $states.input.none %}"},
        "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Yes"}],
    }
    found = ask(jsonata, {}, mock=result({}))
    assert (found["status"], found["error"], found["nextState"]) == (
        "CAUGHT_ERROR",
        "States.QueryEvaluationError",
        "Yes",
    )


def test_a_catcher_that_fails_itself(ask):
    catcher = {"ErrorEquals": ["Oops"], "Next": "Yes", "Output": "{% $states.input.none %}"}
    task = {**INVOKE, "QueryLanguage": "JSONata", "Arguments": {}, "Catch": [catcher]}
    del task["Parameters"]
    found = ask(task, {}, mock=error())
    assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert found["inspectionData"]["errorDetails"] == {"catchIndex": 0}


def test_the_context_object_has_defaults_and_may_be_given(ask):
    task = {**INVOKE, "ResultSelector": {"c.$": "$$"}}
    found = ask(task, 7, mock=result({}), roleArn=ROLE)["output"]["c"]
    run = found["Execution"]
    assert run["Id"].startswith("arn:aws:states:us-east-1:111122223333:express:")
    assert run == {
        "Id": run["Id"],
        "Input": 7,
        "Name": run["Id"].split(":")[-1],
        "RoleArn": ROLE,
        "StartTime": "2026-01-01T00:00:00Z",
    }
    assert found["State"] == {
        "Name": "StateName",
        "EnteredTime": "2026-01-01T00:00:00Z",
        "RetryCount": 0,
    }
    given = {"Execution": {"Name": "one"}, "State": {"RetryCount": 3}}
    found = ask(task, 7, mock=result({}), context=json.dumps(given))
    assert found["output"]["c"] == given
    retried = ask(task, 7, mock=result({}), stateConfiguration={"retrierRetryCount": 2})
    assert retried["output"]["c"]["State"]["RetryCount"] == 2


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ("[", "Invalid Context object provided: Context must be valid JSON"),
        ("[]", "Invalid Context object provided: Context must be a JSON object"),
        ('{"State": 1}', "Invalid Context object provided: State must be an object"),
        ('{"State": {"Name": 1}}', "Invalid Context object provided: State.Name must be a string"),
        (
            '{"State": {"RetryCount": "1"}}',
            "Invalid Context object provided: State.RetryCount must be a number",
        ),
        (
            '{"Task": {"Token": "t"}}',
            "Context object contains 'Task' when state is not a Task state with a '.sync' or"
            " '.waitForTaskToken' service integration pattern",
        ),
    ],
)
def test_a_context_object_that_is_wrong(context, message, refused):
    assert refused(INVOKE, {}, mock=result({}), context=context) == (VALIDATION, message)


def test_a_callback_has_a_token(ask):
    task = {
        **INVOKE,
        "Resource": f"{INVOKE['Resource']}.waitForTaskToken",
        "Parameters": {"FunctionName": "f", "Payload": {"t.$": "$$.Task.Token"}},
    }
    found = ask(task, {}, mock=result("what the worker sends"))
    assert found["output"] == "what the worker sends"
    assert len(found["inspectionData"]["afterParameters"]["Payload"]["t"]) > 20
