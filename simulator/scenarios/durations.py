"""ISO-8601 durations and instants, exact: "P1DT2H", "PT0.5S", "2026-01-15T10:00:00Z"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?P<time>T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_CALENDAR = re.compile(r"[+-]?P[^T]*\d[YM]", re.IGNORECASE)
_MICROSECONDS = 6


def parse_duration(text: str) -> timedelta:
    """Weeks, days, hours, minutes and seconds. ValueError says what is wrong."""
    if _CALENDAR.match(text):
        message = f"'{text}' has years or months, whose length varies; write days (P30D)"
        raise ValueError(message)
    found = _DURATION.fullmatch(text)
    parts = found.groupdict() if found else {}
    named = any(parts.get(name) for name in ("weeks", "days", "hours", "minutes", "seconds"))
    if not named or parts["time"] == "T":
        message = f"'{text}' is not an ISO-8601 duration such as PT30S, PT1H30M or P1D"
        raise ValueError(message)
    whole, _, fraction = (parts["seconds"] or "0").partition(".")
    if len(fraction.rstrip("0")) > _MICROSECONDS:
        message = f"'{text}' is finer than a microsecond"
        raise ValueError(message)
    try:
        length = timedelta(
            weeks=int(parts["weeks"] or 0),
            days=int(parts["days"] or 0),
            hours=int(parts["hours"] or 0),
            minutes=int(parts["minutes"] or 0),
            seconds=int(whole),
            microseconds=int(fraction[:_MICROSECONDS].ljust(_MICROSECONDS, "0")),
        )
    except OverflowError:
        message = f"'{text}' is longer than the clock can count"
        raise ValueError(message) from None
    return -length if parts["sign"] == "-" else length


def duration_text(length: timedelta) -> str:
    """The shortest ISO-8601 text: "P7D", "PT3.2S", "PT0S"."""
    if length < timedelta(0):
        return "-" + duration_text(-length)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f"{length.microseconds:06d}".rstrip("0")
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    if fraction:
        clock += f"{seconds}.{fraction}S"
    elif seconds:
        clock += f"{seconds}S"
    days = f"{length.days}D" if length.days else ""
    if not days and not clock:
        return "PT0S"
    return f"P{days}T{clock}" if clock else f"P{days}"


# Executions may run for a year, and tasks wait for thousands of them.
_LAST_YEAR = 5000


def parse_instant(text: str) -> datetime:
    """An ISO-8601 instant with its offset, in UTC. ValueError says what is wrong."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"'{text}' is not an ISO-8601 instant such as 2026-01-15T10:00:00Z"
        raise ValueError(message) from None
    if moment.tzinfo is None:
        message = f"'{text}' has no offset; add Z for UTC"
        raise ValueError(message)
    try:
        found = moment.astimezone(UTC)
    except OverflowError:
        found = None
    if found is None or found.year > _LAST_YEAR:
        message = f"'{text}' is outside of what the clock can count"
        raise ValueError(message)
    return found


def instant_text(moment: datetime) -> str:
    """ISO-8601 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
