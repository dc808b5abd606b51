"""`simulator permissions`: what roles may do beside what the scenarios' runs do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.commands.common import load_project, load_scenarios, named_values, project_options
from simulator.errors import FAILED, UsageError

if TYPE_CHECKING:
    from simulator.permissions.judge import Permissions
    from simulator.permissions.needs import Need
    from simulator.project.project import Project


@click.command(name="permissions")
@click.argument("paths", nargs=-1)
@project_options
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many processes; without it one for each core, or one alone for few scenarios.",
)
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How to tell.",
)  # fmt: skip
@click.option(
    "--fail-on",
    type=click.Choice(["missing", "unused"]),
    default="missing",
    show_default=True,
    help="With 'unused', rights that no run uses give exit code 1 too.",
)
@click.option("--explain", metavar="ROLE", help="One role, by its logical id: every right and why.")
def command(
    paths: tuple[str, ...],
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    workers: int | None,
    style: str,
    fail_on: str,
    explain: str | None,
) -> int:
    """Compare the policies of every role with what the scenarios of PATHS call.

    Scenarios are replayed; none means tests/scenarios. Exit code 1: a call is not allowed, or a
    scenario fails.
    """
    project = load_project(root, template, parameters, stage)
    from simulator.permissions.judge import permissions
    from simulator.permissions.settings import declared_by
    from simulator.permissions.text import explained, permissions_json, permissions_text
    from simulator.report.text import writable

    declared = declared_by(project)
    job = (root, template, named_values(parameters), stage)
    needs, failed = _observed(project, paths, job, workers)
    found = permissions(project, declared, needs)
    if explain is not None:
        role = next((one for one in found.roles if one.name == explain), None)
        if role is None:
            names = ", ".join(sorted(one.name for one in found.roles))
            raise UsageError(f"the templates have no role '{explain}'; they have {names}")
        text = explained(role)
    else:
        text = permissions_text(found) if style == "text" else permissions_json(found)
    click.echo(writable(text), nl=False)
    if failed:
        click.echo(writable(f"failed: {', '.join(failed)}; see `simulator replay`"), err=True)
    return FAILED if failed or _is_wrong(found, fail_on) else 0


def _is_wrong(found: Permissions, fail_on: str) -> bool:
    return bool(found.missing or (fail_on == "unused" and (found.count("unused") or found.stale)))


def _observed(
    project: Project,
    paths: tuple[str, ...],
    job: tuple[Path, str | None, dict[str, Any], str | None],
    workers: int | None,
) -> tuple[set[Need], list[str]]:
    """What the scenarios need, and the ids of those that fail."""
    from simulator.commands.progress import Progress
    from simulator.permissions.needs import needs_of
    from simulator.scenarios.workers import Job, replay_in_order, workers_for

    scenarios, vocabulary = load_scenarios(project, paths)
    needs: set[Need] = set()
    failed: list[str] = []
    number = workers_for(len(scenarios), workers)
    with Progress(len(scenarios)) as progress:
        for verdict in replay_in_order(
            Job(*job, observer=needs_of), project, vocabulary, scenarios,
            workers=number, running=progress.show,
        ):  # fmt: skip
            needs.update(*verdict.observed)
            failed += [verdict.scenario.id] if verdict.status != "passed" else []
    return needs, failed
