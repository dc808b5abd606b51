"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.errors import SourceError
from simulator.values import Json

if TYPE_CHECKING:  # --help must not load the AWS stand-ins
    from simulator.project.project import Project
    from simulator.scenarios.scenario import Scenario
    from simulator.scenarios.vocabulary import Vocabulary

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
    from simulator.project.project import Project
    from simulator.scenarios.places import from_here

    given = named_values(parameters)
    return Project.load(from_here(root), template=template, parameters=given, stage=stage)


def load_scenarios(
    project: Project, paths: Sequence[str | Path] = ()
) -> tuple[list[Scenario], Vocabulary]:
    """Those of the paths, which start at the current folder; none: those below tests/scenarios.

    Raises SourceError for what cannot be read, and for names that the project does not have.
    """
    from simulator.scenarios.discovery import load
    from simulator.scenarios.names import unknown_names
    from simulator.scenarios.vocabulary import vocabulary_of

    vocabulary = vocabulary_of(project)
    scenarios = load(Path() if paths else project.root, paths, vocabulary)
    if problems := unknown_names(project, scenarios, vocabulary):
        raise SourceError(problems)
    return scenarios, vocabulary


def named_values(parameters: tuple[str, ...]) -> dict[str, Json]:
    """NAME=VALUE texts. Raises click.UsageError on another one."""
    given: dict[str, Json] = {}
    for text in parameters:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise click.UsageError(f"--parameter wants NAME=VALUE, not '{text}'")
        given[name] = value
    return given


def read_clock(text: str) -> datetime:
    """The instant of --clock. Raises click.UsageError."""
    from simulator.scenarios.durations import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise click.UsageError(f"--clock: {error}") from None


def repeated(
    root: Path, template: str | None, parameters: tuple[str, ...], stage: str | None
) -> tuple[str, ...]:
    """The project's options as a command line that repeats a run needs them."""
    from simulator.scenarios.places import from_here

    where = from_here(root).as_posix()
    named = (
        ("--project", None if where == "." else where),
        ("--template", template),
        *(("--parameter", text) for text in parameters),
        ("--stage", stage),
    )
    return tuple(word for option, value in named if value is not None for word in (option, value))
