"""The application's own evidence: what CI says of it, and nothing of it fails."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from simulator.compliance.assessment import assess
from simulator.compliance.collect import declared_by, evidence_of
from simulator.compliance.committed import stale
from simulator.compliance.runs import run_all
from simulator.project.project import Project
from simulator.scenarios.discovery import load
from simulator.scenarios.vocabulary import load_vocabulary
from simulator.scenarios.workers import Job, workers_for

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DAY = date(2026, 12, 1)  # the exceptions hold then


@pytest.fixture(scope="module")
def orchestra():
    return Project.load(ROOT)


@pytest.fixture(scope="module")
def assessed(orchestra):
    """Every scenario, on as many processes as there are cores."""
    known = declared_by(orchestra)
    vocabulary = load_vocabulary(ROOT, ROOT / orchestra.settings.vocabulary)
    scenarios = load(ROOT, (), vocabulary)
    workers = workers_for(len(scenarios), None)
    runs = list(run_all(Job(ROOT), orchestra, scenarios, vocabulary, known, workers=workers))
    assert len(runs) == len(scenarios) > 200
    return assess(evidence_of(orchestra, known, runs), DAY)


def test_no_check_fails_and_one_is_excepted(assessed):
    assert [f"{row.id}: {row.said}" for row in assessed.results if row.status == "fail"] == []
    excepted = [row for row in assessed.results if row.status == "excepted"]
    assert [(row.id, [item.id for item in row.exceptions]) for row in excepted] == [
        ("C-3.2.1c-runs", ["EX-1"])
    ]


def test_every_check_had_something_to_look_at(assessed):
    checks = [row for row in assessed.results if row.id.startswith("C-")]
    assert [row.id for row in checks if row.status in ("not-applicable", "manual")] == []


def test_what_is_generated_is_committed_as_it_is(orchestra):
    assert [str(path) for path in stale(evidence_of(orchestra, declared_by(orchestra)))] == []


def test_the_inventories_do_not_depend_on_the_stage():
    """Who deploys to production commits no other lists."""
    given = {
        "Stage": "prod",
        "ProviderUrl": "https://psp.example.net",
        "SenderAddress": "a@b.example",
    }
    project = Project.load(ROOT, parameters=given)
    evidence = evidence_of(project, declared_by(project))
    assert stale(evidence) == {}
    # Hosts are declared: another provider is one that nobody has declared yet.
    rows = {row.id: row for row in assess(evidence, DAY, with_runs=False).results}
    assert [str(finding).partition(" (")[0] for finding in rows["C-1.2.4"].findings] == [
        "card_data: card_data names 'provider.example.com', and no data flows there"
    ]
    assert rows["C-1.2.4"].status == "fail"


def test_the_bill_of_materials_names_all_that_is_built_in():
    lock = (ROOT / "functions" / "requirements.txt").read_text().splitlines()
    pinned = {line.replace("==", "@") for line in lock if not line.startswith("#")}
    made = json.loads((ROOT / "compliance" / "functions.cdx.json").read_text())
    assert {part["purl"].removeprefix("pkg:pypi/") for part in made["components"]} == pinned
