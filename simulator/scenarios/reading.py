"""Reads scenario files and bare events; reports every problem with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from simulator.asl.source import Source
from simulator.engine.ports import Failure, Success
from simulator.errors import SourceError
from simulator.problems import Location, Problem, did_you_mean, in_order
from simulator.scenarios.bare import bare_scenario, is_bare_event
from simulator.scenarios.durations import parse_duration, parse_instant
from simulator.scenarios.scenario import DEFAULT_CLOCK, SCHEMA, Scenario, Step
from simulator.scenarios.vocabulary import Vocabulary, hint_for
from simulator.scenarios.words import (
    EXPECT,
    FAULT,
    GIVEN,
    MOCK,
    SCENARIO,
    STEP,
    STEPS,
    Shape,
    Words,
    escaped,
)
from simulator.values import Json

SUFFIXES = frozenset({".json", ".yaml", ".yml"})
_EVENT_FOLDER = "events"
_PROJECT_FILES = ("template.yaml", "template.yml", "template.json")
EXPLANATIONS: Mapping[str, str] = {
    "SCN001": "A scenario file cannot be opened, or a path holds no scenario.",
    "SCN002": "A value in a scenario has the wrong shape; the message says what stands there.",
    "SCN003": "A key that a scenario, step, fault or mock must have is missing.",
    "SCN004": "A key is neither a word of scenario/1 nor registered by the project's vocabulary.",
    "SCN005": "A step's kind is neither the toolkit's nor registered by the project's vocabulary.",
    "SCN008": "An invariant is named that the project's vocabulary does not register.",
    "SCN009": "The file's schema is missing or is not scenario/1.",
    "SCN010": "Two scenarios have the same id; reports name scenarios by it.",
    "SCN012": "A file is neither a scenario nor an event that can start something.",
    "SCN013": "A scenario names a workflow, state, function or schedule that the project lacks.",
    "SCN014": "The vocabulary folder cannot be used: missing, not importable, or register() failed.",
    "SCN015": "An http step asks the API of an account where no stack of the project is deployed.",
}


def load(paths: Path | Iterable[Path], vocabulary: Vocabulary | None = None) -> list[Scenario]:
    """The scenarios of files and folders, in order. SourceError carries every problem found."""
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    wanted = [paths] if isinstance(paths, Path) else list(paths)
    words = vocabulary or Vocabulary()
    for path in wanted:
        files = list(_files(path))
        if not files:
            what = "holds no scenario" if path.exists() else "does not exist"
            problems.append(
                Problem("SCN001", f"{path} {what}", Location(path), "name a file or a folder")
            )
        for file in files:
            found, wrong = read(file, words)
            scenarios += found
            problems += wrong
    if any(problem.severity == "error" for problem in problems):
        raise SourceError(in_order(problems))
    return _unique(scenarios)


def _unique(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """A file named twice, or by its folder too, counts once."""
    return list(
        {(scenario.path.resolve(), scenario.id): scenario for scenario in scenarios}.values()
    )


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for entry in sorted(path.iterdir()):
            if entry.is_dir():
                # A folder with a template of its own is another project.
                if not entry.name.startswith(".") and not _is_project(entry):
                    yield from _files(entry)
            elif entry.suffix in SUFFIXES and _is_wanted(entry):
                yield entry


def _is_project(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _PROJECT_FILES)


def _is_wanted(path: Path) -> bool:
    """Not every data file below a folder is a scenario; one that says so is."""
    folders = (Path.cwd().name, *path.parts[:-1])
    return _EVENT_FOLDER in folders or declares_scenario(path)


def declares_scenario(path: Path) -> bool:
    """Does the file look like a scenario, rightly written or not? An empty one was to be one."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return True  # what cannot be read is told and not passed over
    return not text.strip() or "scenario/" in text or ("steps" in text and "expect" in text)


def read(path: Path, vocabulary: Vocabulary) -> tuple[list[Scenario], list[Problem]]:
    """All scenarios of one file that can be used, and every problem."""
    try:
        source = Source.read(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        return [], [Problem("SCN001", f"cannot read the file: {why}", Location(path))]
    except SourceError as error:
        return [], list(error.problems)
    several = isinstance(source.value, list)
    entries = source.value if isinstance(source.value, list) else [source.value]
    scenarios: list[Scenario] = []
    problems: list[Problem] = list(source.problems)
    for index, entry in enumerate(entries):
        reader = _Reader(source, f"/{index}" if several else "", vocabulary)
        name = f"{path.stem.removesuffix('.scenario')}[{index}]" if several else path.stem
        scenario = reader.read(entry, name)
        problems += reader.problems
        if scenario is not None:
            scenarios.append(scenario)
    if not entries:
        problems.append(Problem("SCN001", "the list holds no scenario", Location(path)))
    seen: set[str] = set()
    for scenario in scenarios:
        if scenario.id in seen:
            message = f"two scenarios of this file have the id '{scenario.id}'"
            problems.append(Problem("SCN010", message, scenario.location, "give one another id"))
        seen.add(scenario.id)
    return ([] if problems else scenarios), in_order(problems)


class _Reader:
    """One scenario of a source."""

    def __init__(self, source: Source, base: str, vocabulary: Vocabulary) -> None:
        self.source = source
        self.base = base
        self.vocabulary = vocabulary
        self.problems: list[Problem] = []

    def place(self, pointer: str) -> Location:
        return self.source.locate(self.base + pointer)

    def report(self, code: str, message: str, pointer: str, hint: str | None = None) -> None:
        self.problems.append(Problem(code, message, self.place(pointer), hint))

    def read(self, value: Json, name: str) -> Scenario | None:
        if not isinstance(value, dict):
            self.report("SCN012", "a scenario or an event is a mapping", "")
            return None
        if "schema" not in value and is_bare_event(value):
            return bare_scenario(value, name, self.source.locate(self.base))
        if value.get("schema") != SCHEMA:
            self._refuse_schema(value)
            return None
        self.shapes(value, SCENARIO, "", "a scenario")
        for key in value:
            if key not in SCENARIO.shapes:
                hint = did_you_mean(key, SCENARIO.shapes)
                self.report("SCN004", f"unknown key '{key}' in a scenario", _join("", key), hint)
        self.given(value.get("given"))
        self.steps(value.get("steps"))
        self.expect(value.get("expect"))
        scenario = None if self.problems else self._scenario(value)
        return None if self.problems else scenario

    def _refuse_schema(self, value: Mapping[str, Json]) -> None:
        if "schema" in value:
            message = f"the schema is {value['schema']!r}; only '{SCHEMA}' is known"
            self.report("SCN009", message, "/schema")
        elif {"steps", "expect", "given"} & value.keys():
            self.report("SCN009", "the schema is missing", "", f'add "schema": "{SCHEMA}"')
        else:
            self.report(
                "SCN012",
                "neither a scenario nor an event",
                "",
                'a scenario has "schema": "scenario/1"; an event has "detail-type", "source" and'
                ' "detail", or "workflow" and "input", or "method" and "path"',
            )

    def shapes(self, value: Mapping[str, Json], words: Words, pointer: str, what: str) -> None:
        """Are the required keys there, and has every known key the right shape?"""
        for key in words.required:
            if key not in value:
                self.report("SCN003", f"{what} needs '{key}'", pointer)
        for key, shape in words.shapes.items():
            if key in value:
                self.shape(value[key], shape, _join(pointer, key), key)

    def shape(self, value: Json, shape: Shape, pointer: str, key: str) -> None:
        for below, wanted in shape(value):
            message = f"'{key}{_readable(below)}' must be {wanted}"
            self.report("SCN002", message, pointer + below)

    def unknown(
        self, section: Literal["given", "expect"], key: str, known: Iterable[str], kind: str
    ) -> None:
        pointer = _join(f"/{section}", key)
        hints = [did_you_mean(key, known), hint_for(self.vocabulary, kind, key)]
        hint = " or ".join(text for text in hints if text)
        self.report("SCN004", f"unknown key '{key}' under '{section}'", pointer, hint)

    def given(self, given: Json) -> None:
        if not isinstance(given, dict):
            return
        self.shapes(given, GIVEN, "/given", "'given'")
        known = {*GIVEN.shapes, *self.vocabulary.fixtures}
        for key in given:
            if key not in known:
                self.unknown("given", key, known, "fixture")
        for index, fault in enumerate(_list(given.get("faults"))):
            self.fault(fault, f"/given/faults/{index}")
        mocks = given.get("mocks")
        for state, script in mocks.items() if isinstance(mocks, dict) else ():
            for index, mock in enumerate(_list(script)):
                self.mock(mock, f"{_join('/given/mocks', state)}/{index}")

    def fault(self, fault: Json, pointer: str) -> None:
        if not isinstance(fault, dict):
            return
        self.only(fault, FAULT, pointer, "a fault")
        if "kill" in fault:
            if "function" not in fault:
                self.report("SCN003", "a fault with 'kill' needs 'function'", pointer)
        else:
            for key in ("service", "operation"):
                if key not in fault:
                    self.report("SCN003", f"a fault needs '{key}'", pointer)
            if "error" not in fault and fault.get("effect") != "ignored":
                self.report("SCN003", 'a fault needs \'error\' (or "effect": "ignored")', pointer)

    def mock(self, mock: Json, pointer: str) -> None:
        if not isinstance(mock, dict):
            return
        self.only(mock, MOCK, pointer, "a mock")
        if ("output" in mock) == ("error" in mock):
            message = "a mock has either 'output' or 'error'"
            self.report("SCN003", message, pointer, 'for instance {"error": "States.TaskFailed"}')

    def only(self, value: Mapping[str, Json], words: Words, pointer: str, what: str) -> None:
        """The shapes, and no other key."""
        self.shapes(value, words, pointer, what)
        for key in value:
            if key not in words.shapes:
                hint = did_you_mean(key, words.shapes)
                self.report("SCN004", f"unknown key '{key}' in {what}", _join(pointer, key), hint)

    def steps(self, steps: Json) -> None:
        for index, step in enumerate(_list(steps)):
            if isinstance(step, dict):
                self.step(step, f"/steps/{index}")

    def step(self, step: Mapping[str, Json], pointer: str) -> None:
        known = {*STEPS, *self.vocabulary.steps}
        self.shapes(step, STEP, pointer, "a step")
        kind = step_kind(step, known)
        if kind is None:
            named = sorted(step.keys() - {"at"})
            if "send" in step:
                self.unknown_step(str(step["send"]), _join(pointer, "send"), known)
            elif len(named) == 1:
                self.unknown_step(named[0], _join(pointer, named[0]), known)
            else:
                message = "a step needs 'send'"
                self.report("SCN003", message, pointer, f"one of {', '.join(sorted(known))}")
            return
        if kind in STEPS:
            words = STEPS[kind]
            what = f"the step '{kind}'"
            self.only(
                step, Words(words.required, {**words.optional, **STEP.optional}), pointer, what
            )
            if kind == "callback" and ("result" in step) == ("error" in step):
                message = "the step 'callback' has either 'result' or 'error'"
                self.report("SCN003", message, pointer)
            return
        keys = self.vocabulary.step_keys.get(kind)
        for key in step if keys is not None else ():
            if key not in {*(keys or ()), "at", "send", kind}:
                hint = did_you_mean(key, keys or ())
                self.report(
                    "SCN004", f"unknown key '{key}' in the step '{kind}'", _join(pointer, key), hint
                )

    def unknown_step(self, kind: str, pointer: str, known: Iterable[str]) -> None:
        hints = [did_you_mean(kind, known), hint_for(self.vocabulary, "step", kind)]
        hint = " or ".join(text for text in hints if text)
        self.report("SCN005", f"unknown kind of step '{kind}'", pointer, hint)

    def expect(self, expect: Json) -> None:
        if not isinstance(expect, dict):
            return
        known = {*EXPECT, *self.vocabulary.probes}
        for key, want in expect.items():
            pointer = _join("/expect", key)
            if key in EXPECT:
                self.shape(want, EXPECT[key], pointer, key)
            elif key not in self.vocabulary.probes:
                self.unknown("expect", key, known, "probe")
        for index, name in enumerate(_list(expect.get("invariants"))):
            if isinstance(name, str) and name not in self.vocabulary.invariants:
                hints = [
                    did_you_mean(name, self.vocabulary.invariants),
                    hint_for(self.vocabulary, "invariant", name),
                ]
                hint = " or ".join(text for text in hints if text)
                message = f"unknown invariant '{name}'"
                self.report("SCN008", message, f"/expect/invariants/{index}", hint)

    def _scenario(self, value: dict[str, Any]) -> Scenario:
        given: dict[str, Any] = value.get("given", {})
        clock = parse_instant(given["clock"]) if "clock" in given else DEFAULT_CLOCK
        steps = self._steps(value["steps"])
        if steps and steps[-1].at > datetime.max.replace(tzinfo=UTC) - clock:
            last = steps[-1].location.pointer.removeprefix(self.base)
            self.report("SCN002", "'at' is later than the clock can count", last)
        expect: dict[str, Any] | None = value.get("expect")
        pointers = [
            "/workflow",
            "/steps",
            "/expect",
            *(_join("/expect", key) for key in expect or {}),
            *(f"/given/faults/{index}" for index in range(len(given.get("faults", ())))),
            *(_join("/given/mocks", key) for key in given.get("mocks", {})),
        ]
        return Scenario(
            id=value["id"],
            title=value.get("title", ""),
            path=self.place("").path,
            location=self.place(""),
            workflow=value.get("workflow"),
            why=value.get("why", ""),
            clock=clock,
            given=given,
            steps=steps,
            expect=expect,
            mocks={
                state: tuple(map(_result, script))
                for state, script in given.get("mocks", {}).items()
            },
            faults=tuple(given.get("faults", ())),
            seed=given.get("seed", 0),
            schedules=given.get("schedules", "manual"),
            notes=value.get("notes"),
            origins={pointer: self.place(pointer) for pointer in pointers},
        )

    def _steps(self, steps: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
        known = {*STEPS, *self.vocabulary.steps}
        found = [
            Step(
                at=parse_duration(step.get("at", "PT0S")),
                kind=step_kind(step, known) or "",
                body=step,
                where=f"steps[{index}]",
                location=self.place(f"/steps/{index}"),
            )
            for index, step in enumerate(steps)
        ]
        return tuple(sorted(found, key=lambda step: step.at))


def step_kind(step: Mapping[str, Json], known: Iterable[str]) -> str | None:
    """What `send` names, or the one key that is a kind: {"at": ..., "mutate": {...}}."""
    if "send" in step:
        kind = step["send"]
        return kind if isinstance(kind, str) and kind in known else None
    named = [key for key in step if key in known]
    return named[0] if len(named) == 1 else None


def _result(mock: Mapping[str, Any]) -> Success | Failure:
    took = parse_duration(mock["took"]) if "took" in mock else timedelta(0)
    if "error" in mock:
        return Failure(mock["error"], mock.get("cause"), took)
    return Success(mock["output"], took)


def read_results(path: Path) -> dict[str, tuple[Success | Failure, ...]]:
    """Scripted results by state, as `given.mocks` has them. SourceError carries every problem."""
    try:
        source = Source.read(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SourceError(
            [Problem("SCN001", f"cannot read the file: {why}", Location(path))]
        ) from None
    reader = _Reader(source, "", Vocabulary())
    reader.problems += source.problems
    value: Any = source.value
    for below, wanted in GIVEN.shapes["mocks"](value):
        reader.report("SCN002", f"the results{_readable(below)} must be {wanted}", below)
    if not reader.problems:
        for state, script in value.items():
            for index, mock in enumerate(script):
                reader.mock(mock, f"{_join('', state)}/{index}")
    if reader.problems:
        raise SourceError(in_order(reader.problems))
    return {state: tuple(map(_result, script)) for state, script in value.items()}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _join(pointer: str, key: str) -> str:
    return f"{pointer}/{escaped(key)}"


def _readable(pointer: str) -> str:
    """A pointer as one would write it: [0].service for /0/service."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)
