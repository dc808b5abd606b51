"""How time and memory of this project's engine grow: `growth.py ITEMS TURNS TRANSITIONS REPEATS`.

Prints one line of JSON. `map` and `loop` are processor times of ten times the work over those of the work;
`traced` is what Python holds in bytes after a run, `history` what its events take.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any, Literal

from simulator.asl.model import StateMachine
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.execution import Execution
from simulator.engine.fibers import Scheduler
from simulator.engine.limits import Limits
from simulator.engine.ports import TaskCall, TaskResult
from simulator.values import Json

WORKLOADS = Path(__file__).parent / "workloads"
UNLIMITED = Limits(history_events=10**9, transitions=10**9, payload_bytes=10**9)


class NoTasks:
    def run(self, call: TaskCall) -> TaskResult:
        raise AssertionError(call)


def machine(definition: Json) -> StateMachine:
    made, problems = parse(Source.of(definition, Path("growth.asl.json")))
    assert made is not None, problems
    return made


def loop(turns: int) -> StateMachine:
    definition = json.loads((WORKLOADS / "d_loop1000.asl.json").read_text())
    definition["States"]["More"]["Choices"][0]["NumericLessThan"] = turns
    return machine(definition)


def run(what: StateMachine, payload: Any, *, history: Literal["full", "off"] = "full") -> Execution:
    scheduler = Scheduler(VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    engine = Engine(scheduler, NoTasks(), limits=UNLIMITED, history=history)
    made = engine.start(what, payload, name="run")
    scheduler.run(made.done)
    assert made.status == "SUCCEEDED", made.cause
    return made


def growth(small, large, repeats: int) -> float:
    """The median of time(large) / time(small), measured in turn."""
    ratios = []
    for _ in range(repeats):
        begin = process_time()
        small()
        middle = process_time()
        large()
        ratios.append((process_time() - middle) / (middle - begin))
    return statistics.median(ratios)


def size_of_history(made: Execution) -> int:
    """Bytes of the events and of all that only they hold: each object once."""
    seen: set[int] = set()
    total = 0
    waiting: list[Any] = [made.log]
    while waiting:
        value = waiting.pop()
        if id(value) in seen or value is None or isinstance(value, bool):
            continue
        seen.add(id(value))
        total += sys.getsizeof(value) + (16 if gc.is_tracked(value) else 0)
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
    return total


def memory(turns: int) -> dict[str, int]:
    what = loop(turns)
    run(loop(10), {})
    gc.collect()
    tracemalloc.start()
    made = run(what, {})
    gc.collect()
    traced, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size, events = size_of_history(made), made.event_count
    del made
    gc.collect()
    peaks = []
    for count in (turns // 10, turns):
        what = loop(count)
        tracemalloc.start()
        run(what, {}, history="off")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return {
        "events": events, "traced": traced, "history": size,
        "off_tenth": peaks[0], "off": peaks[1],
    }  # fmt: skip


def main() -> None:
    items, turns, transitions, repeats = map(int, sys.argv[1:])
    mapping = machine(json.loads((WORKLOADS / "c_map100.asl.json").read_text()))
    few, many = ({"items": [{"n": n} for n in range(count)]} for count in (items, items * 10))
    short, long = loop(turns), loop(turns * 10)
    found = {
        "map": growth(lambda: run(mapping, few), lambda: run(mapping, many), repeats),
        "loop": growth(lambda: run(short, {}), lambda: run(long, {}), repeats),
        "memory": memory(transitions // 2),
    }
    print(json.dumps(found))


main()
