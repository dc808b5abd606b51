"""`simulator draw`: a workflow as Mermaid text."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.commands.common import load_project, project_options


@click.command(name="draw")
@click.argument("workflow")
@project_options
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
def command(
    workflow: str,
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    output: Path | None,
) -> int:
    """Draw WORKFLOW, a state machine of the project or the path of a definition."""
    from simulator.diagrams.mermaid import draw

    path = Path(workflow)
    if path.suffix in {".json", ".yaml", ".yml", ".asl"}:
        from simulator.commands.definitions import read_definition

        text = draw(read_definition(path), title=path.name.partition(".")[0])
    else:
        found = load_project(root, template, parameters, stage).workflow(workflow)
        text = draw(found.machine, title=found.name)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    return 0
