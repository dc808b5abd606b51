"""Our grades are those of the comparer that comes with the recordings, also for wrong results."""

import copy
import json
from contextlib import suppress

import pytest

from simulator.verify.answers import NotReplayable
from simulator.verify.cases import find
from simulator.verify.grades import LEVELS, grade
from simulator.verify.replay import recorded_definition, replay
from simulator.verify.threads import details_of

KINDS = ("execution", "validation", "test_state")


def ours(recording, result):
    graded = grade(recording, result)
    return [graded.levels[level] for level in LEVELS], graded.relaxed


def theirs(reference, recording, result):
    try:
        graded = reference["compare"](recording, copy.deepcopy(result))
    except (AttributeError, TypeError):
        return None  # it is made for results of the right types
    return [graded[level] for level in LEVELS], graded["relaxed"]


def results(case, reference):
    """Ours, and what the service answered."""
    if case.kind == "execution":
        with suppress(NotReplayable):
            definition = recorded_definition(case.recording, case.path)
            yield "ours", replay(case.recording, definition).result
    recorded = reference["as_result"](case.recording)
    if recorded.get("events"):
        recorded = {**recorded, "events": reference["_texts"](recorded["events"])}
    yield "recorded", recorded


def mutants(kind, whose, result):
    """(name, wrong result): every one differs from the right one in one thing."""
    yield "as it is", result
    if kind != "execution":
        yield from mutated_answers(result)
        return
    for name, change in {
        "status": {"status": "FAILED" if result["status"] == "SUCCEEDED" else "SUCCEEDED"},
        "output": {"output": json.dumps({"other": [1, 2.5, None, True]})},
        "output as value": {"output": {"other": "text"}},
        "error": {"error": "Other.Error"},
        "no error": {"error": None},
        "cause": {"cause": "another cause"},
        "cause as JSON": {"cause": '{"another": "cause"}'},
        "no events": {"events": None},
        "no history": {"events": []},
    }.items():
        yield name, {**result, **change}
    if whose == "recorded":  # one of the two is enough, and takes long enough
        for name, changed in mutated_events(result.get("events") or []):
            yield name, {**result, "events": changed}


def mutated_events(events):
    for at in range(0, len(events), max(1, len(events) // 3)):
        yield f"without {at}", events[:at] + events[at + 1 :]
        yield f"twice {at}", events[: at + 1] + events[at:]
        if at + 1 < len(events):
            swapped = [*events[:at], events[at + 1], events[at], *events[at + 2 :]]
            yield f"swapped {at}", swapped
        yield f"link {at}", with_event(events, at, {"previousEventId": 1})
        yield f"no id {at}", with_event(events, at, {"id": None, "previousEventId": None})
        yield f"type {at}", with_event(events, at, {"type": "PassStateEntered"})
        member = next((key for key in events[at] if key.endswith("EventDetails")), None)
        if member is None:
            yield f"details {at}", with_event(events, at, {"otherEventDetails": {"new": 1}})
            continue
        own = details_of(events[at])
        yield f"details {at}", with_event(events, at, {member: {}})
        for field in own:
            changes = {"gone": None, "text": "other", "marked": {"truncated": True}, "number": 7}
            for name, value in changes.items():
                changed = {key: item for key, item in own.items() if key != field}
                if value is not None:
                    changed[field] = value
                yield f"{name} {field} {at}", with_event(events, at, {member: changed})
    yield "cut", events[: len(events) // 2]
    yield (
        "renumbered",
        [
            {**event, "id": event["id"] + 5, "previousEventId": event["previousEventId"] + 5}
            for event in events
            if isinstance(event.get("id"), int)
        ],
    )


def with_event(events, at, change):
    return [*events[:at], {**events[at], **change}, *events[at + 1 :]]


def mutated_answers(result):
    for key, value in result.items():
        yield f"without {key}", {name: item for name, item in result.items() if name != key}
        for other in ("text", 3, True, None, [], {"Code": "Other"}, {}):
            yield f"{key} is {other}", {**result, key: other}
        if isinstance(value, dict):
            for inner in value:
                yield f"{key}.{inner}", {**result, key: {**value, inner: "other"}}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for inner in value[0]:
                changed = [{**value[0], inner: "other"}, *value[1:]]
                yield f"{key}[0].{inner}", {**result, key: changed}
    yield "more", {**result, "more": {"than": "that"}}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_wrong_results_get_the_same_grades(kind, recordings, reference):
    compared, wrong = 0, []
    for case in find([recordings / "cases"]).cases:
        if case.kind != kind:
            continue
        for whose, result in results(case, reference):
            for name, mutant in mutants(kind, whose, result):
                compared += 1
                mine, right = (
                    ours(case.recording, mutant),
                    theirs(reference, case.recording, mutant),
                )
                if right is not None and mine != right:
                    wrong.append((case.id, whose, name, mine, right))
    assert wrong == []
    assert compared > {"execution": 20_000, "validation": 200, "test_state": 2_000}[kind]
