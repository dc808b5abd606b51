"""Pages and their scripts, card numbers in files, and the table of responsibilities."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from simulator.compliance import files, responsibility
from simulator.compliance.evidence import Evidence
from simulator.compliance.settings import Declared

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "pay.js").write_text("'use strict';\n")
    (folder / "pay.css").write_text("body { margin: 0 }\n")
    write(folder)
    purposes = {"scripts": {name: {"purpose": f"why {name}"} for name in ("pay.js", "pay.css")}}
    (folder / "scripts.json").write_text(files.inventory_text(folder, purposes))
    return folder


def write(folder, *, policy=POLICY, script="pay.js", more=""):
    hashes = {name: files.integrity(folder / name) for name in ("pay.js", "pay.css")}
    (folder / "index.html").write_text(
        f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<link rel="stylesheet" href="pay.css" integrity="{hashes["pay.css"]}">'
        f'<script src="{script}" integrity="{hashes["pay.js"]}" defer></script>{more}'
    )


def wrong(folder):
    evidence = Evidence(folder.parent, (), (), Declared(pages="pages"))
    return [str(found.said) for found in files.scripts(evidence) if not found.is_good]


def test_strict_pages_with_a_current_inventory_pass(pages):
    assert wrong(pages) == []
    kept = json.loads((pages / "scripts.json").read_text())["scripts"]["pay.js"]
    assert kept == {
        "purpose": "why pay.js",
        "integrity": files.integrity(pages / "pay.js"),
        "pages": ["index.html"],
    }


PAGES = {
    "inline script": ({"more": "<script>pay()</script>"}, "has an inline script"),
    "inline style": ({"more": '<p style="color: red">'}, "has an inline style"),
    "inline handler": ({"more": '<a onclick="pay()">'}, "has an inline onclick"),
    "unsafe policy": (
        {"policy": f"{POLICY} 'unsafe-inline'"},
        "its policy is not strict: default-src 'none' and nothing unsafe",
    ),
}


@pytest.mark.parametrize("case", PAGES)
def test_a_page_that_is_not_strict(pages, case):
    change, told = PAGES[case]
    write(pages, **change)
    assert wrong(pages) == [told]


def test_a_changed_script_is_found_by_page_and_inventory(pages):
    (pages / "pay.js").write_text("steal()\n")
    assert wrong(pages) == [
        "is not current: `simulator compliance --write-inventory`",
        "pay.js has another integrity hash than its file",
    ]


def test_hashes_are_written_into_pages(pages):
    (pages / "pay.js").write_text("pay()\n")
    (pages / "index.html").write_text(files.with_hashes(pages / "index.html"))
    assert wrong(pages) == ["is not current: `simulator compliance --write-inventory`"]


def test_a_script_from_elsewhere_and_one_without_purpose(pages):
    write(pages, script="https://cdn.example.com/pay.js")
    assert wrong(pages) == [
        "is not current: `simulator compliance --write-inventory`",
        "has no purpose",
        "https://cdn.example.com/pay.js is not in pages/",
    ]


def test_a_number_that_nobody_publishes_for_tests_is_found(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "ok.py").write_text("CARD = '4111111111111111'\n")
    evidence = Evidence(tmp_path, (), (), Declared(searched=("src",)))
    assert [found.said for found in files.no_live_numbers(evidence)] == [
        "searched for card numbers"
    ]
    (tmp_path / "src" / "live.md").write_text("mine is 4532015112830366\n")
    first = next(files.no_live_numbers(evidence))
    assert (first.subject, first.is_good) == ("src/live.md", False)
    assert first.said == "no test number: 45…66"


def test_the_sums_of_the_responsibility_table():
    summed = responsibility.total()
    assert (summed.tests, summed.customer, summed.aws, summed.not_applicable) == (464, 243, 198, 23)
    assert responsibility.shares(summed) == (52, 43, 5)
    assert all(row.is_consistent for row in responsibility.ROWS)
    assert len(responsibility.ROWS) == 12


def test_a_row_that_does_not_add_up_is_found(monkeypatch):
    first, *others = responsibility.ROWS
    monkeypatch.setattr(files, "ROWS", (replace(first, aws=21), *others))
    evidence = Evidence(None, (), (), Declared())
    assert [found.subject for found in files.responsibility(evidence) if not found.is_good] == [
        "requirement 1"
    ]
