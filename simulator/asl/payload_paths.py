"""Paths that can find nothing, because no state before can have produced what they read.

Shapes flow from state to state along every transition; a path is told when it is missing from all
of them. What comes from outside (the execution's input, a task's result) may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulator.asl.choices import COMPARISONS
from simulator.asl.expressions import Expression
from simulator.asl.model import (
    Choice,
    Fail,
    Graph,
    Map,
    Parallel,
    Pass,
    State,
    StateMachine,
    Task,
    Wait,
)
from simulator.asl.shapes import (
    MISSING,
    Array,
    Object,
    Scalar,
    Shape,
    item_of,
    join,
    join_all,
    known_names,
    look_up,
    of_json,
    paths_of_call,
    write,
)
from simulator.problems import Problem, did_you_mean
from simulator.values import Json

_ERROR_OUTPUT: Final = Object({"Error": Scalar(), "Cause": Scalar()})
_PLAIN = re.compile(r"\{%\s*\$states\.(input|result|errorOutput)((?:\.[A-Za-z_]\w*)*)\s*%\}")
_DEEPEST: Final = 6
_ROUNDS: Final = 4  # a shape that still changes after so many visits of a state may be anything


def check_paths(machine: StateMachine) -> Iterator[Problem]:
    """ASL209, for states that can be reached."""
    problems: list[Problem] = []
    _run(machine.graph, None, problems, 0)
    yield from problems


def _run(graph: Graph, entry: Shape, problems: list[Problem] | None, depth: int) -> Shape:
    """The output of a graph whose first state gets `entry`.

    What is missing is told when there is a list for it, in a last round over settled shapes.
    """
    entries: dict[str, Shape] = {graph.start_at: entry}
    outputs: dict[str, list[Shape]] = {}
    visits: dict[str, int] = {}
    waiting = [graph.start_at]
    while waiting:
        name = waiting.pop(0)
        visits[name] = visits.get(name, 0) + 1
        ways = _Visit(graph.states[name], entries[name], None, depth).ways()
        outputs[name] = [found for target, found in ways if target is None]
        for target, found in ways:
            if target is None or target not in graph.states:
                continue
            joined = join(entries[target], found) if target in entries else found
            if visits.get(target, 0) >= _ROUNDS:
                joined = None
            if target in entries and joined == entries[target]:
                continue
            entries[target] = joined
            if target not in waiting:
                waiting.append(target)
    if problems is not None:
        for name, shape in entries.items():
            _Visit(graph.states[name], shape, problems, depth).ways()
    return join_all([found for each in outputs.values() for found in each])


@dataclass(slots=True)
class _Visit:
    """One state with the shape of its input; `problems` gets what is missing, when there is one."""

    state: State
    raw: Shape
    problems: list[Problem] | None
    depth: int

    def ways(self) -> list[tuple[str | None, Shape]]:
        """Target (None where the graph ends) and the output that goes there."""
        state = self.state
        if isinstance(state, Fail):
            for path, name in ((state.error, state.error_field), (state.cause, state.cause_field)):
                self.path(path, self.raw, name)
            return []
        outputs = self.jsonata() if state.data.query_language == "JSONata" else self.jsonpath()
        if isinstance(state, Choice):
            found: list[tuple[str | None, Shape]] = [
                (rule.next, output) for rule, output in zip(state.rules, outputs[1:], strict=True)
            ]
            if state.default is not None:
                found.append((state.default, outputs[0]))
            return found
        found = [(getattr(state, "next", None), outputs[0])]
        if isinstance(state, Task | Parallel | Map):
            catchers = zip(state.catchers, outputs[1:], strict=True)
            found += [(catcher.next, output) for catcher, output in catchers]
        return found

    # --- JSONPath -----------------------------------------------------------------------------

    def jsonpath(self) -> list[Shape]:
        """The output, then that of each rule or catcher."""
        state, data = self.state, self.state.data
        effective = self.path(data.input_path, self.raw, "InputPath")
        effective = self.template(data.arguments, effective, "Parameters")
        result = self.work(effective)
        self.template(data.assign, result, "Assign")
        if isinstance(state, Pass | Task | Parallel | Map):
            selected = self.template(data.result_selector, result, "ResultSelector")
            place = data.result_path
            output = self.raw if place is None else write(self.raw, place.tokens, selected)
        else:
            output = effective
        output = self.path(data.output_path, output, "OutputPath")
        found = [output]
        if isinstance(state, Choice):
            for rule in state.rules:
                self.template(rule.assign, effective, "Assign")
            found += [output] * len(state.rules)
        elif isinstance(state, Task | Parallel | Map):
            for catcher in state.catchers:
                self.template(catcher.assign, _ERROR_OUTPUT, "Catch/Assign")
                at = catcher.result_path
                found.append(self.raw if at is None else write(self.raw, at.tokens, _ERROR_OUTPUT))
        return found

    def work(self, effective: Shape) -> Shape:
        state = self.state
        if isinstance(state, Pass) and state.result is not None:
            return of_json(state.result.source)
        if isinstance(state, Task):
            return None
        if isinstance(state, Parallel):
            return Array(tuple(self.inner(branch, effective) for branch in state.branches))
        if isinstance(state, Map):
            return self.iterations(state, effective)
        if isinstance(state, Choice):
            self.rules(state, effective)
        elif isinstance(state, Wait) and state.field.endswith("Path"):
            self.path(state.delay, effective, state.field)
        return effective

    def iterations(self, state: Map, effective: Shape) -> Shape:
        items = effective
        if state.reader is not None:
            items = None
        elif state.items is not None:
            items = self.path(state.items, effective, "ItemsPath")
        item = item_of(items)
        if state.item_selector is not None:
            item = self.template(state.item_selector, effective, "ItemSelector", item)
        return self.iterated(state, item)

    def iterated(self, state: Map, item: Shape) -> Shape:
        """The result of a Map; what distributed ones give is left open."""
        output = self.inner(state.processor, None if state.batcher is not None else item)
        counted = (state.tolerated_failure_count, state.tolerated_failure_percentage)
        if state.mode != "INLINE" or any(limit is not None for limit in counted):
            return None
        return Array(None, output)

    def inner(self, graph: Graph, entry: Shape) -> Shape:
        """Deep inside, nothing is known: every level would double the work."""
        if self.depth < _DEEPEST:
            return _run(graph, entry, self.problems, self.depth + 1)
        if self.problems is not None:
            _run(graph, None, self.problems, self.depth + 1)
        return None

    def rules(self, state: Choice, document: Shape) -> None:
        """Paths that some IsPresent asks about are left alone."""
        found = [pair for rule in state.rules for pair in _compared(rule.source)]
        asked = [text for key, text in found if key == "IsPresent"]
        for key, text in found:
            if key != "IsPresent" and not any(text.startswith(guard) for guard in asked):
                self.look(text, document, f"Choices/{key}")

    def path(self, path: Expression | None, document: Shape, name: str) -> Shape:
        """The shape that a path field leads to; the document itself when there is no such field."""
        if path is None:
            return document
        if path.is_constant:
            return of_json(path.source)
        text = path.source
        if isinstance(text, str) and not text.startswith("$"):
            self.call(text, document, name)
            return None
        return self.look(text, document, name)

    def look(self, text: Json, document: Shape, name: str, item: Shape = None) -> Shape:
        found = look_up(text, document, item)
        if found == MISSING:
            self.report(str(text), document, name)
            return None
        return found

    def call(self, text: str, document: Shape, name: str, item: Shape = None) -> None:
        for path in paths_of_call(text):
            self.look(path, document, name, item)

    def template(
        self, template: Expression | None, document: Shape, name: str, item: Shape = None
    ) -> Shape:
        if template is None:
            return document
        return self.built(template.source, document, name, item)

    def built(self, value: Json, document: Shape, name: str, item: Shape) -> Shape:
        if isinstance(value, list):
            return Array(tuple(self.built(each, document, name, item) for each in value))
        if not isinstance(value, dict):
            return Scalar()
        fields: dict[str, Shape] = {}
        for key, inner in value.items():
            if not key.endswith(".$"):
                fields[key] = self.built(inner, document, f"{name}/{key}", item)
            elif str(inner).startswith("$"):
                place = f"{name}/{key}"
                fields[key.removesuffix(".$")] = self.look(inner, document, place, item)
            else:
                self.call(str(inner), document, f"{name}/{key}", item)
                fields[key.removesuffix(".$")] = None
        return Object(fields)

    # --- JSONata ------------------------------------------------------------------------------

    def jsonata(self) -> list[Shape]:
        """As `jsonpath`."""
        state, data = self.state, self.state.data
        members = {"input": self.raw}
        arguments = self.evaluated(data.arguments, members, "Arguments")
        result = self.jsonata_work(self.raw if data.arguments is None else arguments)
        if isinstance(state, Task | Parallel | Map):
            members["result"] = result
        self.evaluated(data.assign, members, "Assign")
        has_result = isinstance(state, Task | Parallel | Map)
        output = result if has_result else self.raw
        if data.output is not None:
            output = self.evaluated(data.output, members, "Output")
        found = [output]
        if isinstance(state, Choice):
            for rule in state.rules:
                self.evaluated(rule.condition, members, "Choices/Condition")
                self.evaluated(rule.assign, members, "Choices/Assign")
                own = self.evaluated(rule.output, members, "Choices/Output")
                default = self.raw if data.output is None else None
                found.append(default if rule.output is None else own)
        elif isinstance(state, Task | Parallel | Map):
            caught = {"input": self.raw, "errorOutput": _ERROR_OUTPUT}
            for catcher in state.catchers:
                self.evaluated(catcher.assign, caught, "Catch/Assign")
                own = self.evaluated(catcher.output, caught, "Catch/Output")
                found.append(_ERROR_OUTPUT if catcher.output is None else own)
        return found

    def jsonata_work(self, arguments: Shape) -> Shape:
        state = self.state
        if isinstance(state, Parallel):
            return Array(tuple(self.inner(branch, arguments) for branch in state.branches))
        if not isinstance(state, Map):
            return None
        members = {"input": self.raw}
        items = self.raw if state.reader is None else None
        if state.items is not None:
            items = self.evaluated(state.items, members, "Items")
        item = item_of(items)
        if state.item_selector is not None:
            item = self.evaluated(state.item_selector, members, "ItemSelector")
        return self.iterated(state, item)

    def evaluated(self, made: Expression | None, members: dict[str, Shape], name: str) -> Shape:
        return None if made is None else self.answer(made.source, members, name)

    def answer(self, value: Json, members: dict[str, Shape], name: str) -> Shape:
        if isinstance(value, dict):
            return Object(
                {key: self.answer(item, members, f"{name}/{key}") for key, item in value.items()}
            )
        if isinstance(value, list):
            return Array(tuple(self.answer(item, members, name) for item in value))
        if not isinstance(value, str) or not value.startswith("{%"):
            return Scalar()
        plain = _PLAIN.fullmatch(value)
        if plain is None or plain[1] not in members:
            return None
        found: Shape = members[plain[1]]
        for step in plain[2].split(".")[1:]:
            if isinstance(found, Array) or found is None:
                return None  # JSONata maps over arrays
            if isinstance(found, Object) and (step in found.fields or found.is_open):
                found = found.fields.get(step)
                continue
            self.report(value[2:-2].strip(), members[plain[1]], name)
            return None
        return found

    def report(self, text: str, document: Shape, name: str) -> None:
        if self.problems is None:
            return
        names = known_names(document)
        last = re.findall(r"\w+", text)
        near = did_you_mean(last[-1], names) if last else None
        has = f"there is {', '.join(names)}" if names else None
        self.problems.append(
            Problem(
                "ASL209",
                f"'{name}' of the state '{self.state.name}' reads '{text}', which nothing before it"
                " can have produced",
                self.state.location,
                near or has,
                "warning",
            )
        )


def _compared(rule: Json) -> Iterator[tuple[str, str]]:
    """(Variable, path), (StringEqualsPath, path), (IsPresent, path) of a rule and those inside."""
    if isinstance(rule, list):
        for inner in rule:
            yield from _compared(inner)
    elif isinstance(rule, dict):
        variable = rule.get("Variable")
        if isinstance(variable, str):
            yield "IsPresent" if "IsPresent" in rule else "Variable", variable
        for key, value in rule.items():
            if key.endswith("Path") and key.removesuffix("Path") in COMPARISONS:
                yield key, str(value)
            elif key in ("And", "Or", "Not"):
                yield from _compared(value)
