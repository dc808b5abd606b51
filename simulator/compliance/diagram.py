"""The data-flow diagram: committed as it is generated, and confirmed by runs (1.2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.compliance.evidence import Evidence, Finding
from simulator.dataflow.confirmation import judge
from simulator.dataflow.observation import Observed
from simulator.problems import Location

_STYLES: Final = {".svg": "svg", ".dot": "dot"}


def data_flow(evidence: Evidence) -> Iterator[Finding]:
    """What the diagram says of card data must be what runs show; a way that none takes may be."""
    for problem in evidence.flow_problems:
        yield Finding("card_data", is_good=False, said=problem.message, location=problem.location)
    name = evidence.declared.data_flow
    if name is None or evidence.flows is None or evidence.draw is None:
        return
    path = evidence.root / name
    wanted = evidence.draw(_STYLES.get(path.suffix, "mermaid"))
    good = path.is_file() and path.read_text(encoding="utf-8") == wanted
    stale = f"is not as it is drawn: `simulator draw --data-flow --output {name}`"
    yield Finding(name, good, "is current" if good else stale, Location(path))
    if evidence.runs:
        observed = sum((run.flow for run in evidence.runs if run.flow is not None), Observed())
        for one in judge(evidence.flows, observed):
            yield Finding(one.subject, one.is_good, one.said)
