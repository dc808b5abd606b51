"""State machine definitions: finds the text, fills in substitutions, parses it with its places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from simulator.asl.apis import Apis
from simulator.asl.checks import check
from simulator.asl.model import StateMachine
from simulator.asl.parameters import check_parameters
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.errors import SourceError, UsageError
from simulator.problems import Location, Problem, did_you_mean
from simulator.project.document import escape
from simulator.project.machine_settings import logging_of, tags_of, traced, wrong_logging
from simulator.project.parameters import as_text
from simulator.project.template import Resource, Template
from simulator.render.build import Parameters
from simulator.render.templates import render
from simulator.values import Json, compact

Origin: TypeAlias = Callable[[int], Location]
Kind: TypeAlias = Literal["STANDARD", "EXPRESS"]
TYPE = "AWS::StepFunctions::StateMachine"
# AWS: keys of DefinitionSubstitutions; `${!Name}` stays as ${Name} (docs).
_SUBSTITUTION = re.compile(r"\$\{(!?)([A-Za-z0-9_]+)\}")
_UNRESOLVED = re.compile(r"<(?:Ref|Fn::\w+)>")  # what the resolver leaves where it reports one
_SOMETHING = "arn:aws:lambda:us-east-1:123456789012:function:unresolved"
_BLOCK = re.compile(r"\|[+-]?\d?\s*(#.*)?$")


@dataclass(frozen=True, slots=True)
class Workflow:
    """One state machine of the template. `path` is the file to edit.

    `logging` is its LoggingConfiguration as the API has it.
    """

    name: str
    logical_id: str
    arn: str
    kind: Kind
    machine: StateMachine
    definition: Json
    path: Path
    role_arn: str
    location: Location
    logging: Mapping[str, Json] | None = None
    tracing: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The definition file's name without its endings: "payment"."""
        return self.path.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class _Text:
    """A definition before substitution. `origin` gives the place of each of its lines."""

    text: str
    path: Path  # tells Source whether it is JSON or YAML
    edit: Path
    origin: Origin | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Shifts:
    """How much longer substitutions made a line: problems are told at the columns of the file."""

    path: Path | None
    _by_line: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # (column, longer by)

    def add(self, line: int, column: int, longer: int) -> None:
        self._by_line.setdefault(line, []).append((column, longer))

    def back(self, problems: Iterable[Problem]) -> list[Problem]:
        return [replace(problem, location=self._place(problem.location)) for problem in problems]

    def _place(self, place: Location) -> Location:
        if place.path != self.path:
            return place
        column = place.column
        for end, longer in self._by_line.get(place.line, ()):
            if column > end + longer:
                column -= longer
        return replace(place, column=column)


@dataclass(slots=True)
class Definitions:
    """Reads the definitions of one template. `problems` has everything found on the way.

    With `apis` the parameters of integrations are checked too, which takes reading their models.
    """

    root: Path
    template: Template
    stage: str | None = None
    problems: list[Problem] = field(default_factory=list)
    apis: Apis | None = None

    def workflows(self) -> list[Workflow]:
        found = (self.workflow(resource) for resource in self.template.of_type(TYPE))
        return [workflow for workflow in found if workflow is not None]

    def workflow(self, resource: Resource) -> Workflow | None:
        kind = self._kind(resource)
        source = self._text(resource)
        if source is None:
            return None
        self.problems += source.problems
        text, shifts = self._substituted(resource, source)
        try:
            parsed = Source.read(text, source.path, source.origin)
        except SourceError as error:
            self.problems += shifts.back(error.problems)
            return None
        machine, problems = parse(parsed, kind=kind)
        found = shifts.back(problems)
        self.problems += found
        if machine is None:
            return None
        self.problems += shifts.back(check(machine))
        if self.apis is not None:
            self.problems += shifts.back(check_parameters(machine, self.apis, parsed.locate))
        logging = logging_of(resource.properties)
        if (wrong := wrong_logging(logging)) is not None:
            self._report("PRJ059", wrong, resource, "LoggingConfiguration", "Logging")
        return Workflow(
            name=resource.name,
            logical_id=resource.logical_id,
            arn=resource.physical_id,
            kind=kind,
            machine=machine,
            definition=parsed.value,
            path=source.edit,
            role_arn=as_text(resource.properties.get("RoleArn")),
            location=resource.location,
            logging=logging,
            tracing=traced(resource.properties),
            tags=tags_of(resource.properties),
        )

    # --- where the text is ----------------------------------------------------------------------

    def _kind(self, resource: Resource) -> Kind:
        kind = as_text(resource.properties.get("StateMachineType", "STANDARD"))
        if kind == "EXPRESS":
            return "EXPRESS"
        if kind != "STANDARD":
            self._report("PRJ055", f"Type is STANDARD or EXPRESS, not '{kind}'", resource, "Type")
        return "STANDARD"

    def _text(self, resource: Resource) -> _Text | None:
        properties = resource.properties
        given = [
            key
            for key in ("Definition", "DefinitionString", "DefinitionS3Location")
            if properties.get(key) is not None
        ]
        if len(given) != 1:
            message = f"a state machine has one definition, this one has {len(given)}"
            hint = "write DefinitionUri (AWS::Serverless) or DefinitionS3Location: path"
            self._report("PRJ050", message, resource, hint=hint)
            return None
        value = properties[given[0]]
        if given[0] == "DefinitionS3Location":
            return self._file(resource, value)
        if given[0] == "Definition":
            return self._inline(resource, value)
        return self._string(resource, value)

    def _file(self, resource: Resource, value: Json) -> _Text | None:
        if not isinstance(value, str) or value.startswith("s3://"):
            message = "the definition is in S3, not here"
            hint = "name the local file; SAM CLI uploads it"
            self._report("PRJ051", message, resource, "DefinitionUri", hint=hint)
            return None
        path = self.template.path.parent / value
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            near = did_you_mean(path.name, _names(path.parent))
            reason = error.strerror if isinstance(error, OSError) else str(error)
            message = f"the definition '{value}' cannot be read: {reason}"
            self._report("PRJ052", message, resource, "DefinitionUri", hint=near)
            return None
        return self._rendered(path, text) or _Text(text, path, path)

    def _rendered(self, path: Path, text: str) -> _Text | None:
        """When the file was rendered: problems belong to the lines of its template."""
        template = template_of(path)
        if template is None:
            return None
        try:
            parameters = Parameters.read(template.parent).of(self.stage_of(path))
            rendered = render(template, parameters)
        except SourceError as error:
            return _Text(text, path, template, problems=error.problems)
        except UsageError as error:
            problem = Problem("PRJ054", str(error), Location(path))
            return _Text(text, path, template, problems=(problem,))
        if rendered.text != text:
            message = f"it is not what {template.name} renders to"
            problem = Problem("PRJ053", message, Location(path, 1, 1), "run `simulator build`")
            return _Text(text, path, template, problems=(problem,))
        return _Text(text, path, template, rendered.origin)

    def stage_of(self, path: Path) -> str | None:
        return path.parent.name if path.parent.name != "rendered" else None

    def _place(self, resource: Resource, *names: str) -> str:
        """The pointer of the first of these properties that is written in the template."""
        base = f"/Resources/{escape(resource.origin)}/Properties"
        return next(
            (
                f"{base}/{name}"
                for name in names
                if f"{base}/{name}" in self.template.document.marks
            ),
            f"/Resources/{escape(resource.origin)}",
        )

    def _inline(self, resource: Resource, value: Json) -> _Text:
        lines: list[tuple[str, str]] = []
        _write(_resolved(value), "", "", "", lines)
        base = self._place(resource, "Definition")
        document = self.template.document

        def origin(line: int) -> Location:
            pointer = lines[min(max(line, 1), len(lines)) - 1][1]
            return document.locate(base + pointer)

        path = self.template.path
        text = "\n".join(line for line, _ in lines)
        return _Text(text, path.with_suffix(".json"), path, origin)

    def _string(self, resource: Resource, value: Json) -> _Text | None:
        if not isinstance(value, str):
            self._report("PRJ050", "DefinitionString is a text", resource, "DefinitionString")
            return None
        place = self.template.document.locate(self._place(resource, "DefinitionString"))
        block = self._block_start(resource)

        def origin(line: int) -> Location:
            if block is None:
                return place
            return Location(place.path, block + line, 1, place.pointer)

        path = self.template.path
        is_json = value.lstrip().startswith("{")
        return _Text(value, path.with_suffix(".json" if is_json else ".yaml"), path, origin)

    def _block_start(self, resource: Resource) -> int | None:
        """The line on which a literal block (`|`) starts; its text begins on the next one."""
        base = self._place(resource, "DefinitionString")
        document = self.template.document
        lines = self.template.path.read_text(encoding="utf-8").splitlines()
        for pointer in (f"{base}/Fn::Sub/0", f"{base}/Fn::Sub", base):
            if pointer in document.marks:
                line = document.marks[pointer][0]
                if _BLOCK.search(lines[line - 1]):
                    return line
        return None

    # --- substitutions --------------------------------------------------------------------------

    def _substituted(self, resource: Resource, source: _Text) -> tuple[str, _Shifts]:
        given = resource.properties.get("DefinitionSubstitutions")
        values = given if isinstance(given, dict) else {}
        used: set[str] = set()
        shifts = _Shifts(source.path if source.origin is None else None)
        lines = source.text.split("\n")
        for number, line in enumerate(lines, 1):

            def value(match: re.Match[str], number: int = number) -> str:
                literal, name = match.groups()
                text = match[0]
                if literal:
                    text = f"${{{name}}}"
                else:
                    used.add(name)
                    if name in values:
                        text = as_text(values[name])
                        text = _SOMETHING if _UNRESOLVED.fullmatch(text) else text
                    else:
                        self._missing(name, values, source, number, match.start() + 1)
                shifts.add(number, match.end(), len(text) - len(match[0]))
                return text

            lines[number - 1] = _SUBSTITUTION.sub(value, line)
        for name in values:
            if name not in used:
                self._unused(name, resource, used)
        return "\n".join(lines), shifts

    def _missing(
        self, name: str, values: Mapping[str, Json], source: _Text, line: int, column: int
    ) -> None:
        place = source.origin(line) if source.origin else Location(source.path, line, column)
        near = did_you_mean(name, values)
        hint = near or f"add {name} to DefinitionSubstitutions, or write ${{!{name}}} for the text"
        message = f"DefinitionSubstitutions has no '{name}'"
        self.problems.append(Problem("PRJ056", message, place, hint))

    def _unused(self, name: str, resource: Resource, used: set[str]) -> None:
        base = f"/Resources/{escape(resource.origin)}/Properties/DefinitionSubstitutions"
        place = self.template.document.locate(f"{base}/{escape(name)}")
        message = f"the definition has no ${{{name}}}"
        hint = did_you_mean(name, used) or "delete the substitution"
        self.problems.append(Problem("PRJ057", message, place, hint, "warning"))

    def _report(
        self, code: str, message: str, resource: Resource, *names: str, hint: str | None = None
    ) -> None:
        aliases = {"DefinitionUri": ("DefinitionUri", "DefinitionS3Location")}
        wanted = [alias for name in names for alias in aliases.get(name, (name,))]
        place = self.template.document.locate(self._place(resource, *wanted))
        self.problems.append(Problem(code, message, place, hint))


def template_of(path: Path) -> Path | None:
    """workflows/payment.asl.json.j2 for workflows/rendered/[stage/]payment.asl.json."""
    for folder in (path.parent, path.parent.parent):
        template = folder.parent / f"{path.name}.j2"
        if folder.name == "rendered" and template.is_file():
            return template
    return None


def _resolved(value: Json) -> Json:
    """Unresolved references are reported where they stand: their workflow is read without them."""
    if isinstance(value, dict):
        return {key: _resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item) for item in value]
    return _SOMETHING if isinstance(value, str) and _UNRESOLVED.fullmatch(value) else value


def _names(folder: Path) -> list[str]:
    return [item.name for item in folder.iterdir()] if folder.is_dir() else []


def _write(value: Json, pointer: str, indent: str, prefix: str, out: list[tuple[str, str]]) -> None:
    """JSON with one node a line, and the pointer of each line."""
    if not value or not isinstance(value, dict | list):
        out.append((f"{indent}{prefix}{compact(value)}", pointer))
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    out.append((f"{indent}{prefix}{opening}", pointer))
    items: list[tuple[str, str, Json]] = (
        [(f"{compact(key)}: ", escape(key), item) for key, item in value.items()]
        if isinstance(value, dict)
        else [("", str(index), item) for index, item in enumerate(value)]
    )
    for index, (label, segment, item) in enumerate(items):
        _write(item, f"{pointer}/{segment}", f"{indent}  ", label, out)
        if index + 1 < len(items):
            text, place = out[-1]
            out[-1] = (f"{text},", place)
    out.append((f"{indent}{closing}", pointer))
