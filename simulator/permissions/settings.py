"""[tool.simulator.permissions]: templates whose roles runs assume by name, and rights kept with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.errors import SourceError
from simulator.problems import Location, Problem, did_you_mean
from simulator.project.project import Project
from simulator.project.template import Template
from simulator.values import Json

_KEYS = ("kept", "templates")


@dataclass(frozen=True, slots=True)
class Declared:
    """`templates` are those besides the project's own, whose roles may be in whichever account.

    `kept` gives by "RoleLogicalId service:Action", wildcards and all, why rights stay that no run uses.
    """

    templates: tuple[Template, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)


def declared_by(project: Project) -> Declared:
    """SourceError: a setting is wrong, or a template of it cannot be read."""
    settings = dict(project.settings.permissions)
    place = Location(project.settings.path)
    for key in settings:
        if key not in _KEYS:
            raise _refused(f"permissions knows no '{key}'", place, did_you_mean(key, _KEYS))
    kept: Json = settings.get("kept", {})
    patterns: Json = settings.get("templates", [])
    if not isinstance(kept, dict) or not all(isinstance(item, str) for item in kept.values()):
        raise _refused("permissions.kept is a table of reasons", place)
    if not isinstance(patterns, list):
        raise _refused("permissions.templates is a list of patterns", place)
    return Declared(
        tuple(item for pattern in patterns for item in _read(project, str(pattern), place)),
        {name: str(reason) for name, reason in kept.items()},
    )


def _read(project: Project, pattern: str, place: Location) -> list[Template]:
    own = {part.template.path.resolve() for part in project.parts}
    paths = sorted(project.root.glob(pattern))
    if not paths:
        raise _refused(f"permissions.templates: no file is {pattern}", place)
    found = [
        Template.read(path, {}, project.account, project.region, stack=path.stem)
        for path in paths
        if path.resolve() not in own
    ]
    # Parameters without a value are given at deployment; nothing is simulated here.
    errors = [
        problem
        for template in found
        for problem in template.problems
        if problem.severity == "error" and problem.code != "PRJ012"
    ]
    if errors:
        raise SourceError(errors)
    return found


def _refused(message: str, place: Location, hint: str | None = None) -> SourceError:
    return SourceError([Problem("PRJ041", message, place, hint)])
