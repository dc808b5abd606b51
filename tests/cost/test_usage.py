"""What one execution used, counted by hand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.cost.usage import express_gb, transitions
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.ports import Failure, Success

TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:F"}
END = {"Type": "Pass", "End": True}


class Answers:
    """In turn."""

    def __init__(self, answers):
        self.answers = list(answers)

    def run(self, _call):
        return self.answers.pop(0)


def graph(**states):
    return {"StartAt": next(iter(states)), "States": states}


def play(definition, payload=None, answers=(), redrives=0):
    """The execution, and those of its Map Runs."""
    parsed, problems = parse(Source.of(definition, Path("flow.asl.json")))
    assert parsed is not None, problems
    scheduler = Scheduler(VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    engine = Engine(scheduler, Answers(answers))
    arn = "arn:aws:states:us-east-1:111122223333:stateMachine:Flow"
    run = engine.start(parsed, payload or {}, name="one", state_machine_arn=arn)
    scheduler.run_until_idle()
    for _ in range(redrives):
        engine.redrive(run)
        scheduler.run_until_idle()
    assert run.status == "SUCCEEDED"
    return [run, *engine.children.values()]


@pytest.mark.parametrize(
    ("definition", "answers", "redrives", "counts"),
    [
        # The way in, and each state.
        (graph(A={"Type": "Pass", "Next": "B"}, B=END), [], 0, [3]),
        # Two retries more.
        (
            graph(T=TASK | {"Retry": [{"ErrorEquals": ["A"]}], "End": True}),
            [Failure("A"), Failure("A"), Success(1)],
            0,
            [4],
        ),
        # A redriven state is one more (docs), though it is not entered again.
        (graph(T=TASK | {"Next": "Z"}, Z=END), [Failure("A"), Success(1)], 1, [4]),
        # Every iteration's states.
        (
            graph(M={"Type": "Map", "ItemsPath": "$.items", "End": True,
                     "ItemProcessor": graph(X={"Type": "Pass", "Next": "Y"}, Y=END)}),
            [],
            0,
            [1 + 1 + 3 * 2],
        ),
        (graph(P={"Type": "Parallel", "Branches": [graph(X=END), graph(Y=END)], "End": True}), [],
         0, [4]),
        # The children of a Map Run are executions of their own.
        (
            graph(M={"Type": "Map", "ItemsPath": "$.items", "End": True, "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                **graph(X={"Type": "Pass", "Next": "Y"}, Y=END)}}),
            [],
            0,
            [2, 3, 3, 3],
        ),
        # Both the Map and the child's state are run again.
        (
            graph(M={"Type": "Map", "ItemsPath": "$.items", "End": True, "MaxConcurrency": 1,
                     "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                **graph(T=TASK | {"End": True})}}),
            [Success(1), Success(2), Failure("A"), Success(3)],
            1,
            [3, 2, 2, 3],
        ),
    ],
)  # fmt: skip
def test_transitions(definition, answers, redrives, counts):
    runs = play(definition, {"items": [1, 2, 3]}, answers, redrives)
    assert [transitions(run) for run in runs] == counts


@pytest.mark.parametrize(
    ("items", "size", "steps"),
    [
        (0, 32_000, 1),
        (400, 32_000, 1),  # the pricing page's example: 62.85 MB are billed as 64
        (450, 32_000, 2),  # 64.45 MB
        (4, 262_000, 1),
    ],
)
def test_memory_of_express_grows_with_the_steps_of_a_map(items, size, steps):
    states = {"M": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": graph(S=END),
                    "End": True}}  # fmt: skip
    payload = {"items": [1] * items, "pad": ""}
    payload["pad"] = "x" * (size - len(json.dumps(payload, separators=(",", ":"))))
    [run] = play({"StartAt": "M", "States": states}, payload)
    assert express_gb(run, 50_000) == steps * 64 / 1024


def test_each_branch_of_a_parallel_is_a_step():
    branches = [graph(**{f"S{number}": END}) for number in range(60)]
    states = graph(P={"Type": "Parallel", "Branches": branches, "ResultPath": None, "End": True})
    [run] = play(states, {"pad": "x" * 250_000})
    assert express_gb(run, 1_000) == 2 * 64 / 1024  # 50 MB and 60 times 0.25
