"""Coverage as Cobertura XML (DTD coverage-04), which GitLab, Jenkins, Azure and others show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from simulator.coverage.coverage import Coverage, Figure
from simulator.coverage.lines import Line, lines_of


def cobertura_xml(coverages: Iterable[Coverage]) -> str:
    """One class a file. Files are named as they were given: relative ones from this folder.

    `timestamp` is 0: the same run gives the same bytes.
    """
    files = lines_of(coverages)
    every = [line for lines in files.values() for line in lines]
    covered, branches = _figures(every)
    attributes = {
        **_rates(covered, branches),
        "lines-covered": str(covered.taken),
        "lines-valid": str(covered.total),
        "branches-covered": str(branches.taken),
        "branches-valid": str(branches.total),
        "complexity": "0",
        "version": "simulator",
        "timestamp": "0",
    }
    root = ET.Element("coverage", attributes)
    ET.SubElement(ET.SubElement(root, "sources"), "source").text = "."
    named = {"name": "workflows", **_rates(covered, branches), "complexity": "0"}
    package = ET.SubElement(ET.SubElement(root, "packages"), "package", named)
    classes = ET.SubElement(package, "classes")
    for path, lines in files.items():
        _class(classes, path, lines)
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    kind = "http://cobertura.sourceforge.net/xml/coverage-04.dtd"
    return f'{head}<!DOCTYPE coverage SYSTEM "{kind}">\n{ET.tostring(root, encoding="unicode")}\n'


def _class(classes: ET.Element, path: Path, lines: Sequence[Line]) -> None:
    covered, branches = _figures(lines)
    named = {"name": path.name, "filename": path.as_posix(), "complexity": "0"}
    made = ET.SubElement(classes, "class", {**named, **_rates(covered, branches)})
    ET.SubElement(made, "methods")
    inside = ET.SubElement(made, "lines")
    for line in lines:
        element = ET.SubElement(inside, "line", number=str(line.number), hits=str(line.hits))
        if not line.branches:
            element.set("branch", "false")
            continue
        figure = Figure(line.taken, len(line.branches))
        share = f"{int(figure.percent)}%"
        element.set("branch", "true")
        element.set("condition-coverage", f"{share} ({figure.taken}/{figure.total})")
        conditions = ET.SubElement(element, "conditions")
        ET.SubElement(conditions, "condition", number="0", type="jump", coverage=share)


def _figures(lines: Sequence[Line]) -> tuple[Figure, Figure]:
    """Lines, branches."""
    covered = Figure(sum(1 for line in lines if line.hits), len(lines))
    taken = sum(line.taken for line in lines)
    return covered, Figure(taken, sum(len(line.branches) for line in lines))


def _rates(covered: Figure, branches: Figure) -> dict[str, str]:
    return {
        "line-rate": f"{covered.percent / 100:.4f}",
        "branch-rate": f"{branches.percent / 100:.4f}",
    }
