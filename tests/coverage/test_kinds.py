"""Every kind of point by hand, where it is easy to get wrong: nesting, aborts, timeouts, redrives."""

from dataclasses import replace

import pytest

from simulator.coverage.coverage import Coverage
from simulator.diagrams.overlay import Mark
from simulator.engine.ports import Failure, Pending, Success

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
TASK = {"Type": "Task", "Resource": FUNCTION}
END = {"Type": "Pass", "End": True}


def taken(coverage):
    return {
        f"{point.kind} {point.name}": coverage.hits(point)
        for point in coverage.points
        if coverage.hits(point)
    }


def graph(**states):
    return {"StartAt": next(iter(states)), "States": states}


def distributed(**states):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {"ProcessorConfig": config, **graph(**states)}


def test_a_retrier_without_attempts_is_exhausted_at_once(cover):
    task = TASK | {
        "Retry": [
            {"ErrorEquals": ["A"], "MaxAttempts": 0},
            {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2},
        ],
        "Catch": [{"ErrorEquals": ["A"], "Next": "Z"}],
    }
    coverage = cover({"T": task, "Z": END}, tasks={"T": [Failure("A")]})
    assert taken(coverage) == {
        "state T": 1,
        "transition T: Catch 1 (A) → Z": 1,
        "retrier T: Retry 1 (A) is exhausted": 1,
        "catcher T: Catch 1 (A) catches": 1,
        "state Z": 1,
        "transition Z: → end": 1,
    }
    assert [point.name for point in coverage.missing("retrier")] == [
        "T: Retry 2 (States.ALL) fires",
        "T: Retry 2 (States.ALL) is exhausted",
    ]


def test_each_retrier_counts_its_own_attempts(cover):
    task = TASK | {
        "Retry": [
            {"ErrorEquals": ["A"], "MaxAttempts": 1},
            {"ErrorEquals": ["B"], "MaxAttempts": 3},
        ]
    }
    answers = [Failure("A"), Failure("B"), Failure("B"), Failure("A")]
    coverage = cover({"T": task}, tasks={"T": answers})
    assert taken(coverage) == {
        "state T": 1,
        "retrier T: Retry 1 (A) fires": 1,
        "retrier T: Retry 1 (A) is exhausted": 1,
        "retrier T: Retry 2 (B) fires": 2,
    }
    assert coverage.overlay().states["T"] == Mark(1, failed=1, retried=3, seconds=4.0)


def test_a_fail_state_ends_every_state_around_it(cover):
    inner = {"Type": "Map", "ItemProcessor": graph(X={"Type": "Fail", "Error": "E"}), "End": True}
    outer = {"Type": "Parallel", "Branches": [graph(M=inner), graph(Y=END)]}
    coverage = cover({"P": outer}, [1, 2])
    assert taken(coverage) == {
        "state P": 1,
        "failure P: the Parallel fails": 1,
        "state M": 1,
        "failure M: an item fails": 1,
        "failure M: the Map fails": 1,
        "state X": 2,
        "state Y": 1,
        "transition Y: → end": 1,
    }


def test_a_branch_that_is_aborted_has_not_failed_and_gone_nowhere(cover):
    slow = graph(W={"Type": "Wait", "Seconds": 60, "Next": "V"}, V=END)
    quick = graph(Q={"Type": "Wait", "Seconds": 5, "Next": "X"}, X={"Type": "Fail", "Error": "E"})
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [slow, quick],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
            "End": True,
        },
        "Z": END,
    }
    coverage = cover(states)
    assert taken(coverage) == {
        "state P": 1,
        "transition P: Catch 1 (States.ALL) → Z": 1,
        "catcher P: Catch 1 (States.ALL) catches": 1,
        "failure P: the Parallel fails": 1,
        "state W": 1,
        "state Q": 1,
        "transition Q: → X": 1,
        "state X": 1,
        "state Z": 1,
        "transition Z: → end": 1,
    }
    assert [point.name for point in coverage.missing("state")] == ["V"]
    marks = coverage.overlay().states
    assert marks["W"] == Mark(1, seconds=5.0)
    assert marks["P"] == Mark(1, caught=1, seconds=5.0)


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        ({"TimeoutSeconds": 2}, "States.Timeout"),
        ({"TimeoutSeconds": 9, "HeartbeatSeconds": 2}, "States.HeartbeatTimeout"),
    ],
)
def test_a_task_that_is_too_late_is_retried_and_caught_by_its_name(cover, limit, error):
    task = TASK | {
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "F", "Payload": {"t.$": "$$.Task.Token"}},
        **limit,
        "Retry": [{"ErrorEquals": [error], "MaxAttempts": 1}],
        "Catch": [
            {"ErrorEquals": ["Other"], "Next": "Z"},
            {"ErrorEquals": [error], "Next": "Z"},
        ],
        "End": True,
    }
    coverage = cover({"T": task, "Z": END}, tasks={"T": [Pending()]})
    assert taken(coverage) == {
        "state T": 1,
        f"transition T: Catch 2 ({error}) → Z": 1,
        f"retrier T: Retry 1 ({error}) fires": 1,
        f"retrier T: Retry 1 ({error}) is exhausted": 1,
        f"catcher T: Catch 2 ({error}) catches": 1,
        "state Z": 1,
        "transition Z: → end": 1,
    }
    assert coverage.overlay().states["T"] == Mark(1, caught=1, retried=1, timed_out=2, seconds=5.0)


def test_a_map_run_that_fails_and_what_its_children_did(cover):
    body = distributed(
        C={"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "T"}],
           "Default": "S"},
        T=TASK | {"Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}], "End": True},
        S={"Type": "Succeed"},
    )  # fmt: skip
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": body,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
            "End": True,
        },
        "Z": END,
    }
    coverage = cover(states, [2, 1], tasks={"T": [Failure("A")]})
    assert taken(coverage) == {
        "state M": 1,
        "transition M: Catch 1 (States.ALL) → Z": 1,
        "catcher M: Catch 1 (States.ALL) catches": 1,
        "failure M: an item fails": 1,
        "failure M: the Map fails": 1,
        "state C": 2,
        "transition C: rule 1 → T": 1,
        "transition C: Default → S": 1,
        "rule C: rule 1 ($ = 1) is true": 1,
        "rule C: rule 1 ($ = 1) is false": 1,
        "state T": 1,
        "retrier T: Retry 1 (A) fires": 1,
        "retrier T: Retry 1 (A) is exhausted": 1,
        "state S": 1,
        "state Z": 1,
        "transition Z: → end": 1,
    }
    assert coverage.executions == 1


def test_after_a_redrive_the_same_visit_goes_on(machine, execute):
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 1}]
    made = machine({"T": TASK | {"Retry": retry}, "Z": END})

    def later(engine, execution):
        execution.done.watch(lambda: execution.redrive_count or engine.redrive(execution))

    # Twice before the redrive and, with fresh attempts, twice after it.
    answers = [Failure("A"), Failure("A"), Failure("A"), Success(1)]
    run = execute(made, tasks={"T": answers}, act=later)
    assert run.status == "SUCCEEDED"
    assert taken(Coverage.of(made, [run])) == {
        "state T": 1,
        "transition T: → Z": 1,
        "retrier T: Retry 1 (A) fires": 2,
        "retrier T: Retry 1 (A) is exhausted": 1,
        "state Z": 1,
        "transition Z: → end": 1,
    }


def test_a_redriven_map_run_counts_an_item_as_failed_though_it_succeeded_later(machine, execute):
    """Its child execution was redriven too: what it is now does not say that it failed before."""
    made = machine({"M": {"Type": "Map", "ItemProcessor": distributed(T=TASK | {"End": True})}})

    def later(engine, execution):
        execution.done.watch(lambda: execution.redrive_count or engine.redrive(execution))

    run = execute(made, [1, 2], tasks={"T": [Success(1), Failure("A"), Success(2)]}, act=later)
    assert run.status == "SUCCEEDED"
    assert taken(Coverage.of(made, [run])) == {
        "state M": 1,
        "transition M: → end": 1,
        "failure M: an item fails": 1,
        "failure M: the Map fails": 1,
        "state T": 2,
        "transition T: → end": 2,
    }


def test_an_execution_that_times_out_has_open_visits(machine, execute):
    made = machine({"W": {"Type": "Wait", "Seconds": 60}, "Z": END})
    run = execute(replace(made, timeout_seconds=5))
    assert run.status == "TIMED_OUT"
    coverage = Coverage.of(made, [run])
    assert taken(coverage) == {"state W": 1}
    assert coverage.overlay().states["W"] == Mark(1, timed_out=1, seconds=5.0)
