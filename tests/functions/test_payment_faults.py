"""One thing goes wrong at a time: payments end as they should under every fault and profile."""

from __future__ import annotations

import pytest

from tests.functions.chaos import ROOT, broken, calls, doubled, run, steps
from tests.vocabulary.payment.provider import PROFILES

SCENARIOS = sorted(
    path.name[:3]
    for path in (ROOT / "tests" / "scenarios").glob("[BP]*.json")
    if '"provider_script": []' not in path.read_text(encoding="utf-8")
)

# SQS holds a message whose delivery was lost until its invisibility ends: a later run has it.
LATER = {("ReceiveMessages sqs:ReceiveMessage", "after")}


@pytest.mark.sweep
@pytest.mark.parametrize("profile", PROFILES[1:])
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_under_every_profile(project, name, profile):
    verdict = run(project, name, provider_profile=profile)
    assert verdict.status == "passed", verdict.differences


@pytest.mark.sweep
@pytest.mark.parametrize("effect", ["before", "after"])
@pytest.mark.parametrize("name", ["P01", "P09", "P25"])
def test_every_call_may_fail_once(project, name, effect):
    wrong = []
    for number, call in enumerate(calls(project, name)):
        hit, verdict = broken(project, name, number, effect, "InternalServerError")
        assert hit == call
        found = [difference.where for difference in verdict.differences]
        if (call, effect) in LATER:
            found = [where for where in found if where.startswith(("invariant", "run"))]
        if found:
            wrong.append((number, call, verdict.differences))
    assert wrong == []


# What counts arrivals themselves; everything else is as if each had come once.
ARRIVALS = frozenset(
    {"http_statuses", "http_statuses_any_order", "webhook_statuses", "quarantine_reasons"}
)


@pytest.mark.sweep
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_step_may_come_twice(project, name):
    wrong = []
    for number in range(len(steps(project, name))):
        verdict = doubled(project, name, number, without=ARRIVALS)
        if verdict.status != "passed":
            wrong.append((number, verdict.differences))
    assert wrong == []


KILLS = [
    ("ValidateTransaction", "before"),
    ("ValidateTransaction", "after"),
    ("CalculateFees", "after"),
    ("PostLedger", "before"),
    ("PostLedger", "after"),
    ("NotifyCustomer", "before"),
    ("NotifyCustomer", "after"),
    ("ClearCardCache", "before"),
    ("ClearCardCache", "after"),
]


@pytest.mark.sweep
@pytest.mark.parametrize(("function", "moment"), KILLS)
def test_a_function_may_die_once(project, function, moment):
    from simulator.aws.faults import Fault

    fault = Fault(service="lambda", operation="Invoke", function=function, kill=moment)
    verdict = run(project, "P01", lambda world: world.simulation.cloud.inject(fault))
    assert (verdict.status, fault.times) == ("passed", 0), verdict.differences


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("amount", "currency"),
    [(1, "USD"), (99, "JPY"), (100, "KWD"), (999_999_999_999, "EUR")],
)
def test_any_amount_is_booked_to_the_unit(simulation, amount, currency):
    from tests.functions.test_payment_input import GOOD, HEADERS
    from tests.vocabulary.payment.provider import URL, FakeProvider

    simulation.cloud.endpoint(f"{URL}/", FakeProvider().answer)
    simulation.cloud.emulate("apigatewaymanagementapi", "PostToConnection", lambda _call: {})
    body = {**GOOD, "amount": {"value": amount, "currency": currency}}
    assert simulation.request("POST", "/payments", headers=HEADERS, body=body).status == 202
    simulation.run()
    rows = simulation.cloud.client("dynamodb").scan(TableName=simulation.resource("Ledger"))
    sums = {row["account"]["S"]: int(row["amount"]["N"]) for row in rows["Items"]}
    assert sums["sales"] == -amount
    assert sum(sums.values()) == 0
