"""A workflow as Graphviz DOT: readable for people, or measured for our own drawing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from simulator.asl.model import StateMachine
from simulator.diagrams.metrics import width_of
from simulator.diagrams.picture import SMALL_SIZE, Box, Cluster, Line, Picture, picture

_INCH: Final = 72.0
_FONT: Final = 'fontname="Courier", fontsize=10'
_LETTER: Final = 6.0  # of that font, in pixels
_ROW: Final = 12.0
_ROOM: Final = 20.0  # for how often an arrow was taken: " ×12"
_SHAPES: Final = {"start": "circle", "end": "doublecircle", "join": "point", "Choice": "diamond"}
_STYLES: Final = {"catch": "dashed", "fork": "dotted", "card": "bold"}


def draw_dot(machine: StateMachine, *, title: str = "") -> str:
    """DOT for Graphviz; the same machine gives the same bytes."""
    return to_dot(picture(machine, title=title), measured=False)


def to_dot(drawn: Picture, *, measured: bool) -> str:
    """`measured`: boxes and labels have our sizes and no text of their own."""
    direction = f"rankdir={drawn.direction}"
    lines = ["digraph workflow {", f"  {direction}; compound=true; ranksep=0.42; nodesep=0.35;"]
    if not measured:
        lines.append('  node [shape=box, style=rounded, fontname="Helvetica"];')
        lines.append('  edge [fontname="Helvetica", fontsize=11];')
        if drawn.root.title:
            lines.append(f"  label={_quoted(drawn.root.title)}; labelloc=t;")
    else:
        lines.append('  node [shape=box, fixedsize=true, label=""];')
        lines.append(f"  graph [{_FONT}]; edge [{_FONT}];")
    lines += _inside(drawn.root, "  ", measured=measured)
    lines += [_line(line, n, measured=measured) for n, line in enumerate(drawn.lines)]
    return "\n".join([*lines, "}"]) + "\n"


def _inside(cluster: Cluster, indent: str, *, measured: bool) -> Iterator[str]:
    for box in cluster.boxes:
        yield f"{indent}{_box(box, measured=measured)}"
    for inner in cluster.clusters:
        yield f"{indent}subgraph cluster_{inner.id} {{"
        room = width_of(inner.title, SMALL_SIZE)
        label = _sized(room, 14) if measured and inner.title else _quoted(inner.title)
        yield f"{indent}  label={label}; labeljust=l; margin={12 if measured else 8};"
        yield from _inside(inner, indent + "  ", measured=measured)
        yield f"{indent}}}"


def _box(box: Box, *, measured: bool) -> str:
    if measured:
        return f"{box.id} [width={box.width / _INCH:.4f}, height={box.height / _INCH:.4f}];"
    shape = _SHAPES.get(box.kind)
    shown = "\n".join([*box.lines, *filter(None, (box.note, box.retry))])
    extra = f", shape={shape}" if shape else ""
    size = ", width=0.2" if box.kind in {"start", "end"} else ""
    return f"{box.id} [label={_quoted(shown)}{extra}{size}];"


def _line(line: Line, number: int, *, measured: bool) -> str:
    name = f"id=e{number}" if measured else ""  # the layout is read back by it
    label = ""
    if line.lines:
        text = _sized(line.width, line.height) if measured else _quoted("\n".join(line.lines))
        label = f"label={text}"
    style = _STYLES.get(line.kind)
    shown = "" if measured or style is None else f"style={style}"
    ends = "" if line.ends == "forward" else f"dir={line.ends}"
    inside = ", ".join(part for part in (name, label, shown, ends) if part)
    return f"  {line.source} -> {line.target}" + (f" [{inside}];" if inside else ";")


def _sized(width: float, height: float) -> str:
    """A label of at least this size: lines of letters of which Graphviz knows the width.

    Graphviz has Courier's widths built in; tables, which give sizes by name, it reads only when it
    is built with an XML parser, and this one is not.
    """
    columns = math.ceil((width + _ROOM) / _LETTER)
    rows = math.ceil((height + 4) / _ROW)
    return _quoted("\n".join(["x" * columns] * rows))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
