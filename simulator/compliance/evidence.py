"""What checks look at: templates, workflows, runs and files; and what they find there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from simulator.compliance.settings import Declared
from simulator.dataflow.observation import Observed
from simulator.diagrams.flows import DataFlow
from simulator.permissions.judge import Permissions
from simulator.permissions.needs import Need
from simulator.problems import Location, Problem
from simulator.project.definitions import Workflow
from simulator.project.template import Resource, Template
from simulator.scenarios.scanner import Leak

Status = Literal["pass", "fail", "not-applicable", "manual", "excepted"]
# T: templates after the transform; A: definitions; S: simulation runs; M: files that must be current.
Source = Literal["T", "A", "S", "M"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a resource, a state, a scenario, a file.

    A warning is good enough to pass, and is told nevertheless.
    """

    subject: str
    is_good: bool
    said: str
    location: Location | None = None
    is_warning: bool = False

    def __str__(self) -> str:
        place = f" ({self.location})" if self.location is not None else ""
        return f"{self.subject}: {self.said}{place}"


@dataclass(frozen=True, slots=True)
class Life:
    """A card item's expiry as it was written: `seconds` from then on, None when it is no number."""

    table: str
    attribute: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A card item at the end of a run. `why` says which run of a workflow still needs it, or "".

    `seconds` is what is left of its life, None when its expiry is no number.
    """

    table: str
    seconds: int | None
    why: str


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A call with a card key: "kms:Decrypt" by a function, with an encryption context or without.

    `recorded`: the function's log has the record that the project declares, with all its fields.
    """

    operation: str
    caller: str
    key: str
    has_context: bool
    recorded: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What one scenario left behind. `broken` are the invariants that failed, with what they say.

    `lives` gives the expiry attributes that were written, as DynamoDB types them; `outside` the
    hosts that were called; `records` how many records of access each function wrote; `invoked` the
    functions and `routes` the routes ("POST /payments") that had part; `flow` where data went;
    `needs` what roles were asked for.
    """

    scenario: str
    title: str
    passed: bool = True
    leaks: tuple[Leak, ...] = ()
    kept: tuple[Kept, ...] = ()
    lives: tuple[Life, ...] = ()
    outside: tuple[tuple[str, str], ...] = ()
    key_uses: tuple[KeyUse, ...] = ()
    records: Mapping[str, int] = field(default_factory=dict)
    invoked: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    broken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: tuple[int, ...] = ()
    flow: Observed | None = None
    needs: tuple[Need, ...] = ()
    location: Location | None = None

    def found(self, good: bool, said: str) -> Finding:  # noqa: FBT001 - read as a question
        return Finding(self.scenario, good, said, self.location)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`templates` are those of the project and of its further stacks; `runs` may be empty.

    `flows` are where data may go, and `draw` makes the diagram of them in a style ("svg");
    `flow_problems` say why there are none. `permissions` are the rights of roles beside what the
    runs needed.
    """

    root: Path
    templates: tuple[Template, ...]
    workflows: tuple[Workflow, ...]
    declared: Declared
    runs: tuple[Run, ...] = ()
    organization: str = ""
    flows: DataFlow | None = None
    draw: Callable[[str], str] | None = None
    flow_problems: tuple[Problem, ...] = ()
    permissions: Permissions | None = None

    def of_type(self, *types: str) -> Iterator[tuple[Template, Resource]]:
        for template in self.templates:
            for resource in template.of_type(*types):
                yield template, resource

    def named(self, logical_ids: tuple[str, ...]) -> Iterator[tuple[Template, Resource]]:
        for template in self.templates:
            for logical_id in logical_ids:
                if logical_id in template.resources:
                    yield template, template.resources[logical_id]


def listed(value: object) -> list[Any]:
    """IAM writes one thing as itself and several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def judged(resource: Resource, good: bool, right: str, wrong: str) -> Finding:  # noqa: FBT001 - read as a question
    """A resource that is as it should be, or not."""
    return Finding(resource.logical_id, good, right if good else wrong, resource.location)


def bad(resource: Resource, said: str) -> Finding:
    """A resource that is not as it should be."""
    return Finding(resource.logical_id, is_good=False, said=said, location=resource.location)


def warned(resource: Resource, said: str) -> Finding:
    """A resource that is good enough, with what to think about."""
    return Finding(resource.logical_id, True, said, resource.location, is_warning=True)  # noqa: FBT003 - as judged()
