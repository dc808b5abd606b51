"""`simulator preview`: who outside the policies of a template would let in, before it is deployed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from simulator.commands.common import load_project, project_options
from simulator.errors import FAILED


def _accounts(_context: Any, _option: Any, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch(r"\d{12}", value):
            raise click.BadParameter(f"'{value}' is no account: it has twelve digits")
    return values


def _organization(_context: Any, _option: Any, value: str) -> str:
    if value and not re.fullmatch("o-[a-z0-9]+", value):
        raise click.BadParameter(f"'{value}' is no organisation: its id is like o-exampleorgid")
    return value


@click.command(name="preview")
@project_options
@click.option(
    "--trust", multiple=True, metavar="ACCOUNT", callback=_accounts, help="Another account of ours."
)
@click.option(
    "--organization",
    default="",
    metavar="ID",
    callback=_organization,
    help="The organisation that is trusted.",
)
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
    Access Analyzer would find afterwards. Exit code 0: there is none; 1: there is some; 2: the
    template cannot be read.
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
