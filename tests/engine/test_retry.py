"""Retriers: which one, when, how often."""

import itertools

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
INVOKE = "arn:aws:states:::lambda:invoke"


def task(*retriers, **more):
    return {"Type": "Task", "Resource": FUNCTION, "Retry": list(retriers), **more}


def retrier(*errors, **more):
    return {"ErrorEquals": list(errors), **more}


def test_a_retried_task_is_scheduled_again_without_an_event_for_the_pause(play, ok, no):
    states = {"T": task(retrier("Busy", IntervalSeconds=2, MaxAttempts=2))}
    played = play(states, {}, tasks={"T": [no("Busy", "try later"), no("Busy"), ok(1)]})
    assert played.lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=Busy cause=try later",
        "6 LambdaFunctionScheduled ←5 @2 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "7 LambdaFunctionStarted ←6 @2",
        "8 LambdaFunctionFailed ←7 @2 error=Busy",
        "9 LambdaFunctionScheduled ←8 @6 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "10 LambdaFunctionStarted ←9 @6",
        "11 LambdaFunctionSucceeded ←10 @6 output=1",
        "12 TaskStateExited ←11 @6 name=T output=1",
        "13 ExecutionSucceeded ←12 @6 output=1",
    ]


def test_after_the_last_attempt_the_error_is_the_executions(play, no):
    played = play({"T": task(retrier("Busy", MaxAttempts=1))}, {}, tasks={"T": [no("Busy", "why")]})
    assert played.lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=Busy cause=why",
        "6 LambdaFunctionScheduled ←5 @1 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "7 LambdaFunctionStarted ←6 @1",
        "8 LambdaFunctionFailed ←7 @1 error=Busy cause=why",
        "9 ExecutionFailed ←8 @1 error=Busy cause=why",
    ]


@pytest.mark.parametrize(
    ("fields", "starts"),
    [
        ({}, [0, 1, 3, 7]),  # interval 1, rate 2, three attempts
        ({"MaxAttempts": 0}, [0]),
        ({"IntervalSeconds": 5, "BackoffRate": 1, "MaxAttempts": 2}, [0, 5, 10]),
        ({"IntervalSeconds": 2, "BackoffRate": 1.5, "MaxAttempts": 3}, [0, 2, 5, 9.5]),
        (
            {"IntervalSeconds": 3, "BackoffRate": 10, "MaxDelaySeconds": 20, "MaxAttempts": 4},
            [0, 3, 23, 43, 63],
        ),
        # a rate so large that the delay is no finite number any more
        ({"BackoffRate": 1e308, "MaxDelaySeconds": 7, "MaxAttempts": 3}, [0, 1, 8, 15]),
    ],
)
def test_pauses_grow_by_the_rate_up_to_the_longest(play, no, fields, starts):
    played = play({"T": task(retrier("Busy", **fields))}, {}, tasks={"T": [no("Busy")]})
    assert played.seconds("LambdaFunctionScheduled") == starts


def test_full_jitter_draws_each_pause_from_zero_to_the_delay_by_the_seed(play, no):
    fields = {"IntervalSeconds": 100, "BackoffRate": 1, "JitterStrategy": "FULL", "MaxAttempts": 20}
    states = {"T": task(retrier("Busy", **fields))}

    def starts(seed):
        played = play(states, {}, tasks={"T": [no("Busy")]}, seed=seed)
        return played.seconds("LambdaFunctionScheduled")

    first = starts(1)
    pauses = [after - before for before, after in itertools.pairwise(first)]
    assert all(0 <= pause <= 100 for pause in pauses)
    assert len(set(pauses)) == 20
    assert starts(1) == first
    assert starts(2) != first


def test_retriers_count_each_for_itself(play, ok, no):
    # The worked example of the specification: A, B, C, B → pauses of 1, 2 and 5 s, then Catch.
    states = {
        "T": task(
            retrier("A", "B", IntervalSeconds=1, BackoffRate=2, MaxAttempts=2),
            retrier("C", IntervalSeconds=5),
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        ),
        "Caught": {"Type": "Pass"},
    }
    played = play(states, {}, tasks={"T": [no("A"), no("B"), no("C"), no("B"), ok(1)]})
    assert played.seconds("LambdaFunctionScheduled") == [0, 1, 3, 8]
    assert played.output == {"Error": "B", "Cause": None}


def test_the_first_retrier_that_names_the_error_is_the_only_one_asked(play, no):
    states = {
        "T": task(
            retrier("Busy", MaxAttempts=1),
            retrier("States.ALL", MaxAttempts=9),
        )
    }
    assert len(play(states, {}, tasks={"T": [no("Busy")]}).script.calls) == 2
    assert len(play(states, {}, tasks={"T": [no("Other")]}).script.calls) == 10


def test_a_new_visit_of_the_state_counts_anew(play, ok, no):
    states = {
        "T": task(
            retrier("Busy", MaxAttempts=1), Catch=[{"ErrorEquals": ["Busy"], "Next": "Rest"}]
        ),
        "Done": {"Type": "Succeed"},
        "Rest": {"Type": "Wait", "Seconds": 10, "Next": "T"},
    }
    played = play(states, {}, tasks={"T": [*[no("Busy")] * 3, ok("fine")]})
    assert played.seconds("LambdaFunctionScheduled") == [0, 1, 11, 12]
    assert played.output == "fine"
    assert [(call.entry, call.attempt) for call in played.script.calls] == [
        (1, 1), (1, 2), (2, 1), (2, 2)
    ]  # fmt: skip


def test_each_attempt_computes_its_input_anew(play, ok, no):
    states = {
        "T": task(
            retrier("Busy"),
            Resource=INVOKE,
            Parameters={"Payload": {"retries.$": "$$.State.RetryCount"}},
        )
    }
    played = play(states, {}, tasks={"T": [no("Busy"), no("Busy"), ok(1)]})
    assert [call.payload for call in played.script.calls] == [
        {"Payload": {"retries": count}} for count in (0, 1, 2)
    ]


def test_a_retried_parallel_starts_all_branches_again(play, no, ok):
    def branch(name):
        return {"StartAt": name, "States": {name: task(End=True)}}

    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [branch("A"), branch("B")],
            "Retry": [retrier("Busy", MaxAttempts=1)],
        }
    }
    tasks = {"A": [ok("a", 5)], "B": [no("Busy", None, 1), ok("b", 1)]}
    played = play(states, {}, tasks=tasks)
    assert played.lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 ParallelStateEntered ←0 @0 name=P input={}",
        "3 ParallelStateStarted ←2 @0",
        "4 TaskStateEntered ←3 @0 name=A input={}",
        "5 LambdaFunctionScheduled ←4 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "6 LambdaFunctionStarted ←5 @0",
        "7 TaskStateEntered ←3 @0 name=B input={}",
        "8 LambdaFunctionScheduled ←7 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "9 LambdaFunctionStarted ←8 @0",
        "10 LambdaFunctionFailed ←9 @1 error=Busy",
        "11 TaskStateAborted ←10 @1",
        "12 TaskStateAborted ←10 @1",
        "13 ParallelStateStarted ←10 @2",
        "14 TaskStateEntered ←13 @2 name=A input={}",
        "15 LambdaFunctionScheduled ←14 @2 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "16 LambdaFunctionStarted ←15 @2",
        "17 TaskStateEntered ←13 @2 name=B input={}",
        "18 LambdaFunctionScheduled ←17 @2 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "19 LambdaFunctionStarted ←18 @2",
        '20 LambdaFunctionSucceeded ←19 @3 output="b"',
        '21 TaskStateExited ←20 @3 name=B output="b"',
        '22 LambdaFunctionSucceeded ←16 @7 output="a"',
        '23 TaskStateExited ←22 @7 name=A output="a"',
        "24 ParallelStateSucceeded ←23 @7",
        '25 ParallelStateExited ←23 @7 name=P output=["a","b"]',
        '26 ExecutionSucceeded ←25 @7 output=["a","b"]',
    ]


def test_a_retried_map_starts_all_items_again(play, no, ok):
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "T", "States": {"T": task(End=True)}},
            "Retry": [retrier("States.TaskFailed", IntervalSeconds=3, MaxAttempts=1)],
        }
    }
    played = play(states, ["x"], tasks={"T": [no("Busy"), ok("done")]})
    assert played.lines == [
        '1 ExecutionStarted ←0 @0 input=["x"] roleArn=role',
        '2 MapStateEntered ←0 @0 name=M input=["x"]',
        "3 MapStateStarted ←2 @0 length=1",
        "4 MapIterationStarted ←3 @0 name=M index=0",
        '5 TaskStateEntered ←4 @0 name=T input="x"',
        '6 LambdaFunctionScheduled ←5 @0 resource=arn:aws:lambda:us-east-1:1:function:F input="x"',
        "7 LambdaFunctionStarted ←6 @0",
        "8 LambdaFunctionFailed ←7 @0 error=Busy",
        "9 MapIterationFailed ←8 @0 name=M index=0",
        "10 TaskStateAborted ←8 @0",
        "11 MapStateStarted ←8 @3 length=1",
        "12 MapIterationStarted ←11 @3 name=M index=0",
        '13 TaskStateEntered ←12 @3 name=T input="x"',
        '14 LambdaFunctionScheduled ←13 @3 resource=arn:aws:lambda:us-east-1:1:function:F input="x"',
        "15 LambdaFunctionStarted ←14 @3",
        '16 LambdaFunctionSucceeded ←15 @3 output="done"',
        '17 TaskStateExited ←16 @3 name=T output="done"',
        "18 MapIterationSucceeded ←17 @3 name=M index=0",
        "19 MapStateSucceeded ←18 @3",
        '20 MapStateExited ←18 @3 name=M output=["done"]',
        '21 ExecutionSucceeded ←20 @3 output=["done"]',
    ]


def test_a_result_that_is_too_large_can_be_retried(play, ok):
    states = {"T": task(retrier("States.DataLimitExceeded"))}
    played = play(states, {}, tasks={"T": [ok("x" * 300_000), ok("small")]})
    assert played.output == "small"


def test_what_the_state_makes_of_its_result_can_be_retried(play, ok):
    states = {"T": task(retrier("States.ResultPathMatchFailure"), ResultPath="$.made[2]")}
    played = play(states, {"made": [1]}, tasks={"T": [ok("x")]})
    assert played.run.error == "States.ResultPathMatchFailure"
    assert played.seconds("LambdaFunctionScheduled") == [0, 1, 3, 7]
