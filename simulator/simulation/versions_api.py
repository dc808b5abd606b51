"""Versions and aliases of state machines. Texts recorded where nothing else is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.aws.calls import ServiceError
from simulator.simulation.machines import MOST_ALIASES, Alias, Machine
from simulator.simulation.requests import (
    Action,
    Answer,
    Request,
    check_kind,
    missing_resource,
    page,
)

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation


class VersionsApi:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._machines = simulation.machines

    def actions(self) -> Mapping[str, Action]:
        return {
            "PublishStateMachineVersion": self.publish,
            "ListStateMachineVersions": self.list_versions,
            "DeleteStateMachineVersion": self.delete_version,
            "CreateStateMachineAlias": self.create_alias,
            "UpdateStateMachineAlias": self.update_alias,
            "DescribeStateMachineAlias": self.describe_alias,
            "ListStateMachineAliases": self.list_aliases,
            "DeleteStateMachineAlias": self.delete_alias,
        }

    # -- versions -------------------------------------------------------------------------------

    def publish(self, request: Request) -> Answer:
        """The first revision, which has no id, goes by the name INITIAL (model)."""
        machine = self._machines.machine(request["stateMachineArn"])
        wanted = request.get("revisionId")
        current = machine.revision.id or "INITIAL"
        if wanted is not None and wanted != current:
            raise ServiceError(
                "ConflictException",
                f"Failed to publish the State Machine version for revision {wanted}. The current"
                f" State Machine revision is {current}.",
            )
        version = machine.publish(self._simulation.now, request.get("description"))
        return {
            "creationDate": version.made,
            "stateMachineVersionArn": machine.version_arn(version.number),
        }

    def list_versions(self, request: Request) -> Answer:
        """The newest first; a machine that is not there has none (model: no error says so)."""
        arn = request["stateMachineArn"]
        check_kind(arn, "stateMachine")
        machine = self._machines.known(arn)
        found = (
            []
            if machine is None
            else [
                {
                    "stateMachineVersionArn": machine.version_arn(version.number),
                    "creationDate": version.made,
                }
                for version in reversed(machine.versions.values())
            ]
        )
        return page("stateMachineVersions", found, request)

    def delete_version(self, request: Request) -> Answer:
        """Deleting what is not there succeeds; its number is never used again."""
        arn = request["stateMachineVersionArn"]
        check_kind(arn, "stateMachine")
        head, _, number = arn.rpartition(":")
        machine = self._machines.known(head)
        if machine is None or not number.isdecimal():
            return {}
        users = [
            alias.name
            for alias in machine.aliases.values()
            if any(version == arn for version, _ in alias.routes)
        ]
        if users:
            raise ServiceError(
                "ConflictException",
                "Version to be deleted must not be referenced by an alias. Current list of aliases"
                f" referencing this version: [{', '.join(users)}]",
            )
        machine.versions.pop(int(number), None)
        return {}

    # -- aliases --------------------------------------------------------------------------------

    def create_alias(self, request: Request) -> Answer:
        """Repeating a call is no error as long as everything is the same."""
        machine, routes = self._machines.check_routes(request["routingConfiguration"])
        name, description = request["name"], request.get("description")
        alias = machine.aliases.get(name)
        if alias is None:
            if len(machine.aliases) >= MOST_ALIASES:
                raise ServiceError(
                    "ServiceQuotaExceededException",
                    f"The number of aliases of a state machine is limited to {MOST_ALIASES}.",  # guess
                )
            now = self._simulation.now
            alias = machine.aliases[name] = Alias(name, routes, now, now, description)
        elif (alias.routes, alias.description) != (routes, description):
            raise ServiceError(
                "ConflictException",
                "Failed to create alias because an alias with the same name and a different routing"
                " configuration already exists.",
            )
        return {"stateMachineAliasArn": _arn(machine, alias), "creationDate": alias.made}

    def update_alias(self, request: Request) -> Answer:
        machine, alias = self._machines.alias(request["stateMachineAliasArn"])
        if "routingConfiguration" in request:
            owner, routes = self._machines.check_routes(request["routingConfiguration"])
            if owner is not machine:
                raise missing_resource()
            alias.routes = routes
        if "description" in request:
            alias.description = request["description"]
        alias.updated = self._simulation.now
        return {"updateDate": alias.updated}

    def describe_alias(self, request: Request) -> Answer:
        machine, alias = self._machines.alias(request["stateMachineAliasArn"])
        answer: Answer = {
            "stateMachineAliasArn": _arn(machine, alias),
            "name": alias.name,
            "routingConfiguration": [
                {"stateMachineVersionArn": arn, "weight": weight} for arn, weight in alias.routes
            ],
            "creationDate": alias.made,
            "updateDate": alias.updated,
        }
        if alias.description is not None:
            answer["description"] = alias.description
        return answer

    def list_aliases(self, request: Request) -> Answer:
        """Of a machine, or of one of its versions (docs); in the order of their creation."""
        arn = request["stateMachineArn"]
        machine, qualifier = self._machines.split(arn)
        if qualifier:
            self._machines.version(arn)
        found = [
            {"stateMachineAliasArn": _arn(machine, alias), "creationDate": alias.made}
            for alias in machine.aliases.values()
            if not qualifier or any(version == arn for version, _ in alias.routes)
        ]
        return page("stateMachineAliases", found, request)

    def delete_alias(self, request: Request) -> Answer:
        """Deleting what is not there succeeds."""
        arn = request["stateMachineAliasArn"]
        check_kind(arn, "stateMachine")
        head, _, name = arn.rpartition(":")
        machine = self._machines.known(head)
        if machine is not None:
            machine.aliases.pop(name, None)
        return {}


def _arn(machine: Machine, alias: Alias) -> str:
    return f"{machine.arn}:{alias.name}"
