"""One thing goes wrong at a time: findings end as they should under every fault."""

from __future__ import annotations

import pytest

from tests.functions.chaos import broken, calls

# What is the same however the run went on: a lost answer may be asked for again.
ENDS = (
    "final_status",
    "statements_added",
    "policy_equals_original",
    "archive_rule",
    "invariant",
    "run",
    "always",
)


@pytest.mark.sweep
@pytest.mark.parametrize("effect", ["before", "after"])
@pytest.mark.parametrize("name", ["F01", "F27"])
def test_every_call_may_fail_once(project, name, effect):
    wrong = []
    for number, call in enumerate(calls(project, name)):
        hit, verdict = broken(project, name, number, effect, "InternalServerError")
        assert hit == call
        found = [
            difference for difference in verdict.differences if difference.where.startswith(ENDS)
        ]
        if found:
            wrong.append((number, call, found))
    assert wrong == []
