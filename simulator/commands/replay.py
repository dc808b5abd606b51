"""`simulator replay`: scenarios and events → verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import (
    load_project,
    load_scenarios,
    named_values,
    project_options,
    repeated,
)
from simulator.commands.coverage import CoverageWishes, coverage_options, suite_of

if TYPE_CHECKING:
    from simulator.project.project import Project
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
    help="Write a report: .json for JSON, .xml for JUnit, .html for people. May be given several times.",
)
@coverage_options
def command(
    paths: tuple[str, ...],
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    seed: int | None,
    workers: int | None,
    reports: tuple[Path, ...],
    fail_under: tuple[str, ...],
    coverage_reports: tuple[Path, ...],
    diagrams: Path | None,
    *,
    verbose: bool,
    show_coverage: bool,
) -> int:
    """Replay the scenarios and bare event files of PATHS, on virtual time, with a verdict each.

    PATHS are files, folders or globs; none means tests/scenarios. Exit code 0: all passed; 1: some
    failed; 2: nothing could start.
    """
    _check_reports(reports)
    wishes = CoverageWishes.of(show_coverage, fail_under, coverage_reports, diagrams)
    project = load_project(root, template, parameters, stage)
    from simulator.commands.progress import Progress, coloured
    from simulator.report.text import exit_code, report_text, summary_line, writable
    from simulator.scenarios.workers import Job, replay_in_order, workers_for

    scenarios, vocabulary = load_scenarios(project, paths)
    options = repeated(root, template, parameters, stage)
    detailed = any(report.suffix == ".html" for report in reports)
    job = Job(
        root, template, named_values(parameters), stage, seed,
        audit=detailed or bool(wishes), detailed=detailed,
    )  # fmt: skip
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
        _write(report, project, verdicts)
    below = wishes.meet(project, verdicts) if wishes else 0
    if written := (*reports, *wishes.written):
        click.echo(writable(f"written: {' '.join(map(str, written))}"))
    return exit_code(verdicts) or below


def _check_reports(reports: Sequence[Path]) -> None:
    """Before anything runs. Raises click.UsageError."""
    for report in reports:
        if report.suffix not in {".json", ".xml", ".html"}:
            raise click.UsageError(f"--report {report}: the ending must be .json, .xml or .html")
        above = next(folder for folder in report.parents if folder.exists())
        if not above.is_dir():
            raise click.UsageError(f"--report {report}: {above} is not a folder")


def _write(path: Path, project: Project, verdicts: Sequence[Verdict]) -> None:
    """Whole or not at all."""
    text = _report(path.suffix, project, verdicts)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _report(suffix: str, project: Project, verdicts: Sequence[Verdict]) -> str:
    if suffix == ".html":
        from simulator.report.html import report_html

        machines = {one.name: one.machine for one in project.workflows.values()}
        return report_html(verdicts, machines, suite_of(project, verdicts))
    from simulator.report.junit import junit_xml
    from simulator.report.summary import summary_json

    return summary_json(verdicts) if suffix == ".json" else junit_xml(verdicts)
