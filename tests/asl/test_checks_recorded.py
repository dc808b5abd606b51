"""Warnings hold against what the service did: the recordings lie beside this project, or skip."""

import csv
import json
from pathlib import Path

import pytest

from simulator.asl.checks import check
from simulator.asl.graph import all_states
from simulator.asl.parse import parse
from simulator.asl.source import Source

CASES = Path(__file__).parents[3] / "shared" / "recordings" / "cases"
if not CASES.is_dir():
    pytest.skip("the recordings do not lie beside the project", allow_module_level=True)
# What a state does not survive, and what a handler never does.
FATAL = {"ASL206", "ASL208", "ASL209"}


def recordings():
    with (CASES / "index.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            if row["kind"] == "execution" and row["origin"] == "aws":
                path = CASES / f"{row['id']}.json"
                yield row["id"], json.loads(path.read_text(encoding="utf-8"))


def of(events, suffix):
    """The names of all states with such an event."""
    found = set()
    for event in events:
        if event["type"].endswith(suffix):
            details = next(v for k, v in event.items() if k.endswith("EventDetails"))
            found.add(details["name"])
    return found


def test_no_state_was_left_well_that_was_said_to_fail():
    wrong = []
    for name, recording in recordings():
        if recording.get("definition") is None:
            continue
        source = Source.of(recording["definition"], Path("d.json"))
        machine, _ = parse(source, kind=recording["type"])
        left = of(recording["expected"].get("events") or [], "StateExited")
        succeeded = recording["expected"]["status"] == "SUCCEEDED"
        for problem in check(machine):
            if problem.code not in FATAL:
                continue
            states = [
                state.name for state in all_states(machine) if state.location == problem.location
            ]
            is_only = len(machine.states) == 1
            if set(states) & left or (succeeded and is_only):
                wrong.append((name, str(problem)))
    assert wrong == []


def test_no_handler_fired_that_was_said_to_never_fire():
    for name, recording in recordings():
        if recording.get("definition") is None:
            continue
        machine, _ = parse(
            Source.of(recording["definition"], Path("d.json")), kind=recording["type"]
        )
        entered = of(recording["expected"].get("events") or [], "StateEntered")
        for problem in check(machine):
            if problem.code != "ASL205" or "/Catch/" not in problem.location.pointer:
                continue
            (target,) = [
                catcher.next
                for state in all_states(machine)
                for catcher in getattr(state, "catchers", ())
                if catcher.location == problem.location
            ]
            assert target not in entered, (name, str(problem))
