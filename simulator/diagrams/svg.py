"""A workflow as one SVG: our own boxes and arrows on Graphviz's layout, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Final

from simulator.asl.model import StateMachine
from simulator.diagrams.flows import DataFlow, flow_picture
from simulator.diagrams.glyphs import GLYPHS
from simulator.diagrams.layout import Layout, Path, Place, Point, lay_out
from simulator.diagrams.metrics import width_of
from simulator.diagrams.overlay import LEGEND as OVERLAY_LEGEND
from simulator.diagrams.overlay import Mark, Overlay
from simulator.diagrams.picture import (
    NAME_SIZE,
    SMALL_SIZE,
    Box,
    Cluster,
    Line,
    Picture,
    picture,
)
from simulator.diagrams.tints import STYLE as TINTS_STYLE
from simulator.diagrams.tints import Tints, with_gone

_MARGIN: Final = 16.0
_TITLE: Final = 26.0
_DARK: Final = """
--paper:#15181d;--ink:#e8eaed;--soft:#a3abb6;--line:#8993a0;--box:#20252c;--edge:#56606d;
--frame:#1a1e24;--catch:#f0a35e;--good:#57c785;--bad:#ff7b72;--warn:#f0c24b;--never:#8b95a3"""
_LIGHT: Final = """
--paper:#fff;--ink:#1b1f24;--soft:#56606d;--line:#5a6572;--box:#fff;--edge:#8993a0;
--frame:#f6f7f9;--catch:#a4500f;--good:#14713d;--bad:#b3261e;--warn:#8a6100;--never:#69727d"""
STYLE: Final = f"""
.wf{{{_LIGHT};font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}}
@media (prefers-color-scheme:dark){{.wf{{{_DARK}}}}}
[data-theme=light] .wf{{{_LIGHT}}}
[data-theme=dark] .wf{{{_DARK}}}
.wf .paper{{fill:var(--paper)}}
.wf text{{fill:var(--ink);font-size:{SMALL_SIZE}px}}
.wf .name{{font-size:{NAME_SIZE}px;font-weight:600}}
.wf .note,.wf .frame-title{{fill:var(--soft)}}
.wf .title{{font-size:16px;font-weight:600}}
.wf .body,.wf .box>circle{{fill:var(--box);stroke:var(--edge);stroke-width:1.3}}
.wf .glyph{{fill:none;stroke:var(--soft);stroke-width:1.3;stroke-linecap:round;stroke-linejoin:round}}
.wf .frame{{fill:var(--frame);stroke:var(--edge);stroke-dasharray:none}}
.wf .behind{{fill:var(--frame);opacity:.86}}
.wf .branch{{fill:none;stroke:var(--edge);stroke-dasharray:2 3}}
.wf .arrow path{{fill:none;stroke:var(--line);stroke-width:1.3}}
.wf .arrow .head{{fill:var(--line);stroke:none}}
.wf .words .label{{fill:var(--paper);opacity:.86}}
.wf .catch path{{stroke:var(--catch);stroke-dasharray:5 4}}
.wf .catch .head{{fill:var(--catch)}}
.wf .catch text{{fill:var(--catch)}}
.wf .fork path{{stroke-dasharray:2 3}}
.wf .mark-start circle{{fill:var(--ink);stroke:none}}
.wf .mark-end circle+circle{{fill:var(--ink);stroke:none}}
.wf .mark-join circle{{fill:var(--edge);stroke:none}}
.wf .badge{{fill:var(--ink)}}
.wf .badge+text{{fill:var(--paper);font-size:9.5px;font-weight:600}}
.wf .visited>.body{{stroke:var(--good);stroke-width:2.2}}
.wf .retried>.body,.wf .caught>.body{{stroke:var(--warn)}}
.wf .failed>.body,.wf .timed-out>.body{{stroke:var(--bad);stroke-width:2.6}}
.wf .timed-out>.body{{stroke-dasharray:6 3}}
.wf .never>.body{{stroke:var(--never);stroke-dasharray:3 3}}
.wf .never .name{{fill:var(--never)}}
.wf .taken path{{stroke:var(--good);stroke-width:2.2}}
.wf .taken .head{{fill:var(--good)}}
.wf .not-taken path{{opacity:.55;stroke-dasharray:3 3}}
"""


def draw_svg(
    machine: StateMachine,
    *,
    title: str = "",
    overlay: Overlay | None = None,
    tints: Tints | None = None,
) -> str:
    """One SVG with its style inside, ending in a newline; the same arguments give the same bytes.

    Raises UsageError when the library for the layout is not installed.
    """
    drawn = picture(machine, title=title)
    style = STYLE
    if overlay is not None:
        drawn = replace(drawn, legend=OVERLAY_LEGEND)
    if tints is not None:
        drawn, style = with_gone(drawn, tints), STYLE + TINTS_STYLE
    return _styled(_Svg(drawn, lay_out(drawn), overlay, tints or Tints()), style)


def draw_flow_svg(flows: DataFlow, *, title: str = "") -> str:
    """The data-flow diagram as one SVG; as draw_svg."""
    drawn = flow_picture(flows, title=title)
    return _styled(_Svg(drawn, lay_out(drawn), None, what="Data flow"), STYLE + FLOW_STYLE)


def _styled(drawn: _Svg, style: str) -> str:
    head, _, rest = "\n".join(drawn.parts()).partition(">")
    return f"{head}>\n<style>{style}</style>{rest}\n"


FLOW_STYLE: Final = """
.wf .card path{stroke:var(--bad);stroke-width:2.8}
.wf .card .head{fill:var(--bad)}
.wf .words.card text{fill:var(--bad);font-weight:700}
.wf .clean path{stroke-width:1;opacity:.75}
.wf [class$=-chd]>.body{stroke:var(--bad);stroke-width:2.4}
"""


def draw_inline(machine: StateMachine, *, title: str = "", overlay: Overlay | None = None) -> str:
    """The same without STYLE, for a page that has it once."""
    drawn = picture(machine, title=title)
    return "\n".join(_Svg(drawn, lay_out(drawn), overlay).parts())


_UNTINTED: Final = Tints()


class _Svg:
    def __init__(
        self,
        drawn: Picture,
        layout: Layout,
        overlay: Overlay | None,
        tints: Tints = _UNTINTED,
        what: str = "Workflow",
    ) -> None:
        self._what = what
        self._tints = tints
        self._picture = drawn
        self._layout = layout
        self._overlay = overlay
        self._top = _MARGIN + (_TITLE if drawn.root.title else 0.0)
        self._top += _TITLE if drawn.legend else 0.0

    def parts(self) -> Iterator[str]:
        title = self._picture.root.title
        width = self._width()
        height = self._layout.height + self._top + _MARGIN
        size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
        named = escape(f"{self._what} {title}".strip())
        yield f'<svg class="wf" xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{named}">'
        yield f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>'
        if title:
            yield f'<text class="title" x="{_MARGIN}" y="{_MARGIN + 12}">{escape(title)}</text>'
        yield from self._legend()
        yield f'<g transform="translate({_MARGIN} {self._top})">'
        yield from self._frames(self._picture.root)
        for line, path in zip(self._picture.lines, self._layout.paths, strict=True):
            yield self._arrow(line, path)
        for line, path in zip(self._picture.lines, self._layout.paths, strict=True):
            if path.label is not None:
                yield self._words(line, path.label)
        yield from self._frame_titles(self._picture.root)
        for box in self._picture.boxes():
            yield self._box(box, self._layout.boxes[box.id])
        yield "</g>\n</svg>"

    def _legend(self) -> Iterator[str]:
        x, y = _MARGIN, self._top - 12
        for kind, words in self._picture.legend:
            sample = f'<path d="M{_n(x)} {_n(y - 4)}h28"/>'
            if kind.startswith("box"):
                sample = f'<rect class="body" x="{_n(x)}" y="{_n(y - 9)}" width="28" height="11" rx="3"/>'
            yield (
                f'<g class="{kind}">{sample}</g>'
                f'<text x="{_n(x + 36)}" y="{_n(y)}">{escape(words)}</text>'
            )
            x += _legend_width(words)

    def _width(self) -> float:
        """Of the picture, or of what stands above it."""
        legend = sum(_legend_width(words) for _, words in self._picture.legend)
        title = width_of(self._picture.root.title, 16) * 1.1  # it is bold
        return max(self._layout.width, legend, title) + 2 * _MARGIN

    def _frames(self, cluster: Cluster) -> Iterator[str]:
        for inner in cluster.clusters:
            kind = "branch" if inner.kind == "branch" else "frame"
            yield f'<rect class="{kind}" {_rectangle(self._layout.clusters[inner.id])} rx="8"/>'
            yield from self._frames(inner)

    def _frame_titles(self, cluster: Cluster) -> Iterator[str]:
        for inner in cluster.clusters:
            if inner.title:
                place = self._layout.clusters[inner.id]
                x, y = place.x + 10, place.y + 16
                width = width_of(inner.title, SMALL_SIZE)
                yield (
                    f'<rect class="behind" x="{_n(x - 3)}" y="{_n(y - 11)}"'
                    f' width="{_n(width)}" height="15"/>'
                    f'<text class="frame-title" x="{_n(x)}" y="{_n(y)}">{escape(inner.title)}</text>'
                )
            yield from self._frame_titles(inner)

    def _arrow(self, line: Line, path: Path) -> str:
        classes = ["arrow", line.kind]
        count = self._count(line)
        if count is not None:
            classes.append("taken" if count else "not-taken")
        if line.arrow is not None and line.arrow in self._tints.arrows:
            classes.append(self._tints.arrows[line.arrow])
        inside = [f"<title>{escape(_arrow_title(line, count))}</title>"]
        inside.append(f'<path d="{_curve(path)}"/>')
        heads = ((path.points[-1], path.tip), (path.points[0], path.tail))
        inside += [
            f'<path class="head" d="{_head(end, tip)}"/>' for end, tip in heads if tip is not None
        ]
        return f'<g class="{" ".join(classes)}"{_identity(line)}>{"".join(inside)}</g>'

    def _words(self, line: Line, middle: Point) -> str:
        """The text of an arrow; all texts are drawn after all arrows, so that none crosses one."""
        count = self._count(line)
        shown = [*line.lines]
        if count is not None and count > 1:
            shown[-1] += f" ×{count}"
        title = f"<title>{escape(_arrow_title(line, count))}</title>"
        return f'<g class="words {line.kind}">{title}{"".join(_label(shown, middle))}</g>'

    def _count(self, line: Line) -> int | None:
        if self._overlay is None or line.arrow is None:
            return None
        return self._overlay.taken(line.arrow)

    def _box(self, box: Box, place: Place) -> str:
        if box.kind in {"start", "end", "join"}:
            return _round(box.kind, place)
        mark = None if self._overlay is None else self._overlay.mark(box.name)
        classes = ["box", f"kind-{box.kind.lower()}", *(mark.classes if mark else ())]
        classes += [tint] if (tint := self._tints.states.get(box.name)) else []
        title = box.tooltip if mark is None else f"{box.tooltip}\n{mark.words}"
        if (note := self._tints.notes.get(box.name)) is not None:
            title = f"{title}\n{note}"
        inside = [
            f"<title>{escape(title)}</title>",
            f'<rect class="body" {_rectangle(place)} rx="7"/>',
        ]
        inside.append(
            f'<g class="glyph" transform="translate({_n(place.x + 9)}'
            f' {_n(place.y + place.height / 2 - 8)})">{GLYPHS[box.glyph]}</g>'
        )
        inside += _texts(box, place)
        if mark is not None and mark.visits:
            inside += _badge(mark, place)
        attribute = f'data-state="{escape(box.name)}"'
        return f'<g class="{" ".join(classes)}" {attribute}>{"".join(inside)}</g>'


def _legend_width(words: str) -> float:
    return 60 + width_of(words, SMALL_SIZE)


def _identity(line: Line) -> str:
    """So that a page can lay its own overlay over the drawing."""
    if line.arrow is None:
        return ""
    name, kind, index = line.arrow
    return f' data-from="{escape(name)}" data-kind="{kind}" data-index="{index}"'


def _arrow_title(line: Line, count: int | None) -> str:
    words = line.tooltip or line.kind
    return words if count is None else f"{words}: taken {count} times"


def _texts(box: Box, place: Place) -> Iterator[str]:
    rows = [("name", text) for text in box.lines]
    rows += [("note", text) for text in (box.note, box.retry) if text]
    heights = [NAME_SIZE + 3 if kind == "name" else SMALL_SIZE + 4 for kind, _ in rows]
    y = place.y + (place.height - sum(heights)) / 2
    for (kind, text), height in zip(rows, heights, strict=True):
        y += height
        yield f'<text class="{kind}" x="{_n(place.x + 33)}" y="{_n(y - 3.5)}">{escape(text)}</text>'


def _badge(mark: Mark, place: Place) -> Iterator[str]:
    text = f"{mark.visits}"
    width = 10 + 6 * len(text)
    x, y = place.x + place.width - width + 6, place.y - 8
    yield f'<rect class="badge" x="{_n(x)}" y="{_n(y)}" width="{width}" height="15" rx="7.5"/>'
    yield f'<text x="{_n(x + width / 2)}" y="{_n(y + 11)}" text-anchor="middle">{text}</text>'


def _round(kind: str, place: Place) -> str:
    x, y, radius = place.x + place.width / 2, place.y + place.height / 2, place.width / 2
    circles = f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'
    if kind == "end":
        circles += f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius - 4)}"/>'
    return f'<g class="box mark-{kind}">{circles}</g>'


def _label(lines: list[str], middle: Point) -> Iterator[str]:
    width = max(width_of(text, SMALL_SIZE) for text in lines)
    height = len(lines) * (SMALL_SIZE + 3)
    top = middle[1] - height / 2
    yield (
        f'<rect class="label" x="{_n(middle[0] - width / 2 - 3)}" y="{_n(top - 1)}"'
        f' width="{_n(width + 6)}" height="{_n(height + 2)}" rx="3"/>'
    )
    for row, text in enumerate(lines):
        y = top + (row + 1) * (SMALL_SIZE + 3) - 3
        yield f'<text x="{_n(middle[0])}" y="{_n(y)}" text-anchor="middle">{escape(text)}</text>'


def _curve(path: Path) -> str:
    first, *rest = path.points
    return f"M{_point(first)}C{' '.join(_point(point) for point in rest)}"


def _head(end: Point, tip: Point) -> str:
    """A triangle from an end of the curve to the tip."""
    (x, y), (tip_x, tip_y) = end, tip
    length = ((tip_x - x) ** 2 + (tip_y - y) ** 2) ** 0.5 or 1.0
    along_x, along_y = (tip_x - x) / length, (tip_y - y) / length
    side_x, side_y = -along_y * 3.6, along_x * 3.6
    left, right = (x + side_x, y + side_y), (x - side_x, y - side_y)
    return f"M{_point(left)}L{_point(tip)}L{_point(right)}Z"


def _point(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _rectangle(place: Place) -> str:
    return (
        f'x="{_n(place.x)}" y="{_n(place.y)}" width="{_n(place.width)}" height="{_n(place.height)}"'
    )


def _n(value: float) -> str:
    """At most one decimal, so that the last bit of a float never shows."""
    return f"{value:.1f}".removesuffix(".0")
