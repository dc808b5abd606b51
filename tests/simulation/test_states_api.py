"""The Step Functions API as handlers see it, and HTTP routes that start executions."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "arn:aws:states:us-east-1:123456789012"


@pytest.fixture
def api(world):
    with world.cloud.calling("handler"):
        yield world.cloud.client("stepfunctions")


def arn(name):
    return f"{ACCOUNT}:stateMachine:shop-{name}"


def start(api, machine="Child", **more):
    return api.start_execution(stateMachineArn=arn(machine), **more)["executionArn"]


def refused(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_execution_is_described_before_and_after_its_end(world, api):
    run = start(api, name="own", input='{"a":  1}')
    before = api.describe_execution(executionArn=run)
    world.run()
    after = api.describe_execution(executionArn=run)
    assert (before["status"], before["input"], "stopDate" in before) == (
        "RUNNING",
        '{"a":  1}',
        False,
    )
    assert (after["status"], after["output"], after["name"]) == (
        "SUCCEEDED",
        '{"good":true}',
        "own",
    )
    assert after["stopDate"] - after["startDate"] == timedelta(seconds=10)


def test_a_failed_execution_is_described_with_error_and_cause(world, api):
    run = start(api, input='{"fail": true}')
    world.run()
    found = api.describe_execution(executionArn=run)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Bad", "asked to")


def test_an_execution_can_be_stopped(world, api):
    run = start(api, "Endless")
    world.run(until=timedelta(seconds=5))
    stopped = api.stop_execution(executionArn=run, error="Enough", cause="tired")
    world.run()
    found = api.describe_execution(executionArn=run)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "tired")
    assert stopped["stopDate"] == found["stopDate"]


def test_executions_are_listed_newest_first_and_by_status(world, api):
    for name in ("a", "b"):
        start(api, name=name)
    world.run()
    start(api, name="c")
    listed = api.list_executions(stateMachineArn=arn("Child"))["executions"]
    running = api.list_executions(stateMachineArn=arn("Child"), statusFilter="RUNNING")
    first = api.list_executions(stateMachineArn=arn("Child"), maxResults=1)["executions"]
    world.run()
    assert [(item["name"], "stopDate" in item) for item in listed] == [
        ("c", False),
        ("b", True),
        ("a", True),
    ]
    assert [item["name"] for item in running["executions"]] == ["c"]
    assert [item["name"] for item in first] == ["c"]


def test_a_history_is_read_both_ways(world, api):
    run = start(api)
    world.run()
    kinds = [item["type"] for item in api.get_execution_history(executionArn=run)["events"]]
    back = api.get_execution_history(executionArn=run, reverseOrder=True, maxResults=2)["events"]
    assert (kinds[0], kinds[-1]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert [item["type"] for item in back] == kinds[:-3:-1]
    assert back[0]["timestamp"] == world.now


def test_machines_are_listed_and_described(world, api):
    listed = api.list_state_machines()["stateMachines"]
    assert {item["name"]: item["type"] for item in listed}["shop-Quick"] == "EXPRESS"
    found = api.describe_state_machine(stateMachineArn=arn("Quick"))
    assert (found["status"], found["type"], found["creationDate"]) == (
        "ACTIVE",
        "EXPRESS",
        world.started_at,
    )
    assert json.loads(found["definition"])["StartAt"] == "Double"


def test_a_synchronous_execution_is_described_with_its_bill(api):
    found = api.start_sync_execution(stateMachineArn=arn("Quick"), input='{"n": 2}')
    assert (found["status"], found["output"]) == ("SUCCEEDED", '{"twice":4}')
    assert found["billingDetails"] == {
        "billedMemoryUsedInMB": 64,
        "billedDurationInMilliseconds": 100,
    }


@pytest.mark.parametrize(
    ("call", "request_", "expected"),
    [
        ("start_execution", {"stateMachineArn": arn("None")}, ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn('None')}'")),
        ("start_execution", {"stateMachineArn": arn("Child"), "input": "{"}, ("InvalidExecutionInput", "Invalid State Machine Execution Input: 'Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)\"{\"; line: 1, column: 1])'")),
        ("start_execution", {"stateMachineArn": arn("Child"), "input": "not json"}, ("InvalidExecutionInput", "Invalid State Machine Execution Input: 'Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')'")),
        ("start_execution", {"stateMachineArn": arn("Child"), "input": ""}, ("InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'")),
        ("start_execution", {"stateMachineArn": arn("Child"), "name": "a b"}, ("InvalidName", "Invalid Name: 'a b'")),
        ("start_sync_execution", {"stateMachineArn": arn("Child")}, ("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")),
        ("describe_execution", {"executionArn": "arn:none"}, ("ExecutionDoesNotExist", "Execution Does Not Exist: 'arn:none'")),
        ("send_task_success", {"taskToken": "none", "output": "{}"}, None),
        ("send_task_failure", {"taskToken": "none"}, None),
        ("send_task_heartbeat", {"taskToken": "none"}, None),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_refused_with_its_code(api, call, request_, expected):
    found = refused(getattr(api, call), **request_)
    assert found == (expected or ("InvalidToken", "Invalid Token: 'Invalid token'"))


def waiting(world, api):
    run = start(api, "Approval", input='{"id": "a1"}')
    world.run(until=timedelta(seconds=1))
    (opened,) = world.open_tasks()
    return run, opened.token


def test_a_token_sends_success(world, api):
    run, token = waiting(world, api)
    assert refused(api.send_task_success, taskToken=token, output="{")[0] == "InvalidOutput"
    api.send_task_success(taskToken=token, output='{"by": "me"}')
    world.run()
    assert json.loads(api.describe_execution(executionArn=run)["output"]) == {"by": "me"}
    assert refused(api.send_task_success, taskToken=token, output="{}")[0] == "TaskTimedOut"


def test_a_token_sends_failure(world, api):
    run, token = waiting(world, api)
    api.send_task_heartbeat(taskToken=token)
    api.send_task_failure(taskToken=token, error="Refused", cause="no")
    world.run()
    found = api.describe_execution(executionArn=run)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Refused", "no")


def test_every_action_of_the_service_is_there(world):
    from simulator.simulation.states_api import StatesApi

    known = world.cloud.client("stepfunctions").meta.service_model.operation_names
    assert set(known) == set(StatesApi(world).operations)


# -- definitions and single states ------------------------------------------------------------------


def test_a_definition_is_judged_in_the_services_words(api):
    found = api.validate_state_machine_definition(definition="{}")
    assert (found["result"], found["truncated"]) == ("FAIL", False)
    assert found["diagnostics"] == [
        {
            "severity": "ERROR",
            "code": "SCHEMA_VALIDATION_FAILED",
            "message": "These fields are required: [States, StartAt]",
            "location": "/",
        }
    ]
    good = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    found = api.validate_state_machine_definition(definition=good, severity="WARNING")
    assert (found["result"], found["diagnostics"]) == ("OK", [])


def test_one_state_is_tested(api):
    state = {"Type": "Pass", "Parameters": {"x.$": "$.a"}, "Next": "B"}
    found = api.test_state(definition=json.dumps(state), input='{"a": 1}', inspectionLevel="DEBUG")
    assert (found["status"], json.loads(found["output"]), found["nextState"]) == (
        "SUCCEEDED",
        {"x": 1},
        "B",
    )
    assert json.loads(found["inspectionData"]["afterParameters"]) == {"x": 1}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(5, {"status": "SUCCEEDED", "output": '{"charged":5}'}), (500, {"error": "CardDeclined"})],
)
def test_a_task_is_tested_with_the_worlds_own_functions(world, api, amount, expected):
    arn = world.project.function("Charge").arn
    found = api.test_state(
        definition=json.dumps({"Type": "Task", "Resource": arn, "End": True}),
        roleArn="arn:aws:iam::123456789012:role/r",
        input=json.dumps({"id": "1", "amount": amount}),
    )
    assert {name: found[name] for name in expected} == expected


def test_a_test_that_cannot_be_is_refused(api):
    code, message = refused(api.test_state, definition='{"Type": "Task", "Resource": "x"}')
    assert code in {"InvalidDefinition", "ValidationException"}
    assert message


# -- routes that start executions -------------------------------------------------------------------

ROUTED = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Slow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Wait, Seconds: 5, End: true}}}
      Events: {Post: {Type: Api, Properties: {Path: /slow, Method: POST}}}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        openapi: 3.0.1
        paths:
          /quick:
            post:
              x-amazon-apigateway-integration:
                type: AWS_PROXY
                integrationSubtype: StepFunctions-StartSyncExecution
                requestParameters: {StateMachineArn: !Ref Quick}
          /gone:
            post:
              x-amazon-apigateway-integration:
                type: AWS_PROXY
                integrationSubtype: StepFunctions-StartExecution
                requestParameters: {StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:x'}
  Quick:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition:
        StartAt: Is
        States:
          Is: {Type: Choice, Choices: [{Variable: $.bad, IsPresent: true, Next: No}], Default: Yes}
          No: {Type: Fail, Error: E, Cause: why}
          Yes: {Type: Pass, Result: {ok: 1}, End: true}
"""


@pytest.fixture
def routed(tmp_path):
    from simulator.project.project import Project
    from simulator.simulation import Simulation
    from tests.conftest import START

    text = ROUTED.replace("Default: Yes}", "Default: 'Yes'}").replace("Next: No}", "Next: 'No'}")
    text = text.replace("          No: ", "          'No': ").replace(
        "          Yes: ", "          'Yes': "
    )
    (tmp_path / "template.yaml").write_text(text)
    with Simulation(Project.load(tmp_path), start=START) as made:
        yield made


def test_a_route_starts_an_execution_with_the_body_as_its_input(routed):
    answer = routed.request("POST", "/slow", body={"a": 1})
    (run,) = routed.executions
    assert (answer.status, answer.body) == (
        200,
        {"executionArn": run.arn, "startDate": run.started_at.timestamp()},
    )
    routed.run()
    assert (run.status, run.input) == ("SUCCEEDED", {"a": 1})


def test_a_route_waits_for_a_synchronous_execution(routed):
    answer = routed.request("POST", "/quick", body={"a": 1}).body
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '{"ok":1}')
    failed = routed.request("POST", "/quick", body={"bad": 1}).body
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "E", "why")


def test_a_route_to_a_machine_that_is_gone_answers_with_the_services_error(routed):
    answer = routed.request("POST", "/gone")
    assert (answer.status, answer.body["__type"]) == (400, "StateMachineDoesNotExist")
