"""`simulator compliance`: evidence for PCI DSS requirements."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import load_project, project_options
from simulator.errors import FAILED, UsageError

if TYPE_CHECKING:
    from simulator.compliance.evidence import Run
    from simulator.compliance.settings import Declared
    from simulator.project.project import Project


@click.command(name="compliance")
@project_options
@click.option(
    "--format", "kind", type=click.Choice(["text", "json", "markdown"]), default="text",
    show_default=True, help="How to write the results.",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write them to a file."
)
@click.option("--no-runs", is_flag=True, help="Do not run the scenarios; templates and files only.")
@click.option("--explain", metavar="REQUIREMENT", help="One requirement with all its evidence.")
@click.option("--responsibility", is_flag=True, help="The table of who answers for what.")
@click.option(
    "--write-inventory",
    is_flag=True,
    help="Write the inventory of the pages' scripts, and their hashes into the pages.",
)
@click.option(
    "--on",
    "today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The date at which exceptions are judged; today.",
)
def command(
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    kind: str,
    output: Path | None,
    no_runs: bool,  # noqa: FBT001 - click passes flags so
    explain: str | None,
    responsibility: bool,  # noqa: FBT001
    write_inventory: bool,  # noqa: FBT001
    today: datetime | None,
) -> int:
    """Evidence from templates, definitions and runs, by requirement of PCI DSS v4.0.1.

    It is evidence and no assessment. Exit code 1: a check failed, or an exception has ended.
    """
    if responsibility:
        from simulator.compliance.responsibility import table_text

        click.echo(table_text(), nl=False)
        return 0
    project = load_project(root, template, parameters, stage)
    from simulator.compliance import report
    from simulator.compliance.assessment import assess
    from simulator.compliance.collect import declared_by, evidence_of

    known = declared_by(project)
    if write_inventory:
        return _write_inventory(project, known)
    runs = [] if no_runs else _runs(project, known)
    day = date.today() if today is None else today.date()  # noqa: DTZ011 - the user's own day
    assessed = assess(evidence_of(project, known, runs), day, with_runs=not no_runs)
    if explain is not None:
        written = report.explained(assessed, explain)
    elif kind == "json":
        from importlib.metadata import version

        written = report.as_json(assessed, version("stepfunctions-simulator"))
    else:
        written = report.text(assessed) if kind == "text" else report.markdown(assessed)
    if output is None:
        click.echo(written, nl=False)
    else:
        output.write_text(written, encoding="utf-8")
        click.echo(report.summary(assessed))
    return FAILED if any(result.fails for result in assessed.results) else 0


def _runs(project: Project, known: Declared) -> list[Run]:
    from simulator.commands.progress import Progress
    from simulator.compliance.runs import run_all
    from simulator.scenarios.discovery import load
    from simulator.scenarios.vocabulary import load_vocabulary

    folder = project.settings.vocabulary
    vocabulary = load_vocabulary(project.root, None if folder is None else project.root / folder)
    if not (project.root / "tests" / "scenarios").is_dir():
        return []
    scenarios = load(project.root, (), vocabulary)
    found: list[Run] = []
    with Progress(len(scenarios)) as progress:
        for run in run_all(project, scenarios, vocabulary, known):
            found.append(run)
            progress.show((run.scenario,), len(found))
    return found


def _write_inventory(project: Project, known: Declared) -> int:
    import json

    from simulator.compliance.files import INVENTORY, inventory_text, with_hashes

    if known.pages is None:
        raise UsageError("there is no setting compliance.pages that names the folder of the pages")
    pages = project.root / known.pages
    for page in sorted(pages.glob("*.html")):
        page.write_text(with_hashes(page), encoding="utf-8")
    file = pages / INVENTORY
    kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_text(inventory_text(pages, kept), encoding="utf-8")
    click.echo(f"wrote {file}")
    return 0
