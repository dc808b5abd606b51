"""The words of scenario/1 that any project may use, and the shape of what they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.aws.faults import KILLS
from simulator.scenarios.durations import parse_duration, parse_instant
from simulator.values import Json

# Yields a pointer below the value and what should stand there.
Shape: TypeAlias = Callable[[Json], Iterator[tuple[str, str]]]


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def anything(_value: Json) -> Iterator[tuple[str, str]]:
    yield from ()


def _plain(kind: type, wanted: str) -> Shape:
    def check(value: Json) -> Iterator[tuple[str, str]]:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield "", wanted

    return check


text = _plain(str, "text")


def name(value: Json) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str) or not value:
        yield "", "a text that is not empty"


boolean = _plain(bool, "true or false")
integer = _plain(int, "a whole number")
mapping = _plain(dict, "a mapping")


def count(value: Json) -> Iterator[tuple[str, str]]:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield "", "a whole number, 0 or more"


def number(value: Json) -> Iterator[tuple[str, str]]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield "", "a number"


def duration(value: Json) -> Iterator[tuple[str, str]]:
    yield from _parsed(value, parse_duration, "an ISO-8601 duration such as PT30S")


def moment_after_clock(value: Json) -> Iterator[tuple[str, str]]:
    yield from duration(value)
    if isinstance(value, str) and value.startswith("-"):
        yield "", "a duration from the clock on, not before it"


def instant(value: Json) -> Iterator[tuple[str, str]]:
    yield from _parsed(value, parse_instant, "an ISO-8601 instant such as 2026-01-15T10:00:00Z")


def _parsed(value: Json, parse: Callable[[str], object], wanted: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str):
        yield "", wanted
        return
    try:
        parse(value)
    except ValueError as error:
        yield "", f"{wanted}: {error}"


def count_or_counts(value: Json) -> Iterator[tuple[str, str]]:
    """A number for the scenario's workflow, without what executions start; or {workflow: number}."""
    yield from (map_of(count)(value) if isinstance(value, dict) else count(value))


def list_of(item: Shape) -> Shape:
    def check(value: Json) -> Iterator[tuple[str, str]]:
        if not isinstance(value, list):
            yield "", "a list"
            return
        for index, entry in enumerate(value):
            for pointer, wanted in item(entry):
                yield f"/{index}{pointer}", wanted

    return check


def map_of(item: Shape) -> Shape:
    def check(value: Json) -> Iterator[tuple[str, str]]:
        if not isinstance(value, dict):
            yield "", "a mapping"
            return
        for key, entry in value.items():
            for pointer, wanted in item(entry):
                yield f"/{escaped(key)}{pointer}", wanted

    return check


def one_of(*words: str) -> Shape:
    def check(value: Json) -> Iterator[tuple[str, str]]:
        if value not in words:
            yield "", "one of " + ", ".join(f"'{word}'" for word in words)

    return check


@dataclass(frozen=True, slots=True)
class Words:
    """The keys of a mapping: those it must have and those it may have."""

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, Shape]:
        return {**self.required, **self.optional}


SCENARIO = Words(
    required={"schema": text, "id": name, "steps": list_of(mapping)},
    optional={
        "title": text,
        "why": text,
        "workflow": text,
        "given": mapping,
        "expect": mapping,
        "notes": anything,
    },
)

MOCK = Words(optional={"output": anything, "error": text, "cause": text, "took": duration})
GIVEN = Words(
    optional={
        "clock": instant,
        "faults": list_of(mapping),
        "mocks": map_of(list_of(mapping)),
        "schedules": one_of("manual", "automatic"),
        "seed": integer,
        "interleavings": one_of("all"),
        "ttl_sweeper_lag": moment_after_clock,
        "quotas": map_of(count),
    }
)
FAULT = Words(
    optional={
        "service": text,
        "operation": text,
        "table": text,
        "function": text,
        "error": text,
        "message": text,
        "kill": one_of(*KILLS),
        "times": integer,
        "effect": one_of("ignored", "after"),
    }
)


def _event(value: Json) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield "", "an EventBridge envelope"
        return
    for key, shape in (("source", text), ("detail-type", text), ("detail", mapping)):
        if key not in value:
            yield "", f"an EventBridge envelope with '{key}'"
        else:
            yield from ((f"/{key}{pointer}", wanted) for pointer, wanted in shape(value[key]))


def _api_call(value: Json) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield "", "a mapping with 'service' and 'operation'"
        return
    for key in ("service", "operation"):
        if not isinstance(value.get(key), str):
            yield "", f"a mapping with '{key}'"


STEPS: Mapping[str, Words] = {
    "http": Words(
        required={"method": text, "path": text},
        optional={
            "headers": map_of(text),
            "query": map_of(text),
            "body": anything,
            "account": text,
        },
    ),
    "eventbridge": Words(required={"event": _event}, optional={"bus": text}),
    "sqs": Words(required={"queue": text, "bodies": list_of(text)}),
    "schedule": Words(required={"rule": text}),
    "callback": Words(
        required={"token_of_state": text},
        optional={"result": anything, "error": text, "cause": text},
    ),
    "start": Words(optional={"workflow": text, "input": anything, "name": text}),
}
STEP = Words(optional={"at": moment_after_clock, "send": text})

EXPECT: Mapping[str, Shape] = {
    "http_statuses": list_of(integer),
    "http_statuses_any_order": list_of(list_of(integer)),
    "executions_started": count_or_counts,
    "path": list_of(text),
    "path_contains": list_of(text),
    "path_ends_with": list_of(text),
    "retry_delays_s": list_of(number),
    "virtual_time_at_end": duration,
    "execution_status": one_of("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"),
    "execution_error": text,
    "pending_tasks": count,
    "rule_matched": map_of(boolean),
    "queue_depths_at_end": map_of(count),
    "queue_depths_max": map_of(count),
    "api_calls": list_of(_api_call),
    "api_calls_forbidden": list_of(_api_call),
    "api_call_counts": map_of(count),
    "sts_assumed_roles": list_of(text),
    "alarms": list_of(text),
    "invariants": list_of(text),
}
