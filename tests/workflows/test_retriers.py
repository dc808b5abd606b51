"""Every retrier of the workflows fires and is exhausted, after the pauses that it declares.

Each Task is run alone, with its Retry as it is written and errors by script: what is tried again
does not depend on the way to the state. No function runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from simulator.asl.graph import all_states
from simulator.asl.model import DataFlow, Graph, Map, Parallel, Retrier, StateMachine, Task
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.coverage.coverage import Coverage
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.execution import Execution
from simulator.engine.fibers import Scheduler
from simulator.engine.ports import Failure, Success, TaskCall, TaskResult
from simulator.engine.retry import find_retrier

FOLDER = Path(__file__).parent.parent.parent / "workflows/rendered"
# What an error may be called that only the name of a group in ErrorEquals matches.
GROUPS = {"States.ALL", "States.TaskFailed"}


class Failing:
    """So many errors, then success."""

    def __init__(self, error: str, times: int) -> None:
        self._error = error
        self._left = times

    def run(self, _call: TaskCall) -> TaskResult:
        self._left -= 1
        return Failure(self._error, "made to fail") if self._left >= 0 else Success({})


def machine_of(name: str) -> StateMachine:
    path = FOLDER / f"{name}.asl.json"
    parsed, problems = parse(Source.read(path.read_text(encoding="utf-8"), path))
    assert parsed is not None, problems
    return parsed


def tasks_of(machine: StateMachine) -> Iterator[Task]:
    for state in all_states(machine):
        assert not (isinstance(state, Map | Parallel) and state.retriers), "not looked at here"
        if isinstance(state, Task):
            yield state


def play(task: Task, error: str, times: int) -> Execution:
    """The Task alone, with nothing that reads variables."""
    alone = replace(
        task, data=DataFlow(), next=None, timeout=None, heartbeat=None, credentials=None,
        resource="arn:aws:lambda:us-east-1:111122223333:function:F", catchers=(),
    )  # fmt: skip
    graph = Graph(task.name, {task.name: alone}, task.location)
    scheduler = Scheduler(VirtualClock(datetime(2026, 1, 15, 10, tzinfo=UTC)))
    engine = Engine(scheduler, Failing(error, times), audit=True)
    run = engine.start(StateMachine(graph), {}, name="one")
    scheduler.run_until_idle()
    return run


def error_for(retriers: Sequence[Retrier], number: int) -> str:
    """One that this retrier is asked for: those before it do not take all of its errors."""
    for name in retriers[number].error_equals:
        error = "Broken" if name in GROUPS else name
        if find_retrier(retriers, error, ()) == number:
            return error
    return pytest.fail(f"the retriers before {retriers[number]} take all of its errors")


def pauses(run: Execution) -> list[float]:
    starts = [event.at for event in run.history if event.type == "LambdaFunctionScheduled"]
    return [(later - one).total_seconds() for one, later in pairwise(starts)]


@pytest.mark.parametrize("name", ["payment", "redrive", "remediation"])
def test_each_retrier_fires_and_is_exhausted(name: str) -> None:
    machine, runs = machine_of(name), []
    for task in tasks_of(machine):
        for number, retrier in enumerate(task.retriers):
            error = error_for(task.retriers, number)
            most = retrier.max_attempts
            declared = [
                retrier.interval_seconds * retrier.backoff_rate**before for before in range(most)
            ]
            for times in range(most + 2):
                run = play(task, error, times)
                runs.append(run)
                where = f"{task.name}, retrier {number + 1}, {times} errors"
                assert pauses(run) == declared[:times], where
                ended = ("FAILED", error) if times > most else ("SUCCEEDED", None)
                assert (run.status, run.error) == ended, where
    coverage = Coverage.of(machine, runs, name=name)
    assert [point.name for point in coverage.missing("retrier")] == []
    assert coverage.figure("retrier").total >= 13
