"""A project: one template with its workflows, functions, rules, routes and sources, all resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from simulator.asl.apis import Apis
from simulator.errors import SourceError, UsageError
from simulator.events.router import Rule
from simulator.problems import Location, Problem, did_you_mean, in_order
from simulator.project.definitions import Definitions, Workflow
from simulator.project.document import Document
from simulator.project.functions import Functions
from simulator.project.publishing import Published, Publishing
from simulator.project.routes import Route, Routes
from simulator.project.rules import QueueSource, Schedule, Sources, StreamSource, TopicSource
from simulator.project.settings import TEMPLATES, SamConfig, Settings, StackSettings, stack_name
from simulator.project.support import unsupported
from simulator.project.targets import check_targets
from simulator.project.template import Template
from simulator.tasks.functions import Function
from simulator.values import Json

__all__ = [
    "Function",
    "Project",
    "QueueSource",
    "Reading",
    "Route",
    "Schedule",
    "StreamSource",
    "TopicSource",
    "Workflow",
]


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def logical_id(self) -> str: ...
    @property
    def arn(self) -> str: ...


_Item = TypeVar("_Item", bound=_Named)


@dataclass(frozen=True, slots=True)
class Project:
    """`workflows` and `functions` go by physical name. `refused` says why a function cannot run.

    `published` has the activities, versions and aliases of Step Functions. `stacks` are the
    project's further templates, each with an account of its own; names are looked up here first.
    """

    root: Path
    name: str
    account: str
    region: str
    settings: Settings
    template: Template
    workflows: Mapping[str, Workflow]
    functions: Mapping[str, Function]
    refused: Mapping[str, str]
    rules: tuple[Rule, ...]
    routes: tuple[Route, ...]
    schedules: tuple[Schedule, ...]
    queue_sources: tuple[QueueSource, ...]
    stream_sources: tuple[StreamSource, ...]
    topic_sources: tuple[TopicSource, ...]
    published: Published
    warnings: list[Problem]
    stacks: tuple[Project, ...] = ()

    @property
    def parts(self) -> tuple[Project, ...]:
        """The stack itself and the further ones."""
        return (self, *self.stacks)

    @classmethod
    def load(
        cls,
        root: Path,
        *,
        template: str | None = None,
        parameters: Mapping[str, Json] | None = None,
        stage: str | None = None,
    ) -> Project:
        """SourceError with every error there is; warnings are in `warnings`."""
        reading = Reading.of(root, template=template, parameters=parameters, stage=stage)
        errors = [problem for problem in reading.problems if problem.severity == "error"]
        if errors:
            raise SourceError(errors)
        return reading.project

    def workflow(self, name: str) -> Workflow:
        """By logical id, physical name, ARN or the definition file's stem."""
        workflows = [item for part in self.parts for item in part.workflows.values()]
        found = _find(name, workflows, lambda workflow: workflow.stem)
        if found is None:
            known = [word for item in workflows for word in (item.logical_id, item.stem)]
            raise UsageError(_unknown("workflow", name, known))
        return found

    def function(self, name: str) -> Function:
        """By logical id, physical name or ARN."""
        functions = [item for part in self.parts for item in part.functions.values()]
        found = _find(name, functions, lambda function: function.name)
        if found is None:
            for part in self.parts:
                part.refuse(name)
            raise UsageError(_unknown("function", name, [item.logical_id for item in functions]))
        return found

    def refuse(self, name: str) -> None:
        """UsageError when this stack has the function and it cannot run."""
        for refused, reason in self.refused.items():
            resource = next(
                item for item in self.template.resources.values() if item.name == refused
            )
            if name in {refused, resource.logical_id, resource.arn}:
                raise UsageError(reason)

    def physical_id(self, logical_id: str) -> str:
        """What Ref gives. UsageError for an unknown logical id."""
        for part in self.parts:
            if logical_id in part.template.resources:
                return part.template.resource(logical_id).physical_id
        return self.template.resource(logical_id).physical_id

    def account_of(self, logical_id: str) -> str:
        """The account of the first stack that has the resource; the project's own for others."""
        owners = (part for part in self.parts if logical_id in part.template.resources)
        return next(owners, self).account


@dataclass(frozen=True, slots=True)
class Reading:
    """A project and everything found wrong while it was read: errors and warnings."""

    project: Project
    problems: tuple[Problem, ...]

    @classmethod
    def of(
        cls,
        root: Path,
        *,
        template: str | None = None,
        parameters: Mapping[str, Json] | None = None,
        stage: str | None = None,
        apis: Apis | None = None,
    ) -> Reading:
        """SourceError only when there is no template or settings file that can be read at all.

        With `apis` the parameters of integrations are checked too.
        """
        settings = Settings.load(root)
        config = SamConfig.load(root, stage)
        given = parameters or {}
        path = _template_path(root, template or settings.template)
        alone = template is not None and template != settings.template
        stacks = () if alone else settings.stacks
        declared = [_declared(_template_path(root, stack.template)) for stack in stacks]
        # What only further stacks know is theirs; what nobody knows is told of here.
        theirs = frozenset().union(*declared) - _declared(path)
        own = {name: value for name, value in given.items() if name not in theirs}
        overrides = {**settings.parameters, **config.parameters, **own}
        found = Template.read(
            path,
            overrides,
            settings.account,
            settings.region,
            stack=stack_name(settings, config, root),
            attributes=settings.attributes,
        )
        before = [*settings.problems, *config.problems, *found.problems]
        reading = cls._read(root, settings, found, before, stage, apis)
        further = []
        for stack, known in zip(stacks, declared, strict=True):
            shared = {name: value for name, value in given.items() if name in known}
            further.append(cls._stack(root, settings, stack, shared, stage, apis))
        return reading.with_stacks(further) if further else reading

    @classmethod
    def _stack(
        cls,
        root: Path,
        settings: Settings,
        stack: StackSettings,
        given: Mapping[str, Json],
        stage: str | None,
        apis: Apis | None,
    ) -> Reading:
        own = replace(
            settings,
            account=stack.account,
            region=stack.region or settings.region,
            stack=stack.stack,
            latency={name: took for name, took in settings.latency.items() if name == "default"},
            stacks=(),
            problems=(),
        )
        found = Template.read(
            _template_path(root, stack.template),
            {**stack.parameters, **given},
            own.account,
            own.region,
            stack=stack.stack,
            attributes=settings.attributes,
        )
        return cls._read(root, own, found, list(found.problems), stage, apis)

    def with_stacks(self, readings: Sequence[Reading]) -> Reading:
        """The project with these as its further stacks, and everything wrong with any of them."""
        problems = [*self.problems, *(item for found in readings for item in found.problems)]
        project = replace(
            self.project,
            stacks=tuple(found.project for found in readings),
            warnings=[problem for problem in problems if problem.severity == "warning"],
        )
        return Reading(project, tuple(problems))

    @classmethod
    def _read(
        cls,
        root: Path,
        settings: Settings,
        template: Template,
        before: list[Problem],
        stage: str | None,
        apis: Apis | None,
    ) -> Reading:
        definitions = Definitions(root, template, stage, apis=apis)
        workflows = definitions.workflows()
        functions = Functions(template, settings.latency, Location(settings.path))
        runnable = functions.read()
        routes = Routes(template)
        answered = routes.read()
        sources = Sources(template).read()
        publishing = Publishing(template)
        published = publishing.read()
        problems = in_order(
            [
                *before,
                *definitions.problems,
                *functions.problems,
                *routes.problems,
                *sources.problems,
                *publishing.problems,
                *check_targets(template, sources),
                *unsupported(template),
            ]
        )
        project = Project(
            root=root,
            name=template.place.stack,
            account=settings.account,
            region=settings.region,
            settings=settings,
            template=template,
            workflows={workflow.name: workflow for workflow in workflows},
            functions={function.name: function for function in runnable},
            refused=functions.refused,
            rules=tuple(sources.rules),
            routes=tuple(answered),
            schedules=tuple(sources.schedules),
            queue_sources=tuple(sources.queues),
            stream_sources=tuple(sources.streams),
            topic_sources=tuple(sources.topics),
            published=published,
            warnings=[problem for problem in problems if problem.severity == "warning"],
        )
        return cls(project, tuple(problems))


def _template_path(root: Path, name: str | None) -> Path:
    names = (name,) if name else TEMPLATES
    path = next((root / item for item in names if (root / item).is_file()), None)
    if path is not None:
        return path
    siblings = [item.name for item in root.iterdir()] if root.is_dir() else []
    wanted = root / names[0]
    hint = did_you_mean(wanted.name, siblings) or "name it with --template or [tool.simulator]"
    raise SourceError([Problem("PRJ001", "there is no template", Location(wanted), hint)])


def _declared(path: Path) -> frozenset[str]:
    """The names of a template's parameters."""
    parameters = Document.read(path).value.get("Parameters")
    return frozenset(parameters) if isinstance(parameters, dict) else frozenset()


def _find(name: str, items: Iterable[_Item], also: Callable[[_Item], str]) -> _Item | None:
    """Exact names win over the file's stem, whatever the order."""
    known = list(items)
    for item in known:
        if name in {item.logical_id, item.name, item.arn}:
            return item
    return next((item for item in known if also(item) == name), None)


def _unknown(kind: str, name: str, known: list[str]) -> str:
    near = did_you_mean(name, known)
    hint = near or (f"known: {', '.join(sorted(known))}" if known else f"there is no {kind}")
    return f"the template has no {kind} '{name}'; {hint}"
