"""Recordings, where they lie beside the project."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"


@pytest.fixture(scope="session")
def recordings():
    if not RECORDINGS.exists():
        pytest.skip("the recordings do not lie beside the project")
    return RECORDINGS


@pytest.fixture(scope="session")
def reference(recordings):
    """The comparer of the recordings' own project, and what else its module has."""
    return runpy.run_path(str(recordings / "compare.py"))
