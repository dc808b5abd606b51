"""Paths against the answers of Jayway JsonPath 2.9.0: values, errors and their texts."""

import json
from pathlib import Path

import pytest

from simulator.asl.expressions import CompileError, EvaluationError, Scope
from simulator.asl.paths import compile_path

TABLE = json.loads(
    (Path(__file__).parent / "jsonpath_jayway_2.9.0.json").read_text(encoding="utf-8")
)
# Path → why we answer differently.
DIFFERENT = {
    "a.b": "the reference puts '$.' before it; in a definition every path begins with $",
}


def answer(path):
    try:
        return {"value": compile_path(path).evaluate(TABLE["document"], Scope(None))}
    except CompileError as error:
        return {"error": "InvalidPath", "message": error.message}
    except EvaluationError as error:
        return {"error": "PathNotFound", "message": error.cause.partition(" : ")[2]}


def wanted(case):
    want = {key: case[key] for key in ("value", "error", "message") if key in case}
    if "message" in want:
        want["message"] = want["message"].rstrip()
    return want


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["path"])
def test_a_path_answers_as_the_reference_does(case):
    agrees = answer(case["path"]) == wanted(case)
    assert agrees is (case["path"] not in DIFFERENT)


def test_at_least_99_of_100_agree():
    assert len(DIFFERENT) <= len(TABLE["cases"]) // 100
