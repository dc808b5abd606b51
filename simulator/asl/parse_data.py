"""The data fields of a state: paths, templates, Output, Assign; retriers and catchers."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from simulator.asl import aws_words
from simulator.asl.expressions import CompileError, Expression, constant
from simulator.asl.fields import CATCHER, RETRIER
from simulator.asl.intrinsics import compile_intrinsic
from simulator.asl.jsonata import compile_jsonata_template, expecting, is_jsonata
from simulator.asl.model import Catcher, DataFlow, QueryLanguage, Retrier
from simulator.asl.paths import ReferencePath, compile_path, compile_reference, reference_path
from simulator.asl.payloads import compile_template, worded
from simulator.asl.reading import Reader, kind_of
from simulator.problems import AwsWords
from simulator.values import Json

WHOLE: Final = ReferencePath("$", ())
NOTHING: Final[Json] = {}
MOST: Final = 99_999_999
LONGEST_DELAY: Final = 31_622_400
STATE_RESULT: Final = frozenset({"result"})
ERROR_OUTPUT: Final = frozenset({"errorOutput"})
_WAYS_OUT: Final = ("Next", "End")
NO_MEMBERS: Final[frozenset[str]] = frozenset()


class Wrong(NamedTuple):
    """What is wrong with a literal: behind the field's name, and in the service's words."""

    text: str
    aws: AwsWords


def read_data(
    reader: Reader, language: QueryLanguage, kind: str, result: Collection[str] = NO_MEMBERS
) -> DataFlow:
    """What a state does to data. `result` are the members of $states that Output and Assign see."""
    assigned = reader.variables("Assign")
    if language == "JSONata":
        return DataFlow(
            query_language="JSONata",
            arguments=None if kind == "Map" else jsonata(reader, "Arguments"),
            output=jsonata(reader, "Output", result),
            assign=jsonata(reader, "Assign", result),
            assigned=assigned,
        )
    return DataFlow(
        query_language="JSONPath",
        input_path=_whole_path(reader, "InputPath"),
        arguments=None if kind == "Map" else template(reader, "Parameters"),
        result_selector=template(reader, "ResultSelector"),
        result_path=result_path(reader),
        output_path=_whole_path(reader, "OutputPath"),
        assign=template(reader, "Assign"),
        assigned=assigned,
    )


def read_next(reader: Reader) -> str | None:
    """Exactly one of Next and `"End": true` (spec); `"End": false` is as if it were not there."""
    ends = reader.flag("End") or (reader.has("End") and not isinstance(reader.value["End"], bool))
    if reader.has("Next") == ends:
        hint = "give exactly one of them"
        if ends:
            what, aws = "both 'Next' and 'End'", aws_words.only_one(_WAYS_OUT)
        else:
            what, aws = "neither 'Next' nor 'End'", aws_words.exactly_one(_WAYS_OUT)
            if reader.has("End"):
                what, hint = "no 'Next', and 'End' is false", "name a 'Next' state"
        reader.add("ASL008", f"{reader.title} has {what}", None, hint, aws)
    return (reader.text("Next", required=True) or None) if reader.has("Next") else None


def template(reader: Reader, field: str) -> Expression | None:
    return reader.expression(field, "ASL103", lambda value: compile_template(value, field=field))


def jsonata(reader: Reader, field: str, allow: Collection[str] = NO_MEMBERS) -> Expression | None:
    return reader.expression(
        field,
        "ASL105",
        lambda value: compile_jsonata_template(value, location=field, allow=allow),
    )


def _whole_path(reader: Reader, field: str) -> Expression | None:
    """InputPath or OutputPath: null gives {}, `$` is as if it were not there (spec)."""
    if not reader.has(field) or reader.value[field] == "$":
        return None
    if reader.value[field] is None:
        return constant(NOTHING)
    return reader.path(field, compile_path)


def result_path(reader: Reader) -> ReferencePath | None:
    if not reader.has("ResultPath"):
        return WHOLE
    value = reader.value["ResultPath"]
    if value is None:
        return None
    if not isinstance(value, str):
        message = f"'ResultPath' must be a path or null, not {kind_of(value)}"
        reader.add("ASL003", message, "ResultPath", aws=aws_words.of_type("STRING"))
        return WHOLE

    def worded() -> ReferencePath:
        try:
            return reference_path(value)
        except CompileError as error:
            is_path = value.startswith("$")
            error.aws = aws_words.NOT_A_REFERENCE if is_path else aws_words.NOT_A_PATH
            raise

    return reader.report.compile(reader.at("ResultPath"), "ASL102", worded, WHOLE)


def literal_or_jsonata(
    reader: Reader,
    field: str,
    language: QueryLanguage,
    kinds: Collection[str],
    check: Callable[[Json], Wrong | None],
) -> Expression | None:
    """A field that takes a literal in both languages, and an expression in JSONata.

    `check` says what is wrong with a literal; `kinds` are the types an expression may give.
    """
    if not reader.has(field):
        return None
    value = reader.value[field]
    if language == "JSONata" and isinstance(value, str) and ("{%" in value or "%}" in value):
        if not is_jsonata(value):
            return jsonata(reader, field)  # says which delimiter is missing
        made = jsonata(reader, field)
        return None if made is None else expecting(made, kinds, field)
    wrong = check(value)
    if wrong is not None:
        hint = 'an expression needs "QueryLanguage": "JSONata"' if is_jsonata(value) else None
        reader.add("ASL010", f"'{field}' {wrong.text}", field, hint, wrong.aws)
        return None
    return constant(value)


def seconds_check(low: int, high: float = MOST) -> Callable[[Json], Wrong | None]:
    """A whole number in its range; 1.0 is no whole number to the service."""

    def check(value: Json) -> Wrong | None:
        if isinstance(value, bool) or not isinstance(value, int):
            text = f"must be a whole number, not {kind_of(value)}"
            return Wrong(text, aws_words.whole_number())
        if low <= value <= high:
            return None
        bounds = f"at least {low}" if high == math.inf else f"from {low} to {high}"
        return Wrong(f"must be {bounds}, not {value}", aws_words.outside(value, low, high))

    return check


def limit(
    reader: Reader,
    field: str,
    language: QueryLanguage,
    check: Callable[[Json], Wrong | None],
    path: str | None = None,
) -> tuple[Expression | None, str]:
    """A number field and its ...Path twin: the expression and the name of the field it came from."""
    twin = path or f"{field}Path"
    reader.only_one(field, twin)
    if language == "JSONPath" and reader.has(twin):
        return reader.path(twin, compile_reference, "ASL102"), twin
    return literal_or_jsonata(reader, field, language, {"number"}, check), field


def path_or_intrinsic(text: str, field: str) -> Expression:
    """ErrorPath and CausePath: a reference path, or an intrinsic function (spec)."""
    if text.startswith("$"):
        return worded(compile_reference(text), field, text)
    if text.startswith("States."):
        return compile_intrinsic(text)
    raise CompileError(
        f"'{text}' is neither a path nor an intrinsic function", hint="a path begins with $"
    )


def read_retriers(reader: Reader) -> tuple[Retrier, ...]:
    found = []
    items = reader.array("Retry") or []
    for index, item in enumerate(items):
        inner = _item(reader, "Retry", index, item, "a retrier")
        if inner is None:
            continue
        inner.unknown(RETRIER)
        found.append(
            Retrier(
                _errors(inner, last=index == len(items) - 1),
                inner.location,
                # AWS: 0 is accepted (published measurement), though the guide begins at 1.
                interval_seconds=inner.number("IntervalSeconds", 1, 0, MOST),
                max_attempts=int(inner.number("MaxAttempts", 3, 0, MOST)),
                backoff_rate=inner.number("BackoffRate", 2.0, 1.0, math.inf, whole=False),
                max_delay_seconds=inner.number("MaxDelaySeconds", None, 1, LONGEST_DELAY),
                jitter=inner.choice("JitterStrategy", ("NONE", "FULL"), "NONE") == "FULL",
            )
        )
    return tuple(found)


def _item(reader: Reader, field: str, index: int, item: Json, title: str) -> Reader | None:
    pointer = f"{reader.at(field)}/{index}"
    if not isinstance(item, dict):
        message = f"{title} must be an object, not {kind_of(item)}"
        reader.report.add("ASL003", message, pointer, aws=aws_words.of_type("OBJECT"))
        return None
    return Reader(reader.report, item, pointer, title)


def _errors(reader: Reader, *, last: bool) -> tuple[str, ...]:
    names = reader.array("ErrorEquals", required=True)
    if names is None:
        return ()
    if not names:
        message = "'ErrorEquals' needs at least one error name"
        reader.add("ASL015", message, "ErrorEquals", aws=aws_words.EMPTY)
    found = []
    for name in names:
        if isinstance(name, str):
            found.append(name)
        else:
            message = f"an error name must be a text, not {kind_of(name)}"
            reader.add("ASL003", message, "ErrorEquals", aws=aws_words.of_type("STRING"))
    if "States.ALL" in found and (len(found) > 1 or not last):
        place = f"{reader.at('ErrorEquals')}/{names.index('States.ALL')}"
        reader.add(
            "ASL013",
            "'States.ALL' must stand alone, and in the last entry",
            "ErrorEquals",
            "move it into an entry of its own at the end",
            AwsWords(aws_words.ALL_IN_THE_WRONG_PLACE, pointer=place),
        )
    return tuple(found)


def read_catchers(reader: Reader, language: QueryLanguage) -> tuple[Catcher, ...]:
    found = []
    items = reader.array("Catch") or []
    for index, item in enumerate(items):
        inner = _item(reader, "Catch", index, item, "a catcher")
        if inner is None:
            continue
        names = _errors(inner, last=index == len(items) - 1)
        target = inner.text("Next", required=True)
        assigned = inner.variables("Assign")
        if language == "JSONata":
            inner.unknown(CATCHER | {"Output"})
            catcher = Catcher(
                names,
                target,
                inner.location,
                output=jsonata(inner, "Output", ERROR_OUTPUT),
                assign=jsonata(inner, "Assign", ERROR_OUTPUT),
                assigned=assigned,
            )
        else:
            inner.unknown(CATCHER | {"ResultPath"})
            catcher = Catcher(
                names,
                target,
                inner.location,
                result_path=result_path(inner),
                assign=template(inner, "Assign"),
                assigned=assigned,
            )
        found.append(catcher)
    return tuple(found)
