"""When schedules fire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.errors import UsageError
from simulator.events.schedules import check_expression, next_fire, scheduled_event

NOW = datetime(2026, 3, 4, 10, 7, 30, tzinfo=UTC)  # a Wednesday


def fires(
    expression: str, times: int = 1, *, zone: str = "UTC", start: datetime = NOW
) -> list[str]:
    found: list[str] = []
    now = next_fire(expression, start, timezone=zone)
    while now is not None and len(found) < times:
        found.append(f"{now:%Y-%m-%dT%H:%M:%S}")
        now = next_fire(expression, now, timezone=zone)
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", ["2026-03-04T10:08:30", "2026-03-04T10:09:30"]),
        ("rate(2 days)", ["2026-03-06T10:07:30", "2026-03-08T10:07:30"]),
        ("at(2026-03-04T10:07:31)", ["2026-03-04T10:07:31"]),
        ("at(2026-03-04T10:07:30)", []),
        ("cron(0/15 * * * ? *)", ["2026-03-04T10:15:00", "2026-03-04T10:30:00"]),
        ("cron(0 8,18 ? * MON-FRI *)", ["2026-03-04T18:00:00", "2026-03-05T08:00:00"]),
        ("cron(0 0 L * ? *)", ["2026-03-31T00:00:00", "2026-04-30T00:00:00"]),
        ("cron(0 0 31 * ? *)", ["2026-03-31T00:00:00", "2026-05-31T00:00:00"]),
        ("cron(0 0 1W * ? *)", ["2026-04-01T00:00:00", "2026-05-01T00:00:00"]),
        ("cron(0 0 15W 3-5 ? *)", ["2026-03-16T00:00:00", "2026-04-15T00:00:00"]),
        ("cron(0 0 1W AUG ? *)", ["2026-08-03T00:00:00", "2027-08-02T00:00:00"]),
        ("cron(0 0 LW 5 ? *)", ["2026-05-29T00:00:00", "2027-05-31T00:00:00"]),
        ("cron(0 12 ? * 3#2 *)", ["2026-03-10T12:00:00", "2026-04-14T12:00:00"]),
        ("cron(0 12 ? * FRIL *)", ["2026-03-27T12:00:00", "2026-04-24T12:00:00"]),
        ("cron(0 12 ? * L *)", ["2026-03-07T12:00:00", "2026-03-14T12:00:00"]),
        ("cron(5 4 29 2 ? *)", ["2028-02-29T04:05:00", "2032-02-29T04:05:00"]),
        ("cron(0 0 1 1 ? 2025)", []),
    ],
)
def test_an_expression_fires_next_at(expression: str, expected: list[str]) -> None:
    assert fires(expression, 2) == expected


def test_hours_are_those_of_the_time_zone() -> None:
    assert fires("cron(0 9 * * ? *)", zone="Europe/Berlin") == ["2026-03-05T08:00:00"]
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    assert fires("cron(0 9 * * ? *)", zone="Europe/Berlin", start=summer) == ["2026-07-01T07:00:00"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("every day", "write rate(5 minutes), cron(0 12 * * ? *) or at(2026-01-31T08:00:00)"),
        ("rate(5)", "a rate is a number and minute(s), hour(s) or day(s): rate(5 minutes)"),
        ("rate(0 minutes)", "a rate is at least 1"),
        ("rate(1 minutes)", "write rate(1 minute)"),
        ("rate(2 hour)", "write rate(2 hours)"),
        ("at(2026-01-01)", "at takes an instant as 2026-01-31T08:00:00, without a zone"),
        ("at(2026-13-01T00:00:00)", "month must be in 1..12"),
        ("cron(0 0 * * * *)", "exactly one of day-of-month and day-of-week must be ?"),
        ("cron(60 0 * * ? *)", "minutes: '60' is no value from 0 to 59"),
        ("cron(0 5-3 * * ? *)", "hours: '5-3' ends before it starts"),
        ("cron(0/0 5 * * ? *)", "minutes: the step of '0/0' must be a positive number"),
        ("cron(0 0 ? * 2#6 *)", "day of week: '2#6' must end in #1 to #5"),
        (
            "cron(0 0 ? * WEN *)",
            "day of week: 'WEN' is no value from 1 to 7 or SUN, MON, TUE, WED, THU, FRI, SAT",
        ),
    ],
)
def test_a_wrong_expression_says_why(text: str, why: str) -> None:
    message = check_expression(text)
    assert message is not None
    start = f"the schedule expression '{text}' is not valid: "
    assert message.startswith(start + why)
    with pytest.raises(UsageError):
        next_fire(text, NOW)


def test_a_right_expression_has_nothing_wrong() -> None:
    assert check_expression("cron(0 12 * * ? *)") is None


def test_a_time_zone_must_exist() -> None:
    with pytest.raises(UsageError, match="'Mars' is no time zone"):
        next_fire("rate(1 day)", NOW, timezone="Mars")


def test_five_fields_are_one_too_few() -> None:
    message = check_expression("cron(0 12 * * ?)")
    assert message is not None
    assert "cron takes six fields" in message


def test_the_event_of_a_rule_and_of_the_scheduler_differ() -> None:
    event = {
        "version": "0",
        "id": "i-1",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "111122223333",
        "time": "2026-03-04T10:07:30Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:111122223333:rule/nightly"],
        "detail": {},
    }
    assert scheduled_event("nightly", "111122223333", "us-east-1", NOW, "i-1") == event
    other = scheduled_event("nightly", "111122223333", "us-east-1", NOW, "i-1", kind="scheduler")
    assert other == {
        **event,
        "source": "aws.scheduler",
        "resources": ["arn:aws:scheduler:us-east-1:111122223333:schedule/default/nightly"],
        "detail": "{}",
    }
