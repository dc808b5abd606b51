"""Changes for people, and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from simulator.changes.changes import Change
from simulator.diagrams.labels import rule_label
from simulator.values import Json, canonical, compact

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
        moved = f", was {change.before}" if change.kind == "changed" else ""
        return f"{sign} {change.state} → {target}{moved} ({_item(change.item)})"
    place = f"{sign} {change.state or 'the machine'}: "
    if what == "branch":
        return f"{place}branch {change.item}"
    if change.kind == "reordered":
        before, after = (
            compact([_item(str(key)) for key in keys]) if isinstance(keys, list) else ""
            for keys in (change.before, change.after)
        )
        return f"{place}{what}s in another order: {_cut(before)} → {_cut(after)}"
    if what == "rule" and change.kind == "changed":
        return f"{place}rule {_item(str(change.before))} → {_item(str(change.after))}"
    if what in {"retrier", "catcher", "rule"}:
        return f"{place}{what} {_item(change.item)}"
    named = f"{_item(change.item)}: {what}" if change.item else what
    if change.kind == "changed":
        return f"{place}{named} {_shown(change.before)} → {_shown(change.after)}"
    return f"{place}{named} {_shown(change.before if change.kind == 'removed' else change.after)}"


def _item(text: str) -> str:
    """A rule in the words of its diagram: `$.amount > 100`; anything else as it is."""
    kind, brace, rule = text.partition("{")
    if brace and kind in {"", "rule "}:
        try:
            return _cut(f"{kind}{rule_label(json.loads(brace + rule))}")
        except ValueError:  # a condition in JSONata
            return _cut(f"{kind}{rule_label({'Condition': brace + rule})}")
    return _cut(text)


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
