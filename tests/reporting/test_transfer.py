"""Pull and push give the same table; a defect of the exporting side stores nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.project.project import Project
from simulator.scenarios.observed import alarms_at_some_time
from simulator.scenarios.reading import load
from simulator.scenarios.vocabulary import Vocabulary, World, load_vocabulary
from simulator.simulation import Simulation
from tests.vocabulary.reporting.fixtures import override, pay
from tests.vocabulary.reporting.invariants import CHECKS
from tests.vocabulary.tables import items

ROOT = Path(__file__).parents[2]
THERE = "444455556666"
ANALYST = {"Authorization": "Bearer <test-jwt sub=ana groups=reporting-analyst,staff>"}
RANGE: Any = {"from": "2026-01-15", "to": "2026-01-16"}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(ROOT, Path("tests/vocabulary"))


@pytest.fixture(scope="module")
def projects() -> dict[str, Project]:
    return {way: Project.load(ROOT, parameters={"ReportTransfer": way}) for way in ("pull", "push")}


@pytest.fixture
def scenario(vocabulary):
    paths = sorted((ROOT / "tests/scenarios").glob("R01-*.json"))
    (found,) = load(paths, vocabulary)
    return found


def prepared(simulation: Simulation, scenario: Any, vocabulary: Vocabulary) -> World:
    world = World(simulation, scenario)
    for prepare in vocabulary.preparations:
        prepare(world)
    with simulation.cloud.calling("scenario"):
        for payment in scenario.given["payments"]:
            pay(world, payment)
    return world


def ask(world: World, query: Any = None, headers: Any = None) -> Any:
    answer = world.simulation.request(
        "GET",
        "/reports/daily",
        query=RANGE if query is None else query,
        headers=ANALYST if headers is None else headers,
        account=THERE,
    )
    world.answers[f"steps[{len(world.answers)}]"] = answer
    return answer


def broken(world: World) -> list[str]:
    return [text for check in CHECKS.values() for text in check(world)]


def changed(payment: str) -> Any:
    return {
        "source": "payments",
        "detail-type": "PaymentStatusChanged",
        "detail": {"payment_id": payment},
    }


def test_push_and_pull_give_the_same_table(projects, scenario, vocabulary):
    with Simulation(projects["pull"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        pulled = ask(world)
        by_pull = items(world, "ReportFacts")
        assert broken(world) == []
    with Simulation(projects["push"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        for payment in ("pay_1", "pay_3"):
            simulation.publish(changed(payment), bus=world.resource("PaymentsBus"))
        simulation.run()
        pushed = ask(world)
        by_push = items(world, "ReportFacts")
        assert not [call for call in world.calls if call.service == "sts"]
        assert broken(world) == []

    assert len(by_pull) == 3
    assert (by_push, pushed.body) == (by_pull, pulled.body)


def test_a_day_that_is_sent_again_takes_the_place_of_the_old_one(projects, scenario, vocabulary):
    with Simulation(projects["push"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        bus = world.resource("PaymentsBus")
        simulation.publish(changed("pay_3"), bus=bus)
        simulation.run()
        paid = {**scenario.given["payments"][2], "status": "COMPLETED", "fee": 65}
        with simulation.cloud.calling("scenario"):
            pay(world, paid)
        simulation.publish(changed("pay_3"), bus=bus)
        simulation.run()
        (row,) = items(world, "ReportFacts")

    assert row == {
        "day": "2026-01-16",
        "currency_status": "USD#COMPLETED",
        "count": 1,
        "gross": 1200,
        "fees": 65,
    }


def test_an_event_that_is_late_changes_nothing(projects, scenario, vocabulary):
    with Simulation(projects["push"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        simulation.publish(changed("pay_3"), bus=world.resource("PaymentsBus"))
        simulation.run()
        before = items(world, "ReportFacts")
        old = {"as_of": "2026-01-01T00:00:00+00:00", "days": ["2026-01-16"], "rows": []}
        done = simulation.lambdas.invoke("StoreReport", {"detail": old})

        assert (done.error, items(world, "ReportFacts")) == (None, before)


def test_the_schedule_sends_the_last_days_again(projects, scenario, vocabulary):
    with Simulation(projects["push"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        (name,) = [item.name for item in simulation.schedules if "ReportPush" in item.name]
        simulation.fire(name)
        simulation.run()

        assert [item["day"] for item in sorted(items(world, "ReportDays"), key=str)] == [
            "2026-01-18",
            "2026-01-19",
            "2026-01-20",
        ]


DEFECTS = {
    "another field": {"last4": "1111"},
    "a field in one row": [
        {
            "date": "2026-01-15", "currency": "USD", "status": "COMPLETED", "count": 1, "gross": 1,
            "fees": 1, "bin": "411111",
        }
    ],
    "free text": {"status": "paid by Mr Example"},
    "another field of the answer": {"rows": [], "note": "hello"},
    "a row of another day": {"date": "2026-01-14"},
    "a number as text": {"gross": "2599"},
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_what_must_not_cross_is_not_stored_and_alarms(projects, scenario, vocabulary, defect):
    with Simulation(projects["pull"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        override(world, defect)
        answer = ask(world)

        assert (answer.status, answer.body) == (502, {"code": "export_not_allowed"})
        assert items(world, "ReportFacts") == items(world, "ReportDays") == []
        assert "reporting-report-schema-violation" in alarms_at_some_time(world)[1]
        assert broken(world) == []


@pytest.mark.parametrize("defect", [{}, {"as_of": "2026-01-20T09:00:00+00:00"}, "text", None])
def test_an_event_of_another_shape_is_refused_with_an_alarm(projects, scenario, vocabulary, defect):
    with Simulation(projects["push"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        done = simulation.lambdas.invoke("StoreReport", {"detail": defect})

        assert done.error is not None
        assert done.error.error == "NotAllowed"
        assert "reporting-report-schema-violation" in alarms_at_some_time(world)[1]
        assert items(world, "ReportFacts") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "range_invalid"),
        ({"from": "2026-01-15"}, "range_invalid"),
        ({"from": "2026-01-16", "to": "2026-01-15"}, "range_invalid"),
        ({"from": "20260115", "to": "2026-01-16"}, "range_invalid"),
        ({"from": "2026-02-30", "to": "2026-03-01"}, "range_invalid"),
        ({"from": "2025-10-01", "to": "2026-01-01"}, "range_too_long"),
        ({"from": "2026-01-15", "to": "2026-01-21"}, "range_in_future"),
        ({**RANGE, "currency": "USD"}, "parameter_unknown"),
    ],
)
def test_a_range_that_is_none_is_refused(projects, scenario, vocabulary, query, code):
    with Simulation(projects["pull"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        answer = ask(world, query)

        assert (answer.status, answer.body) == (422, {"code": code})
        assert not [call for call in world.calls if call.service in ("sts", "dynamodb")]


def test_the_longest_range_is_answered_and_only_missing_days_are_fetched(
    projects, scenario, vocabulary
):
    with Simulation(projects["pull"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        assert ask(world).status == 200
        answer = ask(world, {"from": "2025-10-21", "to": "2026-01-20"})
        asked: Any = [
            done.payload
            for done in simulation.lambdas.invocations
            if done.function == "ReportExport"
        ]

        assert (answer.status, len(answer.body["rows"])) == (200, 3)
        assert [len(payload["days"]) for payload in asked] == [2, 90]
        assert broken(world) == []


def test_rows_that_are_too_old_are_fetched_again(projects, scenario, vocabulary):
    with Simulation(projects["pull"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        ask(world)
        simulation.run(until=timedelta(hours=1, seconds=1))
        ask(world)

        assert sum(call.name == "sts:AssumeRole" for call in world.calls) == 2


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("Bearer <test-jwt sub=eve groups=reporting-analysts>", 403),
        ("Bearer <test-jwt sub=eve>", 403),
        ("Bearer something", 401),
    ],
)
def test_callers_outside_the_group_get_nothing(projects, scenario, vocabulary, token, status):
    with Simulation(projects["pull"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        answer = ask(world, headers={"Authorization": token})

        assert answer.status == status
        assert items(world, "ReportFacts") == []
        assert not [call for call in world.calls if call.service == "sts"]


def test_a_refused_export_leaves_a_record_of_who_asked(projects, scenario, vocabulary):
    with Simulation(projects["pull"], start=scenario.clock) as simulation:
        world = prepared(simulation, scenario, vocabulary)
        ask(world, headers={"Authorization": "Bearer <test-jwt sub=eve groups=shopper>"})
        (done,) = simulation.lambdas.invocations

        assert '"caller":"eve"' in done.logs
        assert '"code":"not_an_analyst"' in done.logs
