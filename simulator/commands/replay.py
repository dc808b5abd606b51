"""`simulator replay`: scenarios and events → verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import load_project, named_values, project_options, repeated
from simulator.errors import SourceError

if TYPE_CHECKING:
    from simulator.scenarios.verdict import Verdict


@click.command(name="replay")
@click.argument("paths", nargs=-1)
@project_options
@click.option(
    "--seed", type=int, help="Makes all that looks like chance; none is the scenario's own."
)
@click.option("--verbose", is_flag=True, help="Every event of every execution, on virtual time.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many processes; without it one for each core, or one alone for few scenarios.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report: .json for JSON, .xml for JUnit. May be given several times.",
)
def command(
    paths: tuple[str, ...],
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    seed: int | None,
    workers: int | None,
    reports: tuple[Path, ...],
    *,
    verbose: bool,
) -> int:
    """Replay the scenarios and bare event files of PATHS, on virtual time, with a verdict each.

    PATHS are files, folders or globs; none means tests/scenarios. Exit code 0: all passed; 1: some
    failed; 2: nothing could start.
    """
    for report in reports:
        if report.suffix not in {".json", ".xml"}:
            raise click.UsageError(f"--report {report}: the ending must be .json or .xml")
        above = next(folder for folder in report.parents if folder.exists())
        if not above.is_dir():
            raise click.UsageError(f"--report {report}: {above} is not a folder")
    project = load_project(root, template, parameters, stage)
    from simulator.commands.progress import Progress, coloured
    from simulator.report.text import exit_code, report_text, summary_line
    from simulator.scenarios.discovery import load
    from simulator.scenarios.names import unknown_names
    from simulator.scenarios.vocabulary import load_vocabulary
    from simulator.scenarios.workers import Job, replay_in_order, workers_for

    folder = project.settings.vocabulary
    vocabulary = load_vocabulary(project.root, None if folder is None else project.root / folder)
    scenarios = load(Path(), paths, vocabulary) if paths else load(project.root, (), vocabulary)
    if problems := unknown_names(project, scenarios, vocabulary):
        raise SourceError(problems)
    options = repeated(root, template, parameters, stage)
    job = Job(root, template, named_values(parameters), stage, seed)
    number = workers_for(len(scenarios), workers)
    verdicts = []
    with Progress(len(scenarios)) as progress:
        for verdict in replay_in_order(
            job, project, vocabulary, scenarios, workers=number, running=progress.show
        ):
            verdicts.append(replace(verdict, options=options))
            # All but the summary line, as it happens.
            text = report_text(verdicts[-1:], verbose=verbose)
            text = text.rstrip("\n").rpartition("\n")[0]
            progress.write(coloured(text), failed=verdict.status != "passed")
    click.echo(summary_line(verdicts))
    for report in reports:
        _write(report, verdicts)
    return exit_code(verdicts)


def _write(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Whole or not at all."""
    from simulator.report.junit import junit_xml
    from simulator.report.summary import summary_json

    make = summary_json if path.suffix == ".json" else junit_xml
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(make(verdicts), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
