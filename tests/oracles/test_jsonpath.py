"""Paths against the answers of Jayway JsonPath 2.9.0: values, errors and their texts."""

import gzip
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


MORE = json.loads(
    gzip.decompress((Path(__file__).parent / "jsonpath_jayway_2.10.0.json.gz").read_bytes())
)
NOTHING = "what finds nothing with stars, slices and filters is [] in the service (recorded)"
LAST = "the reference takes what follows a function for a strange name; nothing follows one here"
RAISED = "the reference fails within Java, with whatever class and text"
WORDS = "refused by both, with other words"
MORE_DIFFERENT = {
    **dict.fromkeys(
        [
            "$.a.s[0:1]", "$.a.s[0,1]", "$.a.missing[*]", "$.a.missing..x", "$.a.missing[?(@.x)]",
            "$.missing[*].x", "$.missing..x", "$.missing[0,1]", "$.missing[0:1]", "$.missing.*",
            "$[1:]",
        ],
        NOTHING,
    ),
    **dict.fromkeys(
        [
            "$.a.keys().length()", "$.nums.sum()x", "$.nums.sum().x", "$.nums.min().max()",
            "$.keys().length()", "$.store.book.last().title", "$.store.book.first().price",
        ],
        LAST,
    ),
    **dict.fromkeys(
        ["$[", "$.a[?", "$.a[?(@.d empty true)].s", "$.a[?(@.keys() size 10)].z", '$.length("abc")'],
        RAISED,
    ),
    **dict.fromkeys(
        [
            "$.store.book[?(@.title =~ /[/)].title", "$.store.book[?(@.price > 10)] .title",
            "$.store.book[?(@.price <> 10)].title",
        ],
        WORDS,
    ),
    "$.store.book[?(@.title.concat('x') == 'LOTRx')].title": "a bracket within a filter's path",
    "$.*a": "the reference passes over what follows a star",
}  # fmt: skip


def plain(answered):
    """Failures of evaluation have no classes here."""
    kind = answered.get("error")
    return {**answered, "error": "PathNotFound"} if kind == "Other" else answered


@pytest.mark.parametrize("case", MORE["cases"], ids=lambda case: case["path"])
def test_further_paths_answer_as_a_later_version_does(case):
    got, want = answer(case["path"]), plain(wanted(case))
    if "can not be applied to primitives" in got.get("message", ""):
        got["error"] = "InvalidPath"
    assert (got == want) is (case["path"] not in MORE_DIFFERENT)
