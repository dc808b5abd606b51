"""The data-flow diagram of a project as text, as it is committed and checked for freshness."""

from __future__ import annotations

from simulator.diagrams.dot import to_dot
from simulator.diagrams.flows import DataFlow, flow_mermaid, flow_picture
from simulator.diagrams.svg import draw_flow_svg
from simulator.project.project import Project


def drawn(project: Project, flows: DataFlow, style: str) -> str:
    """`style`: svg, dot or mermaid. UsageError: svg without the library for the layout."""
    title = f"Data flow of {project.name}"
    if style == "svg":
        return draw_flow_svg(flows, title=title)
    if style == "dot":
        return to_dot(flow_picture(flows, title=title), measured=False)
    return flow_mermaid(flows, title=title)
