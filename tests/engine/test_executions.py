"""Executions as a whole: kinds, stopping, context, nesting, observers, determinism."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.engine.history import HistoryEvent
from simulator.engine.ports import FirstOption, Pending, Success
from simulator.values import compact

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
ASK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
CONTEXT = {"Show": {"Type": "Pass", "Parameters": {"context.$": "$$"}, "OutputPath": "$.context"}}


def test_the_context_object_of_a_standard_execution(play):
    context = play(CONTEXT, {"n": 1}).output
    assert list(context["Execution"]) == [
        "Id", "Input", "StartTime", "Name", "RoleArn", "RedriveCount"
    ]  # fmt: skip
    assert context == {
        "Execution": {
            "Id": "arn:aws:states:us-east-1:111122223333:execution:Flow:one",
            "Input": {"n": 1},
            "StartTime": "2026-01-01T00:00:00Z",
            "Name": "one",
            "RoleArn": "role",
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": "arn:aws:states:us-east-1:111122223333:stateMachine:Flow",
            "Name": "Flow",
        },
        "State": {"Name": "Show", "EnteredTime": "2026-01-01T00:00:00Z"},
    }


def test_the_context_object_of_an_express_execution_has_its_own_order(play):
    context = play(CONTEXT, {"n": 1}, kind="EXPRESS").output
    assert list(context["Execution"]) == [
        "Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount"
    ]  # fmt: skip


def test_a_task_sees_its_retries_and_its_token(play, ok):
    state = {
        "Type": "Task",
        "Resource": ASK,
        "Parameters": {"task.$": "$$.Task", "state.$": "$$.State"},
    }
    (call,) = play({"T": state}, tasks={"T": [ok(1)]}).script.calls
    assert call.payload == {
        "task": {"Token": call.token},
        "state": {"Name": "T", "EnteredTime": "2026-01-01T00:00:00Z", "RetryCount": 0},
    }


def test_what_a_task_runner_is_told(play, ok):
    states = {"T": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 9}}
    (call,) = play(states, {"n": 1}, tasks={"T": [ok(1)]}, kind="EXPRESS").script.calls
    assert (call.resource, call.payload, call.state, call.where) == (FUNCTION, {"n": 1}, "T", "T")
    assert call.execution == "arn:aws:states:us-east-1:111122223333:execution:Flow:one"
    assert call.state_machine == "arn:aws:states:us-east-1:111122223333:stateMachine:Flow"
    assert (call.workflow, call.attempt, call.entry, call.kind) == ("Flow", 1, 1, "EXPRESS")
    assert (call.timeout, call.token, call.credentials) == (timedelta(seconds=9), None, None)


@pytest.mark.parametrize(
    ("credentials", "more"),
    [
        ({"RoleArn": "r"}, {}),
        ({"RoleArn.$": "$.role"}, {}),
        ({"RoleArn": "{% $states.input.role %}"}, {"QueryLanguage": "JSONata"}),
    ],
)
def test_credentials_name_the_role_of_a_task(play, ok, credentials, more):
    state = {"Type": "Task", "Resource": FUNCTION, "Credentials": credentials, **more}
    (call,) = play({"T": state}, {"role": "r"}, tasks={"T": [ok(1)]}).script.calls
    assert call.credentials == "r"


def test_credentials_without_a_text_fail_the_execution(play):
    state = {"Type": "Task", "Resource": FUNCTION, "Credentials": {"RoleArn.$": "$.role"}}
    played = play({"T": state}, {"role": 1})
    assert played.last == (
        "ExecutionFailed error=States.Runtime cause=An error occurred while executing the state 'T'"
        " (entered at the event id #2). The value of the field 'RoleArn' is not a string"
    )


def test_the_callers_own_text_stands_in_the_first_two_events(play):
    played = play({"A": {"Type": "Pass"}, "B": {"Type": "Pass"}}, {"n": 1}, text='{ "n" : 1 }')
    assert played.lines == [
        '1 ExecutionStarted ←0 @0 input={ "n" : 1 } roleArn=role',
        '2 PassStateEntered ←0 @0 name=A input={ "n" : 1 }',
        '3 PassStateExited ←2 @0 name=A output={"n":1}',
        '4 PassStateEntered ←3 @0 name=B input={"n":1}',
        '5 PassStateExited ←4 @0 name=B output={"n":1}',
        '6 ExecutionSucceeded ←5 @0 output={"n":1}',
    ]


def test_stopping_writes_the_callers_words_and_runs_nothing_more(world):
    waiting = world()
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": 60, "End": True}}}
                for name in ("A", "B")
            ],
        }
    }
    run = waiting.start(states, {})
    waiting.later(5, lambda: waiting.engine.stop(run, error="Enough", cause="said so"))
    waiting.finish()
    assert waiting.lines[3:] == [
        "4 WaitStateEntered ←3 @0 name=A input={}",
        "5 WaitStateEntered ←3 @0 name=B input={}",
        "6 ExecutionAborted ←0 @5 error=Enough cause=said so",
    ]
    assert (run.status, run.error, run.cause) == ("ABORTED", "Enough", "said so")
    assert run.stopped_at == datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)
    waiting.engine.stop(run, error="Again")
    assert run.error == "Enough"


def test_stopping_closes_open_tokens(world):
    waiting = world({"T": [Pending()]})
    run = waiting.start({"T": {"Type": "Task", "Resource": ASK}}, {})
    waiting.scheduler.run_ready()
    assert len(waiting.engine.open_tasks) == 1
    waiting.engine.stop(run)
    assert waiting.engine.open_tasks == []
    assert waiting.last == "ExecutionAborted"


def test_an_execution_may_wait_for_another(world):
    """A nested execution as the engine sees it: a task whose token its child's end settles."""
    both = world({"Call": [Pending({"ExecutionArn": "child"})]})
    sync = "arn:aws:states:::states:startExecution.sync:2"
    parent = both.start({"Call": {"Type": "Task", "Resource": sync}}, {})
    both.scheduler.run_ready()
    (call,) = both.script.calls
    child = both.start(
        {"Rest": {"Type": "Wait", "Seconds": 7}}, {"n": 1}, arn="child", parent=parent
    )
    child.done.watch(lambda: both.engine.settle(call.token, Success({"Output": child.output})))
    both.finish()
    assert (child.depth, child.parent) == (1, parent)
    assert parent.output == {"Output": {"n": 1}}
    assert parent.stopped_at == child.stopped_at


def test_running_stops_at_the_wanted_instant(world):
    waiting = world()
    run = waiting.start({"Rest": {"Type": "Wait", "Seconds": 60}}, {})
    waiting.scheduler.run_until_idle(until=run.started_at + timedelta(seconds=30))
    assert run.status == "RUNNING"
    assert run.stopped_at is None
    assert waiting.clock.now == run.started_at + timedelta(seconds=30)
    waiting.scheduler.run_until_idle(until=run.started_at + timedelta(seconds=90))
    assert run.status == "SUCCEEDED"
    assert waiting.clock.now == run.started_at + timedelta(seconds=90)


def test_running_to_a_goal_goes_no_further(world):
    waiting = world({"T": [Pending()]})
    short = waiting.start({"A": {"Type": "Wait", "Seconds": 5}}, {}, arn="short")
    waiting.start({"B": {"Type": "Wait", "Seconds": 60}}, {}, arn="long")
    waiting.scheduler.run(short.done)
    assert short.done.done
    assert waiting.seconds("WaitStateExited") == []
    stuck = waiting.start({"T": {"Type": "Task", "Resource": ASK}}, {}, arn="stuck")
    assert waiting.scheduler.run(stuck.done) is None
    assert repr(stuck) == "<Execution Flow one RUNNING>"


class Log:
    def __init__(self):
        self.seen = []

    def see(self, execution, event):
        self.seen.append((execution, event))


def test_observers_see_every_event_as_it_is_written(play):
    log = Log()
    played = play({"A": {"Type": "Pass"}}, {"n": 1}, observers=[log], text='{"n": 1}')
    assert [event for _, event in log.seen] == list(played.run.history)
    assert {execution for execution, _ in log.seen} == {played.run.arn}


class LastFirst:
    def __init__(self):
        self.questions = []

    def choose(self, question, options):
        self.questions.append(question)
        return options[-1]


def test_decisions_choose_which_branch_goes_first(play):
    def branch(name):
        return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}

    states = {"P": {"Type": "Parallel", "Branches": [branch("A"), branch("B")]}}
    decisions = LastFirst()
    played = play(states, decisions=decisions)
    assert played.run.visited() == ["P", "B", "A"]
    assert decisions.questions == [
        "which goes first of P[0]/, P[1]/",
        "which goes first of P[0]/, Flow one",
    ]
    assert play(states, decisions=FirstOption()).run.visited() == ["P", "A", "B"]


EVERYTHING = {
    "Draw": {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": {"r": "{% $random() %}", "u": "{% $uuid() %}", "now": "{% $now() %}"},
    },
    "Id": {
        "Type": "Pass",
        "Parameters": {"u.$": "States.UUID()", "r.$": "States.MathRandom(0, 999)"},
    },
    "Each": {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "Items": [1, 2, 3],
        "ItemSelector": {"u": "{% $uuid() %}"},
        "ItemProcessor": {
            "StartAt": "T",
            "States": {
                "T": {
                    "Type": "Task",
                    "Resource": ASK,
                    "Retry": [{"ErrorEquals": ["E"], "JitterStrategy": "FULL"}],
                    "Parameters": {"token.$": "$$.Task.Token", "u.$": "$.u"},
                    "End": True,
                }
            },
        },
    },
}


def test_the_same_run_gives_the_same_bytes_and_another_seed_others(play, ok, no):
    def text(seed):
        tasks = {"T": [no("E"), ok("a", 2), no("E"), ok("b", 1)]}
        return compact(play(EVERYTHING, tasks=tasks, seed=seed).aws)

    assert text(1) == text(1)
    assert text(1) != text(2)


def test_items_of_one_map_draw_different_chances(play, ok):
    played = play(EVERYTHING, tasks={"T": [ok(1)]})
    assert len({call.payload["u"] for call in played.script.calls}) == 3


# --- the history as a sequence -----------------------------------------------------------------


def test_a_history_is_a_live_sequence_of_events(play):
    history = play({"A": {"Type": "Pass"}}, {"n": 1}).run.history
    assert len(history) == 4
    assert [event.id for event in history[1:3]] == [2, 3]
    assert history[-1].type == "ExecutionSucceeded"
    assert (history[1].state, history[0].state) == ("A", None)
    assert history[1].at == datetime(2026, 1, 1, tzinfo=UTC)
    assert history[1].parts == ({"n": 1},)
    assert repr(history[1]) == "2 PassStateEntered ←0 A"
    assert repr(history[3]) == "4 ExecutionSucceeded ←3"
    assert history[1] == history[1]
    assert history[1] != history[2]
    assert history[1] != "2 PassStateEntered ←0 A"
    assert len({history[1], history[1], history[2]}) == 2


@pytest.mark.parametrize(
    ("raw", "member", "details"),
    [
        (
            ("ActivityScheduled", 2, 0, "A", ("arn", {"n": 1}, 9, 3, None)),
            "activityScheduledEventDetails",
            {
                "resource": "arn", "input": '{"n":1}', "inputDetails": {"truncated": False},
                "timeoutInSeconds": 9, "heartbeatInSeconds": 3,
            },
        ),
        (("ActivityStarted", 3, 0, "A", ("me",)), "activityStartedEventDetails", {"workerName": "me"}),
        (("ActivityStarted", 3, 0, "A", (None,)), "activityStartedEventDetails", {}),
        (("ParallelStateStarted", 3, 0, "A", ()), None, {}),
    ],
)  # fmt: skip
def test_events_that_the_engine_does_not_write_yet_have_their_shape(raw, member, details):
    event = HistoryEvent(4, raw)
    assert (event.member, event.details) == (member, details)
    assert event.to_aws().get(member) == (details if member else None)
