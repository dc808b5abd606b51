"""`simulator run`: one workflow, one input, its output."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import load_project, project_options, read_clock
from simulator.commands.definitions import read_text
from simulator.errors import FAILED, SourceError, UsageError
from simulator.problems import Location, Problem
from simulator.values import Json, parse_json

if TYPE_CHECKING:
    from simulator.engine.execution import Execution
    from simulator.engine.ports import TaskResult


@click.command(name="run")
@click.argument("workflow")
@project_options
@click.option(
    "--input",
    "payload",
    metavar="FILE",
    help="The execution's input: a JSON file, - for standard input, or the JSON itself; none is {}.",
)
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    help='Scripted results by state: {"Charge": [{"error": "Timeout"}, {"output": {"id": 1}}]}.',
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Makes all that looks like chance."
)
@click.option(
    "--clock", default="2026-01-01T00:00:00Z", show_default=True, help="Virtual start time."
)
@click.option("--history", is_flag=True, help="Print the history events as JSON, one a line.")
def command(
    workflow: str,
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    payload: str | None,
    results: Path | None,
    seed: int,
    clock: str,
    *,
    history: bool,
) -> int:
    """Run WORKFLOW of the project once, on virtual time, and print its output.

    The real handlers run; AWS services are stand-ins in memory. Exit code 1 when the execution does
    not succeed.
    """
    project = load_project(root, template, parameters, stage)
    found = project.workflow(workflow)
    value = _input(payload)
    script = _results(results)
    start = read_clock(clock)
    from simulator.simulation.world import Simulation

    with Simulation(project, start=start, seed=seed, mocks=script) as simulation:
        run = simulation.start(found.logical_id, value)
        try:
            simulation.run(until=run)
        except UsageError as error:  # what the run needs and the simulation lacks
            click.echo(f"error: {error}", err=True)
            return FAILED
        _print(run, history=history)
    return 0 if run.status == "SUCCEEDED" else FAILED


def _input(payload: str | None) -> Json:
    if payload is None:
        return {}
    if payload.lstrip().startswith(("{", "[")):
        path, text = Path("--input"), payload
    elif payload == "-":
        path, text = Path("standard input"), sys.stdin.read()
    else:
        path = Path(payload)
        text = read_text(path, "SCN001")
    try:
        return parse_json(text)
    except ValueError as error:
        place = Location(path, getattr(error, "lineno", 0), getattr(error, "colno", 0))
        why = getattr(error, "msg", error)
        raise SourceError([Problem("SCN002", f"the input is not JSON: {why}", place)]) from None


def _results(path: Path | None) -> Mapping[str, Sequence[TaskResult]]:
    if path is None:
        return {}
    from simulator.scenarios.reading import read_results

    return read_results(path)


def _print(run: Execution, *, history: bool) -> None:
    from simulator.report.text import writable
    from simulator.scenarios.compare import path_text
    from simulator.values import compact

    if history:
        for event in run.history:
            click.echo(writable(compact(event.to_aws())))
        return
    click.echo(path_text(run.visited()), err=True)
    if run.status == "SUCCEEDED":
        click.echo(writable(compact(run.output)))
        return
    named = run.error or "no error name"
    cause = f": {run.cause}" if run.cause else ""
    click.echo(writable(f"{run.status}: {named}{cause}"), err=True)
