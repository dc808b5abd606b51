"""Places: the nodes of a project, and which of them a name, an ARN or a URL means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import urlsplit

from simulator.diagrams.flows import Kind, Node
from simulator.events.router import Rule
from simulator.project.project import Project
from simulator.project.template import Resource, Template

CALLERS: Final = "callers callers"  # the id that `make` gives to those outside
_KINDS: Final[dict[str, tuple[str, Kind]]] = {
    "AWS::DynamoDB::Table": ("dynamodb", "table"),
    "AWS::SQS::Queue": ("sqs", "queue"),
    "AWS::SNS::Topic": ("sns", "topic"),
    "AWS::S3::Bucket": ("s3", "bucket"),
    "AWS::KMS::Key": ("kms", "key"),
    "AWS::SecretsManager::Secret": ("secretsmanager", "secret"),
    "AWS::Events::EventBus": ("events", "bus"),
    "AWS::Lambda::Function": ("lambda", "function"),
    "AWS::StepFunctions::StateMachine": ("states", "workflow"),
    "AWS::Logs::LogGroup": ("logs", "log"),
}
_LONGEST: Final = 512  # of a text that may be a name


@dataclass(slots=True)
class Places:
    """Resources are known from the start; other nodes are made as they are asked for.

    `hidden` are keys, by id and ARN, with which services encrypt what they keep: no data of the
    application goes to them.
    """

    project: Project
    hidden: set[str] = field(default_factory=set)
    _known: dict[str, Node] = field(default_factory=dict)
    _names: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _arns: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, project: Project) -> Places:
        places = cls(project)
        for part in project.parts:
            places.hidden |= _storage_keys(part.template)
            for resource in part.template.resources.values():
                if resource.arn not in places.hidden:
                    places._add(resource, part.account)
        return places

    def _add(self, resource: Resource, account: str) -> None:
        service, kind = _KINDS.get(resource.type, ("", "service"))
        if resource.properties.get("ProtocolType") == "WEBSOCKET":
            service, kind = "execute-api", "socket"
        if not service:
            return
        identity = f"{account}/{resource.logical_id}"
        self._known[identity] = Node(identity, kind, resource.logical_id, account)
        names = [resource.arn, resource.physical_id, resource.name]
        # Who calls what is recorded by the logical ids of functions.
        names += [resource.logical_id] if kind == "function" else []
        for name in names:
            if name:
                self._names[account, service, name.removesuffix(":*")] = identity
        if resource.arn:
            self._arns.append((service, resource.arn, identity))

    # -- nodes -----------------------------------------------------------------------------------

    def make(self, kind: Kind, name: str, account: str) -> str:
        """The id of a node that is no resource of the kinds above; `account` "" is outside."""
        identity = f"{account}/{kind} {name}" if account else f"{kind} {name}"
        self._known.setdefault(identity, Node(identity, kind, name, account))
        return identity

    def node(self, identity: str) -> Node:
        return self._known[identity]

    def all(self) -> Iterator[Node]:
        """In the order in which they were made."""
        yield from self._known.values()

    def service(self, prefix: str, account: str) -> str:
        """The service itself, where no resource of the template is meant; `*` is every one."""
        return self.make("service", "every service" if prefix == "*" else prefix, account)

    def rule(self, part: Project, rule: Rule) -> str:
        """Rules are called by their logical ids: the same in every stage."""
        resources = part.template.resources.values()
        name = next((item.logical_id for item in resources if item.arn == rule.arn), rule.name)
        return self.make("rule", name, part.account)

    def named(self, service: str, text: str, account: str) -> str | None:
        """The node that a name, an ARN, a URL or a part of an ARN means to this service."""
        if len(text) > _LONGEST:
            return None
        for name in _shorter(text):
            parts = name.split(":")
            owner = parts[4] if name.startswith("arn:") and len(parts) > 5 and parts[4] else account
            if (found := self._names.get((owner, service, name))) is not None:
                return found
        return None

    def inside(self, service: str, value: Any, account: str) -> Iterator[str]:
        """Every node that parameters of a call name, each once."""
        yield from dict.fromkeys(
            found
            for text in texts(value)
            if (found := self.named(service, text, account)) is not None
        )

    def matching(self, service: str, pattern: str) -> list[str]:
        """The nodes that a resource of a policy means; none for `*`, which means the service."""
        if pattern == "*":
            return []
        if not set("*?") & set(pattern):
            found = self.named(service, pattern, self.project.account)
            return [] if found is None else [found]
        wanted = list(_shorter(pattern))
        return [
            identity
            for kind, arn, identity in self._arns
            if kind == service and any(fnmatchcase(arn, one) for one in wanted)
        ] or self._by_part(service, pattern)

    def _by_part(self, service: str, pattern: str) -> list[str]:
        """`arn:aws:execute-api:…:abc123/*` names its API by its id alone."""
        account, part = pattern.split(":")[4], pattern.rpartition(":")[2].partition("/")[0]
        found = self._names.get((account, service, part))
        return [] if found is None else [found]

    def of_service(self, service: str) -> set[str]:
        """Ids of all nodes of a service."""
        return {found for (_, kind, _), found in self._names.items() if kind == service}

    def host(self, text: str) -> str | None:
        """The outside host of a URL; None for AWS's own and for everything else."""
        url = urlsplit(text) if text.startswith(("http://", "https://")) else None
        name = url.hostname if url is not None else None
        if name is None or name.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws")):
            return None
        return self.make("host", name, "")


def service_of(arn: str) -> str:
    """The service of an ARN; what is none names a function."""
    parts = arn.split(":")
    return parts[2] if len(parts) > 5 else "lambda"


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def _shorter(text: str) -> Iterator[str]:
    """The text, then what it is a part of: an index's table, a version's function, an object's bucket."""
    yield text
    if text.startswith(("https://", "http://")):
        yield text.rpartition("/")[2]  # a queue's URL
        return
    if not text.startswith("arn:"):
        return
    parts = text.split(":")
    service = parts[2] if len(parts) > 5 else ""
    if service == "lambda":
        yield ":".join(parts[:7])
    elif service == "states":
        machine = parts[5].replace("execution", "stateMachine").replace("express", "stateMachine")
        yield ":".join([*parts[:5], machine, *parts[6:7]])
    elif service == "dynamodb":
        yield "/".join(text.split("/")[:2])
    elif service == "s3":
        yield text.partition("/")[0]


def _storage_keys(template: Template) -> set[str]:
    """Ids and ARNs of keys that other resources name as theirs."""
    named = {
        text
        for resource in template.resources.values()
        for text in _key_settings(resource.properties)
    }
    return {
        name
        for resource in template.of_type("AWS::KMS::Key")
        for name in (resource.physical_id, str(resource.arn))
        if {resource.physical_id, resource.arn} & named
    }


def _key_settings(value: Any) -> Iterator[str]:
    """Values of KmsKeyArn, KMSMasterKeyId and the like, at any depth; environments are code's."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if "kms" in key.lower() and isinstance(item, str):
            yield item
        elif key != "Environment":
            for inner in item if isinstance(item, list) else [item]:
                yield from _key_settings(inner)
