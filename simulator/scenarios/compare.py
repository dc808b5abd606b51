"""What was wanted against what came, precise to the value."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Final

from simulator.scenarios.durations import duration_text, instant_text
from simulator.values import Json, canonical

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
PRESENT: Final = "present"
_PATH_ENDS = 20


class Absent(Enum):
    """Nothing at all, which is not the same as null."""

    ABSENT = "(nothing)"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that did not hold.

    `want` and `got` are ABSENT where there should be, or was, nothing. `message` replaces
    "wanted ..., got ..." where two values do not tell the story; `note` follows either.
    """

    where: str
    want: Json | Absent = ABSENT
    got: Json | Absent = ABSENT
    message: str | None = None
    note: str | None = None

    def __str__(self) -> str:
        text = self.message or f"wanted {shown(self.want)}, got {shown(self.got)}"
        return f"{self.where}: {text}" + (f"; {self.note}" if self.note else "")


def shown(value: Json | Absent, limit: int = 2_000) -> str:
    """The value as JSON, cut when very long."""
    if isinstance(value, Absent):
        return "nothing"
    text = canonical(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def path_text(path: Sequence[str]) -> str:
    """A → B → C; of a very long path the beginning and the end."""
    if len(path) > 2 * _PATH_ENDS:
        left_out = f"… ({len(path) - 2 * _PATH_ENDS} more)"
        path = [*path[:_PATH_ENDS], left_out, *path[-_PATH_ENDS:]]
    return " → ".join(path) or "(no execution)"


def jsonable(value: Any) -> Json:
    """What boto3 and handlers give, as JSON: decimals, sets, bytes and instants written out."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)  # noqa: PLR0124 - NaN
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_text(bytes(value))
    if isinstance(value, datetime):
        return instant_text(value) if value.tzinfo else value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((jsonable(item) for item in value), key=canonical)
    if isinstance(value, Iterable) and not isinstance(value, PurePath):
        return [jsonable(item) for item in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def _bytes_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def differences(where: str, want: Any, got: Any) -> list[Difference]:
    """Every place at which `got` is not `want`; [] when they are equal.

    Numbers compare by value (1 is 1.0), booleans only with booleans. Values may be anything that
    `jsonable` knows.
    """
    return _differences(where, jsonable(want), jsonable(got))


def _differences(where: str, want: Json, got: Json) -> list[Difference]:
    if isinstance(want, dict) and isinstance(got, dict):
        found: list[Difference] = []
        for key in [*want, *(key for key in got if key not in want)]:
            place = member(where, key)
            if key not in got:
                found.append(Difference(place, want[key], ABSENT))
            elif key not in want:
                found.append(Difference(place, ABSENT, got[key]))
            else:
                found += _differences(place, want[key], got[key])
        return found
    if isinstance(want, list) and isinstance(got, list):
        return _list_differences(where, want, got)
    return [] if same(want, got) else [Difference(where, want, got)]


def _list_differences(where: str, want: Sequence[Json], got: Sequence[Json]) -> list[Difference]:
    found: list[Difference] = []
    for index in range(max(len(want), len(got))):
        place = f"{where}[{index}]"
        if index >= len(got):
            found.append(Difference(place, want[index], ABSENT))
        elif index >= len(want):
            found.append(Difference(place, ABSENT, got[index]))
        else:
            found += _differences(place, want[index], got[index])
    return found


def same(want: Json, got: Json) -> bool:
    """Equal as JSON: true is not 1, but 1 is 1.0."""
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(same(want[key], got[key]) for key in want)
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(same, want, got))
    return want == got


def covers(got: Json, want: Json) -> bool:
    """Has `got` at least what `want` lists? "present" stands for any value."""
    if want == PRESENT:
        return True
    if isinstance(want, dict) and isinstance(got, dict):
        return all(key in got and covers(got[key], item) for key, item in want.items())
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(covers, got, want))
    return same(want, got)


def member(where: str, key: str) -> str:
    """The place of a key, as one would write it: `a.b`, `a["b c"]`."""
    if _NAME.fullmatch(key):
        return f"{where}.{key}" if where else key
    return f'{where}["{key}"]'
