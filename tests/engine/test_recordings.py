"""What the service itself did, event by event, against what the engine does.

The recordings are data of another project and lie beside this one; without them the tests skip.
"""

import json
import runpy
from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.verify.cases import find
from simulator.verify.deviations import DEVIATIONS
from simulator.verify.grades import LEVELS
from simulator.verify.verification import verify

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"

if not RECORDINGS.exists():
    pytest.skip("the recordings do not lie beside the project", allow_module_level=True)

compare = runpy.run_path(str(RECORDINGS / "compare.py"))["compare"]
FOUND = find([RECORDINGS / "cases"])
EXECUTIONS = [case for case in FOUND.cases if case.kind == "execution"]
REPLAYED = [
    case for case in EXECUTIONS if case.recording["replay"]["mode"] in {"full", "mock_config"}
]


def test_every_file_is_read():
    assert (FOUND.problems, FOUND.others) == ([], [])


@pytest.mark.parametrize("case", REPLAYED, ids=lambda case: case.id)
def test_the_engine_does_what_the_service_did(case):
    outcome = verify(case)
    assert outcome.grade is not None, outcome.reason
    graded = compare(case.recording, outcome.result)
    wrong = [level for level in LEVELS if graded[level] is False]
    if case.id in DEVIATIONS:
        assert wrong, "it passes now: remove it from DEVIATIONS"
    else:
        assert not wrong, graded["diffs"]
    assert outcome.verdict == ("deviation" if wrong else "passed")


@pytest.mark.parametrize("case", EXECUTIONS, ids=lambda case: case.id)
def test_no_definition_that_the_service_took_is_refused(case):
    source = Source.of(case.recording["definition"], Path("recorded.json"))
    _, problems = parse(source, kind=case.recording["type"])
    assert [problem for problem in problems if problem.severity == "error"] == []


def test_few_recordings_deviate():
    assert {case.id for case in REPLAYED} >= DEVIATIONS.keys()
    assert len(DEVIATIONS) <= len(REPLAYED) / 100


def test_results_are_json_texts():
    """--dump writes them."""
    case = next(case for case in REPLAYED if case.recording["expected"].get("events"))
    result = verify(case).result
    assert json.loads(json.dumps(result)) == result
