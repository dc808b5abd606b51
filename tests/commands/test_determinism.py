"""The application's replay, whole, in processes of its own: the same bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_two_processes_write_the_same_reports(tmp_path):
    written = []
    for seed in ("1", "2"):
        reports = [tmp_path / "r.json", tmp_path / "r.xml"]
        options = [text for path in reports for text in ("--report", str(path))]
        done = subprocess.run(
            [sys.executable, "-m", "simulator", "replay", "tests/scenarios", *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        written.append([done.stdout, *(path.read_bytes() for path in reports)])
    assert written[0] == written[1]
