"""`simulator cost`: counted from runs, priced by the table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.cost.estimate import Dollars, dollars
from simulator.cost.prices import PRICES
from simulator.cost.usage import Usage

WAIT = {"Type": "Wait", "Seconds": 400, "Next": "Work"}


def told(simulator: Any) -> Any:
    return json.loads(simulator("cost", "--format", "json").out)["scenarios"]


def test_a_run_is_counted_and_priced(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("cost")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    # The start and two states; an Express run lasts 100 ms at least, a function 1 ms, of 128 MB.
    assert lines[1].split() == [
        "S1", "1", "3", "75.00", "0.00625", "1.10", "1", "0.00013", "0.20"
    ]  # fmt: skip
    assert lines[4].startswith("Prices: us-east-1, 2025, from the public price pages")


def test_retries_are_transitions_and_requests(small: Any, simulator: Any) -> None:
    root = small()
    path = root / "workflows/hello.asl.json"
    machine = json.loads(path.read_text())
    machine["States"]["Work"]["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    path.write_text(json.dumps(machine))
    scenario = json.loads((root / "tests/scenarios/S1.json").read_text())
    scenario["steps"][0]["input"] = {"fail": "no"}
    (root / "tests/scenarios/S1.json").write_text(json.dumps(scenario))
    (row,) = told(simulator)
    assert (row["used"]["transitions"], row["used"]["lambda_requests"]) == (5, 3)


def test_what_express_cannot_run_has_no_express_price(small: Any, simulator: Any) -> None:
    root = small()
    path = root / "workflows/hello.asl.json"
    machine = json.loads(path.read_text())
    machine["States"]["Greet"] = WAIT
    path.write_text(json.dumps(machine))
    (row,) = told(simulator)
    assert row["used"]["not_express"] == "demo-Hello takes over 5 minutes"
    price = row["dollars_per_million"]
    assert (price["standard"], price["express"]) == (75.0, None)
    assert (
        simulator("cost")
        .out.splitlines()[1]
        .endswith("no Express: demo-Hello takes over 5 minutes")
    )


def test_several_scenarios_have_a_sum_and_a_failed_one_exit_code_1(
    small: Any, simulator: Any
) -> None:
    root = small()
    other = (root / "tests/scenarios/S1.json").read_text().replace('"S1"', '"S2"')
    (root / "tests/scenarios/S2.json").write_text(other.replace('"Work"]', '"No"]'))
    ran = simulator("cost")
    assert (ran.code, ran.err) == (1, "failed: S2; see `simulator replay`\n")
    assert ran.out.splitlines()[3].split()[:6] == ["all,", "once", "each", "2", "6", "150.00"]


@pytest.mark.parametrize(
    ("used", "price"),
    [
        (Usage(), Dollars(0, 0, 0)),
        (Usage(executions=1, transitions=4), Dollars(100.0, 1.0, 0)),
        # 10 GB-s a run: 3.6 million at the first price, the rest at the second.
        (Usage(express_gb_seconds=10), Dollars(0, 3.6 * 16.67 + 6.4 * 8.33, 0)),
        # 30 GB-s a run: 3.6, 14.4 and 12 million.
        (Usage(express_gb_seconds=30), Dollars(0, 3.6 * 16.67 + 14.4 * 8.33 + 12 * 4.56, 0)),
        (Usage(lambda_requests=2, lambda_gb_seconds=1), Dollars(0, 0, 0.4 + 16.6667)),
    ],
)
def test_tiers_and_requests(used: Usage, price: Dollars) -> None:
    found = dollars(used, PRICES)
    assert found.standard == pytest.approx(price.standard)
    assert found.express == pytest.approx(price.express)
    assert found.functions == pytest.approx(price.functions)
