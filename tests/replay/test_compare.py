"""Differences are precise to the value, whatever the values are; durations are exact."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import pytest

from simulator.scenarios.compare import (
    ABSENT,
    Difference,
    covers,
    differences,
    jsonable,
    path_text,
    same,
    shown,
)
from simulator.scenarios.durations import (
    duration_text,
    instant_text,
    parse_duration,
    parse_instant,
)


@pytest.mark.parametrize(
    ("want", "got", "texts"),
    [
        (1, 1.0, []),
        (1, True, ["w: wanted 1, got true"]),
        (None, None, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b c": 2}, {"a": 2, "d": 3}, None),
        ([1, [2, 3]], [1, [2, 4], 5], ["w[1][1]: wanted 3, got 4", "w[2]: wanted nothing, got 5"]),
        ([1, 2], [1], ["w[1]: wanted 2, got nothing"]),
        ({"a": 1}, [1], ['w: wanted {"a":1}, got [1]']),
        ({"a": None}, {}, ["w.a: wanted null, got nothing"]),
    ],
)
def test_every_place_that_differs_is_named(want: Any, got: Any, texts: list[str] | None) -> None:
    if texts is None:
        texts = [
            "w.a: wanted 1, got 2",
            'w["b c"]: wanted 2, got nothing',
            "w.d: wanted nothing, got 3",
        ]
    assert [str(found) for found in differences("w", want, got)] == texts


def test_a_difference_may_tell_its_own_story() -> None:
    assert str(Difference("a", 1, 2, "it is odd", "look there")) == "a: it is odd; look there"
    assert str(Difference("a", 1, ABSENT, note="n")) == "a: wanted 1, got nothing; n"


def test_long_values_and_paths_are_cut() -> None:
    assert shown("x" * 3000) == '"' + "x" * 1999 + "… (3002 characters)"
    assert path_text([]) == "(no execution)"
    assert path_text(["A"] * 40) == " → ".join("A" * 40)
    assert path_text(["A"] * 41) == " → ".join([*"A" * 20, "… (1 more)", *"A" * 20])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("2.0"), 2),
        (Decimal("2.5"), 2.5),
        (Decimal("NaN"), "NaN"),
        (b"text", "text"),
        (bytearray(b"\xff"), "/w=="),
        (datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T00:00:00Z"),
        (datetime(2026, 1, 1), "2026-01-01T00:00:00"),  # noqa: DTZ001 - handlers may give such
        (date(2026, 1, 1), "2026-01-01"),
        (timedelta(hours=1), "PT1H"),
        ({1: {"b", "a"}}, {"1": ["a", "b"]}),
        ((1, (2,)), [1, [2]]),
        (PurePosixPath("a/b"), "a/b"),
    ],
)
def test_what_boto3_and_handlers_give_is_written_as_json(value: Any, written: Any) -> None:
    assert jsonable(value) == written


def test_equal_as_json() -> None:
    assert same({"a": [1, {"b": 2.0}]}, {"a": [1.0, {"b": 2}]})
    assert not same({"a": 1}, {"a": 1, "b": 1})
    assert not same([1], [1, 2])
    assert not same([1], [True])


@pytest.mark.parametrize(
    ("want", "covered"),
    [
        ({}, True),
        ({"a": "present"}, True),
        ({"a": {"b": 1}}, True),
        ({"a": {"c": 1}}, False),
        ({"z": "present"}, False),
        ({"l": [{"x": "present"}, 2]}, True),
        ({"l": [2]}, False),
    ],
)
def test_a_listed_part_is_covered(want: Any, covered: bool) -> None:
    assert covers({"a": {"b": 1, "x": 2}, "l": [{"x": 1}, 2]}, want) is covered


@pytest.mark.parametrize(
    ("text", "length", "shortest"),
    [
        ("PT30S", timedelta(seconds=30), "PT30S"),
        ("P1W", timedelta(days=7), "P7D"),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5), "P1DT2H3M4.5S"),
        ("PT0.000001S", timedelta(microseconds=1), "PT0.000001S"),
        ("PT1.5000000S", timedelta(seconds=1.5), "PT1.5S"),
        ("-PT90S", timedelta(seconds=-90), "-PT1M30S"),
        ("+PT36H", timedelta(hours=36), "P1DT12H"),
        ("PT0S", timedelta(0), "PT0S"),
    ],
)
def test_durations_are_exact(text: str, length: timedelta, shortest: str) -> None:
    assert parse_duration(text) == length
    assert duration_text(length) == shortest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("P1M", "'P1M' has years or months, whose length varies; write days (P30D)"),
        ("P1Y2D", "'P1Y2D' has years or months, whose length varies; write days (P30D)"),
        ("PT", "'PT' is not an ISO-8601 duration such as PT30S, PT1H30M or P1D"),
        ("P1DT", "'P1DT' is not an ISO-8601 duration such as PT30S, PT1H30M or P1D"),
        ("30s", "'30s' is not an ISO-8601 duration such as PT30S, PT1H30M or P1D"),
        ("PT0.0000001S", "'PT0.0000001S' is finer than a microsecond"),
        ("P99999999999D", "'P99999999999D' is longer than the clock can count"),
    ],
)
def test_what_is_no_duration_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_duration(text)


def test_instants_have_an_offset() -> None:
    moment = datetime(2026, 1, 15, 10, tzinfo=UTC)
    assert parse_instant("2026-01-15T12:00:00+02:00") == moment
    assert instant_text(moment) == "2026-01-15T10:00:00Z"
    with pytest.raises(ValueError, match="has no offset; add Z for UTC"):
        parse_instant("2026-01-15T10:00:00")
    with pytest.raises(ValueError, match="is outside of what the clock can count"):
        parse_instant("0001-01-01T00:00:00+10:00")
    with pytest.raises(ValueError, match="'soon' is not an ISO-8601 instant such as"):
        parse_instant("soon")
