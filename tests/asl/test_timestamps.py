"""What is a timestamp, and which instant it names."""

import pytest

from simulator.asl.timestamps import parse_timestamp

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", SECOND + SECOND // 2),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:00.00Z", 0),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T22:30:00-01:30", 0),
        ("1969-12-31T23:59:59.75Z", -SECOND // 4),
        ("2016-02-29T12:00:00Z", 1_456_747_200 * SECOND),
        ("1970-01-01T18:00:00+18:00", 0),
    ],
)
def test_a_timestamp_is_an_instant(text, nanoseconds):
    assert parse_timestamp(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-01",
        "2026-01-01 00:00:00Z",  # a blank instead of T
        "2026-01-01t00:00:00Z",
        "2026-01-01T00:00:00z",
        "2026-01-01T00:00:00",  # no zone
        "2026-01-01T00:00Z",  # no seconds
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "01-01-2026T00:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.0000000001Z",  # ten digits
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+01:60",
        "2026-01-01T00:00:00+18:01",
        "٢٠٢٦-01-01T00:00:00Z",  # digits, but not ASCII
        "2026-01-01T00:00:00Z\n",
    ],
)
def test_other_texts_are_no_timestamps(text):
    assert parse_timestamp(text) is None
