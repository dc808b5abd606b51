"""The project's templates as CloudFormation gets them: after the transform, every value resolved."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from simulator.project.template import Template

ROOT = Path(__file__).parents[2]
PCI, REPORTING = "111122223333", "444455556666"
MAIN, REPORTS, EDGE = "template.yaml", "stacks/reporting.yaml", "stacks/edge.yaml"
ACCOUNT, IDENTITY = "stacks/account.yaml", "stacks/identity.yaml"
_ACCOUNTS = {REPORTS: REPORTING}
_NEEDED = {"stacks/member.yaml": {"RemediationAccount": PCI}}
_STACKS = {MAIN: "orchestra-dev"}


@dataclass(slots=True)
class Stack:
    """`resources` by logical id: {"Type": …, "Properties": …, "DeletionPolicy": …}."""

    name: str
    account: str
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, *types: str) -> dict[str, dict[str, Any]]:
        """Properties by logical id."""
        return {
            name: body["Properties"]
            for name, body in self.resources.items()
            if body["Type"] in types
        }

    def changed(self, logical_id: str, path: str, value: Any) -> Stack:
        """A mutant: the property at this path, as "A/0/B", has another value; ... takes it away."""
        mutant = copy.deepcopy(self)
        place: Any = mutant.resources[logical_id]["Properties"]
        *parts, last = path.split("/")
        for part in (item.replace("~1", "/") for item in parts):
            place = place[int(part) if isinstance(place, list) else part]
        key: Any = int(last) if isinstance(place, list) else last
        if value is ...:
            del place[key]
        else:
            place[key] = value
        return mutant


Check = Callable[[Stack], Iterator[str]]


@cache
def _read(name: str, parameters: tuple[tuple[str, str], ...] = ()) -> Stack:
    account = _ACCOUNTS.get(name, PCI)
    found = Template.read(
        ROOT / name,
        {**_NEEDED.get(name, {}), **dict(parameters)},
        account,
        "us-east-1",
        stack=_STACKS.get(name, Path(name).stem),
    )
    errors = [str(problem) for problem in found.problems if problem.severity == "error"]
    assert errors == []
    return Stack(
        name,
        account,
        {
            key: {
                "Type": resource.type,
                "Properties": copy.deepcopy(dict(resource.properties)),
                "DeletionPolicy": found.raw[key].get("DeletionPolicy"),
                "Arn": resource.arn,
                "Name": resource.name,
                "Ref": resource.physical_id,
            }
            for key, resource in found.resources.items()
        },
    )


def read(name: str, **parameters: str) -> Stack:
    return copy.deepcopy(_read(name, tuple(sorted(parameters.items()))))


def templates() -> list[str]:
    """Every template of the project."""
    return ["template.yaml", *sorted(f"stacks/{path.name}" for path in ROOT.glob("stacks/*.yaml"))]


def every_stack() -> list[Stack]:
    """Every template, those of both ways of reporting twice."""
    return [
        *(read(name) for name in templates()),
        read(MAIN, ReportTransfer="push"),
        read(REPORTS, ReportTransfer="push"),
    ]


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def statements(document: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = listed(document.get("Statement"))
    return found


def policies(properties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The statements of a role's inline policies."""
    for policy in properties.get("Policies") or []:
        yield from statements(policy["PolicyDocument"])


@pytest.fixture(params=every_stack(), ids=lambda stack: f"{stack.name}-{len(stack.resources)}")
def stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = copy.deepcopy(request.param)
    return found
