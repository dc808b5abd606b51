"""Replays on several processes: how many, what travels between them, and how they end."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.engine.ports import Failure, Success
from simulator.problems import Location
from simulator.scenarios import workers
from simulator.scenarios.compare import ABSENT, Difference
from simulator.scenarios.scenario import Scenario, Step
from simulator.scenarios.verdict import ExecutionSummary, Verdict

PLACE = Location(Path("tests/scenarios/S1.json"), 1, 1)
SCENARIO = Scenario(
    "S1",
    "one",
    PLACE.path,
    PLACE,
    given={"seed": 7},
    steps=(Step(timedelta(seconds=1), "start", {"send": "start"}, "steps[0]", PLACE),),
    mocks={"Work": (Success({"a": 1}), Failure("Boom", "why"))},
    origins={"/given": PLACE},
)


def verdict(*differences: Difference) -> Verdict:
    run = ExecutionSummary("Hello", "one", "FAILED", "Boom", None, ("Work",), ("1 Started",))
    return Verdict(SCENARIO, "failed", differences, ("Work",), ("note",), (run,), timedelta(1), 7)


@pytest.mark.parametrize(
    ("scenarios", "wanted", "expected"),
    [(0, None, 1), (7, None, 1), (8, None, 4), (3, 9, 3), (0, 2, 1), (93, 2, 2), (93, 1, 1)],
)
def test_a_process_for_each_core_when_there_is_enough_to_do(
    scenarios: int, wanted: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 4)
    assert workers.workers_for(scenarios, wanted) == expected


def test_a_verdict_travels_whole() -> None:
    whole = verdict(Difference("expect.path", ["Work"], ABSENT, note="late"))
    arrived = pickle.loads(pickle.dumps(workers.portable(whole)))
    assert arrived == whole
    assert arrived.differences[0].got is ABSENT


def test_values_that_cannot_travel_become_json() -> None:
    class Own:
        def __str__(self) -> str:
            return "an own value"

    moment = datetime(2026, 1, 1, tzinfo=UTC)
    sent = verdict(Difference("expect.own", {"at": moment, "own": Own()}, ABSENT))  # type: ignore[dict-item]  # what vocabularies do
    arrived = pickle.loads(pickle.dumps(workers.portable(sent)))
    assert arrived.differences == (
        Difference("expect.own", {"at": "2026-01-01T00:00:00Z", "own": "an own value"}, ABSENT),
    )
