"""The benchmark runs, checks what its engines give, and keeps what it found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def run(*command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *map(str, command)], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_one_tiny_round_over_every_workload(tmp_path):
    done = run(
        HERE / "bench.py", "--rounds", 1, "--seconds", 0, "--engines", "ours,plain", "--growth",
        "50,50,500,1", "--keep", tmp_path / "bench.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "a_pass10: JSONata takes at most 3 x the time of JSONPath" in done.stdout
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert sorted(kept["speed"]) == ["JSONPath", "JSONata"]
    for measured in kept["speed"].values():
        assert sorted(measured) == [
            "a_pass10", "b_payment", "c_map100", "d_loop1000", "e_wait15",
        ]  # fmt: skip
    assert sorted(kept["speed"]["JSONPath"]["c_map100"]) == ["ours", "ours, read", "plain"]
    assert kept["memory_bytes"]["events"] == 1006
    assert len(kept["targets"]) == 11


@pytest.mark.slow
def test_an_engine_that_gives_something_else_is_an_error(tmp_path):
    for part in ("asl", "input"):
        name = f"a_pass10.{part}.json"
        (tmp_path / name).write_text((HERE / "workloads" / name).read_text())
    (tmp_path / "a_pass10.expect.json").write_text('{"output": {"id": 1}, "transitions": 10}')
    done = run(HERE / "ours.py", tmp_path / "a_pass10.asl.json", 0)
    assert done.returncode == 1
    assert "{'id': 1, 'last': {'step': 10}}, not {'id': 1}" in done.stderr
