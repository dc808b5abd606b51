"""`simulator replay --workers`: the same bytes from several processes, and how they end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

FAILING = """\
{{
  "schema": "scenario/1",
  "id": "{id}",
  "workflow": "Hello",
  "steps": [{{"send": "start", "input": {{"n": 1}}}}],
  "expect": {{"path": ["{first}", "Work"]}}
}}
"""
SCENARIOS = {
    f"tests/scenarios/S{number}.json": FAILING.format(
        id=f"S{number}", first="Greet" if number % 2 else "Meet"
    )
    for number in range(1, 6)
}
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one(small: Any, simulator: Any) -> None:
    root = small(SCENARIOS)
    ran, files = [], []
    for number in (1, 2):
        ran.append(simulator("replay", "--workers", number, "--report", "r.json"))
        files.append((root / "r.json").read_bytes())
    assert ran[0] == ran[1]
    assert files[0] == files[1]
    assert ran[0].out.splitlines()[-2:] == [
        "5 scenarios: 3 passed, 2 failed",
        "written: r.json",
    ]


@pytest.mark.slow
def test_what_a_process_refuses_is_told_as_by_one(small: Any, simulator: Any) -> None:
    small({**SCENARIOS, "src/app.py": "import nothing_of_this_name\n"})
    alone, several = (simulator("replay", "--workers", number) for number in (1, 2))
    assert (several.code, several.err) == (alone.code, alone.err) == (2, alone.err)
    assert "nothing_of_this_name" in alone.err


@pytest.mark.slow
def test_a_process_that_dies_is_an_error_that_names_its_scenarios(
    small: Any, simulator: Any
) -> None:
    small({**SCENARIOS, "src/app.py": "import os\n\ndef work(event, context):\n    os._exit(9)\n"})
    ran = simulator("replay", "--workers", "2")
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(
        r"error: a process that replayed S1 or S2 has died; --workers 1 shows where\n", ran.err
    )


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_without_a_traceback(small: Any) -> None:
    app = "def work(event, context):\n    open('../running', 'w').close()\n    while True: pass\n"
    root = small({**SCENARIOS, "src/app.py": app})
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "replay", "--workers", "2"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    try:
        while not (root / "running").exists() and process.poll() is None:
            os.sched_yield()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out, err.strip()) == (130, "", "")
    # The tracker of multiprocessing ends when the first process has; a zombie waits for init.
    until = time.monotonic() + 20
    while (left := alive(process.pid)) and time.monotonic() < until:
        os.sched_yield()
    assert left == []


def alive(group: int) -> list[str]:
    """The processes of a group that are no zombies."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(entry.parent.name)
    return found


def test_a_number_of_workers_is_at_least_one(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("replay", "--workers", "0")
    assert (ran.code, ran.out) == (2, "")
    assert "0 is not in the range x>=1" in ran.err
