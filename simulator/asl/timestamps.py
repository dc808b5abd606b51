"""RFC 3339 timestamps, as the service reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

# AWS: capital T, a zone, fractions up to nanoseconds; month 13 and hour 25 are refused (recorded).
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_timestamp(text: str) -> int | None:
    """Nanoseconds since the epoch; None when the text is no timestamp."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    zone = UTC
    if found[8] != "Z":
        hours, minutes = int(found[8][1:3]), int(found[8][4:6])
        offset = timedelta(hours=hours, minutes=minutes)
        if minutes > 59 or offset > timedelta(hours=18):
            return None
        zone = timezone(-offset if found[8][0] == "-" else offset)
    try:
        moment = datetime(*(int(part) for part in found.groups()[:6]), tzinfo=zone)  # type: ignore[misc,arg-type]  # six numbers
        seconds = (moment - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None
    return seconds * 1_000_000_000 + int((found[7] or "").ljust(9, "0"))
