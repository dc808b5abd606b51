"""`simulator preview`: who outside the policies of a template would let in, before it is deployed."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.commands.common import load_project, project_options
from simulator.errors import FAILED


@click.command(name="preview")
@project_options
@click.option("--trust", multiple=True, metavar="ACCOUNT", help="Another account of ours.")
@click.option("--organization", default="", metavar="ID", help="The organisation that is trusted.")
def command(
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    trust: tuple[str, ...],
    organization: str,
) -> int:
    """List access from outside that the template's policies would give.

    Of roles, buckets, keys, queues, topics, secrets, repositories, tables and functions: what IAM
    Access Analyzer would find afterwards. Exit code 1 when there is any.
    """
    from simulator.project.external_access import Zone, external_access
    from simulator.report.text import counted

    project = load_project(root, template, parameters, stage)
    zone = Zone(frozenset({project.account, *trust}), organization)
    found = external_access(project.template, zone)
    for problem in found:
        click.echo(str(problem))
    click.echo(counted(len(found), "statement") + " for somebody outside", err=bool(found))
    return FAILED if found else 0
