"""Which thread of control every event of a history belongs to.

A thread is the execution itself, one Parallel branch or one Map iteration. AWS writes the events of
all of them in one list; only `previousEventId` and the definition tell them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Event: TypeAlias = Mapping[str, Any]
# Enclosing containers from the outside: (state, how often it was started before, index).
Key: TypeAlias = "tuple[tuple[str, int, int], ...]"
CONTAINERS: Final = ("Map", "Parallel")
# Clean-up behind a failure: no state's name, and a link to the sibling that failed (recorded).
LOOSE: Final = frozenset(
    {
        "MapIterationAborted", "MapStateAborted", "ParallelStateAborted", "PassStateAborted",
        "TaskStateAborted", "WaitStateAborted",
    }
)  # fmt: skip

_NO_INDEX: Final = -1  # of an iteration whose event does not say it


def details_of(event: Event) -> dict[str, Any]:
    """The one detail member of an event, {} when it has none."""
    for name, value in event.items():
        if name.endswith("EventDetails") and isinstance(value, dict):
            return value
    return {}


def name_of(event: Event) -> str | None:
    """The state that an event's details name."""
    member = "state" if event.get("type") == "EvaluationFailed" else "name"
    found = details_of(event).get(member)
    return None if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a state stands in its definition: enclosing containers, and the Parallel's branch."""

    containers: tuple[str, ...]
    branch: int | None
    type: str


def homes(definition: object) -> dict[str, Home]:
    """Every state of a definition, whatever else is wrong with it, by name."""
    found: dict[str, Home] = {}
    _collect(definition, (), None, found)
    return found


def _collect(
    graph: object, containers: tuple[str, ...], branch: int | None, found: dict[str, Home]
) -> None:
    states = graph.get("States") if isinstance(graph, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        found.setdefault(name, Home(containers, branch, str(state.get("Type"))))
        inner = (*containers, name)
        if state.get("Type") == "Map":
            _collect(state.get("ItemProcessor") or state.get("Iterator"), inner, None, found)
        elif state.get("Type") == "Parallel":
            branches = state.get("Branches")
            for index, one in enumerate(branches if isinstance(branches, list) else ()):
                _collect(one, inner, index, found)


class Thread:
    """`current` is the state it is in; `rounds` counts the starts of each of its containers."""

    __slots__ = ("branch", "children", "containers", "current", "key", "parent", "rounds")

    def __init__(
        self, key: Key, parent: Thread | None, containers: tuple[str, ...], branch: int | None
    ) -> None:
        self.key = key
        self.parent = parent
        self.containers = containers
        self.branch = branch
        self.current: str | None = None
        self.rounds: Counter[str] = Counter()
        self.children: dict[tuple[str, int, int], Thread] = {}

    def child(self, container: str, index: int, branch: int | None = None) -> Thread:
        step = (container, self.rounds[container], index)
        found = self.children.get(step)
        if found is None:
            inner = (*self.containers, container)
            found = self.children[step] = Thread((*self.key, step), self, inner, branch)
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """An event's thread and state; the state is None for the execution's own events."""

    thread: Thread
    state: str | None

    @property
    def key(self) -> Key:
        return self.thread.key


class Follower:
    """Finds the place of each event of one history, in their order. Events need ids and links."""

    def __init__(self, known: Mapping[str, Home]) -> None:
        self._homes = known
        self._root = Thread((), None, (), None)
        self._seen: dict[int, tuple[str, Thread]] = {}  # id -> type, thread

    def add(
        self, number: int, kind: str, previous: int, name: str | None, index: int | None = None
    ) -> Place:
        """`name` is what the event's details call the state, `index` the iteration's."""
        before, origin = self._seen.get(previous, ("", self._root))
        place = self._place(kind, before, origin, name, index)
        self._seen[number] = (kind, place.thread)
        return place

    def _place(
        self, kind: str, before: str, origin: Thread, name: str | None, index: int | None
    ) -> Place:
        if kind.startswith("Execution"):
            return Place(self._root, None)
        if kind.startswith("MapIteration"):
            home = self._homes.get(name or "")
            around = () if home is None else home.containers
            thread = origin
            while thread.parent is not None and thread.containers != around:
                thread = thread.parent
            return Place(thread.child(name or "", _NO_INDEX if index is None else index), name)
        if kind.endswith(("StateEntered", "StateExited")) or name in self._homes:
            thread = self._descended(origin, name or "")
            if kind.endswith("StateEntered"):
                thread.current = name
            return Place(thread, thread.current if name is None else name)
        if kind in LOOSE:
            return Place(origin, origin.current)
        if kind in {"MapStateStarted", "ParallelStateStarted"}:
            thread = self._container(origin, before, kind.partition("State")[0])
            thread.rounds[thread.current or ""] += 1
            return Place(thread, thread.current)
        if kind.startswith(("MapState", "ParallelState")) and not self._opens(before, origin):
            thread = origin.parent or origin
            return Place(thread, thread.current)
        return Place(origin, origin.current)

    def _descended(self, origin: Thread, name: str) -> Thread:
        """The thread that runs the state `name`, seen from the thread of the event before."""
        home = self._homes.get(name) or Home((), None, "")
        want = home.containers
        thread = origin
        while thread.parent is not None and thread.containers != want[: len(thread.containers)]:
            thread = thread.parent
        if (
            thread.parent is not None
            and thread.containers == want
            and None not in {thread.branch, home.branch}
            and thread.branch != home.branch
        ):
            thread = thread.parent.child(want[-1], home.branch or 0, home.branch)
        while len(thread.containers) < len(want):
            depth = len(thread.containers)
            branch = home.branch if depth + 1 == len(want) else None
            thread = thread.child(want[depth], branch or 0, branch)
        return thread

    def _container(self, origin: Thread, before: str, kind: str) -> Thread:
        """Who starts a container: the thread that entered it, or that sees it fail and retries."""
        own = before.startswith(kind) and before.endswith(
            ("Entered", "Failed", "Succeeded", "Started")
        )
        thread = origin
        while thread.parent is not None:
            home = self._homes.get(thread.current or "")
            if home is not None and home.type == kind and (own or thread is not origin):
                break
            thread = thread.parent
        return thread

    def _opens(self, before: str, origin: Thread) -> bool:
        """Is the event before the container's own, written by the thread that entered it?"""
        if before == "EvaluationFailed":
            home = self._homes.get(origin.current or "")
            return home is not None and home.type in CONTAINERS
        return before.startswith("MapRun") or before in {
            "MapStateEntered", "MapStateStarted", "ParallelStateEntered", "ParallelStateStarted",
        }  # fmt: skip


def has_links(events: Sequence[Event]) -> bool:
    """Some recordings have lost ids and links."""
    return all(
        isinstance(event.get("id"), int) and isinstance(event.get("previousEventId"), int)
        for event in events
    )


def places(events: Sequence[Event], definition: object) -> list[Place]:
    """The place of every event of a history that has its ids and links."""
    follower = Follower(homes(definition))
    found = []
    for event in events:
        kind, index = str(event.get("type")), details_of(event).get("index")
        found.append(
            follower.add(
                event["id"],
                kind,
                event["previousEventId"],
                name_of(event),
                index if isinstance(index, int) else None,
            )
        )
    return found
