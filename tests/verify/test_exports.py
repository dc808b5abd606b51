"""A user's own executions, as the AWS CLI prints them, replayed: their task results answer."""

import json

import pytest

from simulator.asl.source import Source
from simulator.verify.cases import find
from simulator.verify.replay import Definition
from simulator.verify.verification import verify
from tests.verify.conftest import failing, seconds

CHARGE = "arn:aws:lambda:eu-west-1:210987654321:function:charge"
RETRY = {"ErrorEquals": ["Busy"], "IntervalSeconds": 5, "MaxAttempts": 2}


def states(**found):
    names = list(found)
    chained = {
        name: {**state, **({"Next": after} if after else {"End": True})}
        for (name, state), after in zip(found.items(), [*names[1:], None], strict=True)
    }
    return {"StartAt": names[0], "States": chained}


def task(resource=CHARGE, **more):
    return {"Type": "Task", "Resource": resource, **more}


def only(folder, definition=None):
    found = find([folder])
    assert (found.problems, found.others) == ([], [])
    [case] = found.cases
    assert case.is_export
    return verify(case, definition)


def passed(folder):
    outcome = only(folder)
    assert outcome.reason is None
    assert outcome.grade is not None
    assert [str(one) for one in outcome.grade.differences] == []
    assert outcome.grade.levels == {"L1": True, "L2": True, "L3": True, "L4": True}
    assert outcome.verdict == "passed"
    return outcome


def changed(folder, definition):
    """The outcome with a definition written as a person would."""
    path = folder / "orders.asl.yaml"
    text = json.dumps(definition, indent=2)
    path.write_text(text, encoding="utf-8")
    return only(folder, Definition.of(Source.read(text, path.with_suffix(".json"))))


def test_recorded_results_answer_the_tasks(export):
    definition = states(Charge=task(ResultPath="$.charge"), Ship=task(ResultPath="$.ship"))
    answers = {"Charge": [seconds({"id": 7})], "Ship": [seconds({"parcel": [1, 2]})]}
    outcome = passed(export(definition, answers, {"order": 42}))
    assert json.loads(outcome.result["output"]) == {
        "order": 42,
        "charge": {"id": 7},
        "ship": {"parcel": [1, 2]},
    }


def test_retries_and_catches_find_their_attempts(export):
    definition = states(
        Charge=task(Retry=[RETRY], Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Ship"}]),
        Ship=task(),
    )
    answers = {
        "Charge": [failing("Busy"), failing("Busy", "still"), failing("Declined", "no money")],
        "Ship": [seconds(1)],
    }
    passed(export(definition, answers))


def test_a_failed_execution_keeps_error_and_cause(export):
    outcome = passed(export(states(Charge=task()), {"Charge": [failing("Declined", "no")]}))
    assert (outcome.result["status"], outcome.result["error"]) == ("FAILED", "Declined")


def test_loops_iterations_and_branches_find_their_own_results(export):
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 2,
        "ItemProcessor": states(Charge=task(Retry=[RETRY])),
        "Retry": [{"ErrorEquals": ["Declined"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "ResultPath": "$.charged",
    }
    both = {
        "Type": "Parallel",
        "Branches": [
            states(Left=task()),
            states(Wait={"Type": "Wait", "Seconds": 3}, Right=task()),
        ],
        "ResultPath": "$.both",
    }
    answers = {
        "Charge": [
            seconds("a", 0.5), failing("Busy", took=0.1), seconds("b"), failing("Declined", took=3),
            seconds("A"), seconds("B", 2), seconds("C"), seconds("D"),
        ],
        "Left": [seconds("left", 9)],
        "Right": [seconds("right")],
    }  # fmt: skip
    passed(export(states(Each=each, Both=both), answers, {"items": [1, 2, 3, 4]}))


@pytest.mark.parametrize("took", [2, 45])
def test_a_callback_comes_when_it_came_with_the_heartbeats_it_needs(export, took):
    notify = task(
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        Parameters={
            "QueueUrl": "https://sqs/q",
            "MessageBody": {"Token.$": "$$.Task.Token", "Start.$": "$$.State.EnteredTime"},
        },
        HeartbeatSeconds=10,
    )
    waits = {"Type": "Wait", "Seconds": 1}
    passed(export(states(Rest=waits, Notify=notify), {"Notify": [seconds({"ok": True}, took)]}))


def test_an_activity_has_its_worker(export):
    activity = "arn:aws:states:eu-west-1:210987654321:activity:pack"
    outcome = passed(export(states(Pack=task(activity)), {"Pack": [seconds("packed", 5)]}))
    [started] = [e for e in outcome.result["events"] if e["type"] == "ActivityStarted"]
    assert started["activityStartedEventDetails"] == {"workerName": "worker-1"}


def test_a_task_that_timed_out_is_never_answered(export):
    slow = states(Charge=task(TimeoutSeconds=30))
    outcome = passed(export(slow, {"Charge": [seconds("late", 31)]}))
    assert outcome.result["error"] == "States.Timeout"


def test_what_the_run_makes_up_may_differ(export):
    """Task tokens, UUIDs and times of the context object are others in every run."""
    made = {"Type": "Pass", "Parameters": {"id.$": "States.UUID()", "at.$": "$$.State.EnteredTime"}}
    definition = states(Rest={"Type": "Wait", "Seconds": 2}, Made=made)
    folder = export(definition)
    path = folder / "order-42.history.json"
    text = path.read_text(encoding="utf-8").replace(
        "2026-03-01T09:30:02.250Z", "2026-03-01T09:30:02.611Z"
    )
    path.write_text(text, encoding="utf-8")
    outcome = passed(folder)
    assert outcome.result["output"] not in text


def test_an_identifier_of_the_input_may_not_differ(export):
    definition = states(Keep={"Type": "Pass", "Parameters": {"id.$": "$.a"}})
    ids = {"a": "3f2b0f0e-0000-4000-8000-000000000001", "b": "3f2b0f0e-0000-4000-8000-000000000002"}
    folder = export(definition, None, ids)
    other = states(Keep={"Type": "Pass", "Parameters": {"id.$": "$.b"}})
    outcome = changed(folder, other)
    assert outcome.verdict == "failed"
    assert outcome.divergence.event == 3
    assert outcome.divergence.expected == f"PassStateExited 'Keep', output.id: \"{ids['a']}\""
    assert outcome.divergence.got == f'"{ids["b"]}"'


def test_a_stopped_execution_is_stopped_at_its_time(export):
    definition = states(Rest={"Type": "Wait", "Seconds": 10}, Charge=task())
    outcome = passed(export(definition, {"Charge": [seconds(1, 30)]}, stop=15))
    assert outcome.result["status"] == "ABORTED"
    assert outcome.result["error"] == "Stopped"
    assert [e["type"] for e in outcome.result["events"]][-2:] == [
        "LambdaFunctionStarted",
        "ExecutionAborted",
    ]


def test_an_execution_may_still_run(export):
    definition = states(Rest={"Type": "Wait", "Seconds": 10}, Charge=task())
    outcome = passed(export(definition, {"Charge": [seconds(1, 30)]}, until=15))
    assert outcome.result["status"] == "RUNNING"


def test_a_redriven_execution_is_redriven(export):
    definition = states(Charge=task(ResultPath="$.charge"), Ship=task(ResultPath=None))
    answers = {"Charge": [seconds(1)], "Ship": [failing("Closed"), seconds(2)]}
    outcome = passed(export(definition, answers, redrive=600))
    types = [event["type"] for event in outcome.result["events"]]
    assert types.count("ExecutionRedriven") == 1
    assert outcome.result["status"] == "SUCCEEDED"


def test_children_of_a_distributed_map_are_not_in_its_history(export):
    each = {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **states(Charge=task()),
        },
    }
    outcome = only(export(states(Each=each), {"Charge": [seconds(1)]}, [1]))
    assert outcome.verdict == "skipped"
    assert outcome.reason == (
        "the state 'Charge' runs in child executions of a distributed Map, which are not in the"
        " history of their parent"
    )


def test_a_distributed_map_without_tasks_is_repeated(export):
    each = {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **states(Keep={"Type": "Pass"}),
        },
    }
    passed(export(states(Each=each), {}, [1, 2]))


# -- another definition ------------------------------------------------------------------------


BEFORE = states(Charge=task(ResultPath="$.charge"), Ship=task(ResultPath="$.ship"))
ANSWERS = {"Charge": [seconds({"id": 7})], "Ship": [seconds({"parcel": 1})]}


def test_a_change_without_effect_passes(export):
    after = states(
        Charge=task(ResultPath="$.charge", Comment="now with a comment", Retry=[RETRY]),
        Ship=task("${ShipFunction}", ResultPath="$.ship"),
    )
    after["States"]["Charge"]["Resource"] = CHARGE.replace("2109", "9999").replace("charge", "dev")
    assert changed(export(BEFORE, ANSWERS), after).verdict == "passed"


def test_a_new_state_is_the_first_divergence(export):
    after = states(Charge=task(ResultPath="$.charge"), Check={"Type": "Pass"}, Ship=task())
    outcome = changed(export(BEFORE, ANSWERS), after)
    divergence = outcome.divergence
    assert outcome.verdict == "failed"
    assert (divergence.event, divergence.state) == (7, "Check")
    assert divergence.expected == "TaskStateEntered 'Ship'"
    assert divergence.got == "PassStateEntered 'Check'"
    assert (divergence.location.path.name, divergence.location.line) == ("orders.asl.json", 10)


def test_a_task_without_recorded_result_ends_the_replay(export):
    after = states(Charge=task(ResultPath="$.charge"), Ship=task(), Tell=task())
    outcome = changed(export(BEFORE, ANSWERS), after)
    assert outcome.verdict == "failed"
    assert outcome.reason == (
        f"the state 'Tell' calls {CHARGE}, and the recording has no result for it"
    )
    assert outcome.result["status"] == "RUNNING"


def test_a_state_that_is_gone_is_told(export):
    outcome = changed(export(BEFORE, ANSWERS), states(Charge=task(ResultPath="$.charge")))
    divergence = outcome.divergence
    assert (divergence.event, divergence.state) == (7, "Ship")
    assert divergence.expected == "TaskStateEntered 'Ship'"
    assert divergence.got == "ExecutionSucceeded"


def test_other_parameters_are_told_by_member(export):
    before = states(
        Charge=task(
            "arn:aws:states:::lambda:invoke", Parameters={"FunctionName": "f", "Payload": {"n": 1}}
        )
    )
    after = states(
        Charge=task(
            "arn:aws:states:::lambda:invoke", Parameters={"FunctionName": "f", "Payload": {"n": 2}}
        )
    )
    outcome = changed(export(before, {"Charge": [seconds({})]}), after)
    assert outcome.divergence.expected == "TaskScheduled, parameters.Payload.n: 1"
    assert (outcome.divergence.event, outcome.divergence.got) == (3, "2")


def test_a_task_that_moved_into_a_parallel_keeps_its_result(export):
    before = states(Charge=task())
    after = states(Both={"Type": "Parallel", "Branches": [states(Charge=task())]})
    outcome = changed(export(before, {"Charge": [seconds({"id": 7})]}), after)
    assert outcome.divergence.event == 2
    assert json.loads(outcome.result["output"]) == [{"id": 7}]


# -- how it may be written down ----------------------------------------------------------------


def parts(folder):
    names = ("history", "execution", "machine")
    found = {name: folder / f"order-42.{name}.json" for name in names}
    return {
        name: (path, json.loads(path.read_text(encoding="utf-8"))) for name, path in found.items()
    }


def rewritten(folder, value, name="order-42.json"):
    for path, _ in parts(folder).values():
        path.unlink()
    (folder / name).write_text(json.dumps(value), encoding="utf-8")


def test_one_file_may_hold_all_three(export):
    folder = export(BEFORE, ANSWERS)
    rewritten(folder, {name: value for name, (_, value) in parts(folder).items()})
    passed(folder)


def test_one_file_may_hold_all_three_put_together(export):
    """As `jq -s add` does it."""
    folder = export(BEFORE, ANSWERS)
    found = parts(folder)
    rewritten(folder, {**found["history"][1], **found["execution"][1], **found["machine"][1]})
    passed(folder)


def test_describe_execution_may_be_missing(export):
    folder = export(BEFORE, ANSWERS)
    parts(folder)["execution"][0].unlink()
    passed(folder)


def test_naming_one_file_brings_the_others(export):
    folder = export(BEFORE, ANSWERS)
    [case] = find([folder / "order-42.history.json"]).cases
    assert case.id == f"{folder.name}/order-42"
    assert verify(case).verdict == "passed"


def test_a_history_alone_needs_a_definition(export):
    folder = export(BEFORE, ANSWERS)
    for name in ("execution", "machine"):
        parts_path = folder / f"order-42.{name}.json"
        parts_path.unlink()
    [problem] = find([folder]).problems
    assert problem.code == "VER003"
    assert "there is no definition for the history of 'order-42'" in problem.message
    definition = Definition.of(Source.read(json.dumps(BEFORE), folder / "orders.json"))
    [case] = find([folder], definition.value).cases
    assert verify(case, definition).verdict == "passed"


def test_events_may_come_in_reverse_order_with_times_as_numbers(export):
    folder = export(BEFORE, ANSWERS)
    path, history = parts(folder)["history"]
    for event in history["events"]:
        event["timestamp"] = 1772357400.25 + event["id"] / 10
    path.write_text(json.dumps({"events": history["events"][::-1]}), encoding="utf-8")
    passed(folder)


def broken(folder, change):
    path, history = parts(folder)["history"]
    change(history)
    path.write_text(json.dumps(history), encoding="utf-8")
    found = find([folder])
    assert found.cases == []
    [problem] = found.problems
    assert (problem.code, problem.location.path) == ("VER003", path)
    return problem.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h["events"].pop(3), "the history is only a part of the whole"),
        (lambda h: h.update(nextToken="more"), "the history is only a part of the whole"),
        (lambda h: h["events"].clear(), "the history has no events, or events without id, type"),
        (
            lambda h: h["events"][0]["executionStartedEventDetails"].pop("input"),
            "the history has no execution data",
        ),
        (
            lambda h: h["events"][1]["stateEnteredEventDetails"].update(
                inputDetails={"truncated": True}
            ),
            "the data of event 2 was cut off",
        ),
        (lambda h: h["events"][2].update(timestamp="soon"), "'soon' is not a time"),
        (
            lambda h: h["events"][4]["lambdaFunctionSucceededEventDetails"].update(output="{"),
            "the data of event 5 is not JSON",
        ),
        (
            lambda h: h["events"].pop(),
            "the execution is SUCCEEDED, and its history ends with TaskStateExited",
        ),
    ],
)
def test_an_unusable_history_is_told(export, change, message):
    assert broken(export(BEFORE, ANSWERS), change).startswith(message)


def test_a_second_history_of_one_name_is_told(export):
    folder = export(BEFORE, ANSWERS)
    (folder / "order-42.copy.json").write_text(
        json.dumps(parts(folder)["history"][1]), encoding="utf-8"
    )
    [problem] = find([folder]).problems
    assert problem.message.startswith("this is a second history of 'order-42'; the other is ")


def test_a_definition_that_is_not_json_is_told(export):
    folder = export(BEFORE, ANSWERS)
    path, machine = parts(folder)["machine"]
    path.write_text(json.dumps({**machine, "definition": "{"}), encoding="utf-8")
    [problem] = find([folder]).problems
    assert problem.code == "ASL001"
