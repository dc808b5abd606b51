"""Histories → what was taken, what happened in each state, how long it took."""

import pytest

from simulator.coverage.coverage import Coverage
from simulator.diagrams.overlay import Mark, Overlay
from simulator.engine.ports import Failure, Success

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
TASK = {"Type": "Task", "Resource": FUNCTION}
END = {"Type": "Pass", "End": True}


def taken(coverage):
    """Names of the taken points, with their counts."""
    return {
        f"{point.kind} {point.name}": coverage.hits(point)
        for point in coverage.points
        if coverage.hits(point)
    }


def graph(**states):
    return {"StartAt": next(iter(states)), "States": states}


def test_a_line_of_states(cover):
    states = {"A": {"Type": "Pass"}, "W": {"Type": "Wait", "Seconds": 2}, "Z": {"Type": "Succeed"}}
    coverage = cover(states)
    assert taken(coverage) == {
        "state A": 1,
        "transition A: → W": 1,
        "state W": 1,
        "transition W: → Z": 1,
        "state Z": 1,
    }
    assert coverage.missing() == []
    assert coverage.overlay() == Overlay(
        {"A": Mark(1), "W": Mark(1, seconds=2.0), "Z": Mark(1)},
        {("A", "next", 0): 1, ("W", "next", 0): 1, ("Z", "end", 0): 1},
    )


RULES = [{"Variable": "$.n", "NumericEquals": n, "Next": "T"} for n in (1, 2)]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, {"transition C: rule 1 → T": 1, "rule C: rule 1 ($.n = 1) is true": 1}),
        (
            2,
            {
                "transition C: rule 2 → T": 1,
                "rule C: rule 1 ($.n = 1) is false": 1,
                "rule C: rule 2 ($.n = 2) is true": 1,
            },
        ),
        (
            3,
            {
                "transition C: Default → T": 1,
                "rule C: rule 1 ($.n = 1) is false": 1,
                "rule C: rule 2 ($.n = 2) is false": 1,
            },
        ),
    ],
)
def test_rules_have_two_outcomes_though_all_lead_to_one_state(cover, n, expected):
    states = {"C": {"Type": "Choice", "Choices": RULES, "Default": "T"}, "T": END}
    found = taken(cover(states, {"n": n}))
    assert found == {"state C": 1, **expected, "state T": 1, "transition T: → end": 1}


def test_a_choice_without_a_way_asks_all_rules_and_takes_no_transition(cover):
    coverage = cover({"C": {"Type": "Choice", "Choices": RULES}, "T": END}, {"n": 9})
    assert taken(coverage) == {
        "state C": 1,
        "rule C: rule 1 ($.n = 1) is false": 1,
        "rule C: rule 2 ($.n = 2) is false": 1,
    }
    assert coverage.overlay() == Overlay({"C": Mark(1, failed=1)}, {})


def test_a_task_that_is_retried_and_caught(cover):
    states = {
        "T": TASK | {
            "Retry": [
                {"ErrorEquals": ["A"], "MaxAttempts": 1, "IntervalSeconds": 3},
                {"ErrorEquals": ["Never"], "MaxAttempts": 0},
            ],
            "Catch": [
                {"ErrorEquals": ["B"], "Next": "Z"},
                {"ErrorEquals": ["States.ALL"], "Next": "Z"},
            ],
        },
        "Z": END,
    }  # fmt: skip
    coverage = cover(states, tasks={"T": [Failure("A"), Failure("A")]})
    assert taken(coverage) == {
        "state T": 1,
        "transition T: Catch 2 (States.ALL) → Z": 1,
        "retrier T: Retry 1 (A) fires": 1,
        "retrier T: Retry 1 (A) is exhausted": 1,
        "catcher T: Catch 2 (States.ALL) catches": 1,
        "state Z": 1,
        "transition Z: → end": 1,
    }
    # A retrier without attempts cannot fire.
    assert [point.name for point in coverage.missing("retrier")] == [
        "T: Retry 2 (Never) is exhausted"
    ]
    assert coverage.overlay().states["T"] == Mark(1, caught=1, retried=1, seconds=3.0)


def test_an_error_that_nobody_catches_fails_the_states_around_it(cover):
    inner = graph(X={"Type": "Wait", "Seconds": 1, "Next": "T"}, T=TASK | {"End": True})
    states = {"P": {"Type": "Parallel", "Branches": [inner, graph(Y=END)]}}
    coverage = cover(states, tasks={"T": [Failure("A")]})
    assert coverage.overlay() == Overlay(
        {
            "P": Mark(1, failed=1, seconds=1.0),
            "X": Mark(1, seconds=1.0),
            "T": Mark(1, failed=1),
            "Y": Mark(1),
        },
        {("X", "next", 0): 1, ("Y", "end", 0): 1},
    )
    assert [point.name for point in coverage.missing()] == ["P: → end", "T: → end"]
    assert taken(coverage)["failure P: the Parallel fails"] == 1


def test_iterations_that_end_side_by_side_are_told_apart(cover, ok):
    """Iteration 0 retries, 1 is caught at once, 2 succeeds late; a Parallel in each fails."""
    parallel = {
        "Type": "Parallel",
        "Branches": [graph(X={"Type": "Fail", "Error": "E"}), graph(Y=END)],
        "Catch": [{"ErrorEquals": ["E"], "Next": "Q"}],
        "End": True,
    }
    body = graph(
        T=TASK | {
            "Retry": [{"ErrorEquals": ["A"]}],
            "Catch": [{"ErrorEquals": ["B"], "Next": "W"}],
            "Next": "P",
        },
        W={"Type": "Wait", "Seconds": 3, "End": True},
        P=parallel,
        Q=END,
    )  # fmt: skip
    answers = [Failure("A"), Failure("B"), ok(1, 2), ok(1, 1)]
    states = {"M": {"Type": "Map", "ItemProcessor": body}, "Z": {"Type": "Succeed"}}
    coverage = cover(states, [0, 1, 2], tasks={"T": answers})
    assert coverage.overlay() == Overlay(
        {
            "M": Mark(1, seconds=3.0),
            "T": Mark(3, caught=1, retried=1, seconds=4.0),
            "W": Mark(1, seconds=3.0),
            "P": Mark(2, caught=2),
            "X": Mark(2, failed=2),
            "Y": Mark(2),
            "Q": Mark(2),
            "Z": Mark(1),
        },
        {
            ("M", "next", 0): 1, ("T", "next", 0): 2, ("T", "catch", 0): 1, ("W", "end", 0): 1,
            ("P", "catch", 0): 2, ("X", "end", 0): 2, ("Y", "end", 0): 2, ("Q", "end", 0): 2,
            ("Z", "end", 0): 1,
        },
    )  # fmt: skip


def test_a_map_whose_item_fails_is_retried_and_then_caught(cover):
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": graph(T=TASK | {"End": True}),
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
            "End": True,
        },
        "Z": END,
    }
    coverage = cover(states, [1], tasks={"T": [Failure("A")]})
    assert taken(coverage) == {
        "state M": 1,
        "transition M: Catch 1 (States.ALL) → Z": 1,
        "retrier M: Retry 1 (States.ALL) fires": 1,
        "retrier M: Retry 1 (States.ALL) is exhausted": 1,
        "catcher M: Catch 1 (States.ALL) catches": 1,
        "failure M: an item fails": 2,
        "failure M: the Map fails": 1,
        "state Z": 1,
        "transition Z: → end": 1,
        "state T": 2,
    }
    assert coverage.overlay().states["T"] == Mark(2, failed=2)


def test_children_of_a_distributed_map_count_with_their_parent(cover):
    body = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    body |= graph(T=TASK | {"End": True})
    states = {"M": {"Type": "Map", "ToleratedFailureCount": 1, "ItemProcessor": body}}
    coverage = cover(states, [1, 2, 3], tasks={"T": [Success(1), Failure("A"), Success(3)]})
    assert coverage.executions == 1
    assert taken(coverage) == {
        "state M": 1,
        "transition M: → end": 1,
        "failure M: an item fails": 1,
        "state T": 3,
        "transition T: → end": 2,
    }


def test_a_task_that_times_out(cover, ok):
    coverage = cover({"T": TASK | {"TimeoutSeconds": 2}}, tasks={"T": [ok(1, 9)]})
    assert coverage.overlay().states == {"T": Mark(1, failed=1, timed_out=1, seconds=2.0)}


def test_a_redrive_goes_on_with_the_visits_that_were_left(machine, execute):
    body = graph(T=TASK | {"Next": "U"}, U=END)
    made = machine({"P": {"Type": "Parallel", "Branches": [body]}})
    answers = {"T": [Failure("A"), Success(1)]}

    def later(engine, execution):
        execution.done.watch(lambda: execution.redrive_count or engine.redrive(execution))

    run = execute(made, tasks=answers, act=later)
    assert run.status == "SUCCEEDED"
    coverage = Coverage.of(made, [run])
    assert coverage.overlay() == Overlay(
        {"P": Mark(1, failed=1), "T": Mark(1, failed=1), "U": Mark(1)},
        {("P", "end", 0): 1, ("T", "next", 0): 1, ("U", "end", 0): 1},
    )


def test_an_execution_that_was_stopped_or_runs_has_open_visits(cover):
    def stop(engine, execution):
        execution.clock.call_at(execution.started + 5_000_000, lambda: engine.stop(execution))

    coverage = cover({"W": {"Type": "Wait", "Seconds": 60}}, act=stop)
    assert coverage.overlay() == Overlay({"W": Mark(1, seconds=5.0)}, {})


def test_an_execution_that_was_not_audited_is_refused(machine, execute):
    made = machine({"A": END})
    with pytest.raises(ValueError, match="one ran without"):
        Coverage.of(made, [execute(made, audit=False)])


def test_an_expression_that_fails_fails_its_own_state(cover):
    """EvaluationFailed follows the event before the state when its input cannot be made."""
    broken = {"Type": "Pass", "QueryLanguage": "JSONata", "End": True}
    inner = graph(X=END, Y=broken | {"Output": "{% $states.input.a + 'x' %}"})
    inner["States"]["X"] = {"Type": "Pass", "Next": "Y"}
    states = {"A": {"Type": "Pass"}, "P": {"Type": "Parallel", "Branches": [graph(Q=END), inner]}}
    coverage = cover(states, {"a": 1})
    failed = {name for name, mark in coverage.overlay().states.items() if mark.failed}
    assert failed == {"P", "Y"}
