"""Real runs of the application: a clean one, and the same with one thing made wrong in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simulator.aws.http import Asked, HttpCall
from simulator.compliance.assessment import assess
from simulator.compliance.collect import declared_by, evidence_of
from simulator.compliance.runs import run_all
from simulator.project.project import Project
from simulator.scenarios.discovery import load
from simulator.scenarios.vocabulary import load_vocabulary
from simulator.scenarios.workers import Job

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
VISA = "4111111111111111"


@pytest.fixture(scope="module")
def orchestra():
    return Project.load(ROOT)


@pytest.fixture
def seen(orchestra):
    """seen(change) → the Run of a scenario after change(world), and the checks that fail."""

    def run(change=lambda _world: None, scenario="P01"):
        vocabulary = load_vocabulary(ROOT, ROOT / orchestra.settings.vocabulary)
        vocabulary.always(lambda world: change(world) or ())
        (path,) = (ROOT / "tests" / "scenarios").glob(f"{scenario}-*.json")
        scenarios = load(ROOT, [str(path.relative_to(ROOT))], vocabulary)
        known = declared_by(orchestra)
        (found,) = run_all(Job(ROOT), orchestra, scenarios, vocabulary, known)
        assessed = assess(evidence_of(orchestra, known, [found]), date(2026, 1, 15))
        of_runs = {check.id for check in assessed.results if check.id in RUN_CHECKS}
        assert of_runs == set(RUN_CHECKS)
        return found, [r.id for r in assessed.results if r.fails and r.id in RUN_CHECKS]

    return run


RUN_CHECKS = (
    "C-1.3.2", "C-3.2.1b", "C-3.2.1c-runs", "C-3.3.1", "C-3.4.1", "C-3.5.1", "C-3.5.1.1",
    "C-4.2.2", "C-SFN-1", "C-3.3.2", "C-10.2.1.1",
)  # fmt: skip


def put(table, **item):
    def change(world):
        world.client("dynamodb").put_item(
            TableName=world.resource(table),
            Item={"payment_id": {"S": "pay_planted"}, **{k: {"S": v} for k, v in item.items()}},
        )

    return change


def call(service, operation, **parameters):
    """As if the application had made it."""

    def change(world):
        made = next(item for item in world.calls if item.service == service)
        world.simulation.cloud.calls.append(
            type(made)(service, operation, parameters, "NotifyCustomer", world.now)
        )

    return change


def test_a_payment_leaves_nothing_behind(seen):
    run, failed = seen()
    assert failed == []
    assert run.passed
    assert run.kept == ()
    assert {life.table for life in run.lives} == {"CardCache", "SadCache"}
    assert {host for _, host in run.outside} == {"provider.example.com"}
    assert "I3" in run.invariants
    assert run.routes == ("POST /payments",)
    assert {"TokenizeCard", "AuthorizePayment", "ClearCardCache"} <= set(run.invoked)


def test_each_use_of_a_card_key_is_bound_and_each_decryption_recorded(seen):
    run, _ = seen()
    told = [(use.operation, use.caller, use.key, use.has_context) for use in run.key_uses]
    assert told == [
        ("kms:GenerateDataKey", "TokenizeCard", "CardKey", True),
        ("kms:GenerateDataKey", "TokenizeCard", "SadKey", True),
        ("kms:Decrypt", "AuthorizePayment", "CardKey", True),
        ("kms:Decrypt", "AuthorizePayment", "SadKey", True),
    ]
    assert [use.recorded for use in run.key_uses if use.operation == "kms:Decrypt"] == [True, True]
    assert run.records == {"AuthorizePayment": 1}


KEPT = {
    # The outcome is unknown: the run waits.
    "B06": ({"CardCache", "SadCache"}, True, "pass"),
    # The next attempt is scheduled.
    "B11": ({"CardCache"}, True, "pass"),
    # Deletion itself fails.
    "P34": ({"CardCache"}, False, "excepted"),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_card_that_is_kept_is_told_apart_from_one_that_was_forgotten(orchestra, seen, name):
    tables, is_needed, status = KEPT[name]
    run, failed = seen(scenario=name)
    assert failed == []
    assert {kept.table for kept in run.kept} == tables
    assert {bool(kept.why) for kept in run.kept} == {is_needed}
    assert all(0 < kept.seconds <= 259200 for kept in run.kept)
    known = declared_by(orchestra)
    assessed = assess(evidence_of(orchestra, known, [run]), date(2026, 1, 15))
    row = next(result for result in assessed.results if result.id == "C-3.2.1c-runs")
    assert row.status == status


def unbind(world):
    """As if the card had been opened without saying which payment it is of."""
    for made in world.calls:
        if made.service == "kms":
            made.parameters.pop("EncryptionContext", None)


def asks(url):
    def ask(world):
        call = HttpCall("GET", url, {}, b"", "Pay", world.now)
        world.simulation.cloud.asked.append(Asked(call))

    return ask


PLANTED = {
    "C-3.5.1": put("Payments", note=f"card {VISA}"),
    "C-3.3.1 C-3.3.2": put("Payments", note='{"cvv": "737"}'),
    "C-4.2.2 C-3.4.1": call("ses", "SendEmail", Body=f"Your card {VISA} was charged"),
    "C-1.3.2": asks("https://evil.example/x"),
    "C-3.2.1c-runs": put("SadCache", code="sealed"),
    "C-10.2.1.1": lambda world: world.simulation.lambdas.invocations.clear(),
    "C-3.3.2 C-10.2.1.1": unbind,
}


@pytest.mark.parametrize("case", PLANTED)
def test_what_is_planted_is_found_by_its_check(seen, case):
    _, failed = seen(PLANTED[case])
    wanted = set(case.split())
    assert wanted <= set(failed)
    assert set(failed) - wanted <= {"C-3.2.1b"}  # a planted cache item has no expiry either


def test_what_any_ordering_of_a_scenario_showed_counts(orchestra):
    """`interleavings: all` makes several worlds; a leak in one of them is a leak."""
    vocabulary = load_vocabulary(ROOT, ROOT / orchestra.settings.vocabulary)
    orderings = []

    @vocabulary.always
    def leak_in_the_second(world):
        orderings.append(world)
        if len(orderings) == 2:
            put("Payments", note=f"card {VISA}")(world)
        return ()

    (path,) = (ROOT / "tests" / "scenarios").glob("P16-*.json")
    scenarios = load(ROOT, [str(path.relative_to(ROOT))], vocabulary)
    (run,) = run_all(Job(ROOT), orchestra, scenarios, vocabulary, declared_by(orchestra))
    assert len(orderings) > 2
    channels = {leak.channel.partition("[")[0] for leak in run.leaks}
    assert channels == {"call dynamodb:PutItem", "table orchestra-dev-Payments"}
