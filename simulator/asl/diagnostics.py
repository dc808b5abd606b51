"""A definition's diagnostics as ValidateStateMachineDefinition gives them, and what Create says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from simulator.asl import aws_words
from simulator.asl.checks import check
from simulator.asl.graph import all_states, expressions
from simulator.asl.json_errors import json_error
from simulator.asl.model import StateMachine
from simulator.asl.parse import parse, targets
from simulator.asl.reading import Kind
from simulator.asl.source import Source, escape
from simulator.asl.static_values import static_values
from simulator.errors import SourceError
from simulator.problems import AwsWords, Problem
from simulator.values import Json

Severity: TypeAlias = Literal["ERROR", "WARNING"]
MOST: Final = 100
_NAME: Final = Path("definition.json")
# What the service looks for when every object has passed its schema; `_transitions` finds it.
_TRANSITIONS: Final = frozenset({"ASL007", "ASL017", "ASL201"})
_PATTERNS: Final = (".sync", ".sync:2", ".waitForTaskToken")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """`location` is "/States/Name/Field", with `[0]` for places in arrays; None for nowhere."""

    severity: Severity
    code: str
    message: str
    location: str | None = None

    def answer(self) -> dict[str, Json]:
        """As the API has it."""
        found: dict[str, Json] = {
            "severity": self.severity, "code": self.code, "message": self.message,
        }  # fmt: skip
        return found if self.location is None else {**found, "location": self.location}

    def __str__(self) -> str:
        # AWS: "null" where there is no place (published)
        return f"{self.code}: {self.message} at {self.location or 'null'}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`errors` are all errors; `diagnostics` what was asked for, at most so many."""

    errors: tuple[Diagnostic, ...]
    diagnostics: tuple[Diagnostic, ...]
    truncated: bool = False

    @property
    def valid(self) -> bool:
        return not self.errors

    @property
    def error(self) -> str | None:
        """The error code of CreateStateMachine and UpdateStateMachine."""
        return "InvalidDefinition" if self.errors else None

    @property
    def message(self) -> str | None:
        """What these two say (recorded)."""
        if not self.errors:
            return None
        return f"Invalid State Machine Definition: '{', '.join(map(str, self.errors))}'"

    def answer(self) -> dict[str, Json]:
        """ValidateStateMachineDefinition's response."""
        return {
            "result": "OK" if self.valid else "FAIL",
            "diagnostics": [item.answer() for item in self.diagnostics],
            "truncated": self.truncated,
        }


def diagnose(
    text: str | bytes,
    kind: Kind = "STANDARD",
    *,
    severity: Severity = "ERROR",
    most: int = MOST,
) -> Diagnosis:
    """Never raises. `severity` WARNING asks for errors and warnings, ERROR for errors alone.

    `most` is MaxResults: 0 means the default of 100. Schema errors keep the service from looking at
    transitions (recorded: a definition without StartAt has no unreachable states).
    """
    found = list(_found(text, kind))
    errors = tuple(item for item in found if item.severity == "ERROR")
    asked = tuple(found) if severity == "WARNING" else errors
    return Diagnosis(errors, asked[: most or MOST], len(asked) > (most or MOST))


def variable_references(machine: StateMachine) -> dict[str, list[str]]:
    """DescribeStateMachine's variableReferences: state → the variables it reads, sorted (recorded)."""
    found = {}
    for state in all_states(machine):
        names = {name for expression in expressions(state) for name in expression.variables}
        if names:
            found[state.name] = sorted(names)
    return found


def _found(text: str | bytes, kind: Kind) -> Iterator[Diagnostic]:
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not text.strip():
        yield _worded(aws_words.NOT_AN_OBJECT, None)
        return
    try:
        source = Source.read(text, _NAME)
    except SourceError as error:
        wrong = json_error(text)
        if wrong is not None:
            yield Diagnostic("ERROR", "INVALID_JSON_DESCRIPTION", wrong.message, wrong.place)
        else:
            yield Diagnostic("ERROR", "INVALID_JSON_DESCRIPTION", error.problems[0].message)
        return
    machine, problems = parse(source, kind=kind)
    if machine is not None:
        problems = [*problems, *check(machine)]
    errors = [item for item in problems if item.severity == "error"]
    schema = [item for item in errors if item.code not in _TRANSITIONS]
    if schema:
        yield from _schema(source.value, schema)
    elif isinstance(source.value, dict):
        yield from _transitions(source.value)
    if isinstance(source.value, dict):
        for code, message, pointer in static_values(source.value):
            yield Diagnostic("WARNING", code, message, _location(source.value, pointer))


def _worded(words: AwsWords, location: str | None) -> Diagnostic:
    return Diagnostic("ERROR", words.code, words.message, location if words.is_placed else None)


def _schema(value: Json, problems: Iterable[Problem]) -> list[Diagnostic]:
    """In the definition's order; what one object lacks is one message."""
    order = {pointer: at for at, pointer in enumerate(_pointers(value, ""))}
    placed: list[tuple[str, AwsWords]] = []
    for problem in problems:
        words = problem.aws or _resource_words(value, problem) or AwsWords(problem.message)
        pointer = problem.location.pointer if words.pointer is None else words.pointer
        placed.append((pointer, words))
    placed.sort(key=lambda item: _rank(order, item[0]))
    found: list[Diagnostic] = []
    for pointer, words in placed:
        if aws_words.is_required(words):
            together = aws_words.required_together(other for at, other in placed if at == pointer)
            words = together or words  # noqa: PLW2901 - the same message for all of them
        diagnostic = _worded(words, _location(value, pointer))
        if diagnostic not in found:
            found.append(diagnostic)
    return found


def _resource_words(value: Json, problem: Problem) -> AwsWords | None:
    """A Resource's problems differ for a person, hardly for the service."""
    if problem.code not in ("ASL020", "ASL021", "ASL022"):
        return None
    resource = _at(value, problem.location.pointer)
    if not isinstance(resource, str):
        return None
    if problem.code == "ASL022":
        for pattern in _PATTERNS:
            if resource.endswith(pattern):
                return aws_words.express_pattern(pattern.removeprefix("."))
        return aws_words.express_activity()
    return aws_words.unrecognized(resource) if resource.startswith("arn:") else aws_words.NOT_AN_ARN


# --- transitions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Container:
    """One object with StartAt and States, and its pointer."""

    pointer: str
    value: Mapping[str, Any]

    @property
    def states(self) -> Mapping[str, Any]:
        return self.value["States"]  # type: ignore[no-any-return]  # its schema has been checked

    def moves(self, name: str) -> list[tuple[str, str]]:
        return targets(self.states[name], f"{self.pointer}/States/{escape(name)}")


def _transitions(value: dict[str, Json]) -> Iterator[Diagnostic]:
    containers = list(_containers(value, ""))
    for container in containers:
        start = container.value["StartAt"]
        moves = [(f"{container.pointer}/StartAt", start)]
        moves += [move for name in container.states for move in container.moves(name)]
        for pointer, target in moves:
            if target not in container.states:
                yield _worded(aws_words.missing_target(target), _location(value, pointer))
    # AWS: only the outermost states must have an end among them, and without one it looks no further
    if not any(_ends(state) for state in containers[0].states.values()):
        yield _worded(aws_words.NO_TERMINAL_STATE, None)
        return
    for container in containers:
        alive: set[str] = set()
        waiting = [container.value["StartAt"]]
        while waiting:
            name = waiting.pop()
            if name in container.states and name not in alive:
                alive.add(name)
                waiting.extend(target for _, target in container.moves(name))
        for name in container.states:
            if name not in alive:
                pointer = f"{container.pointer}/States/{escape(name)}"
                yield _worded(aws_words.unreachable(name), _location(value, pointer))


def _containers(value: Any, pointer: str) -> Iterator[_Container]:
    yield _Container(pointer, value)
    for name, state in value["States"].items():
        base = f"{pointer}/States/{escape(name)}"
        for index, branch in enumerate(state.get("Branches", ())):
            yield from _containers(branch, f"{base}/Branches/{index}")
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                yield from _containers(state[field], f"{base}/{field}")


def _ends(state: Mapping[str, Any]) -> bool:
    return state.get("Type") in ("Succeed", "Fail") or state.get("End") is True


# --- places ------------------------------------------------------------------------------------


def _pointers(value: Json, pointer: str) -> Iterator[str]:
    yield pointer
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pointers(item, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _pointers(item, f"{pointer}/{index}")


def _rank(order: Mapping[str, int], pointer: str) -> int:
    while pointer and pointer not in order:
        pointer = pointer.rpartition("/")[0]
    return order.get(pointer, 0)


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _at(value: Json, pointer: str) -> Json:
    node: Any = value
    for step in _steps(pointer):
        try:
            node = node[int(step)] if isinstance(node, list) else node[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return node  # type: ignore[no-any-return]  # a part of the definition


def _location(value: Json, pointer: str) -> str:
    """AWS: names as they are, `[0]` in arrays, "/" for the definition itself."""
    node: Any = value
    text = ""
    for step in _steps(pointer):
        if isinstance(node, list) and step.isdigit():
            text += f"[{step}]"
            node = node[int(step)] if int(step) < len(node) else None
        else:
            text += f"/{step}"
            node = node.get(step) if isinstance(node, dict) else None
    return text or "/"
