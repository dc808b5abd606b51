"""ResultWriter's transformations, result files and manifest."""

import json

import pytest

from simulator.engine.map_results import chunks, manifest, transformed

GOOD = {"Status": "SUCCEEDED", "Name": "a", "Output": "[1,[2]]"}
ONE = {"Status": "SUCCEEDED", "Name": "b", "Output": '{"x":1}'}
LOST = {"Status": "FAILED", "Name": "c", "Error": "E"}


@pytest.mark.parametrize(
    ("transformation", "expected"),
    [
        ("NONE", [GOOD, LOST, ONE]),
        ("COMPACT", [[1, [2]], LOST, {"x": 1}]),
        ("FLATTEN", [1, [2], LOST, {"x": 1}]),
    ],
)
def test_a_transformation_changes_successes_alone(transformation, expected):
    assert transformed([GOOD, LOST, ONE], transformation) == expected


def test_json_files_are_arrays_and_json_lines_files_lines():
    assert list(chunks([1, {"ä": 2}], "JSON", 1000)) == ['[1,{"ä":2}]']
    assert list(chunks([1, {"ä": 2}], "JSONL", 1000)) == ['1\n{"ä":2}\n']


@pytest.mark.parametrize("kind", ["JSON", "JSONL"])
def test_no_values_fill_no_file(kind):
    assert list(chunks([], kind, 1000)) == []


@pytest.mark.parametrize("kind", ["JSON", "JSONL"])
def test_files_stay_within_the_limit_but_for_one_large_value(kind):
    values = ["a" * 3, "ä" * 3, "c" * 50, "d"]
    texts = list(chunks(values, kind, 20))
    assert [len(text.encode()) <= 20 for text in texts] == [True, False, True]
    read = [
        json.loads(text) if kind == "JSON" else list(map(json.loads, text.splitlines()))
        for text in texts
    ]
    assert [value for part in read for value in part] == values


def test_a_manifest_names_the_files_of_every_kind():
    assert manifest("bucket", "arn:run", {"FAILED": [("p/FAILED_0.json", 7)]}) == {
        "DestinationBucket": "bucket",
        "MapRunArn": "arn:run",
        "ResultFiles": {
            "FAILED": [{"Key": "p/FAILED_0.json", "Size": 7}],
            "PENDING": [],
            "SUCCEEDED": [],
        },
    }
