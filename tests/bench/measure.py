"""What every measured Python engine shares: one workload read, one line of JSON printed."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from simulator.values import Json

FUNCTIONS: dict[str, Json] = json.loads((Path(__file__).parent / "functions.json").read_text())


def read_workload(definition: Path) -> tuple[Json, Json]:
    """Input and expected output of a definition, in either form."""
    name = definition.name.partition(".")[0]
    payload = json.loads(definition.with_name(f"{name}.input.json").read_text())
    expected = json.loads(definition.with_name(f"{name}.expect.json").read_text())
    return payload, expected["output"]


# A measurement ends after so many times its processor time on the clock: some engines wait, and
# some machines are busy.
PATIENCE = 5


def repeat(once: Callable[[], object], seconds: float) -> tuple[int, float, object]:
    """Call `once` for so much processor time: how often, in how much of it, and the last result."""
    count, batch, spent, last = 0, 1, 0.0, None
    used, begin = process_time(), perf_counter()
    while spent < seconds and perf_counter() - begin < seconds * PATIENCE:
        if spent < seconds / 20:
            batch *= 2
        for _ in range(batch):
            last = once()
        count += batch
        spent = process_time() - used
    return count, spent, last


def measure(once: Callable[[], object], expected: object, seconds: float, started: float) -> None:
    """Call `once` for so long, after half as long to warm up; at least once.

    Prints executions per second of processor time, which a busy machine changes little; seconds
    from the driver's start to its first result; and the peak of resident memory in MB. The first
    result and the last must be what is expected.
    """
    used = process_time()
    last = once()
    ready, spent = perf_counter() - started, process_time() - used
    assert last == expected, f"{last!r}, not {expected!r}"
    count = 1
    if seconds:
        if spent < seconds / 2:
            repeat(once, seconds / 2 - spent)
        count, spent, last = repeat(once, seconds)
        assert last == expected, f"{last!r}, not {expected!r}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rate": count / spent, "ready": ready, "peak": peak}))
