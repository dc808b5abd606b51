"""JSON of a definition → StateMachine, with every problem at its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from simulator.asl import aws_words
from simulator.asl.fields import (
    GRAPH,
    JSONATA,
    JSONPATH,
    MACHINE,
    PROCESSOR,
    PROCESSOR_CONFIG,
    TYPES,
)
from simulator.asl.model import (
    Fail,
    Graph,
    Map,
    Parallel,
    Pass,
    QueryLanguage,
    State,
    StateMachine,
    Succeed,
    Task,
    Wait,
)
from simulator.asl.parse_states import read_state
from simulator.asl.reading import Kind, Reader, Report, kind_of, one_of
from simulator.asl.source import TOO_DEEP, Source, escape, is_too_deep
from simulator.problems import Problem, did_you_mean, in_order
from simulator.values import Json

LANGUAGES = ("JSONPath", "JSONata")
_LONGEST_NAME = 80
_MOST_SECONDS = 99_999_999
_DEEPEST = 40


def parse(source: Source, *, kind: Kind = "STANDARD") -> tuple[StateMachine | None, list[Problem]]:
    """The machine, and all problems in the order of their places.

    Errors leave no machine. `kind` is the state machine's type: Express workflows know fewer
    patterns. Never raises.
    """
    report = Report(source, kind)
    if is_too_deep(source.value):
        report.add("ASL001", TOO_DEEP, "")
        return None, report.problems
    machine = _Parser(report).machine(source.value)
    problems = in_order(report.problems)
    if any(item.severity == "error" for item in problems):
        return None, problems
    return machine, problems


class _Parser:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.language: QueryLanguage = "JSONPath"
        self.depth = 0

    def machine(self, value: Json) -> StateMachine | None:
        if not isinstance(value, dict):
            message = f"a definition must be an object, not {kind_of(value)}"
            self.report.add("ASL003", message, "", aws=aws_words.NOT_AN_OBJECT)
            return None
        reader = Reader(self.report, value, "", "the definition")
        reader.unknown(MACHINE)
        if reader.choice("QueryLanguage", LANGUAGES, "JSONPath") == "JSONata":
            self.language = "JSONata"
        if reader.text("Version", default="1.0") != "1.0":
            message = "'Version' can only be '1.0'"
            reader.add("ASL010", message, "Version", aws=aws_words.one_of(["1.0"]))
        # AWS: 0 is accepted here, though not in a Task (published measurement).
        timeout = reader.number("TimeoutSeconds", None, 0, _MOST_SECONDS)
        comment = reader.text("Comment") or None
        graph = self.graph(reader)
        if graph is None:
            return None
        return StateMachine(
            graph, self.language, None if timeout is None else int(timeout), comment
        )

    def graph(self, reader: Reader) -> Graph | None:
        start = reader.text("StartAt", required=True)
        objects = reader.object("States", required=True)
        if objects is None:
            return None
        if not objects:
            message = "'States' needs at least one state"
            reader.add("ASL015", message, "States", aws=aws_words.EMPTY)
            return None
        if self.depth > _DEEPEST:
            message = f"states are nested more than {_DEEPEST} deep"
            reader.add("ASL010", message, "States", aws=aws_words.too_deep())
            return None
        self.depth += 1
        states: dict[str, State] = {}
        for name, value in objects.items():
            state = self._state(name, value, f"{reader.at('States')}/{escape(name)}")
            if state is not None:
                states[name] = state
        self.depth -= 1
        if start and start not in objects:
            reader.add(
                "ASL007",
                f"'StartAt' names the state '{start}', which does not exist",
                "StartAt",
                did_you_mean(start, objects),
                aws_words.missing_target(start),
            )
        self._check_targets(reader, objects)
        if self.depth == 0:
            self._check_end(reader, states, complete=len(states) == len(objects))
        if start not in states:
            return None
        return Graph(start, states, reader.location, reader.text("Comment") or None)

    def _state(self, name: str, value: Json, pointer: str) -> State | None:
        report = self.report
        if not name or len(name) > _LONGEST_NAME:
            message = f"a state's name has 1 to {_LONGEST_NAME} characters"
            report.add("ASL012", message, pointer, aws=aws_words.long_state_name(name))
        if name in report.names:
            where = report.source.locate(report.names[name])
            report.add(
                "ASL012",
                f"there are two states '{name}'",
                pointer,
                f"the other is at {where}; names are unique over the whole definition",
                aws=aws_words.duplicate_state(name),
            )
        report.names.setdefault(name, pointer)
        if not isinstance(value, dict):
            report.add(
                "ASL003",
                f"the state '{name}' must be an object, not {kind_of(value)}",
                pointer,
                f"'{name}' stands beside 'States', not in it" if name in MACHINE else None,
                aws=aws_words.of_type("OBJECT"),
            )
            return None
        reader = Reader(report, value, pointer, f"the state '{name}'")
        kind = reader.text("Type", required=True)
        if kind not in TYPES:
            if kind:
                reader.add(
                    "ASL009",
                    f"there is no state type '{kind}'",
                    "Type",
                    one_of(kind, TYPES),
                    aws_words.state_type(),
                )
            return None
        language = self._language(reader)
        report.language = language
        if self.language == "JSONPath" or reader.value.get("QueryLanguage") != "JSONPath":
            reader.unknown_in_state(kind, language)
        else:  # AWS: the downgrade is told, and nothing of the fields that come with it
            reader.unknown(JSONPATH[kind] | JSONATA[kind])
        return read_state(kind, name, reader, language, self._inner)

    def _language(self, reader: Reader) -> QueryLanguage:
        own = reader.choice("QueryLanguage", LANGUAGES, self.language)
        if own == "JSONPath" and self.language == "JSONata":
            reader.add(
                "ASL014",
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                None,
                "leave it out at the top, and set it in single states",
                aws_words.DOWNGRADED,
            )
            return "JSONata"
        return "JSONata" if own == "JSONata" else "JSONPath"

    def _inner(
        self, value: Json, pointer: str, kind: Literal["branch", "processor"]
    ) -> Graph | None:
        """A branch or a processor; its states take the top level's language (spec)."""
        title = "a branch" if kind == "branch" else "the item processor"
        if not isinstance(value, dict):
            message = f"{title} must be an object, not {kind_of(value)}"
            self.report.add("ASL003", message, pointer, aws=aws_words.of_type("OBJECT"))
            return None
        reader = Reader(self.report, value, pointer, title)
        reader.unknown(GRAPH if kind == "branch" else PROCESSOR)
        language, machine_kind = self.report.language, self.report.kind
        if kind == "processor" and (config := reader.object("ProcessorConfig")) is not None:
            self._config(
                Reader(self.report, config, reader.at("ProcessorConfig"), "ProcessorConfig")
            )
        graph = self.graph(reader)
        self.report.language, self.report.kind = language, machine_kind
        return graph

    def _config(self, reader: Reader) -> None:
        """Child executions that are EXPRESS know no more patterns than Express workflows (docs)."""
        reader.unknown(PROCESSOR_CONFIG)
        mode = reader.choice("Mode", ("INLINE", "DISTRIBUTED"), "INLINE")
        if mode == "DISTRIBUTED":
            if not reader.has("ExecutionType"):
                reader.needs("ExecutionType", " in DISTRIBUTED mode")
            if reader.choice("ExecutionType", ("STANDARD", "EXPRESS"), "STANDARD") == "EXPRESS":
                self.report.kind = "EXPRESS"
        elif reader.has("ExecutionType"):
            reader.add_whole(
                "ASL011",
                "'ExecutionType' needs DISTRIBUTED mode",
                "ExecutionType",
                None,
                aws_words.unsupported("ExecutionType"),
            )

    def _check_targets(self, reader: Reader, objects: Mapping[str, Json]) -> None:
        """Next, Default and Catch name states of the same States object (spec)."""
        for name, value in objects.items():
            if not isinstance(value, dict):
                continue
            base = f"{reader.at('States')}/{escape(name)}"
            for pointer, target in targets(value, base):
                if target in objects:
                    continue
                hint = did_you_mean(target, objects)
                if target in self.report.names:
                    hint = "it is inside another branch or processor; transitions cannot cross"
                field = pointer.rpartition("/")[2]
                message = f"'{field}' names the state '{target}', which does not exist"
                self.report.add(
                    "ASL007", message, pointer, hint, aws=aws_words.missing_target(target)
                )

    def _check_end(self, reader: Reader, states: Mapping[str, State], *, complete: bool) -> None:
        if complete and not any(_is_end(state) for state in states.values()):
            reader.add(
                "ASL017",
                "no state ends the workflow",
                "States",
                'give one "End": true, or add a Succeed or Fail state',
                aws_words.NO_TERMINAL_STATE,
            )


def targets(value: dict[str, Json], base: str) -> list[tuple[str, str]]:
    """Where a state's transitions lead, with the pointer of each; `base` is the state's pointer."""
    found = [
        (f"{base}/{field}", target)
        for field in ("Next", "Default")
        if isinstance(target := value.get(field), str)
    ]
    for field in ("Choices", "Catch"):
        items = value.get(field)
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, dict) and isinstance(target := item.get("Next"), str):
                found.append((f"{base}/{field}/{index}/Next", target))
    return found


def _is_end(state: State) -> bool:
    if isinstance(state, Succeed | Fail):
        return True
    return isinstance(state, Task | Pass | Wait | Parallel | Map) and state.next is None
