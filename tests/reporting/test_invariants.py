"""R1 to R4 can fail: each is shown a world that breaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.aws.calls import ApiCall
from simulator.project.project import Project
from simulator.scenarios.reading import load
from simulator.scenarios.vocabulary import World, load_vocabulary
from simulator.simulation import Simulation
from simulator.sources.http import HttpResponse
from tests.vocabulary.reporting.fixtures import pay
from tests.vocabulary.reporting.invariants import CHECKS

ROOT = Path(__file__).parents[2]
HERE, THERE = "111122223333", "444455556666"
ROW = {"count": {"N": "1"}, "gross": {"N": "1"}, "fees": {"N": "1"}}


@pytest.fixture(scope="module")
def world():
    """An analyst has asked: a world in which everything holds."""
    vocabulary = load_vocabulary(ROOT, Path("tests/vocabulary"))
    (scenario,) = load(sorted((ROOT / "tests/scenarios").glob("R01-*.json")), vocabulary)
    with Simulation(Project.load(ROOT), start=scenario.clock) as simulation:
        found = World(simulation, scenario)
        for prepare in vocabulary.preparations:
            prepare(found)
        with simulation.cloud.calling("scenario"):
            for payment in scenario.given["payments"]:
                pay(found, payment)
        step: Any = scenario.steps[0]
        found.answers[step.where] = simulation.request(
            "GET",
            step.body["path"],
            query=step.body["query"],
            headers=step.body["headers"],
            account=THERE,
        )
        yield found


def put(world: World, item: dict[str, Any]) -> None:
    with world.simulation.cloud.inside(THERE), world.simulation.cloud.calling("scenario"):
        key = {"day": {"S": "2026-01-15"}, "currency_status": {"S": "EUR#COMPLETED"}}
        world.client("dynamodb").put_item(
            TableName=world.resource("ReportFacts"), Item={**key, **ROW, **item}
        )


def take(world: World) -> None:
    with world.simulation.cloud.inside(THERE), world.simulation.cloud.calling("scenario"):
        world.client("dynamodb").delete_item(
            TableName=world.resource("ReportFacts"),
            Key={"day": {"S": "2026-01-15"}, "currency_status": {"S": "EUR#COMPLETED"}},
        )


def test_all_of_them_hold_where_nothing_is_wrong(world):
    found = {name: list(check(world)) for name, check in CHECKS.items()}
    assert not any(found.values()), found


def test_r1_sees_another_field_in_the_table(world):
    put(world, {"last4": {"S": "1111"}})
    try:
        assert list(CHECKS["R1"](world)) == [
            "ReportFacts has last4",
            "digits of a card are in the reporting account: 1***",
        ]
    finally:
        take(world)


def test_r1_sees_another_field_in_an_answer(world):
    body: Any = {"rows": [], "customer": "cus_1"}
    world.answers["more"] = HttpResponse(200, {}, body)
    try:
        assert list(CHECKS["R1"](world)) == ["an answer has other fields: ['customer', 'rows']"]
    finally:
        del world.answers["more"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            ("sts", "AssumeRole", {"RoleArn": f"arn:aws:iam::{HERE}:role/Admin"}, THERE, ""),
            f"BuildReport assumes arn:aws:iam::{HERE}:role/Admin",
        ),
        (
            ("dynamodb", "Scan", {"FunctionName": "x-ReportExport:live"}, HERE, "a role"),
            f"BuildReport calls dynamodb:Scan in {HERE} as a role",
        ),
    ],
)
def test_r2_sees_another_identity_or_action(world, call, said):
    service, operation, parameters, account, role = call
    made = ApiCall(service, operation, parameters, "BuildReport", world.now)
    made.account, made.role = account, role
    world.simulation.cloud.calls.append(made)
    try:
        assert list(CHECKS["R2"](world)) == [said]
    finally:
        world.simulation.cloud.calls.remove(made)


def test_r3_sees_a_sum_that_the_ledger_does_not_know(world):
    put(world, {})
    try:
        assert list(CHECKS["R3"](world)) == [
            "fee_expense in EUR: the report says 1, the ledger 0",
            "sales in EUR: the report says -1, the ledger 0",
        ]
    finally:
        take(world)


def test_r4_sees_rows_that_nobody_was_allowed_to_ask_for(world):
    step = world.scenario.steps[0]
    own = step.body["headers"]
    step.body["headers"] = {"Authorization": "Bearer <test-jwt groups=shopper>"}
    try:
        assert list(CHECKS["R4"](world)) == [
            f"{step.where} got rows and is not in reporting-analyst",
            "there are rows in ReportFacts, and nobody asked who may",
        ]
    finally:
        step.body["headers"] = own
