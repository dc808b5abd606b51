"""States and arrows in the colours of a comparison: added, removed, changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from simulator.diagrams.overlay import Arrow
from simulator.diagrams.picture import Line, Picture

Tint: TypeAlias = Literal["added", "removed", "changed"]
STYLE: Final = """
.wf .added>.body{stroke:var(--good);stroke-width:2.6}
.wf .removed>.body{stroke:var(--bad);stroke-width:2.6;stroke-dasharray:5 3}
.wf .changed>.body{stroke:var(--warn);stroke-width:2.6}
.wf .arrow.added path{stroke:var(--good);stroke-width:2.2}
.wf .arrow.added .head{fill:var(--good)}
.wf .arrow.removed path{stroke:var(--bad);stroke-dasharray:5 3}
.wf .arrow.removed .head{fill:var(--bad)}
.wf .arrow.changed path{stroke:var(--warn);stroke-width:2.2}
.wf .arrow.changed .head{fill:var(--warn)}
"""
_LEGEND: Final = (
    ("arrow added", "added"), ("arrow removed", "removed"), ("arrow changed", "changed"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tints:
    """`gone` are arrows that the machine no longer has: source, target, what they were.

    `notes` tells of each state what changed, for its tooltip.
    """

    states: Mapping[str, Tint] = field(default_factory=dict)
    arrows: Mapping[Arrow, Tint] = field(default_factory=dict)
    gone: tuple[tuple[str, str, str], ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


def with_gone(drawn: Picture, tints: Tints) -> Picture:
    """The picture with the arrows that are gone, between boxes that it has, and a legend."""
    boxes = {box.name: box.id for box in drawn.boxes() if box.name}
    lines = [
        Line(boxes[source], boxes[target], "removed", (), words, None)
        for source, target, words in tints.gone
        if source in boxes and target in boxes
    ]
    return replace(drawn, lines=(*drawn.lines, *lines), legend=_LEGEND)
