"""Where data goes in a project: nodes, the flows between them, and the picture of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from simulator.diagrams.metrics import width_of, wrapped
from simulator.diagrams.picture import NAME_SIZE, SMALL_SIZE, Box, Cluster, Line, Picture

Kind: TypeAlias = Literal[
    "callers", "route", "rule", "schedule", "function", "workflow", "table", "bucket", "queue",
    "topic", "bus", "key", "secret", "socket", "log", "service", "host", "role",
]  # fmt: skip
Verb: TypeAlias = Literal["calls", "invokes", "triggers", "reads", "writes"]

CARD: Final = "CHD"
LEGEND: Final = (
    ("arrow card", "carries card data (CHD)"),
    ("arrow clean", "carries no card data"),
)
_GLYPHS: Final[dict[Kind, str]] = {
    "callers": "person", "route": "web", "rule": "choice", "schedule": "wait",
    "function": "function", "workflow": "workflow", "table": "table", "bucket": "bucket",
    "queue": "queue", "topic": "topic", "bus": "bus", "key": "key", "secret": "key",
    "socket": "web", "log": "table", "service": "service", "host": "web", "role": "key",
}  # fmt: skip
_NOTES: Final[dict[Kind, str]] = {
    "callers": "outside", "route": "API route", "rule": "event rule", "schedule": "schedule",
    "function": "function", "workflow": "state machine", "table": "table", "bucket": "bucket",
    "queue": "queue", "topic": "topic", "bus": "event bus", "key": "KMS key", "secret": "secret",
    "socket": "WebSocket API", "log": "log group", "service": "AWS service", "host": "external host",
    "role": "role in other accounts",
}  # fmt: skip
_COLUMNS: Final = 28


@dataclass(frozen=True, slots=True)
class Node:
    """`account` is "" for what is outside of the project's accounts; `card`: card data gets here.

    `name` is the logical id, "POST /payments", a host or a service: the same in every stage.
    """

    id: str
    kind: Kind
    name: str
    account: str
    card: bool = False

    def with_card(self, card: bool) -> Node:  # noqa: FBT001 - the field's value
        return replace(self, card=card)


@dataclass(frozen=True, slots=True)
class Flow:
    """Ids of who acts and on what. A request and its answer are one flow.

    `ways` says how: IAM actions, or what declares it. `card`: it is declared to carry card data.
    """

    source: str
    target: str
    verbs: tuple[Verb, ...]
    ways: tuple[str, ...]
    card: bool = False


@dataclass(frozen=True, slots=True)
class DataFlow:
    """Nodes in the order of the templates, flows in the order of their ends."""

    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]

    def node(self, identity: str) -> Node:
        return next(node for node in self.nodes if node.id == identity)

    def named(self, flow: Flow) -> str:
        """`TokenizeCard writes CardCache`."""
        source, target = (self.node(end).name for end in (flow.source, flow.target))
        return f"{source} {' and '.join(flow.verbs)} {target}"


def flow_picture(flows: DataFlow, *, title: str = "") -> Picture:
    """Accounts are clusters: their borders are borders of trust."""
    short = {node.id: f"n{number}" for number, node in enumerate(flows.nodes, 1)}
    accounts = dict.fromkeys(node.account for node in flows.nodes if node.account)
    clusters = tuple(
        Cluster(
            f"c{number}", "account", f"account {account}",
            tuple(_box(node, short) for node in flows.nodes if node.account == account), (),
        )
        for number, account in enumerate(accounts, 1)
    )  # fmt: skip
    outside = tuple(_box(node, short) for node in flows.nodes if not node.account)
    # What comes later is drawn above.
    ordered = sorted(flows.flows, key=lambda flow: flow.card)
    lines = tuple(_line(flows, flow, short) for flow in ordered)
    return Picture(Cluster("root", "root", title, outside, clusters), lines, "LR", LEGEND)


def _box(node: Node, short: dict[str, str]) -> Box:
    lines = tuple(wrapped(node.name, _COLUMNS, 2))
    note = f"{_NOTES[node.kind]}, {CARD}" if node.card else _NOTES[node.kind]
    widest = max(width_of(line, NAME_SIZE) * 1.1 for line in lines)
    return Box(
        id=short[node.id],
        kind=f"{node.kind}-chd" if node.card else node.kind,
        glyph=_GLYPHS[node.kind],
        name=node.name,
        lines=lines,
        note=note,
        retry="",
        tooltip=f"{node.name} ({note})",
        width=round(max(90.0, widest, width_of(note, SMALL_SIZE)) + 46),
        height=round(len(lines) * (NAME_SIZE + 3) + SMALL_SIZE + 18),
    )


def _line(flows: DataFlow, flow: Flow, short: dict[str, str]) -> Line:
    """The arrow's head is where data arrives: at who reads, at what is written."""
    said = f"{flows.named(flow)}: {'card data' if flow.card else 'no card data'}"
    reads, writes = "reads" in flow.verbs, set(flow.verbs) != {"reads"}
    return Line(
        short[flow.source],
        short[flow.target],
        "card" if flow.card else "clean",
        (CARD,) if flow.card else (),
        f"{said}\n{', '.join(flow.ways)}",
        None,
        ends="both" if reads and writes else "back" if reads else "forward",
    )


def flow_mermaid(flows: DataFlow, *, title: str = "") -> str:
    """Mermaid text (flowchart); thick arrows carry card data."""
    return "\n".join(_mermaid(flow_picture(flows, title=title))) + "\n"


def _mermaid(drawn: Picture) -> Iterator[str]:
    if drawn.root.title:
        yield f'---\ntitle: "{drawn.root.title}"\n---'
    yield "flowchart LR"
    for box in drawn.root.boxes:
        yield f"    {_mermaid_box(box)}"
    for cluster in drawn.root.clusters:
        yield f'    subgraph {cluster.id}["{cluster.title}"]'
        for box in cluster.boxes:
            yield f"        {_mermaid_box(box)}"
        yield "    end"
    for line in drawn.lines:
        ends = (line.source, line.target)
        if line.ends == "back":  # Mermaid has no arrow with a head at its start alone
            ends = ends[::-1]
        tail = "<" if line.ends == "both" else ""
        arrow = f"{tail}==>|{line.lines[0]}|" if line.lines else f"{tail}-->"
        yield f"    {ends[0]} {arrow} {ends[1]}"


def _mermaid_box(box: Box) -> str:
    name = box.name.translate({34: "#quot;", 35: "#35;"})
    return f'{box.id}["{name}<br/>{box.note}"]'
