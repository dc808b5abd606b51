"""The state of a resource without what we changed for the same finding before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from remediation import changes
from remediation.errors import CannotUndo
from remediation.state import State, from_snapshot


def of(state: State, finding: Mapping[str, Any], record: Mapping[str, Any]) -> State:
    """`record` is the finding's. A change that cannot be told from others' counts as theirs."""
    if "change" not in record or "snapshot" not in record:
        return state
    plan = json.loads(record["change"])
    if not changes.is_done(state, plan, finding):
        return state
    try:
        return changes.undone(state, plan, finding, from_snapshot(record["snapshot"]))
    except CannotUndo:
        return state
