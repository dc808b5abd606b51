"""The first event at which two histories part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.asl.model import Graph, Map, Parallel
from simulator.problems import Location
from simulator.values import Json
from simulator.verify.grades import Result, trimmed
from simulator.verify.levels import Comparison, Pair
from simulator.verify.matching import Difference, Fresh, Matcher, Placeholders, shown
from simulator.verify.threads import Event, details_of


@dataclass(frozen=True, slots=True)
class Divergence:
    """`event` is the recorded event's id; None when ours goes on where the recorded run ended.

    `location` is the state's place in the definition that was run, where it has one.
    """

    event: int | None
    state: str | None
    expected: str
    got: str
    location: Location | None = None

    def to_json(self) -> dict[str, Json]:
        place = self.location
        return {
            "event": self.event,
            "state": self.state,
            "expected": self.expected,
            "got": self.got,
            "location": None if place is None else str(place),
        }


def first_divergence(
    recording: Mapping[str, Any],
    result: Result,
    graph: Graph,
    fresh: Fresh | None,
    other: object,
    ended_by: str | None,
) -> Divergence | None:
    """None when the histories agree, or cannot be laid side by side.

    `graph` and `other` are what was run, as a model and as JSON; `ended_by` why it stopped early.
    """
    expected, got = (side.get("events") for side in trimmed(recording, result))
    if not expected:
        return None
    recorded = recording.get("definition")
    comparison = Comparison(expected, got or (), other if recorded is None else recorded, other)
    if not comparison.has_links:
        return None
    matcher = Matcher(Placeholders.of(recording.get("placeholders")), fresh)
    pairs = comparison.pairs()
    ids = comparison.ids(pairs)
    for pair in pairs:
        if not comparison.agrees(pair, ids, matcher):
            return _told(pair, matcher.differences[0], graph, ended_by)
    return None


def _told(pair: Pair, difference: Difference, graph: Graph, ended_by: str | None) -> Divergence:
    names = [_named(event) for event in (pair.expected, pair.got)]
    if pair.expected is None:
        wanted, got = "no further event here", names[1]
    elif pair.got is None:
        wanted, got = names[0], ended_by or "no further event here"
    elif names[0] != names[1]:
        wanted, got = names
    else:
        field = difference.place.partition(".")[2]
        wanted = f"{names[0]}, {field}: {shown(difference.expected)}"
        got = shown(difference.got)
    state = _state(pair)
    event = None if pair.expected is None else int(pair.expected["id"])
    return Divergence(event, state, wanted, got, locations(graph).get(state or ""))


def _state(pair: Pair) -> str | None:
    """The state of our own event comes first: it is the one to look at in the definition."""
    for event in (pair.got, pair.expected):
        name = None if event is None else details_of(event).get("name")
        if isinstance(name, str):
            return name
    return pair.state


def _named(event: Event | None) -> str:
    if event is None:
        return ""
    details = details_of(event)
    name = details.get("name")
    text = str(event.get("type"))
    if isinstance(name, str):
        text += f" '{name}'"
    if "index" in details:
        text += f"[{details['index']}]"
    return text


def locations(graph: Graph) -> dict[str, Location]:
    """Every state's place, by name."""
    return dict(_places(graph))


def _places(graph: Graph) -> Iterator[tuple[str, Location]]:
    for name, state in graph.states.items():
        yield name, state.location
        if isinstance(state, Map):
            yield from _places(state.processor)
        elif isinstance(state, Parallel):
            for branch in state.branches:
                yield from _places(branch)
