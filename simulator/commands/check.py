"""`simulator check`: every problem of the project, at its place."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.commands.common import named_values, project_options
from simulator.errors import FAILED


@click.command(name="check")
@project_options
@click.option("--explain", metavar="CODE", help="Say what a problem code means, and stop.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
def command(
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    explain: str | None,
    *,
    strict: bool,
) -> int:
    """Report everything that is wrong with the project.

    Definitions, substitutions, handlers that do not import, rules without targets, stale rendering.
    """
    if explain is not None:
        return _explain(explain)
    from simulator.project.checks import check_project
    from simulator.report.text import counted
    from simulator.scenarios.places import from_here

    given = named_values(parameters)
    problems = check_project(from_here(root), template=template, parameters=given, stage=stage)
    for problem in problems:
        click.echo(str(problem))
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    numbers = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    click.echo(numbers, err=bool(problems))
    return FAILED if errors or (strict and warnings) else 0


def _explain(code: str) -> int:
    from simulator.commands.explanations import explanations
    from simulator.problems import did_you_mean

    known = explanations()
    text = known.get(code.upper())
    if text is None:
        hint = did_you_mean(code.upper(), known)
        raise click.UsageError(f"there is no problem code '{code}'" + (f"; {hint}" if hint else ""))
    click.echo(f"{code.upper()}: {text}")
    return 0
