"""Tasks, states and handlers that invoke functions."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from simulator.aws.faults import Fault
from simulator.engine.ports import Success
from simulator.errors import SourceError, UsageError
from tests.tasks.conftest import ACCOUNT, FUNCTION, START, states, task

WORK = FUNCTION + "Work"
INVOKE = task("lambda:invoke", {"FunctionName": WORK, "Payload.$": "$"})
DIRECT = task(WORK)
ECHO = "def work(event, context): return {'got': event}\n"


def told(execution):
    """The error, and the cause read as JSON without its request id."""
    cause = json.loads(execution.cause)
    cause.pop("requestId", None)
    return execution.error, cause


# -- what comes back --------------------------------------------------------------------------------


def test_a_direct_task_gives_what_the_function_returns(once):
    assert once(DIRECT, {"n": 1}, ECHO).output == {"got": {"n": 1}}


def test_an_invoke_task_gives_lambdas_answer_with_the_payload_in_it(once):
    output = once(INVOKE, {"n": 1}, ECHO).output
    assert (output["ExecutedVersion"], output["StatusCode"], output["Payload"]) == (
        "$LATEST",
        200,
        {"got": {"n": 1}},
    )
    assert output["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "15"
    identity = output["SdkResponseMetadata"]["RequestId"]
    assert output["SdkHttpMetadata"]["AllHttpHeaders"]["x-amzn-RequestId"] == [identity]


@pytest.mark.parametrize(
    ("returned", "arrives"),
    [
        ("None", None),
        ("'text'", "text"),
        ("(1, 2)", [1, 2]),
        ("{1: 'key', True: 2}", {"1": 2}),
        ("1.5", 1.5),
        ("'\\u2603'", "☃"),
    ],
)
def test_a_result_comes_back_as_json_makes_it(once, returned, arrives):
    assert once(DIRECT, {}, f"def work(event, context): return {returned}\n").output == arrives


def test_a_functions_changes_to_its_event_reach_nobody(lab):
    world = lab(
        "def work(event, context):\n    event['list'].append(1)\n",
        Main=states(A={**DIRECT, "ResultPath": "$.r"}, B={"Type": "Pass"}),
    )
    run = world.start("Main", {"list": []})
    world.run()
    assert run.output == {"list": [], "r": None}


def test_a_function_is_found_by_each_of_its_names(lab):
    world = lab(ECHO)
    names = [
        "Work",
        "lab-Work",
        WORK,
        f"{WORK}:live",
        "lab-Work:$LATEST",
        "123456789012:function:lab-Work",
        "function:lab-Work",
    ]
    assert [world.lambdas.invoke(name, 1).result for name in names] == [{"got": 1}] * len(names)


def test_the_context_is_lambdas(once):
    code = """\
    def work(event, context):
        return [context.function_name, context.invoked_function_arn, context.memory_limit_in_mb,
                context.get_remaining_time_in_millis(), len(context.aws_request_id)]
    """
    assert once(DIRECT, {}, code).output == ["lab-Work", WORK, "128", 5000, 36]


# -- what goes wrong --------------------------------------------------------------------------------

RAISES = """\
class CardDeclined(Exception):
    pass

def work(event, context):
    raise CardDeclined("no funds")
"""


@pytest.mark.parametrize("state", [DIRECT, INVOKE])
def test_an_exception_is_the_error_with_lambdas_object_as_its_cause(once, state):
    error, cause = told(once(state, {}, RAISES))
    assert error == "CardDeclined"
    assert cause == {
        "errorMessage": "no funds",
        "errorType": "CardDeclined",
        "stackTrace": [
            '  File "/var/task/app.py", line 5, in work\n    raise CardDeclined("no funds")\n'
        ],
    }


def test_only_an_invoke_tasks_cause_is_written_without_blanks(lab):
    world = lab(RAISES, Main=states(A=DIRECT), Second=states(A=INVOKE))
    direct, invoke = world.start("Main", {}), world.start("Second", {})
    world.run()
    assert direct.cause.startswith('{"errorMessage": "no funds", "errorType"')
    assert invoke.cause.startswith('{"errorMessage":"no funds","errorType"')


@pytest.mark.parametrize("value", ["{1, 2}", "object()", "float('nan')", "b'bytes'"])
def test_what_is_not_json_cannot_be_marshalled(once, value):
    error, cause = told(once(INVOKE, {}, f"def work(event, context): return {value}\n"))
    assert (error, cause["errorType"], cause["stackTrace"]) == (
        "Runtime.MarshalError",
        "Runtime.MarshalError",
        [],
    )
    assert cause["errorMessage"].startswith("Unable to marshal response: ")


def test_a_result_over_six_megabytes_is_refused(once):
    error, cause = told(once(INVOKE, {}, "def work(event, context): return 'x' * 6291456\n"))
    assert error == "Function.ResponseSizeTooLarge"
    assert "6291456 bytes" in cause["errorMessage"]


@pytest.mark.parametrize(("code", "status"), [("3", 3), ("", 1), ("'bye'", 1)])
def test_sys_exit_ends_the_runtime(once, code, status):
    error, cause = told(once(INVOKE, {}, f"import sys\ndef work(e, c): sys.exit({code})\n"))
    assert error == "Runtime.ExitError"
    assert cause["errorMessage"].endswith(f"Runtime exited with error: exit status {status}")


SLEEPS = "import time\ndef work(event, context):\n    time.sleep(event['for'])\n    {end}\n"


@pytest.mark.parametrize("state", [DIRECT, INVOKE])
def test_a_function_past_its_timeout_is_stopped_there(once, state):
    run = once(state, {"for": 60}, SLEEPS.format(end="return 1"))
    error, cause = told(run)
    assert error == "Sandbox.Timedout"
    assert cause["errorType"] == "Sandbox.Timedout"
    assert cause["errorMessage"].endswith("Error: Task timed out after 5.00 seconds")
    assert run.stopped_at == START + timedelta(seconds=5)


def test_a_function_that_sleeps_takes_that_long(once):
    run = once(DIRECT, {"for": 2.5}, SLEEPS.format(end="return 1"))
    assert (run.output, run.stopped_at) == (1, START + timedelta(seconds=2.5))


@pytest.mark.parametrize("end", ["return 1", "raise ValueError", "raise SystemExit(2)"])
def test_past_the_timeout_nothing_a_function_does_counts(lab, end):
    world = lab(f"def work(event, context):\n    {end}\n")
    key = (ACCOUNT, "lab-Work")
    world.lambdas._by_name[key] = slow(world.lambdas._by_name[key], 6)
    done = world.lambdas.invoke("lab-Work", {})
    assert (done.error.error, done.took) == ("Sandbox.Timedout", timedelta(seconds=5))


def slow(function, seconds):
    from dataclasses import replace

    return replace(function, latency=timedelta(seconds=seconds))


def test_a_function_killed_at_its_beginning_does_not_live_to_time_out(lab):
    world = lab("def work(event, context): raise AssertionError\n")
    key = (ACCOUNT, "lab-Work")
    world.lambdas._by_name[key] = slow(world.lambdas._by_name[key], 6)
    world.cloud.inject(Fault(function="Work", kill="before"))
    assert world.lambdas.invoke("lab-Work", {}).error.error == "Lambda.Unknown"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_function_gives_no_error_type(lab, moment):
    code = "import boto3\ndef work(e, c): boto3.client('sqs').create_queue(QueueName='made')\n"
    world = lab(code, Main=states(A=INVOKE))
    world.cloud.inject(Fault(function="Work", kill=moment))
    run = world.start("Main", {})
    world.run()
    made = [call.name for call in world.cloud.calls]
    assert (run.error, made) == ("Lambda.Unknown", ["sqs:CreateQueue"] * (moment == "after"))
    assert "Process exited before completing request" in run.cause


def test_a_handlers_except_cannot_hide_what_the_stand_ins_lack(lab):
    code = """\
    import boto3
    def work(event, context):
        try:
            boto3.client("dynamodb").list_global_tables()
        except Exception:
            return "all is well"
    """
    world = lab(code, Main=states(A=INVOKE))
    world.start("Main", {})
    with pytest.raises(UsageError, match="Work calls dynamodb:ListGlobalTables, which the stand"):
        world.run()


# -- functions that are not there -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none", f"{FUNCTION.removesuffix('lab-')}none:$LATEST"),
        (f"{FUNCTION}None", f"{FUNCTION}None:$LATEST"),
        (f"{FUNCTION}None:live", f"{FUNCTION}None:live"),
    ],
)
def test_an_unknown_function_fails_the_task(once, name, told):
    run = once(task("lambda:invoke", {"FunctionName": name}))
    assert run.error == "Lambda.ResourceNotFoundException"
    assert run.cause.startswith(f"Function not found: {told} (Service: AWSLambda; Status Code: 404")


SAME = "def work(event, context): return event"


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ({"a": 1}, {"a": 1}), ([1], [1]), ("0.0", 0.0), ('"text"', "text"), ("true", True),
        ('{"a": 1}', {"a": 1}), (None, {}),
    ],
)  # fmt: skip
def test_a_payload_that_is_a_text_is_the_json_itself(once, payload, event):
    """Recorded; null is no payload."""
    done = once(task("lambda:invoke", {"FunctionName": WORK, "Payload": payload}), code=SAME)
    assert done.output["Payload"] == event


def test_a_payload_that_is_no_json_is_refused_by_lambda(once):
    done = once(task("lambda:invoke", {"FunctionName": WORK, "Payload": "no json"}), code=SAME)
    assert done.error == "Lambda.InvalidRequestContentException"
    assert done.cause.startswith("Could not parse request body into json: ")


def test_an_answer_has_the_metadata_of_lambda(once):
    """Recorded: these headers, in this order; and the end of the log for who asks for it."""
    code = "def work(event, context): print('hello'); return {}"
    state = task("lambda:invoke", {"FunctionName": WORK, "LogType": "Tail"})
    output = once(state, code=code).output
    assert list(output["SdkHttpMetadata"]["AllHttpHeaders"]) == [
        "X-Amz-Executed-Version", "x-amzn-Remapped-Content-Length", "Connection",
        "x-amzn-RequestId", "Content-Length", "Date", "X-Amzn-Trace-Id", "Content-Type",
    ]  # fmt: skip
    assert output["SdkHttpMetadata"]["HttpHeaders"]["Date"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert output["LogResult"] == "aGVsbG8K"


def test_an_unknown_function_fails_a_direct_task(once):
    assert once(task(FUNCTION + "None")).error == "Lambda.ResourceNotFoundException"


def test_an_unknown_function_is_refused_with_the_nearest_name(lab):
    with pytest.raises(UsageError, match=r"there is no function 'Wrok'; did you mean 'Work'\?"):
        lab().lambdas.invoke("Wrok", {})


@pytest.mark.parametrize(
    ("arn", "foreign"),
    [
        ("arn:aws:lambda:us-east-1:999999999999:function:lab-Work", "account 999999999999"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:lab-Work", "region eu-west-1"),
        ("999999999999:function:lab-Work", "account 999999999999"),
    ],
)
def test_a_function_elsewhere_is_not_ours_of_the_same_name(lab, arn, foreign):
    world = lab(ECHO, Main=states(A=task("lambda:invoke", {"FunctionName": arn})))
    world.start("Main", {})
    with pytest.raises(UsageError, match=f"{arn}, a function of the {foreign}"):
        world.run()
    assert world.lambdas.invocations == []


def test_a_function_that_cannot_run_here_says_why(lab):
    world = lab(Main=states(A=task("lambda:invoke", {"FunctionName": FUNCTION + "Other"})))
    world.start("Main", {})
    with pytest.raises(UsageError, match=r"'Other' cannot run here: its runtime is nodejs22\.x"):
        world.run()


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"Payload": 1}, "The field 'FunctionName' is required but was missing"),
        (
            {"FunctionName": "f", "Wrong": 1},
            'could not be used to start the Task: [The field "Wrong" is not supported',
        ),
    ],
)
def test_wrong_parameters_fail_the_execution(once, parameters, cause):
    run = once(task("lambda:invoke", parameters))
    assert run.error == "States.Runtime"
    assert cause in run.cause


# -- invocation types and tokens --------------------------------------------------------------------


def test_an_event_invocation_answers_at_once_and_runs_afterwards(lab):
    code = "import time\ndef work(event, context):\n    time.sleep(2)\n    print(event)\n"
    state = task(
        "lambda:invoke", {"FunctionName": WORK, "Payload": {"a": 1}, "InvocationType": "Event"}
    )
    world = lab(code, Main=states(A=state))
    run = world.start("Main", {})
    world.run()
    assert (run.output["StatusCode"], run.output["Payload"], run.stopped_at) == (202, "", START)
    assert [(call.payload, call.logs) for call in world.lambdas.invocations] == [
        ({"a": 1}, "{'a': 1}\n")
    ]


def test_an_event_invocation_that_fails_is_tried_twice_more_and_fails_nobody(lab):
    state = task("lambda:invoke", {"FunctionName": WORK, "InvocationType": "Event"})
    world = lab(RAISES, Main=states(A=state))
    run = world.start("Main", {})
    world.run()
    at = [(call.at - START).total_seconds() for call in world.lambdas.invocations]
    assert (run.status, at) == ("SUCCEEDED", [0, 60, 180])
    assert [(lost.source, lost.target) for lost in world.targets.undelivered] == [("A", "lab-Work")]


def test_a_dry_run_runs_nothing(lab):
    state = task("lambda:invoke", {"FunctionName": WORK, "InvocationType": "DryRun"})
    world = lab(RAISES, Main=states(A=state))
    run = world.start("Main", {})
    world.run()
    assert (run.output["StatusCode"], world.lambdas.invocations) == (204, [])


def test_an_unknown_invocation_type_is_refused(once):
    run = once(task("lambda:invoke", {"FunctionName": WORK, "InvocationType": "event"}))
    assert run.error == "Lambda.ValidationException"
    assert "Value 'event' at 'invocationType'" in run.cause


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_a_callback_task_waits_for_its_token_whatever_the_invocation_type(lab, kind):
    given = {
        "FunctionName": WORK,
        "Payload": {"token.$": "$$.Task.Token"},
        "InvocationType": kind,
    }
    world = lab(ECHO, Main=states(A=task("lambda:invoke.waitForTaskToken", given)))
    run = world.start("Main", {})
    world.run(until=timedelta(minutes=5))
    assert run.status == "RUNNING"
    (opened,) = world.open_tasks()
    world.settle(opened.token, Success({"by": "somebody"}))
    world.run()
    assert (run.status, run.output) == ("SUCCEEDED", {"by": "somebody"})
    kinds = [event.to_aws()["type"] for event in run.history]
    assert kinds == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_a_callback_task_whose_function_fails_does_not_wait(once):
    given = {"FunctionName": WORK, "Payload": {"token.$": "$$.Task.Token"}}
    run = once(task("lambda:invoke.waitForTaskToken", given), {}, RAISES)
    assert (run.status, run.error) == ("FAILED", "CardDeclined")


# -- handlers that invoke ---------------------------------------------------------------------------

CALLS = """\
import json
import boto3

def help(event, context):
    if event.get("fail"):
        raise ValueError("no")
    return {"helped": event}

def work(event, context):
    client = boto3.client("lambda")
    try:
        answer = client.invoke(FunctionName="lab-Help", **event)
    except client.exceptions.ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"],
                error.response["ResponseMetadata"]["HTTPStatusCode"]]
    return [answer["StatusCode"], answer.get("FunctionError"), answer["Payload"].read().decode()]
"""


def test_a_handler_gets_the_answer_of_the_function_it_invokes(once):
    assert once(DIRECT, {"Payload": '{"a": 1}'}, CALLS).output == [200, None, '{"helped":{"a":1}}']


def test_a_handler_is_told_of_the_error_of_the_function_it_invokes(once):
    status, kind, payload = once(DIRECT, {"Payload": '{"fail": true}'}, CALLS).output
    assert (status, kind) == (200, "Unhandled")
    assert json.loads(payload)["errorMessage"] == "no"


def test_a_handler_does_not_wait_for_an_event_invocation(lab):
    world = lab(
        CALLS.replace(
            'if event.get("fail")', 'import time; time.sleep(3)\n    if event.get("fail")'
        )
    )
    done = world.lambdas.invoke("Work", {"InvocationType": "Event"})
    assert (done.result, done.took) == ([202, None, ""], timedelta(0))
    assert [call.function for call in world.lambdas.invocations] == ["Work"]
    world.run()
    assert [call.function for call in world.lambdas.invocations] == ["Work", "Help"]


def test_a_handler_that_waits_spends_the_time_of_both(lab):
    world = lab(
        CALLS.replace(
            'if event.get("fail")', 'import time; time.sleep(3)\n    if event.get("fail")'
        )
    )
    assert world.lambdas.invoke("Work", {}).took == timedelta(seconds=3)


@pytest.mark.parametrize(
    ("request_", "code", "message", "status"),
    [
        (
            {"Payload": "{" },
            "InvalidRequestContentException",
            "Could not parse request body into json: ",
            400,
        ),
        ({"InvocationType": "Nope"}, "ValidationException", "1 validation error detected", 400),
        (
            {"Payload": '"' + "x" * 6291456 + '"'},
            "RequestEntityTooLargeException",
            "6291458 byte payload is too large for the RequestResponse invocation type (limit"
            " 6291456 bytes)",
            413,
        ),
        (
            {"Payload": '"' + "x" * 1048576 + '"', "InvocationType": "Event"},
            "RequestEntityTooLargeException",
            "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
            413,
        ),
    ],
)  # fmt: skip
def test_a_request_that_lambda_refuses_runs_nothing(lab, request_, code, message, status):
    world = lab(CALLS)
    done = world.lambdas.invoke("Work", request_)
    assert (done.result[0], done.result[2]) == (code, status)
    assert done.result[1].startswith(message)
    assert [call.function for call in world.lambdas.invocations] == ["Work"]


def test_a_handler_that_dry_runs_a_function_runs_nothing(lab):
    world = lab(CALLS)
    assert world.lambdas.invoke("Work", {"InvocationType": "DryRun"}).result == [204, None, ""]
    assert len(world.lambdas.invocations) == 1


@pytest.mark.parametrize("name", ["lab-None", FUNCTION + "None"])
def test_a_handler_that_invokes_nothing_is_told_so(lab, name):
    world = lab(CALLS.replace("lab-Help", name))
    assert world.lambdas.invoke("Work", {}).result == [
        "ResourceNotFoundException",
        f"Function not found: {FUNCTION}None",
        404,
    ]


def test_an_import_that_fails_names_the_place_in_the_code(lab):
    world = lab("import json\nimport nowhere\n", Main=states(A=INVOKE))
    world.start("Main", {})
    with pytest.raises(SourceError) as caught:
        world.run()
    (problem,) = caught.value.problems
    assert problem.code == "PRJ064"
    assert "No module named 'nowhere' (app.py:2)" in problem.message
