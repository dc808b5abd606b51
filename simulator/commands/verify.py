"""`simulator verify`: recorded executions → grades."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.errors import FAILED, NOT_STARTED, UsageError

if TYPE_CHECKING:
    from simulator.problems import Problem
    from simulator.verify.replay import Definition
    from simulator.verify.verification import Outcome


@click.command(name="verify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--definition",
    "definition_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Run this definition (JSON, YAML, Jinja template or SAM template) instead of the recorded.",
)
@click.option("--workflow", help="The state machine to take from a SAM template.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="PATH",
    help="Do not compare these members, such as $..TableName; may be given several times.",
)
@click.option(
    "--dump",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each case's result as JSON to FOLDER/<id>.json.",
    metavar="FOLDER",
)
@click.option(
    "--json",
    "grades_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the grades of all cases as JSON.",
    metavar="FILE",
)
def command(
    paths: tuple[Path, ...],
    definition_file: Path | None,
    workflow: str | None,
    ignore: tuple[str, ...],
    dump: Path | None,
    grades_file: Path | None,
) -> int:
    """Replay recorded executions and compare histories.

    PATHS are files or folders: recordings, or what `aws stepfunctions get-execution-history`,
    describe-execution and describe-state-machine-for-execution print, saved as NAME.history.json,
    NAME.execution.json and NAME.machine.json. Recorded task results answer the tasks.

    L1 status, output, error; L2 cause; L3 the same steps in every thread; L4 every event. Exit code
    0: all agree; 1: some differ; 2: a file cannot be used.
    """
    from simulator.report.text import counted, writable
    from simulator.verify.cases import find
    from simulator.verify.summary import failure_lines, last_line, notes, table
    from simulator.verify.verification import verify

    for path in ignore:
        if not re.fullmatch(r"\$\.{1,2}[^.\[\]*$]+(\.[^.\[\]*$]+)*", path):
            raise click.UsageError(f"--ignore wants a path such as $..TableName, not '{path}'")
    definition = _definition(definition_file, workflow)
    found = find(paths, None if definition is None else definition.value)
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if not found.cases and not found.problems:
        raise UsageError(
            f"there is no recording and no exported history in {', '.join(map(str, paths))}"
        )
    outcomes = []
    for case in found.cases:
        outcome = verify(case, definition, ignore)
        outcomes.append(outcome)
        if outcome.verdict == "failed":
            click.echo(writable("\n".join(failure_lines(outcome))))
        if dump is not None and outcome.result is not None:
            _write(dump / f"{case.id}.json", outcome.result)
    if outcomes:
        for line in (*table(outcomes), *notes(outcomes), last_line(outcomes)):
            click.echo(writable(line))
    if found.others:
        files = counted(len(found.others), "other JSON file")
        were = "was" if len(found.others) == 1 else "were"
        click.echo(f"{files} {were} not looked at", err=True)
    if grades_file is not None:
        _write_grades(grades_file, outcomes, found.problems)
    if found.problems:
        return NOT_STARTED
    if all(outcome.verdict == "skipped" for outcome in outcomes):
        click.echo("error: nothing could be verified", err=True)
        return NOT_STARTED
    return FAILED if any(outcome.verdict == "failed" for outcome in outcomes) else 0


def _definition(path: Path | None, workflow: str | None) -> Definition | None:
    """Raises SourceError and UsageError."""
    if path is None:
        if workflow is not None:
            raise click.UsageError("--workflow needs --definition with a SAM template")
        return None
    from simulator.asl.source import Source
    from simulator.commands.definitions import read_text
    from simulator.verify.replay import Definition

    if path.suffix == ".j2":
        from simulator.render.build import Parameters
        from simulator.render.templates import render

        rendered = render(path, Parameters.read(path.parent).of(None))
        return Definition.of(Source.read(rendered.text, Path(path.stem), rendered.origin))
    text = read_text(path)
    if re.search(r"AWS::(Serverless|StepFunctions)::StateMachine", text):
        return _of_project(path, workflow)
    return Definition.of(Source.read(text, path))


def _of_project(template: Path, workflow: str | None) -> Definition:
    from simulator.project.project import Project
    from simulator.scenarios.places import from_here
    from simulator.verify.replay import Definition

    project = Project.load(from_here(template.parent), template=template.name)
    if workflow is None and len(project.workflows) == 1:
        workflow = next(iter(project.workflows))
    if workflow is None:
        names = ", ".join(sorted(project.workflows)) or "none"
        raise UsageError(f"{template} has the state machines {names}; say which with --workflow")
    found = project.workflow(workflow)
    return Definition(found.machine, found.definition)


def _write_grades(path: Path, outcomes: Sequence[Outcome], problems: Sequence[Problem]) -> None:
    from simulator.verify.summary import grades_json

    _write(path, grades_json(outcomes, [str(problem) for problem in problems]))


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=True, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")
