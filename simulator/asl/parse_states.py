"""The eight state types: one function each, from JSON to the frozen state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from simulator.asl import aws_words
from simulator.asl.choices import OPERATORS, compile_condition, compile_rule
from simulator.asl.expressions import Expression, constant
from simulator.asl.fields import RULE
from simulator.asl.model import (
    Choice,
    Fail,
    Graph,
    Parallel,
    Pass,
    QueryLanguage,
    Rule,
    State,
    Succeed,
    Task,
    Wait,
)
from simulator.asl.parse_data import (
    STATE_RESULT,
    Wrong,
    jsonata,
    limit,
    literal_or_jsonata,
    path_or_intrinsic,
    read_catchers,
    read_data,
    read_next,
    read_retriers,
    seconds_check,
    template,
)
from simulator.asl.parse_map import read_map
from simulator.asl.paths import compile_path
from simulator.asl.reading import Reader, kind_of
from simulator.asl.resources import check_resource
from simulator.asl.timestamps import parse_timestamp
from simulator.problems import AwsWords
from simulator.values import Json

_DELAYS: Final = ("SecondsPath", "Seconds", "TimestampPath", "Timestamp")  # AWS: in this order
# (object, pointer, kind of graph) -> Graph, or None with problems
ReadGraph: TypeAlias = Callable[[Json, str, Literal["branch", "processor"]], "Graph | None"]


def read_state(
    kind: str, name: str, reader: Reader, language: QueryLanguage, read_graph: ReadGraph
) -> State | None:
    """None when something it cannot do without is missing; the problems say what."""
    comment = reader.text("Comment") or None
    match kind:
        case "Pass":
            return _pass(name, reader, language, comment)
        case "Task":
            return _task(name, reader, language, comment)
        case "Wait":
            return _wait(name, reader, language, comment)
        case "Choice":
            return _choice(name, reader, language, comment)
        case "Succeed":
            data = read_data(reader, language, kind)
            return Succeed(name, reader.location, data, comment)
        case "Fail":
            return _fail(name, reader, language, comment)
        case "Parallel":
            return _parallel(name, reader, language, comment, read_graph)
        case _:
            return read_map(name, reader, language, comment, read_graph)


def _pass(name: str, reader: Reader, language: QueryLanguage, comment: str | None) -> Pass:
    result = constant(reader.value["Result"]) if reader.has("Result") else None
    data = read_data(reader, language, "Pass")
    return Pass(name, reader.location, data, read_next(reader), result, comment)


def _task(name: str, reader: Reader, language: QueryLanguage, comment: str | None) -> Task:
    resource = reader.text("Resource", required=True)
    if resource:
        check_resource(reader, resource)
    timeout, timeout_field = limit(reader, "TimeoutSeconds", language, seconds_check(1))
    heartbeat, heartbeat_field = limit(reader, "HeartbeatSeconds", language, seconds_check(1))
    _check_heartbeat(reader)
    _check_credentials(reader, resource)
    return Task(
        name,
        reader.location,
        read_data(reader, language, "Task", STATE_RESULT),
        read_next(reader),
        resource,
        timeout=timeout,
        heartbeat=heartbeat,
        timeout_field=timeout_field,
        heartbeat_field=heartbeat_field,
        credentials=_credentials(reader, language),
        retriers=read_retriers(reader),
        catchers=read_catchers(reader, language),
        comment=comment,
    )


def _check_heartbeat(reader: Reader) -> None:
    timeout, heartbeat = reader.value.get("TimeoutSeconds"), reader.value.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        reader.add(
            "ASL010",
            f"'HeartbeatSeconds' ({heartbeat}) must be smaller than 'TimeoutSeconds' ({timeout})",
            "HeartbeatSeconds",
        )


def _check_credentials(reader: Reader, resource: str) -> None:
    credentials = reader.object("Credentials")
    if credentials is None:
        return
    if ":activity:" in resource:
        reader.add(
            "ASL011",
            "an activity's workers have credentials of their own",
            "Credentials",
            "leave 'Credentials' out",
            AwsWords("The field 'Credentials' is not supported for activities"),
        )
    elif "RoleArn" not in credentials and "RoleArn.$" not in credentials:
        reader.add(
            "ASL004",
            "'Credentials' needs the field 'RoleArn'",
            "Credentials",
            None,
            aws_words.missing_member("RoleArn"),
        )


def _credentials(reader: Reader, language: QueryLanguage) -> Expression | None:
    if reader.object("Credentials") is None:
        return None
    if language == "JSONata":
        return jsonata(reader, "Credentials")
    return template(reader, "Credentials")


def _timestamp_check(value: Json) -> Wrong | None:
    if not isinstance(value, str):
        text = f"must be a timestamp, not {kind_of(value)}"
        return Wrong(text, aws_words.of_type("STRING"))
    if parse_timestamp(value) is None:
        text = f"must be an RFC 3339 timestamp such as 2026-01-31T12:00:00Z, not '{value}'"
        return Wrong(text, aws_words.NOT_A_TIMESTAMP)
    return None


def _wait(name: str, reader: Reader, language: QueryLanguage, comment: str | None) -> Wait | None:
    fields = sorted(field for field in _DELAYS if reader.has(field))
    data, next_state = read_data(reader, language, "Wait"), read_next(reader)
    if len(fields) != 1:
        found = "none" if not fields else " and ".join(fields)
        reader.add(
            "ASL011",
            f"{reader.title} needs exactly one of Seconds, SecondsPath, Timestamp and"
            f" TimestampPath; it has {found}",
            aws=aws_words.only_one(_DELAYS) if fields else aws_words.exactly_one(_DELAYS),
        )
        return None
    field = fields[0]
    if field.endswith("Path"):
        delay = reader.path(field, compile_path, "ASL102")
    elif field == "Seconds":
        delay = literal_or_jsonata(reader, field, language, {"number"}, seconds_check(0))
    else:
        delay = literal_or_jsonata(reader, field, language, {"string"}, _timestamp_check)
    if delay is None:
        return None
    return Wait(name, reader.location, data, next_state, delay, field, comment)


def _choice(name: str, reader: Reader, language: QueryLanguage, comment: str | None) -> Choice:
    items = reader.array("Choices", required=True)
    if items is not None and not items:
        message = "'Choices' needs at least one rule"
        reader.add("ASL015", message, "Choices", aws=aws_words.EMPTY)
    rules = []
    for index, item in enumerate(items or []):
        pointer = f"{reader.at('Choices')}/{index}"
        if not isinstance(item, dict):
            message = f"a rule must be an object, not {kind_of(item)}"
            reader.report.add("ASL003", message, pointer, aws=aws_words.of_type("OBJECT"))
            continue
        rule = _rule(Reader(reader.report, item, pointer, "the rule"), language)
        if rule is not None:
            rules.append(rule)
    default = reader.text("Default") if reader.has("Default") else None
    data = read_data(reader, language, "Choice")
    return Choice(name, reader.location, data, tuple(rules), default, comment)


def _rule(reader: Reader, language: QueryLanguage) -> Rule | None:
    target = reader.text("Next", required=True)
    assigned = reader.variables("Assign")
    if language == "JSONata":
        for field in reader.value:
            if field == "Variable" or field in OPERATORS:
                aws = aws_words.of_other_language(field, "JSONata", "JSONPath")
                reader.add_whole(
                    "ASL006",
                    f"'{field}' belongs to JSONPath, and the rule uses JSONata",
                    field,
                    "write the comparison into a 'Condition'",
                    aws,
                )
        reader.unknown(RULE | {"Condition", "Output", "Variable"} | OPERATORS)
        if not reader.has("Condition"):
            if not reader.has("Variable"):
                message = "the rule needs the field 'Condition'"
                reader.add("ASL004", message, aws=aws_words.ONE_SELECTOR)
            return None
        condition = reader.expression(
            "Condition", "ASL105", lambda value: compile_condition(value, "Condition")
        )
        output, assign = jsonata(reader, "Output"), jsonata(reader, "Assign")
    else:
        for field in ("Condition", "Output"):
            if reader.has(field):
                aws = aws_words.of_other_language(field, "JSONPath", "JSONata")
                reader.add_whole(
                    "ASL006",
                    f"'{field}' belongs to JSONata, and the rule uses JSONPath",
                    field,
                    'set "QueryLanguage": "JSONata" in this state',
                    aws,
                )
                return None
        test = {key: value for key, value in reader.value.items() if key not in RULE}
        condition = reader.report.compile(
            reader.pointer, "ASL106", lambda: compile_rule(test), None
        )
        output, assign = None, template(reader, "Assign")
    if condition is None:
        return None
    return Rule(condition, target, reader.location, reader.value, output, assign, assigned)


def _fail(name: str, reader: Reader, language: QueryLanguage, comment: str | None) -> Fail:
    reader.only_one("Error", "ErrorPath")
    reader.only_one("Cause", "CausePath")
    error, error_field = _fail_text(reader, "Error", language)
    cause, cause_field = _fail_text(reader, "Cause", language)
    return Fail(
        name,
        reader.location,
        read_data(reader, language, "Fail"),
        error,
        cause,
        error_field,
        cause_field,
        comment,
    )


def _fail_text(
    reader: Reader, field: str, language: QueryLanguage
) -> tuple[Expression | None, str]:
    twin = f"{field}Path"
    if language == "JSONPath" and reader.has(twin):
        return reader.path(twin, lambda text: path_or_intrinsic(text, twin), "ASL102"), twin

    def check(value: Json) -> Wrong | None:
        if isinstance(value, str):
            return None
        return Wrong(f"must be a text, not {kind_of(value)}", aws_words.of_type("STRING"))

    return literal_or_jsonata(reader, field, language, {"string"}, check), field


def _parallel(
    name: str,
    reader: Reader,
    language: QueryLanguage,
    comment: str | None,
    read_graph: ReadGraph,
) -> Parallel:
    items = reader.array("Branches", required=True)
    if items is not None and not items:
        message = "'Branches' needs at least one branch"
        reader.add("ASL015", message, "Branches", aws=aws_words.EMPTY)
    branches = []
    for index, item in enumerate(items or []):
        graph = read_graph(item, f"{reader.at('Branches')}/{index}", "branch")
        if graph is not None:
            branches.append(graph)
    return Parallel(
        name,
        reader.location,
        read_data(reader, language, "Parallel", STATE_RESULT),
        read_next(reader),
        tuple(branches),
        read_retriers(reader),
        read_catchers(reader, language),
        comment,
    )
