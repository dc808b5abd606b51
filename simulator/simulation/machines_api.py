"""CreateStateMachine to DeleteStateMachine, and tags. Texts recorded where nothing else is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.asl.diagnostics import variable_references
from simulator.asl.graph import all_states
from simulator.asl.model import Map
from simulator.aws.calls import ServiceError
from simulator.engine.map_runs import uuid_of
from simulator.simulation.machines import (
    NO_LOGGING,
    Machine,
    Revision,
    Version,
    read_definition,
)
from simulator.simulation.requests import (
    Action,
    Answer,
    Request,
    check_kind,
    check_name,
    invalid,
    missing_resource,
    not_found,
    page,
)

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

MOST_TAGS = 50  # docs
_CHANGES = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration")


class MachinesApi:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._machines = simulation.machines

    def actions(self) -> Mapping[str, Action]:
        return {
            "CreateStateMachine": self.create,
            "UpdateStateMachine": self.update,
            "DescribeStateMachine": self.describe,
            "DeleteStateMachine": self.delete,
            "ListStateMachines": self.list,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_tags,
        }

    def create(self, request: Request) -> Answer:
        """AWS: repeating a call is no error as long as all but roleArn and tags is the same (docs)."""
        simulation, name = self._simulation, request["name"]
        check_name(name)
        publish = bool(request.get("publish"))
        if "versionDescription" in request and not publish:
            raise invalid("Version description can only be set when publish is true")
        project = simulation.project
        arn = f"arn:aws:states:{project.region}:{project.account}:stateMachine:{name}"
        kind = request.get("type", "STANDARD")
        workflow = read_definition(request["definition"], name, arn, kind, request["roleArn"])
        revision = replace(
            Revision(workflow, request["definition"], simulation.now), **self._settings(request)
        )
        known = self._machines.known(arn)
        if known is None:
            known = Machine(name, arn, kind, simulation.now, revision)
            known.tags.update(_tags(request))
            if publish:
                known.created_with = known.publish(
                    simulation.now, request.get("versionDescription")
                )
            self._machines.add(known)
        elif not self._repeated(known, revision, request):
            raise ServiceError(
                "StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'"
            )
        answer: Answer = {"stateMachineArn": arn, "creationDate": known.made}
        if publish and known.created_with is not None:
            answer["stateMachineVersionArn"] = known.version_arn(known.created_with.number)
        return answer

    @staticmethod
    def _repeated(known: Machine, revision: Revision, request: Request) -> bool:
        same_role = replace(revision, workflow=known.revision.workflow)
        version = known.created_with
        published = None if version is None else version.description
        return (
            known.kind == request.get("type", "STANDARD")
            and known.revision.same_as(same_role)
            and (version is not None) == bool(request.get("publish"))
            and published == request.get("versionDescription")
        )

    def update(self, request: Request) -> Answer:
        """A change makes a revision; the first one has no id, and no change no new one."""
        simulation, machine = self._simulation, self._machines.machine(request["stateMachineArn"])
        publish = bool(request.get("publish"))
        if "versionDescription" in request and not publish:
            raise invalid("Version description can only be set when publish is true")
        if (
            not any(name in request for name in (*_CHANGES, "encryptionConfiguration"))
            and not publish
        ):
            raise ServiceError(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, or the"
                " TracingConfiguration must be specified",
            )
        before = machine.revision
        text = request.get("definition", before.text)
        role = request.get("roleArn", before.workflow.role_arn)
        workflow = replace(before.workflow, role_arn=role)
        if text != before.text:
            workflow = read_definition(text, machine.name, machine.arn, machine.kind, role)
        revision = replace(
            before, workflow=workflow, text=text, made=simulation.now, **self._settings(request)
        )
        if not revision.same_as(before):
            identity = simulation.new_name(f"revision of {machine.name}")
            machine.revision = replace(revision, id=identity)
        answer: Answer = {"updateDate": simulation.now}
        if machine.revision.id is not None:
            answer["revisionId"] = machine.revision.id
        if publish:
            version = machine.publish(simulation.now, request.get("versionDescription"))
            answer["stateMachineVersionArn"] = machine.version_arn(version.number)
        return answer

    def _settings(self, request: Request) -> dict[str, Any]:
        """What a request says of logging, tracing and encryption, with the service's defaults."""
        found: dict[str, Any] = {}
        if "loggingConfiguration" in request:
            found["logging"] = self._logging(request["loggingConfiguration"])
        if "tracingConfiguration" in request:
            found["tracing"] = {"enabled": False, **request["tracingConfiguration"]}
        if "encryptionConfiguration" in request:
            found["encryption"] = _encryption(request["encryptionConfiguration"])
        return found

    def _logging(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        config = {**NO_LOGGING, **given}
        if config["level"] != "OFF":
            destinations = config.get("destinations", [])
            if len(destinations) != 1:
                raise _logging_error("Must specify exactly one Log Destination.")
            group = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
            if not self._simulation.logs.exists(group):
                raise _logging_error("Log Destination not found.")
        return config

    def describe(self, request: Request) -> Answer:
        """A version's ARN describes the version, an alias's the first version of its routes (guess),
        NAME/LABEL the machine with the distributed Map of that label.
        """
        arn = request["stateMachineArn"]
        check_kind(arn, "stateMachine")
        plain, _, label = arn.partition("/")
        machine, qualifier = self._machines.split(plain)
        if label and label not in _labels(machine):
            raise not_found(arn)
        version: Version | None = None
        if qualifier in machine.aliases:
            version = self._machines.version(machine.aliases[qualifier].routes[0][0])
        elif qualifier:
            version = self._machines.version(arn)
        revision = machine.revision if version is None else version.revision
        answer: Answer = {
            "stateMachineArn": arn,
            "name": machine.name,
            "status": "ACTIVE",
            "type": machine.kind,
            "creationDate": machine.made if version is None else version.made,
            **described(revision, request.get("includedData")),
        }
        if version is not None and version.description is not None:
            answer["description"] = version.description
        if label:
            answer["label"] = label
        return answer

    def delete(self, request: Request) -> Answer:
        """Running executions end with it; whoever deletes what is not there succeeds.

        AWS: they end at their next state (docs); here, at once.
        """
        arn = request["stateMachineArn"]
        check_kind(arn, "stateMachine")
        if "/" in arn:
            raise invalid(f"DeleteStateMachine does not support labeled ARNs: {arn}")  # guess
        for run in self._simulation.executions:
            if run.state_machine_arn == arn and run.status == "RUNNING":
                self._simulation.engine.stop(run)
        self._machines.remove(arn)
        return {}

    def list(self, request: Request) -> Answer:
        """In the order of their names."""
        found = [
            {
                "stateMachineArn": machine.arn,
                "name": machine.name,
                "type": machine.kind,
                "creationDate": machine.made,
            }
            for machine in self._machines
        ]
        return page("stateMachines", found, request)

    # -- tags -----------------------------------------------------------------------------------

    def _tagged(self, arn: str) -> dict[str, str]:
        """The tags of a machine or activity; versions and aliases have none."""
        kind = check_kind(arn, "stateMachine", "activity", "execution")
        if kind == "activity" and (activity := self._simulation.activities.known(arn)) is not None:
            return activity.tags
        if kind == "stateMachine" and (machine := self._machines.known(arn)) is not None:
            return machine.tags
        raise missing_resource(arn)

    def tag(self, request: Request) -> Answer:
        tags = self._tagged(request["resourceArn"])
        wanted = {**tags, **_tags(request)}
        check_tags(wanted, request["resourceArn"])
        tags.update(wanted)
        return {}

    def untag(self, request: Request) -> Answer:
        tags = self._tagged(request["resourceArn"])
        for key in request["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(self, request: Request) -> Answer:
        tags = self._tagged(request["resourceArn"])
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _labels(machine: Machine) -> set[str]:
    """Of the distributed Maps of a machine; one without a label has a UUID."""
    return {
        state.label or uuid_of(f"{machine.arn}/{state.name}")
        for state in all_states(machine.revision.workflow.machine)
        if isinstance(state, Map) and state.mode == "DISTRIBUTED"
    }


def _tags(request: Request) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in request.get("tags", ())}


def check_tags(tags: Mapping[str, str], arn: str) -> None:
    """Raises TooManyTags."""
    if len(tags) > MOST_TAGS:
        raise ServiceError("TooManyTags", f"Too Many Tags: '{arn}'")  # guess


def _logging_error(why: str) -> ServiceError:
    return ServiceError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {why}")


def _encryption(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Members that do not fit the type are refused (model); the texts are guesses."""
    own = given.get("type") == "AWS_OWNED_KEY"
    if own and len(given) > 1:
        why = "kmsKeyId and kmsDataKeyReusePeriodSeconds need a customer managed key"
        raise ServiceError(
            "InvalidEncryptionConfiguration", f"Invalid Encryption Configuration: {why}"
        )
    if not own and "kmsKeyId" not in given:
        why = "a customer managed key needs its kmsKeyId"
        raise ServiceError(
            "InvalidEncryptionConfiguration", f"Invalid Encryption Configuration: {why}"
        )
    return dict(given)


def described(revision: Revision, included: str | None = None) -> Answer:
    """What DescribeStateMachine and DescribeStateMachineForExecution say of a revision."""
    answer: Answer = {
        "definition": "{}" if included == "METADATA_ONLY" else revision.text,
        "roleArn": revision.workflow.role_arn,
        "loggingConfiguration": dict(revision.logging),
        "tracingConfiguration": dict(revision.tracing),
        "encryptionConfiguration": dict(revision.encryption),
    }
    if revision.id is not None:
        answer["revisionId"] = revision.id
    if references := variable_references(revision.workflow.machine):
        answer["variableReferences"] = references
    return answer
