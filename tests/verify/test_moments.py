"""Recordings have no times: what a definition says about time keeps threads in their order."""

import pytest

from simulator.verify.cases import find
from simulator.verify.moments import moments
from simulator.verify.replay import Definition, recorded_definition
from simulator.verify.verification import verify
from tests.verify.conftest import failing, seconds
from tests.verify.test_exports import CHARGE, states, task

LATE = {"Type": "Wait", "Seconds": 5}
RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 4, "MaxAttempts": 2}]


def both(left, right):
    return states(Both={"Type": "Parallel", "Branches": [left, right]})


@pytest.mark.parametrize("took", [1, 20])
@pytest.mark.parametrize(
    ("left", "given"),
    [
        (states(Late=LATE, Break=task()), {"Break": [failing("Broken")]}),
        (
            states(Break=task(Retry=RETRY)),
            {"Break": [failing("Busy"), failing("Busy"), failing("Broken")]},
        ),
        (states(Break=task(TimeoutSeconds=7)), {"Break": [seconds("late", 99)]}),
    ],
)
def test_without_times_the_order_between_threads_is_kept(export, left, given, took):
    definition = both(left, states(Work=task(), After={"Type": "Pass"}))
    folder = export(definition, {**given, "Work": [seconds("done", took)]})
    [case] = find([folder]).cases
    del case.recording["moments"]
    outcome = verify(case)
    assert [str(one) for one in outcome.grade.differences] == []
    assert outcome.verdict == "passed"
    types = [event["type"] for event in outcome.result["events"]]
    assert ("PassStateEntered" in types) is (took == 1)


def test_moments_grow_by_what_the_definition_says(export):
    folder = export(
        states(Late=LATE, Break=task(Retry=RETRY), Slow=task(TimeoutSeconds=7)),
        {"Break": [failing("Busy"), failing("Busy"), seconds(1)], "Slow": [seconds(1, 60)]},
    )
    [case] = find([folder]).cases
    definition = recorded_definition(case.recording, case.path)
    events = case.recording["expected"]["events"]
    found = moments(events, definition.machine, definition.value)
    at = {event["type"]: moment // 1_000_000 for event, moment in zip(events, found, strict=True)}
    assert at["WaitStateExited"] == 5
    assert at["LambdaFunctionSucceeded"] == 5 + 4 + 8
    assert at["LambdaFunctionTimedOut"] == at["ExecutionFailed"] == 5 + 4 + 8 + 7
    assert found == sorted(set(found))


@pytest.mark.parametrize("timed", [True, False])
def test_tasks_that_end_side_by_side_end_together(export, timed):
    """Each still says that it failed, although the first makes all others stop."""
    each = {"Type": "Map", "ItemProcessor": states(Break=task())}
    folder = export(states(Each=each), {"Break": [failing("Broken")] * 3}, [1, 2, 3])
    [case] = find([folder]).cases
    if not timed:
        del case.recording["moments"]
    outcome = verify(case)
    assert outcome.verdict == "passed"
    types = [event["type"] for event in outcome.result["events"]]
    assert types.count("LambdaFunctionFailed") == 3


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (
            {"QueryLanguage": "JSONata", "Assign": {"v": "{% $states.input.n + 1 %}"}},
            "EvaluationFailed",
        ),
        ({}, "FailStateEntered"),
    ],
)
def test_what_the_end_of_a_task_brings_with_it_does_not_part_it_from_its_siblings(
    export, after, kind, timed
):
    """Every iteration comes as far as the one that fails first."""
    work = {**task(**after), "Next": "Fail"}
    machine = {"StartAt": "Work", "States": {"Work": work, "Fail": {"Type": "Fail"}}}
    each = {"Type": "Map", "ItemProcessor": machine}
    folder = export(states(Each=each), {"Work": [seconds(1)] * 3}, [1, 2, 3])
    [case] = find([folder]).cases
    if not timed:
        del case.recording["moments"]
    outcome = verify(case)
    assert outcome.verdict == "passed", [str(one) for one in outcome.grade.differences]
    types = [event["type"] for event in outcome.result["events"]]
    assert types.count(kind) == 3


def test_without_links_events_are_a_millisecond_apart():
    events = [{"id": None, "previousEventId": None, "type": "WaitStateExited"}] * 3
    machine = Definition.of(source(states(Late=LATE))).machine
    assert moments(events, machine, {}) == [0, 1000, 2000]


def source(definition):
    from pathlib import Path

    from simulator.asl.source import Source

    return Source.of(definition, Path("flow.json"))


def test_a_task_that_had_not_ended_is_never_answered(export):
    definition = both(states(Work=task()), states(Break=task()))
    folder = export(definition, {"Break": [failing("Broken")], "Work": [seconds(1, 60)]})
    [case] = find([folder]).cases
    [work] = [one for one in case.recording["tasks"] if one["state"] == "Work"]
    assert work["result"] == {"status": "unknown"}
    assert (
        CHARGE
        in case.recording["definition"]["States"]["Both"]["Branches"][0]["States"]["Work"].values()
    )
    assert verify(case).verdict == "passed"
