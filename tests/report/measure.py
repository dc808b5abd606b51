"""Size, first paint, filtering and opening of a report of ten thousand payments that differ.

    python -m tests.report.measure [NUMBER] [--keep FILE]

Times are the wall's, in milliseconds: figures to look at, not to test.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from simulator.project.project import Project
from simulator.report.html import report_html
from simulator.scenarios.discovery import load
from simulator.scenarios.replay import replay_one
from simulator.scenarios.vocabulary import load_vocabulary
from tests.report.conftest import CHROMIUM
from tests.report.many import many_payments

ROOT = Path(__file__).parents[2]
PAYMENTS = [f"tests/scenarios/{name}-*.json" for name in ("P01", "P08", "P24", "P25")]
# What the main thread does between an input and the next frame, and its longest piece.
FILTER = """async (words) => {
  const pieces = [];
  new PerformanceObserver((list) => pieces.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask" });
  const from = performance.now();
  const found = document.getElementById("found");
  const query = document.getElementById("query");
  const told = new Promise((done) => new MutationObserver(() => requestAnimationFrame(done))
    .observe(found, { childList: true, characterData: true, subtree: true }));
  query.value = words;
  query.dispatchEvent(new Event("input", { bubbles: true }));
  await told;
  return [performance.now() - from, Math.max(0, ...pieces)];
}"""
OPEN = """async (number) => {
  const from = performance.now();
  location.hash = `#scenario-${number}`;
  while (!document.querySelector("#events tr.chosen")) await new Promise(requestAnimationFrame);
  return performance.now() - from;
}"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("number", nargs="?", type=int, default=10_000)
    asked.add_argument("--keep", type=Path, help="where the report stays")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "report.html"
        if not path.exists():
            path.write_text(made(options.number), encoding="utf-8")
        for name, figure in measured(path).items():
            print(f"{name:>28} {figure:14,.0f}")


def made(number: int) -> str:
    project = Project.load(ROOT)
    vocabulary = load_vocabulary(ROOT, ROOT / str(project.settings.vocabulary))
    payments = [
        replay_one(project, scenario, vocabulary, audit=True, detailed=True)
        for scenario in load(ROOT, PAYMENTS, vocabulary)
    ]
    machines = {one.name: one.machine for one in project.workflows.values()}
    return report_html(list(many_payments(payments, number)), machines)


def measured(path: Path) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(path.resolve().as_uri())
        page.wait_for_selector("#list .row")
        entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        figures = {"bytes": path.stat().st_size, "first paint, ms": page.evaluate(entry)}
        figures["list there, ms"] = page.evaluate(
            "performance.timing.domComplete - performance.timing.navigationStart"
        )
        for words in ("payment 1", "payment 9", "authorizepayment"):
            took, longest = page.evaluate(FILTER, words)
            figures[f"filter {words}, ms"] = took
            figures["  its longest task, ms"] = max(
                longest, figures.get("  its longest task, ms", 0)
            )
        figures["open one, ms"] = page.evaluate(OPEN, 1)
        browser.close()
    return figures


if __name__ == "__main__":
    main()
