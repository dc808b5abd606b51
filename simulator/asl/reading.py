"""Reader: typed access to one JSON object of a definition; what is wrong becomes a Problem."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Final, Literal, TypeAlias, TypeVar

from simulator.asl import aws_words
from simulator.asl.expressions import CompileError, Expression
from simulator.asl.fields import JSONATA, JSONPATH
from simulator.asl.model import QueryLanguage
from simulator.asl.source import Source, escape
from simulator.problems import AwsWords, Location, Problem, did_you_mean
from simulator.values import Json

Kind: TypeAlias = Literal["STANDARD", "EXPRESS"]
T = TypeVar("T")
MISSING: Final = object()
_VARIABLE = re.compile(r"[^\W\d]\w*")
_LONGEST_NAME = 80
_AWS_TYPES: Final[dict[type, str]] = {
    str: "STRING", bool: "BOOLEAN", dict: "OBJECT", list: "ARRAY",
}  # fmt: skip


def kind_of(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return {str: "a text", list: "an array", dict: "an object"}[type(value)]


class Report:
    """Collects problems; everything that is read from one definition shares it."""

    def __init__(self, source: Source, kind: Kind) -> None:
        self.source = source
        self.kind = kind
        self.problems: list[Problem] = list(source.problems)
        self.language: QueryLanguage = "JSONPath"
        self.names: dict[str, str] = {}  # state name -> pointer, over the whole machine
        self.labels: dict[str, str] = {}  # a distributed Map's label -> pointer, likewise

    def add(
        self,
        code: str,
        message: str,
        pointer: str,
        hint: str | None = None,
        severity: Literal["error", "warning"] = "error",
        aws: AwsWords | None = None,
    ) -> None:
        place = self.source.locate(pointer)
        self.problems.append(Problem(code, message, place, hint, severity, aws))

    def compile(self, pointer: str, code: str, make: Callable[[], T], fallback: T) -> T:
        """What `make` gives, or `fallback` with a problem when the text is wrong."""
        try:
            return make()
        except CompileError as error:
            aws = error.aws
            if aws is not None and code == "ASL103":  # the service points at the whole template
                aws = replace(aws, pointer=pointer)
            elif aws is not None and error.aws_steps:
                whole = pointer + error.pointer
                aws = replace(aws, pointer="/".join(whole.split("/")[: -error.aws_steps]))
            self.add(code, error.message, pointer + error.pointer, error.hint, aws=aws)
            return fallback


class Reader:
    """One object and its pointer; `get` marks a field as known, `finish` reports the others."""

    def __init__(self, report: Report, value: dict[str, Json], pointer: str, title: str) -> None:
        self.report = report
        self.value = value
        self.pointer = pointer
        self.title = title

    @property
    def location(self) -> Location:
        return self.report.source.locate(self.pointer)

    def at(self, field: str) -> str:
        return f"{self.pointer}/{escape(field)}"

    def add(
        self,
        code: str,
        message: str,
        field: str | None = None,
        hint: str | None = None,
        aws: AwsWords | None = None,
    ) -> None:
        pointer = self.pointer if field is None else self.at(field)
        self.report.add(code, message, pointer, hint, aws=aws)

    def add_whole(
        self, code: str, message: str, field: str, hint: str | None, aws: AwsWords
    ) -> None:
        """As `add`, where the service points at this object and not at the field."""
        self.add(code, message, field, hint, replace(aws, pointer=self.pointer))

    def has(self, field: str) -> bool:
        return field in self.value

    def text(self, field: str, *, required: bool = False, default: str = "") -> str:
        found = self._typed(field, str, "a text", required=required, default=default)
        if required and self.value.get(field) == "":
            self.add("ASL015", f"'{field}' must not be empty", field, aws=aws_words.EMPTY)
        return found

    def flag(self, field: str) -> bool:
        return self._typed(field, bool, "a boolean", required=False, default=False)

    def object(self, field: str, *, required: bool = False) -> dict[str, Json] | None:
        return self._typed(field, dict, "an object", required=required, default=None)

    def array(self, field: str, *, required: bool = False) -> list[Json] | None:
        return self._typed(field, list, "an array", required=required, default=None)

    def _typed(self, field: str, kind: type, name: str, *, required: bool, default: T) -> T:
        if field not in self.value:
            if required:
                self.needs(field)
            return default
        value = self.value[field]
        if type(value) is not kind:
            message = f"'{field}' must be {name}, not {kind_of(value)}"
            self.add("ASL003", message, field, aws=aws_words.of_type(_AWS_TYPES[kind]))
            return default
        return value  # type: ignore[return-value]  # of the type asked for

    def needs(self, field: str, because: str = "") -> None:
        self.add(
            "ASL004",
            f"{self.title} needs the field '{field}'{because}",
            aws=aws_words.required(field),
        )

    def number(
        self, field: str, default: T, low: float, high: float, *, whole: bool = True
    ) -> float | T:
        """A number in its range; `default` (with a problem) when it is not one."""
        if field not in self.value:
            return default
        value = self.value[field]
        aws = aws_words.whole_number()
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add("ASL003", f"'{field}' must be a number, not {kind_of(value)}", field, aws=aws)
            return default
        if whole and value != int(value):
            self.add("ASL010", f"'{field}' must be a whole number, not {value}", field, aws=aws)
            return default
        if not low <= value <= high:
            bounds = f"at least {low}" if high == math.inf else f"from {low} to {high}"
            aws = aws_words.outside(value, low, high)
            self.add("ASL010", f"'{field}' must be {bounds}, not {value}", field, aws=aws)
            return default
        return int(value) if whole else value

    def choice(self, field: str, known: Collection[str], default: str) -> str:
        value = self.text(field, default=default)
        if value not in known:
            self.add(
                "ASL010",
                f"'{field}' cannot be '{value}'",
                field,
                one_of(value, known),
                aws_words.one_of(known),
            )
            return default
        return value

    def only_one(self, *fields: str) -> None:
        present = [field for field in fields if field in self.value]
        if len(present) > 1:
            names = " and ".join(f"'{field}'" for field in present)
            self.add_whole(
                "ASL011",
                f"{names} exclude each other",
                present[1],
                "keep one of them",
                aws_words.only_one(fields),
            )

    def unknown(self, known: Iterable[str]) -> None:
        """Report fields that this object does not have."""
        allowed = set(known)
        for field in self.value:
            if field not in allowed:
                self.add_whole(
                    "ASL005",
                    f"{self.title} has no field '{field}'",
                    field,
                    did_you_mean(field, allowed),
                    aws_words.unsupported(field),
                )

    def unknown_in_state(self, kind: str, language: QueryLanguage) -> None:
        """As `unknown`, saying when a field belongs to the other query language."""
        own, other = (JSONPATH, JSONATA) if language == "JSONPath" else (JSONATA, JSONPATH)
        for field in self.value:
            if field in own[kind]:
                continue
            if field in other[kind]:
                elsewhere = "JSONata" if language == "JSONPath" else "JSONPath"
                self.add_whole(
                    "ASL006",
                    f"'{field}' belongs to {elsewhere}, and {self.title} uses {language}",
                    field,
                    f'set "QueryLanguage": "{elsewhere}" in this state, or use the fields of {language}',
                    aws_words.of_other_language(field, language, elsewhere),
                )
            else:
                self.add_whole(
                    "ASL005",
                    f"{self.title}, of type {kind}, has no field '{field}'",
                    field,
                    did_you_mean(field, own[kind]) or _owner(field),
                    aws_words.unsupported(field),
                )

    def expression(
        self, field: str, code: str, make: Callable[[Json], Expression]
    ) -> Expression | None:
        """The compiled field; None when it is absent or wrong."""
        if field not in self.value:
            return None
        value, pointer = self.value[field], self.at(field)
        made = self.report.compile(pointer, code, lambda: make(value), None)
        if made is None or not made.decisions:
            return made
        locate = self.report.source.locate
        placed = [replace(one, location=locate(pointer + one.pointer)) for one in made.decisions]
        return replace(made, decisions=tuple(placed))

    def path(
        self, field: str, make: Callable[[str], Expression], code: str = "ASL101"
    ) -> Expression | None:
        """A field whose value is the text of a path."""
        if field in self.value and not isinstance(self.value[field], str):
            message = f"'{field}' must be a path, not {kind_of(self.value[field])}"
            self.add("ASL003", message, field, aws=aws_words.of_type("STRING"))
            return None

        def worded(value: Json) -> Expression:
            text = str(value)
            try:
                return make(text)
            except CompileError as error:
                if error.aws is None:
                    is_path = code == "ASL101" or not text.startswith("$")
                    error.aws = aws_words.NOT_A_PATH if is_path else aws_words.NOT_A_REFERENCE
                raise

        return self.expression(field, code, worded)

    def variables(self, field: str) -> tuple[str, ...]:
        """The names that an Assign writes, each checked."""
        names = self.value.get(field)
        if not isinstance(names, dict):
            if field in self.value:
                message = f"'{field}' must be an object, not {kind_of(names)}"
                self.add("ASL003", message, field, aws=aws_words.of_type("OBJECT"))
            return ()
        found = []
        for key in names:
            name = key.removesuffix(".$") if self.report.language == "JSONPath" else key
            found.append(name)
            place = f"{self.at(field)}/{escape(key)}"
            if not _VARIABLE.fullmatch(name) or len(name) > _LONGEST_NAME:
                self.report.add(
                    "ASL016",
                    f"'{name}' is not a variable's name",
                    place,
                    "letters, digits and underscores, not beginning with a digit, at most 80",
                    aws=aws_words.variable_name(name),
                )
            elif name == "states":
                self.report.add(
                    "ASL016",
                    "the variable name 'states' is reserved",
                    place,
                    aws=aws_words.RESERVED_VARIABLE,
                )
        return tuple(found)


def one_of(word: str, known: Collection[str]) -> str:
    return did_you_mean(word, known) or f"it may be {', '.join(sorted(known))}"


def _owner(field: str) -> str | None:
    kinds = [kind for kind in JSONPATH if field in JSONPATH[kind] | JSONATA[kind]]
    return f"it belongs to {', '.join(kinds)}" if kinds else None
