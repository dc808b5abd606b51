"""What docs/ says of the project is so: environments, parameters, outputs, figures, commands."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from simulator.cost.idle import idle
from simulator.project.template import Template

ROOT = Path(__file__).parents[2]
DEPLOYING = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
PROVIDER = (ROOT / "docs/payment-provider.md").read_text(encoding="utf-8")
TEMPLATES = ["template.yaml", *sorted(f"stacks/{path.name}" for path in ROOT.glob("stacks/*.yaml"))]
NEEDED = {"stacks/member.yaml": {"RemediationAccount": "111122223333"}}


def read(name: str, **parameters: str) -> Template:
    return Template.read(ROOT / name, {**NEEDED.get(name, {}), **parameters}, "1" * 12, "us-east-1")


def test_each_environment_of_the_table_is_one_and_each_is_there() -> None:
    known = set(tomllib.loads((ROOT / "samconfig.toml").read_text())) - {"version"}
    rows = re.findall(r"^\| `([\w./-]+)` \| (`.*?`) \|", DEPLOYING, re.MULTILINE)
    assert {name for name, _ in rows} == set(TEMPLATES)
    assert {name for _, cell in rows for name in re.findall(r"`([\w-]+)`", cell)} == known


def test_what_it_tells_to_set_or_to_read_exists() -> None:
    named = set(re.findall(r"`([A-Z]\w+?)(?:=\w+)?`", DEPLOYING))
    found = {"BuildReportRole", "AADeny", "AADenyOlderSessions"}
    for name in TEMPLATES:
        template = read(name)
        found |= set(template.parameters) | set(template.outputs) | set(template.resources)
    assert named - found == {"Sid", "ROLL_BACK", "StoreReport"}  # the last exists with push only


def test_without_a_reporting_account_nothing_knows_one() -> None:
    template = read("template.yaml", ReportTransfer="none", ReportingAccountId="123412341234")
    assert "123412341234" not in json.dumps(
        [dict(item.properties) for item in template.resources.values()]
    )


def test_the_idle_prices_are_those_of_the_templates() -> None:
    table = DEPLOYING[DEPLOYING.index("| | $ a month |") :]
    told = {
        name: float(price)
        for cell, price in re.findall(r"^\| (`.*?) \| (\d+\.\d\d) \|$", table, re.MULTILINE)
        for name in re.findall(r"`(.*?)`", cell)
    }
    counted = {name: idle(read(name).resources.values()).total for name in TEMPLATES}
    assert told == {name: round(total, 2) for name, total in counted.items()}


def test_the_prices_of_an_event_are_those_that_are_counted(
    simulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    paths = [str(next(ROOT.glob(f"tests/scenarios/{name}-*.json"))) for name in ("P01", "F01")]
    rows = json.loads(simulator("cost", "--format", "json", *paths).out)["scenarios"]
    for row in rows:
        used, price = row["used"], row["dollars_per_million"]
        wanted = [
            used["transitions"],
            used["lambda_requests"],
            round(price["standard"] + price["functions"], 2),
        ]
        (told,) = re.findall(rf"\({row['id']}\) \| (\d+) \| (\d+) \| ([\d.]+) \|", DEPLOYING)
        assert [float(cell) for cell in told] == wanted


def test_the_provider_page_names_what_the_module_has() -> None:
    module = ast.parse((ROOT / "functions/payment/provider.py").read_text(encoding="utf-8"))
    functions = {
        item.name: [argument.arg for argument in (*item.args.args, *item.args.kwonlyargs)]
        for item in module.body
        if isinstance(item, ast.FunctionDef)
    }
    told = {
        name: [part.split("=")[0].strip() for part in arguments.split(",")]
        for name, arguments in re.findall(r"^\| `(\w+)\((.*?)\)`", PROVIDER, re.MULTILINE)
    }
    assert told == {name: functions[name] for name in told}
    assert set(told) == {name for name in functions if not name.startswith("_")}
    raised = set(re.findall(r"`(Provider(?!Secret)\w+|Refused|NotFound)`", PROVIDER))
    assert raised <= {item.id for item in ast.walk(module) if isinstance(item, ast.Name)}
