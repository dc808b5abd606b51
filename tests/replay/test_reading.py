"""Scenario files are read whole, and everything unknown in them is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import SourceError
from simulator.scenarios.discovery import load
from simulator.scenarios.interleavings import Replayed
from simulator.scenarios.reading import read_results
from simulator.scenarios.vocabulary import Vocabulary
from simulator.scenarios.words import EXPECT, GIVEN, STEPS

SHARED = Path(__file__).parents[2].parent / "shared" / "scenarios"


def write(folder: Path, name: str, **changes: Any) -> Path:
    scenario = {"schema": "scenario/1", "id": name, "steps": [], "expect": {}, **changes}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    return path


def codes(folder: Path, path: str) -> list[tuple[str, str | None]]:
    with pytest.raises(SourceError) as raised:
        load(folder, [path], Vocabulary())
    return [(problem.code, problem.hint) for problem in raised.value.problems]


def test_every_published_scenario_parses_with_the_application_s_words_registered() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared scenarios are not here")
    files = sorted(SHARED.glob("*.json"))
    vocabulary = Vocabulary()
    for path in files:
        value = json.loads(path.read_text(encoding="utf-8"))
        for key in value.get("given", {}):
            if key not in GIVEN.shapes:
                vocabulary.fixtures[key] = lambda _world, _value: None
        for key in value["expect"]:
            if key not in EXPECT:
                vocabulary.probes[key] = lambda _world, _want: []
        for name in value["expect"].get("invariants", []):
            vocabulary.invariants[name] = lambda _world: []
        for step in value["steps"]:
            kind = step.get("send", "mutate")
            if kind not in STEPS:
                vocabulary.steps[kind] = lambda _world, _step: None
    scenarios = load(SHARED, ["*.json"], vocabulary)
    assert len(scenarios) == len(files)


def test_an_unknown_word_says_what_it_may_have_meant_and_where_to_register_it(
    tmp_path: Path,
) -> None:
    write(tmp_path, "A", expect={"http_statusses": [200]})
    assert codes(tmp_path, "A.json") == [
        (
            "SCN004",
            (
                "did you mean 'http_statuses'? or register it with"
                ' @vocabulary.probe("http_statusses") in the vocabulary'
            ),
        )
    ]


def test_an_id_is_taken_once_in_all_files(tmp_path: Path) -> None:
    write(tmp_path, "A")
    write(tmp_path, "B", id="A")
    assert codes(tmp_path, "*.json") == [("SCN010", "give one of them another id")]


def test_a_glob_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path, "no*.json") == [("SCN001", "name a file, a folder or a glob")]


def test_scripted_results_are_read_with_their_problems(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"Charge": [{"error": "Timeout", "output": 1}]}', encoding="utf-8")
    with pytest.raises(SourceError, match="SCN003"):
        read_results(path)


def test_all_orderings_are_tried_depth_first_once_each() -> None:
    seen: list[tuple[str, str]] = []
    prefix: tuple[int, ...] | None = ()
    while prefix is not None:
        decisions = Replayed(prefix)
        seen.append((decisions.choose("first", ["a", "b"]), decisions.choose("second", ["c", "d"])))
        prefix = decisions.following()
    assert seen == [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]
