"""What changed between two reports: the evidence that a change broke no control (6.5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.compliance.files import read_json
from simulator.compliance.report import FIRST_LINE
from simulator.errors import SourceError
from simulator.problems import Location, Problem

_SCHEMA = "compliance/1"


@dataclass(frozen=True, slots=True)
class Change:
    """A check by its id: "" is a status that there was not, or is no more."""

    check: str
    before: str
    after: str
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def is_worse(self) -> bool:
        return self.after == "fail" and (self.before != "fail" or bool(self.new))


def read(path: Path) -> dict[str, Any]:
    """A report of `--format json`, its checks by id. SourceError: it is another file."""
    value = read_json(path)
    if not isinstance(value, dict) or value.get("schema") != _SCHEMA:
        hint = "make it with: simulator compliance --format json --output FILE"
        message = f"this is no report with the schema '{_SCHEMA}'"
        raise SourceError([Problem("PRJ041", message, Location(path), hint)])
    return {result["id"]: result for result in value["results"]}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Checks whose status or whose bad findings differ, in the order of the new report."""
    for check in dict.fromkeys([*new, *old]):
        before, after = old.get(check, {}), new.get(check, {})
        was, now = _bad(before), _bad(after)
        change = Change(
            check, before.get("status", ""), after.get("status", ""),
            tuple(item for item in now if item not in was),
            tuple(item for item in was if item not in now),
        )  # fmt: skip
        if change.before != change.after or change.new or change.gone:
            yield change


def _bad(result: Mapping[str, Any]) -> list[str]:
    evidence = result.get("evidence", [])
    return [f"{item['subject']}: {item['said']}" for item in evidence if not item["good"]]


def text(found: list[Change]) -> str:
    lines = [FIRST_LINE, ""]
    for change in found:
        lines.append(
            f"{change.check:<15}{change.before or 'not there'} → {change.after or 'not there'}"
        )
        lines += [f"    + {item}" for item in change.new]
        lines += [f"    - {item}" for item in change.gone]
    number = f"{len(found)} check{'s' if len(found) > 1 else ''}" if found else "no check"
    lines.append(f"{number} changed")
    return "\n".join(lines) + "\n"
