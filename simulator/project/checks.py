"""Everything `simulator check` reports about a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from simulator.errors import SimulatorError, SourceError, UsageError
from simulator.problems import Location, Problem, in_order
from simulator.project.project import Project, Reading
from simulator.render.build import plan
from simulator.tasks.functions import Handlers, import_problem
from simulator.values import Json

_START = datetime(2026, 1, 1, tzinfo=UTC)  # any fixed one: imports see the same time each run


def check_project(
    root: Path,
    *,
    template: str | None = None,
    parameters: Mapping[str, Json] | None = None,
    stage: str | None = None,
) -> list[Problem]:
    """Errors and warnings, by place; [] when there is nothing to say."""
    from simulator.aws.models import Models

    try:
        reading = Reading.of(
            root, template=template, parameters=parameters, stage=stage, apis=Models()
        )
    except SourceError as error:
        return in_order([*error.problems, *_stale(root / "workflows", set())])
    folders = _template_folders(root, reading.project)
    reported = {item.location.path for item in reading.problems if item.code == "PRJ053"}
    stale = [problem for folder in folders for problem in _stale(folder, reported)]
    return in_order([*reading.problems, *_handlers(reading.project), *stale])


def _handlers(project: Project) -> list[Problem]:
    """Imports every handler in a world of its own: an import may call AWS and the network too."""
    if not project.functions:
        return []
    from simulator.aws.cloud import Cloud
    from simulator.project.resources import create

    handlers = Handlers()
    problems: list[Problem] = []
    with Cloud(project.account, project.region, lambda: _START) as cloud:
        create(project, cloud)
        for function in project.functions.values():
            try:
                with cloud.running(function.logical_id):
                    handlers.load(function)
            except SourceError as error:
                problems += error.problems
            except SimulatorError as error:
                # A warning: the project's vocabulary may answer it, and is not known here.
                problems.append(replace(import_problem(function, str(error)), severity="warning"))
    return problems


def _template_folders(root: Path, project: Project) -> list[Path]:
    """Folders with templates of definitions: `workflows`, and those the workflows came from."""
    used = {item.path.parent for item in project.workflows.values() if item.path.suffix == ".j2"}
    return sorted(folder for folder in {root / "workflows", *used} if folder.is_dir())


def _stale(workflows: Path, reported: set[Path]) -> list[Problem]:
    if not workflows.is_dir():
        return []
    try:
        changes = plan(workflows, stage=None)
    except SourceError as error:
        return list(error.problems)
    except UsageError as error:
        return [Problem("PRJ054", str(error), Location(workflows / "parameters.yaml"))]
    problems = []
    for change in changes:
        if change.path in reported:
            continue
        if change.before is None:
            message = "it has not been rendered yet"
        elif change.after is None:
            message = "its template is gone"
        else:
            message = "it is not what its template renders to"
        place = Location(change.path, 1 if change.before else 0, 1 if change.before else 0)
        problems.append(Problem("PRJ053", message, place, "run `simulator build`"))
    return problems
