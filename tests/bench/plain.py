"""The workloads' work by hand, as Python functions: `plain.py DEFINITION SECONDS`.

What no engine in Python can be faster than: no events, no errors, no limits, no waiting.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

STARTED = perf_counter()

from tests.bench.measure import FUNCTIONS, measure, read_workload  # noqa: E402


def a_pass10(value):
    for step in range(1, 11):
        value = {**value, "last": {"step": step}}
    return value


def b_payment(value):
    value = {**value, "auth": FUNCTIONS["authorise"]}
    if value["auth"]["approved"] is not True:
        raise RuntimeError("PaymentDeclined")
    value = {**value, "charge": FUNCTIONS["charge"]}
    value = {**value, "record": [FUNCTIONS["ledger"], FUNCTIONS["notify"]]}
    if not (value["charge"]["amount"] > 0 and value["charge"]["status"] == "CAPTURED"):
        raise RuntimeError("PaymentDeclined")
    return value


def unchanged(value):
    return value


def c_map100(value):
    return [unchanged(unchanged(unchanged(item))) for item in value["items"]]


def d_loop1000(_value):
    value = {"i": 0}
    while True:
        value = {"i": value["i"] + 1}
        if not value["i"] < 1000:
            return value


def main() -> None:
    definition, seconds = Path(sys.argv[1]), float(sys.argv[2])
    payload, expected = read_workload(definition)
    work = {"a": a_pass10, "b": b_payment, "c": c_map100, "d": d_loop1000, "e": unchanged}
    function = work[definition.name[0]]
    measure(lambda: function(payload), expected, seconds, STARTED)


main()
