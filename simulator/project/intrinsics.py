"""Resolves intrinsic functions for one account, Region and stack, without asking AWS."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.problems import did_you_mean
from simulator.project.conditions import ConditionError, Conditions
from simulator.project.parameters import as_text
from simulator.project.types import (
    ARN_ATTRIBUTES,
    SPECS,
    STACK,
    TypeSpec,
    default_name,
    identity_fields,
)
from simulator.values import Json, compact

VARIABLE = re.compile(r"\$\{(!?)\s*([^{}]*?)\s*\}")
DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:[^}]+\}\}")
NO_VALUE: Json = "<no value>"  # compared by identity: the property does not exist
_FIELD = re.compile(r"\{([A-Za-z0-9_]+)\}")


@dataclass(frozen=True, slots=True)
class Place:
    """The account, Region and stack that pseudo parameters speak of."""

    account: str
    region: str
    stack: str

    @property
    def partition(self) -> str:
        return next((name for start, name in _PARTITIONS if self.region.startswith(start)), "aws")

    @property
    def url_suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def pseudo(self) -> dict[str, Json]:
        uuid = identity_fields(self.account, self.region, self.stack)["uuid"]
        arn = f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack"
        return {
            "AWS::AccountId": self.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": f"{arn}/{self.stack}/{uuid}",
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": self.url_suffix,
        }


_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"))


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem found while values are resolved; the template knows where `owner` stands."""

    owner: str
    code: str
    message: str
    hint: str | None = None
    severity: str = "error"
    target: str = ""


class Unresolvable(Exception):
    """A value cannot be computed."""

    def __init__(
        self, message: str, hint: str | None = None, *, code: str = "PRJ020", target: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.target = target


Function: TypeAlias = Callable[["Resolver", Json], Json]


@dataclass(slots=True)
class Resolver:
    """Values of one translated template."""

    place: Place
    parameters: Mapping[str, Json]
    resources: Mapping[str, Mapping[str, Json]]
    mappings: Mapping[str, Json]
    conditions: Conditions
    attributes: Mapping[str, str] = field(default_factory=dict)  # "Logical.Attribute" → value
    absent: Mapping[str, str] = field(default_factory=dict)  # logical id → its false condition
    findings: list[Finding] = field(default_factory=list)
    owner: str = ""
    _open: list[str] = field(default_factory=list)

    def resolve(self, value: Json) -> Json:
        """The value with every function replaced; a failure is noted and gives a text for it."""
        if isinstance(value, dict):
            if len(value) == 1:
                [(name, argument)] = value.items()
                if name == "Ref" or (name.startswith("Fn::") and name in FUNCTIONS):
                    return self._call(name, argument)
                if name.startswith("Fn::"):
                    if name != "Fn::Transform":  # includes.py reported it
                        self.note(Unresolvable(*refusal(name), code="PRJ024"))
                    return f"<{name}>"
            found = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in found.items() if item is not NO_VALUE}
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        return value

    def _call(self, name: str, argument: Json) -> Json:
        try:
            return _ref(self, argument) if name == "Ref" else FUNCTIONS[name](self, argument)
        except ConditionError as error:
            self.note(Unresolvable(str(error), code="PRJ022"))
        except Unresolvable as error:
            self.note(error)
        return f"<{name}>"

    def note(self, error: Unresolvable) -> None:
        finding = Finding(self.owner, error.code, error.message, error.hint, target=error.target)
        if finding not in self.findings:
            self.findings.append(finding)

    def text(self, value: Json, what: str) -> str:
        found = self.resolve(value)
        if isinstance(found, dict | list):
            raise Unresolvable(f"{what} needs a text here, and this is {compact(found)[:80]}")
        return as_text(found)

    def list_of(self, value: Json, what: str) -> list[Json]:
        found = self.resolve(value)
        if not isinstance(found, list):
            raise Unresolvable(f"{what} needs a list here, and this is {compact(found)[:80]}")
        return found

    # --- references -----------------------------------------------------------------------------

    def ref(self, name: str) -> Json:
        pseudo = self.place.pseudo()
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        spec = self._spec(name)
        return self._fill(spec.ref, name, spec) if spec else f"{self.place.stack}-{name}"

    def attribute(self, name: str, attribute: str) -> Json:
        if f"{name}.{attribute}" in self.attributes:
            return self.attributes[f"{name}.{attribute}"]
        spec = self._spec(name)
        if spec is None:
            return f"{self.place.stack}-{name}.{attribute}"
        if attribute not in spec.attributes:
            raise Unresolvable(
                *unknown_attribute(name, attribute, self.type_of(name)),
                code="PRJ021",
                target=f"{name}.{attribute}",
            )
        return self._fill(spec.attributes[attribute], name, spec)

    def type_of(self, name: str) -> str:
        return as_text(self.resources[name].get("Type"))

    def name_of(self, name: str) -> str:
        """The physical name: the property that names it, or one made of stack and logical id."""
        spec = self._spec(name) or TypeSpec()
        properties = self._properties(name)
        written = properties.get(spec.name) if spec.name else None
        if written is not None:
            value = self._guarded(name, str(spec.name), written)
            if value is not NO_VALUE:
                return as_text(value)
        fifo = as_text(properties.get(f"Fifo{'Queue' if spec.limit == 80 else 'Topic'}")) == "true"
        return default_name(spec, self.place.stack, name, fifo=fifo)

    def _spec(self, name: str) -> TypeSpec | None:
        if name in self.absent:
            raise Unresolvable(
                f"'{name}' is not created: its condition '{self.absent[name]}' is false",
                "choose with Fn::If, or drop the condition",
                code="PRJ022",
                target=name,
            )
        if name not in self.resources:
            known = [*self.resources, *self.parameters]
            raise Unresolvable(
                unknown_name(name), did_you_mean(name, known), code="PRJ020", target=name
            )
        return SPECS.get(self.type_of(name))

    def _properties(self, name: str) -> Mapping[str, Json]:
        properties = self.resources[name].get("Properties", {})
        return properties if isinstance(properties, dict) else {}

    def _guarded(self, name: str, key: str, value: Json) -> Json:
        step = f"{name}.{key}"
        if step in self._open:
            circle = " -> ".join([*self._open[self._open.index(step) :], step])
            raise Unresolvable(f"values refer to each other in a circle: {circle}", code="PRJ023")
        self._open.append(step)
        try:
            return self.resolve(value)
        finally:
            self._open.pop()

    def _fill(self, template: str, name: str, spec: TypeSpec) -> str:
        def value(match: re.Match[str]) -> str:
            return self._field(match[1], name, spec)

        return _FIELD.sub(value, template)

    def _field(self, key: str, name: str, spec: TypeSpec) -> str:
        place = self.place
        properties = self._properties(name)
        simple = {
            "account": place.account,
            "region": place.region,
            "partition": place.partition,
            "stack": place.stack,
            "logical": name,
            "suffix_url": place.url_suffix,
            **identity_fields(place.account, place.region, place.stack, name),
        }
        if key in simple:
            return simple[key]
        if key == "name":
            return self.name_of(name)
        if key == "arn":
            attribute = next(item for item in ARN_ATTRIBUTES if item in spec.attributes)
            return self._fill(spec.attributes[attribute], name, spec)
        if key == "versioned_machine":
            return self._versioned_machine(name, properties)
        if key == "protocol":
            return "wss" if properties.get("ProtocolType") == "WEBSOCKET" else "https"
        if key in _PROPERTY_FIELDS:
            written, default = _PROPERTY_FIELDS[key]
            text = as_text(self._guarded(name, written, properties.get(written)))
            if key == "bus_prefix":
                bus = text.rpartition("/")[2]
                return f"{bus}/" if bus not in {"", "default"} else ""
            return text or default
        return as_text(self._guarded(name, key, properties.get(key)))

    def _versioned_machine(self, name: str, properties: Mapping[str, Json]) -> str:
        """The ARN of the state machine whose version an alias leads to."""
        given = properties.get("RoutingConfiguration") or properties.get("DeploymentPreference")
        first = given[0] if isinstance(given, list) else given
        version = first.get("StateMachineVersionArn") if isinstance(first, dict) else None
        return as_text(self._guarded(name, "version", version)).rpartition(":")[0]


_PROPERTY_FIELDS = {
    "path": ("Path", "/"),
    "schedule_group": ("GroupName", "default"),
    "bus_prefix": ("EventBusName", ""),
}


def unknown_name(name: str) -> str:
    return f"'{name}' is referred to, and no parameter or resource has that name"


def unknown_attribute(name: str, attribute: str, kind: str) -> tuple[str, str]:
    spec = SPECS[kind]
    if kind == STACK:
        output = attribute.removeprefix("Outputs.")
        if output == attribute:
            message = f"GetAtt: {kind} '{name}' has no attribute '{attribute}'"
            return message, f"its outputs are read as {name}.Outputs.Name"
        hint = f'give it a value: [tool.simulator.attributes] "{name}.{attribute}" = "..."'
        return f"the output '{output}' of the nested application '{name}' is not known here", hint
    known = ", ".join(sorted(spec.attributes)) or "no attributes"
    near = did_you_mean(attribute, spec.attributes)
    hint = near or f"known: {known}; or give it a value: [tool.simulator.attributes]"
    return f"GetAtt: {kind} '{name}' has no attribute '{attribute}'", hint


def refusal(name: str) -> tuple[str, str | None]:
    """Why a function is not resolved, and what to do."""
    if name == "Fn::ImportValue":
        return (
            "Fn::ImportValue reads another stack, and there is only this one here",
            "make it a parameter, with its value below [tool.simulator.parameters]",
        )
    if name.startswith("Fn::ForEach"):
        return ("Fn::ForEach is not supported", "write the resources out, or render the template")
    return (f"{name} is no intrinsic function", did_you_mean(name, FUNCTIONS))


# --- the functions ------------------------------------------------------------------------------


def _ref(resolver: Resolver, argument: Json) -> Json:
    if not isinstance(argument, str):
        raise Unresolvable("Ref takes one name")
    return resolver.ref(argument)


def _get_att(resolver: Resolver, argument: Json) -> Json:
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
        return resolver.attribute(name, attribute)
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
        return resolver.attribute(argument[0], resolver.text(argument[1], "Fn::GetAtt"))
    raise Unresolvable("Fn::GetAtt takes a logical id and an attribute")


def _sub(resolver: Resolver, argument: Json) -> Json:
    variables: Mapping[str, Json] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        variables = argument[1]
        argument = argument[0]
    if not isinstance(argument, str):
        raise Unresolvable("Fn::Sub takes a text, or a list of a text and its variables")

    def value(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"${{{name}}}"
        if name in variables:
            return resolver.text(variables[name], f"Fn::Sub: ${{{name}}}")
        logical_id, dot, attribute = name.partition(".")
        found = resolver.attribute(logical_id, attribute) if dot else resolver.ref(name)
        if isinstance(found, dict | list):
            raise Unresolvable(f"Fn::Sub: ${{{name}}} is a list, not a text")
        return "" if found is NO_VALUE else as_text(found)

    return VARIABLE.sub(value, argument)


def _join(resolver: Resolver, argument: Json) -> Json:
    if not isinstance(argument, list) or len(argument) != 2:
        raise Unresolvable("Fn::Join takes a delimiter and a list")
    parts = resolver.list_of(argument[1], "Fn::Join")
    return as_text(argument[0]).join(resolver.text(part, "Fn::Join") for part in parts)


def _select(resolver: Resolver, argument: Json) -> Json:
    if not isinstance(argument, list) or len(argument) != 2:
        raise Unresolvable("Fn::Select takes an index and a list")
    index = resolver.text(argument[0], "Fn::Select")
    items = resolver.list_of(argument[1], "Fn::Select")
    if not index.isdigit() or int(index) >= len(items):
        raise Unresolvable(f"Fn::Select: the list has {len(items)} items and no index {index}")
    return items[int(index)]


def _split(resolver: Resolver, argument: Json) -> Json:
    if not isinstance(argument, list) or len(argument) != 2 or not as_text(argument[0]):
        raise Unresolvable("Fn::Split takes a delimiter and a text")
    parts: list[Json] = [*resolver.text(argument[1], "Fn::Split").split(as_text(argument[0]))]
    return parts


def _if(resolver: Resolver, argument: Json) -> Json:
    if not isinstance(argument, list) or len(argument) != 3:
        raise Unresolvable("Fn::If takes a condition and two values")
    return resolver.resolve(argument[1] if resolver.conditions.holds(argument[0]) else argument[2])


def _find_in_map(resolver: Resolver, argument: Json) -> Json:
    if not isinstance(argument, list) or not 3 <= len(argument) <= 4:
        raise Unresolvable("Fn::FindInMap takes a map name and two keys")
    found: Json = dict(resolver.mappings)
    for depth, part in enumerate(argument[:3]):
        key = resolver.text(part, "Fn::FindInMap")
        if not isinstance(found, dict) or key not in found:
            if len(argument) == 4 and isinstance(argument[3], dict):
                return resolver.resolve(argument[3].get("DefaultValue"))
            what = ("map", "first key", "second key")[depth]
            hint = did_you_mean(key, found) if isinstance(found, dict) else None
            raise Unresolvable(f"Fn::FindInMap: there is no {what} '{key}'", hint)
        found = found[key]
    return found


def _base64(resolver: Resolver, argument: Json) -> Json:
    return base64.b64encode(resolver.text(argument, "Fn::Base64").encode()).decode()


def _get_azs(resolver: Resolver, argument: Json) -> Json:
    region = resolver.text(argument, "Fn::GetAZs") or resolver.place.region
    return [f"{region}{letter}" for letter in "abc"]


def _cidr(resolver: Resolver, argument: Json) -> Json:
    parts = (
        [resolver.text(part, "Fn::Cidr") for part in argument] if isinstance(argument, list) else []
    )
    if not 2 <= len(parts) <= 3:
        raise Unresolvable("Fn::Cidr takes an address block, a count and the bits of each")
    try:
        block = ipaddress.ip_network(parts[0])
        bits = int(parts[2]) if len(parts) == 3 else 8
        subnets = block.subnets(new_prefix=block.max_prefixlen - bits)
        return [str(subnet) for subnet, _ in zip(subnets, range(int(parts[1])), strict=False)]
    except ValueError as error:
        raise Unresolvable(f"Fn::Cidr: {error}") from error


def _length(resolver: Resolver, argument: Json) -> Json:
    return len(resolver.list_of(argument, "Fn::Length"))


def _to_json_string(resolver: Resolver, argument: Json) -> Json:
    return compact(resolver.resolve(argument))


FUNCTIONS: Mapping[str, Function] = {
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::GetAZs": _get_azs,
    "Fn::Cidr": _cidr,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
}
