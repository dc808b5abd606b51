"""Histories side by side: threads, what may move, and what may not."""

import pytest

from simulator.verify.levels import Comparison
from simulator.verify.matching import Matcher, Placeholders
from simulator.verify.threads import places

PASS = {"Type": "Pass", "End": True}
DEFINITION = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "A", "States": {"A": PASS}},
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "ItemProcessor": {"StartAt": "B", "States": {"B": PASS}},
                            "End": True,
                        }
                    },
                },
            ],
            "End": True,
        }
    },
}
# Type, previousEventId, name and index of each event.
STEPS = [
    ("ExecutionStarted", 0, None, None),
    ("ParallelStateEntered", 0, "Both", None),
    ("ParallelStateStarted", 2, None, None),
    ("PassStateEntered", 3, "A", None),
    ("MapStateEntered", 3, "Each", None),
    ("PassStateExited", 4, "A", None),
    ("MapStateStarted", 5, None, None),
    ("MapIterationStarted", 7, "Each", 0),
    ("MapIterationStarted", 7, "Each", 1),
    ("PassStateEntered", 8, "B", None),
    ("PassStateEntered", 9, "B", None),
    ("PassStateExited", 10, "B", None),
    ("PassStateExited", 11, "B", None),
    ("MapIterationSucceeded", 12, "Each", 0),
    ("MapIterationSucceeded", 13, "Each", 1),
    ("MapStateSucceeded", 15, None, None),
    ("MapStateExited", 15, "Each", None),
    ("ParallelStateSucceeded", 17, None, None),
    ("ParallelStateExited", 17, "Both", None),
    ("ExecutionSucceeded", 19, None, None),
]


def events(steps=STEPS):
    found = []
    for number, (kind, previous, name, index) in enumerate(steps, 1):
        event = {"id": number, "previousEventId": previous, "type": kind, "timestamp": number}
        if index is not None:
            event["mapIterationEventDetails"] = {"name": name, "index": index}
        elif name is not None:
            event["stateEventDetails"] = {"name": name, "output": "{}"}
        found.append(event)
    return found


def reordered(order):
    """The same events written in another order, their ids and links kept together."""
    found = events()
    numbers = {old: new for new, old in enumerate(order, 1)} | {0: 0}
    return [
        {**found[old - 1], "id": new, "previousEventId": numbers[found[old - 1]["previousEventId"]]}
        for new, old in enumerate(order, 1)
    ]


def graded(got, expected=None):
    comparison = Comparison(events() if expected is None else expected, got, DEFINITION)
    first, second = Matcher(Placeholders()), Matcher(Placeholders())
    sequence, relaxed = comparison.sequence(first)
    fields = comparison.events(second)
    return (
        sequence,
        fields,
        relaxed,
        [str(one) for one in (*first.differences, *second.differences)],
    )


def test_every_event_finds_its_thread():
    found = [(place.key, place.state) for place in places(events(), DEFINITION)]
    branch = ("Both", 1, 0), ("Both", 1, 1)
    inner = [(branch[1], ("Each", 1, index)) for index in (0, 1)]
    assert found == [
        ((), None), ((), "Both"), ((), "Both"),
        ((branch[0],), "A"), ((branch[1],), "Each"), ((branch[0],), "A"), ((branch[1],), "Each"),
        (inner[0], "Each"), (inner[1], "Each"),
        (inner[0], "B"), (inner[1], "B"), (inner[0], "B"), (inner[1], "B"),
        (inner[0], "Each"), (inner[1], "Each"),
        ((branch[1],), "Each"), ((branch[1],), "Each"),
        ((), "Both"), ((), "Both"), ((), None),
    ]  # fmt: skip


def test_a_history_agrees_with_itself():
    assert graded(events()) == (True, True, False, [])


def test_threads_may_interleave_in_another_way():
    order = [1, 2, 3, 5, 7, 8, 10, 12, 9, 11, 13, 4, 6, 14, 15, 16, 17, 18, 19, 20]
    assert graded(reordered(order)) == (True, True, False, [])


def test_a_missing_event_is_told_with_its_thread():
    got = events()
    del got[11]  # PassStateExited of B in iteration 0
    sequence, fields, relaxed, told = graded(got)
    assert (sequence, fields, relaxed) == (False, False, False)
    assert told[0] == (
        'Both (start 1)[1]/Each (start 1)[0], event 3: expected ["PassStateExited", "B"], got null'
    )


def test_a_wrong_link_is_no_other_sequence():
    got = events()
    got[18] = {**got[18], "previousEventId": 18}
    sequence, fields, _, told = graded(got)
    assert (sequence, fields) == (True, False)
    assert told == ["event 19 ParallelStateExited.previousEventId: expected 17, got 18"]


def test_a_wrong_value_is_no_other_sequence():
    got = events()
    got[3] = {**got[3], "stateEventDetails": {"name": "A", "output": '{"a": 1}'}}
    sequence, fields, _, told = graded(got)
    assert (sequence, fields) == (True, False)
    assert told == ['event 4 PassStateEntered.output: expected {}, got {"a": 1}']


@pytest.mark.parametrize("mark", [{"truncated": False}, {"included": True}, None])
def test_marks_that_say_nothing_may_be_missing(mark):
    got = events()
    got[3] = {**got[3], "stateEventDetails": {**got[3]["stateEventDetails"], "outputDetails": mark}}
    assert graded(got) == (True, True, False, [])


def test_a_cut_off_value_is_told():
    got = events()
    cut = {"truncated": True}
    got[3] = {**got[3], "stateEventDetails": {**got[3]["stateEventDetails"], "outputDetails": cut}}
    assert graded(got)[1] is False


def failing(steps):
    return [*STEPS[:7], *steps]


ABORTED = failing(
    [
        ("MapIterationStarted", 7, "Each", 0),
        ("MapIterationStarted", 7, "Each", 1),
        ("PassStateEntered", 8, "B", None),
        ("TaskFailed", 10, None, None),
        ("MapIterationFailed", 11, "Each", 0),
        ("MapIterationAborted", 11, "Each", 1),
        ("MapStateFailed", 11, None, None),
        ("ExecutionFailed", 14, None, None),
    ]
)


def test_an_aborted_sibling_may_have_gone_further():
    further = [*ABORTED[:10], ("PassStateEntered", 9, "B", None), *ABORTED[10:]]
    moved = [
        (kind, previous + 1 if previous > 10 else previous, name, index)
        for kind, previous, name, index in further
    ]
    moved[11] = ("TaskFailed", 10, None, None)
    sequence, fields, relaxed, _ = graded(events(moved), events(ABORTED))
    assert (sequence, fields, relaxed) == (True, False, True)


def test_the_iteration_that_fails_may_not_end_earlier():
    got = [step for step in ABORTED if step[0] != "TaskFailed"]
    assert graded(events(got), events(ABORTED))[0] is False


def test_histories_without_ids_are_compared_as_sets():
    """As some recordings are: sorted within the Parallel, whose ParallelStateSucceeded is lost."""
    recorded = events([*STEPS[:3], STEPS[3], STEPS[5], STEPS[18], STEPS[19]])
    recorded[3] |= {"id": None, "previousEventId": None}
    recorded[4] |= {"id": None, "previousEventId": None}
    simple = {
        "StartAt": "Both",
        "States": {
            "Both": {**DEFINITION["States"]["Both"], "Branches": [{"States": {"A": PASS}}]},
        },
    }
    got = events([*STEPS[:3], STEPS[3], STEPS[5], STEPS[17], STEPS[18], STEPS[19]])
    comparison = Comparison(recorded, got, simple)
    matcher = Matcher(Placeholders())
    assert not comparison.has_links
    assert comparison.sequence(matcher) == (True, False)
    assert comparison.events(matcher)
    other = Comparison(recorded, got[:-1], simple)
    assert other.sequence(matcher) == (False, False)
    assert not other.events(matcher)
