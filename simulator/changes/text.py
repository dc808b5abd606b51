"""Changes for people, and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from simulator.changes.changes import Change
from simulator.values import Json, canonical

_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~", "renamed": "~", "reordered": "~"}
_LONGEST: Final = 120


def changes_text(found: Sequence[Change]) -> str:
    """A line a change, and how many; ends in a newline."""
    number = f"{len(found)} change{'' if len(found) == 1 else 's'}"
    return "\n".join([*map(line, found), number if found else "no changes"]) + "\n"


def line(change: Change) -> str:
    """`~ Charge: TimeoutSeconds 5 → 10`, `+ state Notify (Task)`, `- Charge → Old (Next)`."""
    sign, what = _SIGNS[change.kind], change.what
    if what == "state":
        if change.kind == "renamed":
            return f"{sign} state {change.before} is now called {change.after}"
        return f"{sign} state {change.state} ({change.before or change.after})"
    if what == "transition":
        target = change.before if change.kind == "removed" else change.after
        return f"{sign} {change.state} → {target} ({_cut(change.item)})"
    place = f"{sign} {change.state or 'the machine'}: "
    if what == "branch":
        return f"{place}branch {change.item}"
    if change.kind == "reordered":
        return f"{place}{what}s in another order: {_shown(change.before)} → {_shown(change.after)}"
    if what in {"retrier", "catcher", "rule"}:
        return f"{place}{what} {_cut(change.item)}"
    named = f"{_cut(change.item)}: {what}" if change.item else what
    if change.kind == "changed":
        return f"{place}{named} {_shown(change.before)} → {_shown(change.after)}"
    return f"{place}{named} {_shown(change.before if change.kind == 'removed' else change.after)}"


def _shown(value: Json) -> str:
    return "nothing" if value is None else _cut(canonical(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def changes_json(found: Sequence[Change]) -> str:
    """{"schema": "diff/1", "same": …, "changes": [{kind, what, state, item, before, after}]}."""
    listed = [
        {
            "kind": one.kind,
            "what": one.what,
            "state": one.state,
            "item": one.item,
            "before": one.before,
            "after": one.after,
        }
        for one in found
    ]
    report = {"schema": "diff/1", "same": not found, "changes": listed}
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
