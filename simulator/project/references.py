"""Checks every reference of a template where it is written, whether its branch is taken or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from simulator.problems import Location, Problem, did_you_mean
from simulator.project.document import Document, unescape, walk
from simulator.project.intrinsics import (
    DYNAMIC_REFERENCE,
    FUNCTIONS,
    VARIABLE,
    refusal,
    unknown_attribute,
    unknown_name,
)
from simulator.project.types import SERVERLESS_PREFIX, SPECS, STACK
from simulator.values import Json

# AWS SAM: `!Ref Name.Suffix` names a resource that the transform generates (docs).
_GENERATED = {
    "AWS::Serverless::Function": {"Version", "Alias", "DestinationTopic", "DestinationQueue"},
    "AWS::Serverless::Api": {"Stage", "Deployment", "DomainName", "UsagePlan", "ApiKey"},
    "AWS::Serverless::HttpApi": {"Stage", "Deployment", "DomainName"},
    "AWS::Serverless::StateMachine": {"Version", "Alias"},
}
_CHECKED = ("Resources", "Outputs", "Conditions", "Globals")


_OF_CONDITIONS = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"})


@dataclass(slots=True)
class References:
    """What refers to what. `types` has the resources as written and as generated."""

    document: Document
    types: Mapping[str, str]
    written: Mapping[str, str]  # logical id → type, as written in the template
    parameters: Mapping[str, Json]
    pseudo: Mapping[str, Json]
    conditions: Iterable[str]
    mappings: Iterable[str]
    attributes: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    places: dict[tuple[str, str], Location] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def check(self) -> None:
        for section in _CHECKED:
            for pointer, node in walk(self.document.value.get(section), f"/{section}"):
                if "/Metadata/" in pointer:
                    continue
                if isinstance(node, dict) and len(node) == 1:
                    [(name, argument)] = node.items()
                    self._intrinsic(pointer, name, argument)
                elif isinstance(node, str) and DYNAMIC_REFERENCE.search(node):
                    message = "dynamic references are kept as they are written"
                    self._report(
                        "PRJ025", message, pointer, "give the value through a parameter", warn=True
                    )
        for name, body in self._resources():
            self._attributes_of(name, body)

    def _resources(self) -> Iterator[tuple[str, dict[str, Json]]]:
        section = self.document.value.get("Resources")
        for name, body in section.items() if isinstance(section, dict) else ():
            if isinstance(body, dict):
                yield name, body

    def _attributes_of(self, name: str, body: Mapping[str, Json]) -> None:
        condition = body.get("Condition")
        if isinstance(condition, str):
            self._condition(f"/Resources/{name}/Condition", condition)
        wanted = body.get("DependsOn", [])
        for other in wanted if isinstance(wanted, list) else [wanted]:
            if isinstance(other, str) and other not in self.types and other not in self.written:
                self._unknown(f"/Resources/{name}/DependsOn", other, self.types)

    def _intrinsic(self, pointer: str, name: str, argument: Json) -> None:
        inner = f"{pointer}/{name.replace('/', '~1')}"
        if name == "Ref" and isinstance(argument, str):
            self._name(inner, argument)
        elif name == "Fn::GetAtt":
            parts = argument.partition(".")[::2] if isinstance(argument, str) else argument
            if isinstance(parts, list | tuple) and len(parts) == 2 and isinstance(parts[0], str):
                self._attribute(inner, parts[0], parts[1])
        elif name == "Fn::Sub":
            self._sub(inner, argument)
        elif name == "Fn::If" and isinstance(argument, list) and argument:
            self._condition(f"{inner}/0", argument[0])
        elif name == "Condition" and pointer.startswith("/Conditions/"):
            self._condition(inner, argument)
        elif name == "Fn::FindInMap" and isinstance(argument, list) and argument:
            if isinstance(argument[0], str) and argument[0] not in self.mappings:
                message = f"Fn::FindInMap: there is no map '{argument[0]}'"
                self._report("PRJ020", message, inner, did_you_mean(argument[0], self.mappings))
        elif (
            name.startswith("Fn::")
            and name not in FUNCTIONS
            and name != "Fn::Transform"  # includes.py reported it
            and not (pointer.startswith("/Conditions/") and name in _OF_CONDITIONS)
        ):
            message, hint = refusal(name)
            # Nothing in a simulation reads an output; what another stack exports can be missing.
            warn = name == "Fn::ImportValue" and pointer.startswith("/Outputs/")
            self._report("PRJ024", message, inner, hint, warn=warn)

    def _sub(self, pointer: str, argument: Json) -> None:
        variables: Iterable[str] = ()
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
            variables = argument[1]
            argument = argument[0]
        if not isinstance(argument, str):
            return
        for literal, name in VARIABLE.findall(argument):
            if literal or name in variables:
                continue
            logical_id, dot, attribute = name.partition(".")
            if dot and name not in self.pseudo:
                self._attribute(pointer, logical_id, attribute)
            else:
                self._name(pointer, name)

    def _name(self, pointer: str, name: str) -> None:
        self._remember(pointer, name)
        if name in self.parameters or name in self.pseudo or name in self.types:
            return
        if name in self.written:  # renamed by the transform, which renames its references too
            return
        base, _, suffix = name.partition(".")
        if suffix in _GENERATED.get(self.written.get(base, ""), ()):
            return
        self._unknown(pointer, name, [*self.types, *self.parameters])

    def _attribute(self, pointer: str, name: str, attribute: Json) -> None:
        self._remember(pointer, name)
        self._remember(pointer, f"{name}.{attribute}")
        if f"{name}.{attribute}" in self.attributes or not isinstance(attribute, str):
            return
        base, _, suffix = name.partition(".")
        if suffix or attribute.partition(".")[0] in _GENERATED.get(self.written.get(base, ""), ()):
            return
        kind = self.types.get(name)
        if kind is None:
            if name not in self.written:
                self._unknown(pointer, name, self.types)
        elif kind in SPECS and attribute not in SPECS[kind].attributes:
            message, hint = unknown_attribute(name, attribute, kind)
            self.unknown.add(f"{name}.{attribute}")
            warn = kind == STACK and pointer.startswith("/Outputs/")
            self._report("PRJ021", message, pointer, hint, warn=warn)
        elif kind not in SPECS and not kind.startswith(SERVERLESS_PREFIX):
            message = f"GetAtt: the attributes of {kind} are not known; a made-up text stands in"
            hint = f'give it a value: [tool.simulator.attributes] "{name}.{attribute}" = "..."'
            self._report("PRJ026", message, pointer, hint, warn=True)

    def _condition(self, pointer: str, name: Json) -> None:
        if not isinstance(name, str) or name not in self.conditions:
            message = f"no condition is called {name!r}"
            hint = did_you_mean(name, self.conditions) if isinstance(name, str) else None
            self._report("PRJ022", message, pointer, hint)

    def _unknown(self, pointer: str, name: str, known: Iterable[str]) -> None:
        self.unknown.add(name)
        self._report("PRJ020", unknown_name(name), pointer, did_you_mean(name, known))

    def _remember(self, pointer: str, target: str) -> None:
        parts = pointer.split("/")
        owner = unescape(parts[2]) if parts[1] == "Resources" else ""
        self.places.setdefault((owner, target), self.document.locate(pointer))

    def _report(
        self, code: str, message: str, pointer: str, hint: str | None, *, warn: bool = False
    ) -> None:
        place = self.document.locate(pointer)
        severity = "warning" if warn else "error"
        self.problems.append(Problem(code, message, place, hint, severity))  # type: ignore[arg-type]


def dependencies(resources: Mapping[str, Mapping[str, Json]]) -> dict[str, list[str]]:
    """Which resources each one needs before it: by Ref, GetAtt, Sub and DependsOn."""
    found: dict[str, list[str]] = {}
    for name, body in resources.items():
        wanted: dict[str, None] = {}
        after = body.get("DependsOn", [])
        for other in after if isinstance(after, list) else [after]:
            wanted[str(other)] = None
        for _, node in walk(body.get("Properties")):
            if isinstance(node, dict) and len(node) == 1:
                wanted |= dict.fromkeys(_targets(*next(iter(node.items()))))
        found[name] = [other for other in wanted if other in resources]
    return found


def _targets(function: str, argument: Json) -> Iterator[str]:
    if function == "Ref" and isinstance(argument, str):
        yield argument
    elif function == "Fn::GetAtt":
        first = argument[0] if isinstance(argument, list) and argument else argument
        if isinstance(first, str):
            yield first.partition(".")[0]
    elif function == "Fn::Sub":
        text = argument[0] if isinstance(argument, list) and argument else argument
        if isinstance(text, str):
            for literal, name in VARIABLE.findall(text):
                if not literal:
                    yield name.partition(".")[0]


def in_dependency_order(graph: Mapping[str, list[str]]) -> tuple[list[str], list[list[str]]]:
    """Names after what they need, and every circle found on the way."""
    order: list[str] = []
    circles: list[list[str]] = []
    done: set[str] = set()

    def visit(name: str, above: list[str]) -> None:
        if name in above:
            circles.append([*above[above.index(name) :], name])
            return
        if name in done:
            return
        for other in graph.get(name, []):
            visit(other, [*above, name])
        if name not in done:
            done.add(name)
            order.append(name)

    for name in graph:
        visit(name, [])
    return order, circles
