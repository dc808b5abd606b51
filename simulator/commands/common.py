"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from simulator.project.project import Project

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def project_options(function: Decorated) -> Decorated:
    """--project, --template, --parameter and --stage."""
    for option in reversed(
        (
            click.option(
                "--project",
                "root",
                type=click.Path(exists=True, file_okay=False, path_type=Path),
                default=Path(),
                show_default="this folder",
                help="The folder of the SAM project.",
            ),
            click.option("--template", help="The template, when it is not template.yaml."),
            click.option(
                "--parameter",
                "parameters",
                multiple=True,
                metavar="NAME=VALUE",
                help="A template parameter; may be given several times.",
            ),
            click.option("--stage", help="Parameters of this environment in samconfig.toml."),
        )
    ):
        function = option(function)
    return function


def load_project(
    root: Path, template: str | None, parameters: tuple[str, ...], stage: str | None
) -> Project:
    """Raises SourceError with every problem, and click.UsageError on a malformed parameter."""
    given = {}
    for text in parameters:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--parameter wants NAME=VALUE, not '{text}'")
        given[name] = value
    return Project.load(root, template=template, parameters=given, stage=stage)
