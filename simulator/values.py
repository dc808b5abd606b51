"""Json, and one canonical text for one value."""

from __future__ import annotations

import json
import math
import re
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_compact = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode
_canonical = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    separators=(",", ":"),
    sort_keys=True,
).encode


def compact(value: Json) -> str:
    """The JSON text the service writes: no blanks, keys in their order. ValueError on NaN."""
    return _compact(value)


def canonical(value: Json) -> str:
    """One text for one value, whatever the order of its keys: for equality and goldens."""
    return _canonical(value)


def size_in_bytes(value: Json) -> int:
    """UTF-8 bytes of the compact text: what the service's payload limits count."""
    return len(_compact(value).encode("utf-8", "surrogatepass"))


_HUGE = re.compile(r"[eE]\+?\d{3}")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large a number")
    return value


def _refuse_constant(name: str) -> Json:
    message = f"{name} is not JSON"
    raise ValueError(message)


def parse_json(text: str | bytes) -> Json:
    """Strict JSON: NaN and Infinity are refused with ValueError, as the service refuses them."""
    shown = text.decode() if isinstance(text, bytes) else text
    if _HUGE.search(shown):
        value: Json = json.loads(shown, parse_constant=_refuse_constant, parse_float=_finite)
    else:
        value = json.loads(shown, parse_constant=_refuse_constant)
    return value
