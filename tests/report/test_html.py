"""The report for people: its data, what it leaves out, and that nothing gets out of it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.coverage.coverage import Suite
from simulator.problems import Location
from simulator.report.html import report_html
from simulator.report.masking import masked
from simulator.scenarios import details
from simulator.scenarios.compare import Difference
from simulator.scenarios.discovery import load
from simulator.scenarios.replay import replay_one
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.verdict import Verdict
from simulator.scenarios.vocabulary import Vocabulary

PAN = "4111111111111111"
FILE = Path("tests/scenarios/A.json")
SCENARIO = Scenario("A", "a </script> title", FILE, Location(FILE, 1), why="because")


def opened(page: str) -> tuple[dict[str, Any], list[list[Any]]]:
    """The index, and the scenarios of every chunk with their texts, in the index's order."""
    found = re.search(r'id="index">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    index = json.loads(found[1])
    chunks = []
    for packed in re.findall(r'<script type="text/plain" id="chunk-\d+">(.*?)</script>', page):
        chunk = json.loads(zlib.decompress(base64.b64decode(packed)))
        assert chunk["pieces"] == sorted(set(chunk["pieces"]))
        chunks.append(chunk)
    scenarios: list[list[Any]] = [[] for _ in chunks]
    for number, group, row in (place[9:] for place in index["scenarios"]):
        if number >= 0:
            scenarios[number].append(unpacked(chunks[number], group, row))
    return index, scenarios


def unpacked(chunk: dict[str, Any], group: int, row: int) -> dict[str, Any]:
    shape, lists = chunk["groups"][group]
    values = [
        re.sub(r"\\(.)", lambda sign: " " if sign[1] == "_" else sign[1], value)
        for rows in lists
        for value in rows[row].split(" ")
    ]
    cells = []
    for cell in shape:
        numbers = [cell] if isinstance(cell, int) else cell
        cells.append(
            "".join(
                values[number] if at % 2 else chunk["pieces"][number]
                for at, number in enumerate(numbers)
            )
        )
    about, found, *texts = cells
    details = json.loads(found)
    if details is not None:
        details["texts"] = texts
    return {**json.loads(about), "details": details}


def said(value: Any, texts: list[str], *keys: str) -> dict[str, Any]:
    """Some members of an object with texts instead of their numbers."""
    return {key: texts[value[key]] if value[key] >= 0 else None for key in keys}


@pytest.fixture
def detailed(shop: Any, tmp_path: Path) -> Callable[..., Verdict]:
    def run(steps: Any, **more: Any) -> Verdict:
        path = tmp_path / "S.json"
        path.write_text(json.dumps({"schema": "scenario/1", "id": "S", "steps": steps, **more}))
        words = Vocabulary()
        scenario = load(tmp_path, ["S.json"], words)[0]
        return replay_one(shop, scenario, words, audit=True, detailed=True)

    return run


FUNCTIONS = [["Charge", -1], ["Worker", -1]]
POLLED = ("GetQueueUrl", "ReceiveMessage", "DeleteMessage", "ReceiveMessage")
PLACED: dict[str, Any] = {
    "send": "eventbridge",
    "event": {"source": "shop", "detail-type": "placed", "detail": {"id": "o1", "amount": 5}},
}


def placed(name: str, amount: int) -> dict[str, Any]:
    detail = {"id": name, "amount": amount}
    return {"send": "eventbridge", "event": {**PLACED["event"], "detail": detail}}


RETRIED = {
    "Charge": [{"error": "Lambda.ServiceException"}, {"output": {"Payload": {"charged": 1}}}]
}


def test_an_execution_is_told_whole(detailed: Callable[..., Verdict]) -> None:
    verdict = detailed([PLACED], given={"mocks": RETRIED})
    assert verdict.status == "passed"
    _, [[one]] = opened(report_html([verdict], {}))
    found = one.pop("details")
    assert one == {
        "differences": [],
        "left": "",
        "notes": [],
        "why": "",
        "location": f"{verdict.scenario.location}",
        "clock": "2026-01-01T00:00:00+00:00",
        "seed": 0,
        "orderings": 1,
        "command": f"simulator replay {verdict.scenario.path.as_posix()} --seed 0",
    }
    texts = found["texts"]
    [run] = found["runs"]
    assert said(run, texts, "workflow", "kind", "status", "error", "cause", "input") == {
        "workflow": "shop-Order",
        "kind": "STANDARD",
        "status": "SUCCEEDED",
        "error": None,
        "cause": None,
        "input": '{"id":"o1","amount":5}',
    }
    assert (run["start"], run["end"], run["redrives"], run["child"], run["parent"]) == (
        0, 62_000_000, 0, False, -1,
    )  # fmt: skip
    assert {texts[name]: counts for name, *counts in run["states"]} == {
        "Cool": [1, 0, 0, 0, 0, 60_000_000],
        "Charge": [1, 0, 0, 1, 0, 2_000_000],
        "Save": [1, 0, 0, 0, 0, 0],
        "Tell": [1, 0, 0, 0, 0, 0],
    }
    assert [[texts[name], texts[kind], *rest] for name, kind, *rest in run["arrows"]] == [
        ["Cool", "next", 0, 1],
        ["Charge", "next", 0, 1],
        ["Save", "next", 0, 1],
        ["Tell", "end", 0, 1],
    ]
    events = [[texts[event[0]], *event[1:3]] for event in run["events"]]
    assert events[:6] == [
        ["ExecutionStarted", 0, 0],
        ["WaitStateEntered", 0, 0],
        ["WaitStateExited", 2, 60_000_000],
        ["TaskStateEntered", 3, 60_000_000],
        ["TaskScheduled", 4, 60_000_000],
        ["TaskStarted", 5, 60_000_000],
    ]
    entered = run["events"][1]
    assert [texts[number] for number in entered[3:]] == ["Cool", "input", '{"id":"o1","amount":5}']


def test_what_handlers_did_and_sent_is_there(detailed: Callable[..., Verdict]) -> None:
    _, [[one]] = opened(report_html([detailed([PLACED])], {}))
    found = one["details"]
    texts = found["texts"]
    assert [
        [row[0], row[1], *(texts[number] for number in row[2:4])] for row in found["calls"]
    ] == [
        [60_000_000, 0, "Save", "dynamodb:PutItem"],
        [60_000_000, 0, "Tell", "sqs:SendMessage"],
        *([60_000_000, 0, "poller of shop-Jobs", f"sqs:{name}"] for name in POLLED),
    ]
    assert [[texts[row[2]], row[3]] for row in found["functions"]] == FUNCTIONS
    assert [[texts[row[1]], texts[row[4]]] for row in found["messages"]] == [
        ["queue message", "Tell"]
    ]
    assert [[row[0], texts[row[1]]] for row in found["arrivals"]] == [[0, "eventbridge"]]
    assert [[texts[row[1]], texts[row[2]]] for row in found["routed"]] == [
        ["default", "shop-OrderPlaced"]
    ]


def test_the_index_has_what_is_seen_first(detailed: Callable[..., Verdict], shop: Any) -> None:
    verdict = detailed([PLACED])
    wrong = Verdict(SCENARIO, "failed", (Difference("expect.path", [1], [2]),), ("X",), ("a note",))
    machines = {"shop-Order": shop.workflows["shop-Order"].machine}
    workflows = [(one.name, one.machine, one.path) for one in shop.workflows.values()]
    assert verdict.coverage is not None
    suite = Suite.of(workflows, verdict.coverage)
    page = report_html([verdict, wrong], machines, suite)
    index, [chunk] = opened(page)
    texts = index["texts"]
    assert index["counts"] == {"passed": 1, "failed": 1, "error": 0}
    assert (index["executions"], index["without_details"]) == (1, 0)
    assert index["coverage"]["figures"] == suite.to_json()["figures"]
    row = index["scenarios"][1]
    assert [texts[number] if number >= 0 else None for number in [*row[:3], *row[5:7]]] == [
        "A", "a </script> title", "tests/scenarios/A.json", "X", "expect.path: wanted [1], got [2]",
    ]  # fmt: skip
    assert [row[3:5], row[7:]] == [[1, 0], [[], 0, 0, 0, 0]]  # what failed is first in the chunks
    assert chunk[1]["differences"] == [
        {"where": "expect.path", "text": None, "want": "[1]", "got": "[2]", "note": None}
    ]
    assert chunk[1]["details"] is None
    assert page.count("</script>") == 3  # index, one chunk, program: no text ends its script


def test_the_page_asks_for_nothing() -> None:
    page = report_html([Verdict(SCENARIO, "passed")], {})
    assert "default-src 'none'" in page
    outside = re.findall(r"""(?:src|href|url\()\s*=?\s*["']?((?:https?:)?//[^"')\s]+)""", page)
    assert outside == []
    assert re.findall(r"<(?:link|img|iframe|object|embed|base|form action)\b", page) == []


def test_the_same_run_gives_the_same_bytes(detailed: Callable[..., Verdict], shop: Any) -> None:
    machines = {one.name: one.machine for one in shop.workflows.values()}
    first, second = (report_html([detailed([PLACED])], machines) for _ in range(2))
    assert first == second


def test_card_data_is_masked_everywhere(detailed: Callable[..., Verdict]) -> None:
    event = {
        "source": "shop",
        "detail-type": "placed",
        "detail": {"id": PAN, "amount": 5, "cvv": "123", "holder": "Ada Lovelace"},
    }
    verdict = detailed([{"send": "eventbridge", "event": event}])
    wrong = replace(
        verdict,
        status="failed",
        differences=(Difference(f"x[{PAN}]", PAN, {"cvv": "123"}, note=PAN),),
        notes=(PAN,),
        path=(PAN,),
        scenario=replace(verdict.scenario, title=PAN, why=PAN),
    )
    page = report_html([wrong], {})
    index, chunks = opened(page)
    shown = json.dumps([index, chunks], ensure_ascii=False)
    assert PAN not in page + shown
    assert "Lovelace" not in shown
    assert "123" not in re.findall(r'cvv\\*":\\*"(\w*)', shown)
    assert "411111…1111" in shown


def test_too_much_is_left_out_and_said_so(detailed: Callable[..., Verdict]) -> None:
    verdict = detailed([PLACED])
    index, chunks = opened(report_html([verdict, verdict], {}, budget=100))
    assert (index["without_details"], chunks) == (2, [])
    assert [row[9:] for row in index["scenarios"]] == [[-1, -1, -1], [-1, -1, -1]]


def test_what_differs_is_told_whole(detailed: Callable[..., Verdict]) -> None:
    """Runs of one form share all but their words; every text comes back as it was, card data apart."""
    odd = [
        "plain",
        "two words",
        "back\\slash \\_",
        "a\nb",
        "a\x00b",
        "\x00",
        "é ü",
        '"quoted"',
        PAN,
    ]
    verdicts = [detailed([placed(name, 500 + at)]) for at, name in enumerate(odd)]
    index, [chunk] = opened(report_html(verdicts, {}))
    assert [row[9:] for row in index["scenarios"]] == [[0, 0, at] for at in range(len(odd))]
    for verdict, one in zip(verdicts, chunk, strict=True):
        assert verdict.details is not None
        own = details.read(verdict.details)
        own["texts"] = [masked(text) for text in own["texts"]]
        assert one["details"] == own


def test_runs_that_differ_take_little_room(detailed: Callable[..., Verdict]) -> None:
    many = [detailed([placed(f"o-{number}", number)]) for number in range(12)]
    one = len(report_html(many[:1], {}))
    assert len(report_html(many, {})) - one < (len(report_html(many[:2], {})) - one) * 12
