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
    assert lines[3:5] == [
        "Counts are of one run; dollars of a million runs in one month. Not taken off, free in a"
        " month: 4,000 transitions, 1,000,000 Lambda requests, 400,000 Lambda GB-s.",
        "Prices: us-east-1, 2026, from the pages 'AWS Step Functions Pricing' and 'AWS Lambda"
        " Pricing' (x86, first tier).",
    ]


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


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
            },
            "Never waits for a token",
        ),
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:X"},
            },
            "Never waits for a job",
        ),
        (
            {"Type": "Task", "Resource": "arn:aws:states:us-east-1:111122223333:activity:pick"},
            "Never is an activity",
        ),
        (
            {
                "Type": "Map",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "I",
                    "States": {"I": {"Type": "Pass", "End": True}},
                },
            },
            "Never is a distributed Map",
        ),
    ],
)
def test_a_machine_with_what_express_refuses_has_no_express_price_though_no_run_takes_it(
    small: Any, simulator: Any, state: Any, reason: str
) -> None:
    root = small()
    path = root / "workflows/hello.asl.json"
    machine = json.loads(path.read_text())
    first = machine["StartAt"]
    machine["StartAt"] = "Which"
    machine["States"]["Never"] = {**state, "End": True}
    machine["States"]["Which"] = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.never", "IsPresent": True, "Next": "Never"}],
        "Default": first,
    }
    path.write_text(json.dumps(machine))
    (row,) = told(simulator)
    assert row["used"]["not_express"] == reason
    assert row["dollars_per_million"]["express"] is None


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
        # 10 GB-s a run: 1,000 GB-hours at the first price, 1,777.8 at the second.
        (Usage(express_gb_seconds=10), Dollars(0, 60 + 1_777.7778 * 0.03, 0)),
        (Usage(express_gb_seconds=30), Dollars(0, 60 + 120 + 3_333.3333 * 0.01642, 0)),
        (Usage(lambda_requests=2, lambda_gb_seconds=1), Dollars(0, 0, 0.4 + 16.6667)),
    ],
)
def test_tiers_and_requests(used: Usage, price: Dollars) -> None:
    found = dollars(used, PRICES)
    assert found.standard == pytest.approx(price.standard)
    assert found.express == pytest.approx(price.express)
    assert found.functions == pytest.approx(price.functions)


def test_the_published_example_of_express() -> None:
    """The pricing page: 100 million runs of 10 seconds in 64 MB cost 100.00 and 382.97 dollars."""
    found = dollars(Usage(executions=1, express_gb_seconds=10 * 64 / 1024), PRICES, 100_000_000)
    assert round(found.express, 2) == 482.97
