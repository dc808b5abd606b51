"""Event patterns against the answers of event-ruler 2.0.1, which EventBridge itself uses."""

import json
from pathlib import Path

from simulator.events.patterns import Pattern, PatternError

TABLE = [
    json.loads(line)
    for line in (Path(__file__).parent / "event_patterns_event_ruler_2.0.1.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
# Pattern → why we answer differently for events whose value is a number.
DIFFERENT = {
    '{"detail": {"a": [{"cidr": "0.0.0.0/0"}]}}': "the reference compares its own digits of a number"
    " with the address range, so that some numbers are addresses",
}


def answer(case):
    pattern = case["pattern"]
    try:
        parsed = Pattern.parse(json.loads(pattern) if isinstance(pattern, str) else pattern)
    except (PatternError, ValueError):
        return "invalid"
    matches = parsed.matches(case["event"])
    assert (parsed.explain(case["event"]) is None) == matches
    return matches


def test_a_pattern_answers_as_the_reference_does():
    wrong = [case for case in TABLE if answer(case) != case["expect"]]
    assert [case for case in wrong if json.dumps(case["pattern"]) not in DIFFERENT] == []
    values = [case["event"]["detail"]["a"] for case in wrong]
    assert values == [1, 1.0, 1.5, 300, 300.0, [1, "x"]]
    assert len(wrong) <= len(TABLE) // 100
