"""The evidence of a project: its templates, its further ones, its workflows and its runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from simulator.compliance.catalog import CHECKS
from simulator.compliance.evidence import Evidence, Run
from simulator.compliance.runs import flows_of
from simulator.compliance.settings import Declared, declared
from simulator.dataflow.drawing import drawn
from simulator.errors import SourceError
from simulator.permissions.judge import permissions
from simulator.permissions.settings import declared_by as rights_declared
from simulator.problems import Location, Problem, did_you_mean
from simulator.project.project import Project
from simulator.project.settings import SamConfig, stack_name
from simulator.project.template import Template
from simulator.values import Json


def declared_by(project: Project) -> Declared:
    """SourceError: the settings are wrong, or speak of a check that there is not."""
    path = project.settings.path
    found = declared(dict(project.settings.compliance), path)
    checks = {check.id for check in CHECKS}
    named = (
        *(("exceptions", item.check) for item in found.exceptions),
        *(("invariants", name) for name in found.invariants),
        *(("scenarios", name) for name in found.scenarios),
        *(("alarms", name) for name in found.alarms),
    )
    wrong = [
        Problem(
            "PRJ041", f"compliance.{key}: there is no check '{name}'", Location(path),
            did_you_mean(name, checks),
        )
        for key, name in named
        if name not in checks
    ]  # fmt: skip
    if wrong:
        raise SourceError(wrong)
    return found


def evidence_of(project: Project, known: Declared, runs: Iterable[Run] = ()) -> Evidence:
    seen = tuple(runs)
    flows, problems = flows_of(project, known)
    return Evidence(
        project.root,
        tuple(_templates(project, known)),
        tuple(flow for part in project.parts for flow in part.workflows.values()),
        known,
        seen,
        project.settings.organization,
        flows,
        None if flows is None else partial(drawn, replace(project, name=_default(project)), flows),
        problems,
        permissions(project, rights_declared(project), (need for run in seen for need in run.needs))
        if seen
        else None,
    )


def _default(project: Project) -> str:
    """What the stack is called by default: the diagram that is committed is that environment's."""
    return stack_name(project.settings, SamConfig.load(project.root, None), project.root)


def _parameters(known: Declared, name: str, project: Project) -> dict[str, Json]:
    """A text may name the project's own stack."""
    return {
        key: value.replace("{stack}", project.template.place.stack)
        if isinstance(value, str)
        else value
        for key, value in known.parameters.get(name, {}).items()
    }


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
            name = path.relative_to(project.root).as_posix()
            template = Template.read(
                path, _parameters(known, name, project), project.account, project.region,
                stack=known.stacks.get(name, path.stem),
            )  # fmt: skip
            # Parameters without a value are given at deployment; nothing is simulated here.
            errors = [
                item
                for item in template.problems
                if item.severity == "error" and item.code != "PRJ012"
            ]
            if errors:
                raise SourceError(errors)
            yield template
