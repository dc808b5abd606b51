"""The evidence of a project: its templates, its further ones, its workflows and its runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator.compliance.evidence import Evidence, Run
from simulator.compliance.settings import Declared, declared
from simulator.errors import SourceError
from simulator.problems import Location, Problem
from simulator.project.project import Project
from simulator.project.template import Template


def declared_by(project: Project) -> Declared:
    """SourceError: the settings are wrong."""
    return declared(dict(project.settings.compliance), project.settings.path)


def evidence_of(project: Project, known: Declared, runs: Iterable[Run] = ()) -> Evidence:
    return Evidence(
        project.root,
        tuple(_templates(project, known)),
        tuple(flow for part in project.parts for flow in part.workflows.values()),
        known,
        tuple(runs),
    )


def _templates(project: Project, known: Declared) -> Iterator[Template]:
    """SourceError: a pattern of `templates` that names nothing, or a template that cannot be read."""
    seen: set[Path] = set()
    for part in project.parts:
        seen.add(part.template.path.resolve())
        yield part.template
    for pattern in known.templates:
        paths = sorted(project.root.glob(pattern))
        if not paths:
            place = Location(project.settings.path)
            raise SourceError(
                [Problem("PRJ001", f"compliance.templates: no file is {pattern}", place)]
            )
        for path in paths:
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            template = Template.read(path, {}, project.account, project.region)
            # Parameters without a value are given at deployment; nothing is simulated here.
            errors = [
                item
                for item in template.problems
                if item.severity == "error" and item.code != "PRJ012"
            ]
            if errors:
                raise SourceError(errors)
            yield template
