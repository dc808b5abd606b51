"""`simulator build`: templates → definitions."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.errors import FAILED


@click.command(name="build")
@click.option(
    "--workflows",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("workflows"),
    show_default=True,
    help="The folder of the templates.",
)
@click.option("--stage", help="Use the parameters of this stage in workflows/parameters.yaml.")
@click.option("--check", is_flag=True, help="Write nothing; fail with a diff when files are stale.")
def command(workflows: Path, stage: str | None, *, check: bool) -> int:
    """Render workflows/*.asl.json.j2 into workflows/rendered/."""
    from simulator.render.build import apply, diff, plan
    from simulator.report.text import counted

    changes = plan(workflows, stage=stage)
    if check:
        if changes:
            click.echo(diff(changes), nl=False)
            number = counted(len(changes), "rendered file")
            click.echo(f"{number} not up to date; run: simulator build", err=True)
            return FAILED
        click.echo("all rendered definitions are up to date")
        return 0
    apply(changes)
    for change in changes:
        click.echo(f"{'removed' if change.after is None else 'wrote'} {change.path}")
    if not changes:
        click.echo("nothing to do: all rendered definitions are up to date")
    return 0
