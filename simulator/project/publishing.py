"""Activities, versions and aliases of state machines, as a template declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.problems import Problem
from simulator.project.machine_settings import tags_of
from simulator.project.parameters import as_text
from simulator.project.template import Resource, Template
from simulator.values import Json

ACTIVITY = "AWS::StepFunctions::Activity"
VERSION = "AWS::StepFunctions::StateMachineVersion"
ALIAS = "AWS::StepFunctions::StateMachineAlias"


@dataclass(frozen=True, slots=True)
class Activity:
    name: str
    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the machine as the template makes it: the first one."""

    machine: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """`routes` are ARNs of versions with their weights."""

    name: str
    machine: str
    routes: tuple[tuple[str, int], ...]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    activities: tuple[Activity, ...] = ()
    versions: tuple[Version, ...] = ()
    aliases: tuple[Alias, ...] = ()


class Publishing:
    """Reads one template. `problems` has everything found on the way."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self.problems: list[Problem] = []

    def read(self) -> Published:
        activities = [
            Activity(resource.name, resource.physical_id, tags_of(resource.properties))
            for resource in self._template.of_type(ACTIVITY)
        ]
        versions = [
            Version(
                as_text(resource.properties.get("StateMachineArn")),
                _text(resource.properties.get("Description")),
            )
            for resource in self._template.of_type(VERSION)
        ]
        known = {f"{version.machine}:1" for version in versions}
        found = (self._alias(resource, known) for resource in self._template.of_type(ALIAS))
        aliases = [alias for alias in found if alias is not None]
        return Published(tuple(activities), tuple(versions), tuple(aliases))

    def _alias(self, resource: Resource, known: set[str]) -> Alias | None:
        """RoutingConfiguration, or the version that a DeploymentPreference leads to.

        A first deployment has nothing to shift from: all goes to the version at once (docs).
        """
        properties = resource.properties
        preference = properties.get("DeploymentPreference")
        given = properties.get("RoutingConfiguration")
        if isinstance(preference, dict) and given is None:
            given = [
                {"StateMachineVersionArn": preference.get("StateMachineVersionArn"), "Weight": 100}
            ]
        routes = [
            (as_text(item.get("StateMachineVersionArn")), _weight(item.get("Weight")))
            for item in (given if isinstance(given, list) else ())
            if isinstance(item, dict)
        ]
        if sum(weight for _, weight in routes) != 100:
            weights = [weight for _, weight in routes]
            self._report(resource, f"the weights of the routes sum up to 100, not {weights}")
            return None
        strange = next((arn for arn, _ in routes if arn not in known), None)
        if strange is not None:
            self._report(resource, f"'{strange}' is no version that this template publishes")
            return None
        name = as_text(properties.get("Name") or resource.name)
        machine = routes[0][0].rpartition(":")[0]
        return Alias(name, machine, tuple(routes), _text(properties.get("Description")))

    def _report(self, resource: Resource, message: str) -> None:
        hint = "RoutingConfiguration: [{StateMachineVersionArn: !Ref AVersion, Weight: 100}]"
        message = f"the alias '{resource.logical_id}' cannot be made: {message}"
        self.problems.append(Problem("PRJ058", message, resource.location, hint))


def _text(value: Json) -> str | None:
    return None if value is None else as_text(value)


def _weight(value: Json) -> int:
    text = as_text(value)
    return int(text) if text.isdecimal() else 0
