"""TestState: every recorded call of the service is answered as the service answered it."""

from __future__ import annotations

import json
import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.aws.models import Models
from simulator.engine import state_test
from simulator.engine.ports import Success
from simulator.engine.state_test_error import StateTestError

RECORDINGS = Path(__file__).parents[4] / "shared" / "recordings"
NOW = datetime(2025, 1, 1, tzinfo=UTC)
MODELS = Models()


def load():
    found = []
    for path in sorted(RECORDINGS.glob("cases/*/*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        if recording["kind"] == "test_state":
            found.append(recording)
    return found


class Recorded:
    """Answers the one call of a recording as the service's was answered."""

    def __init__(self, recording):
        response = recording["expected"].get("response", {})
        inspected = response.get("inspectionData", {})
        result = inspected.get("result", response.get("output"))
        self.result = json.loads(result) if isinstance(result, str) else result

    def run(self, call):
        del call
        return Success(self.result)


def replayed(recording):
    now = datetime.fromisoformat(recording["clock"])
    try:
        return state_test.test_state(
            recording["request"], apis=MODELS, tasks=Recorded(recording), now=now
        )
    except StateTestError as error:
        return {"error": {"Code": error.code, "Message": error.message}}


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings do not lie beside the project")
def test_every_recorded_test_is_answered_as_the_service_did():
    compare = runpy.run_path(str(RECORDINGS / "compare.py"))["compare"]
    recordings, wrong = load(), {}
    assert len(recordings) >= 100
    for recording in recordings:
        found = compare(recording, replayed(recording))
        if not (found["L1"] and found["L2"] and found["L3"]):
            wrong[recording["id"]] = found["diffs"]
    assert not wrong
