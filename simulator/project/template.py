"""Reads a SAM or CloudFormation template: its resources with every value resolved."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.errors import UsageError
from simulator.problems import Location, Problem, did_you_mean, in_order
from simulator.project.conditions import ConditionError, Conditions
from simulator.project.document import Document, escape
from simulator.project.includes import FUNCTION as TRANSFORM
from simulator.project.includes import with_includes
from simulator.project.intrinsics import Finding, Place, Resolver
from simulator.project.local_files import LocalFiles
from simulator.project.parameters import resolve_parameters
from simulator.project.references import References, dependencies, in_dependency_order
from simulator.project.types import NESTED, SERVERLESS_PREFIX, SPECS, STACK, near_type
from simulator.values import Json

_TRANSFORM = "AWS::Serverless-2016-10-31"
_IN_GLOBALS = re.compile(
    r"'Globals' section is invalid. '(?P<key>\w+)' is not a supported property of '(?P<kind>\w+)'"
)
_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Hooks", "Mappings",
        "Metadata", "Outputs", "Parameters", "Resources", "Rules", "Transform",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource after the transform. `origin` is the logical id it was written under."""

    logical_id: str
    type: str
    properties: Mapping[str, Json]
    location: Location
    physical_id: str  # what Ref gives
    name: str
    arn: str | None
    origin: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """`resources` stand in an order in which each comes after what it needs."""

    path: Path
    place: Place
    document: Document
    parameters: Mapping[str, Json]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Json]
    problems: tuple[Problem, ...]
    raw: Mapping[str, Mapping[str, Json]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(
        cls,
        path: Path,
        parameters: Mapping[str, Json],
        account: str,
        region: str,
        *,
        stack: str = "app",
        attributes: Mapping[str, str] | None = None,
    ) -> Template:
        """SourceError only when there is no template at all; else see `problems`."""
        document = with_includes(Document.read(path))
        place = Place(account, region, stack)
        return _Reader(document, place, parameters, attributes or {}).read()

    def of_type(self, *types: str) -> list[Resource]:
        return [resource for resource in self.resources.values() if resource.type in types]

    def resource(self, logical_id: str) -> Resource:
        if logical_id not in self.resources:
            near = did_you_mean(logical_id, self.resources)
            hint = f"; {near}" if near else ""
            raise UsageError(f"{self.path} has no resource '{logical_id}'{hint}")
        return self.resources[logical_id]

    def locate(self, logical_id: str, inside: str = "") -> Location:
        return self.document.locate(f"/Resources/{escape(logical_id)}{inside}")


@dataclass(frozen=True, slots=True)
class _Session:
    """All that the transform asks of boto3: which Region. No credentials, no network."""

    region_name: str


class _Reader:
    def __init__(
        self,
        document: Document,
        place: Place,
        overrides: Mapping[str, Json],
        attributes: Mapping[str, str],
    ) -> None:
        self.document = document
        self.place = place
        self.attributes = attributes
        self.problems = list(document.problems)
        self.parameters, problems = resolve_parameters(document, overrides)
        self.problems += problems
        self.written = self._written()

    def read(self) -> Template:
        self._sections()
        translated = self._translate()
        if translated is None:
            return self._template({}, {}, {})  # whatever refers to anything would be wrong now
        raw = translated.get("Resources", {})
        resolver, present = self._resolver(raw)
        types = {name: str(body.get("Type")) for name, body in raw.items()}
        references = References(
            self.document, types, self.written, self.parameters, self.place.pseudo(),
            self._section("Conditions"), self._section("Mappings"), self.attributes,
        )  # fmt: skip
        references.check()
        self.problems += references.problems
        graph = dependencies(present)
        order, circles = in_dependency_order(graph)
        for circle in circles:
            self._circle(circle)
        found = {} if circles else {
            name: self._resource(name, present[name], resolver, graph[name]) for name in order
        }  # fmt: skip
        resolver.owner = ""
        outputs = {} if circles else self._outputs(translated.get("Outputs"), resolver)
        self.problems += self._placed(resolver.findings, references)
        self._unknown_types(present)
        return self._template(found, outputs, raw)

    def _template(
        self, found: dict[str, Resource], outputs: dict[str, Json], raw: dict[str, dict[str, Json]]
    ) -> Template:
        return Template(
            self.document.path, self.place, self.document, self.parameters, found, outputs,
            tuple(in_order(self.problems)), raw,
        )  # fmt: skip

    # --- the document ---------------------------------------------------------------------------

    def _section(self, name: str) -> dict[str, Json]:
        value = self.document.value.get(name, {})
        return value if isinstance(value, dict) else {}

    def _report(
        self, code: str, message: str, pointer: str, hint: str | None = None, *, warn: bool = False
    ) -> None:
        place = self.document.locate(pointer)
        problem = Problem(code, message, place, hint, "warning" if warn else "error")
        self.problems.append(problem)

    def _written(self) -> dict[str, str]:
        found = {}
        for name, body in self._section("Resources").items():
            if isinstance(body, dict) and isinstance(body.get("Type"), str):
                found[name] = str(body["Type"])
            elif name != TRANSFORM:  # includes.py reported it
                pointer = f"/Resources/{escape(name)}"
                self._report("PRJ005", f"the resource '{name}' has no Type", pointer)
        return found

    def _sections(self) -> None:
        for name in self.document.value:
            if name not in _SECTIONS:
                hint = did_you_mean(name, _SECTIONS)
                self._report(
                    "PRJ005", f"a template has no section '{name}'", f"/{escape(name)}", hint
                )
        if not self._section("Resources"):
            self._report("PRJ005", "the template has no Resources", "/Resources")
        transforms = self.document.value.get("Transform", [])
        for transform in transforms if isinstance(transforms, list) else [transforms]:
            name = str(transform)
            if name not in {_TRANSFORM, "AWS::LanguageExtensions"}:
                hint = f"known: {_TRANSFORM}, AWS::LanguageExtensions"
                message = f"the transform {name!r} is not supported"
                self._report("PRJ006", message, "/Transform", hint)

    # --- the transform --------------------------------------------------------------------------

    def _is_serverless(self) -> bool:
        transforms = self.document.value.get("Transform", [])
        named = transforms if isinstance(transforms, list) else [transforms]
        serverless = [
            name for name, kind in self.written.items() if kind.startswith(SERVERLESS_PREFIX)
        ]
        if serverless and _TRANSFORM not in named:
            message = f"{self.written[serverless[0]]} needs the SAM transform"
            hint = f"write Transform: {_TRANSFORM}"
            self._report("PRJ006", message, f"/Resources/{escape(serverless[0])}", hint)
        return _TRANSFORM in named

    def _translate(self) -> dict[str, Any] | None:
        """The template after the transform; None when that refuses it."""
        resources = {
            name: body
            for name, body in self._section("Resources").items()
            if name in self.written and isinstance(body, dict)
        }
        nested = self._nested(resources)
        if not self._is_serverless():
            plain = {
                name: copy.deepcopy(body)
                for name, body in resources.items()
                if not self.written[name].startswith(SERVERLESS_PREFIX)
            }
            return {**self.document.value, "Resources": {**plain, **nested}}
        files = LocalFiles()
        written: dict[str, Json] = {**self.document.value}
        written["Resources"] = dict(resources)
        body = copy.deepcopy(written)
        files.hide(body)
        translated = self._run_translator(body)
        if translated is None:
            return None
        shown = files.show(translated)
        shown["Resources"] = {**shown.get("Resources", {}), **nested}
        return shown

    def _nested(self, resources: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
        """Takes nested applications out of `resources`; what is left of them can be referred to."""
        found: dict[str, dict[str, Json]] = {}
        for name in [item for item in resources if self.written[item] in NESTED]:
            message = f"the nested application '{name}' is left out"
            hint = "load its template as a project of its own"
            self._report("PRJ090", message, f"/Resources/{escape(name)}", hint, warn=True)
            body = resources.pop(name)
            kept = {key: body[key] for key in ("Condition", "DependsOn") if key in body}
            found[name] = {**kept, "Type": STACK}
        return found

    def _run_translator(self, body: dict[str, Json]) -> dict[str, Any] | None:
        from samtranslator.model.exceptions import InvalidDocumentException  # takes 0.4 s
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator

        logging.getLogger("samtranslator").setLevel(logging.ERROR)  # its own metrics and features
        translator = Translator(None, Parser(), boto_session=_Session(self.place.region))
        texts = {name: ",".join(map(str, value)) if isinstance(value, list) else value
                 for name, value in self.parameters.items()}  # fmt: skip
        pseudo = {"AWS::AccountId": self.place.account, "AWS::StackName": self.place.stack}
        try:
            result: dict[str, Any] = translator.translate(
                body, {**pseudo, **texts}, get_managed_policy_map=dict
            )
        except InvalidDocumentException as error:
            for cause in error.causes:
                self._refused(cause)
            return None
        except Exception as error:  # noqa: BLE001 - the transform fails with anything on odd input
            message = f"the SAM transform failed: {type(error).__name__}: {error}"
            self._report("PRJ007", message, "/Resources", "look for a value of the wrong type")
            return None
        return result

    def _refused(self, cause: Any) -> None:
        logical_id = getattr(cause, "_logical_id", None)
        pointer = (
            f"/Resources/{escape(logical_id)}" if isinstance(logical_id, str) else "/Resources"
        )
        message = str(cause.message)
        if shared := _IN_GLOBALS.match(message):
            self._report("PRJ008", f"SAM: {message}", f"/Globals/{shared['kind']}/{shared['key']}")
            return
        # "...Event with id [X] is invalid": the event is the nearer place.
        _, found, rest = message.partition("Event with id [")
        if found:
            pointer += f"/Properties/Events/{escape(rest.partition(']')[0])}"
        for name in ("property", "Property"):
            _, found, rest = message.partition(f"{name} '")
            key = rest.partition("'")[0]
            if (
                found
                and key.isidentifier()
                and f"{pointer}/Properties/{key}" in self.document.marks
            ):
                pointer = f"{pointer}/Properties/{key}"
                break
        self._report("PRJ008", f"SAM: {message}", pointer)

    # --- values ---------------------------------------------------------------------------------

    def _resolver(
        self, raw: dict[str, dict[str, Json]]
    ) -> tuple[Resolver, dict[str, dict[str, Json]]]:
        """The resolver, and the resources whose condition holds."""
        resolver = Resolver(
            self.place, self.parameters, {}, self._section("Mappings"),
            Conditions({}, lambda value: value), self.attributes,
        )  # fmt: skip
        resolver.conditions = Conditions(self._section("Conditions"), resolver.resolve)
        absent: dict[str, str] = {}
        for name, body in raw.items():
            condition = body.get("Condition")
            if condition is None:
                continue
            try:
                if not resolver.conditions.holds(condition):
                    absent[name] = str(condition)
            except ConditionError as error:
                pointer = f"/Conditions/{condition}"
                self._report("PRJ022", str(error), pointer)
        present = {name: body for name, body in raw.items() if name not in absent}
        resolver.resources = present
        resolver.absent = absent
        return resolver, present

    def _resource(
        self, name: str, body: Mapping[str, Json], resolver: Resolver, needs: list[str]
    ) -> Resource:
        resolver.owner = name
        kind = str(body.get("Type"))
        properties = resolver.resolve(body.get("Properties", {}))
        arn = None
        if kind in SPECS and "{arn}" not in SPECS[kind].attributes:
            arn = self._arn(name, kind, resolver)
        origin = self._origin(name)
        return Resource(
            logical_id=name,
            type=kind,
            properties=properties if isinstance(properties, dict) else {},
            location=self.document.locate(self._pointer(name, origin)),
            physical_id=str(resolver.resolve({"Ref": name})),
            name=resolver.name_of(name),
            arn=arn,
            origin=origin,
            needs=tuple(needs),
        )

    def _arn(self, name: str, kind: str, resolver: Resolver) -> str | None:
        for attribute in ("Arn", "TopicArn", "ARN", "PolicyArn"):
            if attribute in SPECS[kind].attributes:
                return str(resolver.resolve({"Fn::GetAtt": [name, attribute]}))
        return None

    def _origin(self, name: str) -> str:
        if name in self.written:
            return name
        longest = [other for other in self.written if name.startswith(other)]
        return max(longest, key=len, default="")

    def _pointer(self, name: str, origin: str) -> str:
        """Where a resource stands; one generated for an event stands where the event does."""
        if not origin:
            return "/Resources"
        pointer = f"/Resources/{escape(origin)}"
        rest = name.removeprefix(origin)
        events = [
            mark
            for mark in self.document.marks
            if mark.startswith(f"{pointer}/Properties/Events/")
            and mark.count("/") == 5
            and rest.startswith(mark.rpartition("/")[2])
        ]
        return max(events, key=len, default=pointer)

    def _outputs(self, section: Json, resolver: Resolver) -> dict[str, Json]:
        found = {}
        for name, body in section.items() if isinstance(section, dict) else ():
            if not isinstance(body, dict):
                continue
            condition = body.get("Condition")
            try:
                if condition is None or resolver.conditions.holds(condition):
                    found[name] = resolver.resolve(body.get("Value"))
            except ConditionError as error:
                self._report("PRJ022", str(error), f"/Outputs/{escape(name)}")
        return found

    def _placed(self, findings: list[Finding], references: References) -> list[Problem]:
        """Findings that only show once values are known; the rest was reported where it stands."""
        found = []
        known = {problem.message for problem in references.problems}
        for finding in findings:
            if finding.target in references.unknown or finding.message in known:
                continue
            origin = self._origin(finding.owner) if finding.owner else ""
            pointer = f"/Resources/{escape(origin)}" if origin else "/Outputs"
            place = references.places.get((origin, finding.target)) or self.document.locate(pointer)
            found.append(Problem(finding.code, finding.message, place, finding.hint))
        return found

    def _circle(self, circle: list[str]) -> None:
        message = f"resources need each other in a circle: {' -> '.join(circle)}"
        hint = "write one of the names out instead of Ref or GetAtt"
        self._report("PRJ023", message, f"/Resources/{escape(self._origin(circle[0]))}", hint)

    def _unknown_types(self, present: Mapping[str, Mapping[str, Json]]) -> None:
        for kind in dict.fromkeys(str(body.get("Type")) for body in present.values()):
            if kind not in SPECS:
                name = next(key for key, body in present.items() if body.get("Type") == kind)
                message = (
                    f"the type {kind} is not known: nothing stands in for it, and Ref gives a"
                    " made-up name"
                )
                pointer = f"/Resources/{escape(self._origin(name))}"
                self._report("PRJ027", message, pointer, near_type(kind), warn=True)
