"""What checks look at: templates, workflows, runs and files; and what they find there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from simulator.compliance.settings import Declared
from simulator.problems import Location
from simulator.project.definitions import Workflow
from simulator.project.template import Resource, Template
from simulator.scenarios.scanner import Leak

Status = Literal["pass", "fail", "not-applicable", "manual", "excepted"]
# T: templates after the transform; A: definitions; S: simulation runs; M: files that must be current.
Source = Literal["T", "A", "S", "M"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a resource, a state, a scenario, a file."""

    subject: str
    is_good: bool
    said: str
    location: Location | None = None

    def __str__(self) -> str:
        place = f" ({self.location})" if self.location is not None else ""
        return f"{self.subject}: {self.said}{place}"


@dataclass(frozen=True, slots=True)
class Run:
    """What one scenario left behind. `broken` are the invariants that failed, with what they say.

    `held` says of each card table how many items were left; `lives` gives the expiry attributes
    that were written, as DynamoDB types them. `outside` are the hosts that were called.
    """

    scenario: str
    title: str
    passed: bool
    leaks: tuple[Leak, ...] = ()
    held: Mapping[str, int] = field(default_factory=dict)
    lives: tuple[Life, ...] = ()
    outside: tuple[tuple[str, str], ...] = ()
    invariants: tuple[str, ...] = ()
    broken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Life:
    """A card item's expiry as it was written: `seconds` from then on, None when it is no number."""

    table: str
    attribute: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """`templates` are those of the project and of its further stacks; `runs` may be empty."""

    root: Path
    templates: tuple[Template, ...]
    workflows: tuple[Workflow, ...]
    declared: Declared
    runs: tuple[Run, ...] = ()

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
