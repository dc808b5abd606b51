"""What Step Functions adds to JSONata: $partition, $range, $hash, $random, $uuid, $parse."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from simulator.asl.expressions import Scope
from simulator.values import Json, parse_json

# Arguments as JSONata's signatures: the library refuses others with T0410.
SIGNATURES: Final[dict[str, str]] = {
    "partition": "<a-n:a>",
    "range": "<n-nn:x>",
    "hash": "<s-s:s>",
    "random": "<n?:n>",
    "uuid": "<:s>",
    "parse": "<s-:x>",
}
HASHES: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
_MOST_ITEMS = 1000


class FunctionError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def functions(cell: Sequence[Scope]) -> dict[str, Callable[..., Any]]:
    """One set for one compiled expression; `cell` holds the scope of the running evaluation."""

    def random(seed: float | None = None) -> float:
        if seed is not None:
            return java_random(int(seed))
        return (cell[0].draw() >> 75) * 2.0**-53

    def new_uuid() -> str:
        return cell[0].uuid()

    return {
        "partition": partition,
        "range": number_range,
        "hash": digest,
        "random": random,
        "uuid": new_uuid,
        "parse": parse,
    }


def java_random(seed: int) -> float:
    """The first double of a generator with this seed: the same seed, the same value (docs)."""
    mask = (1 << 48) - 1
    state = (seed ^ 0x5DEECE66D) & mask
    state = (state * 0x5DEECE66D + 0xB) & mask
    high = state >> 22
    state = (state * 0x5DEECE66D + 0xB) & mask
    return float((high << 27) + (state >> 21)) * 2.0**-53


def partition(values: list[Json] | None, size: float | None) -> Json:
    if values is None or size is None:  # what is undefined gives nothing, as in JSONata's own
        return None
    step = math.floor(size)
    if step < 1:
        raise FunctionError("D3137", "The second argument of $partition must be a positive integer")
    return [values[at : at + step] for at in range(0, len(values), step)]


def number_range(first: float | None, last: float | None, delta: float | None) -> Json:
    if first is None or last is None or delta is None:
        return None
    begin, end, step = math.floor(first), math.floor(last), math.floor(delta)
    if step == 0:
        raise FunctionError("D3137", "The third argument of $range must not be zero")
    if (end - begin) // step >= _MOST_ITEMS:  # a range of so many has no len()
        raise FunctionError("D3137", f"$range gives at most {_MOST_ITEMS} items")
    found = range(begin, end + (1 if step > 0 else -1), step)
    # recorded: a range of one is the number itself
    return found[0] if len(found) == 1 else list(found)


def digest(text: str | None, algorithm: str | None) -> str | None:
    if text is None or algorithm is None:
        return None
    name = HASHES.get(algorithm)
    if name is None:
        known = ", ".join(HASHES)
        raise FunctionError("D3137", f"$hash does not know '{algorithm}'; it knows {known}")
    return hashlib.new(name, text.encode(errors="replace"), usedforsecurity=False).hexdigest()


def parse(text: str | None) -> Json:
    if text is None:
        return None
    try:
        value = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise FunctionError("D3137", f"$parse cannot read the text as JSON: {error}") from None
    # AWS: minus zero is read as zero (recorded).
    return 0 if isinstance(value, float | int) and value == 0 and value is not False else value
