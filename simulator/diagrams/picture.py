"""A workflow as boxes, clusters and arrows with their texts: what DOT and SVG are made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from simulator.asl.graph import Transition, inner_graphs, transitions
from simulator.asl.model import (
    Choice,
    Fail,
    Graph,
    Map,
    Parallel,
    Pass,
    State,
    StateMachine,
    Succeed,
    Task,
    Wait,
)
from simulator.diagrams.labels import rule_label, shortened
from simulator.diagrams.metrics import width_of, wrapped
from simulator.diagrams.overlay import Arrow
from simulator.values import compact

NAME_SIZE: Final = 13.0
SMALL_SIZE: Final = 10.5
Ends: TypeAlias = Literal["forward", "back", "both"]
_COLUMNS: Final = 26
_LABEL_COLUMNS: Final = 30
_NOTE_COLUMNS: Final = 40
_GLYPH_ROOM: Final = 34
_PADDING: Final = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A state, or one of the round marks "start", "end" and "join". Sizes are in pixels.

    `lines` are the name's, `note` says what kind of state it is, `retry` what is retried.
    """

    id: str
    kind: str
    glyph: str
    name: str
    lines: tuple[str, ...]
    note: str
    retry: str
    tooltip: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow. `arrow` is None for lines that are no transition (from a Parallel to its branches).

    `ends` says where it has heads: at the target, at the source, or at both.
    """

    source: str
    target: str
    kind: str
    lines: tuple[str, ...]
    tooltip: str
    arrow: Arrow | None
    ends: Ends = "forward"

    @property
    def width(self) -> float:
        return max((width_of(text, SMALL_SIZE) for text in self.lines), default=0.0)

    @property
    def height(self) -> float:
        return len(self.lines) * (SMALL_SIZE + 3)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A container's frame, or one branch within it (`title` "branch 1", "each item")."""

    id: str
    kind: str
    title: str
    boxes: tuple[Box, ...]
    clusters: tuple[Cluster, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """`direction` is Graphviz's rankdir; `legend`: CSS classes of an arrow or a box, and what they mean."""

    root: Cluster
    lines: tuple[Line, ...]
    direction: str = "TB"
    legend: tuple[tuple[str, str], ...] = ()

    def boxes(self) -> Iterator[Box]:
        yield from _boxes(self.root)


def _boxes(cluster: Cluster) -> Iterator[Box]:
    yield from cluster.boxes
    for inner in cluster.clusters:
        yield from _boxes(inner)


def picture(machine: StateMachine, *, title: str = "") -> Picture:
    """The same machine gives the same picture; ids count the boxes in the definition's order."""
    return _Painter().paint(machine, title)


class _Painter:
    def __init__(self) -> None:
        self._count = 0
        self._frames = 0
        self._lines: list[Line] = []
        self._entries: dict[str, str] = {}  # state name -> the box that arrows to it reach
        self._exits: dict[str, str] = {}  # state name -> the box that its arrows leave

    def paint(self, machine: StateMachine, title: str) -> Picture:
        start, end = self._mark("start"), self._mark("end")
        boxes, clusters = self._graph(machine.graph, start.id, end.id, "start")
        root = Cluster("root", "root", title, (start, *boxes, end), tuple(clusters))
        return Picture(root, tuple(self._lines))

    def _next_id(self) -> str:
        self._count += 1
        return f"n{self._count}"

    def _mark(self, kind: str) -> Box:
        side = 10.0 if kind == "join" else 20.0
        return Box(self._next_id(), kind, kind, "", (), "", "", kind, side, side)

    def _graph(
        self, graph: Graph, start: str, end: str, kind: str
    ) -> tuple[list[Box], list[Cluster]]:
        boxes: list[Box] = []
        clusters: list[Cluster] = []
        for state in graph.states.values():
            box = _box(self._next_id(), state)
            self._entries[state.name] = self._exits[state.name] = box.id
            if inner_graphs(state):
                clusters.append(self._container(state, box))
            else:
                boxes.append(box)
        self._lines.append(Line(start, self._entries[graph.start_at], kind, (), "", None))
        for move in transitions(graph):
            self._lines.append(self._line(graph.states[move.source], move))
        for state in graph.states.values():
            if _ends(state):
                source = self._exits[state.name]
                self._lines.append(Line(source, end, "end", (), "", (state.name, "end", 0)))
        return boxes, clusters

    def _container(self, state: State, head: Box) -> Cluster:
        join = self._mark("join")
        self._exits[state.name] = join.id
        branches: list[Cluster] = []
        for index, graph in enumerate(inner_graphs(state)):
            self._frames += 1
            frame = f"c{self._frames}"
            boxes, clusters = self._graph(graph, head.id, join.id, "fork")
            title = _body_title(state, index)
            branches.append(Cluster(frame, "branch", title, tuple(boxes), tuple(clusters)))
        self._frames += 1
        kind = type(state).__name__.lower()
        return Cluster(f"c{self._frames}", kind, "", (head, join), tuple(branches))

    def _line(self, state: State, move: Transition) -> Line:
        text, tooltip = _arrow_text(state, move)
        # What a Catch catches comes out of the state itself, not out of its good end.
        source = (self._entries if move.kind == "catch" else self._exits)[move.source]
        lines = tuple(wrapped(text, _LABEL_COLUMNS, 2)) if text else ()
        arrow = (move.source, move.kind, move.index)
        return Line(source, self._entries[move.target], move.kind, lines, tooltip, arrow)


def _ends(state: State) -> bool:
    if isinstance(state, Succeed | Fail):
        return True
    return not isinstance(state, Choice) and state.next is None


def _body_title(state: State, index: int) -> str:
    if not isinstance(state, Map):
        return f"branch {index + 1}"
    if state.mode == "INLINE":
        return "each item"
    return (
        f"each {'batch' if state.batcher else 'item'}, a child execution ({state.execution_type})"
    )


def _arrow_text(state: State, move: Transition) -> tuple[str, str]:
    if move.kind == "choice" and isinstance(state, Choice):
        full = rule_label(state.rules[move.index].source)
        return full, f"rule {move.index + 1}: {full}"
    if move.kind == "default":
        return "otherwise", "Default"
    if move.kind == "catch" and isinstance(state, Task | Parallel | Map):
        names = ", ".join(state.catchers[move.index].error_equals)
        return names, f"catches {names}"
    return "", ""


def _box(identity: str, state: State) -> Box:
    lines = tuple(wrapped(state.name, _COLUMNS, 2))
    note = _note(state)
    retry = _retry(state)
    texts = [width_of(line, NAME_SIZE) * 1.1 for line in lines]  # names are bold
    texts += [width_of(text, SMALL_SIZE) for text in (note, retry) if text]
    width = max(90.0, round(max(texts) + _GLYPH_ROOM + _PADDING))
    rows = len(lines) * (NAME_SIZE + 3) + (SMALL_SIZE + 4) * (bool(note) + bool(retry))
    return Box(
        id=identity,
        kind=type(state).__name__,
        glyph=glyph_of(state),
        name=state.name,
        lines=lines,
        note=note,
        retry=retry,
        tooltip=_tooltip(state),
        width=width,
        height=round(max(34.0, rows + 14)),
    )


def _retry(state: State) -> str:
    if not isinstance(state, Task | Parallel | Map) or not state.retriers:
        return ""
    parts = [f"{', '.join(one.error_equals)} ×{one.max_attempts}" for one in state.retriers]
    return shortened(f"↻ {'; '.join(parts)}", 42)


def _note(state: State) -> str:
    match state:
        case Task():
            return _task_words(state)
        case Wait():
            return shortened(f"Wait {state.field} {_source(state.delay.source)}", 38)
        case Fail():
            error = "" if state.error is None else _source(state.error.source)
            return shortened(f"Fail {error}".strip(), 38)
        case Map():
            return "Map" if state.mode == "INLINE" else "Map, distributed"
        case Pass() | Choice() | Succeed() | Parallel():
            return type(state).__name__


def _source(source: object) -> str:
    return source if isinstance(source, str) else compact(source)  # type: ignore[arg-type]


def _task_words(state: Task) -> str:
    """The resource; with the function or machine that an integration names."""
    words = _resource_words(state.resource)
    sent = state.data.arguments.source if state.data.arguments is not None else None
    if isinstance(sent, dict):
        for member in ("FunctionName", "StateMachineArn"):
            target = sent.get(member)
            if isinstance(target, str):
                name = (
                    re.sub(r":\$?[A-Za-z0-9_-]*$", "", target) if target.count(":") > 6 else target
                )
                return _fitting(words, name.rpartition(":")[2].strip("${}"))
    return shortened(words, _NOTE_COLUMNS)


def _fitting(words: str, name: str) -> str:
    """Both on one line: of a long name the end is shown, which tells it from its neighbours."""
    room = _NOTE_COLUMNS - len(words) - 1
    return f"{words} {name if len(name) <= room else f'…{name[1 - room :]}'}"


def _resource_words(resource: str) -> str:
    """`lambda: Charge`, `dynamodb:putItem`, `states:startExecution.sync:2`."""
    head, separator, rest = resource.partition(":::")
    if separator:
        return rest
    parts = resource.split(":")
    if "function" in parts:
        return f"lambda: {parts[parts.index('function') + 1]}"
    if "activity" in parts:
        return f"activity: {parts[-1]}"
    return f"lambda: {resource.strip('${}')}" if head.startswith("${") else resource


_SERVICE_GLYPHS: Final[Mapping[str, str]] = {
    "lambda": "function", "dynamodb": "table", "s3": "bucket", "sqs": "queue", "sns": "topic",
    "events": "bus", "states": "workflow", "http": "web", "apigateway": "web", "athena": "table",
    "glue": "job", "batch": "job", "ecs": "job", "eks": "job", "codebuild": "job",
    "elasticmapreduce": "job", "emr-containers": "job", "emr-serverless": "job", "sagemaker": "job",
    "databrew": "job", "mediaconvert": "job", "bedrock": "job", "iam": "key", "kms": "key",
    "secretsmanager": "key", "sts": "key", "accessanalyzer": "key",
}  # fmt: skip


def glyph_of(state: State) -> str:
    """The name of the drawing that stands for this state; services by the kind of thing they are."""
    if not isinstance(state, Task):
        return type(state).__name__.lower()
    _, separator, rest = state.resource.partition(":::")
    if not separator:
        return "person" if ":activity:" in state.resource else "function"
    if rest.endswith(".waitForTaskToken"):
        return "person"
    service = rest.removeprefix("aws-sdk:").partition(":")[0]
    return _SERVICE_GLYPHS.get(service, "service")


def _tooltip(state: State) -> str:
    """The full text of what the box shortens."""
    lines = [f"{state.name} ({type(state).__name__})"]
    if state.comment:
        lines.append(state.comment)
    if isinstance(state, Task):
        lines.append(state.resource)
    if isinstance(state, Task | Parallel | Map):
        lines += [
            f"Retry {', '.join(one.error_equals)}: {one.max_attempts} times, first after"
            f" {one.interval_seconds:g} s, rate {one.backoff_rate:g}"
            for one in state.retriers
        ]
        lines += [f"Catch {', '.join(one.error_equals)} → {one.next}" for one in state.catchers]
    return "\n".join(lines)
