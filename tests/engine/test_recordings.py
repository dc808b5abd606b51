"""What the service itself did, event by event, against what the engine does.

The recordings are data of another project and lie beside this one; without them the tests skip.
"""

import json
import runpy
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.ports import Failure, Pending, Success
from simulator.values import compact

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
NEVER = timedelta(days=400)

if not RECORDINGS.exists():
    pytest.skip("the recordings do not lie beside the project", allow_module_level=True)

compare = runpy.run_path(str(RECORDINGS / "compare.py"))["compare"]


def load():
    found = []
    for path in sorted(RECORDINGS.glob("cases/*/*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        if recording["kind"] == "execution" and recording["replay"]["mode"] == "full":
            found.append(recording)
    return found


ALL = load()


class Replayed:
    """Answers each task as the service's did; an answer comes at its place in the recorded order."""

    def __init__(self, recording, started):
        self.started = started
        self.answers = defaultdict(deque)
        for task in sorted(recording["tasks"], key=lambda task: task.get("scheduled_event") or 0):
            path = task["path"]  # None where the recording has lost it
            around = "".join(f"{name}[{index}]/" for name, _, index in path or ())
            self.answers[task["state"] if path is None else around + task["state"]].append(task)
        self.engine = None

    def run(self, call):
        task = (self.answers[call.where] or self.answers[call.state]).popleft()
        clock = self.engine.runtime.clock
        place = task.get("finished_event") or 0
        took = max(timedelta(0), self.started + timedelta(milliseconds=place) - clock.now)
        result = task["result"]
        if result["status"] == "timed_out":
            answer = Success(None, NEVER)
        elif result["status"] == "failed":
            answer = Failure(result.get("error"), result.get("cause"), took)
        else:
            answer = Success(result.get("output"), took)
        if call.token is None or task.get("submitted") is None:
            return answer
        if result["status"] != "timed_out":
            clock.call_after(took, lambda: self.engine.settle(call.token, answer))
        return Pending(task["submitted"])


def replay(recording):
    """What the comparer wants: status, output, error, cause and events."""
    kind = recording["type"]
    machine, _ = parse(Source.of(recording["definition"], Path("recorded.json")), kind=kind)
    start = datetime.fromisoformat(recording["clock"])
    runner = Replayed(recording, start)
    scheduler = Scheduler(VirtualClock(start))
    runner.engine = engine = Engine(scheduler, runner)
    run = engine.start(
        machine,
        recording.get("input", {}),
        name=recording["execution_name"],
        workflow=recording["name"],
        arn=recording["execution_arn"],
        state_machine_arn=recording["state_machine_arn"],
        role_arn=recording["role_arn"],
        kind=kind,
        sync=recording["sync"],
    )
    stops = any(action["operation"] == "stop_execution" for action in recording["actions"])
    scheduler.run_until_idle(until=start + timedelta(seconds=1) if stops else None)
    if stops:
        engine.stop(run)
    return {
        "status": run.status,
        "output": compact(run.output) if run.status == "SUCCEEDED" else None,
        "error": run.error,
        "cause": run.cause,
        "events": [event.to_aws() for event in run.history],
    }


# Recordings that the engine does not repeat, and why. Whoever makes one pass removes its line.
DEVIATIONS = {
    "scenarios/base_scenarios__lambda_service_invoke_with_retry_extended_input": (
        "recorded before the context object had RedriveCount"
    ),
    "scenarios/base_scenarios__max_concurrency_path_negative": (
        "the service stood still after ExecutionStarted; ours fails the execution"
    ),
}
# Why a definition is refused → how many recordings need it.
REFUSED = {"ASL901": 40, "ASL902": 4, "ASL903": 8}
LEVELS = ("L1", "L2", "L3", "L4")


def refusals(recording):
    source = Source.of(recording["definition"], Path("recorded.json"))
    _, problems = parse(source, kind=recording["type"])
    return {problem.code for problem in problems if problem.severity == "error"}


CODES = {recording["id"]: refusals(recording) for recording in ALL}
RUNNABLE = [recording for recording in ALL if not CODES[recording["id"]]]


@pytest.mark.parametrize("recording", RUNNABLE, ids=lambda recording: recording["id"])
def test_the_engine_does_what_the_service_did(recording):
    graded = compare(recording, replay(recording))
    wrong = [level for level in LEVELS if graded[level] is False]
    if recording["id"] in DEVIATIONS:
        assert wrong, "it passes now: remove it from DEVIATIONS"
    else:
        assert not wrong, graded["diffs"]


def test_only_what_is_not_supported_yet_is_refused():
    found = Counter(code for codes in CODES.values() for code in codes)
    assert found == REFUSED


def test_every_known_deviation_is_a_recording():
    assert {recording["id"] for recording in RUNNABLE} >= DEVIATIONS.keys()
