"""The data-flow diagram in one of its forms."""

from __future__ import annotations

from simulator.diagrams.flows import DataFlow


def drawn(flows: DataFlow, style: str, title: str) -> str:
    """`style`: svg, dot or mermaid."""
    if style == "svg":
        from simulator.diagrams.svg import draw_flow_svg

        return draw_flow_svg(flows, title=title)
    if style == "dot":
        from simulator.diagrams.dot import to_dot
        from simulator.diagrams.flows import flow_picture

        return to_dot(flow_picture(flows, title=title), measured=False)
    from simulator.diagrams.flows import flow_mermaid

    return flow_mermaid(flows, title=title)
