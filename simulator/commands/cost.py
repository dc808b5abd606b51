"""`simulator cost`: what the project's scenarios would cost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import load_project, load_scenarios, project_options
from simulator.errors import FAILED

if TYPE_CHECKING:
    from simulator.cost.usage import Usage
    from simulator.project.project import Project
    from simulator.scenarios.world import World


@click.command(name="cost")
@click.argument("paths", nargs=-1)
@project_options
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to tell.",
)
@click.option(
    "--idle", is_flag=True, help="What the templates cost by the month while nothing happens."
)
def command(
    paths: tuple[str, ...],
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    style: str,
    idle: bool,  # noqa: FBT001 - click passes flags so
) -> int:
    """Estimate state transitions, Express and Lambda use of the scenarios of PATHS, and dollars.

    Scenarios are replayed on virtual time; none means tests/scenarios. Prices are a dated table.
    Exit code 1 when a scenario fails: it is counted as far as it came. With --idle nothing is replayed.
    """
    if idle and paths:
        message = "--idle counts the template's resources; it takes no scenarios"
        raise click.UsageError(message)
    project = load_project(root, template, parameters, stage)
    if idle:
        return _idle(project, style)
    from simulator.commands.progress import Progress
    from simulator.cost.estimate import Row, cost_json, cost_text
    from simulator.cost.prices import PRICES
    from simulator.cost.usage import usage
    from simulator.report.text import writable
    from simulator.scenarios.replay import replay_one

    scenarios, vocabulary = load_scenarios(project, paths)
    used: dict[str, Usage] = {}

    def record(world: World) -> Iterable[str]:
        used.setdefault(world.scenario.id, usage(world))  # of all orderings the first
        return ()

    vocabulary.always(record)
    rows, failed = [], []
    with Progress(len(scenarios)) as progress:
        for done, scenario in enumerate(scenarios):
            progress.show((scenario.id,), done)
            verdict = replay_one(project, scenario, vocabulary)
            rows.append(Row(scenario.id, used.get(scenario.id)))
            failed += [scenario.id] if verdict.status != "passed" else []
    text = cost_text(rows, PRICES) if style == "text" else cost_json(rows, PRICES)
    click.echo(writable(text), nl=False)
    if failed:
        click.echo(writable(f"failed: {', '.join(failed)}; see `simulator replay`"), err=True)
    return FAILED if failed else 0


def _idle(project: Project, style: str) -> int:
    from simulator.cost.idle import idle, idle_json, idle_text
    from simulator.report.text import writable
    from simulator.scenarios.places import from_here

    costs = {
        from_here(part.template.path).as_posix(): idle(part.template.resources.values())
        for part in project.parts
    }
    click.echo(writable(idle_text(costs) if style == "text" else idle_json(costs)), nl=False)
    return 0
