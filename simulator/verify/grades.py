"""A result against its recording, in levels.

execution    L1 status, output and error name; L2 also the cause; L3 the same events and states in
             every thread; L4 every field and link of every event
validation   L1 the verdict; L2 the error's or the diagnostics' codes; L3 their words and places
test_state   L1 status or error code; L2 output, error, cause and next state; L3 the whole answer

A level is None where nothing was recorded, or nothing can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from simulator.values import parse_json
from simulator.verify.levels import Comparison
from simulator.verify.matching import Difference, Fresh, Matcher, Placeholders, every

Result: TypeAlias = Mapping[str, Any]
LEVELS: Final = ("L1", "L2", "L3", "L4")
_OPEN_ENDS: Final = frozenset({"TIMED_OUT", "ABORTED"})  # their error may go unrecorded
# TestState's answer: JSON texts among its inspection data.
_INSPECTED: Final = frozenset(
    {
        "afterArguments", "afterInputPath", "afterItemBatcher", "afterItemSelector",
        "afterItemsPath", "afterItemsPointer", "afterParameters", "afterResultPath",
        "afterResultSelector", "input", "result", "variables",
    }
)  # fmt: skip


@dataclass(slots=True)
class Grade:
    """`relaxed`: aborted siblings in a failed Map or Parallel stopped at another point."""

    levels: dict[str, bool | None] = field(default_factory=lambda: dict.fromkeys(LEVELS))
    relaxed: bool = False
    differences: list[Difference] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return False not in self.levels.values()

    @property
    def failed_at(self) -> str | None:
        """The lowest level that does not hold."""
        return next((level for level in LEVELS if self.levels[level] is False), None)


def grade(
    recording: Mapping[str, Any],
    result: Result,
    fresh: Fresh | None = None,
    other: object | None = None,
) -> Grade:
    """`fresh` says what differs in every run, where the recording has no placeholders.

    `other` is the definition that was run, when it is not the recorded one.
    """
    expected, result = trimmed(recording, result)
    matcher = Matcher(Placeholders.of(recording.get("placeholders")), fresh)
    kind = recording["kind"]
    if kind == "execution":
        return _execution((recording.get("definition"), other), expected, result, matcher)
    if kind == "validation":
        return _validation(expected, result, matcher)
    return _test_state(expected, result, matcher)


# -- executions --------------------------------------------------------------------------------


def _execution(
    definitions: tuple[object, object], expected: Result, result: Result, matcher: Matcher
) -> Grade:
    status = expected.get("status")
    first = status is None or status == result.get("status")
    if not first:
        matcher.differ("status", status, result.get("status"))
    if status in {None, "SUCCEEDED"}:
        if "output" in expected:
            first = _same_output(expected["output"], result, matcher) and first
        second = first
    else:
        unrecorded = expected.get("error") is None and status in _OPEN_ENDS
        if "error" in expected and not unrecorded:
            first = matcher.same(expected["error"], result.get("error"), "error") and first
        second = first
        unrecorded = expected.get("cause") is None and status in _OPEN_ENDS
        if "cause" in expected and not unrecorded:
            cause = expected["cause"], result.get("cause")
            second = matcher.same(*cause, "cause", text=True) and first
    done = Grade(differences=matcher.differences)
    done.levels |= {"L1": first, "L2": second}
    wanted, events = expected.get("events"), result.get("events")
    if wanted and events is not None:
        _grade_events(done, definitions, wanted, events, matcher)
    elif expected.get("partial_events") and events is not None:
        asked = expected["partial_events"].items()
        done.levels["L3"] = every(_asserted(matcher, at, want, events) for at, want in asked)
    return done


def _same_output(expected: Any, result: Result, matcher: Matcher) -> bool:
    if "output" not in result:
        return matcher.differ("output", expected, None)
    got = result["output"]
    if isinstance(got, str):
        with suppress(ValueError):  # a result may hold the value itself
            got = parse_json(got)
    return matcher.same(expected, got, "output")


def _grade_events(
    done: Grade,
    definitions: tuple[object, object],
    wanted: Sequence[Any],
    events: Sequence[Any],
    matcher: Matcher,
) -> None:
    comparison = Comparison(wanted, events, *definitions)
    sequence, fields = matcher.anew(), matcher.anew()
    third, done.relaxed = comparison.sequence(sequence)
    fourth = comparison.events(fields)
    done.levels |= {"L3": third, "L4": third and fourth}
    done.differences = [*done.differences, *sequence.differences, *fields.differences]


def _asserted(matcher: Matcher, at: str, want: Any, events: Sequence[Any]) -> bool:
    """One event of which a test looked at some members only; places count from 0."""
    place = int(at)
    if place >= len(events):
        return matcher.differ(f"events[{place + 1}]", want, None)
    return _contains(matcher, want, events[place], f"events[{place + 1}]")


def _contains(matcher: Matcher, want: Any, got: Any, place: str) -> bool:
    if not (isinstance(want, dict) and isinstance(got, dict)):
        return matcher.same(want, got, place, text=True)
    return every(
        _contains(matcher, value, got[key], f"{place}.{key}")
        if key in got
        else matcher.differ(f"{place}.{key}", value, None)
        for key, value in want.items()
    )


# -- definitions and single states -------------------------------------------------------------


def _validation(expected: Result, result: Result, matcher: Matcher) -> Grade:
    first = matcher.same(expected.get("valid"), result.get("valid"), "valid")
    second = first
    if expected.get("error") is not None:
        second = matcher.same(expected["error"], result.get("error"), "error") and second
    if expected.get("diagnostics") is not None:
        codes = _codes(expected["diagnostics"]), _codes(result.get("diagnostics"))
        second = matcher.same(*codes, "diagnostics' codes") and second
    if expected.get("variable_references") is not None:
        key = "variable_references"
        names = _names(expected[key]), _names(result.get(key))
        second = matcher.same(*names, key) and second
    third = second
    if second and expected.get("message") is not None:
        third = matcher.same(expected["message"], result.get("message"), "message")
    if third and expected.get("diagnostics"):
        said = expected["diagnostics"], result.get("diagnostics")
        third = matcher.same(*said, "diagnostics")
    return _graded(matcher, first, second, third)


def _graded(matcher: Matcher, *held: bool) -> Grade:
    """The lowest levels; those above have nothing to compare."""
    done = Grade(differences=matcher.differences)
    done.levels |= dict(zip(LEVELS, held, strict=False))
    return done


def _codes(diagnostics: Any) -> list[Any]:
    told = diagnostics if isinstance(diagnostics, list) else ()
    pairs = (one for one in told if isinstance(one, dict))
    return sorted([str(one.get("severity")), str(one.get("code"))] for one in pairs)


def _names(references: Any) -> dict[str, Any]:
    told = references if isinstance(references, dict) else {}
    return {state: sorted(names, key=str) for state, names in told.items()}


def _test_state(expected: Result, result: Result, matcher: Matcher) -> Grade:
    if "error_response" in expected:
        wanted = expected["error_response"]
        given = result.get("error")
        got = given if isinstance(given, dict) else {}
        first = matcher.same(wanted.get("Code"), got.get("Code"), "error.Code")
        second = first and matcher.same(wanted.get("Message"), got.get("Message"), "error.Message")
        return _graded(matcher, first, second, second)
    wanted = expected["response"]
    first = matcher.same(wanted.get("status"), result.get("status"), "status")
    second = first
    for name in ("output", "error", "cause", "nextState"):
        if name in wanted or name in result:
            text = name in {"output", "cause"}
            second = matcher.same(wanted.get(name), result.get(name), name, text=text) and second
    third = second
    told = {"ResponseMetadata", "status", "output", "error", "cause", "nextState"}
    for name in sorted({*wanted, *result} - told):
        third = _inspected(matcher, wanted.get(name), result.get(name), name) and third
    return _graded(matcher, first, second, third)


def _inspected(matcher: Matcher, expected: Any, got: Any, place: str) -> bool:
    if not (isinstance(expected, dict) and isinstance(got, dict)):
        return matcher.same(expected, got, place)
    fine = True
    for name in sorted({*expected, *got}):
        where = f"{place}.{name}"
        if name in expected and name in got:
            text = name in _INSPECTED
            fine = matcher.same(expected[name], got[name], where, text=text) and fine
        else:
            fine = matcher.differ(where, expected.get(name), got.get(name))
    return fine


# -- what a recording says to leave out --------------------------------------------------------


def trimmed(recording: Mapping[str, Any], result: Result) -> tuple[Result, Result]:
    """What was expected and what came, without what the recording says cannot be compared."""
    ignored = (recording.get("compare") or {}).get("ignore_paths") or ()
    return without(recording["expected"], ignored), without(result, ignored)


def without(value: Any, paths: Sequence[str]) -> Any:
    """The value without the members that paths such as `$..SdkHttpMetadata` or `$..a.b` name.

    They are looked for inside JSON texts too. An array between two keys ends a path.
    """
    for path in paths:
        anywhere, keys = path.startswith("$.."), [key for key in re.split(r"\.+", path[1:]) if key]
        value = _removed(value, keys, anywhere=anywhere)
    return value


def _removed(value: Any, keys: list[str], *, anywhere: bool) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = parse_json(value)
        except (ValueError, RecursionError):
            return value
    if isinstance(value, list):
        return [_removed(item, keys, anywhere=True) for item in value] if anywhere else value
    if not isinstance(value, dict):
        return value
    kept = dict(value)
    if anywhere:
        kept = {key: _removed(item, keys, anywhere=True) for key, item in value.items()}
    return _dropped(kept, keys)


def _dropped(value: Any, keys: list[str]) -> Any:
    if not isinstance(value, dict) or keys[0] not in value:
        return value
    if len(keys) == 1:
        return {key: item for key, item in value.items() if key != keys[0]}
    return value | {keys[0]: _dropped(value[keys[0]], keys[1:])}
