"""`simulator draw --data-flow --confirm`: what runs say of the data-flow diagram."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import load_scenarios

if TYPE_CHECKING:
    from simulator.diagrams.flows import DataFlow
    from simulator.project.project import Project


def confirmed(project: Project, flows: DataFlow, paths: tuple[Path, ...]) -> bool:
    """Run the scenarios and tell what contradicts the diagram; False when something does.

    Paths start at the current folder. SourceError: a path names no scenario.
    """
    from simulator.commands.progress import Progress
    from simulator.dataflow.confirmation import judge, observe_all
    from simulator.dataflow.observation import Observed
    from simulator.report.text import writable

    scenarios, vocabulary = load_scenarios(project, paths)
    found, count = Observed(), 0
    with Progress(len(scenarios)) as progress:
        for scenario, observed in observe_all(project, scenarios, vocabulary, flows):
            found += observed
            count += 1
            progress.show((scenario,), count)
    judged = list(judge(flows, found))
    wrong = [one for one in judged if not one.is_good]
    for one in wrong:
        click.echo(writable(f"{one.subject}: {one.said}"), err=True)
    card = sum(flow.card for flow in flows.flows)
    seen = sum((flow.source, flow.target) in found.seen for flow in flows.flows)
    click.echo(
        f"{len(flows.flows)} flows, {card} of them declared to carry card data;"
        f" {seen} seen in {count} scenarios, {len(wrong)} contradicted",
        err=True,
    )
    return not wrong
