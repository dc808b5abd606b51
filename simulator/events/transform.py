"""What a target gets of an event: Input, InputPath or InputTransformer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simulator.errors import SimulatorError
from simulator.problems import did_you_mean
from simulator.values import Json, compact, parse_json

_STEP = re.compile(
    r"\.(?P<name>[^.\[\]'\"*\s()?@]+)"
    r"|\[(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)\]"
    r"|\[(?P<index>\d+)\]"
    r"|(?P<all>\.\*|\[\*\])"
)
_PLACE = re.compile(r"<(?P<name>[A-Za-z0-9_.\-]+)>")
_RULE_ARN = "aws.events.rule-arn"
_RULE_NAME = "aws.events.rule-name"
_TIME = "aws.events.event.ingestion-time"
_EVENT = "aws.events.event"
_WHOLE_EVENT = "aws.events.event.json"
RESERVED = (_RULE_ARN, _RULE_NAME, _TIME, _EVENT, _WHOLE_EVENT)


class TransformError(SimulatorError):
    """A path or template the service would refuse, or that does not give JSON for this event."""


@dataclass(frozen=True, slots=True)
class Transform:
    """`template` wins over `input_path`, and that over `input`, which is then not read."""

    input: Json
    input_path: str | None
    template: str | None
    paths: Mapping[str, str] = field(default_factory=dict)

    def apply(self, event: Json, *, rule_arn: str, rule_name: str, now: datetime) -> Json:
        """The payload for the target. Raises TransformError."""
        if self.template is not None:
            values: dict[str, Json] = {
                _RULE_ARN: rule_arn,
                _RULE_NAME: rule_name,
                _TIME: _instant(now),
                _EVENT: _without_detail(event),
                _WHOLE_EVENT: event,
            }
            for name, path in self.paths.items():
                found = read_path(event, path)
                # AWS: a variable whose path finds nothing leaves an empty text (recorded by others).
                values[name] = found[0] if found else ""
            return _fill(self.template, values)
        if self.input_path is not None:
            found = read_path(event, self.input_path)
            return found[0] if found else None
        return self.input

    def problem(self) -> str | None:
        """Why the service would refuse it, or None. Needs no event."""
        try:
            paths = list(self.paths.values())
            for path in paths if self.input_path is None else [*paths, self.input_path]:
                _steps(path)
            for name in self.paths:
                if name.startswith("aws."):
                    return f"the name '{name}' of the input paths map is reserved"
            if self.template is not None:
                _fill(self.template, dict.fromkeys((*RESERVED, *self.paths), ""))
        except TransformError as error:
            return str(error)
        return None


def read_path(event: Json, path: str) -> list[Json]:
    """What a path finds: nothing, or one value. Raises TransformError for another syntax."""
    found: list[Json] = [event]
    is_list = False
    for name, index in _steps(path):
        after: list[Json] = []
        for value in found:
            if name is not None and isinstance(value, dict) and name in value:
                after.append(value[name])
            elif index is not None and isinstance(value, list) and index < len(value):
                after.append(value[index])
            elif name is None and index is None and isinstance(value, dict | list):
                after += value.values() if isinstance(value, dict) else value
        is_list = is_list or (name is None and index is None)
        found = after
    return [found] if is_list else found


def _steps(path: str) -> list[tuple[str | None, int | None]]:
    """(name, None), (None, index) or, for a star, (None, None)."""
    if not path.startswith("$"):
        raise TransformError(f"the path '{path}' must start with '$'")
    steps: list[tuple[str | None, int | None]] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise TransformError(
                f"the path '{path}' cannot be read from '{path[position:]}' on;"
                " EventBridge knows names, indexes and * only: $.detail.items[0].id"
            )
        name = match["name"] if match["name"] is not None else match["quoted"]
        steps.append((name, int(match["index"]) if match["index"] else None))
        position = match.end()
    return steps


def _instant(now: datetime) -> str:
    text = now.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def _without_detail(event: Json) -> Json:
    if not isinstance(event, dict):
        return event
    return {key: value for key, value in event.items() if key != "detail"}


def _fill(template: str, values: Mapping[str, Json]) -> Json:
    """Put the values into the template: JSON, or texts in quotes, one a line."""
    text = template.strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(len(line) > 1 and line[0] == line[-1] == '"' for line in lines):
        filled = [_parsed(_replace(line, values, words=True), template) for line in lines]
        return "\n".join(str(line) for line in filled)
    return _parsed(_replace(text, values, words=False), template)


def _parsed(text: str, template: str) -> Json:
    try:
        return parse_json(text)
    except ValueError as error:
        raise TransformError(
            f"the input template {compact(template)} does not give JSON: {error}: {text};"
            " write an object, or a text in double quotes"
        ) from None


def _replace(text: str, values: Mapping[str, Json], *, words: bool) -> str:
    parts: list[str] = []
    position = 0
    quoted = False
    for match in _PLACE.finditer(text):
        before = text[position : match.start()]
        parts.append(before)
        quoted ^= _odd_quotes(before)
        position = match.end()
        name = match["name"]
        if name not in values:
            hint = did_you_mean(name, values)
            raise TransformError(
                f"the input template uses <{name}>, which is no name of the input paths map"
                + (f"; {hint}" if hint else "")
            )
        value = values[name]
        if not quoted:
            parts.append(compact(value))
        else:
            written = value if isinstance(value, str) else compact(value)
            if words and isinstance(value, dict | list):
                # AWS: objects lose their quotes inside a text (recorded by others).
                written = written.replace('"', "")
            parts.append(compact(written)[1:-1])
    parts.append(text[position:])
    return "".join(parts)


def _odd_quotes(text: str) -> bool:
    return len(re.findall(r'(?<!\\)(?:\\\\)*"', text)) % 2 == 1
