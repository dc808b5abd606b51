"""Measures this project's engine on one workload: `ours.py DEFINITION SECONDS [--read]`.

`--read` dresses every event as AWS's dictionary, as somebody does who looks at each history.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

STARTED = perf_counter()

from simulator.asl.parse import parse  # noqa: E402
from simulator.asl.source import Source  # noqa: E402
from simulator.engine.clock import VirtualClock  # noqa: E402
from simulator.engine.engine import Engine  # noqa: E402
from simulator.engine.fibers import Scheduler  # noqa: E402
from simulator.engine.ports import Success, TaskCall  # noqa: E402
from tests.bench.measure import FUNCTIONS, measure, read_workload  # noqa: E402

ARN = "arn:aws:states:us-east-1:123456789012:"


class Functions:
    """The trivial functions of the payment workload."""

    def run(self, call: TaskCall) -> Success:
        return Success(FUNCTIONS[call.resource.rpartition(":")[2]])


def main() -> None:
    definition, seconds = Path(sys.argv[1]), float(sys.argv[2])
    reads = "--read" in sys.argv
    payload, expected = read_workload(definition)
    machine, problems = parse(Source.of(json.loads(definition.read_text()), definition))
    assert machine is not None, problems
    scheduler = Scheduler(VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    engine = Engine(scheduler, Functions())
    state_machine = f"{ARN}stateMachine:Bench"
    count = 0

    def once() -> object:
        nonlocal count
        count += 1
        name = f"run-{count}"
        run = engine.start(
            machine, payload, name=name, workflow="Bench", arn=f"{ARN}execution:Bench:{name}",
            state_machine_arn=state_machine, role_arn="arn:aws:iam::123456789012:role/Bench",
        )  # fmt: skip
        scheduler.run(run.done)
        if reads:
            for event in run.history:
                event.to_aws()
        return run.output

    measure(once, expected, seconds, STARTED)


main()
