"""`make bench`: this project's engine beside its peers, in one run, on one core.

Every measurement is a process of its own; the rounds take all engines in turn, and the median
counts. Speed is by processor time, so that a busy machine changes the ratios little. Every engine's
outputs are checked. Prints tables and targets, and keeps build/bench.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WORKLOADS = HERE / "workloads"
BUILD = ROOT / "build"
NODE_MODULES = BUILD / "node"
NODE_PACKAGE = "aws-local-stepfunctions@3.0.0"
NAMES = ("a_pass10", "b_payment", "c_map100", "d_loop1000", "e_wait15")
FORMS = {"JSONPath": ".asl.json", "JSONata": ".jsonata.asl.json"}
OURS, READ, MOTO, NODE, PLAIN = "ours", "ours, read", "moto", "node", "plain"
# What the engine is to reach: times moto's speed, times Node's.
MOTO_FACTORS = {"a_pass10": 100, "b_payment": 100, "c_map100": 40, "d_loop1000": 100}
NODE_FACTORS = {"a_pass10": 0.5, "b_payment": 1, "c_map100": 1, "d_loop1000": 1}
JSONATA_FACTOR = 3
GROWTH = 11
HELP_SECONDS = 0.3
PEAK_MB = 60
# Memory of a long run over the size of its history: lists grow ahead of their items.
OVERHEAD = 1.15
FLAT_BYTES = 65_536


@dataclass
class Options:
    rounds: int
    seconds: float
    engines: set[str]
    forms: list[str]
    workloads: list[str]
    growth: list[int]
    keep: Path


@dataclass
class Found:
    """`rates` are executions per second by engine, form and workload, one a round."""

    rates: dict[tuple[str, str, str], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    ready: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    peak: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    start: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    growth: list[Any] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def rate(self, engine: str, form: str, workload: str) -> float | None:
        values = self.rates.get((engine, form, workload))
        return statistics.median(values) if values else None


def run(command: list[str], what: str) -> Any:
    """What the command prints as JSON. Ends the whole run when it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {what} failed\n{done.stderr}")
    return json.loads(done.stdout)


def command_of(engine: str, definition: Path, seconds: float) -> list[str]:
    if engine == NODE:
        driver = [shutil.which("node") or "node", str(HERE / "node_peer.mjs"), str(NODE_MODULES)]
        return [*driver, str(definition), str(seconds)]
    script = {OURS: "ours.py", READ: "ours.py", MOTO: "moto_peer.py", PLAIN: "plain.py"}[engine]
    more = ["--read"] if engine == READ else []
    return [sys.executable, str(HERE / script), str(definition), str(seconds), *more]


def applies(engine: str, form: str, workload: str) -> bool:
    """moto runs no JSONata and waits for real, Node ignores JSONata without a word."""
    if engine in (MOTO, NODE) and form == "JSONata":
        return False
    if engine in (MOTO, PLAIN) and workload == "e_wait15":
        return False
    return engine not in (PLAIN, READ) or form == "JSONPath"


def install_node() -> str | None:
    """Why the Node engine is not there, or None."""
    if (NODE_MODULES / "node_modules").is_dir() and shutil.which("node"):
        return None
    if not shutil.which("npm") or not shutil.which("node"):
        return "npm and node are not installed"
    NODE_MODULES.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", NODE_MODULES,
         NODE_PACKAGE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return None if done.returncode == 0 else f"npm install {NODE_PACKAGE} failed"


def absent(engine: str) -> str | None:
    """Why an engine cannot be measured here, or None."""
    if engine == NODE:
        return install_node()
    if engine == MOTO and importlib.util.find_spec("antlr4") is None:
        return "its parser is not installed: pip install 'moto[stepfunctions]'"
    return None


def measure_speed(options: Options, found: Found, say: Callable[[str], None]) -> None:
    for turn in range(options.rounds):
        for workload in options.workloads:
            for form in options.forms:
                for engine in (OURS, NODE, MOTO, PLAIN, READ):
                    if engine not in options.engines or not applies(engine, form, workload):
                        continue
                    say(f"round {turn + 1} of {options.rounds}: {workload} {form} {engine}")
                    definition = WORKLOADS / f"{workload}{FORMS[form]}"
                    command = command_of(engine, definition, options.seconds)
                    got = run(command, f"{engine} on {workload} in {form}")
                    found.rates[engine, form, workload].append(got["rate"])
                    found.peak[engine] = max(found.peak[engine], got["peak"])


def measure_start(options: Options, found: Found, say: Callable[[str], None]) -> None:
    """Whole processes: to the end of --help, and to the end of one run of the smallest workload."""
    definition = WORKLOADS / "a_pass10.asl.json"
    for turn in range(options.rounds):
        say(f"round {turn + 1} of {options.rounds}: start-up")
        commands = {"simulator --help": [sys.executable, "-m", "simulator", "--help"]}
        for engine in (OURS, MOTO, NODE):
            if engine in options.engines:
                commands[engine] = command_of(engine, definition, 0)
        for name, command in commands.items():
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            begin = perf_counter()
            child = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            _, status, usage = os.wait4(child.pid, 0)
            found.start[name].append(perf_counter() - begin)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                sys.exit(f"bench: {' '.join(command)} failed")
            if name == OURS:
                found.peak["one run"] = max(found.peak["one run"], usage.ru_maxrss / 1024)


def measure_growth(options: Options, found: Found, say: Callable[[str], None]) -> None:
    for turn in range(options.rounds):
        say(f"round {turn + 1} of {options.rounds}: growth")
        command = [sys.executable, str(HERE / "growth.py"), *map(str, options.growth)]
        found.growth.append(run(command, "growth"))


def report(options: Options, found: Found) -> dict[str, Any]:
    """All medians, in a layout that depends on nothing but what was measured."""
    speed: dict[str, Any] = {}
    for (engine, form, workload), values in found.rates.items():
        transitions = json.loads((WORKLOADS / f"{workload}.expect.json").read_text())["transitions"]
        rate = statistics.median(values)
        speed.setdefault(form, {}).setdefault(workload, {})[engine] = {
            "executions_per_second": round(rate, 2),
            "transitions_per_second": round(rate * transitions),
            "rounds": [round(value, 2) for value in values],
        }
    growth = {key: statistics.median(g[key] for g in found.growth) for key in ("map", "loop")}
    return {
        "machine": {
            "python": platform.python_version(), "processor": platform.machine(),
            "cores": os.cpu_count(),
        },
        "options": {"rounds": options.rounds, "seconds": options.seconds},
        "skipped": found.skipped,
        "speed": speed,
        "start_seconds": {
            name: round(statistics.median(values), 3) for name, values in found.start.items()
        },
        "peak_mb": {name: round(value, 1) for name, value in found.peak.items()},
        "growth": {key: round(value, 2) for key, value in growth.items()},
        "memory_bytes": found.growth[-1]["memory"],
        "targets": [
            {"target": name, "got": got, "met": met} for name, got, met in targets(found)
        ],
    }  # fmt: skip


def targets(found: Found) -> Iterator[tuple[str, str, bool]]:
    """What is wanted, what was measured, and is it reached."""
    for engine, factors in ((MOTO, MOTO_FACTORS), (NODE, NODE_FACTORS)):
        for workload, factor in factors.items():
            ours = found.rate(OURS, "JSONPath", workload)
            theirs = found.rate(engine, "JSONPath", workload)
            if ours and theirs:
                ratio = ours / theirs
                wanted = f"{workload}: at least {factor} x {engine}"
                yield wanted, f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.0f} x", ratio >= factor
    for workload in NAMES:
        path, jsonata = (found.rate(OURS, form, workload) for form in FORMS)
        if path and jsonata:
            wanted = f"{workload}: JSONata takes at most {JSONATA_FACTOR} x the time of JSONPath"
            yield wanted, f"{path / jsonata:.2f} x", path / jsonata <= JSONATA_FACTOR
    for key, what in (("map", "items of a Map"), ("loop", "turns of a loop")):
        ratio = statistics.median(growth[key] for growth in found.growth)
        yield f"10 x the {what}: at most {GROWTH} x the time", f"{ratio:.2f} x", ratio <= GROWTH
    memory = found.growth[-1]["memory"]
    ratio, an_event = memory["traced"] / memory["history"], memory["traced"] / memory["events"]
    yield (
        f"memory of a run of {memory['events']} events is its history (at most {OVERHEAD} x)",
        f"{ratio:.2f} x, {an_event:.0f} bytes an event", ratio <= OVERHEAD,
    )  # fmt: skip
    more = memory["off"] - memory["off_tenth"]
    yield (
        'history="off": ten times the turns take no more memory',
        f"{more} bytes",
        (more < FLAT_BYTES),
    )
    seconds = min(found.start["simulator --help"])  # a busy machine only adds to it
    yield f"simulator --help under {HELP_SECONDS} s", f"{seconds:.2f} s", seconds < HELP_SECONDS
    peak = found.peak["one run"]
    yield f"a run of the engine alone under {PEAK_MB} MB", f"{peak:.0f} MB", peak < PEAK_MB


def show(options: Options, found: Found) -> None:
    for form in options.forms:
        engines = [e for e in (OURS, READ, NODE, MOTO, PLAIN) if e in options.engines]
        engines = [e for e in engines if any(found.rate(e, form, w) for w in options.workloads)]
        print(f"\n{form}: executions (transitions) per second of processor time")
        print(f"{'':12}" + "".join(f"{engine:>24}" for engine in engines))
        for workload in options.workloads:
            expected = json.loads((WORKLOADS / f"{workload}.expect.json").read_text())
            cells = []
            for engine in engines:
                rate = found.rate(engine, form, workload)
                shown = "-"
                if rate is not None:
                    shown = f"{rate:,.{0 if rate >= 100 else 2}f} ({rate * expected['transitions']:,.0f})"
                cells.append(f"{shown:>24}")
            print(f"{workload:12}" + "".join(cells))
    print("\nstart-up, whole process, and peak memory")
    for name, values in found.start.items():
        peak = f"{found.peak[name]:.0f} MB" if name in found.peak else ""
        print(f"{name:24}{statistics.median(values):8.2f} s{peak:>12}")
    for engine, reason in found.skipped.items():
        print(f"{engine} was skipped: {reason}")
    print("\ntargets")
    for name, got, met in targets(found):
        print(f"  {'reached' if met else 'MISSED ':8} {name}: {got}")


def read_options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--engines", default=f"{OURS},{NODE},{MOTO},{PLAIN}")
    parser.add_argument("--forms", default=",".join(FORMS))
    parser.add_argument("--workloads", default=",".join(NAMES))
    parser.add_argument(
        "--growth", default="1000,2000,100000,3", help="items, turns, transitions, repeats"
    )
    parser.add_argument("--keep", type=Path, default=BUILD / "bench.json")
    given = parser.parse_args()
    engines = set(given.engines.split(","))
    return Options(
        given.rounds,
        given.seconds,
        engines | {READ} if OURS in engines else engines,
        given.forms.split(","),
        given.workloads.split(","),
        [int(number) for number in given.growth.split(",")],
        given.keep,
    )


def main() -> None:
    options, found = read_options(), Found()
    for engine in sorted(options.engines):
        reason = absent(engine)
        if reason is not None:
            options.engines.discard(engine)
            found.skipped[engine] = reason
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def say(text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    measure_speed(options, found, say)
    measure_start(options, found, say)
    measure_growth(options, found, say)
    say("")
    show(options, found)
    options.keep.parent.mkdir(exist_ok=True)
    text = json.dumps(report(options, found), indent=2, sort_keys=True)
    options.keep.write_text(f"{text}\n")


main()
