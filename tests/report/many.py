"""Ten thousand payments that differ, from a few real ones: as many true runs would take an hour."""

from __future__ import annotations

import copy
import json
import re
import string
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from random import Random

from simulator.scenarios import details
from simulator.scenarios.verdict import Verdict

# What differs from one payment to the next: ids, secrets, hashes, checksums, amounts and names.
_DIFFERS = re.compile(
    r"((?<![\w+/=])[A-Za-z0-9+/]{16,}={1,2}"  # base64, with its end or without
    r"|(?<![\w+/=])(?=[a-z]*[A-Z0-9+])(?=[^a-z]*[a-z])[A-Za-z0-9+/]{120,}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![0-9A-Za-z])(?:[0-9a-f]{20,}|[a-z2-7]{26})(?![0-9A-Za-z])"
    r"|(?<!\d)(?:\d{10}|2599|2494|105)(?!\d)"
    r"|(?<![0-9A-Za-z])[A-Z]\d\d(?![0-9A-Za-z]))"
)
_BASE64 = string.ascii_letters + string.digits + "+/"
_BASE32 = string.ascii_lowercase + "234567"


def many_payments(payments: Sequence[Verdict], number: int) -> Iterator[Verdict]:
    """Each has ids, amounts, times and answers of its own."""
    kinds = [_Payment(verdict) for verdict in payments]
    for at, kind in enumerate(islice(cycle(kinds), number)):
        yield kind.varied(at)


class _Payment:
    def __init__(self, verdict: Verdict) -> None:
        assert verdict.details is not None
        self._verdict = verdict
        self._found = details.read(verdict.details)
        self._texts = [_DIFFERS.split(text) for text in self._found["texts"]]
        self._words = {word for parts in self._texts for word in parts[1::2]}

    def varied(self, number: int) -> Verdict:
        chance = Random(number)
        new = {word: _like(word, number, chance) for word in sorted(self._words)}
        found = copy.deepcopy({key: rows for key, rows in self._found.items() if key != "texts"})
        later = chance.randrange(1, 2_000_000)
        for run in found["runs"]:
            run["end"] += later
            for event in run["events"][1:]:
                event[2] += later
        for row in found["functions"]:
            row[1] = chance.randrange(200_000)
        found["texts"] = [
            "".join(new[part] if at % 2 else part for at, part in enumerate(parts))
            for parts in self._texts
        ]
        verdict = self._verdict
        return replace(
            verdict,
            scenario=replace(verdict.scenario, id=f"S{number}", title=f"payment {number}"),
            virtual_time=verdict.virtual_time + timedelta(microseconds=later),
            details=zlib.compress(json.dumps(found).encode(), 1),
        )


def _like(old: str, number: int, chance: Random) -> str:
    if re.fullmatch(r"1[67]\d{8}", old):  # an instant
        return str(int(old) + number)
    if old.isdigit():
        return str(chance.randrange(10 ** (len(old) - 1), 10 ** len(old)))
    if re.fullmatch(r"[A-Z]\d\d", old):
        return f"{old[0]}{number}"
    plain = old.rstrip("=")
    letters = _BASE64
    if re.fullmatch("[0-9a-f-]+", old):
        letters = "0123456789abcdef"
    elif re.fullmatch("[a-z2-7]+", old):
        letters = _BASE32
    made = "".join(sign if sign == "-" else chance.choice(letters) for sign in plain)
    return made + old[len(plain) :]
