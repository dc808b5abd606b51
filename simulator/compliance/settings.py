"""What only the project knows: [tool.simulator.compliance] says which tables hold cards and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from simulator.errors import SourceError
from simulator.problems import Location, Problem, did_you_mean
from simulator.values import Json


@dataclass(frozen=True, slots=True)
class Excepted:
    """A check that may fail for a time: who answers for it, until when, and why."""

    check: str
    owner: str
    expires: date
    reason: str


@dataclass(frozen=True, slots=True)
class Declared:
    """Logical ids, state names and hosts. Nothing declared: what needs it does not apply.

    `card_keys` says by key which functions may decrypt with it. `invariants` says which of the
    vocabulary's invariants is evidence for which check.
    """

    templates: tuple[str, ...] = ()
    card_tables: tuple[str, ...] = ()
    record_tables: tuple[str, ...] = ()
    card_functions: tuple[str, ...] = ()
    card_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    card_workflows: tuple[str, ...] = ()
    provider_states: tuple[str, ...] = ()
    clearing_states: tuple[str, ...] = ()
    keeping_states: tuple[str, ...] = ()
    unknown_outcomes: tuple[str, ...] = ()
    longest_life_seconds: int = 604_800
    outside_hosts: tuple[str, ...] = ()
    invariants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scenarios: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keeping_scenarios: tuple[str, ...] = ()
    pages: str | None = None
    searched: tuple[str, ...] = ()
    exceptions: tuple[Excepted, ...] = ()


def declared(settings: Json, path: Path) -> Declared:
    """Raises SourceError with everything that is wrong with the table."""
    if not isinstance(settings, dict):
        raise _refused(path, ["the setting 'compliance' is a table"])
    known = {item.name: item for item in fields(Declared)}
    wrong: list[str] = []
    found: dict[str, object] = {}
    for key, value in settings.items():
        if key not in known:
            hint = did_you_mean(key, known)
            wrong.append(f"compliance knows no '{key}'" + (f"; {hint}" if hint else ""))
            continue
        try:
            found[key] = _read(key, value)
        except (TypeError, ValueError, KeyError) as error:
            wrong.append(f"compliance.{key}: {error}")
    if wrong:
        raise _refused(path, wrong)
    return Declared(**found)  # type: ignore[arg-type]  # by the fields' own names


def _read(key: str, value: Json) -> object:
    if key == "exceptions":
        if not isinstance(value, list):
            raise TypeError("a list of tables is wanted")
        return tuple(_exception(item) for item in value)
    if key in ("card_keys", "invariants", "scenarios"):
        if not isinstance(value, dict):
            raise TypeError("a table is wanted")
        return {name: _texts(items) for name, items in value.items()}
    if key == "longest_life_seconds":
        return int(str(value))
    if key == "pages":
        return str(value)
    return _texts(value)


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("a list of texts is wanted")
    return tuple(map(str, value))


def _exception(item: Json) -> Excepted:
    if not isinstance(item, dict) or set(item) != {"check", "owner", "expires", "reason"}:
        raise TypeError("an exception has check, owner, expires and reason")
    when = date.fromisoformat(str(item["expires"]))  # TOML has dates of its own
    return Excepted(str(item["check"]), str(item["owner"]), when, str(item["reason"]))


def _refused(path: Path, messages: list[str]) -> SourceError:
    return SourceError([Problem("PRJ041", message, Location(path)) for message in messages])
