"""Machines: the state machines of one world with their revisions, versions and aliases.

Rules of versions and aliases: documented; texts recorded where a comment does not say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, Self

from simulator.asl.diagnostics import diagnose
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.aws.calls import ServiceError
from simulator.problems import Location
from simulator.project.project import Project, Workflow
from simulator.project.publishing import Published
from simulator.simulation.requests import check_kind, invalid, missing_resource, not_found
from simulator.values import compact

Route = tuple[str, int]  # a version's ARN and its weight
NO_LOGGING: Final = {"level": "OFF", "includeExecutionData": False}
MOST_VERSIONS: Final = 1000  # docs
MOST_ALIASES: Final = 100  # docs


@dataclass(frozen=True, slots=True)
class Revision:
    """What a machine is at one time. The first one has no `id` (recorded)."""

    workflow: Workflow
    text: str
    made: datetime
    id: str | None = None
    logging: Mapping[str, Any] = field(default_factory=lambda: dict(NO_LOGGING))
    tracing: Mapping[str, Any] = field(default_factory=lambda: {"enabled": False})
    encryption: Mapping[str, Any] = field(default_factory=lambda: {"type": "AWS_OWNED_KEY"})

    def same_as(self, other: Revision) -> bool:
        """Nothing that makes a new revision differs."""
        kept = replace(other, made=self.made, id=self.id, workflow=self.workflow)
        return kept == self and other.workflow.role_arn == self.workflow.role_arn


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    revision: Revision
    made: datetime
    description: str | None = None


@dataclass(slots=True)
class Alias:
    name: str
    routes: tuple[Route, ...]
    made: datetime
    updated: datetime
    description: str | None = None


@dataclass(slots=True)
class Machine:
    """One state machine; `name` and `arn` stay, everything else may be updated."""

    name: str
    arn: str
    kind: Literal["STANDARD", "EXPRESS"]
    made: datetime
    revision: Revision
    versions: dict[int, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    published: int = 0
    created_with: Version | None = None

    def version_arn(self, number: int) -> str:
        return f"{self.arn}:{number}"

    def publish(self, now: datetime, description: str | None = None) -> Version:
        """A new version of the current revision, or the one that it has already (recorded)."""
        for version in self.versions.values():
            if version.revision is self.revision:
                return version
        if len(self.versions) >= MOST_VERSIONS:
            raise ServiceError(
                "ServiceQuotaExceededException",
                f"The number of versions of a state machine is limited to {MOST_VERSIONS}.",  # guess
            )
        self.published += 1
        version = Version(self.published, self.revision, now, description)
        self.versions[version.number] = version
        return version

    def route(self, alias: Alias, draw: Callable[[Sequence[int]], int]) -> Version:
        """The version that a start through the alias takes: by weight."""
        routes = [route for route in alias.routes if route[1] > 0]
        chosen = routes[0 if len(routes) == 1 else draw([weight for _, weight in routes])]
        return self.versions[int(chosen[0].rpartition(":")[2])]


@dataclass(frozen=True, slots=True)
class Target:
    """What a state machine's ARN, qualified or not, leads to."""

    machine: Machine
    revision: Revision
    version_arn: str | None = None
    alias_arn: str | None = None


class Machines:
    """By ARN. `draw` chooses among an alias's weights: it gives an index."""

    def __init__(self) -> None:
        self._machines: dict[str, Machine] = {}
        self._names: dict[str, Machine] = {}

    @classmethod
    def of(cls, project: Project, made: datetime) -> Self:
        """The machines that the project's template makes, with their versions and aliases."""
        machines = cls()
        for workflow in (item for part in project.parts for item in part.workflows.values()):
            text = compact(workflow.definition)
            logging = dict(workflow.logging or NO_LOGGING)
            tracing = {"enabled": workflow.tracing}
            revision = Revision(workflow, text, made, logging=logging, tracing=tracing)
            machine = Machine(workflow.name, workflow.arn, workflow.kind, made, revision)
            machine.tags.update(workflow.tags)
            machines.add(machine)
        for part in project.parts:
            machines._publish(part.published, made)
        return machines

    def _publish(self, published: Published, made: datetime) -> None:
        for version in published.versions:
            if (known := self.known(version.machine)) is not None:
                known.publish(made, version.description)
        for alias in published.aliases:
            if (known := self.known(alias.machine)) is not None:
                known.aliases[alias.name] = Alias(
                    alias.name, alias.routes, made, made, alias.description
                )

    def __iter__(self) -> Iterator[Machine]:
        """In the order of their names."""
        return iter(sorted(self._machines.values(), key=lambda machine: machine.name))

    def machine(self, arn: str) -> Machine:
        """By its unqualified ARN. Raises StateMachineDoesNotExist or InvalidArn."""
        check_kind(arn, "stateMachine")
        if arn not in self._machines:
            raise not_found(arn)
        return self._machines[arn]

    def known(self, arn: str) -> Machine | None:
        return self._machines.get(arn)

    def named(self, name: str) -> Machine | None:
        return self._names.get(name)

    def add(self, machine: Machine) -> None:
        self._machines[machine.arn] = machine
        self._names.setdefault(machine.name, machine)  # the project's own before other accounts'

    def remove(self, arn: str) -> None:
        machine = self._machines.pop(arn, None)
        if machine is not None:
            self._names.pop(machine.name, None)

    def split(self, arn: str) -> tuple[Machine, str]:
        """A machine and the qualifier of its ARN, or "". Raises StateMachineDoesNotExist."""
        check_kind(arn, "stateMachine")
        found = self._machines.get(arn)
        if found is not None:
            return found, ""
        head, _, qualifier = arn.rpartition(":")
        if head not in self._machines:
            raise not_found(arn)
        return self._machines[head], qualifier

    def target(self, arn: str, draw: Callable[[Sequence[int]], int]) -> Target:
        """What a start by this ARN runs. Raises StateMachineDoesNotExist."""
        machine, qualifier = self.split(arn)
        if not qualifier:
            return Target(machine, machine.revision)
        alias = machine.aliases.get(qualifier)
        if alias is not None:
            version = machine.route(alias, draw)
            return Target(machine, version.revision, machine.version_arn(version.number), arn)
        return Target(machine, self.version(arn).revision, arn)

    def version(self, arn: str) -> Version:
        """Raises StateMachineDoesNotExist."""
        machine, qualifier = self.split(arn)
        number = int(qualifier) if qualifier.isdecimal() else 0
        if number not in machine.versions:
            raise not_found(arn)
        return machine.versions[number]

    def alias(self, arn: str) -> tuple[Machine, Alias]:
        """Raises ResourceNotFound."""
        check_kind(arn, "stateMachine")
        head, _, name = arn.rpartition(":")
        machine = self._machines.get(head)
        if machine is None or name not in machine.aliases:
            raise missing_resource()
        return machine, machine.aliases[name]

    def check_routes(self, given: Sequence[Mapping[str, Any]]) -> tuple[Machine, tuple[Route, ...]]:
        """An alias's routing configuration and the one machine of its versions."""
        routes = [(str(item["stateMachineVersionArn"]), int(item["weight"])) for item in given]
        arns = [arn for arn, _ in routes]
        shown = f"[{', '.join(arns)}]"
        if len(set(arns)) < len(arns):
            raise invalid(
                "Routing configuration must contain distinct state machine version ARNs."
                f" Received: {shown}"
            )
        found = []
        for arn in arns:
            machine, qualifier = self.split(arn)
            if not qualifier.isdecimal():
                raise invalid(
                    f"Routing configuration must contain state machine version ARNs. Received: {shown}"
                )
            self.version(arn)
            found.append(machine)
        if any(machine is not found[0] for machine in found):
            raise invalid(  # guess
                "Routing configuration must contain versions of one state machine."
                f" Received: {shown}"
            )
        weights = [weight for _, weight in routes]
        if sum(weights) != 100:
            raise invalid(
                f"Sum of routing configuration weights must equal 100. Received: {weights}"
            )
        return found[0], tuple(routes)


def read_definition(
    text: str, name: str, arn: str, kind: Literal["STANDARD", "EXPRESS"], role_arn: str
) -> Workflow:
    """A definition that came through the API. Raises InvalidDefinition, as the service words it."""
    found = diagnose(text, kind)
    if found.message is not None:
        raise ServiceError("InvalidDefinition", found.message)
    path = Path(f"{name}.asl.json")
    source = Source.read(text, path)
    machine, problems = parse(source, kind=kind)
    if machine is None:  # cannot be: it has just been judged
        raise AssertionError(problems)
    return Workflow(
        name=name,
        logical_id=name,
        arn=arn,
        kind=kind,
        machine=machine,
        definition=source.value,
        path=path,
        role_arn=role_arn,
        location=Location(path),
    )
