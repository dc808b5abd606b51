"""Schedules: when rate(), cron() and at() fire, and the event they make."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.errors import UsageError
from simulator.values import Json

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_RATE = re.compile(r"(?P<count>\d+) (?P<unit>minute|hour|day)(?P<plural>s?)")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_CALL = re.compile(r"(?P<kind>rate|cron|at)\((?P<inside>.*)\)")
_MONTHS = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6,
    "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}  # fmt: skip
# AWS: Sunday is 1 (docs).
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_SATURDAY, _SUNDAY = 5, 6  # as datetime counts


def scheduled_event(
    name: str, account: str, region: str, now: datetime, identity: str, *, kind: str = "rule"
) -> Json:
    """What a target without Input gets. `kind` is "rule" or "scheduler", which differ (docs)."""
    rule = kind == "rule"
    resource = f"events:{region}:{account}:rule/{name}"
    if not rule:
        resource = f"scheduler:{region}:{account}:schedule/default/{name}"
    return {
        "version": "0",
        "id": identity,
        "detail-type": "Scheduled Event",
        "source": "aws.events" if rule else "aws.scheduler",
        "account": account,
        "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:{resource}"],
        "detail": {} if rule else "{}",
    }


def check_expression(text: str) -> str | None:
    """What is wrong with a schedule expression, or None."""
    try:
        _parse(text)
    except ValueError as error:
        return f"the schedule expression '{text}' is not valid: {error}"
    return None


def check_timezone(name: str) -> str | None:
    """What is wrong with a time zone's name, or None."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return f"'{name}' is no time zone; write one as Europe/Berlin"
    return None


def next_fire(expression: str, now: datetime, *, timezone: str = "UTC") -> datetime | None:
    """The first instant after `now`, or None when there is none. Raises UsageError.

    A rate counts from `now`: ask again whenever it has fired.
    """
    try:
        upcoming = _parse(expression)
        zone: tzinfo = UTC if timezone == "UTC" else ZoneInfo(timezone)
    except ValueError as error:
        raise UsageError(f"the schedule expression '{expression}' is not valid: {error}") from None
    except ZoneInfoNotFoundError:
        raise UsageError(f"'{timezone}' is no time zone; write one as Europe/Berlin") from None
    return upcoming(now, zone)


Upcoming = Callable[[datetime, tzinfo], datetime | None]


def _parse(text: str) -> Upcoming:
    """Raises ValueError with a message for people."""
    call = _CALL.fullmatch(text)
    if call is None:
        message = "write rate(5 minutes), cron(0 12 * * ? *) or at(2026-01-31T08:00:00)"
        raise ValueError(message)
    return {"rate": _rate, "cron": _cron, "at": _at}[call["kind"]](call["inside"])


def _rate(inside: str) -> Upcoming:
    match = _RATE.fullmatch(inside)
    if match is None:
        raise ValueError("a rate is a number and minute(s), hour(s) or day(s): rate(5 minutes)")
    number = int(match["count"])
    if number == 0:
        raise ValueError("a rate is at least 1")
    if (number == 1) == bool(match["plural"]):
        right = match["unit"] + ("" if number == 1 else "s")
        raise ValueError(f"write rate({number} {right})")
    every = number * _UNITS[match["unit"]]
    return lambda now, _zone: now + every


def _at(inside: str) -> Upcoming:
    if not _AT.fullmatch(inside):
        raise ValueError("at takes an instant as 2026-01-31T08:00:00, without a zone")
    moment = datetime.fromisoformat(inside)

    def upcoming(now: datetime, zone: tzinfo) -> datetime | None:
        local = moment.replace(tzinfo=zone).astimezone(UTC)
        return local if local > now else None

    return upcoming


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: Mapping[str, int]

    def values(self, text: str) -> frozenset[int]:
        """The numbers that a list of values, ranges and steps names. Raises ValueError."""
        found: set[int] = set()
        for item in text.split(","):
            body, slash, step_text = item.partition("/")
            step = 1
            if slash:
                if not step_text.isdecimal() or int(step_text) == 0:
                    raise ValueError(f"{self.name}: the step of '{item}' must be a positive number")
                step = int(step_text)
            first, dash, last = body.partition("-")
            if body == "*":
                low, high = self.low, self.high
            elif dash:
                low, high = self.number(first, item), self.number(last, item)
            else:
                low = self.number(first, item)
                high = self.high if slash else low
            if low > high:
                raise ValueError(f"{self.name}: '{item}' ends before it starts")
            found.update(range(low, high + 1, step))
        return frozenset(found)

    def number(self, text: str, item: str) -> int:
        value = self.names.get(text.upper())
        if value is None:
            value = int(text) if text.isdecimal() else -1
        if not self.low <= value <= self.high:
            known = f" or {', '.join(self.names)}" if self.names else ""
            raise ValueError(
                f"{self.name}: '{item}' is no value from {self.low} to {self.high}{known}"
            )
        return value


_MINUTE = _Field("minutes", 0, 59, {})
_HOUR = _Field("hours", 0, 23, {})
_DAY = _Field("day of month", 1, 31, {})
_MONTH = _Field("month", 1, 12, _MONTHS)
_WEEKDAY = _Field("day of week", 1, 7, _WEEKDAYS)
_YEAR = _Field("year", _FIRST_YEAR, _LAST_YEAR, {})

DaysOf = Callable[[int, int], frozenset[int]]  # the days of a year's month


def _cron(inside: str) -> Upcoming:
    parts = inside.split(" ")
    if len(parts) != 6 or not all(parts):
        raise ValueError(
            "cron takes six fields: minutes hours day-of-month month day-of-week year,"
            " such as cron(0 12 * * ? *)"
        )
    minute, hour, day, month, weekday, year = parts
    if (day == "?") == (weekday == "?"):
        raise ValueError("exactly one of day-of-month and day-of-week must be ?")
    minutes, hours = sorted(_MINUTE.values(minute)), sorted(_HOUR.values(hour))
    months, years = sorted(_MONTH.values(month)), sorted(_YEAR.values(year))
    days = _weekdays(weekday) if day == "?" else _month_days(day)

    def dates(start: date) -> Iterator[date]:
        for a_year in years:
            for a_month in months:
                if (a_year, a_month) >= (start.year, start.month):
                    for a_day in sorted(days(a_year, a_month)):
                        yield date(a_year, a_month, a_day)

    def upcoming(now: datetime, zone: tzinfo) -> datetime | None:
        start = now.astimezone(zone).date()
        for a_date in dates(start):
            if a_date < start:
                continue
            for an_hour in hours:
                for a_minute in minutes:
                    local = datetime(
                        a_date.year, a_date.month, a_date.day, an_hour, a_minute, tzinfo=zone
                    )
                    if (moment := local.astimezone(UTC)) > now:
                        return moment
        return None

    return upcoming


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _month_days(text: str) -> DaysOf:
    """Day of month: numbers, L for the last one, 15W for the working day nearest to the 15th."""
    if text == "L":
        return lambda year, month: frozenset({_length(year, month)})
    if text == "LW":
        return lambda year, month: frozenset({_nearest(year, month, _length(year, month))})
    if text.endswith("W"):
        wanted = _DAY.number(text[:-1], text)

        def near(year: int, month: int) -> frozenset[int]:
            inside = wanted <= _length(year, month)
            return frozenset({_nearest(year, month, wanted)} if inside else ())

        return near
    values = _DAY.values(text)
    return lambda year, month: frozenset(day for day in values if day <= _length(year, month))


def _nearest(year: int, month: int, day: int) -> int:
    """The working day nearest to a day, in the same month."""
    weekday = date(year, month, day).weekday()
    last = _length(year, month)
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _weekdays(text: str) -> DaysOf:
    """Day of week: numbers, names, L for Saturday, 6L the last Friday, 3#2 the second Tuesday."""
    if text == "L":
        return _days_that(frozenset({_WEEKDAYS["SAT"]}), lambda _day, _last: True)
    name, mark, number = text.partition("#")
    if mark:
        if number not in ("1", "2", "3", "4", "5"):
            raise ValueError(f"day of week: '{text}' must end in #1 to #5")
        week = int(number)
        wanted = frozenset({_WEEKDAY.number(name, text)})
        return _days_that(wanted, lambda day, _last: (day - 1) // 7 + 1 == week)
    if text.endswith("L"):
        wanted = frozenset({_WEEKDAY.number(text[:-1], text)})
        return _days_that(wanted, lambda day, last: day > last - 7)
    return _days_that(_WEEKDAY.values(text), lambda _day, _last: True)


def _days_that(weekdays: frozenset[int], fits: Callable[[int, int], bool]) -> DaysOf:
    def days(year: int, month: int) -> frozenset[int]:
        last = _length(year, month)
        return frozenset(
            day
            for day in range(1, last + 1)
            if date(year, month, day).isoweekday() % 7 + 1 in weekdays and fits(day, last)
        )

    return days
