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
    """A check that may fail for a time: who answers for it, until when, and why.

    With a `subject` it is for that resource, file or scenario only.
    """

    id: str
    check: str
    owner: str
    expires: date
    reason: str
    subject: str = ""

    def covers(self, subject: str, today: date) -> bool:
        return self.expires >= today and self.subject in ("", subject)


@dataclass(frozen=True, slots=True)
class Declared:
    """Logical ids, state names and hosts. Nothing declared: what needs it does not apply.

    `templates` are further ones; `stacks` says by their path what their stack is called, and
    `parameters` what they are deployed with ("{stack}" is the project's own stack). `card_keys` says
    by key which functions may decrypt with it. `invariants`, `scenarios` and `alarms` say by check
    what is evidence for it. `trust` says by resource which other accounts it may let in.
    `access_record` names the log record that each use of a card leaves, with its fields. `production` are the parameters that make a stack one for production, and
    `test_values` what no such stack may have; both by parameter. `data_flow` is the committed
    data-flow diagram, `inventory` the folder of the inventories that are generated. `scanner_rules` are rules of other scanners that are wrong here,
    with the reason.
    """

    templates: tuple[str, ...] = ()
    stacks: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    card_tables: tuple[str, ...] = ()
    record_tables: tuple[str, ...] = ()
    card_functions: tuple[str, ...] = ()
    card_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    card_workflows: tuple[str, ...] = ()
    page_buckets: tuple[str, ...] = ()
    staff_pools: tuple[str, ...] = ()
    provider_states: tuple[str, ...] = ()
    clearing_states: tuple[str, ...] = ()
    keeping_states: tuple[str, ...] = ()
    unknown_outcomes: tuple[str, ...] = ()
    longest_life_seconds: int = 604800
    outside_hosts: tuple[str, ...] = ()
    invariants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scenarios: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alarms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trust: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    access_record: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    production: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    test_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pages: str | None = None
    data_flow: str | None = None
    inventory: str | None = None
    searched: tuple[str, ...] = ()
    exceptions: tuple[Excepted, ...] = ()
    scanner_rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_card_data(self) -> bool:
        return bool(
            self.card_tables or self.card_functions or self.card_keys or self.card_workflows
        )


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


_LISTS_BY_NAME = frozenset(
    {
        "access_record", "alarms", "card_keys", "invariants", "production", "scenarios",
        "test_values", "trust",
    }
)  # fmt: skip


def _read(key: str, value: Json) -> object:
    if key == "exceptions":
        if not isinstance(value, list):
            raise TypeError("a list of tables is wanted")
        return tuple(_exception(item) for item in value)
    if key in _LISTS_BY_NAME:
        return {name: _texts(items) for name, items in _table(value).items()}
    if key in ("stacks", "scanner_rules"):
        return {name: str(item) for name, item in _table(value).items()}
    if key == "parameters":
        return {name: _table(item) for name, item in _table(value).items()}
    if key == "longest_life_seconds":
        return int(str(value))
    if key in ("data_flow", "inventory", "pages"):
        return str(value)
    return _texts(value)


def _table(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError("a table is wanted")
    return value


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("a list of texts is wanted")
    return tuple(map(str, value))


_NEEDED = frozenset({"id", "check", "owner", "expires", "reason"})


def _exception(item: Json) -> Excepted:
    if not isinstance(item, dict) or set(item) - {"subject"} != _NEEDED:
        raise TypeError(
            "an exception has id, check, owner, expires and reason, and may have subject"
        )
    return Excepted(
        id=str(item["id"]),
        check=str(item["check"]),
        owner=str(item["owner"]),
        expires=date.fromisoformat(str(item["expires"])),  # TOML has dates of its own
        reason=str(item["reason"]),
        subject=str(item.get("subject", "")),
    )


def _refused(path: Path, messages: list[str]) -> SourceError:
    return SourceError([Problem("PRJ041", message, Location(path)) for message in messages])
