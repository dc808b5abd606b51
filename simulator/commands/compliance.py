"""`simulator compliance`: evidence for PCI DSS requirements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import load_project, load_scenarios, named_values, project_options
from simulator.errors import FAILED, UsageError

if TYPE_CHECKING:
    from simulator.compliance.assessment import Assessed
    from simulator.compliance.evidence import Run
    from simulator.compliance.settings import Declared
    from simulator.project.project import Project
    from simulator.scenarios.workers import Job

_FORMATS = ("text", "json", "markdown", "sarif", "junit")


@click.command(name="compliance")
@project_options
@click.option(
    "--format", "kind", type=click.Choice(_FORMATS), default="text",
    show_default=True, help="How to write the results.",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write them to a file."
)
@click.option("--no-runs", is_flag=True, help="Do not run the scenarios; templates and files only.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many processes run the scenarios; without it one for each core.",
)
@click.option("--explain", metavar="REQUIREMENT", help="One requirement with all its evidence.")
@click.option("--responsibility", is_flag=True, help="The table of who answers for what.")
@click.option(
    "--diff",
    "compared",
    nargs=2,
    metavar="OLD NEW",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which checks changed between two reports in JSON; exit code 1 when one fails anew.",
)
@click.option(
    "--write-inventory",
    is_flag=True,
    help="Write the committed inventories, and the hashes of scripts into the pages.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail when an inventory is stale.")
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
    workers: int | None,
    explain: str | None,
    compared: tuple[Path, Path] | None,
    today: datetime | None,
    *,
    no_runs: bool,
    responsibility: bool,
    write_inventory: bool,
    check: bool,
) -> int:
    """Evidence from templates, definitions and runs, by requirement of PCI DSS v4.0.1.

    It is evidence and no assessment. Exit code 1: a check failed, or an exception has ended.
    """
    if responsibility:
        from simulator.compliance.responsibility import table_text

        click.echo(table_text(), nl=False)
        return 0
    if compared:
        return _compare(*compared)
    project = load_project(root, template, parameters, stage)
    from simulator.compliance.assessment import assess
    from simulator.compliance.collect import declared_by, evidence_of
    from simulator.scenarios.workers import Job

    known = declared_by(project)
    if write_inventory or check:
        return _inventories(project, known, write=write_inventory)
    job = Job(root, template, named_values(parameters), stage)
    runs = [] if no_runs else _runs(job, project, known, workers)
    day = date.today() if today is None else today.date()  # noqa: DTZ011 - the user's own day
    assessed = assess(evidence_of(project, known, runs), day, with_runs=not no_runs)
    _write(assessed, project, kind, explain, output)
    return FAILED if any(result.fails for result in assessed.results) else 0


def _write(
    assessed: Assessed, project: Project, kind: str, explain: str | None, output: Path | None
) -> None:
    from simulator.compliance import formats, report

    made: dict[str, Callable[[str], str]] = {
        "text": lambda number: report.text(assessed, number),
        "json": lambda number: report.as_json(assessed, number),
        "markdown": lambda number: report.markdown(assessed, number),
        "sarif": lambda number: formats.as_sarif(assessed, number, project.template.path),
        "junit": lambda number: formats.as_junit(assessed, number),
    }
    if explain is not None:
        written = report.explained(assessed, explain)
    else:
        written = made[kind](version("stepfunctions-simulator"))
    if output is None:
        click.echo(written, nl=False)
    else:
        output.write_text(written, encoding="utf-8")
        click.echo(report.summary(assessed))


def _runs(job: Job, project: Project, known: Declared, workers: int | None) -> list[Run]:
    from simulator.commands.progress import Progress
    from simulator.compliance.runs import run_all
    from simulator.scenarios.workers import workers_for

    if not (project.root / "tests" / "scenarios").is_dir():
        return []
    scenarios, vocabulary = load_scenarios(project)
    number = workers_for(len(scenarios), workers)
    with Progress(len(scenarios)) as progress:
        return list(
            run_all(
                job, project, scenarios, vocabulary, known, workers=number, running=progress.show
            )
        )


def _compare(old: Path, new: Path) -> int:
    from simulator.compliance import difference

    found = list(difference.changes(difference.read(old), difference.read(new)))
    click.echo(difference.text(found), nl=False)
    return FAILED if any(change.is_worse for change in found) else 0


def _inventories(project: Project, known: Declared, *, write: bool) -> int:
    from simulator.compliance.collect import evidence_of
    from simulator.compliance.committed import stale

    if known.pages is None and known.inventory is None:
        raise UsageError(
            "nothing is generated: neither compliance.inventory, the folder of inventories, nor"
            " compliance.pages, that of the pages, is set"
        )
    found = stale(evidence_of(project, known))
    for path, text in found.items():
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        click.echo(f"{'wrote' if write else 'stale:'} {path}")
    if not found:
        click.echo("all inventories are up to date")
    if found and not write:
        click.echo("run: simulator compliance --write-inventory", err=True)
        return FAILED
    return 0
