"""What every measured Python engine shares: one workload read, one line of JSON printed."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from simulator.values import Json

FUNCTIONS: dict[str, Json] = json.loads((Path(__file__).parent / "functions.json").read_text())


def read_workload(definition: Path) -> tuple[Json, Json]:
    """Input and expected output of a definition, in either form."""
    name = definition.name.partition(".")[0]
    payload = json.loads(definition.with_name(f"{name}.input.json").read_text())
    expected = json.loads(definition.with_name(f"{name}.expect.json").read_text())
    return payload, expected["output"]


def measure(once: Callable[[], object], expected: object, seconds: float, started: float) -> None:
    """Call `once` for so long, at least once; the first call and the last give what is expected.

    Prints executions per second, seconds from the driver's start to its first result, and the
    peak of resident memory in MB.
    """
    first = once()
    ready = perf_counter() - started
    assert first == expected, f"{first!r}, not {expected!r}"
    batch, count = 1, 0
    begin = now = perf_counter()
    while now - begin < seconds:
        for _ in range(batch):
            last = once()
        count += batch
        now = perf_counter()
        if now - begin < seconds / 20:
            batch *= 2
    if count:
        assert last == expected, f"{last!r}, not {expected!r}"
    rate = count / (now - begin) if count else 1 / ready
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rate": rate, "ready": ready, "peak": peak}))
