"""Activities: a task waits for a worker that fetches it."""

import pytest

from simulator.engine.ports import Failure, Pending, Success

ACTIVITY = "arn:aws:states:us-east-1:111122223333:activity:Approve"


def approve(**more):
    return {"A": {"Type": "Task", "Resource": ACTIVITY, **more}}


def test_a_worker_fetches_the_task_and_sends_its_result(world):
    played = world(tasks={"A": [Pending()]})
    played.start(approve(TimeoutSeconds=60, HeartbeatSeconds=10), {"n": 1})

    def work():
        task = played.engine.take_activity(ACTIVITY, "worker-1")
        assert (task.payload, task.state, task.worker) == ({"n": 1}, "A", "worker-1")
        played.later(5, lambda: played.engine.settle(task.token, Success("fine")))

    played.later(100, work)
    assert played.finish().lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 TaskStateEntered ←0 @0 name=A input={"n":1}',
        (
            f'3 ActivityScheduled ←2 @0 resource={ACTIVITY} input={{"n":1}} timeoutInSeconds=60'
            " heartbeatInSeconds=10"
        ),
        "4 ActivityStarted ←3 @100 workerName=worker-1",
        '5 ActivitySucceeded ←4 @105 output="fine"',
        '6 TaskStateExited ←5 @105 name=A output="fine"',
        '7 ExecutionSucceeded ←6 @105 output="fine"',
    ]


@pytest.mark.parametrize(("fields", "at"), [({"TimeoutSeconds": 60}, 160),
                                            ({"HeartbeatSeconds": 10}, 110)])  # fmt: skip
def test_the_clocks_start_with_the_worker(world, fields, at):
    played = world(tasks={"A": [Pending()]})
    played.start(approve(**fields), {})
    played.later(100, lambda: played.engine.take_activity(ACTIVITY))
    played.finish()
    assert played.lines[3:5] == [
        "4 ActivityStarted ←3 @100",
        f"5 ActivityTimedOut ←4 @{at} error=States.Timeout",
    ]


def test_heartbeats_keep_it_alive(world):
    played = world(tasks={"A": [Pending()]})
    played.start(approve(HeartbeatSeconds=10), {})

    def work():
        token = played.engine.take_activity(ACTIVITY).token
        played.later(8, lambda: played.engine.heartbeat(token))
        played.later(16, lambda: played.engine.settle(token, Failure("No", "why")))

    played.later(1, work)
    played.finish()
    assert played.lines[4] == "5 ActivityFailed ←4 @17 error=No cause=why"
    assert played.last == "ExecutionFailed error=No cause=why"


def test_an_activity_that_does_not_exist_is_never_scheduled(play):
    gone = Failure("States.Runtime", f"The activity {ACTIVITY} does not exist.")
    played = play(approve(), tasks={"A": [gone]})
    assert played.lines[2:] == [
        (
            "3 ExecutionFailed ←2 @0 error=States.Runtime cause=An error occurred while executing the"
            f" state 'A' (entered at the event id #2). The activity {ACTIVITY} does not exist."
        )
    ]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (Success(1), "5 ActivitySucceeded ←4 @0 output=1"),
        (Failure("E", "c"), "5 ActivityFailed ←4 @0 error=E cause=c"),
    ],
)
def test_a_scripted_result_needs_no_worker(play, answer, line):
    played = play(approve(), tasks={"A": [answer]})
    assert played.lines[3:5] == ["4 ActivityStarted ←3 @0", line]


def test_workers_get_the_oldest_task_first_and_each_task_once(world):
    played = world(tasks={"A": [Pending()], "B": [Pending()]})
    branches = [
        {"StartAt": name, "States": {name: {**approve()["A"], "End": True}}} for name in "AB"
    ]
    played.start({"P": {"Type": "Parallel", "Branches": branches}}, {})
    played.finish()
    take = played.engine.take_activity
    assert [task and task.state for task in (take(ACTIVITY), take("other"), take(ACTIVITY))] == [
        "A",
        None,
        "B",
    ]
    assert take(ACTIVITY) is None
