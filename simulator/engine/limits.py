"""Quotas, by name."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from marshal import dumps
from typing import Any

from simulator.values import Json, size_in_bytes

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service allows (docs, 2026), and what keeps a simulation finite.

    `transitions` and `nested_executions` are the simulator's own: the service would run on.
    """

    payload_bytes: int = 262_144
    history_events: int = 25_000
    variables_bytes: int = 10 * 1_048_576
    standard_seconds: int = 365 * DAY
    express_seconds: int = 300
    wait_seconds: int = 2**31 - 1
    inline_map_concurrency: int = 40
    distributed_map_concurrency: int = 10_000
    redrives: int = 1_000
    transitions: int = 1_000_000
    nested_executions: int = 100


def fits(value: Json, limit: int) -> bool:
    """Does the value's compact JSON text stay within `limit` bytes?

    A value nested deeper than DEEPEST never fits: nobody could write it out.
    """
    return size_bound(value, limit) <= limit


def size_bound(value: Json, limit: int) -> int:
    """A number of bytes that the value's compact JSON text does not exceed.

    It is over `limit` only when the text is: a cheap bound decides nearly always, and only a value
    that might be too large is written out.
    """
    try:
        packed = len(dumps(value, _NO_REFERENCES))
    except ValueError:  # nested far too deep, or a type of our own
        packed = _SHALLOW
    if packed < _SHALLOW and packed * _PACKED <= limit:
        return packed * _PACKED
    try:
        bound = _upper_bound(value, limit, 0)
        return bound if bound <= limit else size_in_bytes(value)
    except RecursionError:
        return sys.maxsize


DEEPEST = 300  # a guess: far beyond what people write, and within what Python's JSON can write
_ESCAPED = 6  # bytes: the longest a character can become, "\u0000"
_NUMBER = 26
# marshal's format 2 writes every part of a value, and JSON takes at most six times its bytes: six
# for a character or for "null," (one byte there), fewer for all else.
_NO_REFERENCES = 2
_PACKED = 6
# A level of nesting takes it five bytes, so that with fewer a value cannot be too deep.
_SHALLOW = DEEPEST * 5


def _upper_bound(value: Any, limit: int, depth: int) -> int:
    if depth > DEEPEST:
        raise RecursionError
    kind = type(value)
    if kind is str:
        return len(value) * _ESCAPED + 2
    if kind is dict:
        total = 2
        for key, item in value.items():
            total += len(key) * _ESCAPED + 4
            inner = type(item)
            if inner is str:
                total += len(item) * _ESCAPED + 2
            elif inner is dict or inner is list:
                total += _upper_bound(item, limit, depth + 1)
            else:
                total += _NUMBER if inner is not int else max(_NUMBER, item.bit_length() // 3 + 2)
            if total > limit:
                return total
        return total
    if kind is list:
        total = 2
        for item in value:
            total += _upper_bound(item, limit, depth + 1) + 1
            if total > limit:
                return total
        return total
    return _NUMBER if kind is not int else max(_NUMBER, value.bit_length() // 3 + 2)
