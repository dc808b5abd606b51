"""TimeoutSeconds, HeartbeatSeconds, task tokens, and the machine's own time limit."""

from datetime import timedelta

import pytest

from simulator.engine.ports import Failure, Pending, Success
from simulator.engine.runtime import TokenError

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
INVOKE = "arn:aws:states:::lambda:invoke"
ASK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
CHILD = "arn:aws:states:::states:startExecution.sync:2"


def task(resource=FUNCTION, **more):
    return {"T": {"Type": "Task", "Resource": resource, **more}}


def ask(**more):
    return task(ASK, Parameters={"MessageBody": {"token.$": "$$.Task.Token"}}, **more)


CAUGHT = {"Caught": {"Type": "Pass"}}


def test_a_task_that_takes_longer_than_its_timeout_times_out(play, ok):
    assert play(task(TimeoutSeconds=5), tasks={"T": [ok(1, 5.001)]}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={} timeoutInSeconds=5",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionTimedOut ←4 @5 error=States.Timeout",
        "6 ExecutionFailed ←5 @5 error=States.Timeout",
    ]


def test_a_task_that_takes_exactly_its_timeout_is_in_time(play, ok):
    assert play(task(TimeoutSeconds=5), tasks={"T": [ok(1, 5)]}).output == 1


def test_a_timeout_is_caught_with_an_empty_cause(play, ok):
    states = {
        **task(
            INVOKE, TimeoutSeconds=5, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
        ),
        **CAUGHT,
    }
    assert play(states, tasks={"T": [ok(1, 60)]}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 TaskScheduled ←2 @0 resourceType=lambda resource=invoke region=us-east-1 parameters={} timeoutInSeconds=5",
        "4 TaskStarted ←3 @0 resourceType=lambda resource=invoke",
        "5 TaskTimedOut ←4 @5 resourceType=lambda resource=invoke error=States.Timeout",
        '6 TaskStateExited ←5 @5 name=T output={"Error":"States.Timeout","Cause":""}',
        '7 PassStateEntered ←6 @5 name=Caught input={"Error":"States.Timeout","Cause":""}',
        '8 PassStateExited ←7 @5 name=Caught output={"Error":"States.Timeout","Cause":""}',
        '9 ExecutionSucceeded ←8 @5 output={"Error":"States.Timeout","Cause":""}',
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"TimeoutSecondsPath": "$.limits.t"},
        {"TimeoutSeconds": "{% $states.input.limits.t %}", "QueryLanguage": "JSONata"},
    ],
)
def test_a_timeout_may_be_computed(play, ok, fields):
    played = play(task(**fields), {"limits": {"t": 5}}, tasks={"T": [ok(1, 6)]})
    assert played.lines[2] == (
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F"
        ' input={"limits":{"t":5}} timeoutInSeconds=5'
    )
    assert played.last == "ExecutionFailed error=States.Timeout"
    assert played.seconds("ExecutionFailed") == [5]


P = "An error occurred while executing the state 'T' (entered at the event id #2). "


@pytest.mark.parametrize(
    ("fields", "value", "error", "cause"),
    [
        (
            {"TimeoutSecondsPath": "$.no.such"},
            1,
            "States.Runtime",
            "Invalid path '$.no.such' : Missing property in path $['no']",
        ),
        (
            {"TimeoutSecondsPath": "$.v"},
            0,
            "States.Runtime",
            (
                "The TimeoutSecondsPath parameter references a value that is not a positive integer:"
                " $.v == 0"
            ),
        ),
        (
            {"TimeoutSecondsPath": "$.v"},
            10**15,
            "States.Runtime",
            (
                "The TimeoutSecondsPath parameter references a value that is not a positive integer:"
                " $.v == 1000000000000000"
            ),
        ),
        (
            {"HeartbeatSecondsPath": "$.v"},
            "5",
            "States.Runtime",
            (
                "The HeartbeatSecondsPath parameter references a value that is not a positive integer:"
                ' $.v == "5"'
            ),
        ),
        (
            {"TimeoutSeconds": "{% $states.input.v %}", "QueryLanguage": "JSONata"},
            -1,
            "States.QueryEvaluationError",
            (
                "The JSONata expression '$states.input.v' specified for the field 'TimeoutSeconds'"
                " returned an unexpected result type. Expected 'positive integer', but was 'number' for"
                " value: -1"
            ),
        ),
        (
            {"TimeoutSeconds": "{% $states.input.v %}", "QueryLanguage": "JSONata"},
            True,
            "States.QueryEvaluationError",
            (
                "The JSONata expression '$states.input.v' specified for the field 'TimeoutSeconds'"
                " returned an unexpected result type. Expected 'number', but was 'boolean' for value:"
                " true"
            ),
        ),
    ],
)
def test_a_timeout_that_is_no_number_of_seconds_fails_before_the_task_is_scheduled(
    play, fields, value, error, cause
):
    played = play(task(**fields), {"v": value})
    assert played.script.calls == []
    assert (played.run.error, played.run.cause) == (error, P + cause)


def test_a_whole_number_written_as_a_fraction_is_a_timeout(play, ok):
    played = play(task(TimeoutSecondsPath="$.v"), {"v": 5.0}, tasks={"T": [ok(1)]})
    assert played.script.calls[0].timeout.total_seconds() == 5


# --- callbacks ---------------------------------------------------------------------------------


def send(world, seconds, result):
    world.later(seconds, lambda: world.engine.settle(world.script.calls[-1].token, result))


def test_a_callback_task_waits_for_its_token(world):
    waiting = world({"T": [Pending({"MessageId": "m"})]})
    waiting.start(ask(), {})
    send(waiting, 30, Success({"ok": True}))
    token = None
    waiting.finish()
    token = waiting.script.calls[0].token
    assert token.startswith("AQC")
    assert [line.replace(token, "<token>") for line in waiting.lines] == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        (
            "3 TaskScheduled ←2 @0 resourceType=sqs resource=sendMessage.waitForTaskToken"
            ' region=us-east-1 parameters={"MessageBody":{"token":"<token>"}}'
        ),
        "4 TaskStarted ←3 @0 resourceType=sqs resource=sendMessage.waitForTaskToken",
        (
            "5 TaskSubmitted ←4 @0 resourceType=sqs resource=sendMessage.waitForTaskToken"
            ' output={"MessageId":"m"}'
        ),
        (
            "6 TaskSucceeded ←5 @30 resourceType=sqs resource=sendMessage.waitForTaskToken"
            ' output={"ok":true}'
        ),
        '7 TaskStateExited ←6 @30 name=T output={"ok":true}',
        '8 ExecutionSucceeded ←7 @30 output={"ok":true}',
    ]


def test_a_token_may_bring_a_failure(world):
    waiting = world({"T": [Pending()]})
    waiting.start(ask(), {})
    send(waiting, 30, Failure("Refused", "no"))
    assert waiting.finish().lines[4:] == [
        "5 TaskSubmitted ←4 @0 resourceType=sqs resource=sendMessage.waitForTaskToken output={}",
        "6 TaskFailed ←5 @30 resourceType=sqs resource=sendMessage.waitForTaskToken error=Refused cause=no",
        "7 ExecutionFailed ←6 @30 error=Refused cause=no",
    ]


def test_a_call_that_fails_to_submit_shows_no_submitted_event(play, no):
    assert play(ask(), tasks={"T": [no("SQS.QueueDoesNotExistException", "no queue")]}).lines[
        3:
    ] == [
        "4 TaskStarted ←3 @0 resourceType=sqs resource=sendMessage.waitForTaskToken",
        "5 TaskFailed ←4 @0 resourceType=sqs resource=sendMessage.waitForTaskToken error=SQS.QueueDoesNotExistException cause=no queue",
        "6 ExecutionFailed ←5 @0 error=SQS.QueueDoesNotExistException cause=no queue",
    ]


def test_a_scripted_success_stands_for_what_the_worker_sends(play, ok):
    assert play(ask(), tasks={"T": [ok("sent", 2)]}).lines[3:] == [
        "4 TaskStarted ←3 @0 resourceType=sqs resource=sendMessage.waitForTaskToken",
        "5 TaskSubmitted ←4 @2 resourceType=sqs resource=sendMessage.waitForTaskToken output={}",
        '6 TaskSucceeded ←5 @2 resourceType=sqs resource=sendMessage.waitForTaskToken output="sent"',
        '7 TaskStateExited ←6 @2 name=T output="sent"',
        '8 ExecutionSucceeded ←7 @2 output="sent"',
    ]


def test_a_token_that_nobody_sends_back_times_out(play):
    assert play(ask(TimeoutSeconds=60), tasks={"T": [Pending()]}).lines[4:] == [
        "5 TaskSubmitted ←4 @0 resourceType=sqs resource=sendMessage.waitForTaskToken output={}",
        "6 TaskTimedOut ←5 @60 resourceType=sqs resource=sendMessage.waitForTaskToken error=States.Timeout",
        "7 ExecutionFailed ←6 @60 error=States.Timeout",
    ]


def test_a_submit_that_takes_too_long_times_out(play):

    pending = Pending(took=timedelta(seconds=61))
    assert play(ask(TimeoutSeconds=60), tasks={"T": [pending]}).types[3:] == [
        "TaskStarted",
        "TaskTimedOut",
        "ExecutionFailed",
    ]


def test_heartbeats_keep_a_task_alive(world):
    waiting = world({"T": [Pending()]})
    waiting.start(ask(HeartbeatSeconds=10), {})
    for second in (8, 16, 24):
        waiting.later(second, lambda: waiting.engine.heartbeat(waiting.script.calls[0].token))
    assert waiting.finish().lines[3:] == [
        "4 TaskStarted ←3 @0 resourceType=sqs resource=sendMessage.waitForTaskToken",
        "5 TaskSubmitted ←4 @0 resourceType=sqs resource=sendMessage.waitForTaskToken output={}",
        "6 TaskTimedOut ←5 @34 resourceType=sqs resource=sendMessage.waitForTaskToken error=States.Timeout",
        "7 ExecutionFailed ←6 @34 error=States.Timeout",
    ]


@pytest.mark.parametrize(
    ("names", "caught"),
    [
        (["States.HeartbeatTimeout"], True),
        (["States.Timeout"], True),
        (["States.ALL"], True),
        (["States.TaskFailed"], False),
    ],
)
def test_a_missed_heartbeat_is_a_timeout_with_a_name_of_its_own(play, names, caught):
    states = {
        **ask(HeartbeatSecondsPath="$.beat", Catch=[{"ErrorEquals": names, "Next": "Caught"}]),
        **CAUGHT,
    }
    played = play(states, {"beat": 10}, tasks={"T": [Pending()]})
    assert played.seconds("TaskTimedOut") == [10]
    if caught:
        assert played.output == {"Error": "States.Timeout", "Cause": ""}
    else:
        assert played.last == "ExecutionFailed error=States.Timeout"


def test_a_timeout_is_not_moved_by_heartbeats(world):
    waiting = world({"T": [Pending()]})
    waiting.start(ask(HeartbeatSeconds=10, TimeoutSeconds=15), {})
    for second in (8, 14):
        waiting.later(second, lambda: waiting.engine.heartbeat(waiting.script.calls[0].token))
    waiting.finish()
    assert waiting.seconds("TaskTimedOut") == [15]


def test_each_attempt_has_a_token_of_its_own(play):
    states = ask(TimeoutSeconds=5, Retry=[{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2}])
    played = play(states, tasks={"T": [Pending()]})
    assert len({call.token for call in played.script.calls}) == 3


def refusal(act):
    with pytest.raises(TokenError) as caught:
        act()
    return caught.value.code, str(caught.value)


GONE = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def test_tokens_that_cannot_be_used_are_refused(world):
    waiting = world({"T": [Pending()]})
    run = waiting.start(ask(), {})
    waiting.scheduler.run_ready()
    engine, token = waiting.engine, waiting.script.calls[0].token
    (task_,) = engine.open_tasks
    assert (task_.token, task_.state, task_.where, task_.resource) == (token, "T", "T", ASK)
    assert task_.opened_at == run.started_at
    assert refusal(lambda: engine.settle("AQCnone", Success(1))) == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )
    assert refusal(lambda: engine.heartbeat("AQCnone"))[0] == "InvalidToken"
    assert refusal(lambda: engine.settle(token, Success("x" * 262_143))) == (
        "InvalidOutput",
        "Invalid Output: the output is over 262144 bytes",
    )
    engine.settle(token, Success(1))
    assert engine.open_tasks == []
    assert refusal(lambda: engine.settle(token, Success(2))) == GONE  # settled, not yet seen
    waiting.finish()
    assert refusal(lambda: engine.settle(token, Success(2))) == GONE
    assert run.output == 1


def test_a_result_that_comes_later_needs_a_token(play):
    with pytest.raises(TypeError, match="gives its result later, but the call has no token"):
        play(task(), tasks={"T": [Pending()]})


def test_a_job_is_waited_for_like_a_token(world):
    waiting = world({"T": [Pending({"ExecutionArn": "child"})]})
    waiting.start(task(CHILD, Parameters={"StateMachineArn": "m"}), {})
    send(waiting, 30, Success({"Status": "SUCCEEDED"}))
    assert waiting.finish().lines[2:] == [
        '3 TaskScheduled ←2 @0 resourceType=states resource=startExecution.sync:2 region=us-east-1 parameters={"StateMachineArn":"m"}',
        "4 TaskStarted ←3 @0 resourceType=states resource=startExecution.sync:2",
        '5 TaskSubmitted ←4 @0 resourceType=states resource=startExecution.sync:2 output={"ExecutionArn":"child"}',
        '6 TaskSucceeded ←5 @30 resourceType=states resource=startExecution.sync:2 output={"Status":"SUCCEEDED"}',
        '7 TaskStateExited ←6 @30 name=T output={"Status":"SUCCEEDED"}',
        '8 ExecutionSucceeded ←7 @30 output={"Status":"SUCCEEDED"}',
    ]


# --- the machine's own limit -------------------------------------------------------------------


def test_an_execution_that_takes_longer_than_its_machine_allows_times_out(play):
    definition = {
        "StartAt": "Rest",
        "TimeoutSeconds": 10,
        "States": {"Rest": {"Type": "Wait", "Seconds": 11, "End": True}},
    }
    played = play(definition)
    assert played.lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 WaitStateEntered ←0 @0 name=Rest input={}",
        "3 ExecutionTimedOut ←2 @10 error=States.Timeout",
    ]
    assert (played.run.status, played.run.error, played.run.cause) == ("TIMED_OUT", None, None)


def test_a_standard_execution_ends_after_a_year_and_an_express_one_after_five_minutes(play):
    states = {"Rest": {"Type": "Wait", "Seconds": 99_999_999}}
    assert play(states).seconds("ExecutionTimedOut") == [365 * 86_400]
    assert play(states, kind="EXPRESS").seconds("ExecutionTimedOut") == [300]


def test_the_services_own_limit_keeps_no_world_alive(world):
    waiting = world({"T": [Pending()]})
    run = waiting.start(ask(), {})
    waiting.finish()
    assert run.status == "RUNNING"
    assert waiting.seconds("TaskSubmitted") == [0]
    assert waiting.clock.now == run.started_at


def test_tasks_that_time_out_together_all_say_so_before_the_map_fails(play, ok):
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "T",
                "States": {
                    "T": {"Type": "Task", "Resource": INVOKE, "TimeoutSeconds": 5, "End": True}
                },
            },
        }
    }
    played = play(states, [1, 2], tasks={"T": [ok(1, 9)]})
    assert played.lines[11:] == [
        "12 TaskTimedOut ←8 @5 resourceType=lambda resource=invoke error=States.Timeout",
        "13 TaskTimedOut ←11 @5 resourceType=lambda resource=invoke error=States.Timeout",
        "14 MapIterationFailed ←12 @5 name=M index=0",
        "15 TaskStateAborted ←12 @5",
        "16 MapIterationAborted ←12 @5 name=M index=1",
        "17 TaskStateAborted ←12 @5",
        "18 MapStateFailed ←12 @5",
        "19 ExecutionFailed ←18 @5 error=States.Timeout",
    ]
