"""The report in a real browser: used as people use it, and heard as a screen reader hears it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.coverage.coverage import Suite, Taken
from simulator.project.project import Project
from simulator.report.html import report_html
from simulator.scenarios import details
from simulator.scenarios.compare import Difference
from simulator.scenarios.discovery import load
from simulator.scenarios.replay import replay_one
from simulator.scenarios.verdict import Verdict
from simulator.scenarios.vocabulary import load_vocabulary
from tests.report.many import many_payments
from tests.report.seen import Seen

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
FILES = [
    f"tests/scenarios/{name}"
    for name in ("P01-*.json", "P24-*.json", "B05-*.json", "F28-*.json", "P08-*.json")
]
CARDS = re.compile(r'"number": *"(\d{12,19})"')


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    """Payments and a remediation of our own; the last one as if it had failed."""
    project = Project.load(ROOT)
    vocabulary = load_vocabulary(ROOT, ROOT / str(project.settings.vocabulary))
    found = [
        replay_one(project, scenario, vocabulary, audit=True, detailed=True)
        for scenario in load(ROOT, FILES, vocabulary)
    ]
    assert [verdict.status for verdict in found] == ["passed"] * len(FILES)
    wrong = (Difference("expect.path[3]", "Approve", "RecordDecline"),)
    return [*found[:-1], replace(found[-1], status="failed", differences=wrong)]


@pytest.fixture(scope="module")
def text(verdicts: list[Verdict]) -> str:
    project = Project.load(ROOT)
    taken = Taken()
    for verdict in verdicts:
        assert verdict.coverage is not None
        taken = taken + verdict.coverage
    workflows = list(project.workflows.values())
    suite = Suite.of(((one.name, one.machine, one.path) for one in workflows), taken)
    return report_html(verdicts, {one.name: one.machine for one in workflows}, suite)


@pytest.fixture
def seen(browser: Any, text: str, tmp_path: Path) -> Iterator[Seen]:
    path = tmp_path / "report.html"
    path.write_text(text, encoding="utf-8")
    found = Seen(browser, path)
    yield found
    found.is_quiet()
    found.page.close()


def test_filter_and_search(seen: Seen) -> None:
    assert seen.rows() == ["P08", "P01", "P24", "B05", "F28"]  # what failed comes first
    assert seen.page.locator("#verdict").inner_text() == "1 scenario of 5 did not pass"
    seen.search("ledger throttled")
    assert seen.rows() == ["P24"]
    seen.search("")
    seen.search("AwaitReconciliation")  # a state on the path
    assert seen.rows() == ["B05"]
    seen.search("nothing has this")
    assert (seen.rows(), seen.page.locator("#found").inner_text()) == ([], "0 of 5 scenarios")
    seen.search("")
    seen.page.get_by_label("PASS (4)").uncheck()
    seen.shows(["P08"])
    seen.page.get_by_label("PASS (4)").check()
    seen.page.get_by_label("Workflow", exact=True).select_option("orchestra-dev-remediation")
    seen.shows(["F28"])


def test_a_failure_shows_its_differences_first(seen: Seen) -> None:
    seen.open("P08")
    first = seen.page.locator("main section").first
    assert first.locator("h3").inner_text() == "1 difference"
    assert first.locator("h4").inner_text() == "expect.path[3]"
    assert first.locator(".want").inner_text() == '"Approve"'
    assert first.locator(".got").inner_text() == '"RecordDecline"'
    assert seen.page.locator("#command").inner_text() == (
        "simulator replay tests/scenarios/P08-hard-decline-stolen-card-never-retried.json --seed 0"
    )


def test_events_are_stepped_through(seen: Seen) -> None:
    seen.open("P24")
    page = seen.page
    following = page.get_by_role("button", name="Next event")
    assert page.get_by_role("button", name="Previous event").is_disabled()
    following.click()
    assert page.locator("#event h4").first.inner_text() == "2 TaskStateEntered"
    assert page.locator(".diagram .now").get_attribute("data-state") == "RecordReceived"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator("#events tr.chosen").inner_text().split()[:2] == ["3", "TaskScheduled"]
    page.locator("#timeline").get_by_role("button", name="CalculateFees").click()
    assert page.locator("#event h4").first.inner_text().split()[1] == "TaskStateEntered"
    told = page.locator("#event h4").all_inner_texts()[1:]
    assert told == ["What CalculateFees changed", "Variables CalculateFees assigned"]


def test_a_state_shows_what_it_changed(seen: Seen) -> None:
    seen.open("F28")
    seen.page.locator("#timeline").get_by_role("button", name="NormalizeFinding").click()
    assert seen.page.locator("#event .diff tbody tr").first.is_visible()


def test_retries_are_lanes_and_the_diagram_has_the_run(seen: Seen) -> None:
    seen.open("P24")
    page = seen.page
    tries = page.locator("#timeline tr.try").all_inner_texts()
    assert [re.split(r"\s*\t", text)[0] for text in tries] == [
        "attempt 1: Failed ServiceBusy", "attempt 2: Succeeded",
    ]  # fmt: skip
    retried = page.locator('#diagram [data-state="PostLedger"]')
    assert {"visited", "retried"} <= set(str(retried.get_attribute("class")).split())
    never = page.locator('#diagram [data-state="RecordDecline"]')
    assert "never" in str(never.get_attribute("class"))
    assert page.locator("#diagram .arrow.taken").count() == 13
    assert page.locator("#calls h3").inner_text().endswith("AWS calls")
    assert [row.split("\t")[1] for row in page.locator("#messages tbody tr").all_inner_texts()] == [
        "socket message", "mail", "notification",
    ]  # fmt: skip


def test_calls_to_the_provider_are_listed(seen: Seen) -> None:
    seen.open("P01")
    rows = seen.page.locator("#http tbody tr")
    told = [re.sub(r"pay_\w{26}", "pay_…", text).split("\t") for text in rows.all_inner_texts()]
    host = "https://provider.example.com/authorizations"
    assert [row[:5] for row in told] == [
        ["0 s", "0 s", "AuthorizePayment", f"POST {host}", "200"],
        ["0 s", "0 s", "CapturePayment", f"POST {host}/psp-pay_…/captures", "200"],
    ]
    for summary in rows.first.locator("summary").all():
        summary.click()
    request, answer = (json.loads(text) for text in rows.first.locator("pre").all_inner_texts())
    assert request["headers"]["authorization"] == "•••"
    assert request["body"]["card"]["number"] == "411111…1111"
    assert request["body"]["card"]["holder"] == "•••"
    assert answer["body"]["status"] == "approved"


def test_the_theme_is_switched(seen: Seen) -> None:
    colours = {}
    for name in ("light", "dark"):
        seen.page.get_by_label("Theme").select_option(name)
        colours[name] = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours == {"light": "rgb(244, 245, 247)", "dark": "rgb(16, 19, 23)"}


def test_the_keyboard_is_enough(seen: Seen) -> None:
    page = seen.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#list .row").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#events tr.chosen")
    assert page.evaluate("document.activeElement.id") == "detail"
    for _ in range(4):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(seen: Seen, theme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    seen.page.get_by_label("Theme").select_option(theme)
    seen.page.set_viewport_size({"width": {"light": 1400, "dark": 400}[theme], "height": 900})
    for name in (None, "P24", "P08"):
        if name is not None:
            seen.open(name)
        opened = seen.page.locator("main summary").all()[:4]
        for summary in [*opened, *seen.page.locator("#http summary, #messages summary").all()]:
            summary.click()
        found = axe.Axe().run(seen.page).response["violations"]
        told = [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
        assert told == []


def test_no_card_number_is_in_it(seen: Seen) -> None:
    numbers = {
        number
        for pattern in FILES
        for path in ROOT.glob(pattern)
        for number in CARDS.findall(path.read_text(encoding="utf-8"))
    }
    assert numbers
    for name in ("P01", "P24", "B05"):
        seen.open(name)
        for summary in seen.page.locator("#functions summary, #arrivals summary").all():
            summary.click()
        shown = seen.page.locator("main").inner_text()
        assert "•••" in shown
        assert [number for number in numbers if number in shown] == []


def test_ten_thousand_scenarios_stay_usable(
    browser: Any, verdicts: list[Verdict], tmp_path: Path
) -> None:
    payments = [one for one in verdicts if one.scenario.id in {"P01", "P24"}]
    many = list(many_payments(payments, 10_000))
    path = tmp_path / "report.html"
    path.write_text(report_html(many, {}), encoding="utf-8")
    assert path.stat().st_size < 20_000_000  # and every detail is in it
    found = Seen(browser, path)
    # Times are measured by measure.py; what makes them short is that little is built at once.
    rows = found.page.locator("#list .row")
    assert rows.count() == 200
    assert found.page.locator("main *").count() < 100
    found.search("payment 9999")
    assert found.rows() == ["S9999"]
    found.search("throttled")
    assert rows.count() == 200
    assert found.page.locator("#found").inner_text() == "5,000 of 10,000 scenarios"
    found.search("payment 9998")
    found.open("S9998")
    wanted = details.read(many[9998].details or b"")
    assert wanted["texts"][wanted["runs"][0]["name"]] in found.page.locator("#run").inner_text()
    assert "without details" not in found.page.locator("main").inner_text()
    found.is_quiet()
    found.page.close()
